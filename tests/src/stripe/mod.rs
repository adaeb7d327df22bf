//! Stripe, as far as the shop needs it: a server on this machine that checks each request as Stripe documents it,
//! remembers what it was asked, sends signed webhooks, and stumbles when it is told to.
//!
//! [`request`] is the gate that every request passes, `account` what an account may do and what it then holds, and
//! [`webhook`] the way back to the shop.

mod account;
mod request;
mod routes;
#[cfg(test)]
mod tests;
pub mod webhook;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use self::{account::Account, request::Memory};
use crate::shop::{Builder, root};

/// What can go wrong with a change that Stripe is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stumble {
    /// It is not begun, and the answer has this status.
    Refuse(u16),
    /// It is done and remembered, but its answer is lost on the way.
    LoseAnswer,
}

/// A running Stripe; stopped with the value.
pub struct Stripe {
    /// Where it is.
    pub url: String,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

/// Everything that Stripe remembers.
#[derive(Default)]
pub(crate) struct State {
    account: Account,
    memory: Memory,
    stumbles: VecDeque<Stumble>,
    /// Whether all changes and look-ups are refused for now.
    is_down: bool,
    /// Whether the index has come so far that new payments are found.
    is_searchable: bool,
    /// The changes that reached it, by path.
    changes: Vec<String>,
}

pub(crate) fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no request panicked")
}

impl Stripe {
    /// The key that the account is reached with.
    pub const SECRET_KEY: &'static str = "sk_test_of_the_shop";
    /// What its webhooks are signed with.
    pub const WEBHOOK_SECRET: &'static str = "whsec_of_the_shop";

    /// Starts it, with nothing in its account.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State { is_searchable: true, ..State::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let router = routes::router(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, state, server }
    }

    /// A shop that pays through it, by the change to `spin.toml` that merchants are told to make.
    pub fn shop(&self) -> Builder {
        let builder = Self::switched_shop().variable("stripe_api_url", &self.url);
        let builder = builder.variable("stripe_secret_key", Self::SECRET_KEY);
        builder.variable("stripe_webhook_secret", Self::WEBHOOK_SECRET)
    }

    /// A shop that is switched to Stripe and has not been given any secret yet.
    pub fn switched_shop() -> Builder {
        let switch = root().join("components/gateway-stripe/switch.toml");
        Builder::new().switch(&switch, "sandbox_webhook_secret")
    }

    /// What goes wrong with the next change; told several times, with those after it.
    pub fn stumble(&self, stumble: Stumble) {
        locked(&self.state).stumbles.push_back(stumble);
    }

    /// Answers 503 to everything until it is told otherwise.
    pub fn set_down(&self, is_down: bool) {
        locked(&self.state).is_down = is_down;
    }

    /// Whether its search finds anything.
    pub fn set_searchable(&self, is_searchable: bool) {
        locked(&self.state).is_searchable = is_searchable;
    }

    /// The payments in its account, as it shows them, oldest first.
    pub fn intents(&self) -> Vec<Value> {
        locked(&self.state).account.intents()
    }

    /// The one payment in its account.
    pub fn intent(&self) -> Value {
        let intents = self.intents();
        assert_eq!(intents.len(), 1, "{intents:#?}");
        intents[0].clone()
    }

    /// The refunds of a payment, as it shows them.
    pub fn refunds(&self, intent: &str) -> Vec<Value> {
        locked(&self.state).account.refunds(intent)
    }

    /// How many changes of `path` reached it, whatever came of them.
    pub fn changes(&self, path: &str) -> usize {
        locked(&self.state).changes.iter().filter(|change| *change == path).count()
    }

    /// The shopper confirms a payment at their bank, or does not.
    pub fn confirm(&self, intent: &str, confirmed: bool) {
        locked(&self.state).account.confirm(intent, confirmed);
    }

    /// The bank decides on a payment that was processing.
    pub fn finish_processing(&self, intent: &str) {
        locked(&self.state).account.confirm(intent, true);
    }

    /// The merchant gives money back on Stripe's own pages.
    pub fn refund_by_hand(&self, intent: &str, amount: i64) {
        let refund = [("payment_intent", intent.to_owned()), ("amount", amount.to_string())];
        let refund = refund.map(|(name, value)| (name.to_owned(), value)).to_vec();
        locked(&self.state).account.refund(&refund).expect("a refund");
    }

    /// The events that happened since the last time somebody asked.
    pub fn events(&self) -> Vec<Value> {
        locked(&self.state).account.take_events()
    }
}

impl Drop for Stripe {
    fn drop(&mut self) {
        self.server.abort();
    }
}
