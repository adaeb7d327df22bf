//! `/api/catalog`, and the till's way to ask for what it has not been told.

use http::Method;
use merkato_commerce::{Invalid, ids::ProductId, text::Slug};
use merkato_contract::{
    BODY_BYTES_MAX, IMPORT_BYTES_MAX, List,
    catalog::{CategoryDraft, Product, ProductDraft, TITLE_CHARACTERS_MAX},
    problem::{Code, Problem},
};
use merkato_edge::{Context, Page, Request, Response, entity_tag};

use crate::{
    availability, draft,
    import::{self, Report},
    publish,
    store::{Store, Stored, Written},
};

/// Products change price and stock at any moment, so a cache asks each time; the tag makes that cheap.
const PRODUCT_CACHE: &str = "public, no-cache";
/// Categories change with the season.
const CATEGORY_CACHE: &str = "public, max-age=60";

/// The import takes a file, everything else a form's worth.
pub fn body_bytes_max(path: &str) -> usize {
    if path.trim_end_matches('/') == "/api/catalog/import" { IMPORT_BYTES_MAX } else { BODY_BYTES_MAX }
}

/// Answers one request.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    match (&request.method, request.segments().as_slice()) {
        (&Method::GET, ["api", "catalog", "products"]) => list_products(context, request).await,
        (&Method::POST, ["api", "catalog", "products"]) => create_product(context, request).await,
        (&Method::GET, ["api", "catalog", "products", slug]) => get_product(context, request, slug).await,
        (&Method::PUT, ["api", "catalog", "products", slug]) => update_product(context, request, slug).await,
        (&Method::DELETE, ["api", "catalog", "products", slug]) => {
            delete_product(context, request, slug).await
        }
        (&Method::GET, ["api", "catalog", "categories"]) => list_categories(context, request),
        (&Method::PUT, ["api", "catalog", "categories", slug]) => put_category(context, request, slug),
        (&Method::POST, ["api", "catalog", "import"]) => import_products(context, request).await,
        (&Method::POST, ["internal", "catalog", "publish"]) => publish_offers(context, request).await,
        (_, ["api", "catalog", "products"]) => Ok(Response::method_not_allowed("GET, POST")),
        (_, ["api", "catalog", "products", _]) => Ok(Response::method_not_allowed("GET, PUT, DELETE")),
        (_, ["api", "catalog", "categories"]) => Ok(Response::method_not_allowed("GET")),
        (_, ["api", "catalog", "categories", _]) => Ok(Response::method_not_allowed("PUT")),
        (_, ["api", "catalog", "import"] | ["internal", "catalog", "publish"]) => {
            Ok(Response::method_not_allowed("POST"))
        }
        _ => Err(Problem::not_found("address")),
    }
}

async fn list_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    let page = Page::of(request)?;
    let category = request.query_value("category").filter(|category| !category.is_empty());
    let category = category.map(|text| text.parse::<Slug>()).transpose();
    let category = category.map_err(|invalid| Invalid::new("category", invalid.message))?;
    let after = page.after.as_deref().map(str::parse::<ProductId>).transpose();
    let after = after.map_err(|_| Page::unknown_cursor())?;

    let store = Store::open(context)?;
    // One more than asked for says whether there is a next page.
    let mut stored = store.list_products(category.as_ref(), after, page.limit + 1)?;
    let limit = page.limit as usize;
    let more = stored.len() > limit;
    stored.truncate(limit);
    let next = stored.last().filter(|_| more).map(|last| last.product.id.to_string());
    let mut items = stored.into_iter().map(|stored| stored.product).collect::<Vec<_>>();
    availability::fill(context, &mut items).await;
    let response = Response::json(200, &List { items, next })?.with_header("cache-control", PRODUCT_CACHE);
    Ok(entity_tag::tagged(request, response, 0))
}

async fn get_product(context: &Context, request: &Request, slug: &str) -> Result<Response, Problem> {
    let slug = known_slug(slug)?;
    let stored = Store::open(context)?.product(&slug)?.ok_or_else(|| Problem::not_found("product"))?;
    let response = shown(context, request, 200, stored).await?;
    Ok(response.with_header("cache-control", PRODUCT_CACHE))
}

async fn create_product(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    let draft = accepted(request)?;
    let store = Store::open(context)?;
    let id = ProductId::generate(context.ids());
    let stored = match store.create_product(id, &draft)? {
        Written::Stored(stored) => *stored,
        written => return Err(refusal(&store, &draft, &written)),
    };
    publish::product(context, &store, id).await?;
    let location = format!("/api/catalog/products/{}", draft.slug);
    Ok(shown(context, request, 201, stored).await?.with_header("location", &location))
}

async fn update_product(context: &Context, request: &Request, slug: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let slug = known_slug(slug)?;
    let draft = accepted(request)?;
    let store = Store::open(context)?;
    let stored = match store.update_product(&slug, expected_version(request)?, &draft)? {
        Written::Stored(stored) => *stored,
        written => return Err(refusal(&store, &draft, &written)),
    };
    publish::product(context, &store, stored.product.id).await?;
    shown(context, request, 200, stored).await
}

async fn delete_product(context: &Context, request: &Request, slug: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let slug = known_slug(slug)?;
    let store = Store::open(context)?;
    let id = store.delete_product(&slug, expected_version(request)?)?;
    publish::product(context, &store, id).await?;
    Ok(Response::empty(204))
}

fn list_categories(context: &Context, request: &Request) -> Result<Response, Problem> {
    let items = Store::open(context)?.list_categories()?;
    let response =
        Response::json(200, &List { items, next: None })?.with_header("cache-control", CATEGORY_CACHE);
    Ok(entity_tag::tagged(request, response, 0))
}

fn put_category(context: &Context, request: &Request, slug: &str) -> Result<Response, Problem> {
    context.staff(request)?;
    let draft = request.json::<CategoryDraft>()?;
    let store = Store::open(context)?;
    let mut problems = Vec::new();
    if draft.slug.as_str() != slug {
        problems.push(Invalid::new("slug", "must be the one in the address"));
    }
    if draft.title.trim().is_empty() || draft.title.chars().count() > TITLE_CHARACTERS_MAX {
        problems.push(Invalid::new("title", format!("must be 1 to {TITLE_CHARACTERS_MAX} characters")));
    }
    if let Some(parent) = &draft.parent
        && !store.can_lie_in(&draft.slug, parent)?
    {
        problems.push(Invalid::new("parent", "must be another category that does not lie in this one"));
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    store.put_category(&draft)?;
    let category = store.list_categories()?.into_iter().find(|category| category.slug == draft.slug);
    Response::json(200, &category.ok_or_else(|| Problem::not_found("category"))?)
}

async fn import_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    request.media_type(|media_type| media_type == "text/csv", "text/csv")?;
    let store = Store::open(context)?;
    let report: Report = import::import(context, &store, &request.body)?;
    publish::some(context, &store, publish::AT_ONCE_MAX).await?;
    Response::json(200, &report)
}

async fn publish_offers(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.service(request)?;
    let store = Store::open(context)?;
    let published = publish::some(context, &store, publish::SWEEP_MAX).await?;
    let left = store.unpublished_count()?;
    Response::json(200, &publish::Swept { published, left })
}

/// The product as shoppers see it, with what is in stock and its tag.
async fn shown(
    context: &Context,
    request: &Request,
    status: u16,
    stored: Stored,
) -> Result<Response, Problem> {
    let mut products: [Product; 1] = [stored.product];
    availability::fill(context, &mut products).await;
    let [product] = products;
    Ok(entity_tag::tagged(request, Response::json(status, &product)?, stored.version))
}

fn accepted(request: &Request) -> Result<ProductDraft, Problem> {
    let draft = draft::tidied(request.json::<ProductDraft>()?);
    let problems = draft.problems();
    if problems.is_empty() { Ok(draft) } else { Err(Problem::invalid(problems)) }
}

/// The version that an edit was made against, if the client says so. A tag that is not ours matches nothing.
fn expected_version(request: &Request) -> Result<Option<i64>, Problem> {
    match request.header("if-match") {
        None | Some("*") => Ok(None),
        Some(tag) => entity_tag::version_of(tag).map(Some).ok_or_else(changed_meanwhile),
    }
}

fn known_slug(text: &str) -> Result<Slug, Problem> {
    text.parse().map_err(|_| Problem::not_found("product"))
}

fn changed_meanwhile() -> Problem {
    Problem::new(Code::Conflict, "The product was changed meanwhile. Read it again and repeat the edit.")
}

fn refusal(store: &Store<'_>, draft: &ProductDraft, written: &Written) -> Problem {
    match written {
        Written::Stored(_) | Written::Unknown => Problem::not_found("product"),
        Written::Changed => changed_meanwhile(),
        Written::SlugTaken => {
            Problem::new(Code::Conflict, format!("Another product has the slug {}.", draft.slug))
        }
        Written::SkuTaken => match store.taken_sku(draft) {
            Ok(Some(sku)) => Problem::new(Code::Conflict, format!("Another product has the sku {sku}.")),
            Ok(None) => changed_meanwhile(),
            Err(problem) => problem,
        },
        Written::CategoryUnknown => {
            Invalid::new("category", "must be the slug of a category that exists").into()
        }
    }
}
