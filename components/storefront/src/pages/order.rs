//! An order: of whoever has signed in, placed in this browser, or one whose token somebody brings.

use std::collections::BTreeMap;

use futures::join;
use merkato_commerce::{ids::OrderId, order::State};
use merkato_contract::{
    order::{LinePieces, ORDER_WAIT_SECONDS_MAX, Order, PaymentRequest},
    problem::{Code, Problem},
};
use merkato_edge::Response;

use super::cart;
use crate::{
    session::Token,
    shop::orders::News,
    views::{
        self,
        field::Complaints,
        message::Message,
        order::OrderPage,
        order_choices::{FIELD_VERSION, return_field},
        payment::{FIELD_TOKEN, METHOD},
    },
    visit::{Visit, private_page},
};

/// What is said of the page or the form that came.
#[derive(Default)]
struct Reply {
    message: Option<Message>,
    complaints: Complaints,
}

impl Reply {
    fn bad(title: &str, text: impl Into<String>) -> Self {
        Self { message: Some(Message::bad(title, text)), complaints: Complaints::default() }
    }
}

/// Shows an order. A token in the address moves into a cookie, so that it stays out of bookmarks and screenshots.
pub async fn show(visit: &mut Visit<'_>, id: &str) -> Result<Response, Problem> {
    match read(visit, id).await {
        Err(problem) if problem.code == Code::NotFound => unknown(visit).await,
        answer => answer,
    }
}

async fn unknown(visit: &Visit<'_>) -> Result<Response, Problem> {
    Ok(private_page(404, views::order::unknown(&visit.frame().await)))
}

async fn read(visit: &mut Visit<'_>, id: &str) -> Result<Response, Problem> {
    let id = parse_id(id)?;
    if let Some(brought) = visit.request.query_value("access_token") {
        let token = Token::parse(&brought).ok_or_else(|| Problem::not_found("order"))?;
        visit.shop.order(id, Some(&token), None).await?;
        visit.session.keep_order(id, token);
        return Response::see_other(&address(id));
    }
    let order = visit.shop.order(id, visit.session.order_token(id), news(visit)).await?;
    let message = visit.request.query_value("done").and_then(|done| notice(&done));
    show_with(visit, 200, &order, Reply { message, ..Reply::default() }).await
}

/// What the page's script asks for: the page as soon as there is something new on it.
fn news(visit: &Visit<'_>) -> Option<News> {
    let since = visit.request.query_value("since")?.parse().ok()?;
    Some(News { since, wait_seconds: ORDER_WAIT_SECONDS_MAX })
}

/// What is said after something worked. The address only names it, so that nobody can put words into our mouth.
fn notice(done: &str) -> Option<Message> {
    Some(match done {
        "cancelled" => Message::good("The order is called off"),
        "returned" => Message::good("We have noted what comes back"),
        _ => return None,
    })
}

/// Where an order is shown.
pub fn address(id: OrderId) -> String {
    format!("/orders/{id}")
}

/// Tries to pay once more with another card.
pub async fn retry_payment(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let form = visit.form()?;
    let id = parse_id(id)?;
    let token = visit.session.order_token(id);
    let card = form.get(FIELD_TOKEN).cloned().unwrap_or_default();
    let payment = PaymentRequest { method: METHOD.to_owned(), token: card };
    match visit.shop.retry_payment(id, token, &payment).await {
        Ok(_) => Response::see_other(&address(id)),
        // The order's page says both of these itself.
        Err(problem) if matches!(problem.code, Code::PaymentDeclined | Code::OrderState) => {
            Response::see_other(&address(id))
        }
        Err(problem) if matches!(problem.code, Code::Invalid | Code::StockTooLow) => {
            let order = visit.shop.order(id, token, None).await?;
            let complaints = Complaints::from_errors(&problem.errors).renamed("token", FIELD_TOKEN);
            let message = Some(Message::bad(problem.title, problem.detail));
            show_with(visit, problem.status, &order, Reply { message, complaints }).await
        }
        Err(problem) => Err(problem),
    }
}

/// Calls an order off.
pub async fn cancel_order(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    visit.form()?;
    let id = parse_id(id)?;
    let token = visit.session.order_token(id);
    match visit.shop.cancel_order(id, token).await {
        Ok(_) => Response::see_other(&format!("{}?done=cancelled", address(id))),
        Err(problem) if problem.code == Code::OrderState => {
            let order = visit.shop.order(id, token, None).await?;
            let text = "It has gone further meanwhile: please look at where it stands now.";
            show_with(visit, problem.status, &order, Reply::bad("Too late to call it off", text)).await
        }
        Err(problem) => Err(problem),
    }
}

/// Sends pieces back. A form that was made of an older state of the order is shown again and not followed: sent twice,
/// it would send twice as much back.
pub async fn return_order(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let form = visit.form()?;
    let id = parse_id(id)?;
    let token = visit.session.order_token(id);
    let order = visit.shop.order(id, token, None).await?;
    if form.get(FIELD_VERSION).map(String::as_str) != Some(order.version.to_string().as_str()) {
        let text =
            "Something has happened to this order since. Please look at it once more; nothing was noted.";
        return show_with(visit, 409, &order, Reply::bad("Not noted yet", text)).await;
    }
    let lines = match lines_back(&order, &form) {
        Ok(lines) => lines,
        Err(complaints) => {
            let text = "Please say how many pieces of which line come back.";
            let reply = Reply { complaints, ..Reply::bad("Not noted yet", text) };
            return show_with(visit, 422, &order, reply).await;
        }
    };
    match visit.shop.return_order(id, token, lines).await {
        Ok(_) => Response::see_other(&format!("{}?done=returned", address(id))),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::OrderState) => {
            show_with(visit, problem.status, &order, Reply::bad("Not noted yet", problem.detail)).await
        }
        Err(problem) => Err(problem),
    }
}

/// The pieces of each line that the form sends back, or what is wrong with it.
fn lines_back(order: &Order, form: &BTreeMap<String, String>) -> Result<Vec<LinePieces>, Complaints> {
    let (mut lines, mut complaints) = (Vec::new(), Complaints::default());
    for line in &order.lines {
        let field = return_field(&line.sku);
        let typed = form.get(&field).map(|text| text.trim()).unwrap_or_default();
        let left = i64::from(line.quantity.saturating_sub(line.returned));
        let quantity = if typed.is_empty() { Ok(0) } else { typed.parse::<i64>() };
        match quantity {
            Ok(0) => {}
            Ok(quantity) if (1..=left).contains(&quantity) => {
                lines.push(LinePieces { sku: line.sku.clone(), quantity });
            }
            _ => complaints.add(&field, &format!("must be between 0 and {left}")),
        }
    }
    if lines.is_empty() || !complaints.is_empty() { Err(complaints) } else { Ok(lines) }
}

/// Puts what the order held into the basket once more.
pub async fn reorder(visit: &mut Visit<'_>, id: &str) -> Result<Response, Problem> {
    visit.form()?;
    let id = parse_id(id)?;
    let reordered = visit.shop.reorder(id, visit.session.order_token(id), visit.session.cart()).await?;
    visit.session.keep_cart(reordered.cart.cart_token.as_deref());
    if reordered.unavailable.is_empty() {
        return Response::see_other("/cart?done=reordered");
    }
    cart::show_reordered(visit, &reordered).await
}

/// What is printed for the books of whoever bought.
pub async fn invoice(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let invoice = match parse_id(id) {
        Ok(id) => visit.shop.invoice(id, visit.session.order_token(id)).await,
        Err(problem) => Err(problem),
    };
    match invoice {
        Ok(invoice) => Ok(private_page(200, views::invoice::invoice(&visit.frame().await, &invoice))),
        Err(problem) if problem.code == Code::NotFound => unknown(visit).await,
        Err(problem) if problem.code == Code::OrderState => {
            Ok(private_page(problem.status, views::invoice::not_yet(&visit.frame().await, id)))
        }
        Err(problem) => Err(problem),
    }
}

fn parse_id(id: &str) -> Result<OrderId, Problem> {
    id.parse().map_err(|_| Problem::not_found("order"))
}

async fn show_with(visit: &Visit<'_>, status: u16, order: &Order, reply: Reply) -> Result<Response, Problem> {
    // Only what has arrived can be spoken of.
    let skus = order.lines.iter().filter(|_| order.state == State::Delivered).map(|line| &line.sku);
    let (frame, products) = join!(visit.frame(), visit.shop.products_of(skus));
    let shown = OrderPage {
        order,
        products: &products,
        message: reply.message.as_ref(),
        complaints: reply.complaints,
    };
    Ok(private_page(status, views::order::order(&frame, &shown)))
}

#[cfg(test)]
mod tests {
    use merkato_commerce::{
        money::{Currency, Money},
        text::Sku,
    };
    use merkato_contract::order::OrderLine;
    use serde_json::{from_value, json};

    use super::*;

    fn order() -> Order {
        let money = |amount| json!({ "amount": amount, "currency": "USD" });
        let address = json!({ "name": "H", "line1": "1", "city": "P", "postal_code": "9", "country": "US" });
        let mut order: Order = from_value(json!({
            "id": "0197f2f0-0000-7000-8000-000000000000", "number": "M-1", "version": 3, "state": "delivered",
            "email": "h@merkato.example", "lines": [], "promotions": [], "shipping_method": "standard",
            "totals": {"subtotal": money(0), "discount": money(0), "shipping": money(0), "tax": money(0), "total": money(0)},
            "addresses": {"shipping": address, "billing": address},
            "payment": {"state": "captured", "method": "card"}, "shipments": [], "history": [],
            "placed_at": "2026-11-21T05:14:00Z",
        }))
        .expect("an order");
        let line = |sku: &str, quantity, returned| OrderLine {
            sku: sku.parse().expect("a sku"),
            title: sku.to_owned(),
            unit_price: Money::new(100, Currency::USD),
            quantity,
            total: Money::new(100, Currency::USD),
            returned,
            refunded: 0,
        };
        order.lines = vec![line("A", 3, 1), line("B", 1, 0)];
        order
    }

    fn back(fields: &[(&str, &str)]) -> Result<Vec<(String, i64)>, Complaints> {
        let sku = |text: &str| text.parse::<Sku>().expect("a sku");
        let form =
            fields.iter().map(|(name, value)| (return_field(&sku(name)), (*value).to_owned())).collect();
        let lines = lines_back(&order(), &form)?;
        Ok(lines.into_iter().map(|line| (line.sku.to_string(), line.quantity)).collect())
    }

    #[test]
    fn a_form_sends_back_what_it_says_and_no_more_than_is_left() {
        assert_eq!(back(&[("A", "2"), ("B", "0")]).ok(), Some(vec![("A".to_owned(), 2)]));
        assert_eq!(back(&[("A", " 1 "), ("B", "1")]).map(|lines| lines.len()).ok(), Some(2));
        for wrong in ["3", "-1", "x", "9223372036854775808"] {
            let complaints = back(&[("A", wrong)]).expect_err("a complaint");
            assert_eq!(complaints.of("return-A"), Some("must be between 0 and 2"), "{wrong}");
        }
        assert!(back(&[("A", "0"), ("B", "")]).expect_err("nothing").is_empty());
    }
}
