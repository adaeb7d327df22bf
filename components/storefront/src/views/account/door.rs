//! The doors: signing in, registering, and what the links in mails lead to.

use maud::html;

use super::{
    Reply, before_the_door, code_field, email_field, form, name_field, new_password_field, next_field,
    password_field,
};
use crate::{sign_in::with_next, views::layout::Frame};

/// What stands in the form of a door.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The address of the account.
    pub email: String,
    /// What somebody is called.
    pub first_name: String,
    /// The name of their family.
    pub last_name: String,
    /// Where they go on to.
    pub next: String,
}

/// The page for signing in. `provider` is who else may say who somebody is.
pub fn sign_in(frame: &Frame, typed: &Typed, provider: Option<&str>, reply: &Reply) -> String {
    let content = html! {
        (form(frame, "/account/sign-in", &html! {
            (next_field(&typed.next))
            (email_field("email", "E-mail address", "username", &typed.email, &reply.complaints))
            (password_field("password", "Password", &reply.complaints))
            button.button.button-wide type="submit" { "Sign in" }
        }))
        p { a href="/account/forgot-password" { "Forgotten your password?" } }
        @if let Some(provider) = provider {
            p.or { "or" }
            a.button.button-plain.button-wide href=(with_next("/account/external/start", &typed.next)) {
                "Sign in with " (provider)
            }
        }
        p.door-other {
            "New at the market? " a href=(with_next("/account/register", &typed.next)) { "Make an account" }
            ". You can also buy without one."
        }
    };
    before_the_door(frame, "Sign in", reply, &content)
}

/// The page that asks for the second factor. `hidden` is sent along as it came.
pub fn second_factor(frame: &Frame, action: &str, hidden: &[(&str, &str)], reply: &Reply) -> String {
    let content = html! {
        p {
            "This account is opened with a code besides. Take the one that your authenticator shows now, or one of your "
            "recovery codes if you do not have it with you."
        }
        (form(frame, action, &html! {
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            (code_field("Code", &reply.complaints))
            button.button.button-wide type="submit" { "Sign in" }
        }))
        p { a href="/account/sign-in" { "Begin again" } }
    };
    before_the_door(frame, "One more thing", reply, &content)
}

/// The page for making an account.
pub fn register(frame: &Frame, typed: &Typed, reply: &Reply) -> String {
    let complaints = &reply.complaints;
    let content = html! {
        p.soft { "Your orders in one place, your addresses at the till, and a list of what you would like to have one day." }
        (form(frame, "/account/register", &html! {
            (next_field(&typed.next))
            div.fields {
                (name_field("first_name", "First name", "given-name", &typed.first_name, false, complaints))
                (name_field("last_name", "Family name", "family-name", &typed.last_name, true, complaints))
            }
            (email_field("email", "E-mail address", "username", &typed.email, complaints))
            (new_password_field("password", "Password", complaints))
            button.button.button-wide type="submit" { "Make an account" }
        }))
        p.door-other {
            "You have one? " a href=(with_next("/account/sign-in", &typed.next)) { "Sign in" } "."
        }
    };
    before_the_door(frame, "Make an account", reply, &content)
}

/// The page that a mail about an address leads to. The address is confirmed by pressing the button, for programs that
/// look at mail before its reader follow every link in it.
pub fn verify_email(frame: &Frame, token: &str, reply: &Reply) -> String {
    let content = html! {
        p { "Press the button, and we know that our mails reach you." }
        (form(frame, "/account/verify-email", &html! {
            input type="hidden" name="token" value=(token);
            button.button.button-wide type="submit" { "Yes, this address is mine" }
        }))
    };
    before_the_door(frame, "Is this your address?", reply, &content)
}

/// The page for those who have forgotten their password.
pub fn forgot_password(frame: &Frame, email: &str, reply: &Reply) -> String {
    let content = html! {
        p { "Tell us the address of your account, and we send you a mail that leads to a new password." }
        (form(frame, "/account/forgot-password", &html! {
            (email_field("email", "E-mail address", "username", email, &reply.complaints))
            button.button.button-wide type="submit" { "Send the mail" }
        }))
        p { a href="/account/sign-in" { "Back to signing in" } }
    };
    before_the_door(frame, "Forgotten your password?", reply, &content)
}

/// The page that such a mail leads to.
pub fn reset_password(frame: &Frame, token: &str, reply: &Reply) -> String {
    let content = html! {
        p { "It holds from now on, and everybody who is signed in to your account is signed out." }
        (form(frame, "/account/reset-password", &html! {
            input type="hidden" name="token" value=(token);
            (new_password_field("password", "New password", &reply.complaints))
            button.button.button-wide type="submit" { "Take this password" }
        }))
    };
    before_the_door(frame, "Choose a new password", reply, &content)
}

/// A page at the door that says something and leads on.
pub fn told(frame: &Frame, title: &str, text: &str, (address, label): (&str, &str)) -> String {
    let content = html! {
        p { (text) }
        a.button.button-wide href=(address) { (label) }
    };
    before_the_door(frame, title, &Reply::default(), &content)
}
