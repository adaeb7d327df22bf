//! `merkato outbox`: what staff do about events that a subscriber did not take.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use merkato_commerce::ids::EventId;
use merkato_contract::{
    List,
    event::{DeadLetter, DeadLetterSelection, DeadLettersChanged, OpenedDeadLetter},
    headers,
    problem::Problem,
};
use reqwest::{Client, Method, Url};
use serde::{Serialize, de::DeserializeOwned};

use super::DataOptions;

/// See, replay or drop events that a subscriber did not take.
#[derive(Debug, Args)]
pub struct Outbox {
    /// Where the coordinator is.
    #[arg(long, global = true, default_value = "http://127.0.0.1:7070", value_name = "URL")]
    coordinator: Url,
    #[command(flatten)]
    data: DataOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List dead letters: when, who, what, of which order, which event, after how many tries, and why.
    List {
        /// Only of this subscriber.
        #[arg(long, value_name = "NAME")]
        subscriber: Option<String>,
    },
    /// Print a dead letter with its event, as JSON.
    Show {
        /// Who did not take it.
        subscriber: String,
        /// The event's id.
        event: EventId,
    },
    /// Deliver dead letters again: all, or those that are named.
    Replay(Selection),
    /// Forget dead letters for good; say which.
    Drop(Selection),
}

/// Which dead letters are meant.
#[derive(Debug, Args)]
struct Selection {
    /// Of this subscriber.
    #[arg(long, value_name = "NAME")]
    subscriber: Option<String>,
    /// Of this event.
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
}

impl From<Selection> for DeadLetterSelection {
    fn from(selection: Selection) -> Self {
        Self { subscriber: selection.subscriber, event_id: selection.event }
    }
}

impl Outbox {
    pub async fn run(self) -> anyhow::Result<()> {
        let service_token = self.data.open()?.secrets.service_token.clone();
        let coordinator = Coordinator { client: Client::new(), url: self.coordinator, service_token };
        match self.action {
            Action::List { subscriber } => coordinator.list(subscriber).await,
            Action::Show { subscriber, event } => {
                let path = ["v1", "dead-letters", &subscriber, &event.to_string()];
                let letter: OpenedDeadLetter = coordinator.ask(Method::GET, &path, &[], None::<&()>).await?;
                println!("{}", serde_json::to_string_pretty(&letter)?);
                Ok(())
            }
            Action::Replay(selection) => coordinator.change("replay", &selection.into(), "replayed").await,
            Action::Drop(selection) => coordinator.change("drop", &selection.into(), "dropped").await,
        }
    }
}

struct Coordinator {
    client: Client,
    url: Url,
    service_token: String,
}

impl Coordinator {
    async fn list(&self, subscriber: Option<String>) -> anyhow::Result<()> {
        let mut query = Vec::from_iter(subscriber.map(|name| ("subscriber", name)));
        let mut output = std::io::stdout().lock();
        loop {
            let page: List<DeadLetter> =
                self.ask(Method::GET, &["v1", "dead-letters"], &query, None::<&()>).await?;
            for letter in page.items {
                let DeadLetter { subscriber, event_id, kind, subject, time, tries, last_error } = letter;
                writeln!(
                    output,
                    "{time}\t{subscriber}\t{kind}\t{subject}\t{event_id}\t{tries}\t{last_error}"
                )?;
            }
            let Some(next) = page.next else { return Ok(()) };
            query.retain(|(name, _)| *name != "after");
            query.push(("after", next));
        }
    }

    async fn change(&self, verb: &str, selection: &DeadLetterSelection, done: &str) -> anyhow::Result<()> {
        let path = ["v1", "dead-letters", verb];
        let DeadLettersChanged { count } = self.ask(Method::POST, &path, &[], Some(selection)).await?;
        println!("{count} {done}");
        Ok(())
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<&(impl Serialize + Sync)>,
    ) -> anyhow::Result<T> {
        let mut url = self.url.clone();
        let segments = url.path_segments_mut();
        segments
            .map_err(|()| anyhow::anyhow!("--coordinator: {} is no http address", self.url))?
            .extend(path);
        for (name, value) in query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let request = request.bearer_auth(&self.service_token).header(headers::STAFF, "true");
        let answer = request.send().await.with_context(|| {
            format!("the coordinator at {} cannot be reached; say where it is with --coordinator", self.url)
        })?;
        let status = answer.status();
        if status.is_success() {
            return answer.json().await.context("the coordinator gave another answer than expected");
        }
        match answer.json::<Problem>().await {
            Ok(problem) => bail!("the coordinator refused: {}", problem.detail),
            Err(_) => bail!("the coordinator answered {status}"),
        }
    }
}
