//! The page for a problem that stopped another page.

use maud::html;
use merkato_contract::problem::{Code, Problem};

use super::layout::{Frame, Page, Section, bare, document};

/// The page.
pub fn problem(frame: Option<&Frame>, problem: &Problem) -> String {
    let (title, text) = match problem.code {
        Code::NotFound => ("There is nothing here", problem.detail.as_str()),
        Code::Unavailable => ("A part of the shop does not answer", problem.detail.as_str()),
        Code::Forbidden => ("Not allowed", problem.detail.as_str()),
        _ => (problem.title.as_str(), problem.detail.as_str()),
    };
    let main = html! {
        div.panel.narrow {
            p { (text) }
            div.actions { a.button.quiet href="/backoffice" { "To the dashboard" } }
        }
    };
    match frame {
        Some(frame) => document(frame, &Page { title, section: Section::Dashboard, actions: html! {}, main }),
        None => bare(title, &html! { h1 { (title) } (main) }),
    }
}
