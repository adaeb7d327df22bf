//! What the tests of spinlet run: one component whose path says what to do.

use futures::{SinkExt, StreamExt};
use spin_sdk::http::{
    Headers, IncomingRequest, Method, OutgoingResponse, Request, Response, ResponseOutparam,
};
use spin_sdk::{http_component, key_value, pg4, sqlite3, variables};

#[http_component]
async fn handle(request: IncomingRequest, answer: ResponseOutparam) {
    let path_with_query = request.path_with_query().unwrap_or_default();
    let (path, query) = path_with_query.split_once('?').unwrap_or((&path_with_query, ""));
    let query = Query::parse(query);
    // Component under a prefix: what it does is named by the last known word.
    let path = path.strip_prefix("/nested").unwrap_or(path);
    let mut words = path.trim_start_matches('/').splitn(2, '/');
    let word = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default();
    let outcome = match word {
        "echo" => return echo(request, answer).await,
        "stream" => return stream(&query, answer).await,
        "headers" => Ok(headers(&request)),
        "variable" => variables::get(rest).map_err(|error| error.to_string()),
        "sqlite" => sqlite(&query),
        "key-value" => key_value(rest, &query),
        "postgres" => postgres(&query),
        "outbound" => outbound(&request, &query).await,
        "files" => std::fs::read_to_string(format!("/{rest}")).map_err(|error| error.to_string()),
        "write" => {
            std::fs::write(format!("/{rest}"), "x").map(|()| String::new()).map_err(|error| error.to_string())
        }
        "environment" => std::env::var(rest).map_err(|error| error.to_string()),
        "allocate" => Ok(allocate(&query)),
        "print" => {
            println!("{rest}");
            Ok(String::new())
        }
        "trap" => panic!("asked to trap"),
        "silent" => return,
        "loop" => loop {
            std::hint::spin_loop();
        },
        "identity" => variables::get("identity").map_err(|error| error.to_string()),
        _ => Ok(String::new()),
    };
    let response = match outcome {
        Ok(text) => Response::new(200, text),
        Err(text) => Response::new(500, text),
    };
    answer.set_with_body(response_head(*response.status()), response.into_body()).await.ok();
}

fn response_head(status: u16) -> OutgoingResponse {
    let head = OutgoingResponse::new(Headers::new());
    head.set_status_code(status).ok();
    head
}

/// The body as it comes, piece by piece.
async fn echo(request: IncomingRequest, answer: ResponseOutparam) {
    let head = response_head(200);
    let mut out = head.take_body();
    answer.set(head);
    let mut body = request.into_body_stream();
    while let Some(Ok(piece)) = body.next().await {
        if out.send(piece).await.is_err() {
            return;
        }
    }
}

/// `?pieces=N&bytes=N`: N pieces; with `&then=trap` or `&then=loop` it never ends well.
async fn stream(query: &Query, answer: ResponseOutparam) {
    let head = response_head(200);
    let mut out = head.take_body();
    answer.set(head);
    for _ in 0..query.number("pieces") {
        if out.send(vec![b'x'; query.number("bytes")]).await.is_err() {
            return;
        }
    }
    match query.get("then") {
        Some("trap") => panic!("asked to trap in the middle of a body"),
        Some("loop") => loop {
            std::hint::spin_loop();
        },
        _ => {}
    }
}

fn headers(request: &IncomingRequest) -> String {
    let mut lines: Vec<String> = request
        .headers()
        .entries()
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
        .collect();
    lines.sort();
    lines.join("\n")
}

/// `?database=LABEL&sql=STATEMENT&sql=STATEMENT`: each on the same connection; the rows of the last one.
fn sqlite(query: &Query) -> Result<String, String> {
    let connection = sqlite3::Connection::open(query.get("database").unwrap_or("default"))
        .map_err(|error| error.to_string())?;
    let mut answer = String::new();
    for statement in query.all("sql") {
        let parameters: Vec<sqlite3::Value> =
            query.all("parameter").map(|text| sqlite3::Value::Text(text.to_owned())).collect();
        let result = connection.execute(statement, &parameters).map_err(|error| error.to_string())?;
        answer = format!("{}\n", result.columns.join(","));
        for row in &result.rows {
            let cells: Vec<String> = row.values.iter().map(|value| format!("{value:?}")).collect();
            answer.push_str(&cells.join(","));
            answer.push('\n');
        }
        let (changes, row) = (connection.changes(), connection.last_insert_rowid());
        answer += "changes=";
        answer += &changes.to_string();
        answer += " rowid=";
        answer += &row.to_string();
    }
    Ok(answer)
}

/// `?address=ADDRESS&sql=STATEMENT`: the rows of a query; with `&execute=1` the number of rows it changed.
fn postgres(query: &Query) -> Result<String, String> {
    let connection =
        pg4::Connection::open(query.get("address").unwrap_or_default()).map_err(|error| error.to_string())?;
    let statement = query.get("sql").unwrap_or_default();
    let parameters: Vec<pg4::ParameterValue> =
        query.all("parameter").map(|text| pg4::ParameterValue::Str(text.to_owned())).collect();
    if query.get("execute").is_some() {
        let changed = connection.execute(statement, &parameters).map_err(|error| format!("{error:?}"))?;
        return Ok(changed.to_string());
    }
    let result = connection.query(statement, &parameters).map_err(|error| format!("{error:?}"))?;
    let columns: Vec<String> =
        result.columns.iter().map(|column| format!("{}:{:?}", column.name, column.data_type)).collect();
    let rows = result.rows.iter().map(|row| format!("{row:?}"));
    Ok(std::iter::once(columns.join(",")).chain(rows).collect::<Vec<_>>().join("\n"))
}

fn key_value(verb: &str, query: &Query) -> Result<String, String> {
    let store =
        key_value::Store::open(query.get("store").unwrap_or("default")).map_err(|error| error.to_string())?;
    let key = query.get("key").unwrap_or_default();
    let outcome = match verb {
        "set" => store.set(key, query.get("value").unwrap_or_default().as_bytes()).map(|()| String::new()),
        "get" => store.get(key).map(|value| {
            value.map_or("none".to_owned(), |value| String::from_utf8_lossy(&value).into_owned())
        }),
        "delete" => store.delete(key).map(|()| String::new()),
        "exists" => store.exists(key).map(|exists| exists.to_string()),
        _ => store.get_keys().map(|mut keys| {
            keys.sort();
            keys.join(",")
        }),
    };
    outcome.map_err(|error| error.to_string())
}

/// `?url=URL`: the status and the body of a GET (of a POST of `?body=`).
async fn outbound(request: &IncomingRequest, query: &Query) -> Result<String, String> {
    let mut builder = Request::builder();
    builder.uri(query.get("url").unwrap_or_default()).method(Method::Get);
    if let Some(body) = query.get("body") {
        builder.method(Method::Post).body(body);
    }
    if let Some(traceparent) = query.get("traceparent") {
        builder.header("traceparent", traceparent);
    }
    let _ = request;
    let response: Response =
        spin_sdk::http::send(builder.build()).await.map_err(|error| error.to_string())?;
    Ok(format!("{} {}", response.status(), String::from_utf8_lossy(response.body())))
}

fn allocate(query: &Query) -> String {
    let bytes = query.number("bytes");
    let pages = std::hint::black_box(vec![1_u8; bytes]);
    pages.len().to_string()
}

/// The query, percent-decoded.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: &str) -> Query {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Query(pairs.map(|(name, value)| (name.to_owned(), decode(value))).collect())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    fn number(&self, name: &str) -> usize {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(1)
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
