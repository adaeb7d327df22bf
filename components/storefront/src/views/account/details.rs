//! What somebody is called, what they want to hear of, and taking everything along or away.

use maud::{Markup, html};
use merkato_contract::user::{Preferences, Topics, User};

use super::{Reply, Section, form, inside, name_field, part, password_field};
use crate::views::layout::Frame;

/// Languages that the shop writes in: tag and name, in their own words.
pub const LANGUAGES: [(&str, &str); 3] = [("en", "English"), ("de", "Deutsch"), ("am", "አማርኛ")];

/// The page for name and messages.
pub fn details(frame: &Frame, user: &User, preferences: &Preferences, reply: &Reply) -> String {
    let complaints = &reply.complaints;
    let content = html! {
        (part("name", "What we call you", &form(frame, "/account/details", &html! {
            div.fields {
                (name_field("first_name", "First name", "given-name", &user.first_name, false, complaints))
                (name_field("last_name", "Family name", "family-name", &user.last_name, true, complaints))
            }
            div.actions { button.button type="submit" { "Keep this name" } }
        })))
        (part("messages", "What you hear from us", &form(frame, "/account/details/messages", &html! {
            (topics("email", "By e-mail", preferences.email))
            (topics("sms", "By text message", preferences.sms))
            div.field {
                label for="locale" { "Language of our mails" }
                select.input id="locale" name="locale" {
                    @if !LANGUAGES.iter().any(|(tag, _)| *tag == preferences.locale) {
                        option value=(preferences.locale) selected { (preferences.locale) }
                    }
                    @for (tag, name) in LANGUAGES {
                        option value=(tag) lang=(tag) selected[tag == preferences.locale] { (name) }
                    }
                }
            }
            p.field-hint { "What concerns the account itself, such as a new password, is always sent." }
            div.actions { button.button type="submit" { "Keep these choices" } }
        })))
    };
    inside(frame, Section::Details, "Name and messages", reply, &content)
}

fn topics(channel: &str, label: &str, topics: Topics) -> Markup {
    let boxes = [
        ("orders", "News of my orders", topics.orders),
        ("marketing", "Offers of the market", topics.marketing),
    ];
    html! {
        fieldset.checks {
            legend { (label) }
            @for (topic, label, wanted) in boxes {
                label.check {
                    input type="checkbox" name={ (channel) "." (topic) } value="yes" checked[wanted];
                    span { (label) }
                }
            }
        }
    }
}

/// The page for taking everything along, or away.
pub fn data(frame: &Frame, reply: &Reply) -> String {
    let content = html! {
        (part("export", "Take it along", &html! {
            p { "Everything that we keep about your account, in a file that other programs can read: name, addresses, choices, where you are signed in, and what we have sent you." }
            div.actions { a.button.button-plain href="/account/data/export" download { "Fetch the file" } }
        }))
        (part("deletion", "Take it away", &html! {
            p { "Your name, your e-mail address, your addresses and your choices are deleted at once and for good. What you ordered stays in our books with the address that it went to, as the law demands; nothing leads from there to an account any more." }
            (form(frame, "/account/data/deletion", &html! {
                (password_field("password", "Your password, to be sure", &reply.complaints))
                label.check {
                    input type="checkbox" name="sure" value="yes" required;
                    span { "Yes, delete my account for good" }
                }
                div.actions { button.button.button-plain type="submit" { "Delete my account" } }
            }))
        }))
    };
    inside(frame, Section::Data, "Your data", reply, &content)
}
