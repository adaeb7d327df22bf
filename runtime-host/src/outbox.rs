//! Brings events to those who subscribed, as `CloudEvents` 1.0 over HTTP.

use std::{collections::HashMap, time::Duration};

use merkato_contract::event::Event;

use crate::{app::Subscriber, store::records::DeliveryRecord};

/// How long a subscriber may take to accept an event.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Posts events.
pub struct Deliverer {
    client: reqwest::Client,
    urls: HashMap<String, String>,
    service_token: String,
}

impl Deliverer {
    /// Delivers to `subscribers`, who know us by `service_token`.
    pub fn new(client: reqwest::Client, subscribers: &[Subscriber], service_token: String) -> Self {
        let urls = subscribers.iter().map(|subscriber| (subscriber.name.clone(), subscriber.url.clone()));
        Self { client, urls: urls.collect(), service_token }
    }

    /// Posts an event; an error says why it was not accepted.
    pub async fn deliver(&self, delivery: &DeliveryRecord) -> Result<(), String> {
        let Some(url) = self.urls.get(&delivery.subscriber) else {
            return Err(format!("no subscriber is called {}", delivery.subscriber));
        };
        let event = Event {
            specversion: "1.0".to_owned(),
            id: delivery.event,
            source: "/coordinator".to_owned(),
            kind: delivery.record.kind.clone(),
            subject: delivery.record.subject.clone(),
            time: delivery.record.at.into(),
            datacontenttype: "application/json".to_owned(),
            data: delivery.record.data.clone(),
        };
        let body = serde_json::to_vec(&event).map_err(|error| error.to_string())?;
        let response = self
            .client
            .post(url)
            .bearer_auth(&self.service_token)
            .header("content-type", "application/cloudevents+json")
            .timeout(ACCEPT_TIMEOUT)
            .body(body)
            .send()
            .await
            .map_err(|error| error.without_url().to_string())?;
        if response.status().is_success() { Ok(()) } else { Err(format!("answered {}", response.status())) }
    }
}
