//! What a client needs to have its calls recorded.

use crate::conversation::Conversation;
use crate::propagation::RemoteContext;
use crate::record::{Instrumentation, Moment, Outgoing, Recording};
use crate::stats::Fault;
#[cfg(feature = "async-openai")]
use crate::stats::Warning;
use http::HeaderMap;
use std::sync::Arc;
use url::Url;

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
    pub(super) fn is_same_telemetry(&self, other: &Self) -> bool {
        match (&self.instrumentation, &other.instrumentation) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (one, two) => one.is_none() && two.is_none(),
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.instrumentation.is_none()
    }

    /// Starts to record a request, if telemetry is on and it is a call.
    pub(super) fn record(&self, moment: &Moment, outgoing: Outgoing<'_>) -> Option<Recording> {
        let instrumentation = self.instrumentation.as_ref()?;
        let conversation = self.default_conversation.as_ref();
        Recording::start(instrumentation, conversation, moment, outgoing)
    }

    /// Counts a warning, and has its line written if it is the first.
    #[cfg(feature = "async-openai")]
    pub(super) fn warn(&self, warning: Warning, line: &str) {
        if let Some(instrumentation) = &self.instrumentation {
            instrumentation.warn(warning, line);
        }
    }

    /// What code of the caller's tells, should it not panic.
    pub(super) fn watching<T>(&self, tell: impl FnOnce() -> T) -> Option<T> {
        let stats = &self.instrumentation.as_ref()?.stats;
        stats.guard(Fault::ObserverPanicked, tell)
    }

    /// Whether it is what has that recorded.
    #[cfg(any(feature = "async-openai", feature = "reqwest-middleware"))]
    pub(super) fn records(&self, recording: &Recording) -> bool {
        let instrumentation = self.instrumentation.as_ref();
        instrumentation.is_some_and(|it| recording.is_of(it))
    }

    /// Whether requests to `url` may have something of their context.
    pub(super) fn propagates_to(&self, url: &Url) -> bool {
        let instrumentation = self.instrumentation.as_ref();
        instrumentation.is_some_and(|it| it.propagation.allows(url))
    }

    /// Adds to a request, to a host that may have it, the context of the call
    /// that it is, or, if it is none, that of the moment.
    pub(super) fn inject(
        &self,
        moment: &Moment,
        recording: Option<&Recording>,
        headers: &mut HeaderMap,
    ) {
        if let Some(recording) = recording {
            return recording.inject(moment, headers);
        }
        let Some(instrumentation) = &self.instrumentation else {
            return;
        };
        instrumentation.stats.guard(Fault::ObserverPanicked, || {
            instrumentation.inject(moment, self.default_conversation.as_ref(), headers);
        });
    }

    /// As [`inject`](Self::inject), now, for a client that has no seam.
    pub(crate) fn inject_now(&self, url: &str, headers: &mut HeaderMap) {
        let url = Url::parse(url).ok();
        if url.is_some_and(|url| self.propagates_to(&url)) {
            self.inject(&Moment::now(), None, headers);
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
