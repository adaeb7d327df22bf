//! The basket.

use futures::join;
use merkato_commerce::{
    quantity::Quantity,
    text::{PromotionCode, Sku},
};
use merkato_contract::{
    cart::{Reordered, Unavailable},
    problem::{Code, Problem},
};
use merkato_edge::Response;

use crate::{
    views::{
        self,
        cart::{CartPage, PROMOTION_FIELD, line_field},
        field::{self, Complaints},
        message::{Message, Tone},
    },
    visit::{Visit, page},
};

/// Products below the basket: one row.
const RECOMMENDED: u32 = 4;

/// What is wrong with what the shopper just did.
#[derive(Default)]
struct Refused<'a> {
    complaints: Complaints,
    typed_code: &'a str,
}

/// Shows the basket.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let message = visit.request.query_value("done").and_then(|done| notice(&done));
    show_with(visit, 200, message.as_ref(), Refused::default()).await
}

/// What is said after something worked. The address only names it, so that nobody can put words into our mouth.
fn notice(done: &str) -> Option<Message> {
    Some(match done {
        "added" => Message::good("It is in your basket"),
        "updated" => Message::good("Your basket is up to date"),
        "removed" => Message::good("It is out of your basket"),
        "later" => Message::good("It is kept for later"),
        "forgotten" => Message::good("It is forgotten"),
        "promotion" => Message::good("The promotion is applied"),
        "reordered" => Message::good("What you ordered is in your basket once more"),
        _ => return None,
    })
}

/// Shows the basket after an order was put into it of which some is not to be had as it was.
pub async fn show_reordered(visit: &Visit<'_>, reordered: &Reordered) -> Result<Response, Problem> {
    let missing = reordered.unavailable.iter().map(|line| format!("{}: {}", line.title, why(line.reason)));
    let text = missing.collect::<Vec<_>>().join(" ");
    let message = Message { tone: Tone::Plain, title: "Not all of it can be had as it was".to_owned(), text };
    show_with(visit, 200, Some(&message), Refused::default()).await
}

const fn why(reason: Unavailable) -> &'static str {
    match reason {
        Unavailable::NotSold => "it is no longer sold.",
        Unavailable::SoldOut => "it is sold out.",
        Unavailable::FewerLeft => "there were fewer left than you had.",
        Unavailable::CartFull => "your basket is full.",
    }
}

async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    message: Option<&Message>,
    refused: Refused<'_>,
) -> Result<Response, Problem> {
    let token = visit.session.cart();
    let recommended = visit.shop.recommended_to(token, RECOMMENDED);
    let (categories, cart, recommended) = if visit.shop.may_have_cart(token) {
        let (categories, cart, recommended) =
            join!(visit.shop.categories(), visit.shop.cart(token), recommended);
        (categories, Some(cart?), recommended)
    } else {
        let (categories, recommended) = join!(visit.shop.categories(), recommended);
        (categories, None, recommended)
    };
    let frame = views::layout::Frame {
        categories: categories.unwrap_or_default(),
        pieces_in_cart: cart.as_ref().map(views::cart::pieces),
        ..visit.bare_frame()
    };
    let shown = CartPage {
        cart: cart.as_ref(),
        recommended: &recommended,
        message,
        complaints: refused.complaints,
        typed_code: refused.typed_code,
    };
    Ok(page(status, views::cart::cart(&frame, &shown)))
}

/// Changes the quantity of a line; 0 removes it.
pub async fn set_line(visit: &mut Visit<'_>, sku: &str) -> Result<Response, Problem> {
    let form = visit.form()?;
    let sku = sku.parse::<Sku>().map_err(|_| Problem::not_found("line"))?;
    let typed = form.get("quantity").map(|text| text.trim()).unwrap_or_default();
    let quantity = match typed.parse::<i64>() {
        Ok(quantity) if (0..=i64::from(Quantity::MAX)).contains(&quantity) => quantity,
        _ => {
            let text = format!("The quantity must be a number between 0 and {}.", Quantity::MAX);
            return refuse(visit, 422, &line_field(&sku), &text, "").await;
        }
    };
    match visit.shop.set_line(visit.session.cart(), &sku, quantity, None).await {
        Ok(cart) => {
            visit.session.keep_cart(cart.cart_token.as_deref());
            Response::see_other(if quantity == 0 { "/cart?done=removed" } else { "/cart?done=updated" })
        }
        Err(problem) => {
            let text = match (problem.code, problem.available) {
                (Code::StockTooLow, Some(available @ 1..)) => format!("Only {available} left."),
                (Code::StockTooLow, _) => "Sold out meanwhile.".to_owned(),
                (Code::Invalid | Code::CartChanged | Code::NotFound, _) => problem.detail.clone(),
                _ => return Err(problem),
            };
            refuse(visit, problem.status, &line_field(&sku), &text, "").await
        }
    }
}

/// Puts a line aside for later.
pub async fn save_line(visit: &mut Visit<'_>, sku: &str) -> Result<Response, Problem> {
    visit.form()?;
    let sku = sku.parse::<Sku>().map_err(|_| Problem::not_found("line"))?;
    match visit.shop.save_line(visit.session.cart(), &sku).await {
        Ok(cart) => {
            visit.session.keep_cart(cart.cart_token.as_deref());
            Response::see_other("/cart?done=later")
        }
        // It is no longer in the basket: another tab was faster.
        Err(problem) if problem.code == Code::NotFound => Response::see_other("/cart"),
        Err(problem) => Err(problem),
    }
}

/// Forgets a line that was put aside.
pub async fn forget_saved_line(visit: &mut Visit<'_>, sku: &str) -> Result<Response, Problem> {
    visit.form()?;
    let sku = sku.parse::<Sku>().map_err(|_| Problem::not_found("line"))?;
    match visit.shop.forget_saved_line(visit.session.cart(), &sku).await {
        Err(problem) if problem.code != Code::NotFound => Err(problem),
        _ => Response::see_other("/cart?done=forgotten"),
    }
}

/// Adds a promotion.
pub async fn add_promotion(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let typed = form.get(PROMOTION_FIELD).map(|text| text.trim()).unwrap_or_default();
    if let Err(invalid) = typed.parse::<PromotionCode>() {
        let text = field::sentence("The code", &invalid.message);
        return refuse(visit, 422, PROMOTION_FIELD, &text, typed).await;
    }
    match visit.shop.add_promotion(visit.session.cart(), typed.to_owned()).await {
        Ok(cart) => {
            visit.session.keep_cart(cart.cart_token.as_deref());
            Response::see_other("/cart?done=promotion")
        }
        Err(problem) if matches!(problem.code, Code::Invalid | Code::NotFound | Code::CartChanged) => {
            let text = match problem.errors.first() {
                Some(error) => field::sentence("The code", &error.message),
                None => problem.detail.clone(),
            };
            refuse(visit, problem.status, PROMOTION_FIELD, &text, typed).await
        }
        Err(problem) => Err(problem),
    }
}

/// Takes a promotion out.
pub async fn remove_promotion(visit: &mut Visit<'_>, code: &str) -> Result<Response, Problem> {
    visit.form()?;
    let code = code.parse::<PromotionCode>().map_err(|_| Problem::not_found("promotion"))?;
    let cart = visit.shop.remove_promotion(visit.session.cart(), &code).await?;
    visit.session.keep_cart(cart.cart_token.as_deref());
    Response::see_other("/cart?done=updated")
}

async fn refuse(
    visit: &Visit<'_>,
    status: u16,
    field: &str,
    text: &str,
    typed_code: &str,
) -> Result<Response, Problem> {
    let mut complaints = Complaints::default();
    complaints.add(field, text);
    show_with(visit, status, None, Refused { complaints, typed_code }).await
}
