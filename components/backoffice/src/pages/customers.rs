//! People with an account.

use maud::html;
use merkato_commerce::{Invalid, ids::UserId};
use merkato_contract::{problem::Problem, token::Role};
use merkato_edge::Response;

use crate::{
    views::{
        self,
        confirm::Confirm,
        field::CONFIRMED_FIELD,
        layout::Section,
        message::Message,
        people::{ROLE_FIELD, role_words},
    },
    visit::{Visit, page},
};

/// What is said after something was done.
const DONE: &[(&str, &str)] =
    &[("role", "The role is changed. It holds from their next token on, within a quarter of an hour.")];

/// Looks for people.
pub async fn find(visit: &Visit<'_>) -> Result<Response, Problem> {
    let email = visit.query("email");
    if email.is_empty() {
        return Ok(page(200, views::people::find(&visit.frame(), "", None, None)));
    }
    match visit.shop.people_of(&email).await {
        // What was typed is no address.
        Err(problem) if !problem.errors.is_empty() => {
            let message = Message::refused(&problem);
            let html = views::people::find(&visit.frame(), &email, Some(&message), None);
            Ok(page(problem.status, html))
        }
        found => Ok(page(200, views::people::find(&visit.frame(), &email, None, Some(&found)))),
    }
}

/// Shows somebody.
pub async fn show(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    show_with(visit, user_id(id)?, 200, visit.done(DONE).as_ref()).await
}

async fn show_with(
    visit: &Visit<'_>,
    id: UserId,
    status: u16,
    message: Option<&Message>,
) -> Result<Response, Problem> {
    let user = visit.shop.person(id).await?;
    let filters = [("email", user.email.as_str())];
    let orders = visit.shop.orders(&filters).await;
    Ok(page(status, views::people::person(&visit.frame(), &user, message, &orders)))
}

/// Says what somebody may do from now on, once that was confirmed.
pub async fn change_role(visit: &Visit<'_>, id: &str) -> Result<Response, Problem> {
    let (id, form) = (user_id(id)?, visit.form().await?);
    let role = Role::named(form.text(ROLE_FIELD));
    let role = role.ok_or_else(|| Invalid::new(ROLE_FIELD, "must be one of the list"))?;
    let back = format!("/backoffice/customers/{id}");
    if form.text(CONFIRMED_FIELD).is_empty() {
        let user = visit.shop.person(id).await?;
        let confirm = Confirm {
            title: "Change what somebody may do?",
            text: html! {
                p { strong { (user.email) } " becomes: " (role_words(role)) "." }
                p { "Now: " (role_words(user.role)) "." }
            },
            action: &format!("{back}/role"),
            fields: &form.fields().collect::<Vec<_>>(),
            button: "Change the role",
            back: &back,
            section: Section::Customers,
            key: &visit.fresh_key(),
        };
        return Ok(page(200, views::confirm::confirm(&visit.frame(), &confirm)));
    }
    match visit.shop.change_role(id, role).await {
        Ok(_) => {
            visit.report("user.change_role", format!("user/{id}"), role.name()).await;
            Response::see_other(&format!("{back}?done=role"))
        }
        Err(problem) => show_with(visit, id, problem.status, Some(&Message::refused(&problem))).await,
    }
}

fn user_id(id: &str) -> Result<UserId, Problem> {
    id.parse().map_err(|_| Problem::not_found("account"))
}
