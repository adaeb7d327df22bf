//! Made-up data for the pages.

use merkato_commerce::{
    ids::ProductId,
    money::{Currency, Money},
    order::{PaymentState, State},
    totals::Totals,
};
use merkato_contract::{
    cart::{Cart, Delivery, ShippingMethod},
    catalog::{Category, Image, Product, Rating, Variant},
    order::{Addresses, HistoryEntry, Order, OrderLine, Payment, Shipment},
    recommendation::{Origin, Reason, Recommendation},
    review::{ProductReviews, RatingSummary},
    search::{CategoryFacet, Facets, PriceFacet, SearchResults},
    time::Rfc3339,
};
use merkato_storefront::{
    consent::Consent,
    views::{checkout::Filled, layout::Frame},
};
use serde_json::{from_value, json};
use uuid::Uuid;

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

/// Header and footer with nine stalls and a few pieces in the basket.
pub fn frame() -> Frame {
    let categories = [
        ("coffee", "Coffee", "From the forests it comes from, roasted in small rounds."),
        ("spices", "Spices", "Ground this week, and hot enough to be honest."),
        ("ceramics", "Ceramics", "Fired in the open, no two alike."),
        ("textiles", "Textiles", "Cotton and wool from upright looms."),
        ("baskets", "Baskets", "Coiled by hand, for bread and for show."),
        ("leather", "Leather", "Cut thick and stitched twice."),
        ("jewellery", "Jewellery", "Silver, brass and amber."),
        ("kitchen", "Kitchen", "Pots that outlive their owners."),
        ("paper", "Paper", "For letters that are worth a stamp."),
    ];
    let category = |(slug, title, description): (&str, &str, &str)| Category {
        slug: slug.parse().expect("a slug"),
        title: title.to_owned(),
        description: description.to_owned(),
        parent: None,
        product_count: 12,
    };
    Frame {
        categories: categories.into_iter().map(category).collect(),
        pieces_in_cart: Some(5),
        sign_in: Some("/account/sign-in".to_owned()),
        csrf: "csrf".to_owned(),
        consent: Some(Consent::Necessary),
        ..Frame::default()
    }
}

fn variant(sku: &str, title: &str, price: i64, before: Option<i64>, available: Option<i64>) -> Variant {
    Variant {
        sku: sku.parse().expect("a sku"),
        title: title.to_owned(),
        options: [("Size".to_owned(), title.to_owned())].into(),
        price: usd(price),
        compare_at_price: before.map(usd),
        available,
    }
}

fn product(slug: &str, title: &str, variants: Vec<Variant>) -> Product {
    Product {
        id: ProductId(Uuid::nil()),
        slug: slug.parse().expect("a slug"),
        title: title.to_owned(),
        description: "Washed slowly, dried on raised beds and turned by hand every hour. It smells of jasmine before \
                      you have opened the bag, and tastes of bergamot and ripe lemon after.\n\nGround to order? Not \
                      here: a whole bean keeps its word longer. Store it dry and dark, and drink it within two months."
            .to_owned(),
        category: "coffee".parse().expect("a slug"),
        images: vec![Image { url: format!("/images/products/{slug}.svg"), alt: title.to_owned() }],
        variants,
        attributes: [("Altitude".to_owned(), "1,900 to 2,100 m".to_owned()), ("Process".to_owned(), "Washed".to_owned())]
            .into(),
        rating: Rating { average: 4.6, count: 38 },
    }
}

/// A dozen products, with every kind of price and stock.
pub fn products() -> Vec<Product> {
    let sizes = vec![
        variant("COF-YIR-250", "250 g", 1_450, None, Some(40)),
        variant("COF-YIR-500", "500 g", 2_600, Some(2_900), Some(3)),
        variant("COF-YIR-1000", "1 kg", 4_800, None, Some(0)),
    ];
    let one = |sku, price, before, available| vec![variant(sku, "One size", price, before, available)];
    let mut products = vec![
        product("yirgacheffe-washed", "Yirgacheffe, washed", sizes),
        product("awash-mug", "Awash mug", one("MUG-1", 2_200, None, Some(3))),
        product("berbere", "Berbere", one("SPI-1", 900, None, Some(90))),
        product("agelgil-lunch-basket", "Agelgil lunch basket", one("BAS-1", 7_800, Some(9_200), Some(12))),
        product("amber-resin-strand", "Strand of amber resin", one("JEW-1", 12_400, None, Some(0))),
        product("block-print-wrapping-paper", "Wrapping paper, block print", one("PAP-1", 650, None, None)),
        product("brass-bangle-trio", "Three brass bangles", one("JEW-2", 3_900, None, Some(7))),
        product("chefs-knife", "Cook’s knife", one("KIT-1", 8_900, None, Some(7))),
        product("dorze-cushion", "Dorze cushion", one("TEX-1", 4_400, None, Some(1))),
        product("enamel-kettle", "Enamel kettle", one("KIT-2", 5_200, None, Some(22))),
        product("card-wallet", "Card wallet", one("LEA-1", 3_400, None, Some(22))),
        product("clay-mitad-griddle", "Clay griddle", one("CER-1", 6_100, None, Some(22))),
    ];
    let more = ["coffee-cherry-tea", "cotton-tea-towels", "berbere"];
    let more = more.map(|slug| Image { url: format!("/images/products/{slug}.svg"), alt: slug.to_owned() });
    products[0].images.extend(more);
    products
}

/// Four products, for as many reasons as there are.
pub fn recommended() -> Vec<Recommendation> {
    let origin = || Origin { slug: "berbere".parse().expect("a slug"), title: "Berbere".to_owned() };
    let reasons = [
        Reason::BoughtTogether { product: origin() },
        Reason::BecauseYouViewed { product: origin() },
        Reason::Popular,
        Reason::SameCategory { category: "coffee".parse().expect("a slug") },
    ];
    let others = products().into_iter().skip(3);
    others.zip(reasons).map(|(product, reason)| Recommendation { product, reason }).collect()
}

/// Reviews with everything that one can have.
pub fn reviews() -> ProductReviews {
    let review = |rating: u8, title: &str, verified: bool, helpful: u64, answer: Option<&str>| {
        json!({
            "id": Uuid::nil(), "rating": rating, "title": title, "verified_purchase": verified, "helpful": helpful,
            "body": "It came two days early, wrapped in yesterday’s paper.\n\nThe whole kitchen smelled of it, and then the \
                     neighbours came.",
            "answer": answer.map(|text| json!({ "text": text, "at": "2026-11-21T05:14:00Z" })),
            "created_at": "2026-11-20T05:14:00Z",
        })
    };
    from_value(json!({
        "rating": RatingSummary::of([1, 0, 2, 9, 26]),
        "items": [
            review(5, "As if the roaster lived next door", true, 12, None),
            review(2, "Good, but late", false, 1, Some("We are sorry: the carrier was on strike. The next one is on us.")),
        ],
        "next": "more",
    }))
    .expect("reviews")
}

/// What a search found.
pub fn results() -> SearchResults {
    let facet = |slug: &str, title: &str, parent: Option<&str>, count| CategoryFacet {
        slug: slug.parse().expect("a slug"),
        title: title.to_owned(),
        parent: parent.map(|parent| parent.parse().expect("a slug")),
        count,
    };
    let range =
        |from, below: Option<i64>, count| PriceFacet { from: usd(from), below: below.map(usd), count };
    SearchResults {
        items: products(),
        total: 38,
        more: false,
        facets: Facets {
            category: vec![
                facet("coffee", "Coffee", None, 14),
                facet("roasted", "Roasted", Some("coffee"), 9),
                facet("ceramics", "Ceramics", None, 12),
                facet("kitchen", "Kitchen", None, 12),
            ],
            price: vec![range(0, Some(1_000), 3), range(1_000, Some(2_500), 12), range(20_000, None, 23)],
        },
        did_you_mean: Some("black coffee".to_owned()),
        next: Some("48".to_owned()),
    }
}

/// What a search found that found nothing.
pub fn no_results() -> SearchResults {
    SearchResults {
        items: Vec::new(),
        total: 0,
        facets: Facets::default(),
        did_you_mean: None,
        next: None,
        ..results()
    }
}

/// More variants than radio buttons are good for.
pub fn product_with_many_variants() -> Product {
    let variants = (1..=14).map(|number| {
        variant(
            &format!("BAN-{number}"),
            &format!("Size {number}"),
            3_000 + number * 50,
            None,
            Some(number - 2),
        )
    });
    product("brass-bangle-trio", "Three brass bangles", variants.collect())
}

/// Nothing left, no picture, and a title that tries to be markup.
pub fn product_sold_out() -> Product {
    let variants = vec![variant("X-1", "One size", 1_000, None, Some(0))];
    let mut product = product(
        "x",
        "<script>alert(1)</script> & a title much longer than any sane trader would give",
        variants,
    );
    product.images.clear();
    product
}

/// A basket with three lines, one of them short, and two promotions.
pub fn cart() -> Cart {
    from_value(json!({
        "id": Uuid::nil(), "version": 7,
        "lines": [
            {"sku": "COF-YIR-500", "title": "Yirgacheffe, washed – 500 g", "unit_price": usd(2_600), "quantity": 2, "total": usd(5_200), "available": 3},
            {"sku": "MUG-1", "title": "Awash mug", "unit_price": usd(2_200), "quantity": 2, "total": usd(4_400), "available": 1},
            {"sku": "SPI-1", "title": "Berbere", "unit_price": usd(900), "quantity": 1, "total": usd(900), "available": 90},
        ],
        "promotions": [
            {"code": "WELCOME10", "title": "Ten percent for new faces", "amount": usd(1_050)},
            {"code": "FREESHIP", "title": "Free shipping", "amount": usd(0)},
        ],
        "delivery": delivery(),
        "subtotal": usd(10_500), "discount": usd(1_050), "shipping": usd(0), "tax": usd(1_418), "total": usd(10_868),
    }))
    .expect("a cart")
}

fn delivery() -> Delivery {
    from_value(json!({
        "address": {"name": "Hanna Tesfaye", "line1": "Bole Road 12", "line2": "Third floor", "city": "Addis Ababa",
                    "postal_code": "1000", "country": "ET"},
        "shipping_method": "standard",
    }))
    .expect("a delivery")
}

/// What the demo shop offers.
pub fn shipping_methods() -> Vec<ShippingMethod> {
    let method = |code: &str, title: &str, price, days| ShippingMethod {
        code: code.to_owned(),
        title: title.to_owned(),
        price: usd(price),
        days,
    };
    vec![
        method("standard", "Standard", 690, [3, 5]),
        method("express", "Express", 1_490, [1, 2]),
        method("pickup", "Pick up at the market", 0, [0, 0]),
    ]
}

/// A form that somebody has filled in.
pub fn filled() -> Filled {
    Filled {
        email: "hanna@merkato.example".to_owned(),
        name: "Hanna Tesfaye".to_owned(),
        line1: "Bole Road 12".to_owned(),
        line2: "Third floor".to_owned(),
        city: "Addis Ababa".to_owned(),
        region: String::new(),
        postal_code: "1000".to_owned(),
        country: "ET".to_owned(),
        shipping_method: "express".to_owned(),
        payment_token: "tok_challenge".to_owned(),
    }
}

/// An order in `state`.
pub fn order(state: State, payment: PaymentState) -> Order {
    let cart = cart();
    let address = delivery().address;
    let step = |at: i64, state, note: &str| HistoryEntry {
        at: Rfc3339(merkato_commerce::time::Timestamp(1_795_238_040_000 + at)),
        state,
        note: note.to_owned(),
    };
    let mut history = vec![step(0, State::PendingPayment, "The order was placed.")];
    if state == State::Shipped {
        history.push(step(2_000, State::Confirmed, "The payment was approved."));
    }
    if state != State::PendingPayment {
        history.push(step(86_000_000, state, "The shop noted it down."));
    }
    Order {
        id: "0197f2f0-0000-7000-8000-000000000000".parse().expect("an id"),
        number: "M-1042".to_owned(),
        version: 3,
        state,
        user_id: None,
        email: "hanna@merkato.example".to_owned(),
        lines: cart
            .lines
            .iter()
            .map(|line| OrderLine {
                sku: line.sku.clone(),
                title: line.title.clone(),
                unit_price: line.unit_price,
                quantity: line.quantity,
                total: line.total,
                returned: 0,
                refunded: 0,
            })
            .collect(),
        promotions: cart.promotions.clone(),
        totals: Totals {
            subtotal: cart.subtotal,
            discount: cart.discount,
            shipping: cart.shipping,
            tax: cart.tax,
            total: cart.total,
        },
        addresses: Addresses { shipping: address.clone(), billing: address },
        shipping_method: "standard".to_owned(),
        payment: Payment {
            state: payment,
            method: "card".to_owned(),
            redirect_url: Some("/payments/challenges/1".to_owned()),
        },
        shipments: if state == State::Shipped {
            vec![Shipment {
                carrier: "Ethiopian Post".to_owned(),
                tracking_number: "RR123456789ET".to_owned(),
            }]
        } else {
            Vec::new()
        },
        history,
        placed_at: Rfc3339(merkato_commerce::time::Timestamp(1_795_238_040_000)),
        access_token: None,
    }
}
