//! The addresses that somebody keeps.

use maud::{Markup, html};
use merkato_commerce::address::{ADDRESS_LINE_CHARACTERS_MAX, Address};
use merkato_contract::user::SavedAddress;

use super::{Reply, Section, form, inside};
use crate::{
    countries::{self, COUNTRIES},
    views::{
        field::{TextField, complaint_id, complaint_of},
        layout::Frame,
    },
};

/// The list.
pub fn addresses(frame: &Frame, addresses: &[SavedAddress], reply: &Reply) -> String {
    let content = html! {
        @if addresses.is_empty() {
            p.soft { "None yet. One that you keep here need not be typed at the till." }
        }
        ul.tiles-plain {
            @for address in addresses {
                li.tile-plain {
                    (shown(address))
                    div.actions {
                        a.link-button href={ "/account/addresses/" (address.id) } {
                            "Change" span.unseen { " the address of " (address.name) }
                        }
                        form method="post" action={ "/account/addresses/" (address.id) "/removal" } {
                            (crate::views::field::csrf(&frame.csrf))
                            button.link-button type="submit" {
                                "Remove" span.unseen { " the address of " (address.name) }
                            }
                        }
                    }
                }
            }
        }
        div.actions { a.button href="/account/addresses/new" { "Add an address" } }
    };
    inside(frame, Section::Addresses, "Addresses", reply, &content)
}

fn shown(address: &SavedAddress) -> Markup {
    html! {
        address.address {
            strong { (address.name) } br;
            (address.line1) br;
            @if let Some(line2) = &address.line2 { (line2) br; }
            (address.postal_code) " " (address.city) br;
            @if let Some(region) = &address.region { (region) br; }
            (countries::name(&address.country))
        }
    }
}

/// The form for one; `action` is where it is sent.
pub fn edit(frame: &Frame, action: &str, address: &Address, reply: &Reply) -> String {
    let complaints = &reply.complaints;
    let text = |name, label, autocomplete, value: &str, optional, width| {
        let characters_max = ADDRESS_LINE_CHARACTERS_MAX;
        TextField { name, label, kind: "text", autocomplete, value, optional, characters_max, width }
            .render(complaints)
    };
    let (line2, region) =
        (address.line2.as_deref().unwrap_or_default(), address.region.as_deref().unwrap_or_default());
    let country = complaints.of("country");
    let content = form(
        frame,
        action,
        &html! {
            div.fields {
                (text("name", "Name", "name", &address.name, false, ""))
                (text("line1", "Street and number", "address-line1", &address.line1, false, ""))
                (text("line2", "Flat, floor, care of", "address-line2", line2, true, ""))
                (text("postal_code", "Postal code", "postal-code", &address.postal_code, false, "third"))
                (text("city", "Town", "address-level2", &address.city, false, "two-thirds"))
                (text("region", "State or region", "address-level1", region, true, "half"))
                div.field.half {
                    label for="country" { "Country" }
                    select.input id="country" name="country" autocomplete="country" required
                        aria-invalid=[country.map(|_| "true")] aria-describedby=[country.map(|_| complaint_id("country"))] {
                        option value="" selected[address.country.is_empty()] { "Please choose" }
                        @for (code, name) in COUNTRIES {
                            option value=(code) selected[*code == address.country] { (name) }
                        }
                    }
                    (complaint_of("country", "Country", complaints))
                }
            }
            div.actions {
                button.button type="submit" { "Keep this address" }
                a.button.button-plain href=(Section::Addresses.address()) { "Leave it" }
            }
        },
    );
    inside(frame, Section::Addresses, "An address", reply, &content)
}
