//! `#[instrument]` functions with `gen_ai.*` fields as proper spans.
//!
//! Between the layer of tracing-opentelemetry and the SDK: values get the
//! types of the conventions, and a span with an operation gets the name, the
//! kind and the conversation that go with it, unless its fields say otherwise
//! (`otel.name`, `otel.kind`).

use super::Source;
use super::known::Known;
use super::typed::typed;
use super::within::{Agents, Within};
use crate::context::AgentName;
use crate::conventions::Conventions;
use crate::conversation::Conversation;
use crate::operation::{Content, Outlet};
use crate::semconv::{attribute, value};
use opentelemetry::trace::{Span, SpanBuilder, SpanContext, Status, TraceContextExt as _, Tracer};
use opentelemetry::{Context, KeyValue};
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
    agents: Arc<Agents>,
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
    agents: Arc<Agents>,
    /// The agent that it is, or runs in.
    within: Option<Within>,
    known: Known,
    /// Whether its name is the function's, and may be replaced.
    is_unnamed: bool,
    has_failed: bool,
}

impl GenAiTracer<SdkTracer> {
    pub(super) fn new(source: Source) -> Self {
        Self {
            inner: source.tracer,
            outlet: source.outlet,
            conversation: source.conversation,
            conventions: source.conventions,
            agents: Arc::default(),
        }
    }
}

impl<T> GenAiTracer<T> {
    fn conversation(&self) -> Option<Conversation> {
        Conversation::first_over(Conversation::current(), [self.conversation.as_ref()])
    }

    /// The agent that a span of this parent runs in, where that matters.
    fn agent_around(&self, parent: &Context) -> Option<AgentName> {
        if !self.conventions.names_agents_of_tools() {
            return None;
        }
        let span = parent.span().span_context().span_id();
        let around = self.agents.around(span);
        around.or_else(|| parent.get::<AgentName>().cloned())
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
        let around = self.agent_around(parent);
        attributes.extend(known.agent_name(around.as_ref()));
        // The name of a function is borrowed, one that `otel.name` gave is not.
        let is_unnamed = matches!(builder.name, Cow::Borrowed(_));
        if let Some(name) = known.name().filter(|_| is_unnamed) {
            builder.name = name.into();
        }
        builder.span_kind = builder.span_kind.or_else(|| known.kind());
        builder.attributes = Some(self.conventions.attributes(attributes));
        let inner = self.inner.build_with_context(builder, parent);
        let agent = known.agent().or(around);
        let agent = agent.filter(|_| self.conventions.names_agents_of_tools());
        let span = inner.span_context().span_id();
        GenAiSpan {
            inner,
            outlet: Arc::clone(&self.outlet),
            conversation,
            conventions: self.conventions,
            agents: Arc::clone(&self.agents),
            within: agent.map(|agent| self.agents.enter(span, agent)),
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
        self.learn_agent();
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

impl<S: Span> GenAiSpan<S> {
    /// Looks again at which agent this is, or runs in.
    fn learn_agent(&mut self) {
        if !self.conventions.names_agents_of_tools() {
            return;
        }
        let around = self.within.as_ref().map(Within::name);
        if let Some(name) = self.known.agent_name(around) {
            self.inner.set_attribute(name);
        }
        let own = self.known.agent();
        if let Some(own) = own.filter(|own| Some(own) != around) {
            let span = self.inner.span_context().span_id();
            // The one before leaves the table first.
            self.within = None;
            self.within = Some(self.agents.enter(span, own));
        }
    }
}
