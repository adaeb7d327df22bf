//! Promotions.

use maud::html;
use merkato_commerce::{
    Invalid,
    money::Currency,
    promotion::Rule,
    text::{PromotionCode, Sku},
};
use merkato_contract::{
    problem::{Code, Problem},
    staff::promotion::PromotionDraft,
    time::Rfc3339,
};
use merkato_edge::Response;

use crate::{
    figures::{parse_amount, parse_moment},
    form::Form,
    shop::Versioned,
    views::{
        self,
        confirm::Confirm,
        field::{CONFIRMED_FIELD, Complaints},
        layout::Section,
        message::Message,
        product::VERSION_FIELD,
        promotions::{Filled, PromotionPage},
    },
    visit::{Visit, page},
};

/// What is said after something was done.
const DONE: &[(&str, &str)] = &[("saved", "The promotion is saved"), ("ended", "The promotion has ended")];

/// Shows a page of the list.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    let after = visit.query("after");
    let promotions = visit.shop.promotions(&after).await;
    let message = visit.done(DONE);
    let html = views::promotions::promotions(&visit.frame(), after.is_empty(), message.as_ref(), &promotions);
    Ok(page(200, html))
}

/// Shows the form of a new promotion.
pub fn blank(visit: &Visit<'_>) -> Response {
    form_page(visit, 200, &Filled::blank(), None, Complaints::default())
}

fn form_page(
    visit: &Visit<'_>,
    status: u16,
    filled: &Filled,
    message: Option<&Message>,
    complaints: Complaints,
) -> Response {
    let shown = PromotionPage { code: None, version: 0, state: None, filled, message, complaints };
    page(status, views::promotions::promotion(&visit.frame(), &shown))
}

/// Makes a promotion, unless there is one of that code.
pub async fn create(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form().await?;
    let filled = filled_in(&form, form.text("code"));
    let made = match filled.code.parse::<PromotionCode>() {
        Ok(code) => put(visit, &code, &filled, 0).await,
        Err(invalid) => Err(Invalid::new("code", invalid.message).into()),
    };
    match made {
        Ok(()) => Response::see_other("/backoffice/promotions?done=saved"),
        Err(problem) => {
            let (message, complaints) = (said(&problem), Complaints::of_problem(&problem));
            Ok(form_page(visit, problem.status, &filled, Some(&message), complaints))
        }
    }
}

/// Shows a promotion.
pub async fn show(visit: &Visit<'_>, code: &str) -> Result<Response, Problem> {
    let known = visit.shop.promotion(&known_code(code)?).await?;
    let message = visit.done(DONE);
    show_with(visit, 200, &known.code, known.version, &Filled::of(&known), message, Complaints::default())
        .await
}

async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    code: &PromotionCode,
    version: i64,
    filled: &Filled,
    message: Option<Message>,
    complaints: Complaints,
) -> Result<Response, Problem> {
    let state = visit.shop.promotion(code).await.ok().map(|known| known.state);
    let message = message.as_ref();
    let shown = PromotionPage { code: Some(code.as_str()), version, state, filled, message, complaints };
    Ok(page(status, views::promotions::promotion(&visit.frame(), &shown)))
}

/// Saves a promotion, unless somebody else has changed it since it was shown.
pub async fn update(visit: &Visit<'_>, code: &str) -> Result<Response, Problem> {
    let (code, form) = (known_code(code)?, visit.form().await?);
    let version = form.number(VERSION_FIELD)?;
    let filled = filled_in(&form, code.as_str());
    match put(visit, &code, &filled, version).await {
        Ok(()) => Response::see_other(&format!("{}/{code}?done=saved", Section::Promotions.path())),
        Err(problem) => {
            let mut version = version;
            if problem.code == Code::Conflict {
                version = visit.shop.promotion(&code).await?.version;
            }
            let (message, complaints) = (Some(said(&problem)), Complaints::of_problem(&problem));
            show_with(visit, problem.status, &code, version, &filled, message, complaints).await
        }
    }
}

fn said(problem: &Problem) -> Message {
    match problem.code {
        Code::Conflict => Message::bad(
            "Somebody else has made or changed it meanwhile",
            "Nothing was saved. The form holds what you typed; save it again, and yours takes the place of theirs.",
        ),
        _ => Message::refused(problem),
    }
}

async fn put(visit: &Visit<'_>, code: &PromotionCode, filled: &Filled, version: i64) -> Result<(), Problem> {
    let draft = draft_of(filled).map_err(Problem::invalid)?;
    visit.shop.put_promotion(code, &Versioned { it: draft, version }).await.map(drop)
}

/// Ends a promotion, once that was confirmed.
pub async fn end(visit: &Visit<'_>, code: &str) -> Result<Response, Problem> {
    let (code, form) = (known_code(code)?, visit.form().await?);
    let back = format!("{}/{code}", Section::Promotions.path());
    if form.text(CONFIRMED_FIELD).is_empty() {
        let confirm = Confirm {
            title: "End the promotion?",
            text: html! { p { strong { (code) } " takes nothing off from now on. Orders keep what they had." } },
            action: &format!("{back}/end"),
            fields: &form.fields().collect::<Vec<_>>(),
            button: "End it",
            back: &back,
            section: Section::Promotions,
            key: &visit.fresh_key(),
        };
        return Ok(page(200, views::confirm::confirm(&visit.frame(), &confirm)));
    }
    visit.shop.end_promotion(&code).await?;
    Response::see_other(&format!("{back}?done=ended"))
}

fn filled_in(form: &Form, code: &str) -> Filled {
    let text = |name: &str| form.text(name).to_owned();
    Filled {
        code: code.to_owned(),
        title: text("title"),
        kind: text("kind"),
        percent: text("percent"),
        amount: text("amount"),
        buy: text("buy"),
        get: text("get"),
        skus: form.lines("skus"),
        minimum_subtotal: text("minimum_subtotal"),
        starts_at: text("starts_at"),
        ends_at: text("ends_at"),
    }
}

/// What was typed as the coordinator takes it, or everything in it that cannot be read. What can be read and is wrong
/// all the same, the coordinator says.
fn draft_of(filled: &Filled) -> Result<PromotionDraft, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let mut read = |result: Result<Option<Rfc3339>, Invalid>| {
        result.unwrap_or_else(|invalid| {
            wrong.push(invalid);
            None
        })
    };
    let starts_at = read(moment("starts_at", &filled.starts_at));
    let ends_at = read(moment("ends_at", &filled.ends_at));
    let rule = rule_of(filled).map_err(|invalid| wrong.push(invalid));
    let minimum = number("minimum_subtotal", &filled.minimum_subtotal).map_err(|invalid| wrong.push(invalid));
    match (rule, minimum) {
        (Ok(rule), Ok(minimum_subtotal)) if wrong.is_empty() => {
            Ok(PromotionDraft { title: filled.title.clone(), rule, minimum_subtotal, starts_at, ends_at })
        }
        _ => Err(wrong),
    }
}

fn rule_of(filled: &Filled) -> Result<Rule, Invalid> {
    match filled.kind.as_str() {
        "percentage" => {
            // Two digits behind the point, as a dollar has.
            let points =
                parse_amount(&filled.percent, Currency::USD).and_then(|typed| typed.amount.try_into().ok());
            let points = points.filter(|points| (1..=10_000).contains(points));
            let message = "must be a percentage between 0.01 and 100";
            Ok(Rule::Percentage { basis_points: points.ok_or_else(|| Invalid::new("percent", message))? })
        }
        "fixed" => Ok(Rule::Fixed { amount: number("amount", &filled.amount)? }),
        "buy_x_get_y" => {
            let skus = filled.skus.split_whitespace().map(str::parse::<Sku>).collect::<Result<Vec<_>, _>>();
            Ok(Rule::BuyXGetY {
                buy: number("buy", &filled.buy)?,
                get: number("get", &filled.get)?,
                skus: skus.map_err(|invalid| Invalid::new("skus", invalid.message))?,
            })
        }
        "free_shipping" => Ok(Rule::FreeShipping),
        _ => Err(Invalid::new("kind", "must be chosen from the list")),
    }
}

fn number<T: std::str::FromStr>(field: &str, typed: &str) -> Result<T, Invalid> {
    typed.replace(',', "").parse().map_err(|_| Invalid::new(field, "must be a whole number"))
}

fn moment(field: &str, typed: &str) -> Result<Option<Rfc3339>, Invalid> {
    if typed.is_empty() {
        return Ok(None);
    }
    parse_moment(typed).map(Some).ok_or_else(|| Invalid::new(field, "must be a day and a time"))
}

fn known_code(code: &str) -> Result<PromotionCode, Problem> {
    code.parse().map_err(|_| Problem::not_found("promotion"))
}

#[cfg(test)]
mod tests {
    use merkato_contract::staff::promotion::{Promotion, PromotionState};

    use super::*;

    #[test]
    fn a_promotion_that_is_shown_and_saved_is_the_same_promotion() {
        let rules = [
            Rule::Percentage { basis_points: 1_250 },
            Rule::Fixed { amount: 500 },
            Rule::BuyXGetY {
                buy: 2,
                get: 1,
                skus: vec!["A-1".parse().expect("a sku"), "B".parse().expect("a sku")],
            },
            Rule::FreeShipping,
        ];
        for rule in rules {
            let promotion = Promotion {
                code: "WELCOME10".parse().expect("a code"),
                title: "Welcome".to_owned(),
                rule: rule.clone(),
                minimum_subtotal: 4_000,
                starts_at: parse_moment("2026-11-21T05:14"),
                ends_at: None,
                version: 3,
                state: PromotionState::Active,
            };
            let draft = draft_of(&Filled::of(&promotion)).expect("a draft");
            assert_eq!((draft.rule, draft.minimum_subtotal), (rule, 4_000));
            assert_eq!((draft.starts_at, draft.ends_at), (promotion.starts_at, None));
        }
    }

    #[test]
    fn everything_that_cannot_be_read_is_named() {
        let filled = Filled {
            percent: "lots".to_owned(),
            minimum_subtotal: "some".to_owned(),
            ends_at: "soon".to_owned(),
            ..Filled::blank()
        };
        let fields = draft_of(&filled).expect_err("complaints").into_iter().map(|invalid| invalid.field);
        assert_eq!(fields.collect::<Vec<_>>(), ["ends_at", "percent", "minimum_subtotal"]);
    }
}
