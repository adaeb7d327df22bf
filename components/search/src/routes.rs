//! `/api/search`, and what catalog and outbox tell.

use std::str::FromStr;

use http::Method;
use merkato_commerce::{Invalid, text::Slug};
use merkato_contract::{
    BODY_BYTES_MAX, List,
    catalog::PRICE_MAX,
    event::{CLOUD_EVENT_JSON, Event},
    language::Language,
    problem::{Code, Problem},
    search::{
        CategoryTree, DOCUMENTS_BYTES_MAX, DOCUMENTS_MAX, Documents, QUERY_CHARACTERS_MAX, RESULTS_MAX,
        Rebuild, SYNONYMS_MAX, Sort, Synonyms, SynonymsDraft,
    },
};
use merkato_edge::{Context, Page, Request, Response, entity_tag};

use crate::{
    find::{self, Search},
    index,
    store::{PriceRange, Store},
    words::{Word, words},
};

/// Results change with stock and prices at any moment, so a cache asks each time; the tag makes that cheap.
const RESULTS_CACHE: &str = "public, no-cache";
/// Most words of a synonym: a phrase, no sentence.
const SYNONYM_WORDS_MAX: usize = 4;

/// A delivery of products is as large as they are; everything else is a form's worth.
pub fn body_bytes_max(path: &str) -> usize {
    match path.trim_end_matches('/') {
        "/internal/search/products" => DOCUMENTS_BYTES_MAX,
        _ => BODY_BYTES_MAX,
    }
}

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (&request.method, request.segments().as_slice()) {
        (&Method::GET, ["api", "search"]) => search(context, request).await,
        (&Method::GET, ["api", "search", "synonyms"]) => list_synonyms(context, request),
        (&Method::PUT, ["api", "search", "synonyms", word]) => put_synonyms(context, request, word),
        (&Method::DELETE, ["api", "search", "synonyms", word]) => delete_synonyms(context, request, word),
        (&Method::GET, ["api", "search", "zero-results"]) => list_zero_results(context, request),
        (&Method::DELETE, ["api", "search", "zero-results"]) => delete_zero_results(context, request),
        (&Method::POST, ["internal", "search", "products"]) => put_documents(context, request).await,
        (&Method::PUT, ["internal", "search", "categories"]) => put_categories(context, request),
        (&Method::POST, ["internal", "search", "rebuild"]) => rebuild(context, request).await,
        (&Method::POST, ["internal", "search", "events"]) => hear(context, request).await,
        (_, ["api", "search"] | ["api", "search", "synonyms"]) => Ok(Response::method_not_allowed("GET")),
        (_, ["api", "search", "synonyms", _]) => Ok(Response::method_not_allowed("PUT, DELETE")),
        (_, ["api", "search", "zero-results"]) => Ok(Response::method_not_allowed("GET, DELETE")),
        (_, ["internal", "search", "products" | "rebuild" | "events"]) => {
            Ok(Response::method_not_allowed("POST"))
        }
        (_, ["internal", "search", "categories"]) => Ok(Response::method_not_allowed("PUT")),
        _ => Err(Problem::not_found("address")),
    }
}

async fn search(context: &Context, request: &Request) -> Result<Response, Problem> {
    let asked = asked(request)?;
    let results = find::search(context, &Store::open(context)?, &asked).await?;
    let response = Response::json(200, &results)?.with_header("cache-control", RESULTS_CACHE);
    Ok(entity_tag::tagged(request, response, 0))
}

fn list_synonyms(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    Response::json(200, &List { items: Store::open(context)?.list_synonyms()?, next: None })
}

fn put_synonyms(context: &Context, request: &Request, word: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let word = one_word(word)?;
    let draft = request.json::<SynonymsDraft>()?;
    if draft.synonyms.is_empty() || draft.synonyms.len() > SYNONYMS_MAX {
        return Err(Invalid::new("synonyms", format!("must be 1 to {SYNONYMS_MAX}")).into());
    }
    for (place, synonym) in draft.synonyms.iter().enumerate() {
        if synonym.len() > QUERY_CHARACTERS_MAX || !(1..=SYNONYM_WORDS_MAX).contains(&words(synonym).len()) {
            let message = format!("must be 1 to {SYNONYM_WORDS_MAX} words");
            return Err(Invalid::new(format!("synonyms[{place}]"), message).into());
        }
    }
    Store::open(context)?.put_synonyms(&word, &draft.synonyms)?;
    Response::json(200, &Synonyms { word: word.text, synonyms: draft.synonyms })
}

fn delete_synonyms(context: &Context, request: &Request, word: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let known = Store::open(context)?.delete_synonyms(&one_word(word)?)?;
    if known { Ok(Response::empty(204)) } else { Err(Problem::not_found("synonym")) }
}

fn list_zero_results(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    Response::json(200, &List { items: Store::open(context)?.list_zero_results()?, next: None })
}

fn delete_zero_results(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    Store::open(context)?.delete_zero_results()?;
    Ok(Response::empty(204))
}

async fn put_documents(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let documents = request.json::<Documents>()?;
    if documents.items.len() > DOCUMENTS_MAX {
        return Err(Invalid::new("items", format!("must be at most {DOCUMENTS_MAX}")).into());
    }
    index::put_documents(context, &Store::open(context)?, &documents.items).await?;
    Ok(Response::empty(204))
}

fn put_categories(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    Store::open(context)?.put_categories(&request.json::<CategoryTree>()?)?;
    Ok(Response::empty(204))
}

async fn rebuild(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let Rebuild { after } = request.json::<Rebuild>()?;
    Response::json(200, &index::rebuild(context, &Store::open(context)?, after).await?)
}

async fn hear(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    request.media_type(|media_type| media_type == CLOUD_EVENT_JSON, CLOUD_EVENT_JSON)?;
    let event: Event = serde_json::from_slice(&request.body).map_err(|error| {
        Problem::new(Code::MalformedRequest, format!("The body is not an event: {error}."))
    })?;
    index::hear(context, &Store::open(context)?, &event).await?;
    Ok(Response::empty(204))
}

/// What the query asks for. All that is wrong with it is named.
fn asked(request: &Request) -> Result<Search, Problem> {
    const KNOWN: [&str; 9] =
        ["q", "category", "min_price", "max_price", "in_stock", "sort", "language", "limit", "after"];
    let mut problems = Vec::new();
    for name in request.query_names().iter().filter(|name| !KNOWN.contains(&name.as_str())) {
        problems.push(Invalid::new(name.chars().take(50).collect::<String>(), "is not known here"));
    }
    let text = request.query_value("q").unwrap_or_default();
    if text.chars().count() > QUERY_CHARACTERS_MAX {
        problems.push(Invalid::new("q", format!("must be at most {QUERY_CHARACTERS_MAX} characters")));
    }
    let category = taken::<Slug>(request, "category", &mut problems);
    let [min, max] = ["min_price", "max_price"].map(|name| price(request, name, &mut problems));
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        problems.push(Invalid::new("max_price", "must not be less than min_price"));
    }
    let in_stock = match request.query_value("in_stock").as_deref() {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => {
            problems.push(Invalid::new("in_stock", "must be true or false"));
            false
        }
    };
    let sort = taken::<Sort>(request, "sort", &mut problems);
    let language = taken::<Language>(request, "language", &mut problems);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let page = Page::of(request)?;
    let offset = page.after.as_deref().map_or(Ok(0), str::parse::<u32>);
    let offset = offset.ok().filter(|offset| *offset < RESULTS_MAX).ok_or_else(Page::unknown_cursor)?;
    let price = PriceRange { min, max };
    Ok(Search { text, category, price, in_stock, sort, language, limit: page.limit, offset })
}

/// A query parameter as `T`; nothing if it is not there, empty or wrong.
fn taken<T: FromStr<Err = Invalid>>(request: &Request, name: &str, problems: &mut Vec<Invalid>) -> Option<T> {
    let text = request.query_value(name).filter(|text| !text.is_empty())?;
    let parsed = text.parse::<T>();
    parsed.map_err(|invalid| problems.push(Invalid::new(name, invalid.message))).ok()
}

/// A price in minor units.
fn price(request: &Request, name: &str, problems: &mut Vec<Invalid>) -> Option<i64> {
    let text = request.query_value(name).filter(|text| !text.is_empty())?;
    let price = text.parse().ok().filter(|price| (0..=PRICE_MAX).contains(price));
    if price.is_none() {
        problems
            .push(Invalid::new(name, format!("must be a number of minor units between 0 and {PRICE_MAX}")));
    }
    price
}

fn one_word(text: &str) -> Result<Word, Problem> {
    let mut words = if text.len() > QUERY_CHARACTERS_MAX { Vec::new() } else { words(text) };
    match (words.pop(), words.is_empty()) {
        (Some(word), true) => Ok(word),
        _ => Err(Invalid::new("word", "must be one word").into()),
    }
}
