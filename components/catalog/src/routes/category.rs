//! Categories.

use merkato_commerce::Invalid;
use merkato_contract::{
    List,
    catalog::CategoryDraft,
    problem::{Code, Problem},
};
use merkato_edge::{Context, Request, Response, entity_tag};

use super::{CATEGORY_CACHE, changed_meanwhile, expected_version, known_slug};
use crate::{
    index,
    store::{Removed, Store},
};

pub(super) fn list_categories(context: &Context, request: &Request) -> Result<Response, Problem> {
    let items = Store::open(context)?.list_categories()?;
    let response =
        Response::json(200, &List { items, next: None })?.with_header("cache-control", CATEGORY_CACHE);
    Ok(entity_tag::tagged(request, response, 0))
}

pub(super) fn get_category(context: &Context, request: &Request, slug: &str) -> Result<Response, Problem> {
    let slug = known_slug(slug, "category")?;
    let (category, version) =
        Store::open(context)?.category(&slug)?.ok_or_else(|| Problem::not_found("category"))?;
    let response = Response::json(200, &category)?.with_header("cache-control", CATEGORY_CACHE);
    Ok(entity_tag::tagged(request, response, version))
}

pub(super) async fn put_category(
    context: &Context,
    request: &Request,
    slug: &str,
) -> Result<Response, Problem> {
    context.staff(request)?;
    let draft = request.json::<CategoryDraft>()?;
    let expected = expected_version(request, "category")?;
    let store = Store::open(context)?;
    let mut problems = draft.problems();
    if draft.slug.as_str() != slug {
        problems.push(Invalid::new("slug", "must be the one in the address"));
    }
    if let Some(parent) = &draft.parent
        && !store.can_lie_in(&draft.slug, parent)?
    {
        problems.push(Invalid::new("parent", "must be another category that does not lie in this one"));
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let version = store.put_category(&draft, expected)?.ok_or_else(|| changed_meanwhile("category"))?;
    index::categories(context, &store).await?;
    let category = store.list_categories()?.into_iter().find(|category| category.slug == draft.slug);
    let category = category.ok_or_else(|| Problem::not_found("category"))?;
    Ok(entity_tag::tagged(request, Response::json(200, &category)?, version))
}

pub(super) async fn delete_category(
    context: &Context,
    request: &Request,
    slug: &str,
) -> Result<Response, Problem> {
    context.staff(request)?;
    let slug = known_slug(slug, "category")?;
    let store = Store::open(context)?;
    match store.delete_category(&slug, expected_version(request, "category")?)? {
        Removed::Gone => {}
        Removed::Unknown => return Err(Problem::not_found("category")),
        Removed::Changed => return Err(changed_meanwhile("category")),
        Removed::InUse => {
            let detail = "Products or other categories lie in this one. Move them first.";
            return Err(Problem::new(Code::Conflict, detail));
        }
    }
    index::categories(context, &store).await?;
    Ok(Response::empty(204))
}
