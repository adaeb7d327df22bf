//! A shop that pays through Stripe: the manifest that merchants are told to make, and a Stripe that keeps its books.

use merkato_tests::{
    api::{Answer, Caller},
    shop::Shop,
    stripe::{Stripe, Stumble, webhook},
    till,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::payments::until_state;

const CREATE: &str = "/v1/payment_intents";
const GOOD_CARD: &str = "pm_card_visa";
const CAREFUL_CARD: &str = "pm_card_threeDSecure2Required";
const SLOW_MEANS: &str = "pm_usBankAccount_processing";

/// A guest with a cup in the cart.
async fn guest_with_cart(shop: &Shop) -> Caller {
    let mut guest = Caller::guest(shop);
    guest.set_line("SINI-B", 1).await.expect(200);
    guest
}

fn order_path(placed: &Value, verb: &str) -> String {
    format!("/api/orders/{}/{verb}", placed["id"].as_str().expect("an id"))
}

async fn pay_again(guest: &Caller, placed: &Value, token: &str) -> Answer {
    let request = guest.request(Method::POST, &order_path(placed, "payment"));
    let request = request.header("x-order-token", placed["access_token"].as_str().expect("a token"));
    guest.send(request.json(&json!({ "method": "card", "token": token }))).await
}

fn id(intent: &Value) -> &str {
    intent["id"].as_str().expect("an id")
}

/// Polls Stripe until the payment is in `status`: what follows from an order is done after the answer.
async fn until_status(stripe: &Stripe, intent: &str, status: &str) -> Value {
    const POLLS_MAX: u32 = 600;
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..POLLS_MAX {
        let found = stripe.intents().into_iter().find(|found| id(found) == intent).expect("a known intent");
        if found["status"] == status {
            return found;
        }
        tick.tick().await;
    }
    panic!("{intent} never became {status}: {:#?}", stripe.intents());
}

#[tokio::test]
async fn money_is_set_aside_at_once_taken_with_the_shipment_and_given_back_up_to_what_was_taken() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let guest = guest_with_cart(&shop).await;
    let placed = guest.place_order(GOOD_CARD).await.expect(201);
    assert_eq!((&placed["state"], &placed["payment"]["state"]), (&json!("confirmed"), &json!("authorized")));
    let total = &placed["totals"]["total"];
    let intent = stripe.intent();
    assert_eq!((&intent["status"], &intent["amount"]), (&json!("requires_capture"), &total["amount"]));
    assert_eq!(
        (&intent["currency"], &intent["metadata"]["merkato_order_id"]),
        (&json!("usd"), &placed["id"])
    );

    let staff = Caller::staff(&shop).await;
    let shipment = json!({ "carrier": "Addis Post", "tracking_number": "AP-1" });
    // The first answer is lost, and taking the money again finds it taken.
    stripe.stumble(Stumble::LoseAnswer);
    staff.post(&order_path(&placed, "ship"), &shipment).await.expect(200);
    let taken = until_status(&stripe, id(&intent), "succeeded").await;
    assert_eq!(taken["amount_received"], total["amount"]);

    stripe.stumble(Stumble::LoseAnswer);
    let some = json!({ "amount": { "amount": 100, "currency": "USD" } });
    staff.post(&order_path(&placed, "refund"), &some).await.expect(200);
    let more = json!({ "amount": total });
    staff.post(&order_path(&placed, "refund"), &more).await.problem(422, "invalid");
    let rest = json!({ "amount": { "amount": total["amount"].as_i64().expect("a number") - 100, "currency": "USD" } });
    staff.post(&order_path(&placed, "refund"), &rest).await.expect(200);
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    while guest.order(&placed).await["payment"]["state"] != "refunded"
        || stripe.refunds(id(&intent)).len() < 2
    {
        tick.tick().await;
    }
    let refunded = stripe.refunds(id(&intent));
    let sum = refunded.iter().map(|refund| refund["amount"].as_i64().expect("a number")).sum::<i64>();
    assert_eq!((refunded.len(), json!(sum)), (2, total["amount"].clone()));

    let before = guest.order(&placed).await;
    let events = stripe.deliver_events(&shop).await;
    assert_eq!(events.last().expect("an event")["type"], "charge.refunded");
    assert_eq!(guest.order(&placed).await, before, "what Stripe tells is known already");
    till::assert_books_balance(&shop.data_dir()).await;
}

#[tokio::test]
async fn a_declined_card_is_told_in_plain_words_and_another_one_pays() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let guest = guest_with_cart(&shop).await;
    let problem = guest.place_order("pm_card_visa_chargeDeclinedInsufficientFunds").await;
    let problem = problem.problem(402, "payment_declined");
    assert!(problem.to_string().contains("the account has not enough money"), "{problem:#}");
    assert_eq!(till::stock(&shop.data_dir(), "SINI-B").await, (10, 0));
    // Stripe tells of it, too, and late: the next try must not suffer for it.
    let late = stripe.events();

    let declined = &problem["order"];
    let stolen = pay_again(&guest, declined, "pm_card_visa_chargeDeclinedStolenCard").await;
    let stolen = stolen.problem(402, "payment_declined").to_string();
    assert!(stolen.contains("the bank declined the card") && !stolen.contains("stolen"), "{stolen}");
    let unknown = pay_again(&guest, declined, "tok_approve").await.problem(402, "payment_declined");
    assert!(unknown.to_string().contains("enter them again"), "{unknown:#}");
    assert_eq!(pay_again(&guest, declined, GOOD_CARD).await.expect(200)["state"], "confirmed");
    for event in late {
        assert_eq!(webhook::send_event(&shop, &event).await.status, 204);
    }
    assert_eq!(guest.order(declined).await["state"], "confirmed");
    let holding = stripe.intents().into_iter().filter(|intent| intent["status"] == "requires_capture");
    assert_eq!((holding.count(), stripe.intents().len()), (1, 3), "the wrong token made no payment");
    till::assert_books_balance(&shop.data_dir()).await;
}

#[tokio::test]
async fn a_payment_that_the_bank_wants_confirmed_waits_for_a_webhook_that_is_stripes_own() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let guest = guest_with_cart(&shop).await;
    let placed = guest.place_order(CAREFUL_CARD).await.expect(201);
    assert_eq!(placed["state"], "pending_payment");
    let intent = stripe.intent();
    assert_eq!(placed["payment"]["redirect_url"], intent["next_action"]["redirect_to_url"]["url"]);
    let return_url = intent["next_action"]["redirect_to_url"]["return_url"].as_str().expect("an address");
    assert_eq!(return_url, format!("{}/orders/{}", shop.url, placed["id"].as_str().expect("an id")));
    assert_eq!(stripe.deliver_events(&shop).await[0]["type"], "payment_intent.requires_action");

    stripe.confirm(id(&intent), true);
    let approval = stripe.events().pop().expect("an event");
    let body = approval.to_string();
    let secret = Stripe::WEBHOOK_SECRET;
    for signature in [
        String::new(),
        webhook::signature(&body, 0, &["whsec_forged"]),
        webhook::signature(&body, 3_600, &[secret]),
        webhook::signature(&body, -3_600, &[secret]),
        webhook::signature("{}", 0, &[secret]),
    ] {
        webhook::send(&shop, body.clone(), &signature).await.problem(401, "unauthenticated");
    }
    let foreign = foreign_events(&approval);
    for event in &foreign {
        assert_eq!(webhook::send_event(&shop, event).await.status, 204, "{event:#}");
    }
    let mut another_amount = approval.clone();
    another_amount["id"] = json!("evt_cheap");
    for amount in ["amount", "amount_capturable"] {
        another_amount["data"]["object"][amount] = json!(1);
    }
    webhook::send_event(&shop, &another_amount).await.problem(500, "internal");
    assert_eq!(guest.order(&placed).await["state"], "pending_payment", "none of these was believed");

    // While the secret is being changed, Stripe signs with both; and it may tell everything twice.
    let signature = webhook::signature(&body, 0, &["whsec_of_tomorrow", secret]);
    for _ in 0..2 {
        assert_eq!(webhook::send(&shop, body.clone(), &signature).await.status, 204);
    }
    assert_eq!(guest.order(&placed).await["state"], "confirmed");
    assert_eq!(till::stock(&shop.data_dir(), "SINI-B").await, (9, 0));
    till::assert_books_balance(&shop.data_dir()).await;
}

/// Events like `approval` that are about payments of somebody else, or about no payment.
fn foreign_events(approval: &Value) -> Vec<Value> {
    let with = |event_id: &str, path: &str, value: Value| {
        let mut event = approval.clone();
        event["id"] = json!(event_id);
        *event.pointer_mut(path).expect("a place") = value;
        event
    };
    let mut connected = approval.clone();
    connected["id"] = json!("evt_connected");
    connected["account"] = json!("acct_other");
    vec![
        with(
            "evt_unknown",
            "/data/object/metadata/merkato_payment_id",
            json!("0192c7d8-0000-7000-8000-000000000001"),
        ),
        with("evt_no_shop", "/data/object/metadata", json!({})),
        with("evt_other_name", "/data/object/metadata/merkato_payment_id", json!("42")),
        with("evt_other_intent", "/data/object/id", json!("pi_of_another_shop")),
        with("evt_other_kind", "/type", json!("payment_intent.created")),
        connected,
    ]
}

#[tokio::test]
async fn a_shopper_who_does_not_confirm_may_pay_otherwise() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let guest = guest_with_cart(&shop).await;
    let placed = guest.place_order(CAREFUL_CARD).await.expect(201);
    stripe.confirm(id(&stripe.intent()), false);
    stripe.deliver_events(&shop).await;
    let failed = guest.order(&placed).await;
    assert_eq!(failed["state"], "payment_failed");
    assert!(failed.to_string().contains("the payment was not confirmed"), "{failed:#}");

    // A means that takes its time is waited for.
    assert_eq!(pay_again(&guest, &placed, SLOW_MEANS).await.expect(200)["state"], "pending_payment");
    let slow = stripe.intents().pop().expect("an intent");
    stripe.deliver_events(&shop).await;
    assert_eq!(guest.order(&placed).await["state"], "pending_payment");
    stripe.finish_processing(id(&slow));
    stripe.deliver_events(&shop).await;
    assert_eq!(guest.order(&placed).await["state"], "confirmed");
    till::assert_books_balance(&shop.data_dir()).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_asked_for_again_and_the_shopper_charged_once() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    // The index has not caught up when the shop asks again, so that only the key keeps it from paying twice.
    stripe.set_searchable(false);
    for stumble in [Stumble::Refuse(429), Stumble::Refuse(500), Stumble::Refuse(409), Stumble::LoseAnswer] {
        stripe.stumble(stumble);
    }
    let guest = guest_with_cart(&shop).await;
    let placed = guest.place_order(GOOD_CARD).await.expect(201);
    let order = until_state(&guest, &placed, "confirmed").await;
    assert_eq!(order["payment"]["state"], "authorized");
    assert_eq!(stripe.intent()["status"], "requires_capture");
    assert_eq!(stripe.changes(CREATE), 5, "four answers were none");

    // The index knows the payment when the shop asks again, which then creates nothing.
    stripe.set_searchable(true);
    stripe.stumble(Stumble::LoseAnswer);
    let other = guest_with_cart(&shop).await;
    let placed = other.place_order(GOOD_CARD).await.expect(201);
    until_state(&other, &placed, "confirmed").await;
    assert_eq!((stripe.intents().len(), stripe.changes(CREATE)), (2, 6));
    till::assert_books_balance(&shop.data_dir()).await;
}

#[tokio::test]
async fn a_cancelled_order_lets_the_money_go_once() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-B", 1).await.expect(200);
    let placed = user.place_order(GOOD_CARD).await.expect(201);
    stripe.stumble(Stumble::LoseAnswer);
    for _ in 0..2 {
        let cancelled = user.post(&order_path(&placed, "cancel"), &json!({})).await.expect(200);
        assert_eq!(cancelled["state"], "cancelled");
    }
    let intent = until_status(&stripe, id(&stripe.intent()), "canceled").await;
    assert_eq!(intent["amount_capturable"], 0);
    stripe.deliver_events(&shop).await;
    assert_eq!(user.get(&order_path(&placed, "")).await.expect(200)["payment"]["state"], "voided");
    assert_eq!(till::stock(&shop.data_dir(), "SINI-B").await, (10, 0));
    till::assert_books_balance(&shop.data_dir()).await;
}

#[tokio::test]
async fn money_whose_answer_was_lost_and_whose_order_was_cancelled_meanwhile_is_let_go() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().flag("--answer-wait-seconds", "0").start().await;
    let mut user = Caller::with_token(&shop, shop.token("customer").await);
    user.set_line("SINI-B", 1).await.expect(200);
    stripe.stumble(Stumble::LoseAnswer);
    let placed = user.place_order(GOOD_CARD).await.expect(201);
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(5));
    while stripe.intents().is_empty() {
        tick.tick().await;
    }
    // Whatever the shop asks after the first question finds nobody.
    stripe.set_down(true);
    let cancelled = user.post(&order_path(&placed, "cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled["state"], "cancelled");
    stripe.set_down(false);
    stripe.deliver_events(&shop).await;
    until_status(&stripe, id(&stripe.intent()), "canceled").await;
    stripe.deliver_events(&shop).await;
    assert_eq!(till::stock(&shop.data_dir(), "SINI-B").await, (10, 0));
    till::assert_books_balance(&shop.data_dir()).await;
}

#[tokio::test]
async fn a_payment_that_is_called_off_before_its_answer_came_is_found_or_let_go_by_the_webhook() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let coordinator = Caller::guest(&shop);
    let token = shop.secret("service_token");
    let ask = |path: String| coordinator.request(Method::POST, &path).bearer_auth(&token);
    for is_searchable in [true, false] {
        stripe.set_searchable(is_searchable);
        stripe.stumble(Stumble::LoseAnswer);
        let payment = format!("0192c7d8-0000-7000-8000-00000000000{}", i32::from(is_searchable));
        let authorize = json!({
            "payment_id": payment, "order_id": payment, "attempt": 1, "method": "card", "token": GOOD_CARD,
            "amount": { "amount": 1_250, "currency": "USD" },
        });
        let lost = ask("/internal/payments/authorize".to_owned()).json(&authorize);
        assert_eq!(coordinator.send(lost).await.status, 504, "nobody knows whether money moved");
        coordinator.send(ask(format!("/internal/payments/{payment}/void"))).await.expect(200);
        let intent = stripe.intents().pop().expect("an intent");
        let expected = if is_searchable { "canceled" } else { "requires_capture" };
        assert_eq!(intent["status"], expected);
        stripe.deliver_events(&shop).await;
        let intent = stripe.intents().pop().expect("an intent");
        assert_eq!(intent["status"], "canceled");
    }
}

#[tokio::test]
async fn a_refund_that_somebody_made_on_stripes_own_pages_is_taken_note_of() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let guest = guest_with_cart(&shop).await;
    let placed = guest.place_order(GOOD_CARD).await.expect(201);
    let staff = Caller::staff(&shop).await;
    staff
        .post(&order_path(&placed, "ship"), &json!({ "carrier": "A", "tracking_number": "1" }))
        .await
        .expect(200);
    let intent = stripe.intent();
    until_status(&stripe, id(&intent), "succeeded").await;
    stripe.refund_by_hand(id(&intent), 100);
    stripe.deliver_events(&shop).await;
    assert_eq!(guest.order(&placed).await["state"], "shipped");
}

#[tokio::test]
async fn a_key_that_stripe_does_not_know_is_the_owners_matter_and_no_declined_card() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().variable("stripe_secret_key", "sk_test_of_another").start().await;
    let guest = guest_with_cart(&shop).await;
    let placed = guest.place_order(GOOD_CARD).await.expect(201);
    assert_eq!(placed["state"], "pending_payment");
    let text = placed.to_string();
    assert!(!text.contains("sk_test") && !text.to_lowercase().contains("stripe"), "{placed:#}");
    assert!(stripe.intents().is_empty());
}

#[tokio::test]
async fn the_sandbox_has_no_say_where_stripe_pays() {
    let stripe = Stripe::start().await;
    let shop = stripe.shop().start().await;
    let guest = guest_with_cart(&shop).await;
    guest.place_order(CAREFUL_CARD).await.expect(201);
    let intent = stripe.intent();
    let payment = intent["metadata"]["merkato_payment_id"].as_str().expect("an id");
    let bank = format!("/api/payments/sandbox/challenge/{payment}?sig=");
    guest.get(&bank).await.problem(404, "not_found");
    let decide =
        guest.request(Method::POST, &bank).header("content-type", "application/x-www-form-urlencoded");
    guest.send(decide.body("decision=approve")).await.problem(404, "not_found");
    let approval = json!({ "event_id": "evt-1", "payment_id": payment, "outcome": "approved" });
    guest.post("/api/payments/webhooks/sandbox", &approval).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_shop_that_pays_through_stripe_does_not_start_without_its_secrets() {
    let said = Stripe::switched_shop().refused().await;
    assert!(said.contains("stripe_secret_key, stripe_webhook_secret"), "{said}");
}
