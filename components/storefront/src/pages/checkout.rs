//! The till: where it goes, how it is paid, and placing the order.

use std::collections::BTreeMap;

use futures::join;
use merkato_commerce::address::Address;
use merkato_contract::{
    cart::{Cart, Delivery},
    order::{Order, PaymentRequest, PlaceOrder},
    problem::{Code, Problem},
};
use merkato_edge::Response;

use super::order;
use crate::{
    price::price,
    session::{Draft, Token},
    views::{
        self,
        checkout::{
            ADDRESS_PREFIX, CheckoutPage, FIELD_EMAIL, FIELD_EXPECTED_TOTAL, FIELD_IDEMPOTENCY_KEY,
            FIELD_SAVED_ADDRESS, FIELD_SHIPPING_METHOD, Filled, parse_total,
        },
        field::Complaints,
        message::Message,
        payment::{FIELD_TOKEN, METHOD},
    },
    visit::{Visit, private_page},
};

/// Longest text that is taken over from a field: none of the till's own is longer.
const FIELD_CHARACTERS_MAX: usize = 300;

/// What the shopper is told about what was just sent.
#[derive(Default)]
struct Reply {
    message: Option<Message>,
    complaints: Complaints,
}

/// Shows the till, or the basket if there is nothing in it.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let cart = visit.shop.cart(visit.session.cart()).await?;
    let draft = visit.session.draft();
    let email = match draft.email.as_str() {
        // Whoever has an account need not type its address; a guest is asked nobody about.
        "" => visit.shop.profile().await.map(|user| user.email).unwrap_or_default(),
        typed => typed.to_owned(),
    };
    let filled = Filled {
        email,
        payment_token: draft.payment_token.clone(),
        ..cart.delivery.as_ref().map(filled_from).unwrap_or_default()
    };
    show_with(visit, 200, &cart, &filled, Reply::default()).await
}

async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    cart: &Cart,
    filled: &Filled,
    reply: Reply,
) -> Result<Response, Problem> {
    if cart.lines.is_empty() {
        return Response::see_other("/cart");
    }
    let (frame, shipping_methods, saved_addresses) = join!(
        visit.frame_with(cart),
        visit.shop.shipping_methods(visit.session.cart()),
        visit.shop.addresses(),
    );
    let idempotency_key = visit.context.ids().next().to_string();
    let shown = CheckoutPage {
        cart,
        shipping_methods: &shipping_methods.unwrap_or_default(),
        // A guest has none, and nobody is asked; whoever has some can type one all the same.
        saved_addresses: &saved_addresses.unwrap_or_default(),
        filled,
        complaints: reply.complaints,
        message: reply.message.as_ref(),
        idempotency_key: &idempotency_key,
    };
    Ok(private_page(status, views::checkout::checkout(&frame, &shown)))
}

/// Says where the parcel goes, so that the sums can be shown: to the address that was typed, or to one that the
/// account keeps.
pub async fn set_delivery(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let mut filled = filled_in(&form);
    if let Some(id) = form.get(FIELD_SAVED_ADDRESS) {
        let id = id.parse().map_err(|_| Problem::not_found("address"))?;
        let address = visit.shop.address(id).await?.into();
        filled = Filled {
            email: filled.email,
            payment_token: filled.payment_token,
            ..filled_from(&Delivery { address, shipping_method: filled.shipping_method })
        };
    }
    visit.session.keep_draft(&draft_of(&filled));
    let delivery = delivery_of(&filled);
    match visit.shop.set_delivery(visit.session.cart(), &delivery).await {
        Ok(_) => Response::see_other("/checkout"),
        Err(problem) if problem.code == Code::Invalid => {
            let cart = visit.shop.cart(visit.session.cart()).await?;
            show_with(visit, problem.status, &cart, &filled, wrong_fields(&problem, &filled)).await
        }
        Err(problem) => Err(problem),
    }
}

/// Places the order.
pub async fn place_order(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let filled = filled_in(&form);
    visit.session.keep_draft(&draft_of(&filled));
    let Some(key) = form.get(FIELD_IDEMPOTENCY_KEY).filter(|key| !key.is_empty()) else {
        return Err(Problem::new(Code::IdempotencyKeyRequired, "Please go back and load the page again."));
    };
    let wanted = order_of(&filled, &form);
    match visit.shop.place_order(visit.session.cart(), key, &wanted).await {
        Ok(placed) => go_to_order(visit, &placed),
        Err(problem) => refuse(visit, problem, &filled, &form).await,
    }
}

fn go_to_order(visit: &mut Visit<'_>, placed: &Order) -> Result<Response, Problem> {
    if let Some(token) = placed.access_token.as_deref().and_then(Token::parse) {
        visit.session.keep_order(placed.id, token);
    }
    visit.session.forget_draft();
    Response::see_other(&order::address(placed.id))
}

/// What happens when the till does not take the order as it is.
async fn refuse(
    visit: &mut Visit<'_>,
    mut problem: Problem,
    filled: &Filled,
    form: &BTreeMap<String, String>,
) -> Result<Response, Problem> {
    // A declined order is an order: its own page offers another card.
    if let (Code::PaymentDeclined, Some(declined)) = (problem.code, problem.order.take()) {
        return go_to_order(visit, &declined);
    }
    let reply = match problem.code {
        Code::Invalid => wrong_fields(&problem, filled),
        Code::PriceChanged => return show_new_total(visit, filled).await,
        Code::StockTooLow => {
            let text = format!("{} Please change it in your basket. Nothing was ordered.", problem.detail);
            Reply { message: Some(Message::bad("Not enough left", text)), ..Reply::default() }
        }
        Code::CartChanged | Code::IdempotencyKeyReused => {
            let text = "Please look at the sums once more. Nothing was ordered.";
            Reply { message: Some(Message::bad("Your basket has changed", text)), ..Reply::default() }
        }
        Code::CartEmpty => return Response::see_other("/cart"),
        // Nobody knows whether the order was placed; the same key and the same words find out.
        Code::Unavailable | Code::Internal => return Ok(ask_again(visit, problem.status, form)),
        _ => return Err(problem),
    };
    let cart = visit.shop.cart(visit.session.cart()).await?;
    show_with(visit, problem.status, &cart, filled, reply).await
}

/// Nobody pays a total that they have not seen: the sums are worked out for what was filled in, and shown.
async fn show_new_total(visit: &Visit<'_>, filled: &Filled) -> Result<Response, Problem> {
    let cart = visit.shop.set_delivery(visit.session.cart(), &delivery_of(filled)).await?;
    let title = format!("It comes to {}", price(cart.total));
    let text = "With shipping and tax to this address, and today’s prices. Nothing was ordered yet: please look at the \
                sums, and press the button again if you agree.";
    let message = Message { tone: views::message::Tone::Plain, title, text: text.to_owned() };
    let reply = Reply { message: Some(message), ..Reply::default() };
    show_with(visit, Code::PriceChanged.status(), &cart, filled, reply).await
}

fn ask_again(visit: &Visit<'_>, status: u16, form: &BTreeMap<String, String>) -> Response {
    let csrf = views::field::CSRF_FIELD;
    let fields = form.iter().filter(|(name, _)| name.as_str() != csrf);
    let fields = fields.map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>();
    private_page(status, views::checkout::ask_again(&visit.bare_frame(), &fields))
}

fn wrong_fields(problem: &Problem, filled: &Filled) -> Reply {
    let mut complaints = Complaints::default();
    if filled.country.is_empty() && !problem.errors.is_empty() {
        // The API asks for a code of two letters; the shopper chooses from a list.
        complaints.add(&format!("{ADDRESS_PREFIX}country"), "must be chosen from the list");
    }
    complaints.add_all(Complaints::from_errors(&problem.errors).renamed("address.", ADDRESS_PREFIX));
    let text =
        if complaints.is_empty() { problem.detail.as_str() } else { "Please look at the marked fields." };
    Reply { message: Some(Message::bad("Something is missing or not right", text)), complaints }
}

/// What the shopper typed, without the spaces around it.
fn filled_in(form: &BTreeMap<String, String>) -> Filled {
    let text = |name: &str| {
        let typed = form.get(name).map(|text| text.trim()).unwrap_or_default();
        typed.chars().take(FIELD_CHARACTERS_MAX).collect::<String>()
    };
    let part = |name: &str| text(&format!("{ADDRESS_PREFIX}{name}"));
    Filled {
        email: text(FIELD_EMAIL),
        name: part("name"),
        line1: part("line1"),
        line2: part("line2"),
        city: part("city"),
        region: part("region"),
        postal_code: part("postal_code"),
        country: part("country"),
        shipping_method: text(FIELD_SHIPPING_METHOD),
        payment_token: text(FIELD_TOKEN),
    }
}

fn filled_from(delivery: &Delivery) -> Filled {
    let address = delivery.address.clone();
    Filled {
        name: address.name,
        line1: address.line1,
        line2: address.line2.unwrap_or_default(),
        city: address.city,
        region: address.region.unwrap_or_default(),
        postal_code: address.postal_code,
        country: address.country,
        shipping_method: delivery.shipping_method.clone(),
        ..Filled::default()
    }
}

fn draft_of(filled: &Filled) -> Draft {
    Draft { email: filled.email.clone(), payment_token: filled.payment_token.clone() }
}

fn delivery_of(filled: &Filled) -> Delivery {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let address = Address {
        name: filled.name.clone(),
        line1: filled.line1.clone(),
        line2: given(&filled.line2),
        city: filled.city.clone(),
        region: given(&filled.region),
        postal_code: filled.postal_code.clone(),
        country: filled.country.clone(),
    };
    Delivery { address, shipping_method: filled.shipping_method.clone() }
}

fn order_of(filled: &Filled, form: &BTreeMap<String, String>) -> PlaceOrder {
    let Delivery { address, shipping_method } = delivery_of(filled);
    PlaceOrder {
        email: filled.email.clone(),
        shipping_address: address,
        billing_address: None,
        shipping_method,
        payment: PaymentRequest { method: METHOD.to_owned(), token: filled.payment_token.clone() },
        expected_total: form.get(FIELD_EXPECTED_TOTAL).and_then(|text| parse_total(text)),
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::{
        Invalid,
        money::{Currency, Money},
    };

    use super::*;

    fn form() -> BTreeMap<String, String> {
        let fields = [
            ("email", " hanna@merkato.example "),
            ("shipping_address.name", "Hanna Tesfaye"),
            ("shipping_address.line1", "Bole Road 12"),
            ("shipping_address.line2", "  "),
            ("shipping_address.city", "Addis Ababa"),
            ("shipping_address.postal_code", "1000"),
            ("shipping_address.country", "ET"),
            ("shipping_method", "express"),
            ("payment.token", "tok_approve"),
            ("expected_total", "4210 USD"),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_form_becomes_the_order_that_it_describes() {
        let order = order_of(&filled_in(&form()), &form());
        assert_eq!(order.email, "hanna@merkato.example");
        assert_eq!(order.shipping_address.line2, None);
        assert_eq!(order.shipping_address.problems(), []);
        assert_eq!(order.payment.token, "tok_approve");
        assert_eq!(order.expected_total, Some(Money::new(4_210, Currency::USD)));
    }

    #[test]
    fn an_empty_form_is_an_order_full_of_mistakes_and_no_panic() {
        let order = order_of(&filled_in(&BTreeMap::new()), &BTreeMap::new());
        assert_eq!(order.expected_total, None);
        assert_eq!(order.shipping_address.problems().len(), 5);
    }

    #[test]
    fn an_absurdly_long_field_is_cut_at_a_character() {
        let long = [("email".to_owned(), "é".repeat(5_000))].into();
        assert_eq!(filled_in(&long).email.chars().count(), FIELD_CHARACTERS_MAX);
    }

    #[test]
    fn complaints_about_either_address_find_the_same_fields() {
        for parent in ["address", "shipping_address"] {
            let problem = Problem::invalid([Invalid::new("city", "must not be empty").within(parent)]);
            let reply = wrong_fields(&problem, &filled_in(&form()));
            assert_eq!(reply.complaints.of("shipping_address.city"), Some("must not be empty"), "{parent}");
        }
    }

    #[test]
    fn what_a_cart_remembers_fills_the_form_again() {
        let filled = Filled { email: String::new(), payment_token: String::new(), ..filled_in(&form()) };
        assert_eq!(filled_from(&delivery_of(&filled)), filled);
    }
}
