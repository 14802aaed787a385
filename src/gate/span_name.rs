//! Names of spans of generative AI.

use crate::conventions::SCOPE;
use crate::semconv::{SPAN_FORMS, attribute};
use crate::{dialect, redact};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;

/// By which `tracing` lets a span have a name of its own, and users all names
/// leave as they are.
pub(super) const FIELD: &str = "otel.name";

/// What a span is called of which not even the operation is known.
const UNNAMED: &str = "gen_ai";

/// Longer ones are texts.
const MAX_BYTES: usize = 256;

const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Names a span by its operation, if its name may hold what was said. Its
/// attributes are those that leave.
///
/// Borrowed names stand in the source of the program, and by our scope it says
/// outright what a function is called. Others may be made of one word, and of
/// what attributes say that leave.
pub(super) fn clean(span: &mut SpanData) {
    let Cow::Owned(name) = &span.name else { return };
    let is_outright = span.instrumentation_scope.name() == SCOPE;
    if !is_outright && !dialect::is_title(name) && !is_made_of_names(name, &span.attributes) {
        span.name = by_operation(&span.attributes).into();
    }
}

fn is_made_of_names(name: &str, attributes: &[KeyValue]) -> bool {
    if name.len() > MAX_BYTES {
        return false;
    }
    let texts = attributes.iter().filter_map(text);
    let operations = texts.filter_map(|text| name.strip_suffix(text)?.strip_suffix(' '));
    is_operation(name) || operations.into_iter().any(is_operation)
}

/// One word, a numbered one, an operation of the conventions with one word, or
/// what is asked of a server.
fn is_operation(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    if !words.iter().all(|word| is_word(word)) {
        return false;
    }
    match words[..] {
        [_] => true,
        [method, path] if METHODS.contains(&method) => path.starts_with('/'),
        [operation, _] if SPAN_FORMS.iter().any(|(known, ..)| *known == operation) => true,
        [_, number] => number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// As functions, routes and models are called. Many scripts put no blanks between
/// words, and neither do addresses, URLs, JSON and keys.
pub(super) fn is_word(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:#+*()<>[]{}".contains(&byte);
    word.bytes().all(is_part) && !word.contains("//") && !redact::has_key(word)
}

/// As the conventions name it.
fn by_operation(attributes: &[KeyValue]) -> String {
    let said = |key: &str| {
        let attribute = attributes.iter().find(|it| it.key.as_str() == key);
        attribute.and_then(text)
    };
    let Some(operation) = said(attribute::GEN_AI_OPERATION_NAME) else {
        return UNNAMED.to_owned();
    };
    let form = SPAN_FORMS.iter().find(|(known, ..)| *known == operation);
    match form.and_then(|(_, subject, _)| said(subject)) {
        Some(subject) => format!("{operation} {subject}"),
        None => operation.to_owned(),
    }
}

fn text(attribute: &KeyValue) -> Option<&str> {
    match &attribute.value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    }
}
