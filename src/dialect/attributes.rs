//! A span's attributes, read tolerantly.

use crate::conventions::latest_attribute;
use crate::conversation::Conversation;
use crate::operation::word;
use crate::semconv::attribute;
use opentelemetry::trace::TraceId;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde::de::DeserializeOwned;

/// Attributes by key. The SDK keeps repeated ones: the last is the valid one.
pub(crate) struct Attributes<'a> {
    list: &'a [KeyValue],
    /// Written out only where it stands for a session.
    trace_id: TraceId,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(span: &'a SpanData) -> Self {
        Self {
            list: &span.attributes,
            trace_id: span.span_context.trace_id(),
        }
    }

    pub(super) fn new(list: &'a [KeyValue]) -> Self {
        Self {
            list,
            trace_id: TraceId::INVALID,
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        match self.value(key)? {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub(super) fn string(&self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    /// A word of a bounded length.
    pub(super) fn word(&self, key: &str) -> Option<String> {
        self.text(key).map(|text| word::word(text).to_owned())
    }

    /// An id of a bounded length.
    pub(super) fn id(&self, key: &str) -> Option<String> {
        self.text(key).map(|text| word::id(text).into_owned())
    }

    pub(super) fn words(&self, key: &str) -> Vec<String> {
        let texts = self.texts(key).iter();
        texts.map(|it| word::word(it.as_str()).to_owned()).collect()
    }

    pub(super) fn ids(&self, key: &str) -> Vec<String> {
        let texts = self.texts(key).iter();
        texts.map(|it| word::id(it.as_str()).into_owned()).collect()
    }

    /// All attributes, in the order in which they were set.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a KeyValue> {
        self.list.iter()
    }

    fn texts(&self, key: &str) -> &'a [StringValue] {
        match self.value(key) {
            Some(Value::Array(Array::String(list))) => list,
            _ => &[],
        }
    }

    /// The caller's conversation, which may travel beside the span, else our
    /// session, else the trace.
    pub(super) fn session_id(&self, conversation: Option<&Conversation>) -> String {
        self.string(attribute::GEN_AI_CONVERSATION_ID)
            .or_else(|| conversation?.id().map(str::to_owned))
            .or_else(|| self.string(attribute::TES_SESSION_ID))
            .unwrap_or_else(|| self.trace_id.to_string())
    }

    /// The user, who may travel beside the span.
    pub(super) fn user_id(&self, conversation: Option<&Conversation>) -> Option<String> {
        let beside = conversation.and_then(Conversation::user_id);
        beside
            .map(str::to_owned)
            .or_else(|| self.string(attribute::USER_ID))
    }

    /// The metadata, which may travel beside the span.
    pub(super) fn metadata(
        &self,
        conversation: Option<&Conversation>,
    ) -> Vec<(String, serde_json::Value)> {
        match conversation {
            Some(conversation) => conversation.metadata_entries().to_vec(),
            None => self.metadata_on_span(),
        }
    }

    fn metadata_on_span(&self) -> Vec<(String, serde_json::Value)> {
        let entries = self.list.iter().filter_map(|attribute| {
            let key = attribute
                .key
                .as_str()
                .strip_prefix(attribute::TES_METADATA)?
                .strip_prefix('.')?;
            Some((key.to_owned(), json(&attribute.value)))
        });
        entries.collect()
    }

    /// A list that is written as JSON.
    pub(super) fn list<T: DeserializeOwned>(&self, key: &str) -> Vec<T> {
        self.text(key)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    pub(super) fn count(&self, key: &str) -> Option<u64> {
        match self.value(key)? {
            Value::I64(count) => u64::try_from(*count).ok(),
            // How tracing-opentelemetry records unsigned numbers.
            Value::String(text) => text.as_str().parse().ok(),
            _ => None,
        }
    }

    /// By its published name, else by the one that it has since.
    fn value(&self, key: &str) -> Option<&'a Value> {
        let called = |name: &str| {
            let mut latest_first = self.list.iter().rev();
            latest_first.find(|attribute| attribute.key.as_str() == name)
        };
        let attribute = called(key).or_else(|| called(latest_attribute(key)?))?;
        Some(&attribute.value)
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(bool) => (*bool).into(),
        Value::I64(int) => (*int).into(),
        Value::F64(float) => (*float).into(),
        other => other.to_string().into(),
    }
}
