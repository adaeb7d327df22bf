//! An order that was placed in this browser, or whose token somebody brings.

use merkato_commerce::ids::OrderId;
use merkato_contract::{
    order::{Order, PaymentRequest},
    problem::{Code, Problem},
};
use merkato_edge::Response;

use crate::{
    session::Token,
    views::{
        self,
        field::Complaints,
        message::Message,
        order::OrderPage,
        payment::{FIELD_TOKEN, METHOD},
    },
    visit::{Visit, private_page},
};

/// Shows an order. A token in the address moves into a cookie, so that it stays out of bookmarks and screenshots.
pub async fn show(visit: &mut Visit<'_>, id: &str) -> Result<Response, Problem> {
    match read(visit, id).await {
        Err(problem) if problem.code == Code::NotFound => {
            Ok(private_page(404, views::order::unknown(&visit.frame().await)))
        }
        answer => answer,
    }
}

async fn read(visit: &mut Visit<'_>, id: &str) -> Result<Response, Problem> {
    let id = parse_id(id)?;
    if let Some(brought) = visit.request.query_value("access_token") {
        let token = Token::parse(&brought).ok_or_else(|| Problem::not_found("order"))?;
        visit.shop.order(id, Some(&token)).await?;
        visit.session.keep_order(id, token);
        return Response::see_other(&address(id));
    }
    let order = visit.shop.order(id, visit.session.order_token(id)).await?;
    show_with(visit, 200, &order, None, Complaints::default()).await
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
            let order = visit.shop.order(id, token).await?;
            let complaints = Complaints::from_errors(&problem.errors).renamed("token", FIELD_TOKEN);
            let message = Message::bad(problem.title, problem.detail);
            show_with(visit, problem.status, &order, Some(&message), complaints).await
        }
        Err(problem) => Err(problem),
    }
}

fn parse_id(id: &str) -> Result<OrderId, Problem> {
    id.parse().map_err(|_| Problem::not_found("order"))
}

async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    order: &Order,
    message: Option<&Message>,
    complaints: Complaints,
) -> Result<Response, Problem> {
    let shown = OrderPage { order, message, complaints };
    Ok(private_page(status, views::order::order(&visit.frame().await, &shown)))
}
