//! Looking around at the storefront: searching, reviews, recommendations, and what may be remembered of it.

use merkato_tests::{
    adviser::Adviser,
    api::Caller,
    reader::{Page, Reader},
    shop::{Builder, Shop},
};
use serde_json::{Value, json};

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

fn link_with(page: &Page, part: &str) -> String {
    let found = page.links().into_iter().find(|link| link.contains(part));
    found.unwrap_or_else(|| panic!("no link with {part}: {:?}", page.links()))
}

fn products(page: &Page) -> Vec<String> {
    let links = page.links().into_iter();
    let mut products = links.filter(|link| link.starts_with("/products/")).collect::<Vec<_>>();
    products.dedup();
    products
}

async fn recommendation(shop: &Caller, slug: &str, reason: Value) -> Value {
    let mut product = shop.get(&format!("/api/catalog/products/{slug}")).await.expect(200);
    product["reason"] = reason;
    product
}

#[tokio::test]
async fn a_shopper_searches_narrows_down_and_comes_to_a_product() {
    let shop = Shop::start().await;
    let mut reader = Reader::at(&shop);
    let home = reader.get("/").await.expect(200);
    let box_ = home.all("input").into_iter().find(|input| input.attribute("name") == Some("q"));
    assert!(box_.is_some(), "every page has a box to search in");

    let found = reader.get("/search?q=cotton").await.expect(200);
    assert_eq!(products(&found), ["/products/gabi", "/products/netela"]);
    let kept = found.all("input").into_iter().find(|input| input.attribute("id") == Some("search"));
    assert_eq!(kept.expect("the box").attribute("value"), Some("cotton"));
    let narrowed = reader.get(&link_with(&found, "min_price=50.00")).await.expect(200);
    assert_eq!(products(&narrowed), ["/products/gabi"]);
    let wider = reader.get(&link_with(&narrowed, "/search?q=cotton")).await.expect(200);
    assert_eq!(products(&wider).len(), 2, "a filter is also the way out of it");
    let in_stock =
        reader.get("/search?q=cotton&min_price=&max_price=&in_stock=true&sort=price_asc").await.expect(200);
    assert_eq!(products(&in_stock), ["/products/gabi"]);
    let category = reader.get(&link_with(&everything(&shop).await, "category=cups")).await.expect(200);
    assert_eq!(products(&category), ["/products/sini-cup"]);
    reader.get("/products/sini-cup").await.expect(200);
}

async fn everything(shop: &Shop) -> Page {
    Reader::at(shop).get("/search").await.expect(200)
}

#[tokio::test]
async fn a_slip_is_put_right_and_nothing_is_never_a_dead_end() {
    let shop = Shop::start().await;
    let mut reader = Reader::at(&shop);
    let slip = reader.get("/search?q=netella").await.expect(200);
    assert!(slip.text.contains("Did you mean") && products(&slip).contains(&"/products/netela".to_owned()));
    reader.get(&link_with(&slip, "/search?q=netela")).await.expect(200);

    let nothing = reader.get("/search?q=zzzzzz").await.expect(200);
    assert!(!products(&nothing).is_empty(), "something to look at");
    let too_narrow = reader.get("/search?q=cotton&min_price=5000").await.expect(200);
    assert!(products(&too_narrow).is_empty() || too_narrow.links().contains(&"/search?q=cotton".to_owned()));

    for (query, said) in [
        ("min_price=cheap", "Lowest price must be an amount"),
        ("max_price=-4", "Highest price must be an amount"),
        ("min_price=9&max_price=3", "must not be less than the lowest price"),
    ] {
        let page = reader.get(&format!("/search?q=cotton&{query}")).await.expect(200);
        assert!(page.text.contains(said), "{query}: {}", page.text);
        assert!(products(&page).contains(&"/products/gabi".to_owned()), "{query}");
    }
    for query in
        ["sort=best", "after=x", "after=99999999999", "currency=x", &format!("q={}", "x".repeat(201))]
    {
        reader.get(&format!("/search?{query}")).await.expect(422);
    }
    reader.get("/search?category=%3Cscript%3E").await.expect(404);
    let hostile = reader.get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await.expect(200);
    assert!(!hostile.text.contains("<script>alert"), "{}", hostile.text);
}

#[tokio::test]
async fn products_are_suggested_while_somebody_types() {
    let shop = Shop::start().await;
    let mut reader = Reader::at(&shop);
    let suggest = |page: Page| serde_json::from_str::<Value>(&page.expect(200).text).expect("JSON");
    let found = suggest(reader.get("/search/suggestions?q=sin").await);
    assert_eq!(
        found,
        json!([{ "title": "Sini cup", "address": "/products/sini-cup", "price": "from $9.00" }])
    );
    for nothing in ["q=s", "q=", "", "q=zzzzzz", &format!("q={}", "x".repeat(300))] {
        assert_eq!(
            suggest(reader.get(&format!("/search/suggestions?{nothing}")).await),
            json!([]),
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn a_product_shows_what_shoppers_say_and_what_the_shop_answers() {
    let shop = Shop::start().await;
    let staff = Caller::staff(&shop).await;
    let mut reader = Reader::at(&shop);
    let silent = reader.get("/products/sini-cup").await.expect(200);
    assert!(silent.text.contains("Be the first to write a review"));
    assert!(silent.links().contains(&"/products/sini-cup/review".to_owned()));
    for number in 1_u8..=7 {
        let shopper = Caller::with_token(&shop, shop.token("customer").await);
        let review =
            json!({ "rating": 1 + number % 5, "title": format!("Number {number}"), "body": "<b>Good</b>" });
        let review = shopper.post("/api/reviews/products/sini-cup", &review).await.expect(201);
        let path = |verb: &str| format!("/api/reviews/{}/{verb}", review["id"].as_str().expect("an id"));
        staff.post(&path("approve"), &json!({})).await.expect(200);
        staff.post(&path("answer"), &json!({ "text": "We are glad." })).await.expect(200);
    }
    let page = reader.get("/products/sini-cup").await.expect(200);
    for said in ["Number 7", "Number 3", "We are glad.", "7 reviews", "&lt;b&gt;Good"] {
        assert!(page.text.contains(said), "{said}");
    }
    assert!(!page.text.contains("Number 2"), "a page holds the newest five");
    let rated =
        page.structured_data().into_iter().find(|data| data["@type"] == "Product").expect("a product");
    assert_eq!(rated["aggregateRating"]["reviewCount"], 7);
    let older = reader.get(link_with(&page, "reviews_after=").trim_end_matches("#reviews")).await.expect(200);
    assert!(older.text.contains("Number 2") && !older.text.contains("Number 3"));
    assert!(older.relation("canonical").expect("one").ends_with("/products/sini-cup"));
    let wrong = reader.get("/products/sini-cup?reviews_after=x").await.expect(200);
    assert!(!wrong.text.contains("What shoppers say"), "a page of reviews that is none is left out");
}

#[tokio::test]
async fn what_else_may_please_is_shown_with_its_reason() {
    let first = Shop::start().await;
    let guest = Caller::guest(&first);
    let cup = json!({ "slug": "sini-cup", "title": "Sini cup" });
    let recommended = vec![
        recommendation(&guest, "gabi", json!({ "code": "bought_together", "product": cup })).await,
        recommendation(&guest, "netela", json!({ "code": "because_you_viewed", "product": cup })).await,
    ];
    let adviser = Adviser::start(recommended).await;
    let shop = adviser.serve(Builder::new()).start().await;
    let mut reader = Reader::at(&shop);
    let page = reader.get("/products/sini-cup").await.expect(200);
    let bought =
        reader.submit_and_follow(&page, "/products/sini-cup", &[("sku", "SINI-W"), ("quantity", "1")]).await;
    let home = reader.get("/").await.expect(200);
    for page in [&page, &bought, &home] {
        assert!(page.text.contains("Often bought together"), "{}", page.path);
        assert!(page.text.contains("Because you looked at Sini cup"), "{}", page.path);
        assert!(page.links().contains(&"/products/gabi".to_owned()), "{}", page.path);
    }
}

#[tokio::test]
async fn nobody_is_told_of_a_look_that_was_not_agreed_to() {
    let adviser = Adviser::start(Vec::new()).await;
    let shop = adviser.serve(Builder::new()).start().await;
    let mut reader = Reader::at(&shop);
    let page = reader.get("/products/sini-cup").await.expect(200);
    reader
        .submit_and_follow(&page, "/products/sini-cup", &[("sku", "SINI-W"), ("quantity", "1")])
        .await
        .expect(200);
    reader.get("/products/gabi").await.expect(200);
    assert_eq!(adviser.heard(), Vec::<Value>::new(), "nothing was asked yet");

    let asking = reader.get("/products/netela?variant=NETELA").await.expect(200);
    let answers =
        asking.all("button").into_iter().filter(|button| button.attribute("name") == Some("choice"));
    let answers = answers.map(|button| button.attribute("class").map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0], answers[1], "to refuse is as easy as to agree");
    let back = |page: &Page| {
        let fields = page.all("input").into_iter();
        let mut fields = fields.filter(|input| input.attribute("name") == Some("back"));
        fields.next().and_then(|input| input.attribute("value").map(str::to_owned)).expect("a way back")
    };
    let here = back(&asking);
    assert_eq!(here, "/products/netela?variant=NETELA");
    let refused = [("choice", "necessary"), ("back", here.as_str())];
    let again = reader.submit_and_follow(&asking, "/privacy", &refused).await.expect(200);
    assert_eq!(again.path, here);
    assert!(!again.text.contains("May we remember"), "whoever has answered is left in peace");
    assert_eq!(adviser.heard(), Vec::<Value>::new());

    let privacy = reader.get("/privacy").await.expect(200);
    reader
        .submit_and_follow(&privacy, "/privacy", &[("choice", "suggestions"), ("back", "/")])
        .await
        .expect(200);
    reader.get("/products/gabi").await.expect(200);
    let cart = reader.cookie("cart").expect("a basket").to_owned();
    assert_eq!(adviser.heard(), [json!({ "view": "gabi", "cart": cart })]);

    let privacy = reader.get("/privacy").await.expect(200);
    reader
        .submit_and_follow(&privacy, "/privacy", &[("choice", "necessary"), ("back", "/")])
        .await
        .expect(200);
    reader.get("/products/gabi").await.expect(200);
    assert_eq!(adviser.heard().last(), Some(&json!({ "forgotten": cart })), "no also means: forget it");
    assert_eq!(adviser.heard().len(), 2);
}

#[tokio::test]
async fn a_choice_leads_nowhere_else_and_only_from_the_shops_own_page() {
    let shop = Shop::start().await;
    let mut reader = Reader::at(&shop);
    let page = reader.get("/").await.expect(200);
    for back in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        let answer =
            reader.submit(&page, "/privacy", &[("choice", "necessary"), ("back", back)]).await.expect(303);
        assert_eq!(answer.header("location"), "/privacy?done=chosen", "{back}");
    }
    reader.submit(&page, "/privacy", &[("choice", "everything")]).await.expect(422);
    let nowhere = Page { text: String::new(), ..page };
    reader.submit(&nowhere, "/privacy", &[("choice", "suggestions")]).await.expect(403);
    assert_eq!(reader.cookie("consent"), Some("necessary"));
}

#[tokio::test]
async fn every_cookie_that_is_set_is_told_of_with_its_life() {
    let shop = Shop::start().await;
    let mut reader = Reader::at(&shop);
    let page = reader.get("/products/sini-cup").await.expect(200);
    assert!(reader.set_cookies.iter().all(|cookie| cookie.starts_with("sid=")), "{:?}", reader.set_cookies);
    reader
        .submit_and_follow(&page, "/products/sini-cup", &[("sku", "SINI-W"), ("quantity", "1")])
        .await
        .expect(200);
    let privacy = reader.get("/privacy").await.expect(200);
    reader
        .submit_and_follow(&privacy, "/privacy", &[("choice", "suggestions"), ("back", "/")])
        .await
        .expect(200);
    let till = reader.get("/checkout").await.expect(200);
    reader.submit(&till, "/checkout/delivery", &[("email", "hanna@merkato.example")]).await;
    let cells = privacy.elements();
    assert!(reader.set_cookies.len() > 3, "{:?}", reader.set_cookies);
    for cookie in &reader.set_cookies {
        let name = cookie.split_once('=').expect("a pair").0;
        let seconds =
            cookie.split("Max-Age=").nth(1).and_then(|rest| rest.split(';').next()).expect("a life");
        let seconds = seconds.parse::<u32>().expect("a number");
        let row = cells.iter().position(|cell| cell.name == "code" && cell.text == name);
        let row = row.unwrap_or_else(|| panic!("{name} is not told of"));
        let life = cells[row..].iter().filter(|cell| cell.name == "td").nth(1).expect("a life");
        let told = if seconds < 86_400 {
            format!("{} minutes", seconds / 60)
        } else {
            format!("{} days", seconds / 86_400)
        };
        assert_eq!(life.text, told, "{cookie}");
        assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    }
}

#[tokio::test]
async fn a_page_stays_when_a_part_of_it_cannot_be_had() {
    let builder = Builder::new().variable("recommendations_url", NOBODY).variable("reviews_url", NOBODY);
    let shop = builder.start().await;
    let mut reader = Reader::at(&shop);
    let page = reader.get("/products/sini-cup").await.expect(200);
    assert!(page.text.contains("Put into the basket") && !page.text.contains("What shoppers say"));
    reader
        .submit_and_follow(&page, "/products/sini-cup", &[("sku", "SINI-W"), ("quantity", "1")])
        .await
        .expect(200);
    let privacy = reader.get("/privacy").await.expect(200);
    reader
        .submit_and_follow(&privacy, "/privacy", &[("choice", "suggestions"), ("back", "/")])
        .await
        .expect(200);
    reader.get("/products/gabi").await.expect(200);
    let kept =
        reader.submit_and_follow(&privacy, "/privacy", &[("choice", "necessary"), ("back", "/")]).await;
    assert!(kept.text.contains("What was noted before is still there"), "{}", kept.text);
    let again = [("choice", "necessary"), ("back", kept.path.as_str())];
    let again = reader.submit_and_follow(&kept, "/privacy", &again).await;
    assert!(again.text.contains("What was noted before is still there"), "asking again tries again");
    assert_eq!(reader.cookie("consent"), Some("necessary"));
}

#[tokio::test]
async fn a_shop_without_its_catalog_says_so_and_shows_a_way_on() {
    let shop = Builder::new().variable("catalog_url", NOBODY).variable("search_url", NOBODY).start().await;
    let mut reader = Reader::at(&shop);
    for path in ["/", "/products/sini-cup", "/categories/cups", "/search?q=cup", "/sitemap.xml"] {
        let page = reader.get(path).await.expect(503);
        assert_eq!(page.header("retry-after"), "5", "{path}");
        assert!(
            page.links().contains(&"/".to_owned()) && page.links().contains(&"/cart".to_owned()),
            "{path}"
        );
        assert!(
            page.all("header").len() == 1 && page.all("form").len() >= 2,
            "{path} has its header and its box"
        );
    }
    for path in ["/no/such/page", "/products/%00", "/about", "/privacy", "/cart"] {
        let page = reader.get(path).await;
        assert!([200, 404].contains(&page.status.as_u16()), "{path}: {}", page.status);
        assert!(page.links().contains(&"/".to_owned()), "{path}");
    }
}
