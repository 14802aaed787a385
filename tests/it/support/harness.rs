//! A telemetry, a scripted provider and the spans that came of it.

use super::provider::{Provider, Reply, lock};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::CreateChatCompletionRequest;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use serde_json::json;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use turnspan::{Builder, CaptureMode, SpoolSettings, Telemetry, Tes};

pub(crate) type Ai = Client<OpenAIConfig>;

/// What every wait of the tests allows.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Harness {
    pub(crate) telemetry: Telemetry,
    pub(crate) provider: Provider,
    /// One for all calls of a test: making one takes its time.
    pub(crate) http: reqwest::Client,
    wrapped: OnceLock<Ai>,
    spans: Kept,
    is_lawful: bool,
}

/// Keeps finished spans, also beyond its shutdown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl Kept {
    pub(crate) fn finished(&self) -> Vec<SpanData> {
        lock(&self.0).clone()
    }
}

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        lock(&self.0).extend(batch);
        Ok(())
    }
}

impl Harness {
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(replies, |builder| builder)
    }

    /// With content and identity on spans.
    pub(crate) fn with_content(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(replies, |builder| {
            builder
                .capture(CaptureMode::SpanOnly)
                .capture_error_texts(true)
                .full_tool_definitions(true)
                .identity_on_spans(true)
        })
    }

    pub(crate) fn with(
        replies: impl IntoIterator<Item = Reply>,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let spans = Kept::default();
        let builder = turnspan::builder().span_exporter(spans.clone());
        Self {
            telemetry: configure(builder).build().unwrap(),
            provider: Provider::start(replies),
            http: reqwest::Client::new(),
            wrapped: OnceLock::new(),
            spans,
            is_lawful: true,
        }
    }

    /// For requests from which nobody could learn what the conventions require.
    pub(crate) fn lawless(mut self) -> Self {
        self.is_lawful = false;
        self
    }

    /// A client of the provider, not wrapped.
    pub(crate) fn bare(&self) -> Ai {
        bare(&self.provider)
    }

    /// A wrapped client of the provider.
    pub(crate) fn ai(&self) -> Ai {
        self.telemetry.wrap(self.bare())
    }

    /// One for all calls of a test.
    pub(crate) fn same_ai(&self) -> &Ai {
        self.wrapped.get_or_init(|| self.ai())
    }

    /// All finished spans.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.telemetry.flush(PATIENCE).unwrap();
        self.spans.finished()
    }

    /// Those that have been exported by now.
    pub(crate) fn exported(&self) -> Vec<SpanData> {
        self.spans.finished()
    }

    /// The one span that there is.
    pub(crate) fn span(&self) -> SpanData {
        let spans = self.spans();
        assert_eq!(spans.len(), 1, "{}", turnspan::span_tree(&spans));
        spans.into_iter().next().unwrap()
    }
}

/// A TES whose events wait in memory.
pub(crate) fn tes_at(url: &str, key: &str) -> Tes {
    let tes = Tes::new(url, "acme", key).unwrap();
    tes.spool(SpoolSettings::best_effort())
}

/// Every span of every test is held against the registry.
impl Drop for Harness {
    fn drop(&mut self) {
        // A test with a dead destination leaves something behind, as it means to.
        drop(self.telemetry.shutdown(Duration::from_secs(1)));
        if self.is_lawful && !std::thread::panicking() {
            super::registry::assert_conforms(&self.spans.finished());
        }
    }
}

pub(crate) fn bare(provider: &Provider) -> Ai {
    let config = OpenAIConfig::new()
        .with_api_base(provider.base_url())
        .with_api_key("sk-sesame");
    Client::with_config(config)
}

/// A request with one user message.
pub(crate) fn ask(text: &str) -> CreateChatCompletionRequest {
    request(&json!({"messages": [{"role": "user", "content": text}]}))
}

/// A request of model `gpt-4o` with these fields.
pub(crate) fn request(fields: &serde_json::Value) -> CreateChatCompletionRequest {
    let mut request = json!({"model": "gpt-4o"});
    request
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    serde_json::from_value(request).unwrap()
}

/// An attribute as text; lists as JSON.
pub(crate) fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = &attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == key)?
        .value;
    Some(match value {
        Value::Array(Array::String(list)) => {
            let list: Vec<&str> = list
                .iter()
                .map(opentelemetry::StringValue::as_str)
                .collect();
            serde_json::to_string(&list).unwrap()
        }
        other => other.to_string(),
    })
}

/// A span as text that is the same in every run: times, ports and ids out.
pub(crate) fn stable(spans: &[SpanData]) -> String {
    const VOLATILE: [&str; 6] = [
        "gen_ai.response.time_to_first_chunk",
        "server.port",
        "tes.session.id",
        "turnspan.provider.duration",
        "turnspan.retry.wait",
        "retry.delay_ms",
    ];
    let tree = turnspan::span_tree(spans).to_string();
    let lines = tree.lines().map(|line| {
        let words = line.split("  ").map(|word| {
            let key = VOLATILE
                .iter()
                .find(|key| word.trim_start().starts_with(**key));
            match key {
                Some(key) if word.contains(" = ") => format!("{key} = .."),
                Some(key) => format!("{key}=.."),
                None => without_times(word),
            }
        });
        words.collect::<Vec<_>>().join("  ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `name +1.2 ms` and `name [client] 1.2 ms` without their times.
fn without_times(word: &str) -> String {
    let words: Vec<&str> = word.split(' ').collect();
    let mut kept: Vec<&str> = Vec::new();
    for word in words {
        if word == "ms"
            && kept
                .last()
                .is_some_and(|last| last.trim_start_matches('+').parse::<f64>().is_ok())
        {
            kept.pop();
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}
