//! What the coordinator does, one noun a file. Handlers parse and call in here; all SQL is in `store`.
//!
//! Every function that changes something does so in one call of [`Store::write`], so that where a transaction begins
//! and ends can be seen in that function.

pub mod carts;
mod cursor;
pub mod dashboard;
pub mod dead_letters;
pub mod fulfilment;
pub mod handover;
mod history;
pub mod offers;
mod once;
pub mod order_search;
pub mod orders;
pub mod outbox;
pub mod payments;
pub mod promotions;
pub mod reminders;
pub mod reorder;
mod settled;
pub mod staff_log;
pub mod stock;
pub mod stuck_orders;
pub mod transition;
pub mod users;
mod watched;
pub mod wishes;

use std::{sync::Arc, time::Duration};

use merkato_commerce::{
    Invalid,
    ids::{Ids, UserId},
    money::{Currency, Money},
    order::{self, Capture},
    text::Sku,
    time::Clock,
};
use merkato_contract::order::Seller;
use sha2::{Digest, Sha256};

use self::{handover::Handover, settled::Settled, watched::Watched};
use crate::{
    outbox::Subscriber,
    policy::{self, Pricing},
    store::{self, Store, records::CartOwner},
    wake::Wake,
};

/// How long a placed order holds its stock before it must be paid for: long enough for a bank's challenge page.
pub const RESERVATION: Duration = Duration::from_mins(15);
/// How long the answer to placing an order waits for the payment, before it gives the order as it stands.
pub const ANSWER_WAIT: Duration = Duration::from_secs(8);
/// How long a user's cart is left alone before its owner is reminded of it: whoever only went to lunch comes back by
/// themselves.
pub const REMIND_AFTER: Duration = Duration::from_hours(4);

/// Fills memory with bytes that nobody can guess. A parameter, so that a test can repeat them.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// What an operator can set about the till.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The currency of carts.
    pub currency: Currency,
    /// See [`RESERVATION`].
    pub reservation: Duration,
    /// See [`ANSWER_WAIT`].
    pub answer_wait: Duration,
    /// See [`handover::LEASE`].
    pub lease: Duration,
    /// See [`REMIND_AFTER`]; none if nobody is reminded.
    pub remind_after: Option<Duration>,
    /// Who sells, for invoices.
    pub seller: Seller,
    /// When the money of an order is taken.
    pub capture: Capture,
    /// Who hears of events, and of which.
    pub subscribers: Arc<[Subscriber]>,
    /// The shop's public address, which its events are said to come from.
    pub public_url: String,
}

/// The coordinator's work, with all that it depends on.
pub struct App {
    /// The till's memory.
    pub store: Store,
    /// The pricing policy.
    pub pricing: Arc<dyn Pricing>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
    /// Makes tokens.
    pub entropy: Arc<dyn Entropy>,
    /// What an operator can set.
    pub settings: Settings,
    /// Rings when there is new work for worker or dispatcher.
    pub wake: Arc<Wake>,
    /// Where tasks go that need not wait for the worker to look.
    pub handover: Handover,
    settled: Settled,
    watched: Watched,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        pricing: Arc<dyn Pricing>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        let (wake, handover, settled) = (Arc::new(Wake::default()), Handover::default(), Settled::default());
        let watched = Watched::default();
        Self { store, pricing, clock, ids, entropy, settings, wake, handover, settled, watched }
    }

    /// A token that cannot be guessed: 256 bits, safe in headers, cookies and addresses.
    fn new_token(&self) -> String {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Another coordinator has committed something: looks whether it concerns anyone here.
    pub fn hear_of_others(&self) {
        self.settled.announce_all();
        self.wake.ring();
    }
}

/// What is stored of a token: whoever reads the database cannot use it.
pub fn hash_of(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Who is acting. Services have checked it; the coordinator believes them for their service token.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// The signed-in shopper.
    pub user: Option<UserId>,
    /// A guest's cart token.
    pub cart_token: Option<String>,
    /// A guest's token for one order.
    pub order_token: Option<String>,
    /// Whether this is staff.
    pub staff: bool,
    /// The service that asks for them.
    pub service: Option<String>,
}

impl Actor {
    /// Whose cart is meant; none for a guest without a token.
    pub fn cart_owner(&self) -> Option<CartOwner> {
        match (self.user, &self.cart_token) {
            (Some(user), _) => Some(CartOwner::User(user)),
            (None, Some(token)) => Some(CartOwner::Guest { token_hash: hash_of(token) }),
            (None, None) => None,
        }
    }
}

/// What can go wrong: the caller's doing, or not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller can do something about it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The pricing policy failed.
    #[error("the pricing policy failed: {0}")]
    Policy(String),
    /// A sum did not come out.
    #[error("a sum failed: {0}")]
    Money(#[from] merkato_commerce::money::Error),
}

/// Why the caller does not get what was asked, named as the fact that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Fields are wrong.
    #[error("some fields are not right")]
    Invalid(Vec<Invalid>),
    /// There is no such thing, or it is not the caller's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Less is left than was asked for.
    #[error("only {available} of {sku} left")]
    StockTooLow {
        /// Of what.
        sku: Sku,
        /// How much is left.
        available: i64,
    },
    /// The total is not what the shopper saw.
    #[error("the total is now {total}")]
    PriceChanged {
        /// What it is now.
        total: Money,
    },
    /// There is nothing to order.
    #[error("the cart is empty")]
    CartEmpty,
    /// The cart is not the one that the client saw.
    #[error("the cart has changed")]
    CartChanged,
    /// The order's state does not allow it.
    #[error(transparent)]
    Order(#[from] order::Rejection),
    /// There is no invoice of what is not paid.
    #[error("the order is not paid")]
    NotPaid,
    /// Somebody else has changed it, or made one of that name.
    #[error("{0}")]
    Conflict(String),
    /// The key stands for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Rejected(Rejection::Invalid(vec![invalid]))
    }
}

impl From<policy::Error> for Error {
    fn from(error: policy::Error) -> Self {
        match error {
            policy::Error::UnknownShippingMethod(method) => {
                let message = format!("{method:?} is not a shipping method of this shop for this address");
                Invalid::new("shipping_method", message).into()
            }
            policy::Error::DestinationNotServed(country) => {
                Invalid::new("shipping_address.country", format!("we do not ship to {country} yet")).into()
            }
            policy::Error::Failed(reason) => Self::Policy(reason),
        }
    }
}
