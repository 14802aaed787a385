//! Context in requests: to hosts that may have it, and to no others.
//!
//! A provider is somebody else's service, so by default nothing is added to any
//! request.

use crate::conversation::Conversation;
use crate::semconv::attribute;
use http::{HeaderMap, HeaderValue};
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, StringValue};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use url::Url;

/// What is added to requests, and whither.
#[derive(Debug, Clone, Default)]
pub(crate) struct Propagation {
    /// Hosts, with their port if that is to count.
    pub(crate) hosts: Vec<String>,
    /// Keys of baggage that may leave.
    pub(crate) baggage: Vec<String>,
    pub(crate) no_trace_context: bool,
    pub(crate) no_baggage: bool,
}

impl Propagation {
    /// Adds to `headers` what the host of `url` may have. What the caller
    /// wrote there itself stays.
    pub(super) fn inject(
        &self,
        url: &Url,
        span: &SpanContext,
        conversation: Option<&Conversation>,
        headers: &mut HeaderMap,
    ) {
        if !self.allows(url) {
            return;
        }
        if !self.no_trace_context && !headers.contains_key("traceparent") {
            let context = Context::new().with_remote_span_context(span.clone());
            TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(headers));
            if headers.get("tracestate").is_some_and(HeaderValue::is_empty) {
                headers.remove("tracestate");
            }
        }
        let baggage = self.allowed_baggage(conversation);
        if !self.no_baggage && !baggage.is_empty() && !headers.contains_key("baggage") {
            let context = Context::new().with_baggage(baggage);
            BaggagePropagator::new().inject_context(&context, &mut HeaderInjector(headers));
        }
    }

    fn allows(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let with_port = url
            .port_or_known_default()
            .map(|port| format!("{host}:{port}"));
        self.hosts
            .iter()
            .any(|allowed| allowed == host || Some(allowed) == with_port.as_ref())
    }

    /// Of the current baggage what may leave; the conversation's id is baggage
    /// under its attribute's name.
    fn allowed_baggage(&self, conversation: Option<&Conversation>) -> Vec<KeyValue> {
        let context = Context::current();
        let current: &Baggage = context.baggage();
        let id = conversation.and_then(Conversation::id);
        let value = |key: &String| {
            let own = id.filter(|_| key == attribute::GEN_AI_CONVERSATION_ID);
            let own = own.map(|id| StringValue::from(id.to_owned()));
            own.or_else(|| current.get(key.as_str()).cloned())
        };
        let allowed = self.baggage.iter();
        allowed
            .filter_map(|key| Some(KeyValue::new(key.clone(), value(key)?)))
            .collect()
    }
}
