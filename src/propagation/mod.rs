//! Context in requests: to hosts that may have it, and to no others.
//!
//! A provider is somebody else's service, so by default nothing is added to any
//! request. What comes with requests from elsewhere is in `inbound`.

mod inbound;
mod remote;

pub use remote::RemoteContext;

use crate::context;
use crate::conversation::Conversation;
use crate::semconv::attribute;
use http::{HeaderMap, HeaderValue};
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::{Context, KeyValue, StringValue};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use url::Url;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const BAGGAGE: &str = "baggage";

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
    /// Whether requests to `url` may have anything.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().filter(|_| !self.hosts.is_empty()) else {
            return false;
        };
        let with_port = url
            .port_or_known_default()
            .map(|port| format!("{host}:{port}"));
        let is_it = |allowed: &String| {
            let with_port = with_port.as_deref();
            allowed.eq_ignore_ascii_case(host)
                || with_port.is_some_and(|host| allowed.eq_ignore_ascii_case(host))
        };
        self.hosts.iter().any(is_it)
    }

    /// Adds to `headers`, of a request to a host that is allowed, the span of
    /// `context` and what may leave of the baggage. What the caller wrote there
    /// itself stays.
    pub(crate) fn inject(
        &self,
        context: &Context,
        conversation: Option<&Conversation>,
        headers: &mut HeaderMap,
    ) {
        let is_traced = headers.contains_key(TRACEPARENT) || headers.contains_key(TRACESTATE);
        if !self.no_trace_context && !is_traced {
            TraceContextPropagator::new().inject_context(context, &mut HeaderInjector(headers));
            if headers.get(TRACESTATE).is_some_and(HeaderValue::is_empty) {
                headers.remove(TRACESTATE);
            }
        }
        let baggage = self.allowed_baggage(context, conversation);
        if !self.no_baggage && !baggage.is_empty() && !headers.contains_key(BAGGAGE) {
            let context = Context::new().with_baggage(baggage);
            BaggagePropagator::new().inject_context(&context, &mut HeaderInjector(headers));
        }
    }

    /// Of the baggage, that of this very moment and that of `context`, what may
    /// leave; the conversation's id is baggage under its attribute's name.
    fn allowed_baggage(
        &self,
        context: &Context,
        conversation: Option<&Conversation>,
    ) -> Vec<KeyValue> {
        let current = context::current();
        let baggage: [&Baggage; 2] = [current.baggage(), context.baggage()];
        let id = conversation.and_then(Conversation::id);
        let value = |key: &String| {
            let own = id.filter(|_| key == attribute::GEN_AI_CONVERSATION_ID);
            let given = baggage.iter().find_map(|baggage| baggage.get(key.as_str()));
            let value = own.or_else(|| given.map(StringValue::as_str))?;
            // The propagator leaves it as it is, and readers would decode it.
            Some(value.replace('%', "%25"))
        };
        let allowed = self.baggage.iter();
        allowed
            .filter_map(|key| Some(KeyValue::new(key.clone(), value(key)?)))
            .collect()
    }
}
