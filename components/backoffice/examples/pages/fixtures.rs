//! Made-up data for the pages.

use merkato_backoffice::views::{layout::Frame, sheet::Outcome};
use merkato_contract::{
    List,
    catalog::{Category, StaffProduct},
    event::DeadLetter,
    notification::{Notification, OpenedNotification},
    order::Order,
    payment::PaymentStatus,
    problem::Problem,
    review::SubmittedReview,
    staff::{
        action::StaffAction,
        dashboard::Dashboard,
        orders::StuckOrder,
        outbox::OutboxOverview,
        promotion::Promotion,
        stock::{StockEntry, StockMovement},
    },
    token::Role,
    user::{MfaSecret, RecoveryCodes, User},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json};

const ID: &str = "0197f2f0-0000-7000-8000-000000000000";
const LONG: &str = "Averyveryverylongnamewithoutasinglespacethatsomebodytypedtoseewhatwouldhappentothepage";

fn made<T: DeserializeOwned>(value: Value) -> T {
    from_value(value).expect("a shape of the contract")
}

fn usd(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

fn at(day: u32) -> String {
    format!("2026-11-{day:02}T05:14:00.000Z")
}

/// Somebody at work.
pub fn frame(role: Role) -> Frame {
    Frame { csrf: "csrf".to_owned(), name: "Selam Staff".to_owned(), role }
}

/// What an authenticator needs.
pub fn factor() -> MfaSecret {
    made(json!({
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "otpauth_url": "otpauth://totp/Merkato:selam@merkato.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Merkato",
    }))
}

/// Ten codes.
pub fn recovery_codes() -> RecoveryCodes {
    let codes = (0..10).map(|number| format!("abcd-efg{number}-hjkm")).collect();
    RecoveryCodes { recovery_codes: codes }
}

/// An order that stands so.
pub fn order(state: &str, payment: &str) -> Order {
    let address = json!({
        "name": "Hanna Bekele", "line1": "12 Market Street", "line2": "Third floor, ring twice", "city": "Portland",
        "region": "OR", "postal_code": "97201", "country": "US",
    });
    let line = |sku: &str, title: &str, price: i64, quantity: i64, back: i64| {
        json!({ "sku": sku, "title": title, "unit_price": usd(price), "quantity": quantity,
                "total": usd(price * quantity), "returned": back, "refunded": back })
    };
    let shipments = match state {
        "shipped" | "delivered" => {
            json!([{ "carrier": "Ethiopian Post", "tracking_number": "RR123456789ET" }])
        }
        _ => json!([]),
    };
    made(json!({
        "id": ID, "number": "M-1042", "state": state, "user_id": ID, "email": "hanna@merkato.example",
        "lines": [
            line("SINI-B", "Sini cup, Blue", 1_100, 3, 1),
            line("GABI", "Gabi of four layers of handspun cotton, with a border that took a winter, One size", 8_900, 1, 0),
        ],
        "promotions": [{ "code": "WELCOME10", "amount": usd(-1_220) }],
        "totals": { "subtotal": usd(12_200), "discount": usd(-1_220), "shipping": usd(690), "tax": usd(958), "total": usd(12_628) },
        "addresses": { "shipping": address, "billing": address }, "shipping_method": "standard",
        "payment": { "state": payment, "method": "card" }, "shipments": shipments,
        "history": [
            { "at": at(20), "state": "pending_payment", "note": "The order was placed" },
            { "at": at(20), "state": "confirmed", "note": "The payment was approved" },
            { "at": at(21), "state": state, "note": "Shipped with Ethiopian Post, RR123456789ET" },
        ],
        "placed_at": at(20),
    }))
}

/// One in each state.
pub fn orders() -> Vec<Order> {
    let states = [
        ("pending_payment", "challenged"),
        ("confirmed", "authorized"),
        ("confirmed", "capture_failed"),
        ("shipped", "captured"),
        ("delivered", "partially_refunded"),
        ("payment_failed", "declined"),
        ("cancelled", "voided"),
        ("refunded", "refunded"),
    ];
    let mut orders = states.map(|(state, payment)| order(state, payment)).to_vec();
    orders[4].email = format!("{LONG}@merkato.example");
    orders
}

/// Where the money stands.
pub fn payment() -> Result<PaymentStatus, Problem> {
    Ok(made(json!({ "state": "captured", "attempt": 2 })))
}

/// A month of sales.
pub fn dashboard() -> Dashboard {
    let days = (1..=21).rev().filter(|day| day % 7 != 2).map(|day| {
        let gross = 20_000 + (day * 7_919) % 61_000;
        json!({ "day": format!("2026-11-{day:02}"), "currency": "USD", "orders": gross / 4_000, "gross": usd(gross),
                "refunded": usd(gross / 11), "net": usd(gross - gross / 11) })
    });
    let states = [
        ("confirmed", 12),
        ("pending_payment", 3),
        ("shipped", 41),
        ("delivered", 1_204),
        ("cancelled", 37),
        ("expired", 80),
    ];
    let states = states.map(|(state, count)| json!({ "state": state, "count": count }));
    made(json!({
        "as_of": at(21), "days": days.collect::<Vec<_>>(),
        "totals": [{ "currency": "USD", "orders": 214, "gross": usd(1_048_211), "refunded": usd(95_291), "net": usd(952_920) }],
        "conversion": { "carts": 871, "orders": 214, "basis_points": 2_457 },
        "orders": { "as_of": at(21), "states": states },
        "low_stock": stock().iter().map(|entry| serde_json::to_value(entry).expect("JSON")).collect::<Vec<_>>(),
        "waiting": { "stuck_orders": 2, "dead_letters": 1_000, "tasks": 4 },
    }))
}

/// A shop on its first day.
pub fn empty_dashboard() -> Dashboard {
    made(json!({
        "as_of": at(21), "days": [], "totals": [], "conversion": { "carts": 0, "orders": 0, "basis_points": null },
        "orders": null, "low_stock": [], "waiting": { "stuck_orders": 0, "dead_letters": 0, "tasks": 0 },
    }))
}

/// What is left.
pub fn stock() -> Vec<StockEntry> {
    let entry = |sku: &str, title: Option<&str>, on_hand: i64, reserved: i64| {
        made(
            json!({ "sku": sku, "title": title, "active": on_hand != 3, "on_hand": on_hand, "reserved": reserved,
                     "available": on_hand - reserved }),
        )
    };
    vec![
        entry("NETELA", Some("Netela, One size"), 0, 0),
        entry(
            "GABI",
            Some("Gabi of four layers of handspun cotton, with a border that took a winter, One size"),
            2,
            1,
        ),
        entry("JEBENA-L", None, 3, 0),
        entry("SINI-B", Some("Sini cup, Blue"), 10, 6),
    ]
}

/// A ledger.
pub fn movements() -> Vec<StockMovement> {
    let line = |pieces: i64, note: &str, order: Option<&str>, staff: Option<&str>| {
        made(
            json!({ "id": ID, "at": at(20), "pieces": pieces, "note": note, "order_id": order, "staff_id": staff }),
        )
    };
    vec![
        line(-3, "sold", Some(ID), None),
        line(
            24,
            "Delivery of 12 November, two of them chipped and sent back to the potter at once",
            None,
            Some(ID),
        ),
        line(10, "first stock", None, None),
    ]
}

/// Orders that something stands in the way of.
pub fn stuck_orders() -> Vec<StuckOrder> {
    let order = |number: &str, kind: &str, explanation: &str, remedies: &[&str]| {
        made(json!({
            "id": ID, "number": number, "state": "confirmed", "payment": "capture_failed", "total": usd(12_628),
            "placed_at": at(12),
            "obstacles": [{ "kind": kind, "since": at(14), "tries": 9, "explanation": explanation, "remedies": remedies }],
        }))
    };
    vec![
        order(
            "M-1007",
            "capture_failed",
            "The gateway refused to hand the money over.",
            &["retry_capture", "cancel"],
        ),
        order(
            "M-1011",
            "no_answer",
            "The payments service was asked nine times and does not answer.",
            &["wait", "check_payments"],
        ),
    ]
}

/// Categories.
pub fn categories() -> Vec<Category> {
    ["cups", "cloth", "coffee"]
        .map(|slug| {
            made(json!({ "slug": slug, "title": slug.to_uppercase(), "parent": null, "product_count": 3 }))
        })
        .to_vec()
}

/// A product.
pub fn product() -> StaffProduct {
    made(json!({
        "id": ID, "version": 3, "created_at": at(1), "updated_at": at(20),
        "draft": {
            "slug": "sini-cup", "title": "Sini cup", "description": "A small cup without a handle.\n\nFor coffee.",
            "category": "cups", "state": "published", "attributes": { "Material": "Porcelain", "Care": "By hand" },
            "images": [{ "url": "/backoffice/assets/mark.svg", "alt": "A cup" }],
            "variants": [
                { "sku": "SINI-W", "title": "White", "options": { "Colour": "White" }, "price": usd(900), "stock": 100, "weight_grams": 120 },
                { "sku": "SINI-B", "title": "Blue", "options": { "Colour": "Blue" }, "price": usd(1_100),
                  "compare_at_price": usd(1_300), "weight_grams": 120, "tax_class": "reduced" },
            ],
        },
    }))
}

/// Products in every state.
pub fn products() -> Vec<StaffProduct> {
    let mut products = vec![product(), product(), product(), product()];
    let json = |state: &str, at: Option<String>| json!({ "state": state, "publish_at": at });
    let states = [
        json("published", None),
        json("draft", None),
        json("scheduled", Some(at(28))),
        json("archived", None),
    ];
    for (product, state) in products.iter_mut().zip(states) {
        let mut draft = serde_json::to_value(&product.draft).expect("JSON");
        draft["state"] = state["state"].clone();
        draft["publish_at"] = state["publish_at"].clone();
        product.draft = made(draft);
    }
    LONG.clone_into(&mut products[1].draft.title);
    products[1].draft.images.clear();
    products
}

/// What became of a sheet.
pub fn outcome() -> Outcome {
    Outcome {
        name: "spring-collection.csv".to_owned(),
        created: 212,
        updated: 17,
        failed: 3,
        errors: vec![
            (14, "Title is missing".to_owned()),
            (220, "Variant Price must be an amount".to_owned()),
            (1_231, format!("Handle {LONG} cannot be made a part of an address")),
        ],
        rows_done: 1_300,
        rows_total: 4_100,
    }
}

/// Somebody.
pub fn user() -> User {
    made(json!({
        "id": ID, "email": "hanna@merkato.example", "email_verified": true, "first_name": "Hanna", "last_name": "Bekele",
        "role": "customer", "mfa_enabled": false, "created_at": at(1),
    }))
}

/// Somebody with a name that does not fit.
pub fn user_with_long_name() -> User {
    let (email, last_name) = (format!("{LONG}@merkato.example"), LONG.to_owned());
    User { email, last_name, email_verified: false, mfa_enabled: true, role: Role::Staff, ..user() }
}

/// Reviews to read.
pub fn reviews() -> Result<List<SubmittedReview>, Problem> {
    let review = |state: &str, title: &str, body: &str, answer: Value| {
        made(json!({
            "id": ID, "rating": 4, "title": title, "body": body, "verified_purchase": true, "helpful": 2,
            "answer": answer, "created_at": at(19), "product": "sini-cup", "user_id": ID, "state": state,
        }))
    };
    let answer = json!({ "text": "Thank you. A new one is on its way.", "at": at(20) });
    Ok(List {
        items: vec![
            review(
                "pending",
                "Good, but one was chipped",
                "Three of four are perfect.\n\nThe fourth has a chip.",
                Value::Null,
            ),
            review("approved", "As it should be", "It holds coffee.", answer),
            review("rejected", LONG, LONG, Value::Null),
        ],
        next: None,
    })
}

/// A message with what it says.
pub fn letter() -> OpenedNotification {
    made(json!({
        "id": ID, "template": "order_confirmed", "channel": "email", "state": "sent", "recipient": "hanna@merkato.example",
        "user_id": ID, "locale": "en", "subject": "Your order M-1042 is confirmed", "tries": 1, "created_at": at(20),
        "settled_at": at(20), "text": "Dear Hanna,\n\nyour order M-1042 is confirmed.\n\nMerkato",
        "html": "<body style=\"font-family:sans-serif;background:#faf6ef\"><h1 style=\"color:#b5452c\">Your order is confirmed</h1><p>Dear Hanna,</p></body>",
    }))
}

/// Messages in every state.
pub fn messages() -> Vec<Notification> {
    ["sent", "queued", "failed"]
        .map(|state| {
            let mut message = serde_json::to_value(letter().notification).expect("JSON");
            message["state"] = json!(state);
            made(message)
        })
        .to_vec()
}

/// Promotions of every kind.
pub fn promotions() -> Vec<Promotion> {
    let promotion = |code: &str, title: &str, state: &str, rule: Value, minimum: i64| {
        made(json!({ "code": code, "title": title, "rule": rule, "minimum_subtotal": minimum, "version": 1,
                     "state": state, "ends_at": at(30) }))
    };
    vec![
        promotion(
            "WELCOME10",
            "Ten percent off",
            "active",
            json!({ "kind": "percentage", "basis_points": 1_000 }),
            0,
        ),
        promotion(
            "FIVEOFF",
            "Five dollars off above forty",
            "planned",
            json!({ "kind": "fixed", "amount": 500 }),
            4_000,
        ),
        promotion(
            "3FOR2",
            "Three for two",
            "active",
            json!({ "kind": "buy_x_get_y", "buy": 2, "get": 1, "skus": ["SINI-W", "SINI-B"] }),
            0,
        ),
        promotion("FREESHIP", "Free shipping", "ended", json!({ "kind": "free_shipping" }), 0),
    ]
}

/// Who hears of events.
pub fn outbox() -> OutboxOverview {
    made(json!({ "subscribers": [
        { "subscriber": "notifications", "subscribed": true, "waiting": 0, "last_success": at(21), "dead_letters": 0 },
        { "subscriber": "warehouse", "subscribed": true, "waiting": 10_000, "oldest": at(19), "dead_letters": 1_204 },
        { "subscriber": "old-crm", "subscribed": false, "waiting": 3, "oldest": at(2), "dead_letters": 0 },
    ]}))
}

/// Events that were not taken.
pub fn dead_letters() -> Vec<DeadLetter> {
    let letter = |error: &str| {
        made(
            json!({ "subscriber": "warehouse", "event_id": ID, "type": "merkato.order.confirmed", "subject": ID,
                     "time": at(19), "tries": 12, "last_error": error }),
        )
    };
    vec![letter("it answered 500"), letter(LONG)]
}

/// What staff did.
pub fn actions() -> Vec<StaffAction> {
    let action = |action: &str, subject: &str, detail: &str, outcome: &str| {
        made(
            json!({ "id": ID, "at": at(21), "actor": ID, "service": "backoffice", "action": action, "subject": subject,
                     "detail": detail, "outcome": outcome }),
        )
    };
    vec![
        action(
            "order.ship",
            &format!("order/{ID}"),
            "Shipped with Ethiopian Post, RR123456789ET",
            "order shipped, payment captured",
        ),
        action("stock.move", "sku/SINI-B", "24: Delivery of 12 November", "34 to be had"),
        action("product.update", "product/sini-cup", "", "published"),
    ]
}
