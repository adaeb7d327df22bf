//! The catalogue: what shoppers see of it, and what staff change.

use futures::future::join_all;
use merkato_tests::{
    api::{Caller, names_field},
    shop::{Builder, root},
};
use reqwest::Method;
use serde_json::{Value, json};

on_each_engine! {
    products_are_listed_by_category_page_by_page,
    a_product_that_staff_change_is_what_the_till_charges,
    a_draft_with_faults_is_refused_with_all_of_them,
    a_real_shopify_export_is_imported_and_a_bad_row_stops_nothing,
    two_who_take_the_same_sku_at_once_do_not_both_get_it,
    a_slug_that_another_product_has_is_refused,
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
    for query in ["limit=0", "limit=101", "limit=many", "after=%00", "category=../x"] {
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
    staff.post("/api/catalog/products", &product).await.problem(422, "invalid");
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
