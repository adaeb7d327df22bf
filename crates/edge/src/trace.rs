//! W3C trace context: one id that follows a request through all services.

use std::fmt;

use merkato_commerce::ids::Ids;

/// A `traceparent` header, version 00.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traceparent {
    trace_id: String,
    span_id: String,
    flags: String,
}

impl Traceparent {
    /// The trace that `header` names, with a span of our own; a new trace if it names none that can be read.
    pub fn continued(header: Option<&str>, ids: &dyn Ids) -> Self {
        let span_id = fresh_span_id(ids);
        match header.and_then(Self::parse) {
            Some(parent) => Self { span_id, ..parent },
            None => Self { trace_id: ids.next().simple().to_string(), span_id, flags: "01".to_owned() },
        }
    }

    /// The trace's id.
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    fn parse(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace_id, span_id, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let hex = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        let readable =
            hex(version, 2) && version != "ff" && hex(trace_id, 32) && hex(span_id, 16) && hex(flags, 2);
        if !readable || zero(trace_id) || zero(span_id) || (version == "00" && parts.next().is_some()) {
            return None;
        }
        Some(Self { trace_id: trace_id.to_owned(), span_id: span_id.to_owned(), flags: flags.to_owned() })
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{}-{}-{}", self.trace_id, self.span_id, self.flags)
    }
}

/// The random half of an id: its first half is the time, which spans of one moment share.
fn fresh_span_id(ids: &dyn Ids) -> String {
    format!("{:016x}", ids.next().as_u64_pair().1)
}

#[cfg(test)]
mod tests {
    use merkato_commerce::ids::Ids;
    use uuid::Uuid;

    use super::*;

    struct Same;
    impl Ids for Same {
        fn next(&self) -> Uuid {
            Uuid::from_u128(0x0123_4567_89ab_7cde_8f01_2345_6789_abcd)
        }
    }

    #[test]
    fn a_trace_goes_on_under_its_own_id_with_a_new_span() {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        let ours = Traceparent::continued(Some(header), &Same).to_string();
        assert_eq!(ours, "00-4bf92f3577b34da6a3ce929d0e0e4736-8f0123456789abcd-00");
    }

    #[test]
    fn what_is_no_traceparent_starts_a_new_trace() {
        let zero_trace = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        let longer = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-x";
        for header in
            ["", "00", zero_trace, longer, "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"]
        {
            let ours = Traceparent::continued(Some(header), &Same);
            assert_eq!(ours.trace_id(), "0123456789ab7cde8f0123456789abcd", "{header}");
        }
    }
}
