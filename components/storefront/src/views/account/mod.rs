//! Pages for people with an account, and the doors to them.

pub mod addresses;
pub mod details;
pub mod door;
pub mod orders;
pub mod overview;
pub mod security;
pub mod wishlist;

use maud::{Markup, html};
use merkato_commerce::text::EMAIL_CHARACTERS_MAX;
use merkato_contract::user_validation::{PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN};

use super::{
    field::{self, Complaints, TextField, complaint_id, complaint_of},
    layout::{Frame, Page, Style, document},
    message::{self, Message},
};

/// Name of the hidden field that says where one goes on to.
pub const FIELD_NEXT: &str = "next";
/// Longest code that a field takes: recovery codes are the longest.
const CODE_CHARACTERS_MAX: usize = 40;

/// A part of the account, as its navigation lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Where one arrives.
    Overview,
    /// What was bought.
    Orders,
    /// What one would like to have.
    Wishlist,
    /// Where parcels go.
    Addresses,
    /// Name, language and messages.
    Details,
    /// Password, e-mail address, second factor.
    Security,
    /// Taking everything along, or away.
    Data,
}

impl Section {
    const ALL: [Self; 7] = [
        Self::Overview,
        Self::Orders,
        Self::Wishlist,
        Self::Addresses,
        Self::Details,
        Self::Security,
        Self::Data,
    ];

    /// Where it is.
    pub const fn address(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Orders => "/account/orders",
            Self::Wishlist => "/account/wishlist",
            Self::Addresses => "/account/addresses",
            Self::Details => "/account/details",
            Self::Security => "/account/security",
            Self::Data => "/account/data",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Orders => "Orders",
            Self::Wishlist => "Wishlist",
            Self::Addresses => "Addresses",
            Self::Details => "Name and messages",
            Self::Security => "Signing in",
            Self::Data => "Your data",
        }
    }
}

/// What has become of the form that was sent last.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// What just happened.
    pub message: Option<Message>,
    /// What is wrong, by name of the field.
    pub complaints: Complaints,
}

impl Reply {
    /// Something worked.
    pub fn good(title: &str) -> Self {
        Self { message: Some(Message::good(title)), complaints: Complaints::default() }
    }

    /// Something did not.
    pub fn bad(title: &str, text: impl Into<String>) -> Self {
        Self { message: Some(Message::bad(title, text)), complaints: Complaints::default() }
    }
}

/// A page inside the account.
fn inside(frame: &Frame, here: Section, title: &str, reply: &Reply, content: &Markup) -> String {
    let main = html! {
        div.wrap {
            header.page-head { h1 { (title) } }
            div.account {
                nav.account-nav aria-label="Your account" {
                    ul {
                        @for section in Section::ALL {
                            li {
                                a href=(section.address()) aria-current=[(section == here).then_some("page")] {
                                    (section.label())
                                }
                            }
                        }
                    }
                    form method="post" action="/account/sign-out" {
                        (field::csrf(&frame.csrf))
                        button.link-button type="submit" { "Sign out" }
                    }
                }
                div.account-parts {
                    (message::live(reply.message.as_ref()))
                    (content)
                }
            }
        }
    };
    whole(frame, title, main)
}

/// A page before the door: one thing to do, and nothing beside it.
fn before_the_door(frame: &Frame, title: &str, reply: &Reply, content: &Markup) -> String {
    let main = html! {
        div.wrap {
            div.door {
                h1 { (title) }
                (message::live(reply.message.as_ref()))
                (content)
            }
        }
    };
    whole(frame, title, main)
}

fn whole(frame: &Frame, title: &str, main: Markup) -> String {
    let page =
        Page { title, description: "", style: Style::Account, category: None, refresh_seconds: None, main };
    document(frame, &page)
}

/// A part of a page, with its heading.
fn part(id: &str, title: &str, content: &Markup) -> Markup {
    html! {
        section.group aria-labelledby=(id) {
            h2 id=(id) { (title) }
            (content)
        }
    }
}

/// A form that is sent to `action`.
fn form(frame: &Frame, action: &str, content: &Markup) -> Markup {
    html! {
        form.stack method="post" action=(action) {
            (field::csrf(&frame.csrf))
            (content)
        }
    }
}

/// The hidden field that says where one goes on to.
fn next_field(next: &str) -> Markup {
    html! { input type="hidden" name=(FIELD_NEXT) value=(next); }
}

/// A field for the account's address.
fn email_field(name: &str, label: &str, autocomplete: &str, value: &str, complaints: &Complaints) -> Markup {
    TextField {
        name,
        label,
        kind: "email",
        autocomplete,
        value,
        optional: false,
        characters_max: EMAIL_CHARACTERS_MAX,
        width: "",
    }
    .render(complaints)
}

/// A field for the password that holds now. It comes back empty, whatever was typed.
fn password_field(name: &str, label: &str, complaints: &Complaints) -> Markup {
    TextField {
        name,
        label,
        kind: "password",
        autocomplete: "current-password",
        value: "",
        optional: false,
        characters_max: PASSWORD_CHARACTERS_MAX,
        width: "",
    }
    .render(complaints)
}

/// A field for a password that is to hold, with what is asked of it.
fn new_password_field(name: &str, label: &str, complaints: &Complaints) -> Markup {
    let complaint = complaints.of(name);
    let hint = format!("{name}-hint");
    let described = complaint.map_or_else(|| hint.clone(), |_| format!("{hint} {}", complaint_id(name)));
    html! {
        div.field {
            label for=(name) { (label) }
            input.input id=(name) name=(name) type="password" autocomplete="new-password" required
                minlength=(PASSWORD_CHARACTERS_MIN) maxlength=(PASSWORD_CHARACTERS_MAX)
                passwordrules={ "minlength: " (PASSWORD_CHARACTERS_MIN) "; maxlength: " (PASSWORD_CHARACTERS_MAX) ";" }
                aria-invalid=[complaint.map(|_| "true")] aria-describedby=(described);
            p.field-hint id=(hint) {
                "At least " (PASSWORD_CHARACTERS_MIN) " characters, of any kind. A short sentence is best."
            }
            (complaint_of(name, label, complaints))
        }
    }
}

/// A field for a code of the authenticator, or a recovery code.
fn code_field(label: &str, complaints: &Complaints) -> Markup {
    let complaint = complaints.of("code");
    html! {
        div.field {
            label for="code" { (label) }
            input.input.input-code id="code" name="code" type="text" autocomplete="one-time-code" required
                autocapitalize="characters" spellcheck="false" maxlength=(CODE_CHARACTERS_MAX)
                aria-invalid=[complaint.map(|_| "true")]
                aria-describedby=[complaint.map(|_| complaint_id("code"))];
            (complaint_of("code", "Code", complaints))
        }
    }
}

/// A field of one line for a name.
fn name_field(
    name: &str,
    label: &str,
    autocomplete: &str,
    value: &str,
    optional: bool,
    complaints: &Complaints,
) -> Markup {
    TextField {
        name,
        label,
        kind: "text",
        autocomplete,
        value,
        optional,
        characters_max: merkato_contract::user_validation::NAME_CHARACTERS_MAX,
        width: "half",
    }
    .render(complaints)
}
