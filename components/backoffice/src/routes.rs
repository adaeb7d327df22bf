//! Which page answers which address, and who may see it.

use http::Method;
use merkato_contract::{
    BODY_BYTES_MAX, IMAGE_BYTES_MAX, IMPORT_BYTES_MAX,
    problem::{Code, Problem},
};
use merkato_edge::{Caller, Context, Request, Response};

use crate::{
    assets,
    pages::{
        audit, customers, dashboard, door, events, mailbox, order, orders, problem, product, products,
        promotions, reviews, sheet, stock, stuck,
    },
    session::{self, Keys, Member, Session, Stage},
    shop::{Door, Shop},
    views,
    visit::{Visit, page},
};

/// Room for the fields of a form beside its file.
const FIELDS_BYTES: usize = 64 * 1024;
/// Pictures that one form may bring.
const IMAGES_AT_ONCE: usize = 5;

/// Largest body, by path: sheets and pictures come whole.
pub fn body_bytes_max(path: &str) -> usize {
    match path.trim_end_matches('/') {
        "/backoffice/sheet" => IMPORT_BYTES_MAX + FIELDS_BYTES,
        path if path.ends_with("/images") => IMAGES_AT_ONCE * IMAGE_BYTES_MAX + FIELDS_BYTES,
        _ => BODY_BYTES_MAX,
    }
}

/// Answers one request. What goes wrong becomes a page, too.
pub async fn route(context: &Context, request: &Request) -> Result<Response, Problem> {
    if let Some(response) = assets::file(request) {
        return Ok(response);
    }
    let keys = Keys {
        backoffice_key: context.setting("backoffice_key")?,
        public_url: context.setting("public_url")?,
    };
    let mut session = Session::of(request, keys, context);
    let answer = match request.segments().as_slice() {
        ["backoffice", "sign-in" | "sign-out" | "second-factor", ..] => {
            door::answer(context, request, &mut session).await
        }
        _ => at_work(context, request, &mut session).await,
    };
    let response = answer.unwrap_or_else(|problem| problem::at_hand(None, &problem));
    session.leave(response, context)
}

/// Answers somebody who is at work; everybody else is led to the door.
async fn at_work(context: &Context, request: &Request, session: &mut Session) -> Result<Response, Problem> {
    // A browser that comes from elsewhere keeps the cookie back (SameSite=Strict), and must not lose it for that.
    let is_from_elsewhere = request.header("sec-fetch-site") == Some("cross-site");
    if request.method == Method::GET && is_from_elsewhere && !session::brings_cookie(request) {
        return Ok(page(200, views::sign_in::pass_through(&target(request))));
    }
    let Some((member, caller)) = admitted(context, request, session).await? else {
        if request.method == Method::GET {
            session.remember(&target(request));
        }
        return Response::see_other("/backoffice/sign-in");
    };
    let shop = Shop::new(context, request, caller, &member.access_token);
    let visit = Visit { context, request, session, member: &member, shop };
    let answer = answer(&visit).await;
    Ok(answer.unwrap_or_else(|problem| problem::at_hand(Some(&visit.frame()), &problem)))
}

/// Path and query, without slashes that would lead elsewhere.
fn target(request: &Request) -> String {
    let path = format!("/{}", request.segments().join("/"));
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    match (is_plain && !path.contains("//"), request.query.as_str()) {
        (false, _) => "/backoffice".to_owned(),
        (true, "") => path,
        (true, query) => format!("{path}?{query}"),
    }
}

/// Who is at work, with a token that holds and a role that may be here; none if nobody is. The second factor was asked
/// for when they signed in, and whoever has switched it off meanwhile is signed out with the next token.
async fn admitted(
    context: &Context,
    request: &Request,
    session: &mut Session,
) -> Result<Option<(Member, Caller)>, Problem> {
    let Some(mut member) = session.member().cloned() else { return Ok(None) };
    let now = context.now();
    if member.is_stale(now) {
        match Door::new(context, request).refresh(&member.refresh_token).await {
            Ok(signed_in) if signed_in.user.mfa_enabled && signed_in.user.role.is_staff() => {
                member = member.refreshed(signed_in, now);
                session.go_on(Stage::AtWork(member.clone()), context);
            }
            // What is left of the old token will do while users is away.
            Err(problem) if problem.code == Code::Unavailable && !member.is_over(now) => {}
            Err(problem) if problem.code != Code::Unauthenticated => return Err(problem),
            Ok(_) | Err(_) => {
                session.go_on(Stage::Visitor, context);
                return Ok(None);
            }
        }
    }
    match context.caller_of_token(&member.access_token) {
        Ok(caller) if caller.is_staff() => Ok(Some((member, caller))),
        Ok(_) => {
            session.go_on(Stage::Visitor, context);
            Err(Problem::new(Code::Forbidden, "These pages are for the staff of the shop."))
        }
        Err(problem) if problem.code == Code::Unauthenticated => {
            session.go_on(Stage::Visitor, context);
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

async fn answer(visit: &Visit<'_>) -> Result<Response, Problem> {
    let segments = visit.request.segments();
    let Some(("backoffice", path)) = segments.split_first().map(|(first, rest)| (*first, rest)) else {
        return Err(Problem::not_found("page"));
    };
    match (visit.request.method.as_str(), path) {
        ("GET", []) => dashboard::show(visit).await,
        ("GET", ["stuck"]) => stuck::list(visit).await,
        ("GET", ["stock"]) => stock::list(visit).await,
        ("GET", ["stock", sku]) => stock::ledger(visit, sku).await,
        ("POST", ["stock", sku]) => stock::move_stock(visit, sku).await,
        ("GET", ["promotions"]) => promotions::list(visit).await,
        ("GET", ["new-promotion"]) => Ok(promotions::blank(visit)),
        ("POST", ["new-promotion"]) => promotions::create(visit).await,
        ("GET", ["promotions", code]) => promotions::show(visit, code).await,
        ("POST", ["promotions", code]) => promotions::update(visit, code).await,
        ("POST", ["promotions", code, "end"]) => promotions::end(visit, code).await,
        ("GET", ["events"]) => events::list(visit).await,
        ("GET", ["events", subscriber, event]) => events::show(visit, subscriber, event).await,
        ("POST", ["events", deed @ ("replay" | "drop")]) => events::change(visit, deed).await,
        ("GET", ["audit"]) => audit::list(visit).await,
        ("GET", ["orders"]) => orders::list(visit).await,
        ("GET", ["orders", id]) => order::show(visit, id).await,
        ("POST", ["orders", id, "ship"]) => order::ship(visit, id).await,
        ("POST", ["orders", id, "deliver"]) => order::deliver(visit, id).await,
        ("POST", ["orders", id, "cancel"]) => order::cancel(visit, id).await,
        ("POST", ["orders", id, "return"]) => order::take_back(visit, id).await,
        ("POST", ["orders", id, "refund"]) => order::refund(visit, id).await,
        ("POST", ["orders", id, "capture"]) => order::retry_capture(visit, id).await,
        ("GET", ["products"]) => products::list(visit).await,
        ("GET", ["new-product"]) => product::blank(visit).await,
        ("POST", ["new-product"]) => product::create(visit).await,
        ("GET", ["products", slug]) => product::show(visit, slug).await,
        ("POST", ["products", slug]) => product::update(visit, slug).await,
        ("POST", ["products", slug, "images"]) => product::upload_images(visit, slug).await,
        ("POST", ["products", slug, "archive"]) => product::archive(visit, slug).await,
        ("GET", ["sheet"]) => Ok(sheet::show(visit)),
        ("POST", ["sheet"]) => sheet::import(visit).await,
        ("GET", ["sheet", "export"]) => sheet::export(visit).await,
        ("GET", ["customers"]) => customers::find(visit).await,
        ("GET", ["customers", id]) => customers::show(visit, id).await,
        ("POST", ["customers", id, "role"]) => customers::change_role(visit, id).await,
        ("GET", ["reviews"]) => reviews::list(visit).await,
        ("POST", ["reviews", id, verdict @ ("approve" | "reject")]) => {
            reviews::moderate(visit, id, verdict).await
        }
        ("POST", ["reviews", id, "answer"]) => reviews::answer(visit, id).await,
        ("GET", ["mailbox"]) => mailbox::list(visit).await,
        ("GET", ["mailbox", id]) => mailbox::show(visit, id).await,
        ("GET" | "POST", _) => Err(Problem::not_found("page")),
        _ => Err(Problem::new(Code::MethodNotAllowed, "Pages are read with GET and changed with POST.")),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn the_page_that_was_wanted_is_one_of_ours() {
        let of = |path: &str| target(&Request::new(Method::GET, path, HeaderMap::new(), Vec::new()));
        assert_eq!(of("/backoffice/orders?state=confirmed"), "/backoffice/orders?state=confirmed");
        assert_eq!(of("//backoffice//orders"), "/backoffice/orders");
        assert_eq!(of("/backoffice/%2F%2Fevil.example"), "/backoffice");
        assert_eq!(of("/backoffice/\"><script>"), "/backoffice");
    }
}
