//! Publishes events to a `JetStream` of NATS, which keeps them for whoever reads them there.

use std::time::Duration;

use async_nats::{
    Client, ConnectOptions, HeaderMap,
    jetstream::{
        self, Context,
        context::{PublishError, PublishErrorKind},
        message::PublishMessage,
        stream,
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use merkato_contract::event::{CLOUD_EVENT_JSON, Event, TYPE_PREFIX};
use tokio::sync::OnceCell;

use super::{
    NatsTarget,
    sink::{Failure, Sink},
    subscriber::NatsCredentials,
};

/// How long the server remembers ids to tell duplicates: longer than the longest default wait between two tries.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(15);
/// How long NATS may take for a step; the delivery as a whole has a timeout as well.
const STEP_TIMEOUT: Duration = Duration::from_secs(5);

/// Publishes each event under its type. A delivery is done when the stream has acknowledged it; the event's id is the
/// message's, by which the stream drops duplicates.
pub struct NatsSink {
    target: NatsTarget,
    /// Made with the first delivery, so that a shop starts without NATS; reconnects by itself from then on.
    client: OnceCell<Client>,
}

impl NatsSink {
    /// Publishes to `target`.
    pub fn new(target: NatsTarget) -> Self {
        Self { target, client: OnceCell::new() }
    }

    async fn context(&self) -> Result<Context, Failure> {
        let client = self.client.get_or_try_init(|| self.connect()).await?;
        let mut context = jetstream::new(client.clone());
        context.set_timeout(STEP_TIMEOUT);
        Ok(context)
    }

    async fn connect(&self) -> Result<Client, Failure> {
        let options = match self.target.credentials.clone() {
            None => ConnectOptions::new(),
            Some(NatsCredentials::User(user, password)) => {
                ConnectOptions::with_user_and_password(user, password)
            }
            Some(NatsCredentials::Token(token)) => ConnectOptions::with_token(token),
            Some(NatsCredentials::File(text)) => ConnectOptions::with_credentials(&text)
                .map_err(|_| Failure::away("its credentials are not those of NATS"))?,
        };
        let options = options.name("merkato").connection_timeout(STEP_TIMEOUT);
        let connected = options.connect(self.target.url.as_str()).await;
        connected.map_err(|error| Failure::away(format!("cannot be reached: {}", error.kind())))
    }

    async fn publish(&self, context: &Context, event: &Event, body: Bytes) -> Result<(), PublishError> {
        let mut headers = HeaderMap::new();
        headers.insert("Content-Type", CLOUD_EVENT_JSON);
        let message = PublishMessage::build().payload(body).headers(headers).message_id(event.id.to_string());
        // Two steps: sent, and then acknowledged by the stream. Only the second says that it is kept.
        context.send_publish(event.kind.clone(), message).await?.await?;
        Ok(())
    }

    async fn create_stream(&self, context: &Context, name: &str) -> Result<(), Failure> {
        let stream = stream::Config {
            name: name.to_owned(),
            subjects: vec![format!("{TYPE_PREFIX}>")],
            duplicate_window: DUPLICATE_WINDOW,
            ..stream::Config::default()
        };
        let created = context.get_or_create_stream(stream).await;
        created
            .map_err(|error| Failure::away(format!("has no stream {name}, nor can it be made: {error}")))?;
        tracing::info!(stream = name, "a stream was made in NATS");
        Ok(())
    }
}

#[async_trait]
impl Sink for NatsSink {
    async fn deliver(&self, event: &Event) -> Result<(), Failure> {
        let body = serde_json::to_vec(event).map_err(|error| Failure::refused(error.to_string()))?;
        let body = Bytes::from(body);
        let context = self.context().await?;
        let published = match (self.publish(&context, event, body.clone()).await, &self.target.stream) {
            (Err(error), Some(name)) if error.kind() == PublishErrorKind::StreamNotFound => {
                self.create_stream(&context, name).await?;
                self.publish(&context, event, body).await
            }
            (published, _) => published,
        };
        published.map_err(|error| match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => Failure::refused(error.to_string()),
            _ => Failure::away(error.to_string()),
        })
    }
}
