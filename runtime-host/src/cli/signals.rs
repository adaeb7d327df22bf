//! Signals to stop: the first asks, the second does not.

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell says of a process that ctrl-c ended (128 and the number of the signal).
const INTERRUPTED: i32 = 130;

/// Listens for ctrl-c and SIGTERM from when it is made, so that none is missed.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens from now on.
    pub fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals to stop cannot be listened for");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Says that the process is closing, and from now on ends it at the next signal, whatever is under way.
    pub fn close(mut self) {
        tracing::info!("closing: finishing what is under way; once more ends at once");
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("ended at once; what was under way goes on at the next start");
            std::process::exit(INTERRUPTED);
        });
    }
}
