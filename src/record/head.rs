//! What the head of an answer tells of its body.

use crate::framing::Framing;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};

/// The head of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// How its content type says that it is cut.
    pub(crate) framing: Option<Framing>,
    pub(crate) is_encoded: bool,
    /// Its content type says that it is a file and nothing to read.
    pub(crate) is_file: bool,
}

impl Head {
    pub(crate) fn new(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            status,
            framing: text(CONTENT_TYPE).and_then(Framing::of_content_type),
            is_encoded: text(CONTENT_ENCODING)
                .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")),
            is_file: text(CONTENT_TYPE).is_some_and(is_file),
        }
    }

    /// The head of an answer that came without one, and well.
    pub(crate) fn of_a_stream() -> Self {
        Self {
            status: 200,
            framing: Some(Framing::Sse),
            is_encoded: false,
            is_file: false,
        }
    }

    /// The head of a whole answer of this status.
    pub(crate) fn of_a_document(status: u16) -> Self {
        Self {
            status,
            framing: None,
            is_encoded: false,
            is_file: false,
        }
    }

    pub(crate) fn is_success(self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Whether a content type is of bytes: speech, an image, what somebody uploaded.
fn is_file(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let (class, of_class) = kind.split_once('/').unwrap_or_default();
    let is = |one: &str, name: &str| one.eq_ignore_ascii_case(name);
    let is_medium = ["audio", "image", "video"].iter().any(|it| is(class, it));
    let is_bytes = ["octet-stream", "binary", "zip", "pdf"];
    is_medium || is(class, "application") && is_bytes.iter().any(|it| is(of_class, it))
}

#[cfg(test)]
mod tests {
    use super::is_file;

    #[test]
    fn bytes_are_told_from_what_can_be_read() {
        for (content_type, expected) in [
            ("audio/mpeg", true),
            ("Image/PNG; q=1", true),
            ("application/octet-stream", true),
            ("application/json", false),
            ("application/x-jsonl", false),
            ("text/plain; charset=utf-8", false),
            ("", false),
        ] {
            assert_eq!(is_file(content_type), expected, "{content_type}");
        }
    }
}
