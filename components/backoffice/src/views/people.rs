//! People with an account: finding them, and what they may do.

use maud::{Markup, html};
use merkato_contract::{List, order::Order, problem::Problem, token::Role, user::User};

use super::{
    badge,
    field::{self, Complaints},
    layout::{Frame, Page, Section, document},
    message::{self, Message},
    table::{Column, facts, table, with_query},
};
use crate::figures::{moment, money};

/// Name of the field for what somebody may do.
pub const ROLE_FIELD: &str = "role";

/// Looks for people by their address; `found` once somebody was asked for.
pub fn find(
    frame: &Frame,
    email: &str,
    message: Option<&Message>,
    found: Option<&Result<Vec<User>, Problem>>,
) -> String {
    let main = html! {
        (message::live(message))
        form.search method="get" action=(Section::Customers.path()) role="search" {
            div.field {
                label for="email" { "E-mail address" }
                input id="email" name="email" type="email" value=(email) autocomplete="off" required;
            }
            div.actions { button.button type="submit" { "Find" } }
        }
        @match found {
            None => (message::empty("People are found by their whole e-mail address: nobody leafs through all of them.")),
            Some(found) => (message::part("The list", found, |people| html! {
                @if people.is_empty() {
                    (message::empty("Nobody has an account with this address. It may be a guest's: look among the orders."))
                } @else {
                    (table("People", COLUMNS, &people.iter().map(row).collect::<Vec<_>>()))
                }
            })),
        }
    };
    let actions = html! {
        @if !email.is_empty() {
            a.button.quiet href=(with_query(Section::Orders.path(), &[("email", email)])) { "Orders of this address" }
        }
    };
    document(frame, &Page { title: "Customers", section: Section::Customers, actions, main })
}

const COLUMNS: &[Column] = &[
    Column::Words("Name"),
    Column::Words("E-mail address"),
    Column::Words("Role"),
    Column::Words("Second factor"),
    Column::Words("Since"),
];

fn row(user: &User) -> Markup {
    html! {
        tr {
            td.long { a.strong href={ "/backoffice/customers/" (user.id) } { (name(user)) } }
            td.long { (user.email) @if !user.email_verified { " " span.soft { "(not verified)" } } }
            td { (badge::role(user.role)) }
            td { @if user.mfa_enabled { "yes" } @else { "no" } }
            td.nowrap { (moment(user.created_at)) }
        }
    }
}

fn name(user: &User) -> String {
    let name = format!("{} {}", user.first_name, user.last_name);
    if name.trim().is_empty() { user.email.clone() } else { name.trim().to_owned() }
}

/// Somebody, with their last orders.
pub fn person(
    frame: &Frame,
    user: &User,
    message: Option<&Message>,
    orders: &Result<List<Order>, Problem>,
) -> String {
    let verified = if user.email_verified { "verified" } else { "not verified" };
    let main = html! {
        (message::live(message))
        div.columns {
            div.column {
                section.panel aria-labelledby="orders" {
                    h2 id="orders" { "Orders with this address" }
                    (message::part("The list", orders, |orders| html! {
                        @if orders.items.is_empty() {
                            (message::empty("None so far."))
                        } @else {
                            (table("Orders", ORDER_COLUMNS, &orders.items.iter().map(order_row).collect::<Vec<_>>()))
                        }
                        @if orders.next.is_some() {
                            p { a href=(with_query(Section::Orders.path(), &[("email", &user.email)])) { "All of them" } }
                        }
                    }))
                }
            }
            aside.column {
                section.panel aria-label="Account" {
                    (facts(&[
                        ("E-mail address", html! { span.long { (user.email) } br; span.soft { (verified) } }),
                        ("Role", badge::role(user.role)),
                        ("Second factor", html! { @if user.mfa_enabled { "switched on" } @else { "none" } }),
                        ("Since", html! { (moment(user.created_at)) }),
                        ("Messages", html! {
                            a href=(with_query(Section::Mailbox.path(), &[("recipient", &user.email)])) { "What we wrote" }
                        }),
                    ]))
                }
                @if frame.role == Role::Admin { (change_role(frame, user)) }
            }
        }
    };
    let title = name(user);
    document(frame, &Page { title: &title, section: Section::Customers, actions: html! {}, main })
}

const ORDER_COLUMNS: &[Column] =
    &[Column::Words("Order"), Column::Words("Placed"), Column::Words("State"), Column::Figures("Total")];

fn order_row(order: &Order) -> Markup {
    html! {
        tr {
            td { a.strong href={ "/backoffice/orders/" (order.id) } { (order.number) } }
            td.nowrap { (moment(order.placed_at)) }
            td { (badge::order(order.state)) }
            td.figure { (money(order.totals.total)) }
        }
    }
}

fn change_role(frame: &Frame, user: &User) -> Markup {
    let roles = Role::ALL.map(|role| (role.name(), role_words(role)));
    html! {
        section.panel aria-labelledby="role-change" {
            h2 id="role-change" { "What they may do" }
            form method="post" action={ "/backoffice/customers/" (user.id) "/role" } {
                (field::csrf(&frame.csrf))
                (field::choice(ROLE_FIELD, "Role", &roles, user.role.name(), &Complaints::default()))
                div.actions { button.button.quiet type="submit" { "Change …" } }
            }
        }
    }
}

/// What a role means.
pub const fn role_words(role: Role) -> &'static str {
    match role {
        Role::Customer => "Customer: buys",
        Role::Staff => "Staff: runs the shop",
        Role::Admin => "Admin: runs the shop and its staff",
    }
}
