//! What came back of a request that failed.

use super::innermost;
use crate::urls;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use std::error::Error;
use std::io;

/// What came back, in words, and what kind of failure that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) said: String,
    pub(crate) kind: CameKind,
}

/// The kinds of failures that have cures of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CameKind {
    /// An HTTP status that is no success.
    Status(StatusCode),
    /// A gRPC status that is not `OK`.
    Grpc(u8),
    /// A success with a web page instead of an answer.
    Page,
    /// Nothing listens at the port.
    NothingListens,
    /// The host has no address.
    UnknownHost,
    /// There was no answer within the time limit.
    TimedOut,
    /// TLS was begun, and the port does not speak it.
    PlainPort,
    /// The certificate is not trusted.
    Certificate,
    /// The answer is not HTTP/1.1.
    NotHttp1,
    /// The answer is not HTTP/2.
    NotHttp2,
    /// Anything else.
    Other,
}

impl Came {
    pub(crate) fn new(kind: CameKind, said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            kind,
        }
    }

    /// A status that is no success. Where a redirect leads is shown, as it is
    /// the cure, but for user and query.
    pub(crate) fn status(status: StatusCode, headers: &HeaderMap) -> Self {
        let location = headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let said = match location.filter(|_| status.is_redirection()) {
            Some(to) => format!("HTTP status {status}, a redirect to {}", urls::shown(to)),
            None => format!("HTTP status {status}"),
        };
        Self::new(CameKind::Status(status), said)
    }

    /// A success that is a web page: a sign-in page or a proxy has answered.
    pub(crate) fn page(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let is_page = kind.trim().to_ascii_lowercase().starts_with("text/html");
        let said = format!("HTTP status {status} with a web page (text/html)");
        (is_page && status.is_success()).then(|| Self::new(CameKind::Page, said))
    }

    /// There was no answer.
    pub(crate) fn nothing(error: &(dyn Error + 'static)) -> Self {
        let said = innermost(error);
        let kind = kind_of(error, &said);
        match kind {
            CameKind::TimedOut => Self::new(kind, "no answer within the time limit"),
            _ => Self::new(kind, format!("no answer: {said}")),
        }
    }
}

/// Errors of TLS and HTTP have no public types: their words tell them apart.
fn kind_of(error: &(dyn Error + 'static), said: &str) -> CameKind {
    const BY_WORDS: [(&str, CameKind); 11] = [
        ("failed to lookup address", CameKind::UnknownHost),
        ("InvalidContentType", CameKind::PlainPort),
        ("wrong version number", CameKind::PlainPort),
        ("invalid peer certificate", CameKind::Certificate),
        ("certificate verify failed", CameKind::Certificate),
        ("invalid HTTP version parsed", CameKind::NotHttp1),
        ("invalid HTTP status-code parsed", CameKind::NotHttp1),
        ("frame with invalid size", CameKind::NotHttp2),
        ("unspecific protocol error", CameKind::NotHttp2),
        ("stream closed because of a broken pipe", CameKind::NotHttp2),
        ("timed out", CameKind::TimedOut),
    ];
    let by_words = BY_WORDS.into_iter().find(|(words, _)| said.contains(words));
    by_words.map_or_else(|| by_type(error), |(_, kind)| kind)
}

fn by_type(error: &(dyn Error + 'static)) -> CameKind {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(kind) = of_one(error) {
            return kind;
        }
        cause = error.source();
    }
    CameKind::Other
}

fn of_one(error: &(dyn Error + 'static)) -> Option<CameKind> {
    let is_late = error.downcast_ref().is_some_and(reqwest::Error::is_timeout);
    match error.downcast_ref().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Some(CameKind::NothingListens),
        Some(io::ErrorKind::TimedOut) => Some(CameKind::TimedOut),
        _ => is_late.then_some(CameKind::TimedOut),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_redirect_shows_where_it_leads_without_secrets() {
        let to = HeaderValue::from_static("https://ann:sesame@x.example/login?key=sesame");
        let headers = HeaderMap::from_iter([(LOCATION, to)]);
        assert_eq!(
            Came::status(StatusCode::FOUND, &headers).said,
            "HTTP status 302 Found, a redirect to https://x.example/login?..."
        );
    }

    #[test]
    fn only_a_success_with_a_page_is_a_page() {
        for (status, kind, is_page) in [
            (StatusCode::OK, "text/html; charset=utf-8", true),
            (StatusCode::OK, "Text/HTML", true),
            (StatusCode::OK, "application/x-protobuf", false),
            (StatusCode::NOT_FOUND, "text/html", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
            assert_eq!(Came::page(status, &headers).is_some(), is_page, "{kind}");
        }
        assert_eq!(Came::page(StatusCode::OK, &HeaderMap::new()), None);
    }

    #[test]
    fn a_cause_is_found_behind_other_errors() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] io::Error);
        let refused = Outer(io::ErrorKind::ConnectionRefused.into());
        assert_eq!(Came::nothing(&refused).kind, CameKind::NothingListens);
        let odd = io::Error::other("moon phase");
        let came = Came::nothing(&odd);
        assert_eq!(
            (came.kind, &*came.said),
            (CameKind::Other, "no answer: moon phase")
        );
    }
}
