//! Finding products, however they are asked for.

use merkato_tests::{
    api::{Caller, names_field, order_paid_with},
    shop::{Builder, Shop, merkato},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

on_each_engine! {
    a_product_is_found_by_stem_beginning_slip_and_phrase,
    what_is_not_for_sale_is_not_found,
    results_are_narrowed_down_sorted_and_paged_through,
    a_category_counts_what_lies_in_those_below_it,
    staff_say_what_is_meant_and_see_what_was_not_found,
    what_is_sold_out_is_left_out_when_only_stock_is_wanted,
    an_older_version_never_replaces_a_newer_one,
    the_index_is_built_anew_by_one_command,
    what_search_could_not_be_told_it_is_told_later,
    nothing_that_is_typed_breaks_the_search,
}

async fn search(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("/api/search?{query}")).await.expect(200)
}

fn slugs(results: &Value) -> Vec<&str> {
    let items = results["items"].as_array().expect("items").iter();
    items.map(|item| item["slug"].as_str().expect("a slug")).collect()
}

fn product(slug: &str, title: &str, price: i64) -> Value {
    json!({
        "slug": slug, "title": title, "category": "cups",
        "variants": [{
            "sku": slug.to_uppercase(), "title": "", "stock": 3, "price": { "amount": price, "currency": "USD" },
        }],
    })
}

async fn create(staff: &Caller, products: &[Value]) {
    for product in products {
        staff.post("/api/catalog/products", product).await.expect(201);
    }
}

fn service(shop: &Shop) -> Caller {
    Caller::with_token(shop, shop.secret("service_token"))
}

async fn a_product_is_found_by_stem_beginning_slip_and_phrase(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let mut jebena = product("jebena", "Black clay jebena", 2_900);
    jebena["description"] = json!("Pours the café's coffee. The potters' washing smooths the clay.");
    jebena["attributes"] = json!({ "Material": "Terracotta" });
    create(&staff, &[jebena]).await;
    for query in [
        "jebena",
        "JEBENAS",
        "jeb",
        "jebna",
        "jebenna",
        "jbeena",
        "cafe",
        "washed",
        "pot",
        "terracota",
        "clay+jebena",
        "%22black+clay%22",
        "the+jebena+of+clay",
        "JEBENA",
    ] {
        assert_eq!(slugs(&search(&guest, &format!("q={query}")).await), ["jebena"], "{query}");
    }
    for query in ["%22clay+black%22", "jebna+gabi", "zzzz", "jbna", "potx"] {
        let results = search(&guest, &format!("q={query}")).await;
        assert_eq!((slugs(&results).len(), &results["total"]), (0, &json!(0)), "{query}");
    }
    let results = search(&guest, "q=black+jebna").await;
    assert_eq!(results["did_you_mean"], "black jebena");
    assert_eq!(search(&guest, "q=jebena").await["did_you_mean"], Value::Null);
    let mut cup = product("cup", "Cup", 900);
    cup["description"] = json!("Goes with a jebena.");
    create(&staff, &[cup]).await;
    assert_eq!(
        slugs(&search(&guest, "q=jebena").await),
        ["jebena", "cup"],
        "a title says more than a description"
    );
    let found = search(&guest, "q=jebena").await;
    assert_eq!(found["items"][0]["variants"][0]["available"], 3, "what is in stock, the till says");
}

async fn what_is_not_for_sale_is_not_found(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let mut jug = product("jug", "Jug", 700);
    for (state, found) in [("draft", 0), ("published", 1), ("archived", 0), ("published", 1)] {
        jug["state"] = json!(state);
        match staff.post("/api/catalog/products", &jug).await.status.as_u16() {
            201 => {}
            _ => drop(staff.put("/api/catalog/products/jug", &jug).await.expect(200)),
        }
        assert_eq!(search(&guest, "q=jug").await["total"], found, "{state}");
    }
    jug["title"] = json!("Pitcher");
    staff.put("/api/catalog/products/jug", &jug).await.expect(200);
    assert_eq!(slugs(&search(&guest, "q=pitcher").await), ["jug"]);
    staff.delete("/api/catalog/products/jug").await;
    assert_eq!(search(&guest, "q=pitcher").await["total"], 0);
    assert_eq!(search(&guest, "").await["total"], 3);
    let category = json!({ "slug": "cups", "title": "Drinkware" });
    staff.put("/api/catalog/categories/cups", &category).await.expect(200);
    service(&shop).post("/internal/catalog/publish", &json!({})).await.expect(200);
    assert_eq!(
        slugs(&search(&guest, "q=drinkware").await),
        ["sini-cup"],
        "a product goes by its category's name"
    );
}

async fn results_are_narrowed_down_sorted_and_paged_through(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let bowls = [("bowl-a", "Bowl C", 500), ("bowl-b", "Bowl A", 3_000), ("bowl-c", "Bowl B", 30_000)];
    create(&staff, &bowls.map(|(slug, title, price)| product(slug, title, price))).await;
    for (query, expected) in [
        ("sort=newest", ["bowl-c", "bowl-b", "bowl-a"]),
        ("sort=price_asc", ["bowl-a", "bowl-b", "bowl-c"]),
        ("sort=price_desc", ["bowl-c", "bowl-b", "bowl-a"]),
        ("sort=title", ["bowl-b", "bowl-c", "bowl-a"]),
    ] {
        assert_eq!(slugs(&search(&guest, &format!("q=bowl&{query}")).await), expected, "{query}");
    }
    let some = search(&guest, "q=bowl&min_price=500&max_price=3000&sort=price_asc").await;
    assert_eq!(slugs(&some), ["bowl-a", "bowl-b"]);
    assert_eq!((&some["total"], &some["more"]), (&json!(2), &json!(false)));
    let steps = some["facets"]["price"].as_array().expect("steps").iter();
    let steps = steps.map(|step| (step["from"]["amount"].clone(), step["count"].clone())).collect::<Vec<_>>();
    assert_eq!(steps, [(json!(0), json!(1)), (json!(2_500), json!(1)), (json!(20_000), json!(1))]);
    assert_eq!(
        some["facets"]["category"],
        json!([{ "slug": "cups", "title": "Cups", "parent": null, "count": 2 }])
    );
    let mut path = "limit=2&sort=price_asc".to_owned();
    let mut found = Vec::new();
    loop {
        let page = search(&guest, &path).await;
        assert_eq!(page["total"], 6, "{page:#}");
        found.extend(slugs(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("limit=2&sort=price_asc&after={next}");
    }
    assert_eq!(found, ["bowl-a", "sini-cup", "bowl-b", "netela", "gabi", "bowl-c"]);
}

async fn a_category_counts_what_lies_in_those_below_it(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    let category = |slug: &str, parent: Value| json!({ "slug": slug, "title": slug, "parent": parent });
    staff.put("/api/catalog/categories/table", &category("table", Value::Null)).await.expect(200);
    staff.put("/api/catalog/categories/cups", &category("cups", json!("table"))).await.expect(200);
    let results = search(&guest, "category=table").await;
    assert_eq!(slugs(&results), ["sini-cup"]);
    let counts = results["facets"]["category"].as_array().expect("categories").iter();
    let counts = counts.map(|one| (one["slug"].clone(), one["count"].clone())).collect::<Vec<_>>();
    assert_eq!(counts, [(json!("cloth"), json!(2)), (json!("cups"), json!(1)), (json!("table"), json!(1))]);
    assert_eq!(search(&guest, "category=no-such").await["total"], 0);
}

async fn staff_say_what_is_meant_and_see_what_was_not_found(shop: Builder) {
    let shop = shop.start().await;
    let (staff, guest) = (Caller::staff(&shop).await, Caller::guest(&shop));
    for query in ["mug", "Mugs", "hanna@merkato.example", "0911+234567"] {
        assert_eq!(search(&guest, &format!("q={query}")).await["total"], 0, "{query}");
    }
    let asked = staff.get("/api/search/zero-results").await.expect(200);
    let queries = asked["items"].as_array().expect("items").iter().map(|item| item["query"].clone());
    let mut queries = queries.collect::<Vec<_>>();
    queries.sort_by_key(ToString::to_string);
    assert_eq!(queries, ["mug", "mugs"], "and nobody's address or number");
    let synonyms = json!({ "synonyms": ["sini cup", "tumbler"] });
    staff.put("/api/search/synonyms/mug", &synonyms).await.expect(200);
    assert_eq!(slugs(&search(&guest, "q=mugs").await), ["sini-cup"]);
    let listed = staff.get("/api/search/synonyms").await.expect(200);
    assert_eq!(listed["items"], json!([{ "word": "mug", "synonyms": ["sini cup", "tumbler"] }]));
    for (word, body, field) in [
        ("two%20words", json!({ "synonyms": ["x"] }), "word"),
        ("mug", json!({ "synonyms": [] }), "synonyms"),
        ("mug", json!({ "synonyms": ["fine", "--"] }), "synonyms[1]"),
        ("mug", json!({ "synonyms": "cup" }), "synonyms"),
        ("mug", json!({ "synonyms": ["cup"], "more": 1 }), "more"),
    ] {
        let problem = staff.put(&format!("/api/search/synonyms/{word}"), &body).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{field}: {problem:#}");
    }
    assert_eq!(staff.delete("/api/search/synonyms/mug").await.status, 204);
    staff.delete("/api/search/synonyms/mug").await.problem(404, "not_found");
    assert_eq!(staff.delete("/api/search/zero-results").await.status, 204);
    assert_eq!(staff.get("/api/search/zero-results").await.expect(200)["items"], json!([]));
    for path in ["/api/search/zero-results", "/api/search/synonyms"] {
        guest.get(path).await.problem(401, "unauthenticated");
    }
    guest.put("/api/search/synonyms/mug", &synonyms).await.problem(401, "unauthenticated");
}

async fn what_is_sold_out_is_left_out_when_only_stock_is_wanted(shop: Builder) {
    let shop = shop.start().await;
    let mut guest = Caller::guest(&shop);
    let sorted = |results: &Value| {
        let mut slugs = slugs(results).into_iter().map(str::to_owned).collect::<Vec<_>>();
        slugs.sort();
        slugs
    };
    assert_eq!(sorted(&search(&guest, "in_stock=true").await), ["gabi", "sini-cup"]);
    guest.set_line("GABI", 1).await.expect(200);
    guest.place_order_as("the-last-gabi", &order_paid_with("tok_approve")).await.expect(201);
    assert_eq!(sorted(&search(&guest, "in_stock=true").await), ["sini-cup"], "the till is asked");
    assert_eq!(search(&guest, "in_stock=true").await["total"], 1, "and what it says is remembered");
    assert_eq!(search(&guest, "").await["total"], 3);
    let moved = json!({ "pieces": 5, "note": "found some" });
    Caller::service(&shop).post("/v1/stock/GABI/movements", &moved).await;
    let event = json!({
        "specversion": "1.0", "id": "0198f0a0-0000-7000-8000-000000000000", "source": "/", "subject": "GABI",
        "type": "merkato.stock.changed", "time": "2026-11-21T00:00:00Z", "datacontenttype": "application/json",
        "data": { "sku": "GABI", "available": 5 },
    });
    let tell = |caller: &Caller| {
        let request = caller.request(Method::POST, "/internal/search/events");
        request.header("content-type", "application/cloudevents+json").body(event.to_string())
    };
    guest.send(tell(&guest)).await.problem(401, "unauthenticated");
    let service = service(&shop);
    assert_eq!(service.send(tell(&service)).await.status, 204);
    assert_eq!(search(&guest, "in_stock=true").await["total"], 2);
}

async fn an_older_version_never_replaces_a_newer_one(shop: Builder) {
    let shop = shop.start().await;
    let (service, guest) = (service(&shop), Caller::guest(&shop));
    let page = service.get("/internal/catalog/documents").await.expect(200);
    let documents = page["items"].as_array().expect("items");
    let cup = documents.iter().find(|one| one["listed"]["product"]["slug"] == "sini-cup").expect("the cup");
    let at = |version: i64, title: &str| {
        let mut cup = cup.clone();
        cup["version"] = json!(version);
        cup["listed"]["product"]["title"] = json!(title);
        json!({ "items": [cup] })
    };
    let path = "/internal/search/products";
    for (version, title, found) in [(7, "Newest", 1), (6, "Older", 0), (7, "Again", 1)] {
        assert_eq!(service.post(path, &at(version, title)).await.status, 204);
        assert_eq!(search(&guest, &format!("q={title}")).await["total"], found, "{title}");
    }
    let gone = json!({ "items": [{ "product_id": cup["product_id"], "version": 8, "listed": null }] });
    assert_eq!(service.post(path, &gone).await.status, 204);
    assert_eq!(service.post(path, &at(7, "Late")).await.status, 204);
    assert_eq!(search(&guest, "q=late").await["total"], 0, "what is gone stays gone");
    guest.post(path, &gone).await.problem(401, "unauthenticated");
    service.post(path, &json!({ "items": [{ "version": 1 }] })).await.problem(422, "invalid");
    let many = json!({ "items": vec![gone["items"][0].clone(); 26] });
    let problem = service.post(path, &many).await.problem(422, "invalid");
    assert!(names_field(&problem, "items"), "{problem:#}");
    guest.post("/internal/search/rebuild", &json!({})).await.problem(401, "unauthenticated");
    guest.put("/internal/search/categories", &json!({})).await.problem(401, "unauthenticated");
    guest.get("/internal/catalog/documents").await.problem(401, "unauthenticated");
}

async fn the_index_is_built_anew_by_one_command(shop: Builder) {
    let shop = shop.start().await;
    let (service, staff, guest) = (service(&shop), Caller::staff(&shop).await, Caller::guest(&shop));
    // More than one page of the catalog.
    let products = (0..30).map(|place| product(&format!("bowl-{place}"), "Bowl", 500)).collect::<Vec<_>>();
    create(&staff, &products).await;
    let page = service.get("/internal/catalog/documents").await.expect(200);
    let mut ghost = page["items"][0].clone();
    ghost["product_id"] = json!("0198f0a0-0000-7000-8000-000000000000");
    ghost["listed"]["product"]["title"] = json!("Ghost");
    ghost["listed"]["product"]["variants"][0]["sku"] = json!("GHOST");
    let mut damaged = page["items"][1].clone();
    damaged["listed"]["product"]["title"] = json!("Damaged");
    let told = service.post("/internal/search/products", &json!({ "items": [ghost, damaged] })).await;
    assert_eq!(told.status, 204);
    assert_eq!(search(&guest, "q=ghost").await["total"], 1);
    let output = Command::new(merkato())
        .args(["search", "rebuild", "--search-url", &shop.url, "--data-dir"])
        .arg(shop.data_dir())
        .output()
        .await
        .expect("merkato runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Indexed: 33\nRemoved: 1\n");
    for (query, total) in [("ghost", 0), ("damaged", 0), ("bowl", 30), ("", 33)] {
        assert_eq!(search(&guest, &format!("q={query}")).await["total"], total, "{query}");
    }
}

async fn what_search_could_not_be_told_it_is_told_later(shop: Builder) {
    // Nobody listens there.
    let shop = shop.variable("search_url", "http://127.0.0.1:9").start().await;
    create(&Caller::staff(&shop).await, &[product("jug", "Jug", 700)]).await;
    Caller::guest(&shop).get("/api/catalog/products/jug").await.expect(200);
    assert_eq!(search(&Caller::guest(&shop), "").await["total"], 0);
    let shop = shop.stop().await.variable("search_url", "http://search.spin.internal").start().await;
    let swept = service(&shop).post("/internal/catalog/publish", &json!({})).await.expect(200);
    assert_eq!(swept["left"], 0, "{swept:#}");
    let results = search(&Caller::guest(&shop), "q=jug").await;
    assert_eq!(slugs(&results), ["jug"]);
    assert_eq!(results["facets"]["category"][0]["title"], "Cups");
}

async fn nothing_that_is_typed_breaks_the_search(shop: Builder) {
    let shop = shop.start().await;
    let guest = Caller::guest(&shop);
    for text in [
        "\"",
        "'",
        "\\",
        "*",
        "(",
        "a AND NOT",
        "NEAR(a b)",
        "title_words:cup",
        "^cup",
        "'; DROP TABLE product; --",
        "!cup & | (",
        "cup:*",
        "<->",
        "<script>alert(1)</script>",
        "%",
        "_",
        "\u{0}",
        "\u{202e}",
        "🏺",
        "ጀበና",
        "a a a a a a a a a a a a a a a a a",
        "\"unclosed phrase",
    ] {
        let encoded = text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        search(&guest, &format!("q={encoded}")).await;
    }
    assert_eq!(search(&guest, "q=cup").await["total"], 1);
    assert_eq!(search(&guest, "q=%ff%fecup").await["total"], 1, "what is no text is no letter");
    let long = format!("q={}", "x".repeat(201));
    for (query, field) in [
        (long.as_str(), "q"),
        ("min_price=cheap", "min_price"),
        ("max_price=-1", "max_price"),
        ("min_price=5&max_price=4", "max_price"),
        ("in_stock=perhaps", "in_stock"),
        ("sort=random", "sort"),
        ("category=../x", "category"),
        ("language=x_y", "language"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("after=1000", "after"),
        ("after='%20OR%201=1", "after"),
        ("colour=red", "colour"),
    ] {
        let problem = guest.get(&format!("/api/search?{query}")).await.problem(422, "invalid");
        assert!(names_field(&problem, field), "{field}: {problem:#}");
    }
    guest.post("/api/search", &json!({})).await.problem(405, "method_not_allowed");
}
