//! The door: password, code, and who is not let in.

use maud::html;

use super::{
    field::{self, Complaints, Text},
    layout::bare,
    message::{self, Message},
};

/// Name of the field for the address.
pub const EMAIL_FIELD: &str = "email";
/// Name of the field for the password.
pub const PASSWORD_FIELD: &str = "password";
/// Name of the field for the code.
pub const CODE_FIELD: &str = "code";

/// Asks for address and password.
pub fn password(csrf: &str, email: &str, message: Option<&Message>) -> String {
    let none = Complaints::default();
    let main = html! {
        h1 { "Sign in" }
        (message::live(message))
        form.stack method="post" action="/backoffice/sign-in" {
            (field::csrf(csrf))
            (Text::new(EMAIL_FIELD, "E-mail address", email).kind("email").autocomplete("username").required()
                .render(&none))
            (Text::new(PASSWORD_FIELD, "Password", "").kind("password").autocomplete("current-password").required()
                .render(&none))
            button.button type="submit" { "Go on" }
        }
        p.soft { "For the staff of the shop. " a href="/" { "To the shop" } }
    };
    bare("Sign in", &main)
}

/// Asks for the code of the second factor.
pub fn code(csrf: &str, message: Option<&Message>) -> String {
    let field = Text::new(CODE_FIELD, "Code", "")
        .autocomplete("one-time-code")
        .hint("Six digits from your authenticator, or one of your recovery codes.")
        .required();
    let main = html! {
        h1 { "Your second factor" }
        (message::live(message))
        form.stack method="post" action="/backoffice/sign-in/code" {
            (field::csrf(csrf))
            (field.render(&Complaints::default()))
            button.button type="submit" { "Sign in" }
        }
        form method="post" action="/backoffice/sign-out" {
            (field::csrf(csrf))
            button.link type="submit" { "Start again" }
        }
    };
    bare("Your second factor", &main)
}

/// Somebody came from another site: the browser keeps the session back until it goes on from a page of ours.
pub fn pass_through(target: &str) -> String {
    let main = html! {
        // The browser asks again, this time from here.
        meta http-equiv="refresh" content={ "0; url=" (target) };
        h1 { "One moment" }
        p { a href=(target) { "Go on to the backoffice" } }
    };
    bare("One moment", &main)
}
