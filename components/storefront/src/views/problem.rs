//! Pages about what went wrong: one for each kind of problem, and one for the problem at hand.

use maud::{Markup, html};
use merkato_contract::problem::{Code, Problem};

use super::{
    layout::{Frame, Page, Style, document},
    message,
};

/// The list of all kinds of problems.
pub fn index(frame: &Frame) -> String {
    let main = html! {
        div.wrap {
            header.page-head {
                h1 { "When something goes wrong" }
                p { "Every error of this shop and of its interface has a name. Here is what each one means." }
            }
            ul.steps.problem-list {
                @for code in Code::ALL {
                    li {
                        a href={ "/problems/" (code.name()) } { (code.title()) }
                        " " code.soft { (code.name()) }
                    }
                }
            }
        }
    };
    page(frame, "When something goes wrong", "What each error of the shop means.", main)
}

/// The help page of one kind of problem.
pub fn help(frame: &Frame, code: Code) -> String {
    let main = html! {
        div.wrap {
            header.page-head {
                nav.crumbs aria-label="Where you are" {
                    ol {
                        li { a href="/problems" { "When something goes wrong" } }
                        li aria-current="page" { (code.name()) }
                    }
                }
                h1 { (code.title()) }
                p.small { "Status " (code.status()) " · " code { (code.name()) } }
            }
            div.prose { (markdown(code.help())) }
        }
    };
    page(frame, code.title(), code.title(), main)
}

/// The page for the problem at hand.
pub fn problem(frame: &Frame, problem: &Problem) -> String {
    let (title, text) = match problem.code {
        Code::NotFound => (
            "You took a wrong turn",
            "The market is large, and this lane leads nowhere. What you look for may have moved to another stall.",
        ),
        Code::Unavailable => (
            "The stalls are shut for a moment",
            "A part of the shop does not answer just now. Nothing is lost: your basket is kept. Please try again in a \
             minute.",
        ),
        Code::Internal => (
            "Something broke, and it was us",
            "We have written it down. Please try again; if you were placing an order, it will not be placed twice.",
        ),
        Code::Forbidden => ("We could not be sure it was you", problem.detail.as_str()),
        _ => (problem.title.as_str(), problem.detail.as_str()),
    };
    let main = message::empty(title, text, &[("/", "Back to the market"), ("/cart", "To your basket")]);
    page(frame, title, "", main)
}

fn page(frame: &Frame, title: &str, description: &str, main: Markup) -> String {
    let page = Page { title, description, style: Style::Order, category: None, refresh_seconds: None, main };
    document(frame, &page)
}

/// As much of Markdown as the help pages use: headings, paragraphs, lists and `code`. The first heading is left out,
/// for the page has it already.
fn markdown(text: &str) -> Markup {
    html! {
        @for block in text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
            @if let Some(heading) = block.strip_prefix("## ") {
                h2 { (inline(heading)) }
            } @else if block.starts_with("# ") {
            } @else if block.starts_with("- ") {
                ul { @for item in block.lines().filter_map(|line| line.strip_prefix("- ")) { li { (inline(item)) } } }
            } @else {
                p { (inline(block)) }
            }
        }
    }
}

/// Text in which every other part between backticks is code.
fn inline(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_pages_become_headings_paragraphs_and_code() {
        let html = markdown("# Title\n\nSee `a<b`.\n\n## What to do\n\n- One\n- Two").into_string();
        let expected = "<p>See <code>a&lt;b</code>.</p><h2>What to do</h2><ul><li>One</li><li>Two</li></ul>";
        assert_eq!(html, expected);
    }

    #[test]
    fn every_kind_of_problem_has_a_page() {
        for code in Code::ALL {
            let html = help(&Frame::default(), *code);
            assert!(html.contains("What to do"), "{}", code.name());
            assert!(!html.contains("<p># "), "{}", code.name());
        }
    }
}
