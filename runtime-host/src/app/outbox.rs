//! How subscribers to events fare.

use std::collections::BTreeSet;

use merkato_contract::staff::outbox::{EVENTS_COUNT_MAX, OutboxOverview, SubscriberStatus};

use super::{App, Error};

impl App {
    /// Everybody who is subscribed, and everybody for whom there is still something.
    pub async fn outbox(&self) -> Result<OutboxOverview, Error> {
        let names = self.settings.subscribers.iter().map(|subscriber| subscriber.name.clone());
        let subscribed = names.collect::<BTreeSet<_>>();
        self.store
            .read(move |transaction| {
                let subscribed = subscribed.clone();
                Box::pin(async move {
                    let mut names = subscribed.clone();
                    names.extend(transaction.subscribers().await?);
                    let mut subscribers = Vec::with_capacity(names.len());
                    for name in names {
                        let found = transaction.subscriber(&name, EVENTS_COUNT_MAX).await?;
                        subscribers.push(SubscriberStatus {
                            subscribed: subscribed.contains(&name),
                            subscriber: name,
                            waiting: found.waiting,
                            oldest: found.oldest.map(Into::into),
                            last_success: found.last_success.map(Into::into),
                            dead_letters: found.dead,
                        });
                    }
                    Ok(OutboxOverview { subscribers })
                })
            })
            .await
    }
}
