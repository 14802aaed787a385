//! Recorded exports of other instrumentations, which lie beside the project and
//! are no part of it.

use super::beside;
use super::foreign::without_content;
use opentelemetry::trace::{Span as _, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};

/// A span as it was recorded, and what is left of it behind the gate.
pub(crate) struct Passed {
    pub(crate) file: String,
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) recorded: Vec<KeyValue>,
    pub(crate) left: SpanData,
}

/// The folder of the records: `TURNSPAN_CAPTURES`, or where it lies beside the
/// project.
pub(crate) fn folder() -> Option<PathBuf> {
    beside::folder("TURNSPAN_CAPTURES", "otlp-captures")
}

/// Every span of every record.
pub(crate) fn passed(folder: &Path) -> Vec<Passed> {
    let mut passed = Vec::new();
    for file in files(folder) {
        let json: Json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let file = file.strip_prefix(folder).unwrap().display().to_string();
        for resource in items(&json, "resourceSpans") {
            for scope in items(resource, "scopeSpans") {
                let name = scope["scope"]["name"].as_str().unwrap_or_default();
                let spans = items(scope, "spans").iter();
                passed.extend(spans.map(|span| pass(&file, name, span)));
            }
        }
    }
    passed
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .filter(|path| path.file_name().is_some_and(|it| it != "index.json"))
        .collect();
    files.sort();
    files
}

fn pass(file: &str, scope: &str, span: &Json) -> Passed {
    let recorded = attributes(span);
    let name = span["name"].as_str().unwrap().to_owned();
    let leaked: &'static str = Box::leak(scope.to_owned().into_boxed_str());
    let left = without_content(leaked, name.clone(), |made| {
        made.set_attributes(recorded.clone());
        for event in items(span, "events") {
            made.add_event(
                event["name"].as_str().unwrap().to_owned(),
                attributes(event),
            );
        }
        if let Some(message) = span["status"]["message"].as_str() {
            made.set_status(Status::error(message.to_owned()));
        }
    });
    Passed {
        file: file.to_owned(),
        scope: scope.to_owned(),
        name,
        recorded,
        left,
    }
}

fn items<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn attributes(of: &Json) -> Vec<KeyValue> {
    let attributes = items(of, "attributes").iter();
    let attributes = attributes.filter_map(|it| {
        let key = it["key"].as_str().unwrap().to_owned();
        Some(KeyValue::new(key, value(&it["value"])?))
    });
    attributes.collect()
}

fn value(value: &Json) -> Option<Value> {
    let (kind, value) = value.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "stringValue" => value.as_str()?.to_owned().into(),
        "boolValue" => value.as_bool()?.into(),
        "doubleValue" => value.as_f64()?.into(),
        "intValue" => Value::I64(value.to_string().trim_matches('"').parse().ok()?),
        "arrayValue" => list(items(value, "values"))?,
        _ => return None,
    })
}

fn list(values: &[Json]) -> Option<Value> {
    let numbers = values.iter().map(|it| it["doubleValue"].as_f64());
    if let Some(numbers) = numbers
        .collect::<Option<Vec<f64>>>()
        .filter(|it| !it.is_empty())
    {
        return Some(Value::Array(Array::F64(numbers)));
    }
    let texts = values
        .iter()
        .map(|it| Some(it["stringValue"].as_str()?.to_owned().into()));
    Some(Value::Array(Array::String(texts.collect::<Option<_>>()?)))
}
