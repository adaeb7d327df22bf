//! Events on their way, and those that were not taken.

use futures::join;
use maud::html;
use merkato_contract::{event::DeadLetterSelection, problem::Problem};
use merkato_edge::Response;

use crate::{
    views::{
        self,
        confirm::Confirm,
        events::{EVENT_FIELD, EventsPage, SUBSCRIBER_FIELD},
        field::CONFIRMED_FIELD,
        layout::Section,
        message::Message,
    },
    visit::{Visit, page},
};

/// What is said after something was done.
const DONE: &[(&str, &str)] = &[("replay", "They are offered again"), ("drop", "They are forgotten")];

/// Shows how subscribers fare, and a page of what was not taken.
pub async fn list(visit: &Visit<'_>) -> Result<Response, Problem> {
    list_with(visit, 200, visit.done(DONE).as_ref()).await
}

async fn list_with(visit: &Visit<'_>, status: u16, message: Option<&Message>) -> Result<Response, Problem> {
    let (subscriber, after) = (visit.query("subscriber"), visit.query("after"));
    let (outbox, letters) = join!(visit.shop.outbox(), visit.shop.dead_letters(&subscriber, &after));
    let shown = EventsPage {
        subscriber: &subscriber,
        is_first: after.is_empty(),
        message,
        outbox: &outbox,
        letters: &letters,
    };
    Ok(page(status, views::events::events(&visit.frame(), &shown)))
}

/// Shows an event that was not taken.
pub async fn show(visit: &Visit<'_>, subscriber: &str, event: &str) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("event");
    // Only a plain word is a subscriber's name, and may stand in a path.
    let is_plain = subscriber.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let event = event.parse().map_err(|_| unknown())?;
    if !is_plain {
        return Err(unknown());
    }
    let letter = visit.shop.dead_letter(subscriber, event).await?;
    let text = serde_json::to_string_pretty(&letter.event)
        .map_err(|error| visit.context.internal("an event cannot be written", error))?;
    Ok(page(200, views::events::opened(&visit.frame(), &letter, &text)))
}

/// Offers again (`replay`) or forgets (`drop`) what was selected. Forgetting is asked about once more.
pub async fn change(visit: &Visit<'_>, deed: &str) -> Result<Response, Problem> {
    let form = visit.form().await?;
    let event = form.optional(EVENT_FIELD).map(str::parse).transpose();
    let selection = DeadLetterSelection {
        subscriber: form.optional(SUBSCRIBER_FIELD).map(str::to_owned),
        event_id: event.map_err(|_| Problem::not_found("event"))?,
    };
    if deed == "drop" && form.text(CONFIRMED_FIELD).is_empty() {
        let whose = selection.subscriber.as_deref().unwrap_or("everybody");
        let which =
            if selection.event_id.is_some() { "This event" } else { "Every event that was not taken" };
        let confirm = Confirm {
            title: "Forget it?",
            text: html! { p { (which) " by " strong { (whose) } " is forgotten. They will never hear of it." } },
            action: "/backoffice/events/drop",
            fields: &form.fields().collect::<Vec<_>>(),
            button: "Forget it",
            back: Section::Outbox.path(),
            section: Section::Outbox,
            key: &visit.fresh_key(),
        };
        return Ok(page(200, views::confirm::confirm(&visit.frame(), &confirm)));
    }
    match visit.shop.change_dead_letters(deed, &selection).await {
        Ok(_) => Response::see_other(&format!("{}?done={deed}", Section::Outbox.path())),
        Err(problem) => list_with(visit, problem.status, Some(&Message::refused(&problem))).await,
    }
}
