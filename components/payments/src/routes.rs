//! `/api/payments` for gateways and shoppers, `/internal/payments` for the coordinator.

use http::Method;
use merkato_commerce::{Invalid, ids::PaymentId};
use merkato_contract::{
    payment::{Authorize, RefundPayment},
    problem::{Code, Problem},
};
use merkato_edge::{Context, Request, Response};

use crate::{challenge, gateway, settle, store::Store};

/// Longest key of a refund, in characters: the coordinator's are ids.
const REFUND_KEY_CHARACTERS_MAX: usize = 128;

/// Longest name of a means of payment, in characters: `card` and its like.
const METHOD_CHARACTERS_MAX: usize = 64;
/// Longest token of a gateway's form, in characters; those of the large gateways have about thirty.
const TOKEN_CHARACTERS_MAX: usize = 256;

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (&request.method, request.segments().as_slice()) {
        (&Method::POST, ["internal", "payments", "authorize"]) => authorize(context, request),
        (&Method::POST, ["internal", "payments", id, "capture"]) => capture(context, request, id),
        (&Method::POST, ["internal", "payments", id, "void"]) => void(context, request, id),
        (&Method::POST, ["internal", "payments", id, "refund"]) => refund(context, request, id),
        (&Method::POST, ["api", "payments", "webhooks", gateway]) => webhook(context, request, gateway).await,
        (&Method::GET, ["api", "payments", "sandbox", "challenge", id]) => {
            show_challenge(context, request, id)
        }
        (&Method::POST, ["api", "payments", "sandbox", "challenge", id]) => {
            decide_challenge(context, request, id).await
        }
        (&Method::GET, ["api", "payments", "sandbox", "challenge.css"]) => Ok(challenge::stylesheet()),
        (_, ["api", "payments", "sandbox", "challenge", _]) => Ok(Response::method_not_allowed("GET, POST")),
        (_, ["api", "payments", "sandbox", "challenge.css"]) => Ok(Response::method_not_allowed("GET")),
        (
            _,
            ["api", "payments", "webhooks", _]
            | ["internal", "payments", "authorize"]
            | ["internal", "payments", _, "capture" | "void" | "refund"],
        ) => Ok(Response::method_not_allowed("POST")),
        _ => Err(Problem::not_found("address")),
    }
}

fn authorize(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let authorize = request.json::<Authorize>()?;
    if authorize.amount.amount < 0 || authorize.attempt == 0 {
        return Err(
            Invalid::new("amount.amount", "must not be negative, and the attempt is counted from 1").into()
        );
    }
    for (field, text, characters_max) in [
        ("method", &authorize.method, METHOD_CHARACTERS_MAX),
        ("token", &authorize.token, TOKEN_CHARACTERS_MAX),
    ] {
        if text.chars().count() > characters_max {
            return Err(Invalid::new(field, format!("must be at most {characters_max} characters")).into());
        }
    }
    Response::json(200, &settle::authorize(context, &authorize)?)
}

fn capture(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.service(request)?;
    Response::json(200, &settle::capture(context, payment_id(id)?)?)
}

fn void(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.service(request)?;
    Response::json(200, &settle::void(context, payment_id(id)?)?)
}

fn refund(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.service(request)?;
    let id = payment_id(id)?;
    let refund = request.json::<RefundPayment>()?;
    if refund.refund_key.is_empty() || refund.refund_key.chars().count() > REFUND_KEY_CHARACTERS_MAX {
        return Err(Invalid::new(
            "refund_key",
            format!("must be 1 to {REFUND_KEY_CHARACTERS_MAX} characters"),
        )
        .into());
    }
    if refund.amount.amount <= 0 {
        return Err(Invalid::new("amount.amount", "must be more than nothing").into());
    }
    Response::json(200, &settle::refund(context, id, &refund)?)
}

async fn webhook(context: &Context, request: &Request, name: &str) -> Result<Response, Problem> {
    if name != gateway::name() {
        return Err(Problem::not_found("gateway"));
    }
    let secret = context.setting(&format!("{name}_webhook_secret"))?;
    // One that is not about this shop is acknowledged, or the gateway would send it again for days.
    if let Some(event) = gateway::verify_webhook(request, &secret, context.now())? {
        settle::handle_event(context, &event).await?;
    }
    Ok(Response::empty(204))
}

fn show_challenge(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let id = signed_payment(context, request, id)?;
    let payment = Store::open(context)?.payment(id)?.ok_or_else(|| Problem::not_found("payment"))?;
    Ok(challenge::page(&payment, &context.setting("public_url")?))
}

async fn decide_challenge(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let id = signed_payment(context, request, id)?;
    let approved = match request.form()?.get("decision").map(String::as_str) {
        Some("approve") => true,
        Some("decline") => false,
        _ => return Err(Invalid::new("decision", "must be approve or decline").into()),
    };
    let payment = match settle::decide_challenge(context, id, approved).await {
        // A person reads this. The decision is kept; what failed is telling the shop.
        Err(problem) if problem.code == Code::Unavailable => {
            return Ok(challenge::retry_page(approved, &context.setting("public_url")?));
        }
        decided => decided?,
    };
    Response::see_other_abroad(&challenge::order_url(&payment, &context.setting("public_url")?))
}

/// The payment that a signed link names. Whoever has no such link learns nothing, not even which payments there are.
/// No link holds where a real gateway is composed in: only its own bank may confirm a payment there.
fn signed_payment(context: &Context, request: &Request, id: &str) -> Result<PaymentId, Problem> {
    if !gateway::is_sandbox() {
        return Err(Problem::not_found("payment"));
    }
    let id = payment_id(id)?;
    let signature = request.query_value("sig").unwrap_or_default();
    if settle::is_challenge_signature(context, id, &signature)? {
        Ok(id)
    } else {
        Err(Problem::not_found("payment"))
    }
}

fn payment_id(text: &str) -> Result<PaymentId, Problem> {
    text.parse().map_err(|_| Problem::not_found("payment"))
}
