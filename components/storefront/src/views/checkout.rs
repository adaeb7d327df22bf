//! The checkout: one page, one form. Fields are called what the API calls them, so that a problem's complaints find
//! their places by name.

use maud::{Markup, html};
use merkato_commerce::{address::ADDRESS_LINE_CHARACTERS_MAX, money::Money, text::EMAIL_CHARACTERS_MAX};
use merkato_contract::{
    cart::{Cart, ShippingMethod},
    user::SavedAddress,
};

use super::{
    cart::cart_sums,
    field::{self, Complaints, TextField, complaint_id, complaint_of},
    layout::{Frame, Page, Style, document},
    message::{self, Message},
    payment,
};
use crate::{
    countries::COUNTRIES,
    price::{counted, price},
};

/// Name of the field for the e-mail address.
pub const FIELD_EMAIL: &str = "email";
/// Name of the choice of shipping.
pub const FIELD_SHIPPING_METHOD: &str = "shipping_method";
/// Name of the hidden key that makes a repeated order known as one.
pub const FIELD_IDEMPOTENCY_KEY: &str = "idempotency_key";
/// Name of the hidden total that the shopper saw.
pub const FIELD_EXPECTED_TOTAL: &str = "expected_total";
/// Name of the buttons that take one of the account's addresses.
pub const FIELD_SAVED_ADDRESS: &str = "saved_address";
/// What the names of the address's fields begin with.
pub const ADDRESS_PREFIX: &str = "shipping_address.";

/// What stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Where the confirmation goes.
    pub email: String,
    /// Who receives the parcel.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, care of.
    pub line2: String,
    /// Town.
    pub city: String,
    /// State, province or region.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// One of the shipping methods.
    pub shipping_method: String,
    /// The practice card.
    pub payment_token: String,
}

/// What the checkout shows.
pub struct CheckoutPage<'a> {
    /// What is bought.
    pub cart: &'a Cart,
    /// Ways to get the parcel; empty if they cannot be read at the moment.
    pub shipping_methods: &'a [ShippingMethod],
    /// The addresses that the account keeps; none for guests.
    pub saved_addresses: &'a [SavedAddress],
    /// What the shopper has filled in.
    pub filled: &'a Filled,
    /// What is wrong, by name of the field.
    pub complaints: Complaints,
    /// What just happened.
    pub message: Option<&'a Message>,
    /// Makes a repeated order known as one.
    pub idempotency_key: &'a str,
}

/// The page of the checkout.
pub fn checkout(frame: &Frame, page: &CheckoutPage) -> String {
    let main = html! {
        div.wrap {
            header.page-head {
                nav.crumbs aria-label="Where you are" {
                    ol { li { a href="/cart" { "Your basket" } } li aria-current="page" { "The till" } }
                }
                h1 { "The till" }
            }
            (message::live(page.message))
            form.two-columns method="post" action="/checkout" data-totals="/checkout/delivery" {
                (field::csrf(&frame.csrf))
                // Enter in a field presses the first button: the one that cannot cost anything.
                button.unseen type="submit" formaction="/checkout/delivery" formnovalidate tabindex="-1"
                    aria-hidden="true" { "Update totals" }
                div.checkout-form {
                    (contact(page))
                    (address(page))
                    (shipping(page))
                    (card(page))
                }
                (summary(page))
            }
        }
    };
    let page = Page {
        title: "The till",
        description: "",
        style: Style::Order,
        category: None,
        refresh_seconds: None,
        main,
    };
    document(frame, &page)
}

fn contact(page: &CheckoutPage) -> Markup {
    let email = TextField {
        name: FIELD_EMAIL,
        label: "E-mail address",
        kind: "email",
        autocomplete: "email",
        value: &page.filled.email,
        optional: false,
        characters_max: EMAIL_CHARACTERS_MAX,
        width: "",
    };
    html! {
        fieldset.group {
            legend { span aria-hidden="true" { "1" } "Who you are" }
            (email.render(&page.complaints))
            p.field-hint { "For the confirmation of this order, and for nothing else." }
        }
    }
}

fn address(page: &CheckoutPage) -> Markup {
    let filled = page.filled;
    let text = |name: &str, label, autocomplete, value: &str, optional, width| {
        let name = format!("{ADDRESS_PREFIX}{name}");
        let characters_max = ADDRESS_LINE_CHARACTERS_MAX;
        TextField { name: &name, label, kind: "text", autocomplete, value, optional, characters_max, width }
            .render(&page.complaints)
    };
    html! {
        fieldset.group {
            legend { span aria-hidden="true" { "2" } "Where it goes" }
            @if !page.saved_addresses.is_empty() { (saved_addresses(page.saved_addresses)) }
            div.fields {
                (text("name", "Name", "shipping name", &filled.name, false, ""))
                (text("line1", "Street and number", "shipping address-line1", &filled.line1, false, ""))
                (text("line2", "Flat, floor, care of", "shipping address-line2", &filled.line2, true, ""))
                (text("postal_code", "Postal code", "shipping postal-code", &filled.postal_code, false, "third"))
                (text("city", "Town", "shipping address-level2", &filled.city, false, "two-thirds"))
                (text("region", "State or region", "shipping address-level1", &filled.region, true, "half"))
                (country(page))
            }
        }
    }
}

/// One press fills in the address; the form is sent for that, so that it works without a script.
fn saved_addresses(addresses: &[SavedAddress]) -> Markup {
    html! {
        div.saved-addresses role="group" aria-label="Your addresses" {
            @for address in addresses {
                button.saved-address type="submit" name=(FIELD_SAVED_ADDRESS) value=(address.id)
                    formaction="/checkout/delivery" formnovalidate {
                    strong { (address.name) }
                    span { (address.line1) ", " (address.city) }
                }
            }
        }
    }
}

fn country(page: &CheckoutPage) -> Markup {
    let name = format!("{ADDRESS_PREFIX}country");
    let complaint = page.complaints.of(&name);
    let filled = page.filled.country.as_str();
    html! {
        div.field.half {
            label for=(name) { "Country" }
            select.input id=(name) name=(name) autocomplete="shipping country" required
                aria-invalid=[complaint.map(|_| "true")]
                aria-describedby=[complaint.map(|_| complaint_id(&name))] {
                option value="" selected[filled.is_empty()] { "Please choose" }
                @for (code, country) in COUNTRIES {
                    option value=(code) selected[*code == filled] { (country) }
                }
            }
            (complaint_of(&name, "Country", &page.complaints))
        }
    }
}

fn shipping(page: &CheckoutPage) -> Markup {
    let filled = page.filled.shipping_method.as_str();
    html! {
        fieldset.group id="shipping-methods" {
            legend { span aria-hidden="true" { "3" } "How it gets there" }
            @if page.shipping_methods.is_empty() {
                p.soft { "The carriers do not answer at the moment. Please try again in a minute." }
            }
            div.choices {
                @for (place, method) in page.shipping_methods.iter().enumerate() {
                    label.choice {
                        input type="radio" id={ "shipping-" (method.code) } name=(FIELD_SHIPPING_METHOD)
                            value=(method.code) required
                            checked[method.code == filled || filled.is_empty() && place == 0];
                        span.choice-words {
                            span { (method.title) }
                            span.small { (days(method.days)) }
                        }
                        span.price { @if method.price.amount == 0 { "free" } @else { (price(method.price)) } }
                    }
                }
            }
            (complaint_of(FIELD_SHIPPING_METHOD, "Shipping", &page.complaints))
            div.actions {
                // Named, so that it keeps the focus when the script puts fresh prices in place.
                button.button.button-plain id="update-totals" type="submit" formaction="/checkout/delivery"
                    formnovalidate {
                    "Update totals"
                }
            }
        }
    }
}

/// How long a method takes, in words.
fn days([fewest, most]: [u32; 2]) -> String {
    match (fewest, most) {
        (0, 0) => "the same day".to_owned(),
        (fewest, most) if fewest == most => counted(u64::from(most), "working day", "working days"),
        (fewest, most) => format!("{fewest} to {most} working days"),
    }
}

fn card(page: &CheckoutPage) -> Markup {
    html! {
        fieldset.group {
            legend { span aria-hidden="true" { "4" } "How you pay" }
            (payment::cards(&page.filled.payment_token, &page.complaints))
        }
    }
}

/// The page after an order that nobody knows the fate of: the same words under the same key find out, and cannot order
/// twice.
pub fn ask_again(frame: &Frame, fields: &[(&str, &str)]) -> String {
    let main = html! {
        div.wrap {
            div.empty {
                h1 { "The till has not answered yet" }
                p {
                    "Your order may or may not have gone through. Ask again: it is the same order, and it is never placed "
                    "or charged twice."
                }
                form.actions method="post" action="/checkout" {
                    (field::csrf(&frame.csrf))
                    @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                    button.button type="submit" { "Ask again" }
                }
            }
        }
    };
    let page = Page {
        title: "The till has not answered yet",
        description: "",
        style: Style::Order,
        category: None,
        refresh_seconds: None,
        main,
    };
    document(frame, &page)
}

/// The total as the hidden field carries it; [`parse_total`] reads it back.
pub fn write_total(total: Money) -> String {
    format!("{} {}", total.amount, total.currency)
}

/// What [`write_total`] wrote.
pub fn parse_total(text: &str) -> Option<Money> {
    let (amount, currency) = text.split_once(' ')?;
    Some(Money::new(amount.parse().ok()?, currency.parse().ok()?))
}

fn summary(page: &CheckoutPage) -> Markup {
    html! {
        div.receipt id="receipt" {
            h2 { "What you buy" }
            ul.mini-lines {
                @for line in &page.cart.lines {
                    li { span { (line.quantity) " × " (line.title) } span.number { (price(line.total)) } }
                }
            }
            (cart_sums(page.cart))
            input type="hidden" name=(FIELD_IDEMPOTENCY_KEY) value=(page.idempotency_key);
            input type="hidden" name=(FIELD_EXPECTED_TOTAL) value=(write_total(page.cart.total));
            button.button.button-wide type="submit" { "Place the order" }
            p.sum-note { "A practice order: no card is charged and nothing is shipped." }
        }
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::money::Currency;

    use super::*;

    #[test]
    fn the_total_survives_the_way_through_the_form() {
        let total = Money::new(4_210, Currency::USD);
        assert_eq!(parse_total(&write_total(total)), Some(total));
        for text in ["", "12", "x USD", "12 usd", "12 USD more"] {
            assert_eq!(parse_total(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_told_in_words() {
        assert_eq!(days([0, 0]), "the same day");
        assert_eq!(days([1, 1]), "1 working day");
        assert_eq!(days([3, 5]), "3 to 5 working days");
    }
}
