//! Who is signed in in this browser, and staying so.
//!
//! A browser keeps two tokens in cookies that no script can read: an access token, which says to all services who it
//! is for some minutes, and a refresh token, which gets the next pair and works once. Before a page is answered whose
//! access token is about to end, the pair is changed for a fresh one. All tabs of a browser share the cookies and may
//! ask at once, as when it is opened in the morning with all that was open the night before; so `users` gives a service
//! that asks twice within a minute the same answer twice, and the token is changed once (its `session` says how).
//!
//! Should `users` not answer, nobody is signed out: pages that need no account are shown, and those that do say that a
//! part of the shop is away.

use merkato_contract::{
    problem::{Code, Problem},
    user::SignedIn,
};
use merkato_edge::{Context, Response, caller};

use crate::{
    session::Session,
    shop::{Asker, Shop},
    visit::Visit,
};

/// An access token that holds less long is changed before it is used, in seconds: the page may ask several services,
/// one after the other, and some of them may have to wake up.
const FRESH_SECONDS: i64 = 60;
/// Longest address to go on to after signing in, in characters: a search with all its filters fits.
const NEXT_CHARACTERS_MAX: usize = 500;
/// Where somebody goes on to who did not come from anywhere.
pub const HOME: &str = "/account";

/// In whose name the services are asked for this browser, after its tokens were changed if that was due.
pub async fn asker(context: &Context, shop: &Shop<'_>, session: &mut Session) -> Result<Asker, Problem> {
    let mut ending = None;
    if let Some(token) = session.access_token() {
        match caller::verify(token.as_str(), &context.setting("token_keys")?, context.now()) {
            Ok(claims) => {
                let asker = Asker::Account { access_token: token.as_str().to_owned() };
                if claims.exp - context.now().0 / 1_000 > FRESH_SECONDS {
                    return Ok(asker);
                }
                ending = Some(asker);
            }
            Err(caller::Error::Keys(error)) => {
                return Err(context.internal("token_keys cannot be read", error));
            }
            // Expired, or of another shop on the same host.
            Err(_) => {}
        }
    }
    let Some(token) = session.refresh_token() else { return Ok(Asker::Guest) };
    match shop.refresh(token).await {
        Ok(signed_in) => {
            session.keep_tokens(&signed_in);
            Ok(asker_of(signed_in))
        }
        Err(problem) if problem.code == Code::Unauthenticated => {
            session.forget_tokens();
            Ok(Asker::Guest)
        }
        // Why is in the log by now.
        Err(_) => Ok(ending.unwrap_or(Asker::Unknown)),
    }
}

fn asker_of(signed_in: SignedIn) -> Asker {
    Asker::Account { access_token: signed_in.access_token }
}

/// Lets somebody in who has just shown who they are, and goes on to `next`.
pub fn enter(visit: &mut Visit<'_>, signed_in: SignedIn, next: &str) -> Result<Response, Problem> {
    // A form that somebody else may have seen before must not pass for theirs now.
    visit.session.renew(visit.context.ids());
    visit.session.keep_tokens(&signed_in);
    visit.session.forget_pending();
    visit.shop.asker = asker_of(signed_in);
    Response::see_other(next)
}

/// Puts what a guest had in the basket into the account's. Until that has worked the browser remembers the guest's
/// basket, and each page tries again.
pub async fn bring_cart(shop: &Shop<'_>, session: &mut Session) {
    let Some(token) = session.cart().filter(|_| shop.asker.is_account()) else { return };
    match shop.merge_cart(token).await {
        Ok(_) => session.forget_cart(),
        // There is no such basket any more, or never was.
        Err(problem) if matches!(problem.code, Code::NotFound | Code::Invalid) => session.forget_cart(),
        Err(_) => {}
    }
}

/// The address to go on to that a request names, if it is a page of this shop, and no page of signing in.
pub fn next(given: Option<&str>) -> &str {
    let own = |address: &&str| {
        address.starts_with('/')
            // A browser reads `//host` and `/\host` as another host, and leaves out tabs and line breaks.
            && !address[1..].starts_with(['/', '\\'])
            && address.chars().count() <= NEXT_CHARACTERS_MAX
            && address.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let to_the_door = |address: &&str| {
        ["/account/sign-", "/account/register", "/account/external", "/account/reset-password"]
            .iter()
            .any(|door| address.starts_with(door))
    };
    given.filter(own).filter(|address| !to_the_door(address)).unwrap_or(HOME)
}

/// The page for signing in, from which one comes back to `next`.
pub fn address(next: &str) -> String {
    with_next("/account/sign-in", next)
}

/// `path`, with where it goes on from there.
pub fn with_next(path: &str, next: &str) -> String {
    if next == HOME {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{path}?{query}")
}

/// Asks somebody to sign in who wanted a page of an account. What was typed into a form is lost: it belonged to
/// whoever was signed in before.
pub fn ask(visit: &mut Visit<'_>) -> Result<Response, Problem> {
    // The account may be gone, although the token is good for some minutes yet.
    visit.session.forget_tokens();
    let request = visit.request;
    let target = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    let asked = (request.method == http::Method::GET).then_some(target);
    Response::see_other(&address(next(asked.as_deref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_to_pages_of_this_shop_and_to_no_other() {
        for own in ["/", "/cart", "/products/jebena?variant=JEB-1", "/account/orders"] {
            assert_eq!(next(Some(own)), own);
        }
        for foreign in [
            "",
            "cart",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/ /evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nset-cookie: b=1",
            "/é",
            "/account/sign-in?next=/account/sign-in",
            "/account/sign-out",
        ] {
            assert_eq!(next(Some(foreign)), HOME, "{foreign:?}");
        }
        assert_eq!(next(Some(&format!("/{}", "x".repeat(NEXT_CHARACTERS_MAX)))), HOME);
        assert_eq!(next(None), HOME);
    }

    #[test]
    fn where_one_comes_back_to_survives_the_way() {
        assert_eq!(address(HOME), "/account/sign-in");
        assert_eq!(
            address("/products/x?variant=A&b=c"),
            "/account/sign-in?next=%2Fproducts%2Fx%3Fvariant%3DA%26b%3Dc"
        );
    }
}
