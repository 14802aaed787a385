//! Where calls are seen: the seams of clients, and the recording they feed.
//!
//! Two positions share one [`Recording`](recording::Recording): the operation
//! layer outside the client's retries, the attempt layer inside them. Nothing
//! here fails, alters or delays the caller's call: observers run on the
//! caller's task, never wait, and whatever goes wrong in them is counted.

mod answer;
mod around;
#[cfg(feature = "async-openai")]
mod async_openai;
mod attempt;
mod attempt_layer;
mod attempts;
mod body;
mod clock;
mod document;
mod end;
mod error;
mod head;
mod open;
mod operation_layer;
pub(crate) mod propagation;
mod reading;
mod recorder;
mod recording;
pub(crate) mod reqwest;
mod secrets;
mod wrap;

pub use attempt_layer::{AttemptLayer, AttemptService};
pub use operation_layer::{OperationLayer, OperationService};
pub use propagation::RemoteContext;
pub use recorder::Recorder;
#[cfg(feature = "reqwest-middleware")]
pub use reqwest::TurnspanMiddleware;
pub use wrap::{Wrap, Wrappable};

use crate::conventions::Conventions;
use crate::conversation::Conversation;
use crate::operation::Outlet;
use crate::span::metrics::Metrics;
use crate::stats::{Fault, Stats};
use crate::user_ids::UserIds;
use http::HeaderMap;
use open::Moment;
use opentelemetry_sdk::trace::SdkTracer;
use propagation::Propagation;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use url::Url;

/// What every recording of one telemetry shares.
#[derive(Debug)]
pub(crate) struct Instrumentation {
    pub(crate) own_tracer: SdkTracer,
    /// That of a provider of the user's.
    pub(crate) their_tracer: OnceLock<SdkTracer>,
    /// Whether content becomes span attributes.
    pub(crate) content_on_spans: bool,
    /// Whether `user.id` and `tes.*` become span attributes.
    pub(crate) identity_on_spans: bool,
    /// How `user.id` stands there.
    pub(crate) user_ids: UserIds,
    /// Whose calls these are, as far as nobody else says it.
    pub(crate) conversation: Option<Conversation>,
    /// How things are called.
    pub(crate) conventions: Conventions,
    /// Nothing if nobody takes metrics.
    pub(crate) metrics: Option<Metrics>,
    pub(crate) propagation: Propagation,
    pub(crate) outlet: Arc<dyn Outlet>,
    pub(crate) stats: Arc<Stats>,
    /// What is to be said at the next call: earlier no log may be listening.
    pub(crate) unsaid: AtomicBool,
}

impl Instrumentation {
    /// Whoever makes the spans of calls.
    pub(crate) fn tracer(&self) -> &SdkTracer {
        self.their_tracer.get().unwrap_or(&self.own_tracer)
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

    fn say(&self) {
        if self.unsaid.load(Relaxed) && self.unsaid.swap(false, Relaxed) {
            tracing::warn!(
                target: "turnspan",
                "the subscriber has an OpenTelemetry layer already: `telemetry.layer()` does \
                 nothing beside it, and wrapped calls nest under its spans without it",
            );
        }
    }
}

/// What a layer needs to start recordings; nothing when telemetry is off.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seam {
    instrumentation: Option<Arc<Instrumentation>>,
    default_conversation: Option<Conversation>,
}

impl Seam {
    pub(crate) fn new(instrumentation: Option<Arc<Instrumentation>>) -> Self {
        Self {
            instrumentation,
            default_conversation: None,
        }
    }

    pub(crate) fn with_default_conversation(mut self, conversation: Option<Conversation>) -> Self {
        self.default_conversation = conversation;
        self
    }

    /// Whether both are of one telemetry.
    fn is_same_telemetry(&self, other: &Self) -> bool {
        match (&self.instrumentation, &other.instrumentation) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (one, two) => one.is_none() && two.is_none(),
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.instrumentation.is_none()
    }

    /// Whose a request of this moment is.
    fn conversation(&self, moment: &Moment) -> Option<Conversation> {
        let program = self.instrumentation.as_ref();
        let program = program.and_then(|it| it.conversation.as_ref());
        let defaults = [self.default_conversation.as_ref(), program];
        Conversation::first_over(moment.conversation.clone(), defaults)
    }

    /// Whether requests to `url` may have something of their context.
    fn propagates_to(&self, url: &Url) -> bool {
        let instrumentation = self.instrumentation.as_ref();
        instrumentation.is_some_and(|it| it.propagation.allows(url))
    }

    /// Adds to a request that is no call, to a host that may have it, the
    /// context of this moment.
    fn inject(&self, moment: &Moment, headers: &mut HeaderMap) {
        let Some(instrumentation) = &self.instrumentation else {
            return;
        };
        instrumentation.stats.guard(Fault::ObserverPanicked, || {
            let conversation = self.conversation(moment);
            let propagation = &instrumentation.propagation;
            propagation.inject(&moment.parent, conversation.as_ref(), headers);
        });
    }

    /// As [`inject`](Self::inject), now, for a client that has no seam.
    pub(crate) fn inject_now(&self, url: &str, headers: &mut HeaderMap) {
        let url = Url::parse(url).ok();
        if url.is_some_and(|url| self.propagates_to(&url)) {
            self.inject(&Moment::now(), headers);
        }
    }

    /// The context that a request from elsewhere came with.
    pub(crate) fn extract(&self, headers: &HeaderMap) -> RemoteContext {
        let Some(instrumentation) = &self.instrumentation else {
            return RemoteContext::default();
        };
        let extract = || instrumentation.propagation.extract(headers);
        instrumentation
            .stats
            .guard(Fault::ObserverPanicked, extract)
            .unwrap_or_default()
    }
}

/// The service that was polled ready; a clone of it takes its place.
fn ready_half<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}
