//! What was bought in one order: read from the coordinator's events.

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

/// How an order stands, as far as it says what is bought together.
#[derive(Debug, PartialEq, Eq)]
pub enum Sale {
    /// It was paid for.
    Counted {
        /// Which.
        order: OrderId,
        /// Whose; none for a guest's.
        user: Option<UserId>,
        /// What was bought.
        skus: Vec<Sku>,
        /// When.
        at: Timestamp,
    },
    /// It was called off, or all of it went back.
    TakenBack {
        /// Which.
        order: OrderId,
        /// When.
        at: Timestamp,
    },
}

impl Sale {
    /// What `event` says of a sale; none if it is about something else, or an order that is not paid for.
    pub fn of(event: &Event) -> Result<Option<Self>, Invalid> {
        if !event.kind.starts_with(ORDER_EVENTS) {
            return Ok(None);
        }
        let order =
            Order::deserialize(&event.data).map_err(|error| Invalid::new("data", error.to_string()))?;
        let at = event.time.0;
        Ok(match order.state {
            State::Confirmed | State::Shipped | State::Delivered => {
                let skus = order.lines.into_iter().map(|line| line.sku).collect();
                Some(Self::Counted { order: order.id, user: order.user_id, skus, at })
            }
            State::Cancelled | State::Returned | State::Refunded => {
                Some(Self::TakenBack { order: order.id, at })
            }
            State::PendingPayment | State::PaymentFailed | State::Expired => None,
        })
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
                "email": "hanna@merkato.example",
                "lines": [
                    { "sku": "A", "title": "A", "unit_price": money, "quantity": 2, "total": money },
                    { "sku": "B", "title": "B", "unit_price": money, "quantity": 1, "total": money },
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

    #[test]
    fn what_was_paid_for_counts_a_guests_order_included() {
        for state in ["confirmed", "shipped", "delivered"] {
            let sale = Sale::of(&event("merkato.order.confirmed", state, |_| ())).expect("an event");
            let Some(Sale::Counted { user: None, skus, at, .. }) = sale else { panic!("{state}: {sale:?}") };
            assert_eq!(skus.iter().map(Sku::as_str).collect::<Vec<_>>(), ["A", "B"]);
            assert_eq!(at, Timestamp(1_795_238_040_000));
        }
    }

    #[test]
    fn what_went_back_is_taken_back_and_what_is_not_paid_for_says_nothing() {
        for state in ["cancelled", "returned", "refunded"] {
            let sale = Sale::of(&event("merkato.order.cancelled", state, |_| ())).expect("an event");
            assert!(matches!(sale, Some(Sale::TakenBack { .. })), "{state}: {sale:?}");
        }
        for state in ["pending_payment", "payment_failed", "expired"] {
            assert_eq!(Sale::of(&event("merkato.order.placed", state, |_| ())), Ok(None), "{state}");
        }
        assert_eq!(Sale::of(&event("merkato.stock.changed", "confirmed", |_| ())), Ok(None));
    }

    #[test]
    fn an_event_without_its_order_is_named_as_wrong() {
        let broken = event("merkato.order.confirmed", "confirmed", |event| event["data"]["lines"] = json!(1));
        assert_eq!(Sale::of(&broken).expect_err("no order").field, "data");
    }
}
