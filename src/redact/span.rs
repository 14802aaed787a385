//! Spans without what was found in them.

use super::field::{Field, FieldRule};
use super::messages::regions;
use super::{Redaction, json};
use crate::dialect;
use crate::semconv::attribute;
use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;

/// Attributes that are lists of messages, or of parts of one.
const MESSAGES: [&str; 4] = [
    attribute::GEN_AI_INPUT_MESSAGES,
    attribute::GEN_AI_OUTPUT_MESSAGES,
    attribute::GEN_AI_SYSTEM_INSTRUCTIONS,
    "pydantic_ai.all_messages",
];

impl Redaction {
    /// Every text of a span: of its attributes, of those of its events and
    /// links, and what its status says.
    ///
    /// Names of spans of generative AI are made of an operation and a model;
    /// those of others, and of events, may be texts: log lines become events.
    pub(crate) fn span(&self, span: &mut SpanData) {
        let of_operation = |it: &KeyValue| it.key.as_str() == attribute::GEN_AI_OPERATION_NAME;
        if !span.attributes.iter().any(of_operation) {
            self.set_name(&mut span.name);
        }
        self.set_attributes(&mut span.attributes);
        for event in &mut span.events.events {
            self.set_name(&mut event.name);
            self.set_attributes(&mut event.attributes);
        }
        for link in &mut span.links.links {
            self.set_attributes(&mut link.attributes);
        }
        if let Status::Error { description } = &mut span.status
            && let Some(new) = self.field_text(Field::ErrorMessage, description)
        {
            *description = new.into();
        }
    }

    /// What an attribute says, if it may not say it; lists of messages and other
    /// JSON stay what they are.
    pub(crate) fn attribute(&self, key: &str, text: &str) -> Option<String> {
        let field = Field::of_attribute(key);
        let is_json = matches!(field, Field::ToolArguments | Field::ToolResults);
        if MESSAGES.contains(&key) && json::is_json(text) {
            self.messages(text, field)
        } else if is_json {
            self.json(field, text)
        } else {
            self.named_text(field, Some(key), text)
        }
    }

    fn set_name(&self, name: &mut Cow<'static, str>) {
        let search = self.search(None);
        if let Some(new) = search.and_then(|search| search.text(name)) {
            *name = new.into();
        }
    }

    fn set_attributes(&self, attributes: &mut [KeyValue]) {
        for attribute in attributes {
            let key = attribute.key.as_str();
            if dialect::is_name(key) {
                continue;
            }
            if let Some(value) = self.value(key, &attribute.value) {
                attribute.value = value;
            }
            let metadata = self.metadata_attribute(attribute.key.as_str());
            if let Some(key) = metadata {
                attribute.key = key.into();
            }
        }
    }

    fn value(&self, key: &str, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.attribute(key, text.as_str()).map(Value::from),
            Value::I64(number) => self.number(key, number).map(Value::from),
            Value::F64(number) => self.number(key, number).map(Value::from),
            Value::Bool(flag) => self.number(key, flag).map(Value::from),
            Value::Array(Array::String(list)) => {
                list_of(list, |text| self.attribute(key, text.as_str()))
            }
            Value::Array(Array::I64(list)) => list_of(list, |number| self.number(key, number)),
            Value::Array(Array::F64(list)) => list_of(list, |number| self.number(key, number)),
            Value::Array(Array::Bool(list)) => list_of(list, |flag| self.number(key, flag)),
            _ => None,
        }
    }

    /// A number that is a finding, or that is hidden with its field.
    fn number(&self, key: &str, number: &impl ToString) -> Option<String> {
        let field = Field::of_attribute(key);
        let is_hidden = matches!(self.rule(field), FieldRule::Hide | FieldRule::Pseudonym);
        if is_hidden && field == Field::OtherAttributes {
            return None;
        }
        self.field_text(field, &number.to_string())
    }

    /// Each region by the rule of its field, and what is between them searched.
    pub(super) fn messages(&self, text: &str, field: Field) -> Option<String> {
        let between = |text: &str| {
            let search = self.search(None)?;
            json::rewritten(text, |leaf| match leaf {
                json::Leaf::Key(text) => search.text(text),
                json::Leaf::Text(text, name) => search.under(name).text(text),
                json::Leaf::Number(_) => None,
            })
        };
        let mut edits = Vec::new();
        let mut at = 0;
        let regions = regions(text, field);
        let end = (text.len()..text.len(), None);
        let regions = regions
            .into_iter()
            .map(|(range, field)| (range, Some(field)));
        for (range, field) in regions.chain([end]) {
            let gap = at..range.start;
            if let Some(new) = text.get(gap.clone()).and_then(between) {
                edits.push((gap, new));
            }
            at = range.end;
            let json = text.get(range.clone()).unwrap_or_default();
            if let Some(new) = field.and_then(|field| self.json(field, json)) {
                edits.push((range, new));
            }
        }
        (!edits.is_empty()).then(|| json::edited(text, edits))
    }

    /// Of metadata the caller chose the names too.
    fn metadata_attribute(&self, key: &str) -> Option<String> {
        let name = key
            .strip_prefix(attribute::TES_METADATA)?
            .strip_prefix('.')?;
        let new = self.metadata_key(name)?;
        Some(format!("{}.{new}", attribute::TES_METADATA))
    }
}

/// A list of texts, if there is something new among them.
fn list_of<T: ToString>(list: &[T], new: impl Fn(&T) -> Option<String>) -> Option<Value> {
    let found: Vec<Option<String>> = list.iter().map(new).collect();
    let is_new = found.iter().any(Option::is_some);
    let texts = found.into_iter().zip(list);
    let texts = texts.map(|(new, old)| new.unwrap_or_else(|| old.to_string()).into());
    is_new.then(|| Value::Array(Array::String(texts.collect())))
}
