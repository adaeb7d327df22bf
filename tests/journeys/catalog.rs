//! The catalogue: what shoppers see of it, and what staff change.

use std::time::{Duration, Instant};

use futures::future::join_all;
use merkato::system::SystemClock;
use merkato_commerce::time::Clock as _;
use merkato_contract::time::Rfc3339;
use merkato_tests::{
    api::{Answer, Caller, names_field},
    shop::{Builder, Shop, root},
};
use reqwest::Method;
use serde_json::{Value, json};

/// What takes longer will never happen.
const PATIENCE: Duration = Duration::from_secs(30);

on_each_engine! {
    products_are_listed_by_category_page_by_page,
    a_product_that_staff_change_is_what_the_till_charges,
    a_draft_with_faults_is_refused_with_all_of_them,
    a_real_shopify_export_is_imported_and_a_bad_row_stops_nothing,
    two_who_take_the_same_sku_at_once_do_not_both_get_it,
    a_slug_that_another_product_has_is_refused,
    a_draft_is_seen_and_sold_only_once_it_is_published,
    a_scheduled_product_is_published_when_its_time_comes,
    an_edit_that_overlooks_another_is_refused,
    categories_lie_in_each_other_and_go_when_nothing_lies_in_them,
    what_is_exported_is_imported_as_it_was,
    a_sheet_that_is_too_long_or_damaged_does_no_harm,
    a_product_is_shown_in_the_language_that_is_asked_for,
    a_picture_that_staff_upload_is_served_for_ever,
    no_text_is_ever_taken_for_sql_or_markup,
    what_has_not_changed_is_not_sent_again,
}

fn draft(slug: &str, sku: &str, price: i64) -> Value {
    json!({
        "slug": slug, "title": "A thing", "category": "cups",
        "variants": [{ "sku": sku, "title": "One", "price": { "amount": price, "currency": "USD" }, "stock": 3 }],
    })
}

async fn products_are_listed_by_category_page_by_page(shop: Builder) {
    let shop = shop.start().await;
    let guest = Caller::guest(&shop);
    let mut path = "/api/catalog/products?limit=2".to_owned();
    let mut slugs = Vec::new();
    loop {
        let page = guest.get(&path).await.expect(200);
        slugs.extend(page["items"].as_array().expect("items").iter().map(|item| item["slug"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/catalog/products?limit=2&after={next}");
    }
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 3);
    let cloth = guest.get("/api/catalog/products?category=cloth").await.expect(200);
    assert_eq!(cloth["items"].as_array().map(Vec::len), Some(2));
    let product = guest.get("/api/catalog/products/sini-cup").await.expect(200);
    assert_eq!(product["variants"][1]["compare_at_price"]["amount"], 1_300);
    guest.get("/api/catalog/products/no-such").await.problem(404, "not_found");
    let of_skus =
        guest.get("/api/catalog/products?sku=GABI&sku=SINI-W&sku=SINI-B&sku=NONE").await.expect(200);
    let slugs = of_skus["items"].as_array().expect("items").iter().map(|item| &item["slug"]);
    assert_eq!(slugs.collect::<Vec<_>>(), ["sini-cup", "gabi"]);
    for query in ["limit=0", "limit=101", "limit=many", "after=%00", "category=../x", "sku=", "sku=a%00"] {
        let answer = guest.get(&format!("/api/catalog/products?{query}")).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{query}: {answer:?}");
    }
}

async fn a_product_that_staff_change_is_what_the_till_charges(shop: Builder) {
    let shop = shop.start().await;
    let (staff, mut guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    guest.post("/api/catalog/products", &draft("jug", "JUG", 700)).await.problem(401, "unauthenticated");
    let customer = Caller::with_token(&shop, shop.token("customer").await);
    customer.post("/api/catalog/products", &draft("jug", "JUG", 700)).await.problem(403, "forbidden");
    staff.post("/api/catalog/products", &draft("jug", "JUG", 700)).await.expect(201);
    staff.post("/api/catalog/products", &draft("jug", "JUG-2", 700)).await.problem(409, "conflict");
    staff.post("/api/catalog/products", &draft("jug-two", "JUG", 700)).await.problem(409, "conflict");
    let cart = guest.set_line("JUG", 3).await.expect(200);
    assert_eq!(cart["subtotal"]["amount"], 2_100);
    staff.put("/api/catalog/products/jug", &draft("jug", "JUG", 800)).await.expect(200);
    let cart = guest.get("/api/cart").await.expect(200);
    assert_eq!(cart["subtotal"]["amount"], 2_400);
    let deleted = staff.delete("/api/catalog/products/jug").await;
    assert!(deleted.status.is_success(), "{deleted:?}");
    guest.get("/api/catalog/products/jug").await.problem(404, "not_found");
    guest.set_line("JUG", 1).await.problem(404, "not_found");
}

async fn a_draft_with_faults_is_refused_with_all_of_them(shop: Builder) {
    let shop = shop.start().await;
    let staff = Caller::staff(&shop).await;
    let mut product = draft("pot", "POT", -1);
    product["title"] = json!(" ");
    product["images"] = json!([{ "url": "javascript:alert(1)", "alt": "" }]);
    let problem = staff.post("/api/catalog/products", &product).await.problem(422, "invalid");
    for field in ["title", "images[0].url", "variants[0].price.amount"] {
        assert!(names_field(&problem, field), "{field}: {problem:#}");
    }
    let mut product = draft("pot", "POT", 1);
    product["variants"][0]["title"] = json!("O\u{0}e");
    let problem = staff.post("/api/catalog/products", &product).await.problem(422, "invalid");
    assert!(names_field(&problem, "variants[0].title"), "{problem:#}");
    let mut product = draft("pot", "POT", 1);
    product["colour"] = json!("red");
    let problem = staff.post("/api/catalog/products", &product).await.problem(422, "invalid");
    assert!(names_field(&problem, "colour"), "{problem:#}");
    let mut product = draft("pot", "POT", 1);
    product["variants"][0]["price"]["amount"] = json!("1.00");
    let problem = staff.post("/api/catalog/products", &product).await.problem(422, "invalid");
    assert!(names_field(&problem, "variants[0].price.amount"), "{problem:#}");
    let mut product = draft("pot", "POT", 1);
    product.as_object_mut().expect("an object").remove("title");
    staff.post("/api/catalog/products", &product).await.problem(422, "invalid");
    let mut product = draft("pot", "POT", 1);
    product["category"] = json!("no-such");
    let problem = staff.post("/api/catalog/products", &product).await.problem(422, "invalid");
    assert!(names_field(&problem, "category"), "{problem:#}");
    staff.get("/api/catalog/staff/products/pot").await.problem(404, "not_found");
}

async fn a_real_shopify_export_is_imported_and_a_bad_row_stops_nothing(shop: Builder) {
    let shop = shop.start().await;
    let staff = Caller::staff(&shop).await;
    let file = root().join("../shared/data/shopify-apparel.csv");
    let Ok(export) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: {} is not here", file.display());
        return;
    };
    let import = |body: String| {
        let request = staff.request(Method::POST, "/api/catalog/import").header("content-type", "text/csv");
        staff.send(request.body(body))
    };
    let report = import(export.clone()).await.expect(200);
    assert!(report["created"].as_u64().is_some_and(|created| created >= 15), "{report:#}");
    let jacket = staff.get("/api/catalog/products/classic-varsity-top").await.expect(200);
    assert_eq!(jacket["variants"].as_array().map(Vec::len), Some(3));
    let again = import(export).await.expect(200);
    assert_eq!(again["created"], 0, "{again:#}");

    let rows = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price\n\
                good-thing,Good thing,<p>Fine &amp; <b>bold</b></p>,Title,Default Title,GOOD-1,10.50\n\
                bad-thing,Bad thing,,Title,Default Title,BAD-1,a lot\n";
    let report = import(rows.to_owned()).await.expect(200);
    assert_eq!((&report["created"], &report["failed"]), (&json!(1), &json!(1)), "{report:#}");
    assert_eq!(report["errors"][0]["row"], 3);
    let good = staff.get("/api/catalog/products/good-thing").await.expect(200);
    assert_eq!(good["variants"][0]["price"]["amount"], 1_050);
    assert!(!good["description"].as_str().expect("text").contains('<'), "{good:#}");
}

async fn two_who_take_the_same_sku_at_once_do_not_both_get_it(shop: Builder) {
    let shop = shop.start().await;
    let staff = Caller::staff(&shop).await;
    for round in 0..5 {
        let sku = format!("SHARED-{round}");
        let drafts = (0..4).map(|one| draft(&format!("pot-{round}-{one}"), &sku, 700)).collect::<Vec<_>>();
        let answers = join_all(drafts.iter().map(|draft| staff.post("/api/catalog/products", draft))).await;
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(created, 1, "{answers:#?}");
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.problem(409, "conflict");
        }
        let mut there = 0;
        for draft in &drafts {
            let path = format!("/api/catalog/products/{}", draft["slug"].as_str().expect("a slug"));
            there += u32::from(staff.get(&path).await.status == 200);
        }
        assert_eq!(there, 1, "whoever was refused has left nothing behind");
    }
}

async fn a_slug_that_another_product_has_is_refused(shop: Builder) {
    let shop = shop.start().await;
    let staff = Caller::staff(&shop).await;
    for (slug, sku) in [("jug", "JUG"), ("pot", "POT")] {
        staff.post("/api/catalog/products", &draft(slug, sku, 700)).await.expect(201);
    }
    staff.put("/api/catalog/products/pot", &draft("jug", "POT", 700)).await.problem(409, "conflict");
    let pot = staff.get("/api/catalog/products/pot").await.expect(200);
    assert_eq!(pot["variants"][0]["sku"], "POT");
}

async fn send_with(
    caller: &Caller,
    method: Method,
    path: &str,
    header: (&str, &str),
    body: &Value,
) -> Answer {
    caller.send(caller.request(method, path).header(header.0, header.1).json(body)).await
}

/// The body as it came, and the answer's headers.
async fn fetch(caller: &Caller, path: &str) -> (reqwest::header::HeaderMap, Vec<u8>) {
    let answer = caller.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    (answer.headers().clone(), answer.bytes().await.expect("a body").to_vec())
}

async fn a_draft_is_seen_and_sold_only_once_it_is_published(shop: Builder) {
    let shop = shop.start().await;
    let (staff, mut guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let mut jug = draft("jug", "JUG", 700);
    for (state, seen) in [("draft", false), ("published", true), ("archived", false), ("published", true)] {
        jug["state"] = json!(state);
        let write = match staff.get("/api/catalog/staff/products/jug").await.status.as_u16() {
            404 => staff.post("/api/catalog/products", &jug).await,
            _ => staff.put("/api/catalog/products/jug", &jug).await,
        };
        assert!(write.status.is_success(), "{write:?}");
        let shown = guest.get("/api/catalog/products/jug").await.status;
        assert_eq!(shown, if seen { 200 } else { 404 }, "{state}");
        let cups = guest.get("/api/catalog/products?category=cups").await.expect(200);
        assert_eq!(cups["items"].as_array().map(Vec::len), Some(if seen { 2 } else { 1 }), "{state}");
        let bought = guest.set_line("JUG", 1).await.status;
        assert_eq!(bought, if seen { 200 } else { 404 }, "{state}");
        let kept = staff.get("/api/catalog/staff/products/jug").await.expect(200);
        assert_eq!(kept["draft"]["state"], state);
        let listed = staff.get(&format!("/api/catalog/staff/products?state={state}&category=cups")).await;
        let listed = listed.expect(200);
        assert!(listed["items"].as_array().expect("items").iter().any(|item| item["draft"]["slug"] == "jug"));
    }
    staff.post("/api/catalog/products", &draft("jug-two", "JUG", 1)).await.problem(409, "conflict");
    guest.get("/api/catalog/staff/products").await.problem(401, "unauthenticated");
    guest.get("/api/catalog/staff/products/jug").await.problem(401, "unauthenticated");
}

async fn a_scheduled_product_is_published_when_its_time_comes(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let mut jug = draft("jug", "JUG", 700);
    jug["state"] = json!("scheduled");
    let problem = staff.post("/api/catalog/products", &jug).await.problem(422, "invalid");
    assert!(names_field(&problem, "publish_at"), "{problem:#}");
    jug["publish_at"] = json!("2999-01-01T00:00:00Z");
    staff.post("/api/catalog/products", &jug).await.expect(201);
    let service = Caller::with_token(&shop, shop.secret("service_token"));
    let swept = service.post("/internal/catalog/publish", &json!({})).await.expect(200);
    assert!(swept["next_due_ms"].as_u64().is_some_and(|wait| wait > 0), "{swept:#}");
    guest.get("/api/catalog/products/jug").await.problem(404, "not_found");
    let soon = time_in(Duration::from_millis(1_500));
    jug["publish_at"] = json!(soon);
    staff.put("/api/catalog/products/jug", &jug).await.expect(200);
    let deadline = Instant::now() + PATIENCE;
    loop {
        service.post("/internal/catalog/publish", &json!({})).await.expect(200);
        if guest.get("/api/catalog/products/jug").await.status == 200 {
            break;
        }
        assert!(Instant::now() < deadline, "it is due since long");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut pot = draft("pot", "POT", 700);
    pot["state"] = json!("scheduled");
    pot["publish_at"] = json!("2001-01-01T00:00:00Z");
    staff.post("/api/catalog/products", &pot).await.expect(201);
    guest.get("/api/catalog/products/pot").await.expect(200);
}

/// The time in `wait` from now, in RFC 3339.
fn time_in(wait: Duration) -> String {
    let wait = i64::try_from(wait.as_millis()).expect("a wait");
    Rfc3339(SystemClock.now().plus_milliseconds(wait)).to_string()
}

async fn an_edit_that_overlooks_another_is_refused(shop: Builder) {
    let shop = shop.start().await;
    let staff = Caller::staff(&shop).await;
    let created = staff.post("/api/catalog/products", &draft("jug", "JUG", 700)).await;
    let tag = created.headers["etag"].to_str().expect("a tag").to_owned();
    let path = "/api/catalog/products/jug";
    let edit = |price| {
        let (staff, tag) = (staff.clone(), tag.clone());
        async move { send_with(&staff, Method::PUT, path, ("if-match", &tag), &draft("jug", "JUG", price)).await }
    };
    edit(800).await.expect(200);
    edit(900).await.problem(409, "conflict");
    let request = staff.request(Method::DELETE, path).header("if-match", &tag);
    staff.send(request).await.problem(409, "conflict");
    let kept = staff.get("/api/catalog/staff/products/jug").await;
    let current = kept.headers["etag"].to_str().expect("a tag").to_owned();
    let kept = kept.expect(200);
    assert_eq!(
        (&kept["version"], &kept["draft"]["variants"][0]["price"]["amount"]),
        (&json!(2), &json!(800))
    );
    send_with(&staff, Method::PUT, path, ("if-match", "\"nonsense\""), &kept["draft"])
        .await
        .problem(409, "conflict");
    send_with(&staff, Method::PUT, path, ("if-match", &current), &kept["draft"]).await.expect(200);

    let cups = "/api/catalog/categories/cups";
    let tag = staff.get(cups).await.headers["etag"].to_str().expect("a tag").to_owned();
    let category = json!({ "slug": "cups", "title": "Fine cups" });
    send_with(&staff, Method::PUT, cups, ("if-match", &tag), &category).await.expect(200);
    send_with(&staff, Method::PUT, cups, ("if-match", &tag), &category).await.problem(409, "conflict");
}

async fn categories_lie_in_each_other_and_go_when_nothing_lies_in_them(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let path = |slug: &str| format!("/api/catalog/categories/{slug}");
    let put = |slug: &str, parent: Value| {
        let (staff, path) = (staff.clone(), path(slug));
        let body = json!({ "slug": slug, "title": slug, "parent": parent });
        async move { staff.put(&path, &body).await }
    };
    put("table", Value::Null).await.expect(200);
    put("cups", json!("table")).await.expect(200);
    let problem = put("table", json!("cups")).await.problem(422, "invalid");
    assert!(names_field(&problem, "parent"), "{problem:#}");
    put("table", json!("table")).await.problem(422, "invalid");
    put("table", json!("no-such")).await.problem(422, "invalid");
    let on_table = guest.get("/api/catalog/products?category=table").await.expect(200);
    assert_eq!(on_table["items"][0]["slug"], "sini-cup");
    let categories = guest.get("/api/catalog/categories").await.expect(200);
    let table = categories["items"].as_array().expect("items").iter().find(|item| item["slug"] == "table");
    assert_eq!(table.expect("the table")["product_count"], 1);
    for (slug, code) in [("table", 409), ("cups", 409), ("no-such", 404)] {
        assert_eq!(staff.delete(&path(slug)).await.status, code, "{slug}");
    }
    guest.delete(&path("cups")).await.problem(401, "unauthenticated");
    staff.delete("/api/catalog/products/sini-cup").await;
    assert_eq!(staff.delete(&path("cups")).await.status, 204);
    assert_eq!(staff.delete(&path("table")).await.status, 204);
    let long = json!({ "slug": "long", "title": "x".repeat(201), "description": "x".repeat(20_001) });
    let problem = staff.put(&path("long"), &long).await.problem(422, "invalid");
    assert!(names_field(&problem, "title") && names_field(&problem, "description"), "{problem:#}");
}

async fn import(staff: &Caller, body: Vec<u8>) -> Answer {
    let request = staff.request(Method::POST, "/api/catalog/import").header("content-type", "text/csv");
    staff.send(request.body(body)).await
}

async fn what_is_exported_is_imported_as_it_was(shop: Builder) {
    let shop = shop.start().await;
    let staff = Caller::staff(&shop).await;
    let mut hostile = draft("hostile", "HOSTILE", 700);
    hostile["title"] = json!("=HYPERLINK(\"http://evil.example\")");
    hostile["description"] = json!("<b>Bold</b> & \"quoted\",\n\n+1");
    hostile["attributes"] = json!({ "Vendor": "@SUM(A1)", "Tags": "-1+2" });
    hostile["state"] = json!("archived");
    staff.post("/api/catalog/products", &hostile).await.expect(201);
    let products = || async {
        let list = staff.get("/api/catalog/staff/products?limit=100").await.expect(200);
        let drafts = list["items"].as_array().expect("items").iter().map(|item| item["draft"].clone());
        drafts.collect::<Vec<_>>()
    };
    let before = products().await;
    let (headers, sheet) = fetch(&staff, "/api/catalog/export").await;
    assert!(headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/csv")));
    let text = String::from_utf8(sheet.clone()).expect("text");
    for cell in ["=HYPERLINK", "@SUM", "-1+2"] {
        let guarded = text.matches(&format!("'{cell}")).count();
        assert_eq!((guarded, text.matches(cell).count()), (1, 1), "{cell}: {text}");
    }
    let report = import(&staff, sheet).await.expect(200);
    assert_eq!(
        (&report["created"], &report["updated"], &report["failed"]),
        (&json!(0), &json!(4), &json!(0)),
        "{report:#}"
    );
    for (before, after) in before.iter().zip(products().await) {
        for field in ["slug", "title", "description", "category", "images", "state", "attributes"] {
            assert_eq!(before[field], after[field], "{field}");
        }
        let prices = |draft: &Value| {
            let variants = draft["variants"].as_array().expect("variants").iter();
            variants
                .map(|one| (one["sku"].clone(), one["price"].clone(), one["tax_class"].clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(prices(before), prices(&after));
    }
    let guest = Caller::guest(&shop);
    guest.get("/api/catalog/export").await.problem(401, "unauthenticated");
}

async fn a_sheet_that_is_too_long_or_damaged_does_no_harm(shop: Builder) {
    let shop = shop.start().await;
    let staff = Caller::staff(&shop).await;
    import(&staff, vec![b'x'; (16 << 20) + 1]).await.problem(413, "body_too_large");
    let million = [b"Handle,Title\n".as_slice(), &b"a,b\n".repeat(1_000_000)].concat();
    import(&staff, million).await.problem(400, "malformed_request");
    import(&staff, b"\xff\xfe\x00H".to_vec()).await.problem(400, "malformed_request");
    let rows = [
        b"Handle,Title,Variant Price\n".as_slice(),
        b"bad,C\xffp,5\n",
        b"sql,'; DROP TABLE product; --,5\n",
        b"html,<script>alert(1)</script>,5\n",
        b"sum,-,=1+1\n",
        b"open,\"never closed,5\n",
    ]
    .concat();
    let report = import(&staff, rows).await.expect(200);
    assert_eq!((&report["created"], &report["failed"]), (&json!(2), &json!(3)), "{report:#}");
    let title = staff.get("/api/catalog/products/html").await.expect(200)["title"].clone();
    assert_eq!(title, "<script>alert(1)</script>");
    let request =
        staff.request(Method::POST, "/api/catalog/import").header("content-type", "application/json");
    staff.send(request.body("{}")).await.problem(415, "unsupported_media_type");
    Caller::guest(&shop).post("/api/catalog/import", &json!({})).await.problem(401, "unauthenticated");
}

async fn a_product_is_shown_in_the_language_that_is_asked_for(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let mut jug = draft("jug", "JUG", 700);
    jug["translations"] =
        json!({ "am": { "title": "ማንቆርቆሪያ" }, "de": { "title": "Krug", "description": "Aus Ton." } });
    staff.post("/api/catalog/products", &jug).await.expect(201);
    for (language, title) in [("am", "ማንቆርቆሪያ"), ("DE", "Krug"), ("fr", "A thing"), ("", "A thing")]
    {
        let shown = guest.get(&format!("/api/catalog/products/jug?language={language}")).await.expect(200);
        assert_eq!(shown["title"], title);
        let found = guest.get(&format!("/api/search?q=krug&language={language}")).await.expect(200);
        assert_eq!(found["items"][0]["title"], title, "{found:#}");
    }
    let problem = guest.get("/api/catalog/products?language=x_y").await.problem(422, "invalid");
    assert!(names_field(&problem, "language"), "{problem:#}");
    jug["translations"] = json!({ "nonsense!": { "title": "x" } });
    staff.put("/api/catalog/products/jug", &jug).await.problem(422, "invalid");
    jug["translations"] = json!({ "am": { "title": " " } });
    let problem = staff.put("/api/catalog/products/jug", &jug).await.problem(422, "invalid");
    assert!(names_field(&problem, "translations.am.title"), "{problem:#}");
}

async fn a_picture_that_staff_upload_is_served_for_ever(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 3_000]].concat();
    let upload = |caller: &Caller, body: Vec<u8>| {
        let request = caller.request(Method::POST, "/api/catalog/images").header("content-type", "image/png");
        let (caller, request) = (caller.clone(), request.body(body));
        async move { caller.send(request).await }
    };
    upload(&guest, picture.clone()).await.problem(401, "unauthenticated");
    upload(&staff, b"<svg onload='alert(1)'/>".to_vec()).await.problem(415, "unsupported_media_type");
    upload(&staff, vec![0; 2_000_001]).await.problem(413, "body_too_large");
    let url = upload(&staff, picture.clone()).await.expect(201)["url"].clone();
    assert_eq!(
        upload(&staff, picture.clone()).await.expect(201)["url"],
        url,
        "the same picture is kept once"
    );
    let (headers, bytes) = fetch(&guest, url.as_str().expect("a path")).await;
    assert_eq!((bytes, &headers["content-type"]), (picture, &"image/png".parse().expect("a header")));
    assert!(headers["cache-control"].to_str().is_ok_and(|value| value.contains("immutable")));
    let mut jug = draft("jug", "JUG", 700);
    jug["images"] = json!([{ "url": url, "alt": "A jug" }]);
    staff.post("/api/catalog/products", &jug).await.expect(201);
    for name in ["x.png", "..%2fsecret.png", "00000000000000000000000000000000.png"] {
        guest.get(&format!("/api/catalog/images/{name}")).await.problem(404, "not_found");
    }
}

async fn no_text_is_ever_taken_for_sql_or_markup(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let texts = ["'; DROP TABLE product; --", "\"><script>alert(1)</script>", "{{7*7}} $1 %s \\ \u{202e}"];
    for (place, text) in texts.into_iter().enumerate() {
        let slug = format!("odd-{place}");
        let mut odd = draft(&slug, &format!("ODD-{place}"), 700);
        odd["title"] = json!(text);
        odd["description"] = json!(text);
        odd["attributes"] = json!({ text: text });
        odd["images"] = json!([{ "url": "/x.png", "alt": text }]);
        odd["variants"][0]["title"] = json!(text);
        odd["variants"][0]["options"] = json!({ text: text });
        odd["translations"] = json!({ "am": { "title": text, "description": text } });
        staff.post("/api/catalog/products", &odd).await.expect(201);
        let shown = guest.get(&format!("/api/catalog/products/{slug}")).await.expect(200);
        assert_eq!((&shown["title"], &shown["description"]), (&json!(text), &json!(text)));
        assert_eq!(shown["variants"][0]["options"], json!({ text: text }));
        let category = json!({ "slug": slug, "title": text, "description": text });
        let put = staff.put(&format!("/api/catalog/categories/{slug}"), &category).await.expect(200);
        assert_eq!(put["title"], text.trim());
        odd["slug"] = json!(text);
        staff.post("/api/catalog/products", &odd).await.problem(422, "invalid");
        odd["slug"] = json!("other");
        odd["variants"][0]["sku"] = json!(text);
        staff.post("/api/catalog/products", &odd).await.problem(422, "invalid");
    }
    for query in ["category='%20OR%201=1", "after='%20OR%201=1", "limit=1;DROP"] {
        guest.get(&format!("/api/catalog/products?{query}")).await.problem(422, "invalid");
    }
    let all = guest.get("/api/catalog/products").await.expect(200);
    assert_eq!(all["items"].as_array().map(Vec::len), Some(6));
}

async fn what_has_not_changed_is_not_sent_again(shop: Builder) {
    let shop = shop.start().await;
    let guest = Caller::guest(&shop);
    for path in [
        "/api/catalog/products",
        "/api/catalog/products/gabi",
        "/api/catalog/categories",
        "/api/catalog/categories/cups",
        "/api/search?q=cup",
    ] {
        let first = guest.get(path).await;
        assert!(
            first.headers["cache-control"].to_str().is_ok_and(|value| value.starts_with("public")),
            "{path}"
        );
        let tag = first.headers["etag"].to_str().expect("a tag");
        let again = guest.send(guest.request(Method::GET, path).header("if-none-match", tag)).await;
        assert_eq!(again.status, 304, "{path}");
    }
    let staff = Caller::staff(&shop).await;
    let kept = staff.get("/api/catalog/staff/products/gabi").await;
    assert_eq!(kept.headers["cache-control"], "no-store");
    let tag = tag_of(&shop, "/api/catalog/products/gabi").await;
    let mut gabi = kept.expect(200)["draft"].clone();
    gabi["title"] = json!("Warm gabi");
    staff.put("/api/catalog/products/gabi", &gabi).await.expect(200);
    assert_ne!(tag_of(&shop, "/api/catalog/products/gabi").await, tag);
}

async fn tag_of(shop: &Shop, path: &str) -> String {
    Caller::guest(shop).get(path).await.headers["etag"].to_str().expect("a tag").to_owned()
}
