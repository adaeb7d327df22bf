//! What the shopper agrees to be remembered for.

use merkato_contract::problem::{Code, Problem};
use merkato_edge::Response;

use crate::{
    consent::Consent,
    views::{
        consent_banner::{FIELD_BACK, FIELD_CHOICE},
        layout::Frame,
        message::Message,
        privacy::privacy,
    },
    visit::{Visit, page},
};

/// What the address says was done; `kept` where what was noted before could not be forgotten.
const DONE: &str = "/privacy?done=chosen";
const DONE_IN_PART: &str = "/privacy?done=kept";

/// Shows the cookies and the choice.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let done = visit.request.query_value("done");
    let message = match done.as_deref() {
        Some("chosen") => Some(Message::good("Your choice is kept")),
        Some("kept") => Some(Message::bad(
            "What was noted before is still there",
            "Nothing more is noted, but the part of the shop that keeps it does not answer. Please choose once more in a \
             minute.",
        )),
        _ => None,
    };
    // From here the way back is the word that it was done; what could not be is remembered to be.
    let here = if done.as_deref() == Some("kept") { DONE_IN_PART } else { DONE };
    let frame = Frame { here: here.to_owned(), ..visit.frame().await };
    Ok(page(200, privacy(&frame, message.as_ref())))
}

/// Keeps the choice, and goes back to where the shopper was. Whoever says no has also said that what was noted before
/// is to be forgotten.
pub async fn choose(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let chosen = form.get(FIELD_CHOICE).and_then(|name| Consent::from_name(name));
    let chosen =
        chosen.ok_or_else(|| Problem::new(Code::Invalid, "Please choose one of the two answers."))?;
    visit.session.keep_consent(chosen);
    let back = form.get(FIELD_BACK).map(String::as_str).unwrap_or_default();
    let is_left_over = back == DONE_IN_PART;
    let was_noted = is_left_over || visit.consent == Some(Consent::Suggestions);
    let cart = visit.session.cart();
    if chosen == Consent::Necessary
        && was_noted
        && visit.shop.may_have_cart(cart)
        && visit.shop.forget_views(cart).await.is_err()
    {
        return Response::see_other(DONE_IN_PART);
    }
    if is_left_over {
        return Response::see_other(DONE);
    }
    // Whatever is not an address of this shop leads to the page that says what was chosen.
    Response::see_other(back).or_else(|_| Response::see_other(DONE))
}
