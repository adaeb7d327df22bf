//! The policy `gateway-stripe`: a payment gateway that has [Stripe](https://docs.stripe.com/api) move the money.
//!
//! A payment of the shop is one `PaymentIntent` with manual capture: created and confirmed by one request, captured when
//! the order ships, cancelled when it does not. The `token` of a payment is the id of the `PaymentMethod` (`pm_...`) that
//! Stripe's own form made in the shopper's browser, so that the shop never sees a card.
//!
//! In the order in which a question meets them: [`question`] says what Stripe is asked and in which case again, `api`
//! sends it, [`fault`] reads a refusal and [`decline`] puts one into words for shoppers, [`intent`] reads what became
//! of the payment, [`amount`] counts money as Stripe does. [`webhook`] reads what Stripe tells unasked. Only `api`
//! calls the host.
//!
//! # Switching to it
//!
//! 1. Put the entries of `switch.toml`, beside this crate's manifest, into `spin.toml`.
//! 2. At Stripe, add a webhook endpoint at `<the shop's address>/api/payments/webhooks/stripe` for the events that
//!    [`webhook`] lists.
//! 3. Set `stripe_secret_key`, and `stripe_webhook_secret` to the endpoint's signing secret. Neither has a default:
//!    without them the shop does not start.
//!
//! 4. In the storefront, put Stripe's form in the place of the practice cards (`views/payment.rs`): its script makes the
//!    `PaymentMethod`, whose id goes into the field `payment.token`. Whoever builds a page of their own sends it as
//!    `payment: {method: "card", token: "pm_..."}` to `POST /api/orders`.
//!
//! The webhook is not optional: it settles payments that the shopper confirms at their bank, and it lets go of money
//! whose answer was lost and whose order ended meanwhile.

pub mod amount;
mod api;
pub mod decline;
pub mod fault;
pub mod intent;
pub mod question;
pub mod webhook;

mod bindings {
    #![cfg_attr(
        target_family = "wasm",
        expect(unsafe_code, reason = "the glue to the host that the macro writes")
    )]
    #![expect(clippy::same_length_and_capacity, reason = "the glue to the host that the macro writes")]

    wit_bindgen::generate!({
        path: ["../../wit/merkato-commerce@0.1.0", "../../wit/merkato-payments@0.1.0"],
        world: "merkato:payments/gateway-policy",
        generate_all,
    });

    // The exported names hold colons, which only wasm's linker takes.
    #[cfg(target_family = "wasm")]
    export!(Gateway with_types_in self);
    #[cfg(target_family = "wasm")]
    use crate::Gateway;
}

use bindings::{
    exports::merkato::payments::gateway::{
        AuthorizeRequest, Error, Guest, Header, Outcome, WebhookError, WebhookEvent,
    },
    merkato::commerce::types::Money,
};

use crate::{api::Stripe, fault::Fault};

/// The gateway.
pub struct Gateway;

impl Guest for Gateway {
    fn name() -> String {
        "stripe".to_owned()
    }

    fn authorize(request: AuthorizeRequest) -> Result<Outcome, Error> {
        Ok(question::authorize(&Stripe::from_variables()?, &request)?)
    }

    fn capture(payment_id: String, reference: String, amount: Money) -> Result<(), Error> {
        question::capture(&Stripe::from_variables()?, &payment_id, &reference, &amount).map_err(for_good)
    }

    fn void(payment_id: String, reference: Option<String>) -> Result<(), Error> {
        Ok(question::void(&Stripe::from_variables()?, &payment_id, reference.as_deref())?)
    }

    fn refund(
        _payment_id: String,
        reference: String,
        refund_key: String,
        amount: Money,
    ) -> Result<(), Error> {
        question::refund(&Stripe::from_variables()?, &reference, &refund_key, &amount).map_err(for_good)
    }

    fn verify_webhook(
        headers: Vec<Header>,
        body: Vec<u8>,
        secret: String,
        now_epoch_seconds: i64,
    ) -> Result<Option<WebhookEvent>, WebhookError> {
        let signature =
            headers.iter().find(|header| header.name.eq_ignore_ascii_case(webhook::SIGNATURE_HEADER));
        let signature = signature.map(|header| header.value.as_str()).unwrap_or_default();
        webhook::verify(signature, &body, secret.as_bytes(), now_epoch_seconds)?;
        webhook::read(&body)
    }
}

/// What Stripe refuses to do with money that was set aside, or taken, it refuses for good: the authorization has run
/// out, or the account it would go to is closed.
fn for_good(fault: Fault) -> Error {
    match fault {
        Fault::Declined(reason) => Error::Refused(reason),
        Fault::Refused(_) => Error::Refused("Stripe does not do it any more".to_owned()),
        fault => fault.into(),
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let message = fault.to_string();
        match fault {
            Fault::NoAnswer(_) => Self::NoAnswer(message),
            Fault::Misconfigured(_) => Self::Misconfigured(message),
            Fault::AlreadyCaptured => Self::AlreadyCaptured,
            Fault::Declined(_) | Fault::Refused(_) | Fault::Unexpected(_) => Self::Other(message),
        }
    }
}
