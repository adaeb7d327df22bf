//! Renders every page with made-up data into a folder, with the assets beside them, so that they can be looked at:
//!
//! ```text
//! cargo run -p merkato-backoffice --example backoffice-pages -- target/pages
//! python3 -m http.server --bind 127.0.0.1 --directory target/pages 8000
//! ```

#![expect(clippy::unnecessary_wraps, reason = "views are given what services answer, which may be a problem")]

mod fixtures;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use fixtures as made_up;
use maud::html;
use merkato_backoffice::views::{
    audit, confirm, dashboard,
    events::{self, EventsPage},
    field::Complaints,
    layout::Section,
    mailbox,
    message::Message,
    order::{self, OrderPage, Typed},
    orders::{self, Filters},
    people, problem,
    product::{self, Filled, ProductPage},
    products::{self, ProductsPage},
    promotions::{self, PromotionPage},
    reviews, second_factor, sheet, sign_in,
    stock::{self, LedgerPage},
    stuck,
};
use merkato_contract::{
    List,
    problem::{Code, Problem},
    staff::stock::StockMovement,
    token::Role,
};

type Pages = Vec<(&'static str, String)>;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/pages".to_owned()));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let assets = folder.join("backoffice/assets");
    fs::create_dir_all(&assets)?;
    for name in ["backoffice.css", "mark.svg"] {
        fs::copy(here.join("assets").join(name), assets.join(name))?;
    }
    let all = [at_the_door(), at_the_till(), of_products(), of_people(), behind_the_counter()]
        .into_iter()
        .flatten();
    for (name, html) in all {
        println!("{name}: {} bytes", html.len());
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}

fn gone<T>() -> Result<T, Problem> {
    let detail = "A part of the shop does not answer at the moment. Please try again.";
    Err(Problem::new(Code::Unavailable, detail))
}

const fn none<T>() -> Result<List<T>, Problem> {
    Ok(List { items: Vec::new(), next: None })
}

fn many<T>(items: Vec<T>) -> Result<List<T>, Problem> {
    Ok(List { items, next: Some("more".to_owned()) })
}

fn at_the_door() -> Pages {
    let refused = Message::bad("You are not signed in", "The e-mail address or the password is not right.");
    let wrong = Message::bad("This code does not hold", "Please wait for the next code.");
    vec![
        ("sign-in", sign_in::password("csrf", "", None)),
        ("sign-in-refused", sign_in::password("csrf", "selam@merkato.example", Some(&refused))),
        ("sign-in-code", sign_in::code("csrf", None)),
        ("second-factor", second_factor::enrol("csrf", &made_up::factor(), None)),
        ("second-factor-refused", second_factor::enrol("csrf", &made_up::factor(), Some(&wrong))),
        ("recovery-codes", second_factor::recovery_codes(&made_up::recovery_codes())),
        (
            "forbidden",
            problem::problem(
                None,
                &Problem::new(Code::Forbidden, "These pages are for the staff of the shop."),
            ),
        ),
    ]
}

fn at_the_till() -> Pages {
    let frame = made_up::frame(Role::Staff);
    let filters = Filters { state: "confirmed".to_owned(), ..Filters::default() };
    let key = "0197f2f0-0000-7000-8000-000000000000";
    let (payment, unread) = (made_up::payment(), gone());
    let sent = Message::good("It is with the carrier");
    let shown = |state: &str, payment_state: &str| {
        let order = made_up::order(state, payment_state);
        let mut complaints = Complaints::default();
        if state == "delivered" {
            complaints.add("amount", "must be an amount, such as 12.50");
        }
        let page = OrderPage {
            order: &order,
            payment: if state == "shipped" { &unread } else { &payment },
            message: (state == "shipped").then_some(&sent),
            complaints,
            typed: Typed { amount: "five".to_owned(), ..Typed::default() },
            key,
        };
        order::order(&frame, &page)
    };
    let question = confirm::Confirm {
        title: "Give money back for order M-1042?",
        text: html! {
            p { "$5.00 of $156.28 go back to " strong { "hanna@merkato.example" } ", by the way that it was paid." }
            p { "It cannot be taken back." }
        },
        action: "/",
        fields: &[],
        button: "Give it back",
        back: "/",
        section: Section::Orders,
        key,
    };
    vec![
        ("index", dashboard::dashboard(&frame, 30, &Ok(made_up::dashboard()), &made_up::reviews())),
        ("dashboard-empty", dashboard::dashboard(&frame, 7, &Ok(made_up::empty_dashboard()), &none())),
        ("dashboard-down", dashboard::dashboard(&frame, 30, &gone(), &gone())),
        ("orders", orders::orders(&frame, &filters, false, &many(made_up::orders()))),
        ("orders-empty", orders::orders(&frame, &Filters::default(), true, &none())),
        ("orders-down", orders::orders(&frame, &Filters::default(), true, &gone())),
        ("order-confirmed", shown("confirmed", "authorized")),
        ("order-shipped", shown("shipped", "capturing")),
        ("order-delivered", shown("delivered", "captured")),
        ("order-capture-failed", shown("confirmed", "capture_failed")),
        ("confirm", confirm::confirm(&frame, &question)),
        ("stuck", stuck::stuck(&frame, true, &many(made_up::stuck_orders()))),
        ("stuck-empty", stuck::stuck(&frame, true, &none())),
    ]
}

fn of_products() -> Pages {
    let frame = made_up::frame(Role::Staff);
    let categories = Ok(made_up::categories());
    let list = |products| ProductsPage {
        state: "",
        category: "",
        is_first: true,
        message: None,
        categories: &categories,
        products,
    };
    let draft = made_up::product().draft;
    let filled = Filled::of(&draft);
    let theirs = Filled { title: "Sini cup, hand-painted".to_owned(), ..filled.clone() };
    let mut complaints = Complaints::default();
    complaints.add("slug", "must be 1 to 128 small letters, digits and hyphens");
    complaints.add("variants[0].price", "must be an amount, such as 12.50");
    complaints.add("variants", "must be 1 to 100");
    let wrong = Message::bad("Nothing was saved", "Please look at the marked fields.");
    let page = |filled, message, complaints, theirs| ProductPage {
        slug: Some("sini-cup"),
        version: 3,
        filled,
        categories: &categories,
        message,
        complaints,
        theirs,
    };
    let untouched = Filled::blank();
    let blank = ProductPage { slug: None, version: 0, ..page(&untouched, None, Complaints::default(), None) };
    let outcome = made_up::outcome();
    let stopped = Message::bad("It came no further", "The time is over. Import the sheet once more.");
    vec![
        ("products", products::products(&frame, &list(&many(made_up::products())))),
        ("products-empty", products::products(&frame, &list(&none()))),
        ("product", product::product(&frame, &page(&filled, None, Complaints::default(), None))),
        ("product-refused", product::product(&frame, &page(&filled, Some(&wrong), complaints, None))),
        (
            "product-conflict",
            product::product(&frame, &page(&filled, None, Complaints::default(), Some(&theirs))),
        ),
        ("product-new", product::product(&frame, &blank)),
        ("sheet", sheet::sheet(&frame, None, None)),
        ("sheet-report", sheet::sheet(&frame, Some(&stopped), Some(&outcome))),
        ("stock", stock::stock(&frame, ("", "5"), true, None, &many(made_up::stock()))),
        ("stock-empty", stock::stock(&frame, ("", ""), true, None, &none())),
        ("ledger", stock::ledger(&frame, &ledger_page(&many(made_up::movements())))),
    ]
}

fn ledger_page(movements: &Result<List<StockMovement>, Problem>) -> LedgerPage<'_> {
    let mut complaints = Complaints::default();
    complaints.add("pieces", "must be at least one");
    let typed =
        stock::Typed { pieces: "0".to_owned(), way: "out".to_owned(), note: "Broken on the way".to_owned() };
    LedgerPage { sku: "SINI-B", is_first: true, message: None, complaints, typed, key: "key", movements }
}

fn of_people() -> Pages {
    let (staff, admin) = (made_up::frame(Role::Staff), made_up::frame(Role::Admin));
    let found = Ok(vec![made_up::user(), made_up::user_with_long_name()]);
    let orders = many(made_up::orders());
    let message = made_up::letter();
    let mut kept = made_up::letter();
    (kept.text, kept.html) = (None, None);
    vec![
        ("customers", people::find(&staff, "", None, None)),
        ("customers-found", people::find(&staff, "hanna@merkato.example", None, Some(&found))),
        ("customers-nobody", people::find(&staff, "nobody@merkato.example", None, Some(&Ok(Vec::new())))),
        ("customer", people::person(&admin, &made_up::user(), None, &orders)),
        ("customer-long", people::person(&admin, &made_up::user_with_long_name(), None, &gone())),
        ("reviews", reviews::reviews(&staff, "pending", true, None, &made_up::reviews())),
        ("reviews-empty", reviews::reviews(&staff, "all", true, None, &none())),
        ("mailbox", mailbox::mailbox(&staff, ("", ""), true, &many(made_up::messages()))),
        ("mailbox-down", mailbox::mailbox(&staff, ("failed", "x"), true, &gone())),
        ("message", mailbox::opened(&staff, &message)),
        ("message-kept-back", mailbox::opened(&staff, &kept)),
    ]
}

fn behind_the_counter() -> Pages {
    let frame = made_up::frame(Role::Staff);
    let shown =
        |outbox, letters| EventsPage { subscriber: "", is_first: true, message: None, outbox, letters };
    let promotion = made_up::promotions().remove(2);
    let filled = promotions::Filled::of(&promotion);
    let page = PromotionPage {
        code: Some("3FOR2"),
        version: 2,
        state: Some(promotion.state),
        filled: &filled,
        message: None,
        complaints: Complaints::default(),
    };
    vec![
        ("promotions", promotions::promotions(&frame, true, None, &many(made_up::promotions()))),
        ("promotion", promotions::promotion(&frame, &page)),
        ("events", events::events(&frame, &shown(&Ok(made_up::outbox()), &many(made_up::dead_letters())))),
        ("events-quiet", events::events(&frame, &shown(&gone(), &none()))),
        ("audit", audit::audit(&frame, ("", ""), true, &many(made_up::actions()))),
        ("audit-empty", audit::audit(&frame, ("", "order/x"), true, &none())),
        ("not-found", problem::problem(Some(&frame), &Problem::not_found("page"))),
    ]
}
