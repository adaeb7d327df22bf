//! Promotions: codes that take something off.

use maud::{Markup, html};
use merkato_commerce::{
    money::{Currency, Money},
    promotion::Rule,
};
use merkato_contract::{
    List,
    problem::Problem,
    staff::promotion::{Promotion, PromotionState},
};

use super::{
    badge::{Tone, badge},
    field::{self, Complaints, Text, choice},
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    product::VERSION_FIELD,
    table::{Column, pages, table},
};
use crate::figures::{amount, count, field_moment, moment};

/// Kinds of rules by name, and what they are called.
pub const KINDS: [(&str, &str); 4] = [
    ("percentage", "So many percent off"),
    ("fixed", "A fixed amount off"),
    ("buy_x_get_y", "Buy some, get some"),
    ("free_shipping", "Free shipping"),
];

/// A promotion as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// What the shopper types.
    pub code: String,
    /// What the shopper reads.
    pub title: String,
    /// Name of the rule's kind.
    pub kind: String,
    /// Percent off.
    pub percent: String,
    /// Minor units off.
    pub amount: String,
    /// Pieces that are paid for.
    pub buy: String,
    /// Pieces that come with them.
    pub get: String,
    /// Of which skus, one a line.
    pub skus: String,
    /// Minor units that the goods must come to.
    pub minimum_subtotal: String,
    /// From when it holds.
    pub starts_at: String,
    /// Until when.
    pub ends_at: String,
}

impl Filled {
    /// The form of a new promotion.
    pub fn blank() -> Self {
        Self { kind: KINDS[0].0.to_owned(), minimum_subtotal: "0".to_owned(), ..Self::default() }
    }

    /// The form of a promotion that is there.
    pub fn of(promotion: &Promotion) -> Self {
        let mut filled = Self {
            code: promotion.code.to_string(),
            title: promotion.title.clone(),
            minimum_subtotal: promotion.minimum_subtotal.to_string(),
            starts_at: promotion.starts_at.map(field_moment).unwrap_or_default(),
            ends_at: promotion.ends_at.map(field_moment).unwrap_or_default(),
            ..Self::blank()
        };
        let kind = match &promotion.rule {
            Rule::Percentage { basis_points } => {
                filled.percent = percent(i64::from(*basis_points));
                0
            }
            Rule::Fixed { amount } => {
                filled.amount = amount.to_string();
                1
            }
            Rule::BuyXGetY { buy, get, skus } => {
                (filled.buy, filled.get) = (buy.to_string(), get.to_string());
                filled.skus = skus.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
                2
            }
            Rule::FreeShipping => 3,
        };
        KINDS[kind].0.clone_into(&mut filled.kind);
        filled
    }
}

/// Hundredths of a percent as a percentage: two digits, as those of the dollar.
fn percent(basis_points: i64) -> String {
    amount(Money::new(basis_points, Currency::USD))
}

/// The list.
pub fn promotions(
    frame: &Frame,
    is_first: bool,
    message: Option<&Message>,
    promotions: &Result<List<Promotion>, Problem>,
) -> String {
    let main = html! {
        (message::live(message))
        (message::part("The list", promotions, |list| html! {
            @if list.items.is_empty() {
                (message::empty("No promotion yet."))
            } @else {
                (table("Promotions", COLUMNS, &list.items.iter().map(row).collect::<Vec<_>>()))
            }
            (pages(Section::Promotions.path(), &[], is_first, list.next.as_deref()))
        }))
    };
    let actions = html! { a.button href="/backoffice/new-promotion" { "New promotion" } };
    document(frame, &Page { title: "Promotions", section: Section::Promotions, actions, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("Code"),
    Column::Words("Title"),
    Column::Words("State"),
    Column::Words("What it does"),
    Column::Words("From"),
    Column::Words("Until"),
];

fn row(promotion: &Promotion) -> Markup {
    html! {
        tr {
            td { a.strong href={ "/backoffice/promotions/" (promotion.code) } { (promotion.code) } }
            td.long { (promotion.title) }
            td { (state(promotion.state)) }
            td.long {
                (rule_words(&promotion.rule))
                @if promotion.minimum_subtotal > 0 {
                    br; span.soft { "from " (count(promotion.minimum_subtotal.unsigned_abs())) " minor units" }
                }
            }
            td.nowrap { @match promotion.starts_at { Some(at) => { (moment(at)) } None => { "–" } } }
            td.nowrap { @match promotion.ends_at { Some(at) => { (moment(at)) } None => { "–" } } }
        }
    }
}

fn state(state: PromotionState) -> Markup {
    match state {
        PromotionState::Planned => badge(Tone::Waiting, "Planned"),
        PromotionState::Active => badge(Tone::Good, "Active"),
        PromotionState::Ended => badge(Tone::Over, "Ended"),
    }
}

fn rule_words(rule: &Rule) -> String {
    match rule {
        Rule::Percentage { basis_points } => format!("{} % off", percent(i64::from(*basis_points))),
        Rule::Fixed { amount } => format!("{} minor units off", count(amount.unsigned_abs())),
        Rule::BuyXGetY { buy, get, skus } => format!("buy {buy}, get {get} of {} skus", skus.len()),
        Rule::FreeShipping => "free shipping".to_owned(),
    }
}

/// The page of a promotion.
pub struct PromotionPage<'a> {
    /// Its code as it is kept; none for a new one.
    pub code: Option<&'a str>,
    /// The version that an edit is made against; 0 for a new one.
    pub version: i64,
    /// Whether it holds; none for a new one.
    pub state: Option<PromotionState>,
    /// What stands in the form.
    pub filled: &'a Filled,
    /// What happened just now.
    pub message: Option<&'a Message>,
    /// What is wrong with what was sent.
    pub complaints: Complaints,
}

/// The page.
pub fn promotion(frame: &Frame, page: &PromotionPage) -> String {
    let (filled, complaints) = (page.filled, &page.complaints);
    let action = page.code.map_or_else(
        || "/backoffice/new-promotion".to_owned(),
        |code| format!("/backoffice/promotions/{code}"),
    );
    let main = html! {
        (message::live(page.message))
        form.panel method="post" action=(action) {
            (field::csrf(&frame.csrf))
            (field::hidden(VERSION_FIELD, &page.version.to_string()))
            div.fields {
                @if page.code.is_none() {
                    (Text::new("code", "Code", &filled.code).hint("What shoppers type.").required().render(complaints))
                }
                (Text::new("title", "Title", &filled.title).hint("What shoppers read.").required().render(complaints))
                (choice("kind", "What it does", &KINDS, &filled.kind, complaints))
                (Text::new("minimum_subtotal", "Goods must come to (minor units)", &filled.minimum_subtotal)
                    .hint("0 for any basket.").render(complaints))
                (Text::new("starts_at", "From (UTC)", &filled.starts_at).kind("datetime-local")
                    .hint("Empty: since ever.").render(complaints))
                (Text::new("ends_at", "Until (UTC)", &filled.ends_at).kind("datetime-local")
                    .hint("Empty: for ever.").render(complaints))
            }
            fieldset {
                legend { "Only what belongs to the kind above counts" }
                div.fields {
                    (Text::new("percent", "Percent off", &filled.percent).render(complaints))
                    (Text::new("amount", "Amount off (minor units)", &filled.amount).render(complaints))
                    (Text::new("buy", "Pieces to buy", &filled.buy).render(complaints))
                    (Text::new("get", "Pieces to get", &filled.get).render(complaints))
                    (Text::new("skus", "Of these skus", &filled.skus).hint("One a line.").render_area(4, complaints))
                }
            }
            div.actions {
                button.button type="submit" { @if page.code.is_some() { "Save" } @else { "Create" } }
                a.button.quiet href=(Section::Promotions.path()) { "Back without saving" }
            }
        }
        @if let (Some(_), Some(PromotionState::Planned | PromotionState::Active)) = (page.code, page.state) {
            section.panel aria-labelledby="end" {
                h2 id="end" { "End it now" }
                form method="post" action={ (action) "/end" } {
                    (field::csrf(&frame.csrf))
                    p { "Orders keep what they had; carts no longer get it." }
                    div.actions { button.button.quiet type="submit" { "End it …" } }
                }
            }
        }
    };
    let title = page.code.unwrap_or("New promotion");
    let actions = html! { @if let Some(state) = page.state { (self::state(state)) } };
    document(frame, &Page { title, section: Section::Promotions, actions, main })
}
