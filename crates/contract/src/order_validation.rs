//! What can be wrong with a request about an order, whoever looks: the service before it asks the coordinator, and
//! the coordinator, which believes nobody. All of it at once: a shopper who fills in a form wants to hear everything.

use std::collections::BTreeSet;

use merkato_commerce::{Invalid, money::Money, pieces::Pieces, quantity::Quantity, text::Email};

use crate::order::{
    LinePieces, ORDER_WAIT_SECONDS_MAX, PaymentRequest, PlaceOrder, Refund, Return, Shipment,
};

/// Longest name of a shipping method, means of payment, carrier or parcel, in characters.
const NAME_CHARACTERS_MAX: usize = 100;
/// Longest token of a gateway's form, in characters; Stripe's are about 30.
const PAYMENT_TOKEN_CHARACTERS_MAX: usize = 255;

/// What is wrong with an order.
pub fn place_order(order: &PlaceOrder) -> Vec<Invalid> {
    let mut problems = Vec::new();
    problems.extend(order.email.parse::<Email>().err());
    let addresses = [
        ("shipping_address", Some(&order.shipping_address)),
        ("billing_address", order.billing_address.as_ref()),
    ];
    for (field, address) in addresses {
        let wrong = address.map(merkato_commerce::address::Address::problems).unwrap_or_default();
        problems.extend(wrong.into_iter().map(|problem| problem.within(field)));
    }
    problems.extend(text("shipping_method", &order.shipping_method, NAME_CHARACTERS_MAX));
    problems.extend(payment(&order.payment).into_iter().map(|problem| problem.within("payment")));
    if order.expected_total.is_some_and(|total| total.amount < 0) {
        problems.push(Invalid::new("expected_total.amount", "must not be negative"));
    }
    problems
}

/// What is wrong with a way to pay.
pub fn payment(payment: &PaymentRequest) -> Vec<Invalid> {
    let method = text("method", &payment.method, NAME_CHARACTERS_MAX);
    method.into_iter().chain(text("token", &payment.token, PAYMENT_TOKEN_CHARACTERS_MAX)).collect()
}

/// Which version of an order is known, and how many seconds to wait for another; none if the order is wanted at once.
pub fn news(since: Option<i64>, wait: Option<u64>) -> Result<Option<(i64, u64)>, Invalid> {
    let Some(wait) = wait else { return Ok(None) };
    if !(1..=ORDER_WAIT_SECONDS_MAX).contains(&wait) {
        return Err(Invalid::new("wait", format!("must be between 1 and {ORDER_WAIT_SECONDS_MAX}")));
    }
    // Without it, what happens between two waits would go unheard.
    let since = since.ok_or_else(|| Invalid::new("since", "must be the version that is known"))?;
    Ok(Some((since, wait)))
}

/// What is wrong with a parcel.
pub fn shipment(shipment: &Shipment) -> Vec<Invalid> {
    let carrier = text("carrier", &shipment.carrier, NAME_CHARACTERS_MAX);
    carrier
        .into_iter()
        .chain(text("tracking_number", &shipment.tracking_number, NAME_CHARACTERS_MAX))
        .collect()
}

/// What staff give back, once it is known to be one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOf {
    /// So much, whatever for; more than nothing.
    Amount(Money),
    /// What was paid for these pieces; at least one, and no sku twice.
    Pieces(Vec<Pieces>),
}

/// What is to be refunded. Whether the order has that much to give back, the coordinator knows.
pub fn refund(refund: &Refund) -> Result<RefundOf, Vec<Invalid>> {
    match (&refund.amount, &refund.lines) {
        (Some(amount), None) if amount.amount > 0 => Ok(RefundOf::Amount(*amount)),
        (Some(_), None) => Err(vec![Invalid::new("amount.amount", "must be more than nothing")]),
        (None, Some(lines)) => pieces(lines).map(RefundOf::Pieces),
        (Some(_), Some(_)) | (None, None) => {
            Err(vec![Invalid::new("amount", "or `lines` must be given, and not both")])
        }
    }
}

/// Which pieces come back; none means all that have not yet.
pub fn take_back(back: &Return) -> Result<Option<Vec<Pieces>>, Vec<Invalid>> {
    back.lines.as_deref().map(pieces).transpose()
}

fn pieces(lines: &[LinePieces]) -> Result<Vec<Pieces>, Vec<Invalid>> {
    if lines.is_empty() {
        return Err(vec![Invalid::new("lines", "must not be empty")]);
    }
    let (mut pieces, mut problems) = (Vec::with_capacity(lines.len()), Vec::new());
    let mut seen = BTreeSet::new();
    for (place, line) in lines.iter().enumerate() {
        if !seen.insert(&line.sku) {
            problems.push(Invalid::new(format!("lines[{place}].sku"), "must not come twice"));
        }
        match Quantity::new(line.quantity) {
            Ok(quantity) => pieces.push(Pieces { sku: line.sku.clone(), quantity: quantity.get() }),
            Err(problem) => problems.push(problem.within(&format!("lines[{place}]"))),
        }
    }
    if problems.is_empty() { Ok(pieces) } else { Err(problems) }
}

fn text(field: &str, text: &str, characters_max: usize) -> Option<Invalid> {
    let fine = !text.trim().is_empty()
        && text.chars().count() <= characters_max
        && !text.chars().any(char::is_control);
    (!fine).then(|| Invalid::new(field, format!("must be 1 to {characters_max} characters on one line")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(problems: &[Invalid]) -> Vec<&str> {
        problems.iter().map(|problem| problem.field.as_str()).collect()
    }

    fn order(changed: &serde_json::Value) -> PlaceOrder {
        let address = serde_json::json!({
            "name": "Hanna", "line1": "Bole Road 1", "city": "Addis Ababa", "postal_code": "1000", "country": "ET",
        });
        let mut order = serde_json::json!({
            "email": "hanna@merkato.example", "shipping_address": address, "shipping_method": "standard",
            "payment": {"method": "card", "token": "tok_approve"},
        });
        for (field, value) in changed.as_object().expect("an object") {
            order[field] = value.clone();
        }
        serde_json::from_value(order).expect("an order")
    }

    #[test]
    fn an_order_with_everything_in_place_is_fine() {
        assert_eq!(place_order(&order(&serde_json::json!({}))), []);
    }

    #[test]
    fn every_wrong_field_of_an_order_is_named() {
        let address = serde_json::json!({
            "name": "", "line1": "x", "city": "x", "postal_code": "x", "country": "et",
        });
        let wrong = order(&serde_json::json!({
            "email": "hanna", "shipping_address": address, "billing_address": address, "shipping_method": "",
            "payment": {"method": "card", "token": " "},
            "expected_total": {"amount": -1, "currency": "USD"},
        }));
        let expected = [
            "email",
            "shipping_address.name",
            "shipping_address.country",
            "billing_address.name",
            "billing_address.country",
            "shipping_method",
            "payment.token",
            "expected_total.amount",
        ];
        assert_eq!(fields(&place_order(&wrong)), expected);
    }

    #[test]
    fn a_refund_is_an_amount_or_lines() {
        let refund_of = |json: serde_json::Value| refund(&serde_json::from_value(json).expect("a refund"));
        let amount = refund_of(serde_json::json!({"amount": {"amount": 1, "currency": "USD"}}));
        assert!(matches!(amount, Ok(RefundOf::Amount(Money { amount: 1, .. }))), "{amount:?}");
        let lines = refund_of(serde_json::json!({"lines": [{"sku": "A", "quantity": 2}]}));
        let sku = "A".parse().expect("a sku");
        assert_eq!(lines, Ok(RefundOf::Pieces(vec![Pieces { sku, quantity: 2 }])));
        let wrong = [
            (serde_json::json!({}), "amount"),
            (serde_json::json!({"amount": {"amount": 1, "currency": "USD"}, "lines": []}), "amount"),
            (serde_json::json!({"amount": {"amount": 0, "currency": "USD"}}), "amount.amount"),
            (serde_json::json!({"lines": []}), "lines"),
            (serde_json::json!({"lines": [{"sku": "A", "quantity": 0}]}), "lines[0].quantity"),
            (
                serde_json::json!({"lines": [{"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 1}]}),
                "lines[1].sku",
            ),
        ];
        for (json, field) in wrong {
            assert_eq!(fields(&refund_of(json).expect_err("a problem")), [field]);
        }
    }

    #[test]
    fn a_return_is_of_some_lines_or_of_everything() {
        let return_of = |json: serde_json::Value| take_back(&serde_json::from_value(json).expect("a return"));
        assert_eq!(return_of(serde_json::json!({})), Ok(None));
        let some = return_of(serde_json::json!({"lines": [{"sku": "A", "quantity": 1}]}));
        assert_eq!(some.map(|lines| lines.map(|lines| lines.len())), Ok(Some(1)));
        let none = return_of(serde_json::json!({"lines": []}));
        assert_eq!(fields(&none.expect_err("a problem")), ["lines"]);
    }

    #[test]
    fn a_parcel_needs_a_carrier_and_a_number() {
        let shipment_of = |carrier: &str, tracking_number: &str| {
            shipment(&Shipment { carrier: carrier.to_owned(), tracking_number: tracking_number.to_owned() })
        };
        assert_eq!(shipment_of("DHL", "1Z"), []);
        assert_eq!(fields(&shipment_of("", "a\nb")), ["carrier", "tracking_number"]);
    }
}
