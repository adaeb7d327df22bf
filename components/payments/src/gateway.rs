//! The payment gateway that is composed into this component.

mod bindings {
    #![expect(clippy::same_length_and_capacity, reason = "the glue to the component that the macro writes")]

    wit_bindgen::generate!({
        path: ["../../wit/merkato-commerce@0.1.0", "../../wit/merkato-payments@0.1.0"],
        inline: "
            package merkato:payments-bindings@0.1.0;
            world bindings { import merkato:payments/gateway@0.1.0; }
        ",
        generate_all,
    });
}

use merkato_commerce::{Invalid, ids::PaymentId, money::Money, time::Timestamp};
use merkato_contract::{
    payment::Authorize,
    problem::{Code, Problem},
};
use merkato_edge::{Context, Request};

use self::bindings::merkato::{
    commerce::types::Money as WitMoney,
    payments::gateway::{
        self, AuthorizeRequest, Error, Header, News as WitNews, Outcome, WebhookError, WebhookEvent,
    },
};
use crate::store::{Payment, Settlement, State};

/// The name of the gateway that moves no money.
const SANDBOX: &str = "sandbox";

/// The status that says that the gateway, and not this service, gave no answer (RFC 9110, 15.6.5).
const GATEWAY_TIMEOUT: u16 = 504;

/// What a webhook says.
#[derive(Debug)]
pub struct Event {
    /// The gateway's id of it.
    pub id: String,
    /// Which payment it is about.
    pub payment_id: PaymentId,
    /// The gateway's name for that payment, if it says.
    pub reference: Option<String>,
    /// What the gateway thinks the payment is over, if it says.
    pub amount: Option<Money>,
    /// What is new.
    pub news: News,
}

/// What is new of a payment.
#[derive(Debug)]
pub enum News {
    /// What became of it.
    Settled(Settlement),
    /// Money went back; how much of the payment altogether.
    Refunded(Money),
}

/// The name of the gateway that is composed in, as it stands in the webhook's address.
pub fn name() -> String {
    gateway::name()
}

/// Whether the gateway is the one whose bank the shop itself plays.
pub fn is_sandbox() -> bool {
    name() == SANDBOX
}

/// Why the gateway did not do what it was asked.
#[derive(Debug)]
pub enum Refusal {
    /// It will not, however often it is asked; why, in words for people.
    ForGood(String),
    /// It has taken the money already, so that it cannot let it go.
    AlreadyCaptured,
    /// It may at another time.
    ForNow(Problem),
}

/// Asks the gateway to set money aside. `asks` says how often it has been asked, this time included.
pub fn authorize(context: &Context, request: &Authorize, asks: u32) -> Result<Settlement, Problem> {
    let return_url = format!("{}/orders/{}", context.setting("public_url")?, request.order_id);
    let answer = gateway::authorize(&AuthorizeRequest {
        payment_id: request.payment_id.to_string(),
        order_id: request.order_id.to_string(),
        attempt: asks,
        amount: request.amount.into(),
        method: request.method.clone(),
        token: request.token.clone(),
        return_url,
    });
    answer.map(Settlement::from).or_else(|error| match error {
        Error::Refused(reason) => Ok(Outcome::Declined(reason).into()),
        error => Err(problem(context, &error)),
    })
}

/// Takes the money that was set aside.
pub fn capture(context: &Context, payment: &Payment) -> Result<(), Refusal> {
    let (payment_id, reference) = names(payment);
    let answer = gateway::capture(&payment_id, reference, &payment.amount.into());
    answer.map_err(|error| refusal(context, error))
}

/// Lets the money go that was set aside.
pub fn void(context: &Context, payment: &Payment) -> Result<(), Refusal> {
    let answer = gateway::void(&payment.id.to_string(), payment.reference.as_deref());
    answer.map_err(|error| refusal(context, error))
}

/// Gives money back.
pub fn refund(context: &Context, payment: &Payment, refund_key: &str, amount: Money) -> Result<(), Refusal> {
    let (payment_id, reference) = names(payment);
    let answer = gateway::refund(&payment_id, reference, refund_key, &amount.into());
    answer.map_err(|error| refusal(context, error))
}

/// What a webhook says, if the gateway signed it just now; none for one that is not about this shop.
pub fn verify_webhook(request: &Request, secret: &str, now: Timestamp) -> Result<Option<Event>, Problem> {
    // Which header holds the signature is the gateway's own business.
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        Some(Header { name: name.to_string(), value: value.to_str().ok()?.to_owned() })
    };
    let headers = request.headers.iter().filter_map(header).collect::<Vec<_>>();
    let event = gateway::verify_webhook(&headers, &request.body, secret, now.0 / 1_000);
    let event = event.map_err(|error| match error {
        WebhookError::BadSignature => {
            Problem::new(Code::Unauthenticated, "The webhook's signature does not hold.")
        }
        WebhookError::Stale => Problem::new(Code::Unauthenticated, "The webhook was signed too long ago."),
        WebhookError::Malformed(message) => {
            Problem::new(Code::MalformedRequest, format!("The webhook is not understood: {message}."))
        }
    })?;
    event.map_or(Ok(None), read)
}

/// The event in the shop's own terms. A payment whose name is none of the shop's belongs to somebody else.
fn read(event: WebhookEvent) -> Result<Option<Event>, Problem> {
    let Ok(payment_id) = event.payment_id.parse() else { return Ok(None) };
    let malformed =
        |_| Problem::new(Code::MalformedRequest, "The webhook is not understood: it names no currency.");
    let news = match event.news {
        WitNews::Outcome(outcome) => News::Settled(outcome.into()),
        WitNews::Refunded(money) => News::Refunded(money.try_into().map_err(malformed)?),
    };
    let amount = event.amount.map(Money::try_from).transpose().map_err(malformed)?;
    Ok(Some(Event { id: event.event_id, payment_id, reference: event.reference, amount, news }))
}

fn names(payment: &Payment) -> (String, &str) {
    (payment.id.to_string(), payment.reference.as_deref().unwrap_or_default())
}

fn refusal(context: &Context, error: Error) -> Refusal {
    match error {
        Error::Refused(reason) => Refusal::ForGood(reason),
        Error::AlreadyCaptured => Refusal::AlreadyCaptured,
        error => Refusal::ForNow(problem(context, &error)),
    }
}

fn problem(context: &Context, error: &Error) -> Problem {
    match error {
        Error::NoAnswer(message) => {
            let problem = context.unavailable("the gateway does not answer", message);
            Problem { status: GATEWAY_TIMEOUT, ..problem }
        }
        Error::Misconfigured(message) => context.internal("the gateway is not set up", message),
        Error::Refused(message) | Error::Other(message) => context.internal("the gateway failed", message),
        Error::AlreadyCaptured => context.internal("the gateway failed", "it has taken the money already"),
    }
}

impl From<Money> for WitMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency.to_string() }
    }
}

impl TryFrom<WitMoney> for Money {
    type Error = Invalid;

    fn try_from(money: WitMoney) -> Result<Self, Invalid> {
        Ok(Self::new(money.amount, money.currency.parse()?))
    }
}

impl From<Outcome> for Settlement {
    fn from(outcome: Outcome) -> Self {
        let plain = |state, reference| Self { state, reference, redirect_url: None, reason: None };
        match outcome {
            Outcome::Approved(reference) => plain(State::Approved, Some(reference)),
            Outcome::Captured(reference) => plain(State::Captured, Some(reference)),
            Outcome::Pending(reference) => plain(State::Pending, Some(reference)),
            Outcome::Declined(reason) => Self { reason: Some(reason), ..plain(State::Declined, None) },
            Outcome::Challenged(challenge) => Self {
                redirect_url: Some(challenge.redirect_url),
                ..plain(State::Challenged, Some(challenge.reference))
            },
        }
    }
}
