//! Signing in by the word of an external provider: OpenID Connect's authorization code flow, with PKCE, state and
//! nonce. Off unless the operator names a provider.
//!
//! `start` gives the address that the browser goes to, and a token that stays with whoever began. The provider sends
//! the browser back to [`RETURN_PATH`] with a code and the state; whoever serves that page brings both, and the token,
//! to `finish`. Without the token, which the provider and the address never see, a code from somebody else's way is of
//! no use (RFC 6749, 10.12).

mod id_token;
mod provider;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use merkato_commerce::{ids::UserId, text::Email};
use merkato_contract::{
    problem::{Code, Problem},
    token::Role,
    user::{OidcFinish, OidcStart},
    user_validation::NAME_CHARACTERS_MAX,
};
use merkato_edge::Context;
use sha2::{Digest, Sha256};

use self::{
    id_token::{Expected, Identity},
    provider::Provider,
};
use crate::store::{
    Store,
    account::{Account, NewAccount},
    external::UnderWay,
};

/// The page of the shop that the provider sends the browser back to.
const RETURN_PATH: &str = "/account/external";
/// Random bytes of state, nonce, verifier and token.
const SECRET_BYTES: usize = 32;
/// What somebody is called whose provider does not say.
const NAMELESS: &str = "Shopper";

/// The provider that the operator chose.
pub struct Settings {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    return_url: String,
}

impl Settings {
    /// What the operator set; none if there is no provider.
    pub fn of(context: &Context) -> Result<Option<Self>, Problem> {
        let Some(issuer) = context.optional_setting("oidc_issuer")? else { return Ok(None) };
        Ok(Some(Self {
            issuer,
            client_id: context.setting("oidc_client_id")?,
            client_secret: context.optional_setting("oidc_client_secret")?,
            return_url: format!("{}{RETURN_PATH}", context.setting("public_url")?.trim_end_matches('/')),
        }))
    }
}

/// Begins the way to the provider.
pub async fn start(context: &Context, store: &Store<'_>, settings: &Settings) -> Result<OidcStart, Problem> {
    let provider = Provider::discover(context, store, settings).await?;
    let [state, login_token, nonce, verifier] =
        [secret(context)?, secret(context)?, secret(context)?, secret(context)?];
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let url = provider
        .authorization_url(settings, &[("state", &state), ("nonce", &nonce), ("code_challenge", &challenge)]);
    let under_way = UnderWay { nonce, verifier, user_id: None };
    store.begin_external_login(&hash(&state), &hash(&login_token), &under_way)?;
    Ok(OidcStart { url, login_token })
}

/// Who came back. The way is not ended yet: a second factor may still be missing.
pub async fn who(
    context: &Context,
    store: &Store<'_>,
    settings: &Settings,
    finish: &OidcFinish,
) -> Result<Account, Problem> {
    let state = hash(&finish.state);
    let Some(under_way) = store.external_login(&state, &hash(&finish.login_token))? else {
        return Err(refused("This sign-in was not begun here, or took too long."));
    };
    if let Some(id) = under_way.user_id {
        return store.account(id)?.ok_or_else(|| refused("The account is gone."));
    }
    let provider = Provider::discover(context, store, settings).await?;
    let token = provider.exchange(context, settings, &finish.code, &under_way.verifier).await?;
    let identity = identify(context, store, settings, &provider, &token, &under_way.nonce).await?;
    let account = account_of(context, store, settings, &identity)?;
    store.name_external_login(&state, account.id)?;
    Ok(account)
}

/// Ends the way. It leads in once.
pub fn end(store: &Store<'_>, finish: &OidcFinish) -> Result<(), Problem> {
    if store.end_external_login(&hash(&finish.state))? {
        return Ok(());
    }
    Err(refused("This sign-in was finished already."))
}

async fn identify(
    context: &Context,
    store: &Store<'_>,
    settings: &Settings,
    provider: &Provider,
    token: &str,
    nonce: &str,
) -> Result<Identity, Problem> {
    let expected =
        Expected { issuer: &settings.issuer, client_id: &settings.client_id, nonce, now: context.now() };
    let keys = provider.keys(context, store).await?;
    let checked = match id_token::check(token, &keys, &expected) {
        // The provider may have changed its keys since they were read.
        Err(id_token::Error::UnknownKey) => {
            id_token::check(token, &provider.newer_keys(context, store).await?, &expected)
        }
        checked => checked,
    };
    checked.map_err(|error| {
        context.report("the provider's ID token does not hold", error);
        refused("The provider's answer does not hold. Please try again.")
    })
}

/// The account of `identity`: the one that it signed in to before; else the one whose owner has verified the address
/// that the provider has verified too; else a new one. An address that only one of the two has verified links nothing:
/// whoever had made that account, or named that address to the provider, would get the other's.
fn account_of(
    context: &Context,
    store: &Store<'_>,
    settings: &Settings,
    identity: &Identity,
) -> Result<Account, Problem> {
    let Identity { subject, .. } = identity;
    if let Some(account) = store.account_of_external(&settings.issuer, subject)? {
        return Ok(account);
    }
    let Some(email) = identity.email.as_deref().and_then(|email| email.parse::<Email>().ok()) else {
        return Err(refused("The provider does not tell your e-mail address, which the shop needs."));
    };
    if identity.email_verified
        && let Some(account) = store.link_external(&email, &settings.issuer, subject)?
    {
        return Ok(account);
    }
    let new = NewAccount {
        id: UserId::generate(context.ids()),
        email: &email,
        email_verified: identity.email_verified,
        password_hash: None,
        first_name: &name(identity.given_name.as_deref().or(identity.name.as_deref()), NAMELESS),
        last_name: &name(identity.family_name.as_deref(), ""),
        role: Role::Customer,
        external: Some((&settings.issuer, subject)),
    };
    if let Some(account) = store.create_account(&new)? {
        return Ok(account);
    }
    // Somebody else came with the same word at the same moment, or the address belongs to another person there.
    store.account_of_external(&settings.issuer, subject)?.ok_or_else(|| {
        Problem::new(
            Code::Conflict,
            "The account with this address signs in as somebody else at the provider.",
        )
    })
}

/// What a provider calls somebody, as a name that could have been typed here.
fn name(given: Option<&str>, otherwise: &str) -> String {
    let given = given.unwrap_or_default().trim();
    let name =
        given.chars().filter(|letter| !letter.is_control()).take(NAME_CHARACTERS_MAX).collect::<String>();
    if name.is_empty() { otherwise.to_owned() } else { name }
}

fn secret(context: &Context) -> Result<String, Problem> {
    Ok(URL_SAFE_NO_PAD.encode(context.random::<SECRET_BYTES>()?))
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn refused(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_name_is_one_that_could_have_been_typed() {
        assert_eq!(name(Some(" Hanna\r\nBcc: x "), NAMELESS), "HannaBcc: x");
        assert_eq!(name(Some(""), NAMELESS), NAMELESS);
        assert_eq!(name(None, ""), "");
        assert_eq!(name(Some(&"x".repeat(500)), NAMELESS).len(), NAME_CHARACTERS_MAX);
    }
}
