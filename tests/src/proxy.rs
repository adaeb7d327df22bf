//! A bad line: it stands between two who talk over TCP, and cuts, stalls or slows what they say.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{AbortHandle, JoinHandle},
    time::sleep,
};

/// What PostgreSQL's clients say at the end of a transaction.
const COMMIT: &[u8] = b"COMMIT\0";
/// What is passed on at a time.
const CHUNK_BYTES: usize = 16 * 1_024;

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Good.
    Good,
    /// It takes connections, and passes nothing on.
    Stalled,
    /// Every piece takes that long, in each direction.
    Slow(Duration),
    /// It is cut in the moment in which a COMMIT is to be passed on; nobody gets it.
    CutBeforeCommit,
    /// It is cut when the COMMIT was answered; nobody gets the answer.
    CutAfterCommit,
}

/// A line to `target`; gone with the value.
pub struct Proxy {
    /// Where it begins.
    pub address: SocketAddr,
    target: SocketAddr,
    listening: Option<JoinHandle<()>>,
    connections: Arc<Connections>,
}

struct Connections {
    line: watch::Sender<Line>,
    open: Mutex<BTreeMap<usize, AbortHandle>>,
    cut_at_commit: AtomicUsize,
}

impl Proxy {
    /// A good line to `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let connections = Arc::new(Connections {
            line: watch::Sender::new(Line::Good),
            open: Mutex::default(),
            cut_at_commit: AtomicUsize::new(0),
        });
        let listening = tokio::spawn(listen(listener, target, Arc::clone(&connections)));
        Self { address, target, listening: Some(listening), connections }
    }

    /// Makes the line so, for those who are connected too.
    pub fn turn(&self, line: Line) {
        self.connections.line.send_replace(line);
    }

    /// Cuts one connection, the one that `choice` falls on; says whether there was any.
    pub fn cut_one(&self, choice: usize) -> bool {
        let mut open = self.connections.open();
        let Some(&number) = open.keys().nth(choice.checked_rem(open.len()).unwrap_or(0)) else {
            return false;
        };
        if let Some(connection) = open.remove(&number) {
            connection.abort();
        }
        true
    }

    /// How many connections were cut at a COMMIT.
    pub fn cut_at_commit(&self) -> usize {
        self.connections.cut_at_commit.load(Ordering::SeqCst)
    }

    /// Cuts all connections and refuses new ones.
    pub async fn refuse(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            // Waited for, so that the port is free.
            let _ = listening.await;
        }
        while self.cut_one(0) {}
    }

    /// Takes connections again.
    pub async fn admit(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port that was ours");
        self.listening = Some(tokio::spawn(listen(listener, self.target, Arc::clone(&self.connections))));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
        while self.cut_one(0) {}
    }
}

impl Connections {
    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, AbortHandle>> {
        self.open.lock().expect("nobody panicked")
    }

    /// Waits until the line passes anything on, and says how.
    async fn passable(&self) -> Line {
        let mut line = self.line.subscribe();
        let line = line.wait_for(|line| *line != Line::Stalled).await;
        *line.expect("the line is there as long as we are")
    }
}

async fn listen(listener: TcpListener, target: SocketAddr, connections: Arc<Connections>) {
    for number in 0.. {
        let (client, _) = listener.accept().await.expect("a connection");
        let line = Arc::clone(&connections);
        // Held until the connection is known, so that it cannot end before.
        let mut open = connections.open();
        let connection = tokio::spawn(async move {
            carry(client, target, &line).await;
            line.open().remove(&number);
        });
        open.insert(number, connection.abort_handle());
    }
}

/// Carries what two say to each other until either ends, or a cut. Both ends are closed then.
async fn carry(client: TcpStream, target: SocketAddr, line: &Connections) {
    line.passable().await;
    let Ok(server) = TcpStream::connect(target).await else { return };
    // What is passed on must not wait for more: the delay is ours to choose.
    for stream in [&client, &server] {
        if stream.set_nodelay(true).is_err() {
            return;
        }
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let committing = watch::Sender::new(false);
    tokio::select! {
        () = ask(from_client, to_server, line, &committing) => {}
        () = answer(from_server, to_client, line, &committing) => {}
    }
}

async fn ask(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    line: &Connections,
    committing: &watch::Sender<bool>,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        let said = &chunk[..length];
        let commits = said.windows(COMMIT.len()).any(|words| words == COMMIT);
        match line.passable().await {
            Line::CutBeforeCommit if commits => {
                line.cut_at_commit.fetch_add(1, Ordering::SeqCst);
                return;
            }
            Line::CutAfterCommit if commits => {
                committing.send_replace(true);
            }
            Line::Slow(delay) => sleep(delay).await,
            _ => {}
        }
        if to.write_all(said).await.is_err() {
            return;
        }
    }
}

async fn answer(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    line: &Connections,
    committing: &watch::Sender<bool>,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        if *committing.borrow() {
            line.cut_at_commit.fetch_add(1, Ordering::SeqCst);
            return;
        }
        if let Line::Slow(delay) = line.passable().await {
            sleep(delay).await;
        }
        if to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
}
