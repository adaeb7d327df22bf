//! What holds of every page of the storefront: its protection, its weight, and what search engines are told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use merkato_tests::{
    api::Caller,
    reader::{Page, Reader},
    shop::{Builder, Shop},
};
use serde_json::json;

/// Most pages that are walked to from the front of the shop: all kinds, and many of each.
const PAGES_MAX: usize = 60;
/// Most bytes of a page with its style sheets and its script, as they lie on the disk: 100 kB.
const PAGE_BYTES_MAX: usize = 100_000;

/// Pages that no link leads to, or only for those who have bought something.
const OTHER_PATHS: [&str; 8] = [
    "/search?q=coffee",
    "/search?q=zzzzzz",
    "/search?category=coffee&max_price=20&in_stock=true",
    "/no/such/page",
    "/products/no-such-product",
    "/orders/0192c7d8-0000-7000-8000-000000000001",
    "/problems/stock_too_low",
    "/offline",
];

/// Every page that can be come to, by somebody with a basket and an order.
async fn all_pages(shop: &Shop) -> Vec<Page> {
    let mut reader = Reader::at(shop);
    let mut pages = vec![buy(&mut reader).await];
    pages.extend([reader.get("/cart").await, reader.get("/checkout").await]);
    let mut known = OTHER_PATHS.map(str::to_owned).into_iter().collect::<BTreeSet<_>>();
    let mut waiting = known.iter().cloned().chain(["/".to_owned()]).collect::<VecDeque<_>>();
    while let Some(path) = waiting.pop_front() {
        let page = reader.get(&path).await;
        if !page.header("content-type").starts_with("text/html") {
            continue;
        }
        for link in page.links() {
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if link.starts_with('/') && known.len() < PAGES_MAX && known.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
        pages.push(page);
    }
    assert!(pages.len() > PAGES_MAX / 2, "{} pages", pages.len());
    pages
}

/// Buys a bag of coffee, puts another into the basket, and gives the page of the order.
async fn buy(reader: &mut Reader) -> Page {
    let product = reader.get("/products/yirgacheffe-washed").await.expect(200);
    let sku = product
        .all("input")
        .into_iter()
        .find(|input| input.attribute("name") == Some("sku") && input.attribute("disabled").is_none());
    let sku = sku.expect("a variant").attribute("value").expect("its sku").to_owned();
    let add = [("sku", sku.as_str()), ("quantity", "1")];
    reader.submit(&product, "/products/yirgacheffe-washed", &add).await.expect(303);
    let till = reader.get("/checkout").await.expect(200);
    let key = till.all("input").into_iter().find(|input| input.attribute("name") == Some("idempotency_key"));
    let key = key.expect("a key").attribute("value").expect("its value").to_owned();
    let order = [
        ("email", "hanna@merkato.example"),
        ("shipping_address.name", "Hanna Bekele"),
        ("shipping_address.line1", "12 Market Street"),
        ("shipping_address.postal_code", "97201"),
        ("shipping_address.city", "Portland"),
        ("shipping_address.region", "OR"),
        ("shipping_address.country", "US"),
        ("shipping_method", "standard"),
        ("payment.token", "tok_approve"),
        ("idempotency_key", key.as_str()),
    ];
    let order = reader.submit_and_follow(&till, "/checkout", &order).await.expect(200);
    reader.submit(&product, "/products/yirgacheffe-washed", &add).await.expect(303);
    order
}

/// What is wrong with the protection of `page`.
fn faults(page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    let policy = page.header("content-security-policy");
    for (name, holds) in [
        (
            "content-security-policy",
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        ),
        (
            "no unsafe policy",
            !policy.contains("unsafe") && !policy.contains("data:") && !policy.contains('*'),
        ),
        ("x-content-type-options", page.header("x-content-type-options") == "nosniff"),
        ("referrer-policy", page.header("referrer-policy") == "same-origin"),
        ("permissions-policy", page.header("permissions-policy").contains("camera=()")),
        ("cross-origin-opener-policy", page.header("cross-origin-opener-policy") == "same-origin"),
    ] {
        if !holds {
            faults.push(format!("{name}: {}", page.header(name)));
        }
    }
    for element in page.elements() {
        let is_data = element.attribute("type") == Some("application/ld+json");
        if element.name == "style" || element.name == "script" && !is_data && !element.text.is_empty() {
            faults.push(format!("inline <{}>", element.name));
        }
        for name in element.attributes.keys().filter(|name| *name == "style" || name.starts_with("on")) {
            faults.push(format!("<{} {name}>", element.name));
        }
        if element
            .attribute("href")
            .is_some_and(|link| link.trim_start().to_lowercase().starts_with("javascript:"))
        {
            faults.push("a link to a script".to_owned());
        }
    }
    let forms = page.text.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap_or_default());
    for form in forms.filter(|form| form.contains("method=\"post\"") && !form.contains("name=\"csrf\"")) {
        faults.push(format!("a form without proof: {form}"));
    }
    for (what, count) in [("main", 1), ("h1", 1), ("title", 1)] {
        if page.all(what).len() != count {
            faults.push(format!("{} <{what}>", page.all(what).len()));
        }
    }
    faults
}

#[tokio::test]
async fn every_page_is_protected_and_light() {
    let shop = Builder::new().with_demo_catalogue().start().await;
    let mut reader = Reader::at(&shop);
    let mut sizes = BTreeMap::new();
    for page in all_pages(&shop).await {
        assert_eq!(faults(&page), Vec::<String>::new(), "{}", page.path);
        let sheets = page.all("link").into_iter().filter(|link| link.attribute("rel") == Some("stylesheet"));
        let sheets = sheets.filter_map(|link| link.attribute("href").map(str::to_owned));
        let scripts = page.all("script").into_iter();
        let scripts = scripts.filter_map(|script| script.attribute("src").map(str::to_owned));
        let mut bytes = page.text.len();
        for file in sheets.chain(scripts) {
            if !sizes.contains_key(&file) {
                let loaded = reader.get(&file).await.expect(200);
                assert!(loaded.header("cache-control").contains("immutable"), "{file}");
                sizes.insert(file.clone(), loaded.text.len());
            }
            bytes += sizes[&file];
        }
        assert!(bytes <= PAGE_BYTES_MAX, "{} weighs {bytes} bytes", page.path);
    }
}

#[tokio::test]
async fn the_largest_product_and_the_fullest_list_are_light_too() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let variants = (0..100).map(|number| {
        json!({
            "sku": format!("BANGLE-{number}"), "title": format!("Size {number}, with a clasp of silver"), "stock": 5,
            "price": { "amount": 1_000 + number, "currency": "USD" }, "compare_at_price": { "amount": 2_000, "currency": "USD" },
        })
    });
    let bangle = json!({
        "slug": "bangle", "title": "Bangle", "category": "cups", "description": "Brass. ".repeat(400),
        "variants": variants.collect::<Vec<_>>(),
    });
    staff.post("/api/catalog/products", &bangle).await.expect(201);
    let page = Reader::at(&shop).get("/products/bangle").await.expect(200);
    let assets = ["base.css", "forms.css", "cards.css", "browse.css", "shop.js"];
    let mut bytes = page.text.len();
    for asset in assets {
        bytes += Reader::at(&shop).get(&format!("/assets/{asset}")).await.expect(200).text.len();
    }
    assert!(bytes <= PAGE_BYTES_MAX, "{bytes} bytes");
}

on_each_engine! {
    search_engines_are_led_to_every_product_and_to_nothing_of_anybodys,
}

async fn search_engines_are_led_to_every_product_and_to_nothing_of_anybodys(builder: Builder) {
    let shop = builder.with_demo_catalogue().start().await;
    let mut reader = Reader::at(&shop);
    let robots = reader.get("/robots.txt").await.expect(200);
    for private in ["/account", "/cart", "/checkout", "/orders/"] {
        assert!(robots.text.contains(&format!("Disallow: {private}\n")), "{private}");
    }
    let sitemap = format!("{}/sitemap.xml", shop.url);
    assert!(robots.text.contains(&format!("Sitemap: {sitemap}")), "{}", robots.text);
    let locations = |page: &Page| {
        let parts =
            page.text.split("<loc>").skip(1).map(|part| part.split("</loc>").next().unwrap_or_default());
        parts
            .map(|part| part.strip_prefix(shop.url.as_str()).expect("of this shop").to_owned())
            .collect::<Vec<_>>()
    };
    let index = reader.get("/sitemap.xml").await.expect(200);
    assert!(index.header("content-type").starts_with("application/xml"));
    assert!(index.header("cache-control").starts_with("public, max-age="), "it is kept for a while");
    let parts = locations(&index);
    let mut found = BTreeSet::new();
    for part in &parts {
        found.extend(locations(&reader.get(part).await.expect(200)));
    }
    let all = Caller::guest(&shop).get("/api/catalog/products?limit=100").await.expect(200);
    let all = all["items"].as_array().expect("products");
    assert!(
        all.iter().all(
            |product| found.contains(&format!("/products/{}", product["slug"].as_str().expect("a slug")))
        )
    );
    assert!(found.contains("/") && found.contains("/categories/coffee"));
    for path in ["/", "/about", "/categories/coffee", "/products/yirgacheffe-washed"] {
        assert!(found.contains(path), "{path}");
        let page = reader.get(path).await.expect(200);
        assert_eq!(page.relation("canonical"), Some(format!("{}{path}", shop.url)));
        let told = |property: &str| {
            let metas = page.all("meta").into_iter();
            let mut metas = metas.filter(|meta| meta.attribute("property") == Some(property));
            metas.next().and_then(|meta| meta.attribute("content").map(str::to_owned)).unwrap_or_default()
        };
        assert_eq!(told("og:url"), format!("{}{path}", shop.url));
        assert!(!told("og:title").is_empty() && !told("og:description").is_empty(), "{path}");
    }
    assert!(reader.set_cookies.iter().all(|cookie| cookie.starts_with("sid=")));
    reader.get("/sitemap/products.xml?after=x").await.expect(422);
}

#[tokio::test]
async fn a_product_tells_programs_what_it_costs_and_where_it_lies() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let hostile = json!({
        "slug": "mug", "title": "</script><script>alert(1)</script>", "category": "cups",
        "variants": [{ "sku": "MUG", "title": "", "stock": 0, "price": { "amount": 1_205, "currency": "USD" } }],
    });
    staff.post("/api/catalog/products", &hostile).await.expect(201);
    let mut reader = Reader::at(&shop);
    let page = reader.get("/products/mug").await.expect(200);
    assert_eq!(faults(&page), Vec::<String>::new());
    let data = page.structured_data();
    let product = data.iter().find(|data| data["@type"] == "Product").expect("a product");
    assert_eq!(product["name"], "</script><script>alert(1)</script>");
    let offer = &product["offers"][0];
    assert_eq!((&offer["price"], &offer["priceCurrency"]), (&json!("12.05"), &json!("USD")));
    assert_eq!(offer["availability"], "https://schema.org/OutOfStock");
    assert_eq!(product.get("aggregateRating"), None);
    let crumbs = data.iter().find(|data| data["@type"] == "BreadcrumbList").expect("breadcrumbs");
    assert_eq!(crumbs["itemListElement"][1]["item"], format!("{}/categories/cups", shop.url));
}

#[tokio::test]
async fn a_list_leads_on_page_by_page() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    for number in 0..30 {
        let cup = json!({
            "slug": format!("cup-{number}"), "title": format!("Cup {number}"), "category": "cups",
            "variants": [{ "sku": format!("CUP-{number}"), "title": "", "stock": 1, "price": { "amount": 100, "currency": "USD" } }],
        });
        staff.post("/api/catalog/products", &cup).await.expect(201);
    }
    let mut reader = Reader::at(&shop);
    for path in ["/categories/cups", "/search?q=cup"] {
        let first = reader.get(path).await.expect(200);
        let next = first.relation("next").expect("a next page");
        let second =
            reader.get(next.strip_prefix(shop.url.as_str()).expect("of this shop")).await.expect(200);
        assert_eq!(second.relation("next"), None, "{path}");
        let products = [&first, &second].map(Page::links).concat();
        let products = products.iter().filter(|link| link.starts_with("/products/")).collect::<BTreeSet<_>>();
        assert_eq!(products.len(), 31, "{path}");
        if path.starts_with("/search") {
            assert_eq!(second.relation("prev"), Some(format!("{}{path}", shop.url)));
        } else {
            assert_eq!(second.relation("canonical"), Some(next), "no page stands for another");
        }
    }
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let shop = Shop::start().await;
    let mut reader = Reader::at(&shop);
    for path in ["/", "/categories/cups", "/products/sini-cup", "/sitemap.xml"] {
        let page = reader.get(path).await.expect(200);
        assert_eq!(reader.get_again(&page).await.expect(304).text, "", "{path}");
    }
    let page = reader.get("/products/sini-cup").await.expect(200);
    let add = [("sku", "SINI-W"), ("quantity", "1")];
    reader.submit_and_follow(&page, "/products/sini-cup", &add).await.expect(200);
    reader.get_again(&page).await.expect(200);
}

#[tokio::test]
async fn the_page_for_no_network_needs_nothing_but_its_style_sheets() {
    let shop = Shop::start().await;
    let mut reader = Reader::at(&shop);
    let page = reader.get("/offline").await.expect(200);
    assert_eq!(faults(&page), Vec::<String>::new());
    assert_eq!(reader.set_cookies, Vec::<String>::new(), "it is about nobody");
    let sheets = page.all("link").into_iter().filter_map(|link| link.attribute("href").map(str::to_owned));
    let worker = reader.get("/service-worker.js").await.expect(200);
    assert_eq!(worker.header("content-type"), "text/javascript; charset=utf-8");
    for sheet in sheets {
        assert!(worker.text.contains(&format!("\"{sheet}\"")), "{sheet}");
        reader.get(&sheet).await.expect(200);
    }
    assert_eq!(page.all("script").len() + page.all("img").len() + page.all("form").len(), 0);
}
