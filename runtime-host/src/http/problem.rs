//! The one place where what went wrong becomes HTTP.

use axum::{
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use merkato_commerce::{Invalid, order};
use merkato_contract::{
    headers::PROBLEM_JSON,
    problem::{Code, Problem},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    app::{Error, Rejection},
    store,
};

/// Seconds after which a caller may try again when the fault is ours and likely to pass.
const RETRY_AFTER_SECONDS: &str = "1";

/// What goes wrong in a handler.
pub struct Answer(Problem);

impl Answer {
    /// A problem of kind `code`.
    pub fn refused(code: Code, detail: impl Into<String>) -> Self {
        Self(Problem::new(code, detail))
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Invalid> for Answer {
    fn from(invalid: Invalid) -> Self {
        Self(invalid.into())
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => Self(rejected(rejection)),
            // Said by the thousand when it is said at all, so it is not logged.
            Error::Store(store::Error::Busy) => Self::refused(
                Code::Unavailable,
                "The till has more to do than it can; please try again in a moment.",
            ),
            Error::Store(error) => {
                tracing::error!(%error, "the store failed");
                Self::refused(Code::Unavailable, "The till cannot reach its database; please try again.")
            }
            Error::Policy(_) | Error::Money(_) => {
                tracing::error!(%error, "a request failed");
                Self::refused(Code::Internal, "Something broke at our side; nothing was changed.")
            }
        }
    }
}

fn rejected(rejection: Rejection) -> Problem {
    match rejection {
        Rejection::Invalid(problems) => Problem::invalid(problems),
        Rejection::NotFound(what) => Problem::not_found(what),
        Rejection::StockTooLow { sku, available } => {
            let detail = match available {
                0 => format!("{sku} is sold out."),
                _ => format!("Only {available} of {sku} left."),
            };
            Problem { available: Some(available), ..Problem::new(Code::StockTooLow, detail) }
        }
        Rejection::PriceChanged { total } => {
            Problem::new(Code::PriceChanged, format!("The total is now {total}."))
        }
        Rejection::CartEmpty => Problem::new(Code::CartEmpty, "There is nothing in the cart to order."),
        Rejection::CartChanged => {
            Problem::new(Code::CartChanged, "The cart was changed meanwhile; please look at it again.")
        }
        Rejection::Order(order::Rejection::RefundTooLarge { refundable }) => {
            Invalid::new("amount", format!("must be at least one minor unit and at most {refundable}")).into()
        }
        Rejection::Order(rejection) => Problem::new(Code::OrderState, format!("{rejection}.")),
        Rejection::NotPaid => {
            Problem::new(Code::OrderState, "The order is not paid yet; its invoice is written when it is.")
        }
        Rejection::Conflict(detail) => Problem::new(Code::Conflict, detail),
        Rejection::IdempotencyKeyReused => Problem::new(
            Code::IdempotencyKeyReused,
            "This idempotency key came before with another request; make up a new one.",
        ),
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response
    }
}

/// A problem as a finished response, for layers that are no handlers.
pub fn refuse(code: Code, detail: &str) -> Response {
    Answer::refused(code, detail).into_response()
}

/// JSON in and out; what cannot be read is a problem that says where.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &S) -> Result<Self, Answer> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

fn unreadable(rejection: &JsonRejection) -> Answer {
    let detail = rejection.body_text();
    let code = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNPROCESSABLE_ENTITY => Code::Invalid,
        _ => Code::MalformedRequest,
    };
    Answer::refused(code, detail)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}
