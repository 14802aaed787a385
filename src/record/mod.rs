//! The recording of one call: what clients feed, from its first byte to its end.
//!
//! Two positions share one [`Recording`](recording::Recording): the operation
//! layer outside the client's retries, the attempt layer inside them. Nothing
//! here fails, alters or delays the caller's call: observers run on the
//! caller's task, never wait, and whatever goes wrong in them is counted.

mod answer;
mod asking;
mod attempt;
mod attempts;
mod body;
mod clock;
mod document;
mod end;
mod error;
mod global;
mod head;
mod headers;
mod moment;
mod open;
mod reading;
mod recording;
mod request_body;
mod secrets;
mod sifted;
mod start;
mod summary;
mod unrecorded;
mod verdict;

pub(crate) use asking::Asking;
pub(crate) use attempt::{Answered, Attempt};
pub use body::ObservedBody;
pub(crate) use global::Global;
pub(crate) use head::Head;
pub(crate) use moment::{Moment, Outgoing};
pub(crate) use reading::Reading;
#[cfg(feature = "async-openai")]
pub(crate) use recording::Awaiting;
pub(crate) use recording::{Recording, WeakRecording};
pub(crate) use sifted::Sifted;
pub(crate) use summary::Shown;

use crate::conventions::Conventions;
use crate::conversation::Conversation;
use crate::operation::Outlet;
use crate::propagation::Propagation;
use crate::provider::Providers;
use crate::span::AnySpan;
use crate::span::metrics::Metrics;
use crate::stats::{Fault, Stats, Warning};
use crate::user_ids::UserIds;
use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanBuilder, Tracer as _};
use opentelemetry_sdk::trace::SdkTracer;
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use url::Url;

/// What every recording of one telemetry shares.
#[derive(Debug)]
pub(crate) struct Instrumentation {
    pub(crate) own_tracer: SdkTracer,
    /// That of a provider of the user's.
    pub(crate) their_tracer: OnceLock<SdkTracer>,
    /// The provider that the user has set for all.
    pub(crate) global: Global,
    pub(crate) shown: Shown,
    /// Whether tools among it have their descriptions and parameters.
    pub(crate) full_tool_definitions: bool,
    /// Whether streams are asked for their usage where their callers did not.
    pub(crate) include_usage: bool,
    /// How `user.id` stands there.
    pub(crate) user_ids: UserIds,
    /// Whose calls these are, as far as nobody else says it.
    pub(crate) conversation: Option<Conversation>,
    /// How things are called.
    pub(crate) conventions: Conventions,
    /// Nothing if nobody takes metrics.
    pub(crate) metrics: Option<Metrics>,
    pub(crate) propagation: Propagation,
    pub(crate) providers: Providers,
    pub(crate) outlet: Arc<dyn Outlet>,
    pub(crate) stats: Arc<Stats>,
    /// What is to be said at the next call: earlier no log may be listening.
    pub(crate) unsaid: AtomicBool,
}

impl Instrumentation {
    /// Whether the request of a call is read once more, for what was said in it.
    fn keeps_request(&self, keep_content: bool) -> bool {
        keep_content || self.outlet.reads_histories()
    }

    /// Whoever makes the spans of calls.
    pub(crate) fn tracer(&self) -> &SdkTracer {
        self.their_tracer.get().unwrap_or(&self.own_tracer)
    }

    /// Starts a span on the provider that makes those around it, as far as that
    /// can be known.
    pub(crate) fn start_span(&self, builder: SpanBuilder, parent: &Context) -> AnySpan {
        if let Some(theirs) = self.their_tracer.get() {
            return AnySpan::Sdk(theirs.build_with_context(builder, parent));
        }
        let scope = || self.conventions.scope();
        match self.global.start(scope, builder, parent) {
            Ok(span) => AnySpan::Global(span),
            Err(builder) => {
                if self.global.is_apart(parent) {
                    self.warn(Warning::TwoProviders, TWO_PROVIDERS);
                }
                AnySpan::Sdk(self.own_tracer.build_with_context(builder, parent))
            }
        }
    }

    /// Who answers at the host of this URL, if that is known.
    fn provider(&self, url: &Url) -> Option<Cow<'static, str>> {
        self.providers.of(url.host_str()?)
    }

    /// Whose a request of this moment is.
    fn conversation(
        &self,
        moment: &Moment,
        default: Option<&Conversation>,
    ) -> Option<Conversation> {
        let defaults = [default, self.conversation.as_ref()];
        Conversation::first_over(moment.conversation.clone(), defaults)
    }

    /// Adds the context of this moment to a request that is no call.
    pub(crate) fn inject(
        &self,
        moment: &Moment,
        default_conversation: Option<&Conversation>,
        headers: &mut HeaderMap,
    ) {
        let conversation = self.conversation(moment, default_conversation);
        let propagation = &self.propagation;
        propagation.inject(&moment.parent, conversation.as_ref(), headers);
    }

    /// How the user of a conversation stands on spans.
    pub(crate) fn user_on_spans(&self, conversation: Option<&Conversation>) -> Option<String> {
        self.user_ids.apply(conversation?.user_id()?)
    }

    /// A layer of ours was to stand beside another OpenTelemetry layer.
    pub(crate) fn layer_ignored(&self) {
        self.stats.fault(Fault::LayerIgnored);
        self.unsaid.store(true, Relaxed);
    }

    /// Counts a warning, and has its line written if it is the first.
    pub(crate) fn warn(&self, warning: Warning, line: &str) {
        if self.stats.warn(warning) {
            self.outlet.warn(line.to_owned());
        }
    }

    /// Has written what could not be before the first call.
    fn say(&self) {
        if self.unsaid.load(Relaxed) && self.unsaid.swap(false, Relaxed) {
            self.outlet.warn(LAYER_IGNORED.to_owned());
        }
    }
}

const TWO_PROVIDERS: &str = "spans of your functions and of their calls are made by two tracer \
    providers: call `telemetry.use_provider(&provider)` with yours";

const LAYER_IGNORED: &str = "the subscriber has an OpenTelemetry layer already: `telemetry.layer()` \
    does nothing beside it, and wrapped calls nest under its spans without it";
