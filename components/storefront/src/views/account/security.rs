//! How somebody signs in: password, address, second factor.

use maud::{Markup, html};
use merkato_contract::user::{MfaSecret, User};
use qrcode::{Color, EcLevel, QrCode};

use super::{
    Reply, Section, code_field, email_field, form, inside, new_password_field, part, password_field,
};
use crate::views::{account::overview::unverified, layout::Frame};

/// Modules of white around a QR code (ISO/IEC 18004, 5.3.8): without them cameras do not find it.
const QUIET_MODULES: usize = 4;

/// The page.
pub fn security(frame: &Frame, user: &User, typed_email: &str, reply: &Reply) -> String {
    let complaints = &reply.complaints;
    let content = html! {
        @if !user.email_verified { (unverified(frame, user)) }
        (part("password", "Password", &form(frame, "/account/security/password", &html! {
            (username(user))
            (password_field("current_password", "Password until now", complaints))
            (new_password_field("new_password", "New password", complaints))
            p.field-hint { "Everybody else who is signed in to your account is signed out." }
            div.actions { button.button type="submit" { "Change the password" } }
        })))
        (part("address", "E-mail address", &html! {
            p { "It is " strong { (user.email) } ". We send a mail to the new one, and change it once you have followed the link." }
            (form(frame, "/account/security/email", &html! {
                (email_field("email", "New e-mail address", "email", typed_email, complaints))
                (password_field("password", "Password", complaints))
                div.actions { button.button type="submit" { "Change the address" } }
            }))
        }))
        (part("second-factor", "Second factor", &second_factor(frame, user, reply)))
        (part("devices", "Other devices", &html! {
            p { "Signed in on a computer that is not yours, or lost a phone? This ends every sign-in, here as well." }
            (form(frame, "/account/sign-out", &html! {
                input type="hidden" name="everywhere" value="yes";
                div.actions { button.button.button-plain type="submit" { "Sign out everywhere" } }
            }))
        }))
    };
    inside(frame, Section::Security, "Signing in", reply, &content)
}

/// Tells a password manager whose password this is.
fn username(user: &User) -> Markup {
    html! { input type="text" name="username" value=(user.email) autocomplete="username" readonly hidden; }
}

fn second_factor(frame: &Frame, user: &User, reply: &Reply) -> Markup {
    let complaints = &reply.complaints;
    if !user.mfa_enabled {
        return html! {
            p { "With an authenticator on your phone, somebody who has learned your password still does not get in." }
            (form(frame, "/account/security/second-factor", &html! {
                (password_field("mfa_password", "Password", complaints))
                div.actions { button.button type="submit" { "Set up a second factor" } }
            }))
        };
    }
    html! {
        p { "In use: you are asked for a code of your authenticator when you sign in." }
        (form(frame, "/account/security/recovery-codes", &html! {
            (code_field("Code of your authenticator, or a recovery code", complaints))
            div.actions {
                button.button type="submit" { "Make new recovery codes" }
                button.button.button-plain type="submit" formaction="/account/security/second-factor/end" {
                    "Do without it"
                }
            }
        }))
    }
}

/// The page on which an authenticator is given its secret.
pub fn new_second_factor(frame: &Frame, secret: &MfaSecret, reply: &Reply) -> String {
    let content = html! {
        (part("scan", "Show this to your authenticator", &html! {
            @if let Some(code) = qr_code(&secret.otpauth_url) { (code) }
            p { "Or type it there: " code.secret { (spaced(&secret.secret)) } }
        }))
        (part("confirm", "Then type what it shows", &form(frame, "/account/security/second-factor/confirm", &html! {
            input type="hidden" name="secret" value=(secret.secret);
            input type="hidden" name="otpauth_url" value=(secret.otpauth_url);
            (code_field("Code", &reply.complaints))
            div.actions {
                button.button type="submit" { "Use it from now on" }
                a.button.button-plain href=(Section::Security.address()) { "Not now" }
            }
        })))
    };
    inside(frame, Section::Security, "A second factor", reply, &content)
}

/// The page that shows recovery codes, once.
pub fn recovery_codes(frame: &Frame, codes: &[String], reply: &Reply) -> String {
    let content = html! {
        section.group.recovery aria-labelledby="codes" {
            h2 id="codes" { "Your recovery codes" }
            p {
                "Each lets you in once if you do not have your authenticator. Print them or write them down, and keep them "
                "where you keep your papers. They are shown this once, and codes from before hold no more."
            }
            ol.codes { @for code in codes { li { code { (code) } } } }
            div.actions {
                button.button type="button" data-print hidden { "Print them" }
                a.button.button-plain href=(Section::Security.address()) { "I have them" }
            }
        }
    };
    inside(frame, Section::Security, "Recovery codes", reply, &content)
}

/// `text` in groups of four, as people read it out.
fn spaced(text: &str) -> String {
    let letters = text.chars().collect::<Vec<_>>();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// `text` as a QR code; none if it is too long for one. One path of squares, so that nothing has to be styled inline.
fn qr_code(text: &str) -> Option<Markup> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let dark = colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
    let squares = dark.map(|(place, _)| {
        format!("M{} {}h1v1h-1z", place % width + QUIET_MODULES, place / width + QUIET_MODULES)
    });
    let squares = squares.collect::<String>();
    let size = width + 2 * QUIET_MODULES;
    Some(html! {
        svg.qr-code viewBox={ "0 0 " (size) " " (size) } role="img" aria-label="QR code for your authenticator"
            shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#fff" {}
            path fill="#000" d=(squares) {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_becomes_a_picture_and_a_text_that_can_be_read_out() {
        assert_eq!(spaced("JBSWY3DPEHPK3PXP"), "JBSW Y3DP EHPK 3PXP");
        let picture =
            qr_code("otpauth://totp/Merkato:hanna@merkato.example?secret=JBSWY3DPEHPK3PXP").expect("a code");
        let picture = picture.into_string();
        // The corner of the finder pattern, behind the quiet zone.
        assert!(picture.contains("M4 4h1v1h-1z"), "{picture}");
        assert!(!picture.contains("style="), "{picture}");
        assert!(qr_code(&"x".repeat(10_000)).is_none());
    }
}
