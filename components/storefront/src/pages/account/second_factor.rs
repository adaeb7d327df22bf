//! The second factor, from its secret to its end.

use merkato_contract::{problem::Problem, user::MfaSecret};
use merkato_edge::Response;

use super::{refusal, security::show_with, typed, typed_password};
use crate::{
    views::{
        account::{Reply, security},
        field::Complaints,
    },
    visit::{Visit, private_page},
};

/// How the address of every secret begins that an authenticator takes.
const SECRET_SCHEME: &str = "otpauth://totp/";

/// Makes a secret and shows it.
pub async fn begin(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    match visit.shop.begin_mfa(Some(typed_password(&form, "mfa_password"))).await {
        Ok(secret) => {
            let html = security::new_second_factor(&visit.frame().await, &secret, &Reply::default());
            Ok(private_page(200, html))
        }
        Err(problem) => {
            let (status, mut reply) = refusal(problem, "There is no second factor yet")?;
            // The page has other fields for a password.
            reply.complaints = reply.complaints.renamed("password", "mfa_password");
            show_with(visit, status, "", &reply).await
        }
    }
}

/// Puts it into effect with the first code, and shows the recovery codes.
pub async fn confirm(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    match visit.shop.recovery_codes("confirm", typed(&form, "code")).await {
        Ok(codes) => {
            let reply = Reply::good("Your second factor is in use");
            let html = security::recovery_codes(&visit.frame().await, &codes.recovery_codes, &reply);
            Ok(private_page(200, html))
        }
        Err(problem) => {
            let (status, reply) = refusal(problem, "That was not the code")?;
            // The page sends along what it showed, for users tells a secret once.
            let secret =
                MfaSecret { secret: typed(&form, "secret"), otpauth_url: typed(&form, "otpauth_url") };
            if !secret.otpauth_url.starts_with(SECRET_SCHEME) {
                return show_with(visit, status, "", &Reply { complaints: Complaints::default(), ..reply })
                    .await;
            }
            Ok(private_page(status, security::new_second_factor(&visit.frame().await, &secret, &reply)))
        }
    }
}

/// Makes other recovery codes and shows them.
pub async fn replace_recovery_codes(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    match visit.shop.recovery_codes("recovery-codes", typed(&form, "code")).await {
        Ok(codes) => {
            let html =
                security::recovery_codes(&visit.frame().await, &codes.recovery_codes, &Reply::default());
            Ok(private_page(200, html))
        }
        Err(problem) => {
            let (status, reply) = refusal(problem, "The codes stay as they were")?;
            show_with(visit, status, "", &reply).await
        }
    }
}

/// Ends it.
pub async fn end(visit: &Visit<'_>) -> Result<Response, Problem> {
    let form = visit.form()?;
    match visit.shop.disable_mfa(typed(&form, "code")).await {
        Ok(()) => Response::see_other("/account/security?done=ended"),
        Err(problem) => {
            let (status, reply) = refusal(problem, "The second factor stays in use")?;
            show_with(visit, status, "", &reply).await
        }
    }
}
