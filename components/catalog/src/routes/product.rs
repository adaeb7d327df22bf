//! Products, as shoppers see them and as staff edit them.

use merkato_commerce::{
    Invalid,
    ids::ProductId,
    text::{Sku, Slug},
};
use merkato_contract::{
    LIST_LIMIT_MAX, List,
    catalog::{Product, ProductDraft, ProductState, StaffProduct},
    language::Language,
    problem::{Code, Problem},
};
use merkato_edge::{Context, Page, Request, Response, availability, entity_tag};

use super::{PRODUCT_CACHE, after, changed_meanwhile, expected_version, known_slug, optional};
use crate::{
    draft, index, publish,
    store::{Store, Stored, Written},
};

pub(super) async fn list_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    let language = optional::<Language>(request, "language")?;
    let list = page_of(context, request, Some(ProductState::Published))?;
    let products = list.items.into_iter().map(|stored| in_language(&stored, language.as_ref()));
    let mut items = products.collect::<Vec<_>>();
    availability::fill(context, &mut items).await;
    let list = List { items, next: list.next };
    let response = Response::json(200, &list)?.with_header("cache-control", PRODUCT_CACHE);
    Ok(entity_tag::tagged(request, response, 0))
}

pub(super) fn list_staff_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    let list = page_of(context, request, optional::<ProductState>(request, "state")?)?;
    let items = list.items.into_iter().map(StaffProduct::from).collect::<Vec<_>>();
    Response::json(200, &List { items, next: list.next })
}

fn page_of(
    context: &Context,
    request: &Request,
    state: Option<ProductState>,
) -> Result<List<Stored>, Problem> {
    let page = Page::of(request)?;
    let category = optional::<Slug>(request, "category")?;
    let skus = wanted_skus(request)?;
    // One more than asked for says whether there is a next page.
    let store = Store::open(context)?;
    let mut items = if skus.is_empty() {
        store.list_products(state, category.as_ref(), after(&page)?, page.limit + 1)?
    } else {
        store.products_of(state, &skus, after(&page)?, page.limit + 1)?
    };
    let more = items.len() > page.limit as usize;
    items.truncate(page.limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(List { items, next })
}

/// The skus whose products are wanted, as `sku`, once for each: a shop's own pages know what was bought, and ask what it
/// is a variant of.
fn wanted_skus(request: &Request) -> Result<Vec<Sku>, Problem> {
    let given = form_urlencoded::parse(request.query.as_bytes()).filter(|(name, _)| name == "sku");
    let skus = given.map(|(_, sku)| sku.parse::<Sku>()).collect::<Result<Vec<_>, _>>();
    let skus = skus.map_err(|invalid| Invalid { field: "sku".to_owned(), ..invalid })?;
    if skus.len() > LIST_LIMIT_MAX as usize {
        return Err(Invalid::new("sku", format!("must come at most {LIST_LIMIT_MAX} times")).into());
    }
    Ok(skus)
}

pub(super) async fn get_product(
    context: &Context,
    request: &Request,
    slug: &str,
) -> Result<Response, Problem> {
    let slug = known_slug(slug, "product")?;
    let stored = Store::open(context)?.product(&slug)?;
    let stored = stored.filter(|stored| stored.draft.state == ProductState::Published);
    let stored = stored.ok_or_else(|| Problem::not_found("product"))?;
    let response = shown(context, request, 200, &stored).await?;
    Ok(response.with_header("cache-control", PRODUCT_CACHE))
}

pub(super) fn get_staff_product(
    context: &Context,
    request: &Request,
    slug: &str,
) -> Result<Response, Problem> {
    context.staff(request)?;
    let slug = known_slug(slug, "product")?;
    let stored = Store::open(context)?.product(&slug)?.ok_or_else(|| Problem::not_found("product"))?;
    let version = stored.version;
    Ok(entity_tag::tagged(request, Response::json(200, &StaffProduct::from(stored))?, version))
}

pub(super) async fn create_product(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    let draft = accepted(request)?;
    let store = Store::open(context)?;
    let id = ProductId::generate(context.ids());
    let stored = match store.create_product(id, &draft)? {
        Written::Stored(stored) => *stored,
        written => return Err(refusal(&store, &draft, &written)),
    };
    tell(context, &store, id).await?;
    let location = format!("/api/catalog/products/{}", draft.slug);
    Ok(shown(context, request, 201, &stored).await?.with_header("location", &location))
}

pub(super) async fn update_product(
    context: &Context,
    request: &Request,
    slug: &str,
) -> Result<Response, Problem> {
    context.staff(request)?;
    let slug = known_slug(slug, "product")?;
    let draft = accepted(request)?;
    let store = Store::open(context)?;
    let stored = match store.update_product(&slug, expected_version(request, "product")?, &draft)? {
        Written::Stored(stored) => *stored,
        written => return Err(refusal(&store, &draft, &written)),
    };
    tell(context, &store, stored.id).await?;
    shown(context, request, 200, &stored).await
}

pub(super) async fn delete_product(
    context: &Context,
    request: &Request,
    slug: &str,
) -> Result<Response, Problem> {
    context.staff(request)?;
    let slug = known_slug(slug, "product")?;
    let store = Store::open(context)?;
    match store.delete_product(&slug, expected_version(request, "product")?)? {
        Written::Stored(stored) => tell(context, &store, stored.id).await?,
        Written::Changed => return Err(changed_meanwhile("product")),
        _ => return Err(Problem::not_found("product")),
    }
    Ok(Response::empty(204))
}

/// The till first: what search finds can be bought.
async fn tell(context: &Context, store: &Store<'_>, id: ProductId) -> Result<(), Problem> {
    publish::product(context, store, id).await?;
    index::product(context, store, id).await
}

/// The product as shoppers see it, with what is in stock and its tag.
async fn shown(
    context: &Context,
    request: &Request,
    status: u16,
    stored: &Stored,
) -> Result<Response, Problem> {
    let language = optional::<Language>(request, "language")?;
    let mut products: [Product; 1] = [in_language(stored, language.as_ref())];
    availability::fill(context, &mut products).await;
    let [product] = products;
    Ok(entity_tag::tagged(request, Response::json(status, &product)?, stored.version))
}

pub(super) fn in_language(stored: &Stored, language: Option<&Language>) -> Product {
    stored.product().in_language(language, &stored.draft.translations)
}

fn accepted(request: &Request) -> Result<ProductDraft, Problem> {
    let draft = draft::tidied(request.json::<ProductDraft>()?);
    let problems = draft.problems();
    if problems.is_empty() { Ok(draft) } else { Err(Problem::invalid(problems)) }
}

fn refusal(store: &Store<'_>, draft: &ProductDraft, written: &Written) -> Problem {
    match written {
        Written::Stored(_) | Written::Unknown => Problem::not_found("product"),
        Written::Changed => changed_meanwhile("product"),
        Written::SlugTaken => {
            Problem::new(Code::Conflict, format!("Another product has the slug {}.", draft.slug))
        }
        Written::SkuTaken => match store.taken_sku(draft) {
            Ok(Some(sku)) => Problem::new(Code::Conflict, format!("Another product has the sku {sku}.")),
            Ok(None) => changed_meanwhile("product"),
            Err(problem) => problem,
        },
        Written::CategoryUnknown => {
            Invalid::new("category", "must be the slug of a category that exists").into()
        }
    }
}
