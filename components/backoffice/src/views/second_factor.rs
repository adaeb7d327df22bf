//! Setting up a second factor, without which nobody works here.

use maud::{Markup, html};
use merkato_contract::user::{MfaSecret, RecoveryCodes};

use super::{
    field::{self, Complaints, Text},
    layout::bare,
    message::{self, Message},
    qr,
    sign_in::CODE_FIELD,
};

/// Letters of a secret that are typed at a breath.
const GROUP: usize = 4;

/// Shows what an authenticator needs, and asks for its first code.
pub fn enrol(csrf: &str, factor: &MfaSecret, message: Option<&Message>) -> String {
    let field =
        Text::new(CODE_FIELD, "The code that it shows now", "").autocomplete("one-time-code").required();
    let main = html! {
        h1 { "Set up your second factor" }
        p { "Whoever works in the backoffice signs in with a password and a code from a phone. It takes a minute." }
        (message::live(message))
        ol.steps {
            li { p { "Open an authenticator on your phone, such as Aegis, 2FAS, or the one that came with it." } }
            li {
                p { "Scan this picture, or type the key." }
                @if let Some(picture) = qr::picture(&factor.otpauth_url, "Picture to scan with an authenticator") {
                    (picture)
                }
                p.secret { code { (grouped(&factor.secret)) } }
            }
            li {
                form.stack method="post" action="/backoffice/second-factor" {
                    (field::csrf(csrf))
                    (field.render(&Complaints::default()))
                    button.button type="submit" { "Switch it on" }
                }
            }
        }
        (start_again(csrf))
    };
    bare("Set up your second factor", &main)
}

/// Shows the recovery codes, once.
pub fn recovery_codes(codes: &RecoveryCodes) -> String {
    let main = html! {
        h1 { "Keep these codes" }
        p {
            "Should you lose your phone, each of these lets you in once. They are shown now and never again: print them, or "
            "put them where you keep your passwords."
        }
        ul.recovery { @for code in &codes.recovery_codes { li { code { (code) } } } }
        div.actions { a.button href="/backoffice" { "I have kept them" } }
    };
    bare("Keep these codes", &main)
}

fn start_again(csrf: &str) -> Markup {
    html! {
        form method="post" action="/backoffice/sign-out" {
            (field::csrf(csrf))
            button.link type="submit" { "Start again" }
        }
    }
}

fn grouped(secret: &str) -> String {
    let letters = secret.chars().collect::<Vec<_>>();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
