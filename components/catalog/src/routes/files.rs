//! Sheets of products, and pictures.

use merkato_contract::{
    catalog::UploadedImage,
    problem::{Code, Problem},
};
use merkato_edge::{Context, Page, Request, Response, entity_tag, key_value};

use super::{IMAGE_CACHE, after};
use crate::{
    export,
    image::ImageName,
    import::{self, Report},
    index, publish,
    store::Store,
};

pub(super) async fn import_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    request.media_type(|media_type| media_type == "text/csv", "text/csv")?;
    let store = Store::open(context)?;
    let report: Report = import::import(context, &store, &request.body)?;
    publish::some(context, &store, publish::AT_ONCE_MAX).await?;
    index::some(context, &store, index::AT_ONCE_MAX).await?;
    Response::json(200, &report)
}

/// One file of the export; the next is named in the header `Link` (RFC 8288).
pub(super) async fn export_products(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    let after = after(&Page::of(request)?)?;
    let (sheet, next) = export::export(context, &Store::open(context)?, after).await?;
    let response = Response::typed(200, "text/csv; charset=utf-8", sheet)
        .with_header("content-disposition", "attachment; filename=\"products.csv\"");
    Ok(match next {
        Some(id) => response.with_header("link", &format!("</api/catalog/export?after={id}>; rel=\"next\"")),
        None => response,
    })
}

pub(super) fn upload_image(context: &Context, request: &Request) -> Result<Response, Problem> {
    context.staff(request)?;
    let name = ImageName::of(&request.body).ok_or_else(|| {
        Problem::new(Code::UnsupportedMediaType, "The body must be a picture: PNG, JPEG, WebP, GIF or AVIF.")
    })?;
    key_value::set(context, &name.key(), &request.body)?;
    let url = format!("/api/catalog/images/{name}");
    Ok(Response::json(201, &UploadedImage { url: url.clone() })?.with_header("location", &url))
}

pub(super) fn get_image(context: &Context, request: &Request, name: &str) -> Result<Response, Problem> {
    let not_found = || Problem::not_found("picture");
    let name: ImageName = name.parse().map_err(|_| not_found())?;
    let bytes = key_value::get(context, &name.key())?.ok_or_else(not_found)?;
    let response = Response::typed(200, name.media_type(), bytes).with_header("cache-control", IMAGE_CACHE);
    Ok(entity_tag::tagged(request, response, 0))
}
