//! What the head of an answer tells of its body.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};

/// The head of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) is_event_stream: bool,
    pub(super) is_encoded: bool,
}

impl Head {
    pub(super) fn new(status: u16, headers: &HeaderMap) -> Self {
        const EVENT_STREAM: &str = "text/event-stream";
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let kind = text(CONTENT_TYPE).map(str::trim_start).unwrap_or_default();
        let start = kind.get(..EVENT_STREAM.len()).unwrap_or_default();
        Self {
            status,
            is_event_stream: start.eq_ignore_ascii_case(EVENT_STREAM),
            is_encoded: text(CONTENT_ENCODING)
                .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")),
        }
    }

    /// The head of an answer that came without one, and well.
    pub(super) fn of_a_stream() -> Self {
        Self {
            status: 200,
            is_event_stream: true,
            is_encoded: false,
        }
    }

    /// The head of a whole answer of this status.
    pub(super) fn of_a_document(status: u16) -> Self {
        Self {
            status,
            is_event_stream: false,
            is_encoded: false,
        }
    }

    pub(super) fn is_success(self) -> bool {
        (200..300).contains(&self.status)
    }
}
