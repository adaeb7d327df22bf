//! The page on which the shopper confirms a payment: the sandbox's bank. It works without script.

use maud::{DOCTYPE, Markup, html};
use merkato_edge::Response;

use crate::store::{Payment, State};

const STYLESHEET: &str = include_str!("challenge.css");
/// The shop is out of reach for now (RFC 9110, 15.6.4).
const SERVICE_UNAVAILABLE: u16 = 503;

/// The page for `payment`: a question while it is open, and otherwise what became of it.
pub fn page(payment: &Payment, public_url: &str) -> Response {
    let (heading, body) = match payment.state {
        State::Challenged => ("Confirm your payment", question(payment)),
        State::Approved | State::Capturing | State::Captured => {
            ("Payment confirmed", answered("This payment is confirmed."))
        }
        State::Declined => ("Payment declined", answered("This payment was declined. No money was taken.")),
        State::Voiding | State::Voided => {
            ("Payment called off", answered("This payment was called off. No money was taken."))
        }
        State::Asking | State::Pending => {
            ("Payment under way", answered("There is nothing to confirm here yet."))
        }
    };
    let body = html! {
        (body)
        p class="back" { a href=(order_url(payment, public_url)) { "Back to your order" } }
    };
    with_policy(Response::html(200, document(heading, &body)), public_url)
}

/// The page after a decision that the shop could not be told of: the same decision once more.
pub fn retry_page(approved: bool, public_url: &str) -> Response {
    let decision = if approved { "approve" } else { "decline" };
    let body = html! {
        p { "Your decision is kept, but the shop does not answer at the moment." }
        form method="post" {
            button type="submit" name="decision" value=(decision) class="approve" { "Try again" }
        }
    };
    with_policy(Response::html(SERVICE_UNAVAILABLE, document("The shop does not answer", &body)), public_url)
}

fn with_policy(page: Response, public_url: &str) -> Response {
    // The answer to the form sends the browser on to the shop, which the policy has to allow by name.
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        origin(public_url)
    );
    page.with_header("content-security-policy", &policy)
}

fn document(heading: &str, body: &Markup) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (heading) " · Sandbox Bank" }
                link rel="stylesheet" href="/api/payments/sandbox/challenge.css";
            }
            body {
                main {
                    header {
                        p class="bank" { "Sandbox Bank" }
                        p class="note" { "A test bank. No real money moves." }
                    }
                    h1 { (heading) }
                    (body)
                }
            }
        }
    };
    document.into_string()
}

/// The page's stylesheet.
pub fn stylesheet() -> Response {
    let response = Response::typed(200, "text/css; charset=utf-8", STYLESHEET.as_bytes().to_vec());
    response.with_header("cache-control", "public, max-age=3600")
}

/// Where the shopper goes afterwards.
pub fn order_url(payment: &Payment, public_url: &str) -> String {
    format!("{}/orders/{}", public_url.trim_end_matches('/'), payment.order_id)
}

fn question(payment: &Payment) -> Markup {
    html! {
        dl {
            dt { "Shop" } dd { "Merkato" }
            dt { "Amount" } dd class="amount" { (payment.amount) }
            dt { "Paid with" } dd { (payment.method) }
        }
        p { "Is it you who wants to pay this?" }
        // Without an action the form goes to this very address, signature included.
        form method="post" {
            button type="submit" name="decision" value="approve" class="approve" { "Approve" }
            button type="submit" name="decision" value="decline" class="decline" { "Decline" }
        }
    }
}

fn answered(text: &str) -> Markup {
    html! { p { (text) } }
}

/// Scheme and host of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |end| end + 3);
    url.get(host..).and_then(|rest| rest.find('/')).map_or(url, |length| &url[..host + length])
}

#[cfg(test)]
mod tests {
    use merkato_commerce::{
        ids::{OrderId, PaymentId},
        money::{Currency, Money},
    };

    use super::*;

    fn payment(state: State) -> Payment {
        let id = "0192c7d8-0000-7000-8000-000000000001";
        Payment {
            id: id.parse::<PaymentId>().expect("an id"),
            order_id: id.parse::<OrderId>().expect("an id"),
            attempt: 1,
            gateway: "sandbox".to_owned(),
            amount: Money::new(4_250, Currency::USD),
            method: "<card>".to_owned(),
            reference: None,
            state,
            asks: 1,
            redirect_url: None,
            reason: None,
        }
    }

    fn text(state: State) -> String {
        String::from_utf8(page(&payment(state), "http://shop.example/").body).expect("text")
    }

    #[test]
    fn an_open_payment_shows_its_amount_and_both_buttons() {
        let text = text(State::Challenged);
        for part in ["42.50 USD", "value=\"approve\"", "value=\"decline\"", "&lt;card&gt;"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("<script") && !text.contains("style=\""));
    }

    #[test]
    fn a_settled_payment_asks_nothing_and_leads_back_to_the_order() {
        for state in [State::Approved, State::Declined, State::Voided, State::Pending] {
            let text = text(state);
            assert!(!text.contains("<form"), "{state:?}");
            assert!(
                text.contains("http://shop.example/orders/0192c7d8-0000-7000-8000-000000000001"),
                "{state:?}"
            );
        }
    }

    #[test]
    fn a_decision_that_did_not_reach_the_shop_is_offered_again_unchanged() {
        for (approved, value) in [(true, "value=\"approve\""), (false, "value=\"decline\"")] {
            let page = retry_page(approved, "http://shop.example");
            let text = String::from_utf8(page.body).expect("text");
            assert!(page.status == 503 && text.contains(value), "{text}");
            assert_eq!(text.matches("<button").count(), 1);
        }
    }

    #[test]
    fn the_page_may_send_its_form_on_to_the_shop() {
        let page = page(&payment(State::Challenged), "http://shop.example:8080/path");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("form-action 'self' http://shop.example:8080;"), "{policy}");
    }
}
