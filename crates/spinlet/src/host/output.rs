//! What guests print: one log line for each of theirs, with the name of the component.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError};

/// A line that is longer is cut here: a guest that prints no end of line must not fill the memory.
const LINE_BYTES_MAX: usize = 16 << 10;

const STDERR: &str = "stderr";

/// The standard output or the standard error of one guest.
#[derive(Clone)]
pub(crate) struct Output {
    component: Arc<str>,
    stream: &'static str,
}

impl Output {
    pub(crate) fn stdout(component: &Arc<str>) -> Output {
        Output { component: Arc::clone(component), stream: "stdout" }
    }

    pub(crate) fn stderr(component: &Arc<str>) -> Output {
        Output { component: Arc::clone(component), stream: STDERR }
    }

    fn lines(&self) -> Lines {
        Lines { output: self.clone(), begun: Vec::new() }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.lines())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.lines())
    }
}

/// Gathers bytes until a line is whole.
struct Lines {
    output: Output,
    begun: Vec<u8>,
}

impl Lines {
    fn take(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            self.log();
            bytes = &bytes[end + 1..];
        }
        self.keep(bytes);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES_MAX.saturating_sub(self.begun.len());
        self.begun.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn log(&mut self) {
        let line = String::from_utf8_lossy(&self.begun);
        let line = line.trim_end_matches('\r');
        let Output { component, stream } = &self.output;
        // Faults go to standard error; an operator who asks for warnings alone must see them.
        if *stream == STDERR {
            tracing::warn!(target: "spinlet::guest", component = &**component, stream, "{line}");
        } else {
            tracing::info!(target: "spinlet::guest", component = &**component, stream, "{line}");
        }
        self.begun.clear();
    }
}

/// What a guest printed without an end of line before it ended, or trapped.
impl Drop for Lines {
    fn drop(&mut self) {
        if !self.begun.is_empty() {
            self.log();
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> Result<(), StreamError> {
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        Ok(())
    }

    fn check_write(&mut self) -> Result<usize, StreamError> {
        Ok(LINE_BYTES_MAX)
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
