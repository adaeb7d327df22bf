//! Renders every page with made-up data into a folder, with the assets beside them, so that they can be looked at:
//!
//! ```text
//! cargo run -p merkato-storefront --example pages -- target/pages
//! python3 -m http.server --bind 127.0.0.1 --directory target/pages 8000
//! ```

mod account;
mod fixtures;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use fixtures as shop;
use merkato_commerce::order::{PaymentState, State};
use merkato_contract::{
    List,
    problem::{Code, Problem},
};
use merkato_storefront::{
    assets,
    views::{
        about, cart, category, checkout, field::Complaints, home, layout, message::Message, offline, order,
        privacy, problem, product, search,
    },
};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/pages".to_owned()));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&here.join("assets"), &folder.join("assets"))?;
    copy(&here.join("../../demo/images"), &folder.join("images"))?;
    for (name, html) in pages(&folder) {
        println!("{name}: {} bytes", html.len());
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn pages(folder: &Path) -> Vec<(&'static str, String)> {
    let frame = shop::frame();
    let nobody = layout::Frame::default();
    let mut pages = browse_pages(folder, &frame);
    pages.extend(cart_pages(&frame));
    pages.extend(checkout_pages(&frame));
    pages.extend(order_pages(&frame));
    pages.extend(account::doors(&frame));
    // Somebody who is signed in.
    let signed_in = layout::Frame { sign_in: None, ..frame.clone() };
    pages.extend(account::inside(&signed_in));
    pages.extend(search_pages(&frame));
    pages.push(("about", about::about(&frame)));
    let chosen = Message::good("Your choice is kept");
    pages.push(("privacy", privacy::privacy(&frame, Some(&chosen))));
    pages.push(("offline", offline::offline()));
    pages.push(("problems", problem::index(&frame)));
    pages.push(("problem", problem::help(&frame, Code::PaymentDeclined)));
    pages.push(("not-found", problem::problem(&frame, &Problem::not_found("page"))));
    pages.push(("unavailable", problem::problem(&nobody, &Problem::new(Code::Unavailable, ""))));
    let forged =
        "The form came without its proof. Please go back, load the page again, and send it once more.";
    pages.push(("forbidden", problem::problem(&frame, &Problem::new(Code::Forbidden, forged))));
    pages
}

fn browse_pages(folder: &Path, frame: &layout::Frame) -> Vec<(&'static str, String)> {
    let (products, recommended, reviews) = (shop::products(), shop::recommended(), shop::reviews());
    let tiles =
        frame.categories.iter().map(|category| home::tile(category, |path| assets::exists(folder, path)));
    let front = home::Home {
        hero: assets::exists(folder, home::HERO_PICTURE).then(|| home::HERO_PICTURE.to_owned()),
        tiles: tiles.collect(),
        recommended: &recommended,
        products: &[],
    };
    let bare = home::Home { hero: None, tiles: Vec::new(), recommended: &[], products: &[] };
    let asking = layout::Frame { consent: None, ..frame.clone() };
    let list = List { items: products.clone(), next: Some("more".to_owned()) };
    let nothing = List { items: Vec::new(), next: None };
    let here = &frame.categories[0];

    let mut chosen = product::ProductPage::new(&products[0]);
    chosen.category = Some(here);
    chosen.recommended = &recommended;
    chosen.reviews = Some(&reviews);
    let mut refused = product::ProductPage::new(&products[1]);
    let too_few = Message::bad("Only 3 left", "You have 2 of them in your basket already.");
    refused.message = Some(&too_few);
    let many = shop::product_with_many_variants();
    let sold_out = shop::product_sold_out();
    vec![
        ("index", home::home(&asking, &front)),
        ("home-bare", home::home(&layout::Frame::default(), &bare)),
        ("category", category::category(frame, here, &list, None)),
        ("category-empty", category::category(frame, here, &nothing, None)),
        ("category-end", category::category(frame, here, &nothing, Some("end"))),
        ("product", product::product(frame, &chosen)),
        ("product-refused", product::product(frame, &refused)),
        ("product-many", product::product(frame, &product::ProductPage::new(&many))),
        ("product-sold-out", product::product(frame, &product::ProductPage::new(&sold_out))),
    ]
}

fn search_pages(frame: &layout::Frame) -> Vec<(&'static str, String)> {
    let (found, nothing, popular) = (shop::results(), shop::no_results(), shop::products());
    let asked = search::Asked { text: "coffe".to_owned(), ..search::Asked::default() };
    let narrowed = search::Asked {
        category: Some(frame.categories[0].slug.clone()),
        min_price: Some(found.facets.price[1].from),
        in_stock: true,
        ..asked.clone()
    };
    let mut complaints = Complaints::default();
    complaints.add("max_price", "must be an amount, such as 25");
    let none = Complaints::default();
    let page = |asked, results, complaints| search::SearchPage {
        asked,
        category: None,
        results,
        place: 0,
        popular: &[],
        complaints,
    };
    let further = search::SearchPage {
        place: 24,
        category: frame.categories.first(),
        ..page(&narrowed, &found, &complaints)
    };
    let empty = search::SearchPage { popular: &popular[..4], ..page(&asked, &nothing, &none) };
    vec![
        ("search", search::search(frame, &page(&asked, &found, &none))),
        ("search-narrowed", search::search(frame, &further)),
        ("search-nothing", search::search(frame, &empty)),
        ("search-nothing-narrowed", search::search(frame, &page(&narrowed, &nothing, &none))),
    ]
}

fn cart_pages(frame: &layout::Frame) -> Vec<(&'static str, String)> {
    let full = shop::cart();
    let added = Message::good("It is in your basket");
    let recommended = shop::recommended();
    let page = cart::CartPage {
        cart: Some(&full),
        recommended: &recommended,
        message: Some(&added),
        ..Default::default()
    };
    let mut complaints = Complaints::default();
    complaints.add(cart::PROMOTION_FIELD, "There is no promotion of that code.");
    let refused =
        cart::CartPage { cart: Some(&full), complaints, typed_code: "WELCOME99", ..Default::default() };
    vec![
        ("cart", cart::cart(frame, &page)),
        ("cart-refused", cart::cart(frame, &refused)),
        ("cart-empty", cart::cart(frame, &cart::CartPage::default())),
    ]
}

fn checkout_pages(frame: &layout::Frame) -> Vec<(&'static str, String)> {
    let (mut fresh, known) = (shop::cart(), shop::cart());
    fresh.delivery = None;
    let methods = shop::shipping_methods();
    let untouched = checkout::Filled::default();
    let filled = shop::filled();
    let mut complaints = Complaints::default();
    complaints.add("email", "must be an e-mail address, such as name@example.com");
    complaints.add("shipping_address.postal_code", "must not be empty");
    complaints
        .add("shipping_address.country", "must be an ISO 3166-1 code of two capital letters, such as ET");
    let wrong = Message::bad("Some fields are not right", "Please look at the marked fields.");
    let page = |cart, filled, complaints, message| checkout::CheckoutPage {
        cart,
        shipping_methods: &methods,
        saved_addresses: &[],
        filled,
        complaints,
        message,
        idempotency_key: "0197f2f0-0000-7000-8000-000000000000",
    };
    vec![
        ("checkout", checkout::checkout(frame, &page(&fresh, &untouched, Complaints::default(), None))),
        ("checkout-filled", checkout::checkout(frame, &page(&known, &filled, Complaints::default(), None))),
        ("checkout-refused", checkout::checkout(frame, &page(&known, &filled, complaints, Some(&wrong)))),
    ]
}

fn order_pages(frame: &layout::Frame) -> Vec<(&'static str, String)> {
    let states = [
        ("order-waiting", State::PendingPayment, PaymentState::Authorizing),
        ("order-challenged", State::PendingPayment, PaymentState::Challenged),
        ("order-failed", State::PaymentFailed, PaymentState::Declined),
        ("order-confirmed", State::Confirmed, PaymentState::Authorized),
        ("order-shipped", State::Shipped, PaymentState::Captured),
        ("order-delivered", State::Delivered, PaymentState::Captured),
        ("order-expired", State::Expired, PaymentState::Voided),
    ];
    let page = |(name, state, payment)| {
        let order = shop::order(state, payment);
        let products = if state == State::Delivered { shop::products() } else { Vec::new() };
        let page = order::OrderPage {
            order: &order,
            products: &products,
            message: None,
            complaints: Complaints::default(),
        };
        (name, order::order(frame, &page))
    };
    states.into_iter().map(page).collect()
}
