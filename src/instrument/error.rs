//! What an error of the caller's client means.

use crate::semconv::value;
use std::error::Error;
use std::io;
use std::iter::successors;

/// The value of `error.type` for an error that is not an answer.
pub(super) fn error_type(error: &(dyn Error + 'static)) -> &'static str {
    if chain(error).any(is_timeout) {
        value::error_type::TIMEOUT
    } else if chain(error).any(is_connection) {
        value::error_type::CONNECTION
    } else {
        value::error_type::OTHER
    }
}

/// The innermost error's text: outer ones repeat URLs, which may hold keys.
pub(super) fn message(error: &(dyn Error + 'static)) -> Option<String> {
    chain(error).last().map(ToString::to_string)
}

fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<reqwest::Error>()
        .is_some_and(reqwest::Error::is_timeout)
        || error
            .downcast_ref::<io::Error>()
            .is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
}

fn is_connection(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some()
        || error
            .downcast_ref::<reqwest::Error>()
            .is_some_and(|error| error.is_connect() || error.is_body() || error.is_request())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    // The explicit dereference keeps the chain's lifetime, not the closure's.
    successors(Some(error), |error| (*error).source())
}
