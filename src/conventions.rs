//! Which state of the GenAI conventions telemetry speaks.

use crate::semconv::{
    CONVERSATION_OPERATIONS, LATEST_ATTRIBUTES, LATEST_CONVERSATION_OPERATIONS,
    LATEST_INT_ATTRIBUTES, LATEST_METRICS, SCHEMA_URL,
};
use opentelemetry::{InstrumentationScope, Key, KeyValue, Value};

/// Which state of the
/// [GenAI conventions](https://github.com/open-telemetry/semantic-conventions-genai)
/// names follow (`TURNSPAN_SEMCONV`). They are in development: a newer state
/// calls some things otherwise, and dashboards have to move with it, so it is
/// opted into. An example is at [`Builder::semconv`](crate::Builder::semconv).
///
/// ```
/// use turnspan::Conventions;
///
/// assert_eq!(Conventions::default(), Conventions::Published);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conventions {
    /// [1.41.1](https://github.com/open-telemetry/semantic-conventions/tree/v1.41.1/docs/gen-ai)
    /// of May 2026 (`published`, the default): the last release that owns these
    /// names, and the one that backends know.
    #[default]
    Published,
    /// What the conventions' own repository has since (`latest`; as of September
    /// 2026, not released). Spans: `gen_ai.usage.cache_write.input_tokens`
    /// replaces `cache_creation`, `gen_ai.request.top_k` is an int, tool and
    /// workflow spans name their conversation, and tool spans their agent. Metrics:
    /// `gen_ai.client.inference.*` replaces `gen_ai.client.operation.*`, and
    /// counters and histograms of their own replace `gen_ai.client.token.usage`;
    /// `gen_ai.invoke_agent.*` and `gen_ai.execute_tool.duration` measure agents
    /// and tools.
    /// Tokens that nobody reported are not counted as 0, as that repository has
    /// it: no number is not the number 0.
    Latest,
}

/// The name of our scope.
pub(crate) const SCOPE: &str = "turnspan";

impl Conventions {
    /// Who makes our spans, metrics and log records. Names that belong to no
    /// published schema claim none.
    pub(crate) fn scope(self) -> InstrumentationScope {
        let scope = InstrumentationScope::builder(SCOPE).with_version(env!("CARGO_PKG_VERSION"));
        match self {
            Self::Published => scope.with_schema_url(SCHEMA_URL).build(),
            Self::Latest => scope.build(),
        }
    }

    /// What a metric is called.
    pub(crate) fn metric(self, published: &'static str) -> &'static str {
        match self {
            Self::Published => published,
            Self::Latest => latest(LATEST_METRICS, published).unwrap_or(published),
        }
    }

    /// Attributes, published ones, as they are to be written.
    pub(crate) fn attributes(self, mut published: Vec<KeyValue>) -> Vec<KeyValue> {
        if self == Self::Latest {
            published.iter_mut().for_each(modernise);
        }
        published
    }

    /// As [`Self::attributes`], of one.
    pub(crate) fn attribute(self, mut published: KeyValue) -> KeyValue {
        if self == Self::Latest {
            modernise(&mut published);
        }
        published
    }

    /// Whether spans of tools name the agent that they run in.
    pub(crate) fn names_agents_of_tools(self) -> bool {
        self == Self::Latest
    }

    /// Whether the spans of an operation name their conversation.
    pub(crate) fn in_conversation(self, operation: &str) -> bool {
        CONVERSATION_OPERATIONS.contains(&operation)
            || self == Self::Latest && LATEST_CONVERSATION_OPERATIONS.contains(&operation)
    }
}

/// Something of the scope of each: which one is spoken may be said later.
#[derive(Debug)]
pub(crate) struct OfScope<T> {
    published: T,
    latest: T,
}

impl<T> OfScope<T> {
    pub(crate) fn new(of: impl Fn(InstrumentationScope) -> T) -> Self {
        Self {
            published: of(Conventions::Published.scope()),
            latest: of(Conventions::Latest.scope()),
        }
    }

    pub(crate) fn spoken(self, conventions: Conventions) -> T {
        match conventions {
            Conventions::Published => self.published,
            Conventions::Latest => self.latest,
        }
    }
}

/// What an attribute is called by now, if that is another name: spans of others
/// may speak either.
pub(crate) fn latest_attribute(published: &str) -> Option<&'static str> {
    latest(LATEST_ATTRIBUTES, published)
}

fn latest(table: &[(&str, &'static str)], published: &str) -> Option<&'static str> {
    let row = table.iter().find(|(name, _)| *name == published);
    row.map(|(_, latest)| *latest)
}

fn modernise(attribute: &mut KeyValue) {
    if let Some(name) = latest_attribute(attribute.key.as_str()) {
        attribute.key = Key::from_static_str(name);
    }
    if !LATEST_INT_ATTRIBUTES.contains(&attribute.key.as_str()) {
        return;
    }
    if let Value::F64(number) = attribute.value
        && let Some(whole) = whole(number)
    {
        attribute.value = Value::I64(whole);
    }
}

/// A number that a request wrote with a fraction stays as it is.
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole and small, as tested"
)]
pub(crate) fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}
