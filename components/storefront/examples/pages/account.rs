//! Pages for people with an account.

use merkato_commerce::order::{PaymentState, State};
use merkato_contract::{
    List,
    cart::Wish,
    order::Invoice,
    user::{MfaSecret, Preferences, SavedAddress, User},
};
use merkato_storefront::views::{
    account::{
        Reply, addresses, details,
        door::{self, Typed},
        orders, overview, security, wishlist,
    },
    field::Complaints,
    invoice,
    layout::Frame,
    message::Message,
    write_review,
};
use serde_json::{from_value, json};

use crate::fixtures as shop;

fn user(is_settled: bool) -> User {
    from_value(json!({
        "id": "0197f2f0-0000-7000-8000-000000000000", "email": "hanna@merkato.example",
        "email_verified": is_settled, "first_name": "Hanna", "last_name": "Tesfaye", "role": "customer",
        "mfa_enabled": is_settled, "created_at": "2026-03-02T05:14:00Z",
    }))
    .expect("a user")
}

fn saved_addresses() -> Vec<SavedAddress> {
    from_value(json!([
        { "id": "0197f2f0-0000-7000-8000-000000000001", "name": "Hanna Tesfaye", "line1": "Bole Road 12",
          "line2": "Third floor", "city": "Addis Ababa", "postal_code": "1000", "country": "ET" },
        { "id": "0197f2f0-0000-7000-8000-000000000002", "name": "Dr Maximiliane von und zu Hohenlohe-Langenburg",
          "line1": "12 Market Street", "city": "Portland", "region": "OR", "postal_code": "97201", "country": "US" },
    ]))
    .expect("addresses")
}

fn wishes() -> List<Wish> {
    let money = |amount| json!({ "amount": amount, "currency": "USD" });
    let wish = |sku: &str, title: &str, now, then, available| {
        json!({ "sku": sku, "title": title, "unit_price": money(now), "added_price": money(then),
                "price_fell": now < then, "available": available, "added_at": "2026-11-02T05:14:00Z" })
    };
    from_value(json!({
        "items": [
            wish("COF-YIR-500", "Yirgacheffe, washed – 500 g", 2_600, 2_900, 3),
            wish("JEW-1", "Strand of amber resin", 12_400, 12_400, 0),
            wish("GONE-1", "A thing that is no longer sold and has a very long name", 900, 900, 0),
        ],
        "next": "more",
    }))
    .expect("wishes")
}

fn refused(title: &str, complaints: &[(&str, &str)]) -> Reply {
    let mut reply =
        Reply { message: Some(Message::bad(title, "Please look at the marked fields.")), ..Reply::default() };
    for (field, complaint) in complaints {
        reply.complaints.add(field, complaint);
    }
    reply
}

/// The doors.
pub fn doors(frame: &Frame) -> Vec<(&'static str, String)> {
    let nothing = Reply::default();
    let empty = Typed::default();
    let typed = Typed { email: "hanna".to_owned(), next: "/cart".to_owned(), ..Typed::default() };
    let wrong = refused(
        "Something is missing or not right",
        &[
            ("email", "must be an e-mail address, such as name@example.com"),
            ("password", "must be 8 to 128 characters long"),
            ("first_name", "must not be empty"),
        ],
    );
    let not_open = Reply::bad("That did not open", "The e-mail address or the password is not right.");
    let wrong_code = refused("That did not open", &[("code", "does not hold, or was used before")]);
    vec![
        (
            "account-sign-in",
            door::sign_in(frame, &empty, Some("id.example"), &Reply::good("You are signed out")),
        ),
        ("account-sign-in-refused", door::sign_in(frame, &typed, None, &not_open)),
        ("account-code", door::second_factor(frame, "/account/sign-in/code", &[], &wrong_code)),
        ("account-register", door::register(frame, &empty, &nothing)),
        ("account-register-refused", door::register(frame, &typed, &wrong)),
        ("account-verify", door::verify_email(frame, "token", &nothing)),
        ("account-forgot", door::forgot_password(frame, "", &nothing)),
        ("account-reset", door::reset_password(frame, "token", &nothing)),
        (
            "account-told",
            door::told(
                frame,
                "Look into your mail",
                "If there is an account with this address, a mail is on its way.",
                ("/account/sign-in", "Back to signing in"),
            ),
        ),
    ]
}

/// What is behind them.
pub fn inside(frame: &Frame) -> Vec<(&'static str, String)> {
    let (fresh, settled) = (user(false), user(true));
    let nothing = Reply::default();
    let orders = List {
        items: vec![
            shop::order(State::Shipped, PaymentState::Captured),
            shop::order(State::PaymentFailed, PaymentState::Declined),
            shop::order(State::Delivered, PaymentState::Captured),
        ],
        next: Some("more".to_owned()),
    };
    let secret = MfaSecret {
        secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".to_owned(),
        otpauth_url: "otpauth://totp/Merkato:hanna%40merkato.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Merkato"
            .to_owned(),
    };
    let codes = (0..10).map(|number| format!("{number}F3K-9QWE-X7RT-2M8P")).collect::<Vec<_>>();
    let wrong_password =
        refused("The password stays as it was", &[("current_password", "is not the account's password")]);
    let addresses = saved_addresses();
    let mut products = shop::products();
    products.truncate(5);
    let typed = write_review::Typed { rating: 4, title: "Smells of jasmine".to_owned(), body: String::new() };
    let mut complaints = Complaints::default();
    complaints.add("body", "must be 1 to 5000 characters");
    vec![
        (
            "account",
            overview::overview(frame, &fresh, Some(&orders.items), &Reply::good("Welcome to the market")),
        ),
        ("account-bare", overview::overview(frame, &settled, Some(&[]), &nothing)),
        ("account-orders", orders::orders(frame, &orders, false)),
        ("account-wishlist", wishlist::wishlist(frame, &wishes(), &products, true, &nothing)),
        ("account-addresses", addresses::addresses(frame, &addresses, &nothing)),
        (
            "account-address",
            addresses::edit(frame, "/account/addresses/new", &addresses[0].clone().into(), &nothing),
        ),
        ("account-details", details::details(frame, &fresh, &Preferences::default(), &nothing)),
        ("account-security", security::security(frame, &fresh, "", &wrong_password)),
        ("account-security-settled", security::security(frame, &settled, "", &nothing)),
        ("account-second-factor", security::new_second_factor(frame, &secret, &nothing)),
        (
            "account-recovery-codes",
            security::recovery_codes(frame, &codes, &Reply::good("Your second factor is in use")),
        ),
        ("account-data", details::data(frame, &nothing)),
        ("invoice", invoice::invoice(frame, &an_invoice())),
        ("invoice-none", invoice::not_yet(frame, "1")),
        ("review", write_review::write_review(frame, &products[0], &typed, None, &complaints)),
    ]
}

fn an_invoice() -> Invoice {
    let mut order = shop::order(State::Delivered, PaymentState::Captured);
    order.lines[0].returned = 1;
    let seller = json!({ "name": "Merkato Trading", "address": ["Piassa 1", "1000 Addis Ababa", "Ethiopia"], "tax_id": "ET-0042" });
    from_value(json!({
        "number": order.number.clone(), "issued_at": "2026-11-21T05:14:00Z", "seller": seller, "order": order,
    }))
    .expect("an invoice")
}
