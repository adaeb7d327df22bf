//! What a service writes down: one JSON line a request, and one a fault. Never bodies, tokens or personal data.

use std::io::Write as _;

use merkato_commerce::time::Timestamp;
use merkato_contract::time::Rfc3339;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest fault text in the log, in characters: a driver may quote a whole statement.
const FAULT_CHARACTERS_MAX: usize = 500;

/// Who writes, and when.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The service.
    pub component: &'static str,
    /// The trace that the line belongs to.
    pub trace_id: &'a str,
    /// Now.
    pub at: Timestamp,
}

impl Writer<'_> {
    /// One line for a request that was answered.
    pub fn request(&self, method: &str, path: &str, status: u16, duration_ms: u128) {
        let line = self.line(
            "info",
            &[
                ("http.method", json!(method)),
                ("http.route", json!(route(path))),
                ("http.status", json!(status)),
                ("duration_ms", json!(duration_ms)),
            ],
        );
        // A closed log must not fail a request.
        let _ = writeln!(std::io::stdout(), "{line}");
    }

    /// One line for a fault that an operator should see; `what` failed, `detail` says how.
    pub fn fault(&self, what: &str, detail: &str) {
        let detail = detail.chars().take(FAULT_CHARACTERS_MAX).collect::<String>();
        let line = self.line("error", &[("message", json!(what)), ("error", json!(detail))]);
        let _ = writeln!(std::io::stderr(), "{line}");
    }

    fn line(&self, level: &str, fields: &[(&str, Value)]) -> Value {
        let head = [
            ("time", json!(Rfc3339(self.at))),
            ("level", json!(level)),
            ("component", json!(self.component)),
            ("trace.id", json!(self.trace_id)),
        ];
        let fields = head.into_iter().chain(fields.iter().cloned());
        fields.map(|(name, value)| (name.to_owned(), value)).collect::<serde_json::Map<_, _>>().into()
    }
}

/// The path with ids replaced, so that lines of one route can be counted together.
pub fn route(path: &str) -> String {
    let masked =
        path.split('/').map(|segment| if Uuid::parse_str(segment).is_ok() { "{id}" } else { segment });
    masked.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_holds_no_ids() {
        let path = "/api/orders/0192c7d8-0000-7000-8000-000000000001/cancel";
        assert_eq!(route(path), "/api/orders/{id}/cancel");
        assert_eq!(route("/api/cart"), "/api/cart");
    }

    #[test]
    fn a_line_is_one_json_object_that_names_its_trace() {
        let writer = Writer { component: "cart", trace_id: "abc", at: Timestamp(0) };
        let line = writer.line("info", &[("http.status", json!(200))]).to_string();
        assert!(!line.contains('\n'));
        assert!(line.contains(r#""trace.id":"abc""#) && line.contains(r#""http.status":200"#), "{line}");
    }
}
