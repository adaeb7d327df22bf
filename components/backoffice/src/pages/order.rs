//! One order, and what staff do to it.

use futures::join;
use maud::html;
use merkato_commerce::{Invalid, ids::OrderId, order::State};
use merkato_contract::{
    order::{LinePieces, Order, Refund, Return, Shipment},
    problem::{Code, Problem},
};
use merkato_edge::Response;

use crate::{
    figures::{money, parse_amount},
    form::Form,
    views::{
        self,
        confirm::Confirm,
        field::{CONFIRMED_FIELD, Complaints},
        layout::Section,
        message::Message,
        order::{AMOUNT_FIELD, CARRIER_FIELD, OrderPage, PIECES_PREFIX, TRACKING_FIELD, Typed},
    },
    visit::{Visit, page},
};

/// What is said after something was done.
const DONE: &[(&str, &str)] = &[
    ("shipped", "It is with the carrier"),
    ("delivered", "It was delivered"),
    ("cancelled", "The order is called off"),
    ("returned", "The goods are back on the shelf"),
    ("refunded", "The money is on its way back"),
    ("captured", "The gateway was asked once more"),
];

/// Shows an order.
pub async fn show(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let id = order_id(id)?;
    let message = visit.done(DONE);
    show_with(visit, id, 200, Reply { message, ..Reply::default() }, &visit.fresh_key()).await
}

/// What is said of what was just sent.
#[derive(Default)]
struct Reply {
    message: Option<Message>,
    complaints: Complaints,
    typed: Typed,
}

async fn show_with(
    visit: &Visit<'_>,
    id: OrderId,
    status: u16,
    reply: Reply,
    key: &str,
) -> Result<Response, Problem> {
    let (order, payment) = join!(visit.shop.order(id), visit.shop.payment(id));
    let shown = OrderPage {
        order: &order?,
        payment: &payment,
        message: reply.message.as_ref(),
        complaints: reply.complaints,
        typed: reply.typed,
        key,
    };
    Ok(page(status, views::order::order(&visit.frame(), &shown)))
}

/// Hands a parcel to the carrier.
pub async fn ship(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (order_id(id)?, visit.form().await?);
    let shipment = Shipment {
        carrier: form.text(CARRIER_FIELD).to_owned(),
        tracking_number: form.text(TRACKING_FIELD).to_owned(),
    };
    let shipped = visit.shop.ship_order(id, &shipment, &visit.key_of(&form)).await;
    // Whoever pressed twice has shipped it once, and need not hear that it cannot be shipped again.
    let is_done = |order: &Order| order.shipments.contains(&shipment);
    finish(visit, id, &form, shipped, "shipped", is_done).await
}

/// Notes that the carrier delivered.
pub async fn deliver(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (order_id(id)?, visit.form().await?);
    let delivered = visit.shop.deliver_order(id).await;
    let is_done = |order: &Order| order.state == State::Delivered;
    finish(visit, id, &form, delivered, "delivered", is_done).await
}

/// Asks once more for money that the gateway refused to hand over.
pub async fn retry_capture(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (order_id(id)?, visit.form().await?);
    let asked = visit.shop.retry_capture(id).await;
    finish(visit, id, &form, asked, "captured", |_| false).await
}

/// Calls an order off, once that was confirmed.
pub async fn cancel(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (order_id(id)?, visit.form().await?);
    if form.text(CONFIRMED_FIELD).is_empty() {
        let order = visit.shop.order(id).await?;
        let text = html! {
            p { "Order " strong { (order.number) } " of " (money(order.totals.total)) " is called off for good." }
            p { "Its pieces go back on the shelf, and its money is let go or given back." }
        };
        let question = format!("Cancel order {}?", order.number);
        return Ok(ask(visit, &form, id, "cancel", &question, text, "Cancel the order"));
    }
    let cancelled = visit.shop.cancel_order(id).await;
    finish(visit, id, &form, cancelled, "cancelled", |_| false).await
}

/// Takes goods back.
pub async fn take_back(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (order_id(id)?, visit.form().await?);
    let lines = match pieces(&form) {
        Ok(lines) => lines,
        Err(invalid) => return refuse(visit, id, &form, &invalid.into()).await,
    };
    let back = Return { lines: Some(lines) };
    let returned = visit.shop.return_order(id, &back, &visit.key_of(&form)).await;
    finish(visit, id, &form, returned, "returned", |_| false).await
}

/// Gives money back, once that was confirmed: an amount, or what was paid for some pieces.
pub async fn refund(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (order_id(id)?, visit.form().await?);
    let order = visit.shop.order(id).await?;
    let refund = match refund_of(&form, &order) {
        Ok(refund) => refund,
        Err(invalid) => return refuse(visit, id, &form, &invalid.into()).await,
    };
    if form.text(CONFIRMED_FIELD).is_empty() {
        let question = format!("Give money back for order {}?", order.number);
        let text = html! {
            p { (in_words(&refund, &order)) " back to " strong { (order.email) } ", by the way that it was paid." }
            p { "It cannot be taken back." }
        };
        return Ok(ask(visit, &form, id, "refund", &question, text, "Give it back"));
    }
    let refunded = visit.shop.refund_order(id, &refund, &visit.key_of(&form)).await;
    finish(visit, id, &form, refunded, "refunded", |_| false).await
}

fn refund_of(form: &Form, order: &Order) -> Result<Refund, Invalid> {
    if form.fields().any(|(name, _)| name.starts_with(PIECES_PREFIX)) {
        return Ok(Refund { amount: None, lines: Some(pieces(form)?) });
    }
    let amount = parse_amount(form.text(AMOUNT_FIELD), order.totals.total.currency);
    let amount = amount.filter(|amount| amount.amount > 0);
    let amount = amount.ok_or_else(|| Invalid::new(AMOUNT_FIELD, "must be an amount, such as 12.50"))?;
    Ok(Refund { amount: Some(amount), lines: None })
}

fn in_words(refund: &Refund, order: &Order) -> String {
    match (&refund.amount, &refund.lines) {
        (Some(amount), _) => format!("{} of {} go", money(*amount), money(order.totals.total)),
        (None, lines) => {
            let title = |line: &LinePieces| {
                let known = order.lines.iter().find(|known| known.sku == line.sku);
                known.map_or_else(|| line.sku.to_string(), |known| known.title.clone())
            };
            let lines = lines.iter().flatten();
            let pieces = lines.map(|line| format!("{} × {}", line.quantity, title(line)));
            format!("What was paid for {} goes", pieces.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The pieces that were typed, at least one.
fn pieces(form: &Form) -> Result<Vec<LinePieces>, Invalid> {
    let mut lines = Vec::new();
    for (name, _) in form.fields() {
        let Some(sku) = name.strip_prefix(PIECES_PREFIX) else { continue };
        if form.text(name).is_empty() {
            continue;
        }
        let quantity = form.number(name).map_err(|invalid| Invalid::new("lines", invalid.message))?;
        if quantity != 0 {
            lines.push(LinePieces { sku: sku.parse()?, quantity });
        }
    }
    if lines.is_empty() { Err(Invalid::new("lines", "must be at least one")) } else { Ok(lines) }
}

fn ask(
    visit: &Visit<'_>,
    form: &Form,
    id: OrderId,
    step: &str,
    title: &str,
    text: maud::Markup,
    button: &str,
) -> Response {
    let back = address(id);
    let confirm = Confirm {
        title,
        text,
        action: &format!("{back}/{step}"),
        fields: &form.fields().collect::<Vec<_>>(),
        button,
        back: &back,
        section: Section::Orders,
        key: &visit.fresh_key(),
    };
    page(200, views::confirm::confirm(&visit.frame(), &confirm))
}

/// Goes back to the order that was changed, or shows what stood in the way. `is_done` tells a repeated request, of which
/// the first one worked.
async fn finish(
    visit: &Visit<'_>,
    id: OrderId,
    form: &Form,
    changed: Result<Order, Problem>,
    done: &str,
    is_done: impl Fn(&Order) -> bool,
) -> Result<Response, Problem> {
    let Err(problem) = changed else {
        return Response::see_other(&format!("{}?done={done}", address(id)));
    };
    if problem.code == Code::OrderState && visit.shop.order(id).await.is_ok_and(|order| is_done(&order)) {
        return Response::see_other(&format!("{}?done={done}", address(id)));
    }
    refuse(visit, id, form, &problem).await
}

async fn refuse(visit: &Visit<'_>, id: OrderId, form: &Form, problem: &Problem) -> Result<Response, Problem> {
    let mut complaints = Complaints::of_problem(problem);
    if let Some(message) = complaints.of("amount.amount").map(str::to_owned) {
        complaints.add(AMOUNT_FIELD, &message);
    }
    let typed = Typed {
        carrier: form.text(CARRIER_FIELD).to_owned(),
        tracking_number: form.text(TRACKING_FIELD).to_owned(),
        amount: form.text(AMOUNT_FIELD).to_owned(),
    };
    let reply = Reply { message: Some(Message::refused(problem)), complaints, typed };
    // The key stays: the same form is the same deed.
    show_with(visit, id, problem.status, reply, &visit.key_of(form)).await
}

fn order_id(id: &str) -> Result<OrderId, Problem> {
    id.parse().map_err(|_| Problem::not_found("order"))
}

fn address(id: OrderId) -> String {
    format!("/backoffice/orders/{id}")
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use http::{HeaderMap, HeaderValue, Method};
    use merkato_edge::Request;

    use super::*;

    fn form(body: &str) -> Form {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        block_on(Form::of(&Request::new(Method::POST, "/", headers, body.as_bytes().to_vec())))
            .expect("a form")
    }

    #[test]
    fn only_lines_with_pieces_are_meant_and_no_piece_at_all_is_a_mistake() {
        let lines = pieces(&form("pieces.A=0&pieces.B=2&pieces.C=&csrf=x")).expect("pieces");
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].sku.as_str(), lines[0].quantity), ("B", 2));
        for body in ["pieces.A=0", "", "pieces.A=two", "pieces.%20=1"] {
            assert!(pieces(&form(body)).is_err(), "{body}");
        }
    }
}
