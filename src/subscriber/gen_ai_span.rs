//! `#[instrument]` functions with `gen_ai.*` fields as proper spans.
//!
//! Between the layer of tracing-opentelemetry and the SDK: values get the
//! types of the conventions, and a span with an operation gets the name, the
//! kind and the conversation that go with it, unless its fields say otherwise
//! (`otel.name`, `otel.kind`).

use super::Source;
use super::typed::typed;
use crate::conventions::Conventions;
use crate::conversation::Conversation;
use crate::operation::{Content, Outlet};
use crate::semconv::{SPAN_FORMS, attribute, value};
use opentelemetry::trace::{Span, SpanBuilder, SpanContext, SpanKind, Status, Tracer};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracer;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

/// Makes the spans of `tracing`.
#[derive(Debug, Clone)]
pub(super) struct GenAiTracer<T> {
    inner: T,
    outlet: Arc<dyn Outlet>,
    conversation: Option<Conversation>,
    conventions: Conventions,
}

/// A span whose late fields are looked at too.
#[derive(Debug)]
pub(super) struct GenAiSpan<S> {
    inner: S,
    outlet: Arc<dyn Outlet>,
    /// The one that the function runs in: its user and metadata travel beside
    /// the span.
    conversation: Option<Conversation>,
    conventions: Conventions,
    known: Known,
    /// Whether its name is the function's, and may be replaced.
    is_unnamed: bool,
    has_failed: bool,
}

/// What a span's attributes say of the operation.
#[derive(Debug, Default)]
struct Known {
    operation: Option<String>,
    /// What the operation is done with, by the attribute that says so.
    subjects: Vec<(&'static str, String)>,
    has_error_type: bool,
    has_conversation: bool,
}

impl GenAiTracer<SdkTracer> {
    pub(super) fn new(source: Source) -> Self {
        Self {
            inner: source.tracer,
            outlet: source.outlet,
            conversation: source.conversation,
            conventions: source.conventions,
        }
    }
}

impl<T> GenAiTracer<T> {
    fn conversation(&self) -> Option<Conversation> {
        Conversation::first_over(Conversation::current(), [self.conversation.as_ref()])
    }
}

impl<T: Tracer> Tracer for GenAiTracer<T> {
    type Span = GenAiSpan<T::Span>;

    fn build_with_context(&self, mut builder: SpanBuilder, parent: &Context) -> Self::Span {
        let mut known = Known::default();
        let attributes = builder.attributes.take().unwrap_or_default();
        let mut attributes: Vec<KeyValue> = attributes.into_iter().filter_map(typed).collect();
        for attribute in &attributes {
            known.learn(attribute);
        }
        let conversation = self.conversation();
        attributes.extend(known.conversation_id(self.conventions, conversation.as_ref()));
        // The name of a function is borrowed, one that `otel.name` gave is not.
        let is_unnamed = matches!(builder.name, Cow::Borrowed(_));
        if let Some(name) = known.name().filter(|_| is_unnamed) {
            builder.name = name.into();
        }
        builder.span_kind = builder.span_kind.or_else(|| known.kind());
        builder.attributes = Some(self.conventions.attributes(attributes));
        GenAiSpan {
            inner: self.inner.build_with_context(builder, parent),
            outlet: Arc::clone(&self.outlet),
            conversation,
            conventions: self.conventions,
            known,
            is_unnamed,
            has_failed: false,
        }
    }
}

impl<S: Span> Span for GenAiSpan<S> {
    fn add_event_with_timestamp<N>(
        &mut self,
        name: N,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        N: Into<Cow<'static, str>>,
    {
        let attributes = attributes.into_iter().filter_map(typed).collect();
        let attributes = self.conventions.attributes(attributes);
        self.inner
            .add_event_with_timestamp(name, timestamp, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        self.inner.span_context()
    }

    fn is_recording(&self) -> bool {
        self.inner.is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        let Some(attribute) = typed(attribute) else {
            return;
        };
        let renamed = self.known.learn(&attribute) && self.is_unnamed;
        if let Some(name) = self.known.name().filter(|_| renamed) {
            self.inner.update_name(name);
        }
        self.inner
            .set_attribute(self.conventions.attribute(attribute));
        let around = self.conversation.as_ref();
        if let Some(id) = self.known.conversation_id(self.conventions, around) {
            self.inner.set_attribute(id);
        }
    }

    fn set_status(&mut self, status: Status) {
        self.has_failed = matches!(status, Status::Error { .. });
        self.inner.set_status(status);
    }

    fn update_name<N>(&mut self, name: N)
    where
        N: Into<Cow<'static, str>>,
    {
        self.is_unnamed = false;
        self.inner.update_name(name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.inner.add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        // `#[instrument(err)]` tells that there was an error, not its type.
        if self.has_failed && self.known.operation.is_some() && !self.known.has_error_type {
            self.inner.set_attribute(KeyValue::new(
                attribute::ERROR_TYPE,
                value::error_type::OTHER,
            ));
        }
        let conversation = self.conversation.take();
        let content = conversation
            .filter(|_| self.known.operation.is_some() && self.inner.is_recording())
            .map(Content::of_conversation);
        let Some(content) = content else {
            return self.inner.end_with_timestamp(timestamp);
        };
        let span = self.inner.span_context().span_id().to_bytes();
        let end = &mut || self.inner.end_with_timestamp(timestamp);
        self.outlet.end_beside(span, content, end);
    }
}

impl Known {
    /// Returns whether the name of the span may now be another.
    fn learn(&mut self, attribute: &KeyValue) -> bool {
        let key = attribute.key.as_str();
        self.has_error_type |= key == attribute::ERROR_TYPE;
        self.has_conversation |= key == attribute::GEN_AI_CONVERSATION_ID;
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
    fn name(&self) -> Option<String> {
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
    fn conversation_id(
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

    fn kind(&self) -> Option<SpanKind> {
        let operation = self.operation.as_ref()?;
        let (.., is_client) = SPAN_FORMS.iter().find(|(known, ..)| known == operation)?;
        Some(match is_client {
            true => SpanKind::Client,
            false => SpanKind::Internal,
        })
    }
}
