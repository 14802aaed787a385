//! A whole answer of which nobody says whose it is: its fields tell.

use super::object::{Holds, ObjectReader};
use super::{Format, Reader, anthropic, cloudflare, cohere, gemini, ollama, openai};
use crate::operation::{Kind, Response};
use crate::semconv::value::operation;
use serde_json::{Map, Value};

/// What one kind of answer has, and who reads it.
struct Shape {
    fits: fn(&Map<String, Value>) -> bool,
    format: &'static dyn Format,
}

/// The first that fits reads the answer.
const SHAPES: [Shape; 8] = [
    Shape {
        fits: |answer| has_any(answer, &["candidates", "promptFeedback", "usageMetadata"]),
        format: &gemini::GenerateContent,
    },
    Shape {
        fits: is_completion,
        format: &openai::Completions,
    },
    Shape {
        fits: |answer| has_list(answer, "choices"),
        format: &openai::Chat,
    },
    Shape {
        fits: |answer| has_list(answer, "output"),
        format: &openai::Responses,
    },
    Shape {
        fits: |answer| has_list(answer, "content"),
        format: &anthropic::Messages,
    },
    Shape {
        fits: |answer| answer.contains_key("done") && has_any(answer, &["message", "response"]),
        format: &ollama::Generation,
    },
    Shape {
        fits: |answer| answer.get("message").is_some_and(Value::is_object),
        format: &cohere::Chat,
    },
    Shape {
        fits: |answer| has_any(answer, &["response", "tool_calls", "result"]),
        format: &cloudflare::Generation,
    },
];

/// Reads an answer as its format reads it when it is recorded. Of one that no
/// format reads, what all answers have is read: id, model and usage.
pub(crate) fn read(answer: &Map<String, Value>) -> Response {
    let body = Value::Object(answer.clone()).to_string();
    let shape = SHAPES.iter().find(|shape| (shape.fits)(answer));
    let kind = Kind::inference(operation::CHAT);
    let read = shape.and_then(|shape| said(shape.format.reader(kind, true), &body));
    let plain = || said(Box::new(ObjectReader::new(Holds::Things, false)), &body);
    read.or_else(plain).unwrap_or_default()
}

fn said(mut reader: Box<dyn Reader>, body: &str) -> Option<Response> {
    reader.document(body.as_bytes()).ok()?;
    Some(reader.finish())
}

fn is_completion(answer: &Map<String, Value>) -> bool {
    let choices = answer.get("choices").and_then(Value::as_array);
    let first = choices.and_then(|choices| choices.first());
    first.is_some_and(|it| it.get("text").is_some() && it.get("message").is_none())
}

fn has_any(answer: &Map<String, Value>, fields: &[&str]) -> bool {
    fields.iter().any(|field| answer.contains_key(*field))
}

fn has_list(answer: &Map<String, Value>, field: &str) -> bool {
    answer.get(field).is_some_and(Value::is_array)
}
