//! Who bought what: read from the coordinator's events.

use merkato_commerce::{
    Invalid,
    ids::{OrderId, UserId},
    order::State,
    text::Sku,
    time::Timestamp,
};
use merkato_contract::{event::Event, order::Order};
use serde::Deserialize as _;

/// What each event about an order is called, up to the last word.
const ORDER_EVENTS: &str = "merkato.order.";

/// How the lines of somebody's order stand.
#[derive(Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Which order.
    pub order: OrderId,
    /// Whose.
    pub user: UserId,
    /// Each sku, and whether it was paid for and has not gone back.
    pub lines: Vec<(Sku, bool)>,
    /// Since when.
    pub at: Timestamp,
}

impl Purchase {
    /// What `event` says of a purchase; none if it is about something else, or a guest's order.
    pub fn of(event: &Event) -> Result<Option<Self>, Invalid> {
        if !event.kind.starts_with(ORDER_EVENTS) {
            return Ok(None);
        }
        let order =
            Order::deserialize(&event.data).map_err(|error| Invalid::new("data", error.to_string()))?;
        let Some(user) = order.user_id else { return Ok(None) };
        let bought = matches!(order.state, State::Confirmed | State::Shipped | State::Delivered);
        let lines = order.lines.into_iter().map(|line| (line.sku, bought && line.quantity > line.returned));
        Ok(Some(Self { order: order.id, user, lines: lines.collect(), at: event.time.0 }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: &str, state: &str, change: impl FnOnce(&mut Value)) -> Event {
        let money = json!({ "amount": 900, "currency": "USD" });
        let address = json!({ "name": "Hanna", "line1": "1 Street", "city": "Town", "postal_code": "1", "country": "US" });
        let mut event = json!({
            "specversion": "1.0", "id": "0192c7d8-0000-7000-8000-000000000001", "source": "http://shop", "type": kind,
            "subject": "s", "time": "2026-11-21T05:14:00Z", "datacontenttype": "application/json",
            "data": {
                "id": "0197f2f0-0000-7000-8000-000000000000", "number": "M-1", "state": state,
                "user_id": "0192c7d8-0000-7000-8000-000000000007", "email": "hanna@merkato.example",
                "lines": [
                    { "sku": "A", "title": "A", "unit_price": money, "quantity": 2, "total": money, "returned": 1 },
                    { "sku": "B", "title": "B", "unit_price": money, "quantity": 2, "total": money, "returned": 2 },
                ],
                "promotions": [], "shipping_method": "standard", "shipments": [], "history": [],
                "totals": { "subtotal": money, "discount": money, "shipping": money, "tax": money, "total": money },
                "addresses": { "shipping": address, "billing": address },
                "payment": { "state": "captured", "method": "card" }, "placed_at": "2026-11-21T05:14:00Z",
            },
        });
        change(&mut event);
        serde_json::from_value(event).expect("an event")
    }

    fn kept(state: &str) -> Vec<bool> {
        let purchase = Purchase::of(&event("merkato.order.shipped", state, |_| ())).expect("an event");
        purchase.expect("a purchase").lines.into_iter().map(|(_, kept)| kept).collect()
    }

    #[test]
    fn what_was_paid_for_and_has_not_come_back_is_bought() {
        for state in ["confirmed", "shipped", "delivered"] {
            assert_eq!(kept(state), [true, false], "{state}");
        }
        for state in ["pending_payment", "payment_failed", "cancelled", "returned", "refunded", "expired"] {
            assert_eq!(kept(state), [false, false], "{state}");
        }
    }

    #[test]
    fn a_guests_order_and_other_news_are_nobodys_purchase() {
        let guests =
            event("merkato.order.confirmed", "confirmed", |event| event["data"]["user_id"] = Value::Null);
        assert_eq!(Purchase::of(&guests), Ok(None));
        assert_eq!(Purchase::of(&event("merkato.stock.changed", "confirmed", |_| ())), Ok(None));
        let broken = event("merkato.order.confirmed", "confirmed", |event| event["data"]["lines"] = json!(1));
        assert_eq!(Purchase::of(&broken).expect_err("no order").field, "data");
    }
}
