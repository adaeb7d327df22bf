//! An OpenID Connect provider that says of everybody what the test wants, and signs it as real ones do.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use crate::{api::fresh_key, shop::Builder};

/// The shop, as the provider knows it.
const CLIENT_ID: &str = "merkato";
/// What the shop proves itself with; its signs have to be encoded on the way.
const CLIENT_SECRET: &str = "a secret: with/signs";

/// A running provider; gone with the test.
pub struct Provider {
    /// Where it is, which is also its name.
    pub url: String,
    state: Arc<Desk>,
}

struct Desk {
    url: String,
    /// What it says of whoever comes next.
    person: Mutex<Value>,
    signer: Mutex<Signer>,
    /// What was asked, by the code that was given for it.
    asked: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    keys_read: AtomicUsize,
}

/// What it signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// RS256.
    Rsa,
    /// ES256.
    P256,
}

impl Signer {
    fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::P256 => "p256",
        }
    }

    /// Made for these tests: PKCS #1 and PKCS #8.
    fn key(self) -> (Algorithm, EncodingKey) {
        match self {
            Self::Rsa => (Algorithm::RS256, EncodingKey::from_rsa_der(include_bytes!("provider/rsa.der"))),
            Self::P256 => (Algorithm::ES256, EncodingKey::from_ec_der(include_bytes!("provider/p256.der"))),
        }
    }
}

impl Provider {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(Desk {
            url: url.clone(),
            person: Mutex::new(Value::Null),
            signer: Mutex::new(Signer::Rsa),
            asked: Mutex::default(),
            keys_read: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/keys", get(keys))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, state }
    }

    /// Makes the shop send people here.
    pub fn serve(&self, shop: Builder) -> Builder {
        shop.variable("oidc_issuer", &self.url)
            .variable("oidc_client_id", CLIENT_ID)
            .variable("oidc_client_secret", CLIENT_SECRET)
            .variable("oidc_host", &self.url)
    }

    /// Says this of whoever comes next: claims of the ID token, over those that are always there.
    pub fn says(&self, person: Value) {
        *lock(&self.state.person) = person;
    }

    /// Changes its keys.
    pub fn signs_with(&self, signer: Signer) {
        *lock(&self.state.signer) = signer;
    }

    /// How often its keys were read.
    pub fn keys_read(&self) -> usize {
        self.state.keys_read.load(Ordering::SeqCst)
    }

    /// Goes where the shop sends a browser, signs in there, and gives the code and the state that it comes back with.
    pub async fn visit(&self, url: &str) -> (String, String) {
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let answer = browser.build().expect("a client").get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 303, "{url}");
        let back = answer.headers()["location"].to_str().expect("text").to_owned();
        assert!(back.contains("/account/external?"), "{back}");
        let query = back.split_once('?').map(|(_, query)| query.to_owned()).expect("a query");
        let values =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect::<BTreeMap<String, String>>();
        (values["code"].clone(), values["state"].clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn configuration(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let url = &desk.url;
    Json(json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    }))
}

async fn authorize(State(desk): State<Arc<Desk>>, Query(asked): Query<BTreeMap<String, String>>) -> Response {
    let is = |name: &str, value: &str| asked.get(name).is_some_and(|given| given == value);
    let fine = is("response_type", "code")
        && is("client_id", CLIENT_ID)
        && is("code_challenge_method", "S256")
        && asked.get("scope").is_some_and(|scope| scope.split(' ').any(|part| part == "openid"));
    let (true, Some(back), Some(state)) = (fine, asked.get("redirect_uri"), asked.get("state")) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let code = fresh_key();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &code)
        .append_pair("state", state)
        .finish();
    let answer = Redirect::to(&format!("{back}?{query}")).into_response();
    lock(&desk.asked).insert(code, asked);
    answer
}

async fn token(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
    let known = headers.get(header::AUTHORIZATION).is_some_and(|given| *given == format!("Basic {pair}"));
    if !known {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let refused = || (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    let given = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    // A code works once.
    let Some(asked) = lock(&desk.asked).remove(given("code")) else { return refused() };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(given("code_verifier")));
    if given("grant_type") != "authorization_code"
        || challenge != asked["code_challenge"]
        || given("redirect_uri") != asked["redirect_uri"]
    {
        return refused();
    }
    let token = id_token(&desk, &asked["nonce"]);
    Json(json!({ "access_token": "unused", "token_type": "Bearer", "id_token": token })).into_response()
}

#[expect(clippy::disallowed_methods, reason = "a provider goes by its own clock")]
fn id_token(desk: &Desk, nonce: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let mut claims = json!({
        "iss": desk.url, "aud": CLIENT_ID, "nonce": nonce, "iat": now, "exp": now + 300,
    });
    for (name, value) in lock(&desk.person).as_object().expect("somebody") {
        claims[name] = value.clone();
    }
    let signer = *lock(&desk.signer);
    let (algorithm, key) = signer.key();
    let header = Header { kid: Some(signer.name().to_owned()), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, &claims, &key).expect("a token")
}

async fn keys(State(desk): State<Arc<Desk>>) -> Json<Value> {
    desk.keys_read.fetch_add(1, Ordering::SeqCst);
    let signer = *lock(&desk.signer);
    let (algorithm, key) = signer.key();
    let mut key = Jwk::from_encoding_key(&key, algorithm).expect("a public key");
    key.common.key_id = Some(signer.name().to_owned());
    Json(json!({ "keys": [key] }))
}
