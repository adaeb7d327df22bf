//! `/api/notifications` for shoppers and staff, `/internal/notifications` for the coordinator and other services.

use http::Method;
use merkato_commerce::{
    Invalid,
    ids::{NotificationId, UserId},
    text::Sku,
};
use merkato_contract::{
    List,
    message::Message,
    notification::{AbandonedCart, NotificationState, OpenedNotification, Promotion, StockRequest},
    problem::{Code, Problem},
};
use merkato_edge::{Caller, Context, Page, Request, Response};

use crate::{
    locale::Locale,
    news::News,
    post,
    store::{Filter, Store},
    unsubscribe, validate, waiting,
};

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (&request.method, request.segments().as_slice()) {
        (&Method::POST, ["internal", "notifications", "events"]) => take_event(context, request).await,
        (&Method::POST, ["internal", "notifications", "messages"]) => send_message(context, request),
        (&Method::POST, ["internal", "notifications", "abandoned-carts"]) => {
            remind_of_cart(context, request).await
        }
        (&Method::POST, ["internal", "notifications", "sweep"]) => sweep(context, request).await,
        (&Method::GET, ["api", "notifications"]) => list(context, request),
        (&Method::POST, ["api", "notifications", "promotions"]) => promote(context, request).await,
        (&Method::DELETE, ["api", "notifications", "unsubscription"]) => resubscribe(context, request),
        (&Method::PUT, ["api", "notifications", "back-in-stock", sku]) => {
            wait_for(context, request, sku).await
        }
        (&Method::DELETE, ["api", "notifications", "back-in-stock", sku]) => {
            Store::open(context)?.withdraw_stock_request(user(context, request)?, sku)?;
            Ok(Response::empty(204))
        }
        (&Method::GET, ["api", "notifications", "unsubscribe", id]) => ask_whether(context, request, id),
        (&Method::POST, ["api", "notifications", "unsubscribe", id]) => end(context, request, id),
        (&Method::GET, ["api", "notifications", id]) => show(context, request, id),
        (
            _,
            ["api", "notifications", "promotions"]
            | ["internal", "notifications", "events" | "messages" | "abandoned-carts" | "sweep"],
        ) => Ok(Response::method_not_allowed("POST")),
        (_, ["api", "notifications", "unsubscription"]) => Ok(Response::method_not_allowed("DELETE")),
        (_, ["api", "notifications", "back-in-stock", _]) => Ok(Response::method_not_allowed("PUT, DELETE")),
        (_, ["api", "notifications", "unsubscribe", _]) => Ok(Response::method_not_allowed("GET, POST")),
        (_, ["api", "notifications"] | ["api", "notifications", _]) => {
            Ok(Response::method_not_allowed("GET"))
        }
        _ => Err(Problem::not_found("address")),
    }
}

async fn take_event(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let event = request.cloud_event()?;
    match News::of(&event)? {
        News::Order(template, order) => post::tell_of_order(context, event.id, template, &order).await?,
        News::BackInStock(level) => waiting::back_in_stock(context, event.id, &level.sku).await?,
        News::Nothing => {}
    }
    Ok(Response::empty(204))
}

fn send_message(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let message = request.json::<Message>()?;
    let problems = validate::message(&message);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    post::send_message(context, &message)?;
    Ok(Response::empty(202))
}

async fn remind_of_cart(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let reminder = request.json::<AbandonedCart>()?;
    let problems = validate::abandoned_cart(&reminder);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    post::remind_of_cart(context, &reminder).await?;
    Ok(Response::empty(202))
}

async fn sweep(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    Response::json(200, &post::sweep(context).await?)
}

/// What was sent: to the caller, or for staff to anybody.
fn list(context: &Context, request: &Request) -> Result<Response, Problem> {
    let caller = signed_in(context, request)?;
    let page = Page::of(request)?;
    let after = page.after.as_deref().map(str::parse::<NotificationId>).transpose();
    let after = after.map_err(|_| Page::unknown_cursor())?;
    let given = |name| request.query_value(name).filter(|text| !text.is_empty());
    let state = given("state")
        .map(|name| NotificationState::from_name(&name).ok_or_else(unknown_state))
        .transpose()?;
    let user = if caller.is_staff() { None } else { caller.user_id() };
    let filter = Filter { user, state, recipient: given("recipient") };
    // One more than asked for says whether there is a next page.
    let mut items = Store::open(context)?.list(&filter, after, page.limit + 1)?;
    let limit = page.limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Response::json(200, &List { items, next })
}

fn show(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let caller = signed_in(context, request)?;
    let opened = Store::open(context)?.opened(notification_id(id)?)?;
    let own = opened.filter(|opened| caller.is_staff() || opened.notification.user_id == caller.user_id());
    Response::json(200, &own.ok_or_else(|| Problem::not_found("notification"))?)
}

async fn promote(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    let promotion = request.json::<Promotion>()?;
    let problems = validate::promotion(&promotion);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    Response::json(202, &post::promote(context, &promotion).await?)
}

async fn wait_for(context: &Context, request: &Request, sku: &str) -> Result<Response, Problem> {
    let user = user(context, request)?;
    let sku = sku.parse::<Sku>()?;
    let wanted = request.json::<StockRequest>()?;
    waiting::wait_for(context, user, &sku, &wanted.product).await?;
    Ok(Response::empty(204))
}

fn resubscribe(context: &Context, request: &Request) -> Result<Response, Problem> {
    Store::open(context)?.resubscribe(user(context, request)?)?;
    Ok(Response::empty(204))
}

fn ask_whether(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let opened = signed(context, request, id)?;
    Ok(unsubscribe::page(Locale::for_tag(&opened.notification.locale), false))
}

/// Both the form of the page and a mail program's one click (RFC 8058) come here; neither brings anything to read.
fn end(context: &Context, request: &Request, id: &str) -> Result<Response, Problem> {
    let opened = signed(context, request, id)?;
    Store::open(context)?.unsubscribe(&opened.notification.recipient, opened.notification.user_id)?;
    Ok(unsubscribe::page(Locale::for_tag(&opened.notification.locale), true))
}

/// The message that a signed link names. Whoever has no such link learns nothing, not even which messages there are.
fn signed(context: &Context, request: &Request, id: &str) -> Result<OpenedNotification, Problem> {
    let id = notification_id(id)?;
    let signature = request.query_value("sig").unwrap_or_default();
    if !unsubscribe::is_signature(&context.setting("service_token")?, id, &signature) {
        return Err(Problem::not_found("notification"));
    }
    Store::open(context)?.opened(id)?.ok_or_else(|| Problem::not_found("notification"))
}

fn signed_in(context: &Context, request: &Request) -> Result<Caller, Problem> {
    match context.caller(request)? {
        Caller::Guest => Err(Problem::new(Code::Unauthenticated, "Please sign in.")),
        caller @ Caller::User { .. } => Ok(caller),
    }
}

fn user(context: &Context, request: &Request) -> Result<UserId, Problem> {
    let user = signed_in(context, request)?.user_id();
    user.ok_or_else(|| Problem::new(Code::Unauthenticated, "Please sign in."))
}

fn notification_id(text: &str) -> Result<NotificationId, Problem> {
    text.parse().map_err(|_| Problem::not_found("notification"))
}

fn unknown_state() -> Problem {
    let names = NotificationState::ALL.map(NotificationState::name).join(", ");
    Invalid::new("state", format!("must be one of {names}")).into()
}
