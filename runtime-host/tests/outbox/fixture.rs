//! An outbox of its own for each test, and receivers that do as the test says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use merkato::{
    app::Entropy,
    outbox::{Dispatcher, Retention, Subscriber, Surroundings, configuration, wanted_by},
    store::{Error, Store, Transaction, WorkFuture, records::NewEvent},
    wake::Wake,
};
use merkato_commerce::{
    ids::EventId,
    time::{Clock, Timestamp},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What takes longer will never happen.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A secret that a subscriber shares with the shop in these tests.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The shop's public address in these tests.
pub const SOURCE: &str = "https://shop.example";
/// 2026-11-21T05:14:00.007Z, when the clock of a test starts.
pub const START: i64 = 1_795_238_040_007;

/// A clock that moves when the test says so.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Draws the shortest of all waits, which is none.
struct NoWaits;

impl Entropy for NoWaits {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// An outbox with its store; stopped with the value.
pub struct Outbox {
    pub store: Store,
    pub clock: Arc<TestClock>,
    wake: Arc<Wake>,
    subscribers: Vec<Subscriber>,
    events: AtomicU64,
    stop: CancellationToken,
    abandon: CancellationToken,
    running: Vec<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Outbox {
    /// An outbox with the subscriptions of a configuration file, in which secrets come from `environment`.
    pub async fn with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("till.db");
        Store::migrate_sqlite(&path).await.expect("a database");
        let store = Store::open_sqlite(&path).await.expect("a store");
        Self {
            store,
            clock: Arc::new(TestClock(AtomicI64::new(START))),
            wake: Arc::new(Wake::default()),
            subscribers: configuration::parse("subscriptions.toml", configuration, &environment)
                .expect("subscriptions"),
            events: AtomicU64::new(0),
            stop: CancellationToken::new(),
            abandon: CancellationToken::new(),
            running: Vec::new(),
            _folder: folder,
        }
    }

    /// The same, and its dispatcher runs.
    pub async fn start(configuration: &str) -> Self {
        let mut outbox = Self::with(configuration).await;
        outbox.dispatch();
        outbox
    }

    /// Starts a dispatcher; a second one is that of another coordinator on the same database.
    pub fn dispatch(&mut self) {
        let surroundings = Surroundings {
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: Arc::new(NoWaits),
            wake: Arc::clone(&self.wake),
        };
        let dispatcher = Dispatcher::new(surroundings, SOURCE.to_owned(), &self.subscribers, "service-token");
        let run = dispatcher.expect("a dispatcher").run(self.stop.clone(), self.abandon.clone());
        self.running.push(tokio::spawn(run));
    }

    /// Starts to remove events of more than `keep` ago.
    pub fn keep_events_for(&mut self, keep: Duration) {
        let retention = Retention::new(self.store.clone(), self.clock.clone(), keep);
        self.running.push(tokio::spawn(retention.run(self.stop.clone())));
    }

    /// Adds a service of the shop, as `--subscriber` does.
    pub fn subscribe_service(&mut self, name: &str, url: &str) {
        self.subscribers.push(Subscriber::service(name, url).expect("a service"));
    }

    /// Somebody unsubscribes.
    pub fn unsubscribe(&mut self, name: &str) {
        self.subscribers.retain(|subscriber| subscriber.name != name);
    }

    /// Stops what runs, as the end of a coordinator does.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        for one in self.running.drain(..) {
            timeout(PATIENCE, one).await.expect("it stops in time").expect("it does not panic");
        }
        self.stop = CancellationToken::new();
    }

    /// Stops what runs, as the end of a coordinator does whose time to finish is over.
    pub async fn abandon(&mut self) {
        self.stop.cancel();
        self.abandon.cancel();
        self.stop().await;
        self.abandon = CancellationToken::new();
    }

    /// Something happened to `subject`; whoever wants to hear of it will.
    pub async fn announce(&self, subject: &str, kind: &str) -> EventId {
        let number = self.events.fetch_add(1, Ordering::SeqCst) + 1;
        let id = EventId(Uuid::from_u128(number.into()));
        let event = NewEvent {
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            data: serde_json::value::to_raw_value(&serde_json::json!({ "number": number, "name": "Ḥanna" }))
                .expect("JSON"),
            at: self.clock.now(),
            traceparent: None,
        };
        let known = Arc::new((event, wanted_by(&self.subscribers, kind)));
        self.write(move |transaction| {
            let known = Arc::clone(&known);
            Box::pin(async move { transaction.insert_event(id, known.0.clone(), &known.1).await })
        })
        .await;
        self.wake.ring();
        id
    }

    /// Tells the dispatcher that something may have changed.
    pub fn ring(&self) {
        self.wake.ring();
    }

    pub async fn write<T: Send + 'static>(
        &self,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, Error> + Send + Sync + 'static,
    ) -> T {
        self.store.write(work).await.expect("a transaction")
    }

    pub async fn read<T: Send + 'static>(
        &self,
        work: impl for<'t> Fn(&'t mut dyn Transaction) -> WorkFuture<'t, T, Error> + Send + Sync + 'static,
    ) -> T {
        self.store.read(work).await.expect("a transaction")
    }

    /// Waits until nobody has yet to hear of anything, dead letters aside.
    pub async fn is_empty(&self) {
        let empty = async {
            let mut tick = tokio::time::interval(Duration::from_millis(5));
            while !self
                .read(|store| Box::pin(async move { store.awaited_subscribers().await }))
                .await
                .is_empty()
            {
                tick.tick().await;
            }
        };
        timeout(PATIENCE, empty).await.expect("everything is delivered or given up");
    }

    /// When the next delivery to `subscriber` is due.
    pub async fn next_delivery(&self, subscriber: &'static str) -> Option<Timestamp> {
        let now = self.clock.now();
        self.read(move |store| Box::pin(async move { store.next_delivery(subscriber, now).await })).await
    }

    /// Waits until the next delivery to `subscriber` is due at `moment`.
    pub async fn is_due_at(&self, subscriber: &'static str, moment: Timestamp) {
        let due = async {
            let mut tick = tokio::time::interval(Duration::from_millis(5));
            while self.next_delivery(subscriber).await != Some(moment) {
                tick.tick().await;
            }
        };
        timeout(PATIENCE, due).await.expect("it is due at that moment");
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "SECRET" => SECRET,
        "API_KEY" => "k3y",
        "NATS" => "shop:hush",
        _ => return None,
    };
    Some(value.to_owned())
}

/// A receiver. It hands what it gets to the test, which decides the answer.
pub struct Receiver {
    pub url: String,
    requests: mpsc::UnboundedReceiver<Received>,
    serving: JoinHandle<()>,
}

/// What a receiver got.
pub struct Received {
    pub headers: HeaderMap,
    pub body: Bytes,
    answer: oneshot::Sender<Response>,
}

impl Received {
    /// The event in it.
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The event's id.
    pub fn id(&self) -> EventId {
        self.event()["id"].as_str().expect("an id").parse().expect("a UUID")
    }

    /// Answers with a status.
    pub fn answer(self, status: u16) {
        self.respond(StatusCode::from_u16(status).expect("a status").into_response());
    }

    /// Answers.
    pub fn respond(self, response: Response) {
        // Nobody may be there any more to hear it, which is for the dispatcher to survive.
        let _ = self.answer.send(response);
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/events", listener.local_addr().expect("its address"));
        let (sender, requests) = mpsc::unbounded_channel();
        let router = Router::new().fallback(receive).with_state(sender);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, requests, serving }
    }

    /// What arrives next.
    pub async fn next(&mut self) -> Received {
        timeout(PATIENCE, self.requests.recv()).await.expect("a request in time").expect("a request")
    }

    /// What has arrived already, if anything has.
    pub fn arrived(&mut self) -> Option<Received> {
        self.requests.try_recv().ok()
    }

    /// Takes everything from now on, and gives each event's number in the order in which they came.
    pub async fn take_all(&mut self, outbox: &Outbox) -> Vec<u64> {
        let mut numbers = Vec::new();
        let empty = outbox.is_empty();
        tokio::pin!(empty);
        loop {
            tokio::select! {
                Some(received) = self.requests.recv() => {
                    numbers.push(received.event()["data"]["number"].as_u64().expect("a number"));
                    received.answer(204);
                }
                () = &mut empty => return numbers,
            }
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(
    State(sender): State<mpsc::UnboundedSender<Received>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (answer, answered) = oneshot::channel();
    let sent = sender.send(Received { headers, body, answer });
    match (sent, answered.await) {
        (Ok(()), Ok(response)) => response,
        // The test has no further interest.
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
