//! Which part of a list is asked for.

use merkato_commerce::Invalid;
use merkato_contract::{LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, problem::Problem};

use crate::Request;

/// Longest cursor: ours are ids or a few fields, in text.
const CURSOR_CHARACTERS_MAX: usize = 512;

/// `limit` and `after` of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Most entries to answer, from 1 to [`LIST_LIMIT_MAX`].
    pub limit: u32,
    /// The `next` of the page before.
    pub after: Option<String>,
}

impl Page {
    /// What `request` asks for. A client that asks for more than the most would miss what it does not get, so it is
    /// told rather than cut short.
    pub fn of(request: &Request) -> Result<Self, Problem> {
        let limit = request.query_value("limit").map_or(Ok(LIST_LIMIT_DEFAULT), |text| limit_of(&text))?;
        let after = request.query_value("after").filter(|after| !after.is_empty());
        if after.as_ref().is_some_and(|after| after.len() > CURSOR_CHARACTERS_MAX) {
            return Err(Self::unknown_cursor());
        }
        Ok(Self { limit, after })
    }

    /// `after` is not a `next` of this list.
    pub fn unknown_cursor() -> Problem {
        Invalid::new("after", "must be the `next` of an earlier page").into()
    }
}

fn limit_of(text: &str) -> Result<u32, Invalid> {
    let limit = text.parse().ok().filter(|limit| (1..=LIST_LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| Invalid::new("limit", format!("must be a number between 1 and {LIST_LIMIT_MAX}")))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn page(query: &str) -> Result<Page, Problem> {
        Page::of(&Request::new(Method::GET, &format!("/?{query}"), HeaderMap::new(), Vec::new()))
    }

    #[test]
    fn a_limit_of_more_than_the_most_or_of_nothing_is_refused() {
        assert_eq!(page("").map(|page| page.limit), Ok(LIST_LIMIT_DEFAULT));
        assert_eq!(page("limit=100").map(|page| page.limit), Ok(LIST_LIMIT_MAX));
        for query in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=99999999999"] {
            assert_eq!(page(query).expect_err("a problem").errors[0].field, "limit", "{query}");
        }
        assert_eq!(page("after=").map(|page| page.after), Ok(None));
    }
}
