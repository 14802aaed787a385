//! The type and the text of an error that the caller got.

use crate::operation::Conversed;
use crate::redact::Redaction;
use crate::semconv::attribute;
use crate::semconv::value::error_type::{CANCELLED, CONNECTION, OTHER, SHUTDOWN, TIMEOUT};

/// The value of `exception.type`: the provider's own name for the error. A status
/// and a class of ours are types of no exception, and stay in `error.type`.
pub(super) fn kind(error_type: &str) -> Option<&str> {
    let ours = [CANCELLED, CONNECTION, OTHER, SHUTDOWN, TIMEOUT];
    let is_own = !ours.contains(&error_type) && error_type.parse::<u16>().is_err();
    is_own.then_some(error_type)
}

/// The text of the error, without what may not leave.
pub(super) fn text(conversed: &Conversed, redaction: Option<&Redaction>) -> Option<String> {
    let said = conversed.error_message.clone()?;
    let new = redaction.and_then(|it| it.attribute(attribute::EXCEPTION_MESSAGE, &said));
    Some(new.unwrap_or(said))
}

/// The value of `exception.message` where there is no text. The conventions
/// demand it of an exception without a type.
pub(super) fn stand_in(error_type: &str) -> Option<String> {
    if kind(error_type).is_some() {
        return None;
    }
    Some(match error_type {
        TIMEOUT => "a time limit ran out".to_owned(),
        CONNECTION => "the connection could not be made, or broke".to_owned(),
        status if status != OTHER => format!("the provider answered with status {status}"),
        _ => "the call failed".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{kind, stand_in};

    #[test]
    fn an_exception_has_a_type_or_a_text() {
        for (error_type, expected) in [
            ("overloaded_error", None),
            ("429", Some("the provider answered with status 429")),
            ("timeout", Some("a time limit ran out")),
            ("_OTHER", Some("the call failed")),
        ] {
            assert_eq!(stand_in(error_type).as_deref(), expected);
            assert_eq!(kind(error_type).is_some(), expected.is_none());
        }
    }
}
