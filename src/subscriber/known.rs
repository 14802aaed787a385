//! What a span's attributes say of its operation.

use crate::context::AgentName;
use crate::conventions::Conventions;
use crate::conversation::Conversation;
use crate::semconv::{SPAN_FORMS, attribute, value};
use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, Value};

/// What a span's attributes say of the operation.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) operation: Option<String>,
    /// What the operation is done with, by the attribute that says so.
    subjects: Vec<(&'static str, String)>,
    pub(super) has_error_type: bool,
    has_conversation: bool,
    has_agent: bool,
}

impl Known {
    /// Returns whether the name of the span may now be another.
    pub(super) fn learn(&mut self, attribute: &KeyValue) -> bool {
        let key = attribute.key.as_str();
        self.has_error_type |= key == attribute::ERROR_TYPE;
        self.has_conversation |= key == attribute::GEN_AI_CONVERSATION_ID;
        self.has_agent |= key == attribute::GEN_AI_AGENT_NAME;
        let Value::String(text) = &attribute.value else {
            return false;
        };
        if key == attribute::GEN_AI_OPERATION_NAME {
            self.operation = Some(text.as_str().to_owned());
            return true;
        }
        let subject = SPAN_FORMS.iter().find(|(_, subject, _)| *subject == key);
        if let Some((_, subject, _)) = subject {
            self.subjects.push((subject, text.as_str().to_owned()));
        }
        subject.is_some()
    }

    /// The operation and what it is done with, as far as they are known.
    pub(super) fn name(&self) -> Option<String> {
        let operation = self.operation.as_ref()?;
        let (_, subject, _) = SPAN_FORMS.iter().find(|(known, ..)| known == operation)?;
        let subjects = &mut self.subjects.iter().rev();
        Some(match subjects.find(|(key, _)| key == subject) {
            Some((_, subject)) => format!("{operation} {subject}"),
            None => operation.clone(),
        })
    }

    /// The conversation that the function runs in, once its operation is
    /// known and is done in one, unless a field names another.
    pub(super) fn conversation_id(
        &mut self,
        conventions: Conventions,
        around: Option<&Conversation>,
    ) -> Option<KeyValue> {
        let operation = self.operation.as_deref()?;
        if self.has_conversation || !conventions.in_conversation(operation) {
            return None;
        }
        let current = Conversation::current();
        let id = current.as_ref().and_then(Conversation::id);
        let id = id.or_else(|| around?.id())?.to_owned();
        self.has_conversation = true;
        Some(KeyValue::new(attribute::GEN_AI_CONVERSATION_ID, id))
    }

    /// The agent around a tool, unless a field names another.
    pub(super) fn agent_name(&mut self, around: Option<&AgentName>) -> Option<KeyValue> {
        let is_tool = self.operation.as_deref() == Some(value::operation::EXECUTE_TOOL);
        let around = around.filter(|_| is_tool && !self.has_agent)?;
        self.has_agent = true;
        let name = around.as_str().to_owned();
        Some(KeyValue::new(attribute::GEN_AI_AGENT_NAME, name))
    }

    /// The agent that this is an invocation of.
    pub(super) fn agent(&self) -> Option<AgentName> {
        let is_agent = self.operation.as_deref() == Some(value::operation::INVOKE_AGENT);
        let mut names = self.subjects.iter().rev().filter(|_| is_agent);
        let (_, name) = names.find(|(key, _)| *key == attribute::GEN_AI_AGENT_NAME)?;
        Some(AgentName::new(name))
    }

    pub(super) fn kind(&self) -> Option<SpanKind> {
        let operation = self.operation.as_ref()?;
        let (.., is_client) = SPAN_FORMS.iter().find(|(known, ..)| known == operation)?;
        Some(match is_client {
            true => SpanKind::Client,
            false => SpanKind::Internal,
        })
    }
}
