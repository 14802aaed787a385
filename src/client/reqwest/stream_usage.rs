//! Streams that are asked for their usage on behalf of a caller who did not ask.
//!
//! The request gains the option, and the event that comes of it alone is not
//! handed on: everything else is as the server sent it. Off unless it is set.

use crate::record::{Recording, Sifted};
use ::reqwest::{Body, Request};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Asks for the usage of a stream, if that is set and nothing speaks against it.
pub(super) fn ask(recording: &Recording, request: &mut Request) {
    if !recording.is_to_ask_for_usage() || is_sealed(request.headers()) {
        return;
    }
    let body = request.body().and_then(Body::as_bytes);
    let asking = body.and_then(|body| recording.asking_for_usage(body));
    let Some(asking) = asking else { return };
    let headers = request.headers_mut();
    if headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, asking.len().into());
    }
    *request.body_mut() = Some(asking.into());
}

/// Whether a request would not be what it says if its body were another, or its
/// answer could not be read.
fn is_sealed(headers: &HeaderMap) -> bool {
    let is_seal = |name: &HeaderName| {
        let seals = ["signature", "digest", "content-md5", "content-sha256"];
        seals.iter().any(|seal| name.as_str().contains(seal))
    };
    let scheme = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let is_key = |scheme: &[u8]| {
        let of_keys: [&[u8]; 2] = [b"bearer ", b"basic "];
        of_keys.iter().any(|name| {
            let begins = scheme.get(..name.len());
            begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name))
        })
    };
    headers.contains_key(CONTENT_ENCODING)
        || headers.contains_key(ACCEPT_ENCODING)
        || headers.keys().any(is_seal)
        || scheme.is_some_and(|scheme| !is_key(scheme))
}

/// The body of an answer without what the caller did not ask for.
pub(super) fn without_usage<B>(recording: &Recording, head: &mut Parts, body: B) -> Body
where
    B: http_body::Body<Data = Bytes, Error = ::reqwest::Error> + Send + Sync + 'static,
{
    let Some(usage) = recording.usage_to_take_out(&head.headers) else {
        return Body::wrap(body);
    };
    // It would count what is taken out.
    head.headers.remove(CONTENT_LENGTH);
    Body::wrap(Sifted::new(body, usage))
}
