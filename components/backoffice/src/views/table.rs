//! Tables, the filters above them, and the way to their next page.

use maud::{Markup, html};

/// A column.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// Of words.
    Words(&'static str),
    /// Of figures, which stand right-aligned.
    Figures(&'static str),
}

/// A table of `rows`, each a `tr`, that scrolls by itself where it is wider than the page. `label` says what it lists.
pub fn table(label: &str, columns: &[Column], rows: &[Markup]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label=(label) {
            table {
                thead {
                    tr {
                        @for column in columns {
                            @match column {
                                Column::Words(title) => th scope="col" { (title) },
                                Column::Figures(title) => th.figure scope="col" { (title) },
                            }
                        }
                    }
                }
                tbody { @for row in rows { (row) } }
            }
        }
    }
}

/// Facts, each with its name.
pub fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
    }
}

/// Links of which one is chosen: the values of a filter, by what they are called.
pub fn tabs(label: &str, path: &str, parameter: &str, chosen: &str, values: &[(&str, &str)]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for (value, title) in values {
                a href=(with_query(path, &[(parameter, value)])) aria-current=[(*value == chosen).then_some("true")] {
                    (title)
                }
            }
        }
    }
}

/// The way to the next page of a list, and back to the first.
pub fn pages(path: &str, filters: &[(&str, &str)], is_first: bool, next: Option<&str>) -> Markup {
    html! {
        @if !is_first || next.is_some() {
            nav.pages aria-label="Pages" {
                @if !is_first { a.button.quiet href=(with_query(path, filters)) { "Back to the first page" } }
                @if let Some(next) = next {
                    a.button.quiet rel="next" href=(with_query(path, &[filters, &[("after", next)]].concat())) {
                        "Next page"
                    }
                }
            }
        }
    }
}

/// `path` with the parameters that have a value.
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query = query.extend_pairs(given).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_cannot_break_out_of_its_query() {
        assert_eq!(
            with_query("/a", &[("after", "a b&c=\"é"), ("state", "")]),
            "/a?after=a+b%26c%3D%22%C3%A9"
        );
        assert_eq!(with_query("/a", &[]), "/a");
    }
}
