//! Password and address of the account.

use merkato_contract::{
    problem::{Code, Problem},
    user::{ChangeEmail, ChangePassword},
};
use merkato_edge::Response;

use super::{refusal, told, typed, typed_password};
use crate::{
    views::account::{Reply, security},
    visit::{Visit, private_page},
};

/// Shows how somebody signs in.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let reply = told(visit, |done| match done {
        "password" => Some("Your new password holds"),
        "email" => Some("Look into your mail: a link there changes the address"),
        "ended" => Some("There is no second factor any more"),
        _ => None,
    });
    show_with(visit, 200, "", &reply).await
}

/// The same after a form was sent; `typed_email` is the address that it named.
pub async fn show_with(
    visit: &Visit<'_>,
    status: u16,
    typed_email: &str,
    reply: &Reply,
) -> Result<Response, Problem> {
    let user = visit.shop.profile().await?;
    Ok(private_page(status, security::security(&visit.frame().await, &user, typed_email, reply)))
}

/// Changes the password. This browser stays signed in, with new tokens; everybody else does not.
pub async fn change_password(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let change = ChangePassword {
        current_password: typed_password(&form, "current_password"),
        new_password: typed_password(&form, "new_password"),
    };
    match visit.shop.change_password(&change).await {
        Ok(signed_in) => {
            visit.session.keep_tokens(&signed_in);
            Response::see_other("/account/security?done=password")
        }
        Err(problem) => {
            let (status, reply) = refusal(problem, "The password stays as it was")?;
            show_with(visit, status, "", &reply).await
        }
    }
}

/// Asks to change the address.
pub async fn change_email(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let change = ChangeEmail { email: typed(&form, "email"), password: typed_password(&form, "password") };
    match visit.shop.change_email(&change).await {
        Ok(()) => Response::see_other("/account/security?done=email"),
        Err(problem) => {
            let (status, reply) = refusal(problem, "The address stays as it was")?;
            show_with(visit, status, &change.email, &reply).await
        }
    }
}

/// Has the mail about the address sent once more.
pub async fn send_verification(visit: &Visit<'_>) -> Result<Response, Problem> {
    visit.form()?;
    match visit.shop.send_verification().await {
        Ok(()) => Response::see_other("/account?done=verification"),
        // It was confirmed meanwhile, perhaps in another tab.
        Err(problem) if problem.code == Code::Conflict => Response::see_other("/account?done=verified"),
        Err(problem) => Err(problem),
    }
}
