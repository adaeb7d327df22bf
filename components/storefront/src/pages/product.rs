//! A product, and putting a piece of it into the basket.

use futures::join;
use http::Method;
use merkato_commerce::{
    quantity::Quantity,
    text::{Sku, Slug},
};
use merkato_contract::{
    cart::Cart,
    problem::{Code, Problem},
};
use merkato_edge::Response;

use crate::{
    consent::Consent,
    sign_in,
    views::{
        message::Message,
        product::{ProductPage, product},
        review::PARAMETER_AFTER,
    },
    visit::{Visit, page},
};

/// Products at the foot of the page: one row.
const RECOMMENDED: u32 = 4;
/// Reviews on a page: about as much as anybody reads before they decide.
const REVIEWS: u32 = 5;
/// How often a piece is added anew when another tab changed the cart meanwhile.
const ADDING_MAX: u32 = 3;

/// What the shopper has chosen, and what became of it.
struct Choice {
    sku: Option<String>,
    quantity: u32,
    message: Option<Message>,
}

/// Why nothing was added.
struct Refused {
    /// Pieces that were in the cart before.
    already: u32,
    problem: Problem,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { already: 0, problem }
    }
}

/// Shows a product.
pub async fn show(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let message = visit.request.query_value("done").and_then(|done| notice(&done));
    let choice = Choice { sku: visit.request.query_value("variant"), quantity: 1, message };
    show_with(visit, slug, 200, choice).await
}

/// What is said after something worked. The address only names it, so that nobody can put words into our mouth.
fn notice(done: &str) -> Option<Message> {
    Some(match done {
        "wished" => Message::good("It is on your wishlist"),
        "waiting" => Message::good("We write to you when it is back"),
        "reviewed" => Message::good("Thank you. Your review is shown once we have read it"),
        _ => return None,
    })
}

/// The variant that a form of the product's page names, and the page that one comes back to.
fn chosen_in(visit: &Visit<'_>, slug: &str) -> Result<(Sku, Slug, String), Problem> {
    let form = visit.form()?;
    let slug = slug.parse::<Slug>().map_err(|_| Problem::not_found("product"))?;
    let sku = form.get("sku").map(|text| text.trim()).unwrap_or_default();
    let sku =
        sku.parse::<Sku>().map_err(|_| Problem::new(Code::Invalid, "Please choose one of the variants."))?;
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("variant", sku.as_str()).finish();
    let page = format!("/products/{slug}?{query}");
    Ok((sku, slug, page))
}

/// Goes back to `page` with a word about what was done; a guest comes back there after signing in, and asks again.
fn back(outcome: Result<(), Problem>, page: &str, done: &str) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Response::see_other(&format!("{page}&done={done}")),
        Err(problem) if problem.code == Code::Unauthenticated => Response::see_other(&sign_in::address(page)),
        Err(problem) => Err(problem),
    }
}

/// Puts a variant on the wishlist.
pub async fn add_wish(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let (sku, _, page) = chosen_in(visit, slug)?;
    back(visit.shop.add_wish(&sku).await, &page, "wished")
}

/// Has somebody told when a variant that is sold out is back.
pub async fn wait_for(visit: &Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let (sku, slug, page) = chosen_in(visit, slug)?;
    back(visit.shop.wait_for(&sku, &slug).await, &page, "waiting")
}

/// Puts one piece into the basket, beside those that are there.
pub async fn add_one(visit: &mut Visit<'_>, sku: &Sku) -> Result<(), Problem> {
    let one = Quantity::new(1)?;
    let cart = add(visit, sku, one).await.map_err(|refused| refused.problem)?;
    visit.session.keep_cart(cart.cart_token.as_deref());
    Ok(())
}

async fn show_with(visit: &Visit<'_>, slug: &str, status: u16, choice: Choice) -> Result<Response, Problem> {
    let slug = slug.parse::<Slug>().map_err(|_| Problem::not_found("product"))?;
    let reviews_after = visit.request.query_value(PARAMETER_AFTER).filter(|after| !after.is_empty());
    let (frame, shown, reviews, recommended, ()) = join!(
        visit.frame(),
        visit.shop.product(&slug),
        visit.shop.reviews(&slug, reviews_after.as_deref(), REVIEWS),
        visit.shop.recommended_with(&slug, RECOMMENDED),
        tell_view(visit, &slug),
    );
    let shown = shown?;
    let html = product(
        &frame,
        &ProductPage {
            category: frame.categories.iter().find(|category| category.slug == shown.category),
            recommended: &recommended,
            reviews: reviews.as_ref(),
            is_first_of_reviews: reviews_after.is_none(),
            chosen: choice.sku.as_deref(),
            quantity: choice.quantity,
            message: choice.message.as_ref(),
            ..ProductPage::new(&shown)
        },
    );
    Ok(page(status, html))
}

/// Tells of the look at a product, if the shopper agreed to that and is known by a basket or an account.
async fn tell_view(visit: &Visit<'_>, slug: &Slug) {
    let is_look = visit.request.method == Method::GET && visit.consent == Some(Consent::Suggestions);
    let cart = visit.session.cart();
    if is_look && visit.shop.may_have_cart(cart) {
        visit.shop.tell_view(cart, slug).await;
    }
}

/// Puts pieces of a variant into the basket.
pub async fn add_to_cart(visit: &mut Visit<'_>, slug: &str) -> Result<Response, Problem> {
    let form = visit.form()?;
    let text = |name: &str| form.get(name).map(|text| text.trim()).unwrap_or_default();
    let sku = text("sku").to_owned();
    let asked = text("quantity").parse::<i64>().unwrap_or_default();
    let refusal = match (sku.parse::<Sku>(), Quantity::new(asked)) {
        (Ok(sku), Ok(quantity)) => match add(visit, &sku, quantity).await {
            Ok(cart) => {
                visit.session.keep_cart(cart.cart_token.as_deref());
                return Response::see_other("/cart?done=added");
            }
            Err(refused) => refused,
        },
        (Err(_), _) => Problem::new(Code::Invalid, "Please choose one of the variants.").into(),
        (_, Err(invalid)) => Problem::new(Code::Invalid, format!("The quantity {}.", invalid.message)).into(),
    };
    let status = refusal.problem.status;
    let message = refusal_message(refusal)?;
    let quantity = u32::try_from(asked.clamp(1, i64::from(Quantity::MAX))).unwrap_or(1);
    show_with(visit, slug, status, Choice { sku: Some(sku), quantity, message: Some(message) }).await
}

/// The cart with `quantity` pieces more of `sku`. Naming the version keeps a piece that another tab adds at the same
/// moment from being lost.
async fn add(visit: &Visit<'_>, sku: &Sku, quantity: Quantity) -> Result<Cart, Refused> {
    let token = visit.session.cart();
    let pieces = i64::from(quantity.get());
    if !visit.shop.may_have_cart(token) {
        return Ok(visit.shop.set_line(None, sku, pieces, None).await?);
    }
    let mut tries = 1;
    loop {
        let cart = visit.shop.cart(token).await?;
        let already = cart.lines.iter().find(|line| line.sku == *sku).map_or(0, |line| line.quantity);
        match visit.shop.set_line(token, sku, pieces + i64::from(already), Some(cart.version)).await {
            Err(problem) if problem.code == Code::CartChanged && tries < ADDING_MAX => tries += 1,
            Err(problem) => return Err(Refused { already, problem }),
            Ok(cart) => return Ok(cart),
        }
    }
}

/// What the shopper is told; problems that the product's page cannot explain are passed on.
fn refusal_message(refused: Refused) -> Result<Message, Problem> {
    let Refused { already, problem } = refused;
    let text = match already {
        0 => String::new(),
        1 => "You have one of them in your basket already.".to_owned(),
        already => format!("You have {already} of them in your basket already."),
    };
    match problem.code {
        Code::StockTooLow => Ok(match problem.available {
            Some(available @ 1..) => Message::bad(format!("Only {available} left"), text),
            _ => Message::bad("Sold out meanwhile", text),
        }),
        Code::Invalid | Code::CartChanged => Ok(Message::bad("It is not in your basket yet", problem.detail)),
        Code::NotFound => Ok(Message::bad("This cannot be bought at the moment", "")),
        _ => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_is_left_and_what_is_in_the_basket() {
        let problem = Problem { available: Some(3), ..Problem::new(Code::StockTooLow, "x") };
        let message = refusal_message(Refused { already: 2, problem }).expect("a message");
        assert_eq!(message.title, "Only 3 left");
        assert_eq!(message.text, "You have 2 of them in your basket already.");
        let problem = Problem { available: Some(0), ..Problem::new(Code::StockTooLow, "x") };
        assert_eq!(refusal_message(problem.into()).expect("a message").title, "Sold out meanwhile");
        assert!(refusal_message(Problem::new(Code::Unavailable, "x").into()).is_err());
    }
}
