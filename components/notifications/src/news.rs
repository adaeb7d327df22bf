//! What an event of the outbox means to the people that it is about.

use merkato_commerce::{Invalid, order::Announcement};
use merkato_contract::{
    coordinator::StockLevel,
    event::{Event, STOCK_CHANGED, order_event_type},
    order::Order,
};
use serde::de::DeserializeOwned;

use crate::template::Template;

/// What is new.
#[derive(Debug)]
pub enum News {
    /// Of an order.
    Order(Template, Box<Order>),
    /// What was sold out can be bought again.
    BackInStock(StockLevel),
    /// Nothing that anybody is told of.
    Nothing,
}

/// Which events are told of, and by which template.
const ORDER_NEWS: [(Announcement, Template); 8] = [
    (Announcement::Placed, Template::OrderPlaced),
    (Announcement::Confirmed, Template::OrderPaid),
    (Announcement::PaymentFailed, Template::PaymentDeclined),
    (Announcement::Shipped, Template::OrderShipped),
    (Announcement::Delivered, Template::OrderDelivered),
    (Announcement::Cancelled, Template::OrderCancelled),
    (Announcement::Expired, Template::OrderCancelled),
    (Announcement::Refunded, Template::OrderRefunded),
];

impl News {
    /// What `event` means. One of a type that nobody is told of, or that is not known yet, means nothing.
    pub fn of(event: &Event) -> Result<Self, Invalid> {
        if event.kind == STOCK_CHANGED {
            return Ok(Self::BackInStock(data(event)?));
        }
        match ORDER_NEWS.iter().find(|(announcement, _)| order_event_type(*announcement) == event.kind) {
            Some((_, template)) => Ok(Self::Order(*template, Box::new(data(event)?))),
            None => Ok(Self::Nothing),
        }
    }
}

fn data<T: DeserializeOwned>(event: &Event) -> Result<T, Invalid> {
    T::deserialize(&event.data).map_err(|error| Invalid::new("data", error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: &str, data: &Value) -> Event {
        let event = json!({
            "specversion": "1.0", "id": "0192c7d8-0000-7000-8000-000000000001", "source": "http://shop", "type": kind,
            "subject": "s", "time": "2026-11-21T05:14:00Z", "datacontenttype": "application/json", "data": data,
        });
        serde_json::from_value(event).expect("an event")
    }

    #[test]
    fn an_event_that_nobody_is_told_of_or_knows_means_nothing() {
        for kind in ["merkato.order.capture_failed", "merkato.order.returned", "merkato.moon.full"] {
            assert!(matches!(News::of(&event(kind, &json!({}))), Ok(News::Nothing)), "{kind}");
        }
    }

    #[test]
    fn a_sku_that_is_back_is_told_of() {
        let news = News::of(&event(STOCK_CHANGED, &json!({ "sku": "A", "available": 2 }))).expect("news");
        assert!(matches!(news, News::BackInStock(level) if level.available == 2));
    }

    #[test]
    fn an_event_without_its_data_names_what_is_missing() {
        let invalid = News::of(&event("merkato.order.placed", &json!({ "id": 1 }))).expect_err("no order");
        assert_eq!(invalid.field, "data");
        assert!(News::of(&event(STOCK_CHANGED, &json!({ "sku": "A" }))).is_err());
    }
}
