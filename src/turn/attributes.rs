//! A span's attributes, read tolerantly.

use crate::conventions::latest_attribute;
use crate::conversation::Conversation;
use crate::operation::{Conversed, Input, Usage, word};
use crate::semconv::attribute;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde::de::DeserializeOwned;

/// Attributes by key. The SDK keeps repeated ones: the last is the valid one.
pub(super) struct Attributes<'a> {
    list: &'a [KeyValue],
    trace_id: String,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(span: &'a SpanData) -> Self {
        Self {
            list: &span.attributes,
            trace_id: span.span_context.trace_id().to_string(),
        }
    }

    pub(super) fn new(list: &'a [KeyValue]) -> Self {
        Self {
            list,
            trace_id: String::new(),
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
            .unwrap_or_else(|| self.trace_id.clone())
    }

    /// In the provider's own counting, which is what TES gets: of the input it
    /// is known beside the span, or on it.
    pub(super) fn usage(&self, uncached_input_tokens: Option<u64>) -> Usage {
        self.reported_usage(uncached_input_tokens).plausible().0
    }

    /// Whether somebody put tokens onto the span that cannot be.
    pub(super) fn has_implausible_usage(&self) -> bool {
        self.reported_usage(None).plausible().1
    }

    fn reported_usage(&self, uncached_input_tokens: Option<u64>) -> Usage {
        Usage {
            input_tokens: uncached_input_tokens
                .or_else(|| self.count(attribute::TES_USAGE_INPUT_TOKENS))
                .or_else(|| self.count(attribute::GEN_AI_USAGE_INPUT_TOKENS)),
            output_tokens: self.count(attribute::GEN_AI_USAGE_OUTPUT_TOKENS),
            cache_read_input_tokens: self.count(attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS),
            cache_creation_input_tokens: self
                .count(attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS),
            reasoning_output_tokens: self.count(attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS),
        }
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

    /// The content that the span itself carries.
    pub(super) fn conversed(&self) -> Conversed {
        Conversed {
            input: Input {
                messages: self.list(attribute::GEN_AI_INPUT_MESSAGES),
                system_instructions: self.list(attribute::GEN_AI_SYSTEM_INSTRUCTIONS),
                tool_definitions: self.list(attribute::GEN_AI_TOOL_DEFINITIONS),
            },
            output: self.list(attribute::GEN_AI_OUTPUT_MESSAGES),
            error_message: None,
            conversation: None,
            answered_ids: self.ids(attribute::TES_TOOL_ANSWERED_IDS),
            tool: None,
            uncached_input_tokens: None,
        }
    }

    fn list<T: DeserializeOwned>(&self, key: &str) -> Vec<T> {
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
