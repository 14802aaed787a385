//! What is known of an interaction before it begins.

use super::{Interaction, message};
use crate::context::{self, AgentName};
use crate::conversation::{Conversation, Totals};
use crate::record::Instrumentation;
use crate::semconv::{attribute, value};
use crate::span::AnySpan;
use crate::span::attributes::{self, known};
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt as _};
use opentelemetry::{Context, Value};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What is known of an interaction before it begins: made by
/// [`Telemetry::interaction`](crate::Telemetry::interaction).
#[must_use = "it begins with `begin`"]
pub struct InteractionBuilder {
    instrumentation: Option<Arc<Instrumentation>>,
    agent: String,
    conversation: Conversation,
    parent_session: Option<String>,
    input: Option<String>,
}

impl InteractionBuilder {
    pub(crate) fn new(instrumentation: Option<Arc<Instrumentation>>, agent: String) -> Self {
        Self {
            instrumentation,
            agent,
            conversation: Conversation::current().unwrap_or_default(),
            parent_session: None,
            input: None,
        }
    }

    /// Whose it is, and in which conversation; default: the current one.
    pub fn conversation(mut self, conversation: impl Into<Conversation>) -> Self {
        self.conversation = conversation.into();
        self
    }

    /// The session that this one came of (`tes.session.parent_id`): identity, on
    /// spans only with
    /// [`Builder::identity_on_spans`](crate::Builder::identity_on_spans).
    pub fn parent_session(mut self, id: impl Into<String>) -> Self {
        self.parent_session = Some(id.into());
        self
    }

    /// What was asked.
    pub fn input(mut self, text: impl Into<String>) -> Self {
        self.input = Some(text.into());
        self
    }

    /// Begins: the span starts now, under the current one.
    pub fn begin(self) -> Interaction {
        let totals = Totals::default();
        let default = self.instrumentation.as_ref();
        let default = default.and_then(|it| it.conversation.as_ref());
        let own = Some(self.conversation.clone());
        let conversation = Conversation::first_over(own, [default]).unwrap_or_default();
        let conversation = conversation.adding_to(totals.clone());
        let context = match &self.instrumentation {
            Some(instrumentation) => self.start(instrumentation, &conversation),
            None => context::current(),
        };
        let agent = AgentName::new(&self.agent);
        Interaction {
            is_over: self.instrumentation.is_none(),
            instrumentation: self.instrumentation,
            context: context.with_value(agent.clone()),
            agent,
            conversation,
            totals,
            has_usage: AtomicBool::new(false),
        }
    }

    fn start(&self, instrumentation: &Instrumentation, conversation: &Conversation) -> Context {
        let mut attributes = known([
            (
                attribute::GEN_AI_OPERATION_NAME,
                Some(value::operation::INVOKE_AGENT.into()),
            ),
            (
                attribute::GEN_AI_AGENT_NAME,
                Some(self.agent.clone().into()),
            ),
        ]);
        attributes.extend(attributes::conversation(Some(conversation)));
        if instrumentation.shown.identity {
            let user = instrumentation.user_on_spans(Some(conversation));
            attributes.extend(known([
                (attribute::USER_ID, user.map(Value::from)),
                (
                    attribute::TES_SESSION_PARENT_ID,
                    self.parent_session.clone().map(Value::from),
                ),
            ]));
        }
        if instrumentation.shown.content {
            attributes.extend(message(
                attribute::GEN_AI_INPUT_MESSAGES,
                "user",
                self.input.as_deref(),
            ));
        }
        let name = format!("{} {}", value::operation::INVOKE_AGENT, self.agent);
        let builder = SpanBuilder::from_name(name)
            .with_kind(SpanKind::Internal)
            .with_attributes(instrumentation.conventions.attributes(attributes));
        let parent = context::current();
        match instrumentation.start_span(builder, &parent) {
            AnySpan::Sdk(span) => parent.with_span(span),
            AnySpan::Global(span) => parent.with_span(span),
        }
    }
}

impl fmt::Debug for InteractionBuilder {
    /// Says whose it is, never what was asked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InteractionBuilder")
            .field("agent", &self.agent)
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}
