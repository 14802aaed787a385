//! Objects and lists as they are on the wire, and the events of streams of them.

use crate::format::cohere;
use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Counted, Text};
use crate::format::usage::WireUsage;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(super) struct WireObject<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    /// watsonx.
    #[serde(borrow)]
    pub(super) model_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
    /// A batch of Anthropic's.
    #[serde(borrow)]
    pub(super) processing_status: Option<Text<'a>>,
    pub(super) data: Option<Counted>,
    pub(super) results: Option<Counted>,
    /// Cohere and Ollama.
    pub(super) embeddings: Option<Vectors>,
    /// Tokens that were only counted.
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) input_tokens: Option<u64>,
    /// watsonx.
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) input_token_count: Option<u64>,
    /// Ollama.
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) prompt_eval_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
    /// Of documents that were read.
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage_info: Option<UsageInfo>,
    /// Where Cohere counts.
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) meta: Option<Box<cohere::WireUsage>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) request_counts: Option<Box<RequestCounts>>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) delta: Option<Text<'a>>,
    /// A piece of speech.
    #[serde(borrow)]
    pub(super) audio: Option<Text<'a>>,
    /// An image, whole or half done.
    #[serde(borrow)]
    pub(super) b64_json: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<ErrorObject<'a>>,
}

#[derive(Deserialize)]
pub(super) struct UsageInfo {
    #[serde(default, deserialize_with = "lenient::integer")]
    pub(super) pages_processed: Option<i64>,
}

/// How many embeddings there are, of each type as many.
pub(super) struct Vectors(pub(super) Option<u64>);

impl<'de> Deserialize<'de> for Vectors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let by_type = || serde_json::from_str::<BTreeMap<Cow<'_, str>, Counted>>(json).ok();
        Ok(Self(if json.starts_with('{') {
            by_type().and_then(|it| it.into_values().find_map(|count| count.0))
        } else {
            serde_json::from_str::<Counted>(json)
                .ok()
                .and_then(|it| it.0)
        }))
    }
}

/// The requests of a batch.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) total: Option<u64>,
    pub(super) completed: Option<u64>,
    pub(super) failed: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct RequestCounts {
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) total: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) completed: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) failed: Option<u64>,
    /// Anthropic's: together they are all.
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) processing: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) succeeded: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) errored: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) canceled: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) expired: Option<u64>,
}

impl From<Box<RequestCounts>> for Requests {
    fn from(wire: Box<RequestCounts>) -> Self {
        let all = [
            wire.processing,
            wire.succeeded,
            wire.errored,
            wire.canceled,
            wire.expired,
        ];
        let sum = |all: &[Option<u64>]| {
            let known = all.iter().copied();
            known.reduce(|one, two| one?.checked_add(two?)).flatten()
        };
        Self {
            total: wire.total.or_else(|| sum(&all)),
            completed: wire.completed.or(wire.succeeded),
            failed: wire.failed.or(wire.errored),
        }
    }
}

impl WireObject<'_> {
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.as_ref().is_some_and(|known| known.0 == kind)
    }

    /// Whether a stream has nothing to say after this.
    pub(super) fn is_last(&self) -> bool {
        let is_named = |kind: &Text<'_>| kind.0.ends_with(".done");
        let has_succeeded = || self.status.as_ref().is_some_and(|it| it.0 == "success");
        self.kind.as_ref().map_or_else(has_succeeded, is_named)
    }

    /// Whether it is an object, which may have an error of its own: that of a job
    /// that failed is none of the call.
    pub(super) fn is_something(&self) -> bool {
        self.id.is_some() || self.data.is_some()
    }
}
