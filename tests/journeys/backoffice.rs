//! The backoffice, as the browsers of staff use it.

use std::time::Duration;

use futures::future::join_all;
use merkato_tests::{
    api::Caller,
    desk::{Desk, Page},
    shop::{Builder, Shop, root},
};
use serde_json::{Value, json};

const STAFF: &str = "staff@merkato.example";
const SHOPPER: &str = "shopper@merkato.example";
const PASSWORD: &str = "a long sentence for work";

/// What cannot be reached: nothing listens at the port that stands for discarding.
const NOWHERE: &str = "http://127.0.0.1:9";

fn builder() -> Builder {
    Builder::new()
        .environment("MERKATO_STAFF_PASSWORD", PASSWORD)
        .environment("MERKATO_SHOPPER_PASSWORD", PASSWORD)
}

/// Looks into the mailbox before a test gives up: half a minute's worth.
const LOOKS_MAX: u32 = 300;

async fn shop_and_desk() -> (Shop, Desk) {
    let shop = builder().start().await;
    let desk = Desk::of(&shop, STAFF, PASSWORD).await;
    (shop, desk)
}

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn staff_sign_in_with_a_second_factor_and_see_nothing_before() {
    let shop = builder().start().await;
    let desk = Desk::new(&shop);
    assert_eq!(desk.get("/backoffice/orders?state=confirmed").await.leads_to(), "/backoffice/sign-in");
    let refused = desk.enter(STAFF, "a wrong sentence").await.expect(401);
    assert!(refused.says("You are not signed in") && refused.says(STAFF), "{}", refused.html);

    // Signed in, and nothing to see before there is a second factor.
    assert_eq!(desk.enter(STAFF, PASSWORD).await.leads_to(), "/backoffice/second-factor");
    for path in ["/backoffice", "/backoffice/orders", "/backoffice/mailbox"] {
        assert_eq!(desk.get(path).await.leads_to(), "/backoffice/sign-in", "{path}");
    }
    assert_eq!(desk.get("/backoffice/sign-in").await.leads_to(), "/backoffice/second-factor");
    let page = desk.get("/backoffice/second-factor").await.expect(200);
    assert!(page.says("<svg class=\"qr\""), "{}", page.html);
    let wrong = desk.send(&page, "/backoffice/second-factor", &[("code", "000000x")]).await.expect(422);
    assert!(wrong.says("This code does not hold"));
    let codes = desk.enrol().await;
    assert_eq!(codes.len(), 10);
    desk.get("/backoffice/orders").await.expect(200);

    // The next time a code is asked for, and the page that was wanted comes after it.
    let page = desk.get("/backoffice").await.expect(200);
    let (signed_in, out) = (desk.cookie(), desk.send(&page, "/backoffice/sign-out", &[]).await);
    assert_eq!(out.leads_to(), "/backoffice/sign-in");
    assert_eq!(desk.get("/backoffice/products?state=draft").await.leads_to(), "/backoffice/sign-in");
    assert_eq!(desk.enter(STAFF, PASSWORD).await.leads_to(), "/backoffice/sign-in/code");
    assert_eq!(desk.get("/backoffice/products").await.leads_to(), "/backoffice/sign-in");
    let page = desk.get("/backoffice/sign-in/code").await.expect(200);
    desk.send(&page, "/backoffice/sign-in/code", &[("code", "000000")]).await.expect(401);
    let entered = desk.send(&page, "/backoffice/sign-in/code", &[("code", &codes[0])]).await;
    assert_eq!(entered.leads_to(), "/backoffice/products");
    assert_ne!(desk.cookie(), signed_in);
    desk.get("/backoffice/products").await.expect(200);
}

#[tokio::test]
async fn pages_are_kept_by_nobody_and_run_no_script() {
    let (shop, desk) = shop_and_desk().await;
    let page = desk.get("/backoffice/orders").await.expect(200);
    let policy = header(&page, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script-src"), "{policy}");
    assert_eq!(header(&page, "cache-control"), "no-store");
    assert_eq!(header(&page, "x-frame-options"), "DENY");
    for inline in ["<script", "<style", " style=", " onclick="] {
        assert!(!page.says(inline), "{inline}");
    }
    let visitor = Desk::new(&shop);
    let door = visitor.get("/backoffice/sign-in").await.expect(200);
    let cookie = header(&door, "set-cookie");
    assert!(cookie.starts_with("backoffice="), "{cookie}");
    assert!(
        cookie.contains("; Path=/backoffice; ") && cookie.ends_with("; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_shopper_is_not_let_in() {
    let shop = builder().start().await;
    let desk = Desk::new(&shop);
    let refused = desk.enter(SHOPPER, PASSWORD).await.expect(403);
    assert!(refused.says("for the staff of the shop"), "{}", refused.html);
    for path in ["/backoffice", "/backoffice/orders", "/backoffice/customers", "/backoffice/second-factor"] {
        assert_eq!(desk.get(path).await.leads_to(), "/backoffice/sign-in", "{path}");
    }
}

#[tokio::test]
async fn whoever_has_no_session_or_a_forged_one_changes_nothing() {
    let (shop, desk) = shop_and_desk().await;
    let placed = placed(&shop).await;
    let action = format!("/backoffice/orders/{}/cancel", text(&placed["id"]));
    let fields = [("confirmed", "yes"), ("key", "k")];
    // No proof, and that of another browser.
    desk.post(&action, &fields).await.expect(403);
    let other = Desk::new(&shop).get("/backoffice/sign-in").await.hidden("/backoffice/sign-in");
    let forged = [fields.as_slice(), &[("csrf", other[0].1.as_str())]].concat();
    desk.post(&action, &forged).await.expect(403);
    // No session, and one that was made up.
    let visitor = Desk::new(&shop);
    assert_eq!(visitor.post(&action, &fields).await.leads_to(), "/backoffice/sign-in");
    visitor.set_cookie(Some("backoffice=bWFkZSB1cA".to_owned()));
    assert_eq!(visitor.post(&action, &fields).await.leads_to(), "/backoffice/sign-in");
    assert_eq!(order(&shop, &placed).await["state"], "confirmed");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value:#}")).to_owned()
}

/// An order that is paid for.
async fn placed(shop: &Shop) -> Value {
    let mut guest = Caller::guest(shop);
    guest.set_line("SINI-B", 3).await.expect(200);
    guest.place_order("tok_approve").await.expect(201)
}

async fn order(shop: &Shop, placed: &Value) -> Value {
    Caller::guest(shop).order(placed).await
}

#[tokio::test]
async fn an_order_is_shipped_delivered_and_refunded_once_however_often_it_is_pressed() {
    let (shop, desk) = shop_and_desk().await;
    let placed = placed(&shop).await;
    let path = format!("/backoffice/orders/{}", text(&placed["id"]));
    assert!(desk.get("/backoffice/orders").await.says(&text(&placed["number"])));

    // Shipping, with a field left out and then twice at once.
    let (ship, deliver, refund) =
        (format!("{path}/ship"), format!("{path}/deliver"), format!("{path}/refund"));
    let page = desk.get(&path).await.expect(200);
    let unnamed = desk.send(&page, &ship, &[("carrier", "Post"), ("tracking_number", "")]).await.expect(422);
    assert!(unnamed.says("aria-invalid=\"true\"") && unnamed.says("value=\"Post\""), "{}", unnamed.html);
    let parcel = [("carrier", "Post"), ("tracking_number", "RR1")];
    for shipped in join_all((0..2).map(|_| desk.send(&page, &ship, &parcel))).await {
        assert_eq!(shipped.leads_to(), format!("{path}?done=shipped"));
    }
    let shipped = order(&shop, &placed).await;
    assert_eq!(shipped["shipments"].as_array().map(Vec::len), Some(1), "{shipped:#}");
    let page = desk.get(&path).await.expect(200);
    desk.send(&page, &deliver, &[]).await.leads_to();

    // Giving money back is asked about, and the answer counts once.
    let page = desk.get(&path).await.expect(200);
    let wrong = desk.send(&page, &refund, &[("amount", "five")]).await.expect(422);
    assert!(wrong.says("Amount must be an amount"), "{}", wrong.html);
    let asked = desk.send(&page, &refund, &[("amount", "5.00")]).await.expect(200);
    assert!(asked.says("$5.00") && asked.says("cannot be taken back"), "{}", asked.html);
    assert_eq!(order(&shop, &placed).await["payment"]["state"], "captured");
    for refunded in join_all((0..3).map(|_| desk.send(&asked, &refund, &[]))).await {
        assert_eq!(refunded.leads_to(), format!("{path}?done=refunded"));
    }
    let refunded = order(&shop, &placed).await;
    assert_eq!(refunds(&refunded), 1, "{refunded:#}");

    // More than is left is refused, and what was typed is still there.
    let page = desk.get(&path).await.expect(200);
    let asked = desk.send(&page, &refund, &[("amount", "9999")]).await.expect(200);
    let refused = desk.send(&asked, &refund, &[]).await;
    assert!(refused.status.is_client_error() && refused.says("value=\"9999\""), "{}", refused.html);
    assert_eq!(refunds(&order(&shop, &placed).await), 1);
}

/// How often money went back, by the history of the order.
fn refunds(order: &Value) -> usize {
    let history = order["history"].as_array().expect("a history");
    history.iter().filter(|entry| text(&entry["note"]).contains("on their way back")).count()
}

#[tokio::test]
async fn an_order_is_called_off_only_after_it_was_confirmed() {
    let (shop, desk) = shop_and_desk().await;
    let placed = placed(&shop).await;
    let path = format!("/backoffice/orders/{}", text(&placed["id"]));
    let cancel = format!("{path}/cancel");
    let page = desk.get(&path).await.expect(200);
    let asked = desk.send(&page, &cancel, &[]).await.expect(200);
    assert_eq!(order(&shop, &placed).await["state"], "confirmed");
    assert_eq!(desk.send(&asked, &cancel, &[]).await.leads_to(), format!("{path}?done=cancelled"));
    assert_eq!(order(&shop, &placed).await["state"], "cancelled");
    desk.get("/backoffice/orders/0190a000-0000-7000-8000-000000000001").await.expect(404);
    desk.get("/backoffice/orders/no-id").await.expect(404);
}

#[tokio::test]
async fn an_edit_that_overlooks_another_shows_both_and_saves_neither_unasked() {
    let (shop, desk) = shop_and_desk().await;
    let path = "/backoffice/products/gabi";
    let fields = |title: &'static str| {
        [
            ("slug", "gabi"),
            ("title", title),
            ("category", "cloth"),
            ("state", "published"),
            ("currency", "USD"),
            ("variants[0].sku", "GABI"),
            ("variants[0].title", "One size"),
            ("variants[0].price", "89.00"),
            ("variants[0].weight_grams", "1400"),
            ("variants[0].tax_class", "standard"),
        ]
    };
    let (mine, theirs) = (desk.get(path).await.expect(200), desk.get(path).await.expect(200));
    desk.send(&theirs, path, &fields("Theirs")).await.leads_to();
    let conflict = desk.send(&mine, path, &fields("Mine")).await.expect(409);
    assert!(conflict.says("Somebody else has changed it") && conflict.says("Theirs"), "{}", conflict.html);
    assert!(conflict.says("value=\"Mine\""), "{}", conflict.html);
    let guest = Caller::guest(&shop);
    assert_eq!(guest.get("/api/catalog/products/gabi").await.expect(200)["title"], "Theirs");
    // Knowing what it replaces, it is saved.
    desk.send(&conflict, path, &fields("Mine")).await.leads_to();
    assert_eq!(guest.get("/api/catalog/products/gabi").await.expect(200)["title"], "Mine");

    let mut faulty = fields("Mine");
    (faulty[7].1, faulty[2].1) = ("nine", "");
    let page = desk.get(path).await.expect(200);
    let refused = desk.send(&page, path, &faulty).await.expect(422);
    assert!(
        refused.says("Price of variant 1 must be an amount") && refused.says("value=\"nine\""),
        "{}",
        refused.html
    );
}

#[tokio::test]
async fn a_product_is_made_given_a_picture_and_archived() {
    let (shop, desk) = shop_and_desk().await;
    let page = desk.get("/backoffice/new-product").await.expect(200);
    let fields = [
        ("slug", "tray"),
        ("title", "Tray"),
        ("category", "cups"),
        ("state", "published"),
        ("currency", "USD"),
        ("attributes", "Material: Straw"),
        ("variants[0].sku", "TRAY"),
        ("variants[0].price", "12.5"),
        ("variants[0].stock", "4"),
        ("variants[0].tax_class", "standard"),
    ];
    let made = desk.send(&page, "/backoffice/new-product", &fields).await;
    assert_eq!(made.leads_to(), "/backoffice/products/tray?done=created");
    let guest = Caller::guest(&shop);
    let tray = guest.get("/api/catalog/products/tray").await.expect(200);
    assert_eq!(
        (&tray["variants"][0]["price"]["amount"], &tray["attributes"]["Material"]),
        (&json!(1_250), &json!("Straw"))
    );
    let again = desk.send(&page, "/backoffice/new-product", &fields).await.expect(409);
    assert!(again.says("value=\"Tray\""));

    let path = "/backoffice/products/tray";
    let images = format!("{path}/images");
    let page = desk.get(path).await.expect(200);
    let no_picture = desk.upload(&page, &images, "files", "a.png", b"no picture").await;
    no_picture.expect(415);
    // The head of a PNG is all that the catalog looks at.
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 32]].concat();
    let added = desk.upload(&page, &images, "files", "a.png", &png).await;
    assert_eq!(added.leads_to(), format!("{path}?done=pictures"));
    let tray = guest.get("/api/catalog/products/tray").await.expect(200);
    assert!(text(&tray["images"][0]["url"]).starts_with("/api/catalog/images/"), "{tray:#}");

    let archive = format!("{path}/archive");
    let page = desk.get(path).await.expect(200);
    let asked = desk.send(&page, &archive, &[]).await.expect(200);
    assert_eq!(desk.send(&asked, &archive, &[]).await.leads_to(), "/backoffice/products?done=archived");
    guest.get("/api/catalog/products/tray").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_real_shopify_export_is_imported_and_its_bad_rows_are_named() {
    let (_shop, desk) = shop_and_desk().await;
    let file = root().join("../shared/data/shopify-apparel.csv");
    let Ok(sheet) = std::fs::read(&file) else {
        eprintln!("skipped: {} is not here", file.display());
        return;
    };
    let page = desk.get("/backoffice/sheet").await.expect(200);
    let report = desk.upload(&page, "/backoffice/sheet", "sheet", "apparel.csv", &sheet).await.expect(200);
    let created = report.between("looked at: <strong>", " product");
    assert!(created.parse::<u64>().is_ok_and(|created| created >= 15), "{}", report.html);
    let jacket = desk.get("/backoffice/products/classic-varsity-top").await.expect(200);
    assert!(jacket.says("name=\"variants[2].sku\""), "{}", jacket.html);

    let mut spoiled = sheet;
    spoiled.extend(b"\nno-title,,,,,,,,,,,,,,,,\n");
    let rows = report.between("<p>", " rows looked at").rsplit(' ').next().expect("a number").parse::<u64>();
    let report = desk.upload(&page, "/backoffice/sheet", "sheet", "apparel.csv", &spoiled).await.expect(200);
    assert!(report.says("Title is missing"), "{}", report.html);
    assert!(
        report.says(&format!("<td class=\"figure\">{}</td>", rows.expect("a number") + 2)),
        "{}",
        report.html
    );
    let nothing =
        desk.upload(&page, "/backoffice/sheet", "sheet", "a.csv", b"not,a\nsheet,\n").await.expect(400);
    assert!(nothing.says("no column Handle"), "{}", nothing.html);

    let export = desk.get("/backoffice/sheet/export").await.expect(200);
    assert_eq!(header(&export, "content-type"), "text/csv; charset=utf-8");
    assert!(export.html.starts_with("Handle,Title,") && export.says("classic-varsity-top"));
}

/// Where the shopper's message is: it follows the order by way of the outbox.
async fn letter_path(desk: &Desk) -> String {
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..LOOKS_MAX {
        let list = desk.get("/backoffice/mailbox?recipient=hanna%40merkato.example").await.expect(200);
        if list.says("href=\"/backoffice/mailbox/") {
            return format!("/backoffice/mailbox/{}", list.between("href=\"/backoffice/mailbox/", "\""));
        }
        tick.tick().await;
    }
    panic!("no message came");
}

#[tokio::test]
async fn what_was_written_to_people_is_shown_as_text_and_in_a_frame_that_can_do_nothing() {
    let (shop, desk) = shop_and_desk().await;
    let placed = placed(&shop).await;
    let path = letter_path(&desk).await;
    let letter = desk.get(&path).await.expect(200);
    assert!(letter.says("<iframe class=\"letter\" sandbox=\"\" srcdoc=\""), "{}", letter.html);
    assert!(letter.between("<h1", "</h1>").contains(&text(&placed["number"])), "{}", letter.html);
    assert!(letter.between("<pre", "</pre>").contains("Thank you for your order"), "{}", letter.html);
    assert!(!header(&letter, "content-security-policy").contains("script-src"));
}

#[tokio::test]
async fn while_a_service_is_down_the_rest_of_each_page_stays() {
    let shop =
        builder().variable("reviews_url", NOWHERE).variable("notifications_url", NOWHERE).start().await;
    let desk = Desk::of(&shop, STAFF, PASSWORD).await;
    for path in ["/backoffice/reviews", "/backoffice/mailbox"] {
        let page = desk.get(path).await.expect(200);
        assert!(page.says("cannot be shown at the moment") && page.says("Sign out"), "{path}: {}", page.html);
    }
    desk.get("/backoffice").await.expect(200);
    desk.get("/backoffice/orders").await.expect(200);
}

#[tokio::test]
async fn every_page_opens_in_an_empty_shop() {
    let shop = builder().start().await;
    let desk = Desk::of(&shop, STAFF, PASSWORD).await;
    for path in [
        "",
        "/orders",
        "/orders?state=refunded",
        "/orders?number=M-1&from=2026-01-01&to=never",
        "/stuck",
        "/products",
        "/products?state=archived",
        "/new-product",
        "/sheet",
        "/stock",
        "/stock?below=1",
        "/stock/SINI-W",
        "/promotions",
        "/new-promotion",
        "/customers",
        "/customers?email=nobody%40merkato.example",
        "/reviews",
        "/reviews?state=all",
        "/mailbox",
        "/mailbox?state=failed",
        "/events",
        "/audit",
    ] {
        let page = desk.get(&format!("/backoffice{path}")).await.expect(200);
        assert!(page.says("<h1>") && page.says("Sign out"), "{path}: {}", page.html);
    }
    desk.get("/backoffice/no/such/page").await.expect(404);
    desk.get("/backoffice/customers?email=nonsense").await.expect(422);
}
