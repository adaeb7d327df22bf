//! `/api/orders`: reads what shopper or staff want, refuses what cannot be wanted, and asks the coordinator.

use std::time::Duration;

use http::Method;
use merkato_commerce::{Invalid, ids::OrderId, text::IdempotencyKey};
use merkato_contract::{
    headers::{IDEMPOTENCY_KEY, ORDER_TOKEN},
    order::{ORDER_WAIT_SECONDS_MAX, PaymentRequest, PlaceOrder, Refund, Return, Shipment},
    order_validation,
    problem::{Code, Problem},
};
use merkato_edge::{Call, Caller, Context, Page, Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// How long placing, paying, sending or refunding an order may take: the coordinator waits a while for the gateway before it answers
/// with the order as it stands, and both may have to wake up first.
const PAYMENT_DEADLINE: Duration = Duration::from_secs(30);

/// How long an order may be waited for: as long as can be asked for, and the ways there and back.
const WAIT_DEADLINE: Duration = Duration::from_secs(ORDER_WAIT_SECONDS_MAX + 4);
/// By what staff look for orders, see `merkato_contract::staff::orders::OrderFilter`.
const FILTERS: [&str; 6] = ["state", "email", "number", "sku", "from", "to"];

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (request.method.as_str(), request.segments().as_slice()) {
        ("POST", ["api", "orders"]) => place_order(context, request).await,
        ("GET", ["api", "orders"]) => list_orders(context, request).await,
        ("GET", ["api", "orders", id]) => get_order(context, request, id).await,
        ("GET", ["api", "orders", id, "invoice"]) => get_invoice(context, request, id).await,
        ("POST", ["api", "orders", id, "reorder"]) => reorder(context, request, id).await,
        ("POST", ["api", "orders", id, "cancel"]) => cancel_order(context, request, id).await,
        ("POST", ["api", "orders", id, "return"]) => return_order(context, request, id).await,
        ("POST", ["api", "orders", id, "deliver"]) => deliver_order(context, request, id).await,
        ("POST", ["api", "orders", id, "ship"]) => ship_order(context, request, id).await,
        ("POST", ["api", "orders", id, "refund"]) => refund_order(context, request, id).await,
        ("GET", ["api", "orders", id, "payment"]) => get_payment(context, request, id).await,
        ("POST", ["api", "orders", id, "payment"]) => pay_order(context, request, id).await,
        (_, ["api", "orders"] | ["api", "orders", _, "payment"]) => {
            Ok(Response::method_not_allowed("GET, POST"))
        }
        (_, ["api", "orders", _] | ["api", "orders", _, "invoice"]) => {
            Ok(Response::method_not_allowed("GET"))
        }
        (_, ["api", "orders", _, "reorder" | "cancel" | "return" | "deliver" | "ship" | "refund"]) => {
            Ok(Response::method_not_allowed("POST"))
        }
        _ => Err(Problem::not_found("address")),
    }
}

async fn place_order(context: &Context, request: &Request) -> Result<Response, Problem> {
    let caller = context.caller(request)?;
    let key = request.header(IDEMPOTENCY_KEY).ok_or_else(|| {
        let detail = "Send a fresh key in the header Idempotency-Key, and the same one again when repeating the order.";
        Problem::new(Code::IdempotencyKeyRequired, detail)
    })?;
    let key: IdempotencyKey = key.parse()?;
    let place_order = request.json::<PlaceOrder>()?;
    refuse(order_validation::place_order(&place_order))?;
    let call = context.coordinator(Method::POST, "/v1/orders")?.on_behalf_of(&caller, request);
    let call = call.header(IDEMPOTENCY_KEY, key.as_str()).json(&place_order)?.within(PAYMENT_DEADLINE);
    context.forward(call).await
}

/// The caller's orders; for staff those of all, by conditions if any are given.
async fn list_orders(context: &Context, request: &Request) -> Result<Response, Problem> {
    let caller = context.caller(request)?;
    if caller == Caller::Guest {
        return Err(Problem::new(Code::Unauthenticated, "Sign in to see your orders."));
    }
    let page = Page::of(request)?;
    let conditions = FILTERS.iter().filter_map(|name| Some((*name, request.query_value(name)?)));
    // What a form left empty is no condition.
    let conditions = conditions.filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>();
    if !conditions.is_empty() && !caller.is_staff() {
        return Err(Problem::new(Code::Forbidden, "Only staff may look for orders of others."));
    }
    let list = if caller.is_staff() { "/v1/staff/orders" } else { "/v1/orders" };
    let mut path = format!("{list}?limit={}", page.limit);
    for (name, value) in page.after.map(|after| ("after", after)).into_iter().chain(conditions) {
        path = format!("{path}&{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC));
    }
    context.forward(context.coordinator(Method::GET, path)?.on_behalf_of(&caller, request)).await
}

async fn get_order(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let (since, wait) = (number(request, "since")?, number(request, "wait")?);
    let wait = wait.map(|wait| u64::try_from(wait).unwrap_or(0));
    let Some((since, wait)) = order_validation::news(since, wait)? else {
        return context.forward(order_call(context, request, Method::GET, id, "")?).await;
    };
    let news = format!("?since={since}&wait={wait}");
    let call = order_call(context, request, Method::GET, id, &news)?;
    context.forward(call.within(WAIT_DEADLINE)).await
}

async fn get_invoice(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.forward(order_call(context, request, Method::GET, id, "/invoice")?).await
}

async fn reorder(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.forward(order_call(context, request, Method::POST, id, "/reorder")?).await
}

/// A whole number of the query, if it is there.
fn number(request: &Request, name: &str) -> Result<Option<i64>, Invalid> {
    let given = request.query_value(name).map(|text| text.parse::<i64>());
    given.transpose().map_err(|_| Invalid::new(name, "must be a whole number"))
}

async fn cancel_order(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let call = order_call(context, request, Method::POST, id, "/cancel")?;
    context.forward(call).await
}

async fn return_order(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    // Without a body everything comes back.
    let back = if request.body.is_empty() { Return::default() } else { request.json::<Return>()? };
    order_validation::take_back(&back).map_err(Problem::invalid)?;
    let call = order_call(context, request, Method::POST, id, "/return")?;
    context.forward(repeatable(call.json(&back)?, request)?).await
}

async fn deliver_order(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let call = order_call(context, request, Method::POST, id, "/deliver")?;
    context.forward(call).await
}

async fn ship_order(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let shipment = request.json::<Shipment>()?;
    refuse(order_validation::shipment(&shipment))?;
    let call = order_call(context, request, Method::POST, id, "/ship")?;
    context.forward(call.json(&shipment)?.within(PAYMENT_DEADLINE)).await
}

async fn refund_order(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let refund = request.json::<Refund>()?;
    order_validation::refund(&refund).map_err(Problem::invalid)?;
    let call = order_call(context, request, Method::POST, id, "/refund")?;
    context.forward(repeatable(call.json(&refund)?, request)?.within(PAYMENT_DEADLINE)).await
}

/// With the key that makes a deed known as one, if it came with one: whoever may press twice sends it.
fn repeatable(call: Call, request: &Request) -> Result<Call, Problem> {
    let key = request.header(IDEMPOTENCY_KEY).map(str::parse::<IdempotencyKey>).transpose()?;
    Ok(call.header_if(IDEMPOTENCY_KEY, key.as_ref().map(IdempotencyKey::as_str)))
}

async fn get_payment(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let call = order_call(context, request, Method::GET, id, "/payment")?;
    context.forward(call).await
}

/// The shopper tries once more with another means; staff, who name none, with the money that is set aside already.
async fn pay_order(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    if request.body.is_empty() && context.staff(request).is_ok() {
        let call = order_call(context, request, Method::POST, id, "/capture")?;
        return context.forward(call.within(PAYMENT_DEADLINE)).await;
    }
    let payment = request.json::<PaymentRequest>()?;
    refuse(order_validation::payment(&payment))?;
    let call = order_call(context, request, Method::POST, id, "/payment")?;
    context.forward(call.json(&payment)?.within(PAYMENT_DEADLINE)).await
}

/// A call about one order, in the caller's name. A guest shows the token that came with the order, in a header or,
/// so that a link can be sent by mail, in the query.
fn order_call(
    context: &Context,
    request: &Request,
    method: Method,
    id: &str,
    step: &str,
) -> Result<Call, Problem> {
    let id: OrderId = id.parse().map_err(|_| Problem::not_found("order"))?;
    let caller = context.caller(request)?;
    let call = context.coordinator(method, format!("/v1/orders/{id}{step}"))?.on_behalf_of(&caller, request);
    let in_query = request.query_value("access_token").filter(|_| request.header(ORDER_TOKEN).is_none());
    // What cannot stand in a header is no token of ours.
    let in_query = in_query.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    Ok(call.header_if(ORDER_TOKEN, in_query.as_deref()))
}

fn refuse(problems: Vec<Invalid>) -> Result<(), Problem> {
    if problems.is_empty() { Ok(()) } else { Err(Problem::invalid(problems)) }
}
