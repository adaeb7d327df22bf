//! The endpoints.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{OriginalUri, Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, Method},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

use super::{
    State as Remembered, Stumble,
    account::Account,
    locked,
    request::{self, Answer, Fields},
};

type Shared = State<Arc<Mutex<Remembered>>>;

pub(crate) fn router(state: Arc<Mutex<Remembered>>) -> Router {
    Router::new()
        .route("/v1/payment_intents", post(create))
        .route("/v1/payment_intents/search", get(search))
        .route("/v1/payment_intents/{id}", get(retrieve))
        .route("/v1/payment_intents/{id}/capture", post(capture))
        .route("/v1/payment_intents/{id}/cancel", post(cancel))
        .route("/v1/refunds", post(refund).get(refunds))
        .with_state(state)
}

async fn create(state: Shared, uri: OriginalUri, headers: HeaderMap, body: Bytes) -> Response {
    change(&state, &uri, &headers, &body, |account, fields| {
        Account::check_create(fields).map(|()| account.create(fields))
    })
}

async fn capture(
    state: Shared,
    uri: OriginalUri,
    id: Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(&state, &uri, &headers, &body, |account, fields| account.capture(&id, fields))
}

async fn cancel(
    state: Shared,
    uri: OriginalUri,
    id: Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(&state, &uri, &headers, &body, |account, fields| account.cancel(&id, fields))
}

async fn refund(state: Shared, uri: OriginalUri, headers: HeaderMap, body: Bytes) -> Response {
    change(&state, &uri, &headers, &body, Account::refund)
}

async fn retrieve(state: Shared, id: Path<String>, headers: HeaderMap) -> Response {
    look_up(&state, &headers, None, |remembered, _| Ok(remembered.account.retrieve(&id)))
}

async fn search(state: Shared, query: RawQuery, headers: HeaderMap) -> Response {
    look_up(&state, &headers, query.0.as_deref(), |remembered, fields| {
        request::only(fields, &["query", "limit", "page"])?;
        let query = request::required(fields, "query")?;
        let empty = Account::default();
        if remembered.is_searchable { remembered.account.search(query) } else { empty.search(query) }
    })
}

async fn refunds(state: Shared, query: RawQuery, headers: HeaderMap) -> Response {
    look_up(&state, &headers, query.0.as_deref(), |remembered, fields| {
        request::only(fields, &["payment_intent", "limit"])?;
        let refunds = remembered.account.refunds(request::required(fields, "payment_intent")?);
        Ok(Answer::success(serde_json::json!({ "object": "list", "data": refunds, "has_more": false })))
    })
}

/// A POST: once for each key. What is wrong with the parameters is not remembered, and all else is, refusals too.
fn change(
    state: &Shared,
    uri: &OriginalUri,
    headers: &HeaderMap,
    body: &[u8],
    work: impl FnOnce(&mut Account, &Fields) -> Result<Answer, Answer>,
) -> Response {
    let (path, fields) = (uri.path(), fields(body));
    let mut state = locked(state);
    state.changes.push(path.to_owned());
    let key = match request::admit(&Method::POST, headers).and_then(|()| request::key(headers)) {
        Ok(key) => key,
        Err(refusal) => return response(refusal),
    };
    let stumble = state.stumbles.pop_front();
    let unavailable = Some(Stumble::Refuse(503)).filter(|_| state.is_down);
    if let Some(Stumble::Refuse(status)) = unavailable.or(stumble) {
        return response(Answer::error(status, "api_error", None, None, "Something went wrong."));
    }
    let answer = state.memory.answer(&key, path, &fields).unwrap_or_else(|| {
        let answer = work(&mut state.account, &fields);
        if let Ok(answer) = &answer {
            state.memory.remember(&key, path, &fields, answer);
        }
        answer.unwrap_or_else(|refusal| refusal)
    });
    if stumble == Some(Stumble::LoseAnswer) { lost() } else { response(answer) }
}

fn look_up(
    state: &Shared,
    headers: &HeaderMap,
    query: Option<&str>,
    work: impl FnOnce(&Remembered, &Fields) -> Result<Answer, Answer>,
) -> Response {
    let state = locked(state);
    if let Err(refusal) = request::admit(&Method::GET, headers) {
        return response(refusal);
    }
    if state.is_down {
        return response(Answer::error(503, "api_error", None, None, "Something went wrong."));
    }
    response(work(&state, &fields(query.unwrap_or_default().as_bytes())).unwrap_or_else(|refusal| refusal))
}

fn fields(encoded: &[u8]) -> Fields {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn response(answer: Answer) -> Response {
    let mut response = (answer.status, Json(answer.body)).into_response();
    response.headers_mut().insert("request-id", HeaderValue::from_static("req_test"));
    if answer.is_replayed {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}

/// An answer that breaks off: its connection is cut before a byte of the body arrives.
fn lost() -> Response {
    let cut =
        futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("the connection is cut")) });
    Response::new(Body::from_stream(cut))
}
