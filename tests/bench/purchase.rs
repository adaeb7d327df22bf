//! What shoppers do, as requests over one connection.

use merkato_tests::api::{address, fresh_key, order_paid_with};
use serde_json::json;

use super::load::{Connection, Done};

/// Where the till is asked: through the shop's components, or straight.
#[derive(Debug, Clone, Copy)]
pub enum Door {
    /// `/api`.
    Shop,
    /// `/v1` of the coordinator, as its services ask.
    Till,
}

impl Door {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Shop => "/api",
            Self::Till => "/v1",
        }
    }
}

/// Puts a piece of `sku` into a new cart; its token and whether that went well.
pub async fn fill_cart(connection: &mut Connection, door: Door, sku: &str) -> anyhow::Result<(String, Done)> {
    let path = format!("{}/cart/lines/{sku}", door.prefix());
    let (status, cart) = connection.send("PUT", &path, &[], &json!({ "quantity": 1 })).await?;
    match cart["cart_token"].as_str() {
        Some(token) if status == 200 => Ok((token.to_owned(), Done::Good)),
        _ => Ok((String::new(), Done::Bad(status))),
    }
}

/// Orders what is in a cart.
pub async fn order(connection: &mut Connection, door: Door, cart_token: &str) -> anyhow::Result<Done> {
    let key = fresh_key();
    let headers = [("x-cart-token", cart_token), ("idempotency-key", key.as_str())];
    let path = format!("{}/orders", door.prefix());
    let (status, order) = connection.send("POST", &path, &headers, &order_paid_with("tok_approve")).await?;
    // One that still waits for its payment is good, but not what is measured.
    Ok(if order["state"] == "confirmed" { Done::Good } else { Done::Bad(status) })
}

/// A whole checkout of a new guest: cart, delivery, order, paid.
pub async fn checkout(connection: &mut Connection, sku: &str) -> anyhow::Result<Done> {
    let (cart_token, filled) = fill_cart(connection, Door::Shop, sku).await?;
    if filled != Done::Good {
        return Ok(filled);
    }
    let delivery = json!({ "address": address(), "shipping_method": "standard" });
    let headers = [("x-cart-token", cart_token.as_str())];
    let (status, _) = connection.send("PUT", "/api/cart/delivery", &headers, &delivery).await?;
    if status != 200 {
        return Ok(Done::Bad(status));
    }
    order(connection, Door::Shop, &cart_token).await
}

/// Puts `count` skus with plenty of stock on the shelf, through `staff` at the till, and gives their names.
pub async fn stock_shelf(staff: &mut Connection, name: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let offer = json!({
        "title": "Bench", "price": { "amount": 1_000, "currency": "USD" }, "tax_class": "standard",
        "weight_grams": 100, "version": 1, "active": true, "initial_stock": 1_000_000,
    });
    let skus = (0..count).map(|number| format!("{name}-{number}")).collect::<Vec<_>>();
    for sku in &skus {
        staff.expect("PUT", &format!("/v1/offers/{sku}"), &[], &offer, 204).await?;
    }
    Ok(skus)
}
