//! What a destination answers when it is asked whether it takes anything.

use crate::redact;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, DATE, LOCATION};
use std::time::{Duration, SystemTime};
use thiserror::Error;

/// The time limit of one probe.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// More of a body is of no use to people.
const MAX_BODY: usize = 2000;

/// The answer to [`Endpoint::probe`](crate::diagnosis::Endpoint::probe), of any
/// status. Credentials of the request are replaced wherever it repeats them.
#[derive(Debug)]
#[non_exhaustive]
pub struct ProbeResponse {
    /// The HTTP status. Over gRPC: 200 for `OK`, 503 for a status after which
    /// exporters try again, 400 for any other.
    pub status: u16,
    /// The `Date` header: the clock of the receiver.
    pub date: Option<SystemTime>,
    /// The `Content-Type` header; none over gRPC.
    pub content_type: Option<String>,
    /// The `Location` header: where a redirect leads. Redirects are not followed.
    pub location: Option<String>,
    /// The first 2000 characters of the body, or the gRPC status with its message.
    pub body: String,
}

/// There was no answer within 10 s. `Display` is the innermost cause, such as
/// `Connection refused (os error 111)`.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ProbeError(pub(crate) String);

impl ProbeResponse {
    /// `sent` are the headers of the request, with its credentials.
    pub(super) fn new(status: u16, headers: &HeaderMap, body: &[u8], sent: &HeaderMap) -> Self {
        let text = |name| headers.get(name)?.to_str().ok();
        let body = redact::without_sensitive(&String::from_utf8_lossy(body), sent);
        Self {
            status,
            date: text(DATE).and_then(|date| httpdate::parse_http_date(date).ok()),
            content_type: text(CONTENT_TYPE).map(str::to_owned),
            location: text(LOCATION).map(|location| redact::without_sensitive(location, sent)),
            body: body.chars().take(MAX_BODY).collect(),
        }
    }
}
