//! What the links in mails lead to.

use merkato_contract::{
    problem::{Code, Problem},
    user::ResetPassword,
};
use merkato_edge::Response;

use super::{refusal, typed, typed_password};
use crate::{
    views::account::{Reply, door},
    visit::{Visit, private_page},
};

/// Asks whether the address is theirs.
pub async fn show_verify_email(visit: &Visit<'_>) -> Result<Response, Problem> {
    let token = visit.request.query_value("token").unwrap_or_default();
    Ok(private_page(200, door::verify_email(&visit.frame().await, &token, &Reply::default())))
}

/// Confirms an address: that of a new account, or the one that an account changes to.
pub async fn verify_email(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    match visit.shop.verify_email(typed(&form, "token")).await {
        Ok(()) => {
            let text = "Thank you. Our mails reach you.";
            let way = ("/account", "To your account");
            Ok(private_page(200, door::told(&visit.frame().await, "Your address is confirmed", text, way)))
        }
        Err(problem) if problem.code == Code::Invalid => {
            let text = "It has expired, or was used before, or a newer one was sent since. Your account can send you another.";
            let way = ("/account/security", "To your account");
            Ok(private_page(
                problem.status,
                door::told(&visit.frame().await, "This link does not hold", text, way),
            ))
        }
        Err(problem) => Err(problem),
    }
}

/// Asks for the address of the account.
pub async fn show_forgot_password(visit: &Visit<'_>) -> Result<Response, Problem> {
    Ok(private_page(200, door::forgot_password(&visit.frame().await, "", &Reply::default())))
}

/// Has a mail sent to it, if there is an account. The answer is the same if there is none.
pub async fn forgot_password(visit: &Visit<'_>) -> Result<Response, Problem> {
    let email = typed(&visit.form()?, "email");
    match visit.shop.forgot_password(email.clone()).await {
        Ok(()) => {
            let text = "If there is an account with this address, a mail is on its way that leads to a new password. It holds \
                        for an hour. Nothing there? Look among the unwanted mail.";
            let way = ("/account/sign-in", "Back to signing in");
            Ok(private_page(200, door::told(&visit.frame().await, "Look into your mail", text, way)))
        }
        Err(problem) => {
            let (status, reply) = refusal(problem, "No mail was sent")?;
            Ok(private_page(status, door::forgot_password(&visit.frame().await, &email, &reply)))
        }
    }
}

/// Asks for a new password.
pub async fn show_reset_password(visit: &Visit<'_>) -> Result<Response, Problem> {
    let token = visit.request.query_value("token").unwrap_or_default();
    Ok(private_page(200, door::reset_password(&visit.frame().await, &token, &Reply::default())))
}

/// Sets it.
pub async fn reset_password(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    let reset = ResetPassword { token: typed(&form, "token"), password: typed_password(&form, "password") };
    match visit.shop.reset_password(&reset).await {
        Ok(()) => {
            // Every session has ended, this browser's as well.
            super::door::leave(visit);
            Response::see_other("/account/sign-in?done=password")
        }
        Err(problem) if problem.errors.iter().any(|error| error.field == "token") => {
            let text = "It holds for an hour and for one new password. Please ask for another.";
            let way = ("/account/forgot-password", "Ask for another");
            Ok(private_page(
                problem.status,
                door::told(&visit.frame().await, "This link does not hold", text, way),
            ))
        }
        Err(problem) => {
            let (status, reply) = refusal(problem, "This password was not taken")?;
            Ok(private_page(status, door::reset_password(&visit.frame().await, &reset.token, &reply)))
        }
    }
}
