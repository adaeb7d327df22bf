//! What went wrong, as RFC 9457 wants it said: `application/problem+json`.

use merkato_commerce::Invalid;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $case:ident = $name:literal, $status:literal, $title:literal;)*) => {
        /// A kind of problem that clients can tell apart. Each has a help page at `/problems/<code>`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $name)] $case,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$case),*];

            /// The name in JSON and in the help page's address.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$case => $name),* }
            }

            /// The HTTP status that it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$case => $status),* }
            }

            /// What it is called, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$case => $title),* }
            }

            /// The help page, in Markdown: what happened, and what client and operator can do.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$case => include_str!(concat!("../problems/", $name, ".md"))),* }
            }
        }
    };
}

codes! {
    /// The request is not HTTP or JSON that can be read.
    MalformedRequest = "malformed_request", 400, "The request cannot be read";
    /// A write that may be repeated came without its key.
    IdempotencyKeyRequired = "idempotency_key_required", 400, "An idempotency key is needed";
    /// No credentials, or none that hold.
    Unauthenticated = "unauthenticated", 401, "Please sign in";
    /// The password is right, and the account wants a code besides.
    SecondFactorRequired = "second_factor_required", 401, "A code is needed";
    /// The gateway said no.
    PaymentDeclined = "payment_declined", 402, "The payment was declined";
    /// The credentials do not allow this.
    Forbidden = "forbidden", 403, "Not allowed";
    /// There is no such thing, or it is not the caller's.
    NotFound = "not_found", 404, "Not found";
    /// The path exists, the method on it does not.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// Less is left than was asked for.
    StockTooLow = "stock_too_low", 409, "Not enough in stock";
    /// The total is no longer the one that the shopper saw.
    PriceChanged = "price_changed", 409, "The price has changed";
    /// There is nothing to order.
    CartEmpty = "cart_empty", 409, "The cart is empty";
    /// The cart is no longer the one that the client saw.
    CartChanged = "cart_changed", 409, "The cart has changed";
    /// The order is past, or not yet at, the point where this is possible.
    OrderState = "order_state", 409, "Not possible in this state of the order";
    /// Something of that name exists, or was changed meanwhile.
    Conflict = "conflict", 409, "Conflict";
    /// The account has said before what it thinks of the product.
    ReviewExists = "review_exists", 409, "You have reviewed this product";
    /// The body is larger than accepted.
    BodyTooLarge = "body_too_large", 413, "The request is too large";
    /// The body is of a type that is not understood here.
    UnsupportedMediaType = "unsupported_media_type", 415, "Unsupported media type";
    /// Fields are wrong; `errors` names them.
    Invalid = "invalid", 422, "Some fields are not right";
    /// The same key came with another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422, "The idempotency key was used for another request";
    /// The same was tried too often; `Retry-After` says when it may be tried again.
    TooManyAttempts = "too_many_attempts", 429, "Too many attempts";
    /// Something broke that is not the caller's fault.
    Internal = "internal", 500, "Something went wrong";
    /// A service that this one needs gave no usable answer.
    Unavailable = "unavailable", 503, "Temporarily unavailable";
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Path of the field.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl From<Invalid> for FieldError {
    fn from(invalid: Invalid) -> Self {
        Self { field: invalid.field, message: invalid.message }
    }
}

/// What a client is told. Never holds what only an operator may know: that goes to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {detail}", .code.name())]
pub struct Problem {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// [`Code::title`].
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, for a person.
    pub detail: String,
    /// What kind it is, for a program.
    pub code: Code,
    /// The wrong fields, if it is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Pieces that are left, with [`Code::StockTooLow`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    /// The order that this is about, with [`Code::PaymentDeclined`]: it can be paid again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<crate::order::Order>>,
}

impl Problem {
    /// A problem of kind `code`; `detail` says what happened this time.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{}", code.name()),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code,
            errors: Vec::new(),
            available: None,
            order: None,
        }
    }

    /// Fields are wrong.
    pub fn invalid(errors: impl IntoIterator<Item = Invalid>) -> Self {
        let errors = errors.into_iter().map(FieldError::from).collect::<Vec<_>>();
        let detail =
            errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect::<Vec<_>>();
        Self { errors, ..Self::new(Code::Invalid, format!("{}.", detail.join("; "))) }
    }

    /// There is no such thing, or it is not the caller's; the two are not told apart.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::invalid([invalid])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_help_page_that_says_what_to_do() {
        for code in Code::ALL {
            assert!(code.help().starts_with(&format!("# {}\n", code.title())), "{}", code.name());
            assert!(code.help().contains("## What to do"), "{}", code.name());
        }
    }
}
