//! Keys in the texts of errors: providers repeat them there, so they are taken
//! out whatever rules a destination has.

use super::field::Field;
use super::finding::HIDDEN;
use super::{Action, Finding, Redaction};
use crate::semconv::PLAIN_ATTRIBUTES;
use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use std::sync::LazyLock;

static RULES: LazyLock<Redaction> =
    LazyLock::new(|| Redaction::new().find(Finding::ApiKey, Action::Label));

/// Takes keys of known forms out of the text of an error.
pub(crate) fn take_keys(text: &mut Option<String>) {
    let new = text.as_deref().and_then(without_keys);
    *text = new.or_else(|| text.take());
}

/// The same of the texts of errors that a span of a call, or one around it, has.
pub(crate) fn take_keys_of_span(span: &mut SpanData) {
    replace_errors(span, without_keys);
}

/// Hides them whole, where something is known to be in them that nobody could
/// find there.
pub(crate) fn hide_errors_of_span(span: &mut SpanData) {
    replace_errors(span, |text| (!text.is_empty()).then(|| HIDDEN.to_owned()));
}

/// Of its status, of exceptions, and of log lines, which are names of events.
fn replace_errors(span: &mut SpanData, new: impl Fn(&str) -> Option<String>) {
    if let Status::Error { description } = &mut span.status
        && let Some(new) = new(description)
    {
        *description = new.into();
    }
    replace_in(&mut span.attributes, &new);
    for event in &mut span.events.events {
        if !is_a_name(&event.name)
            && let Some(new) = new(&event.name)
        {
            event.name = new.into();
        }
        replace_in(&mut event.attributes, &new);
    }
}

fn replace_in(attributes: &mut [KeyValue], new: impl Fn(&str) -> Option<String>) {
    let errors = attributes.iter_mut().filter(|it| {
        let key = it.key.as_str();
        !PLAIN_ATTRIBUTES.contains(&key) && Field::of_attribute(key) == Field::ErrorMessage
    });
    for error in errors {
        if let Value::String(text) = &error.value
            && let Some(new) = new(text.as_str())
        {
            error.value = new.into();
        }
    }
}

fn without_keys(text: &str) -> Option<String> {
    RULES.search(None)?.text(text)
}

/// As those of the moments of a call: every one has some.
fn is_a_name(event: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || b"._".contains(&byte);
    event.bytes().all(is_part)
}
