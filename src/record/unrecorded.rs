//! Requests that look like calls and are not recorded.

use super::Instrumentation;
use crate::format::{self, Sent};
use crate::stats::{Fault, place};

impl Instrumentation {
    /// No route means this request. If it goes to a known provider, or where an
    /// API that is known is elsewhere, somebody will miss its span.
    pub(super) fn unrecorded(&self, sent: &Sent<'_>, provider: Option<&str>) {
        self.stats.unrecognised();
        self.stats.guard(Fault::ObserverPanicked, || {
            if provider.is_some() {
                self.note(sent, &UNKNOWN_PATH);
            } else if format::looks_like_a_call(sent) {
                self.note(sent, &UNKNOWN_HOST);
            }
        });
    }

    fn note(&self, sent: &Sent<'_>, why: &Why) {
        let host = sent.url.host_str().unwrap_or_default();
        let place = place(sent.method.as_str(), host, sent.url.path());
        if self.stats.unrecorded(&place) {
            let Why { cause, cure } = why;
            self.outlet
                .warn(format!("`{place}` is not recorded: {cause}; {cure}"));
        }
    }
}

struct Why {
    cause: &'static str,
    cure: &'static str,
}

const UNKNOWN_PATH: Why = Why {
    cause: "turnspan does not know this path of the provider",
    cure: "if a model answers there, record it by hand, with `Telemetry::session` or a span that has \
        `gen_ai.*` fields",
};

const UNKNOWN_HOST: Why = Why {
    cause: "the path is that of an LLM API, but the host is unknown",
    cure: "if a model answers there, name its provider with `TURNSPAN_PROVIDER_HOSTS=host=provider` or \
        `Builder::provider_host`",
};
