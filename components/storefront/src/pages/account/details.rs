//! What somebody is called, what they want to hear of, and taking everything along or away.

use futures::join;
use merkato_contract::{
    problem::{Code, Problem},
    user::{ChangeProfile, Preferences, Topics, User},
};
use merkato_edge::Response;

use super::{door, refusal, told, typed, typed_password};
use crate::{
    views::account::{Reply, details},
    visit::{Visit, private_page},
};

/// Shows name and messages.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (user, preferences) = join!(visit.shop.profile(), visit.shop.preferences());
    let reply = told(visit, |done| match done {
        "name" => Some("That is what we call you"),
        "messages" => Some("Your choices are kept"),
        _ => None,
    });
    show_with(visit, 200, &user?, &preferences?, &reply).await
}

async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    user: &User,
    preferences: &Preferences,
    reply: &Reply,
) -> Result<Response, Problem> {
    Ok(private_page(status, details::details(&visit.frame().await, user, preferences, reply)))
}

/// Changes names.
pub async fn change_name(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let (first_name, last_name) = (typed(&form, "first_name"), typed(&form, "last_name"));
    let change = ChangeProfile { first_name: Some(first_name.clone()), last_name: Some(last_name.clone()) };
    let Err(problem) = visit.shop.change_profile(&change).await else {
        return Response::see_other("/account/details?done=name");
    };
    let (status, reply) = refusal(problem, "Something is missing or not right")?;
    let (user, preferences) = join!(visit.shop.profile(), visit.shop.preferences());
    show_with(visit, status, &User { first_name, last_name, ..user? }, &preferences?, &reply).await
}

/// Changes what somebody wants to hear of, and in which language.
pub async fn change_messages(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let topics = |channel: &str| {
        let wanted = |topic: &str| form.contains_key(&format!("{channel}.{topic}"));
        Topics { orders: wanted("orders"), marketing: wanted("marketing") }
    };
    let preferences =
        Preferences { email: topics("email"), sms: topics("sms"), locale: typed(&form, "locale") };
    let Err(problem) = visit.shop.change_preferences(&preferences).await else {
        return Response::see_other("/account/details?done=messages");
    };
    let (status, reply) = refusal(problem, "Something is missing or not right")?;
    show_with(visit, status, &visit.shop.profile().await?, &preferences, &reply).await
}

/// Shows how to take everything along, or away.
pub async fn show_data(visit: &Visit<'_>) -> Result<Response, Problem> {
    // Whoever is not signed in is asked to.
    visit.shop.profile().await?;
    Ok(private_page(200, details::data(&visit.frame().await, &Reply::default())))
}

/// The file with everything.
pub async fn export(visit: &Visit<'_>) -> Result<Response, Problem> {
    let export = visit.shop.export().await?;
    Ok(Response::typed(200, "application/json", export.body)
        .with_header("content-disposition", "attachment; filename=\"merkato-account.json\""))
}

/// Takes the account away.
pub async fn delete_account(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let outcome = if form.contains_key("sure") {
        visit.shop.delete_account(typed_password(&form, "password")).await
    } else {
        Err(Problem::new(Code::Invalid, "Please tick that you are sure."))
    };
    match outcome {
        Ok(()) => {
            door::leave(visit);
            Response::see_other("/account/sign-in?done=deleted")
        }
        Err(problem) => {
            let (status, reply) = refusal(problem, "Nothing was deleted")?;
            Ok(private_page(status, details::data(&visit.frame().await, &reply)))
        }
    }
}
