//! Asking the provider: what it publishes about itself, and what a code is worth.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::jwk::JwkSet;
use merkato_contract::problem::Problem;
use merkato_edge::{Call, Context, transport};
use serde::Deserialize;

use super::{Settings, refused};
use crate::store::Store;

/// How long the provider may take for an answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long what it publishes is believed without asking again, in milliseconds.
const FRESH_MS: i64 = 60 * 60 * 1_000;
/// How long its keys are believed when a token names one that is not among them: whoever makes up names of keys must
/// not make us ask each time.
const KEYS_FRESH_MS: i64 = 10 * 1_000;
/// Largest document that is kept, in bytes: keys of a large provider take about ten thousand.
const DOCUMENT_BYTES_MAX: usize = 256 * 1024;
/// What is asked for: who it is, their address and their name.
const SCOPE: &str = "openid email profile";

/// What a provider publishes about itself (OpenID Connect Discovery 1.0, 3).
#[derive(Debug, Clone, Deserialize)]
pub struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    /// What the chosen provider publishes.
    pub async fn discover(
        context: &Context,
        store: &Store<'_>,
        settings: &Settings,
    ) -> Result<Self, Problem> {
        let url = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
        let body = document(context, store, &url, FRESH_MS).await?;
        let provider: Self = serde_json::from_str(&body)
            .map_err(|error| context.unavailable("the provider's configuration cannot be read", error))?;
        let secure = settings.issuer.starts_with("https://");
        let endpoints = [&provider.authorization_endpoint, &provider.token_endpoint, &provider.jwks_uri];
        if provider.issuer != settings.issuer {
            return Err(context.unavailable("the provider names itself otherwise", provider.issuer));
        }
        if secure && endpoints.iter().any(|endpoint| !endpoint.starts_with("https://")) {
            return Err(context.unavailable("the provider has an address without TLS", provider.issuer));
        }
        Ok(provider)
    }

    /// Where the browser goes, with `parameters` beside those that are always the same.
    pub fn authorization_url(&self, settings: &Settings, parameters: &[(&str, &String)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &settings.return_url)
            .append_pair("scope", SCOPE)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(parameters);
        let endpoint = &self.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        format!("{endpoint}{joint}{}", query.finish())
    }

    /// The ID token that `code` is worth.
    pub async fn exchange(
        &self,
        context: &Context,
        settings: &Settings,
        code: &str,
        verifier: &str,
    ) -> Result<String, Problem> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &settings.return_url)
            .append_pair("code_verifier", verifier);
        let mut call = Call::post(self.token_endpoint.clone(), "").within(DEADLINE);
        match &settings.client_secret {
            Some(secret) => {
                // RFC 6749, 2.3.1: both parts are encoded as in a form first.
                let encoded =
                    |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(&settings.client_id), encoded(secret));
                call = call.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
            }
            None => drop(form.append_pair("client_id", &settings.client_id)),
        }
        call.body = Some(form.finish().into_bytes());
        let call = call
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json");
        let answer = transport::send(&call).await;
        let answer = answer.map_err(|error| context.unavailable("the provider does not answer", error))?;
        match answer.status {
            200 => serde_json::from_slice::<Tokens>(&answer.body)
                .map(|tokens| tokens.id_token)
                .map_err(|error| context.unavailable("the provider gave no ID token", error)),
            // RFC 6749, 5.2: the code is wrong, was used, or is over; or the provider does not know this shop.
            400 | 401 => {
                context.report("the provider refused a code", answer.status);
                Err(refused("The provider did not accept this sign-in. Please try again."))
            }
            status => Err(context.unavailable("the provider gave no ID token", format!("answered {status}"))),
        }
    }

    /// The keys that it signs with.
    pub async fn keys(&self, context: &Context, store: &Store<'_>) -> Result<JwkSet, Problem> {
        self.keys_not_older(context, store, FRESH_MS).await
    }

    /// The keys that it signs with, asked for again unless that was just done.
    pub async fn newer_keys(&self, context: &Context, store: &Store<'_>) -> Result<JwkSet, Problem> {
        self.keys_not_older(context, store, KEYS_FRESH_MS).await
    }

    async fn keys_not_older(
        &self,
        context: &Context,
        store: &Store<'_>,
        age_max_ms: i64,
    ) -> Result<JwkSet, Problem> {
        let body = document(context, store, &self.jwks_uri, age_max_ms).await?;
        serde_json::from_str(&body)
            .map_err(|error| context.unavailable("the provider's keys cannot be read", error))
    }
}

/// What is published at `url`, not older than `age_max_ms`; older if the provider does not answer.
async fn document(
    context: &Context,
    store: &Store<'_>,
    url: &str,
    age_max_ms: i64,
) -> Result<String, Problem> {
    let kept = store.document(url)?;
    if let Some(kept) = &kept
        && context.now().milliseconds_since(kept.read_at) < age_max_ms
    {
        return Ok(kept.body.clone());
    }
    let call = Call::get(url, "").within(DEADLINE).header("accept", "application/json");
    let (fault, body) = match transport::send(&call).await {
        Ok(answer) if answer.status == 200 && answer.body.len() <= DOCUMENT_BYTES_MAX => {
            (String::new(), String::from_utf8(answer.body).ok())
        }
        Ok(answer) => (format!("answered {}", answer.status), None),
        Err(error) => (error.to_string(), None),
    };
    match (body, kept) {
        // PostgreSQL keeps no text with U+0000, and no JSON has one.
        (Some(body), _) if !body.contains('\0') => {
            store.keep_document(url, &body)?;
            Ok(body)
        }
        (_, Some(kept)) => {
            context.report("the provider does not answer", fault);
            Ok(kept.body)
        }
        (_, None) => Err(context.unavailable("the provider does not answer", fault)),
    }
}
