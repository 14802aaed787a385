//! What an error of the caller's client means.

#[cfg(feature = "async-openai")]
use crate::format::ErrorBody;
use crate::semconv::value;
use crate::urls;
#[cfg(feature = "async-openai")]
use async_openai::error::OpenAIError;
use http::StatusCode;
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::iter::successors;

type AnyError = dyn Error + 'static;

/// The HTTP status that became an error, if that is what it is.
pub(super) fn status(error: &AnyError) -> Option<u16> {
    chain(error).find_map(status_of).map(|it| it.as_u16())
}

/// The provider's own code or type, if the client has read it.
#[cfg(feature = "async-openai")]
pub(super) fn code(error: &AnyError) -> Option<String> {
    let refusal = chain(error).find_map(|error| match error.downcast_ref() {
        Some(OpenAIError::ApiError(refusal)) => Some(&refusal.api_error),
        _ => None,
    })?;
    ErrorBody::named(refusal.r#type.clone(), refusal.code.clone()).code
}

/// As above: no other client reads refusals.
#[cfg(not(feature = "async-openai"))]
pub(super) fn code(_error: &AnyError) -> Option<String> {
    None
}

/// The value of `error.type` for an error that is not an answer.
pub(super) fn error_type(error: &AnyError) -> &'static str {
    if chain(error).any(is_timeout) {
        value::error_type::TIMEOUT
    } else if chain(error).any(is_connection) {
        value::error_type::CONNECTION
    } else {
        value::error_type::OTHER
    }
}

/// The innermost error's text, which outer ones repeat.
pub(super) fn message(error: &AnyError) -> Option<String> {
    let innermost = chain(error).last()?;
    let mut text = String::new();
    // A `Display` that fails is what `to_string` panics at: what it wrote is kept.
    write!(text, "{innermost}").unwrap_or_default();
    Some(urls::without_secrets(&text))
}

fn status_of(error: &AnyError) -> Option<StatusCode> {
    #[cfg(feature = "async-openai")]
    if let Some(OpenAIError::ApiError(refusal)) = error.downcast_ref() {
        return Some(refusal.status_code);
    }
    error.downcast_ref::<reqwest::Error>()?.status()
}

fn is_timeout(error: &AnyError) -> bool {
    error.is::<tokio::time::error::Elapsed>()
        || error.is::<tower::timeout::error::Elapsed>()
        || error
            .downcast_ref::<reqwest::Error>()
            .is_some_and(reqwest::Error::is_timeout)
        || error
            .downcast_ref::<io::Error>()
            .is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
}

fn is_connection(error: &AnyError) -> bool {
    error.is::<io::Error>()
        || error
            .downcast_ref::<reqwest::Error>()
            .is_some_and(|error| error.is_connect() || error.is_body() || error.is_request())
}

/// More causes are a circle.
const MAX_CAUSES: usize = 64;

/// The error and what caused it, one after the other.
fn chain(error: &AnyError) -> impl Iterator<Item = &AnyError> {
    let chain = successors(Some(unwrapped(error)), |error| cause(*error).map(unwrapped));
    chain.take(MAX_CAUSES)
}

/// What an I/O error says of itself instead of its kind it does not name as
/// its source.
fn cause(error: &AnyError) -> Option<&AnyError> {
    let said = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    said.map(|said| said as &AnyError)
        .or_else(|| error.source())
}

/// What a transparent wrapper hides: it gives the source of what it wraps as
/// its own.
fn unwrapped(error: &AnyError) -> &AnyError {
    #[cfg(feature = "async-openai")]
    if let Some(OpenAIError::Boxed(inner)) = error.downcast_ref() {
        return unwrapped(inner.as_ref());
    }
    #[cfg(feature = "reqwest-middleware")]
    match error.downcast_ref() {
        Some(reqwest_middleware::Error::Reqwest(inner)) => return inner,
        Some(reqwest_middleware::Error::Middleware(inner)) => return unwrapped(inner.as_ref()),
        None => {}
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_may_be_a_timeout_in_many_ways() {
        let ours = io::Error::from(io::ErrorKind::TimedOut);
        let wrapped = io::Error::other(tower::timeout::error::Elapsed::new());
        for error in [ours, wrapped] {
            assert_eq!(error_type(&error), value::error_type::TIMEOUT);
        }
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(error_type(&broken), value::error_type::CONNECTION);
        assert_eq!(error_type(&std::fmt::Error), value::error_type::OTHER);
    }

    #[cfg(feature = "async-openai")]
    #[test]
    fn a_transparent_wrapper_is_looked_into() {
        let inner = Box::new(tower::timeout::error::Elapsed::new());
        let error = OpenAIError::Boxed(inner);
        assert_eq!(error_type(&error), value::error_type::TIMEOUT);
    }
}
