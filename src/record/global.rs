//! The tracer provider that a program has set for all of OpenTelemetry.
//!
//! A program with tracing-opentelemetry mostly has set its provider there too.
//! Spans of calls are made by it, so that they leave with those around them.

use crate::stats::apart;
use opentelemetry::Context;
use opentelemetry::InstrumentationScope;
use opentelemetry::global::{self, BoxedSpan, BoxedTracer};
use opentelemetry::trace::{Span as _, SpanBuilder, TraceContextExt as _, Tracer as _};
use opentelemetry::trace::{SpanContext, TracerProvider as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The global provider, once it was looked for.
#[derive(Debug)]
pub(crate) struct Global {
    /// Whether nothing is lost with spans that only its exporters get.
    may_be_used: AtomicBool,
    /// Whether spans of functions are made by telemetry.
    has_own_layer: AtomicBool,
    /// `None` in it where there is no such provider.
    tracer: OnceLock<Option<BoxedTracer>>,
    was_parent_seen: AtomicBool,
}

impl Global {
    pub(crate) fn new(may_be_used: bool) -> Self {
        Self {
            may_be_used: AtomicBool::new(may_be_used),
            has_own_layer: AtomicBool::new(false),
            tracer: OnceLock::new(),
            was_parent_seen: AtomicBool::new(false),
        }
    }

    /// A provider of the user's has telemetry's processor: destinations get its
    /// spans.
    pub(crate) fn has_processor(&self) {
        self.may_be_used.store(true, Relaxed);
    }

    /// Functions are spans of telemetry's provider, and so are calls in them.
    pub(crate) fn has_own_layer(&self) {
        self.has_own_layer.store(true, Relaxed);
    }

    /// A span of the global provider, if there is one that may be used. It is
    /// looked for at the first call and never again.
    pub(super) fn start(
        &self,
        scope: impl FnOnce() -> InstrumentationScope,
        builder: SpanBuilder,
        parent: &Context,
    ) -> Result<BoxedSpan, SpanBuilder> {
        if self.has_own_layer.load(Relaxed) || !self.may_be_used.load(Relaxed) {
            return Err(builder);
        }
        match self.tracer.get() {
            Some(Some(tracer)) => Ok(tracer.build_with_context(builder, parent)),
            Some(None) => Err(builder),
            None => {
                let tracer = global::tracer_provider().tracer_with_scope(scope());
                let span = tracer.build_with_context(builder.clone(), parent);
                let is_one = is_new(span.span_context(), parent);
                drop(self.tracer.set(is_one.then_some(tracer)));
                if is_one { Ok(span) } else { Err(builder) }
            }
        }
    }

    /// Whether functions are spans of a provider that cannot be reached: then their
    /// calls are another service's. Asked of the first that is within one.
    pub(super) fn is_apart(&self, parent: &Context) -> bool {
        if self.has_own_layer.load(Relaxed) || self.was_parent_seen.load(Relaxed) {
            return false;
        }
        let span = parent.span();
        let around = span.span_context();
        if !around.is_valid() || around.is_remote() {
            return false;
        }
        !self.was_parent_seen.swap(true, Relaxed) && is_of_a_layer(around)
    }
}

/// Without a provider a span has the context of its parent.
fn is_new(span: &SpanContext, parent: &Context) -> bool {
    span.is_valid() && span.span_id() != parent.span().span_context().span_id()
}

/// Whether a layer of tracing-opentelemetry has made it, which is none of ours.
fn is_of_a_layer(around: &SpanContext) -> bool {
    let current = apart(|| tracing::Span::current().context());
    current.is_some_and(|it| it.span().span_context().span_id() == around.span_id())
}
