//! An example that was run beside a server, and what left it.

use super::otlp_receiver::OtlpReceiver;
use super::recorder::Recorder;
use super::tes_receiver::TesReceiver;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as OtlpValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;
use std::env;
use std::process::{Command, Output};

pub(crate) struct Run {
    pub(crate) output: Output,
    pub(crate) spans: Vec<Span>,
    /// The attributes of every turn.
    pub(crate) turns: Vec<Value>,
    /// What the server said of tokens, all answers together.
    pub(crate) usage: Value,
}

impl Run {
    /// Runs an example between the recorded server and two receivers.
    pub(crate) fn of(example: &str, prompt: &str) -> Self {
        let otlp = OtlpReceiver::start();
        let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.url())];
        let mut run = Self::with(example, prompt, &endpoint);
        run.spans = otlp.spans();
        run
    }

    /// As [`Run::of`], with telemetry sent where these variables say: of the
    /// spans nothing is seen here.
    pub(crate) fn with(example: &str, prompt: &str, variables: &[(&str, String)]) -> Self {
        let recorder = Recorder::start(&server());
        Self::behind(&recorder, example, prompt, variables)
    }

    /// As [`Run::with`], with a server that others ask too.
    pub(crate) fn behind(
        recorder: &Recorder,
        example: &str,
        prompt: &str,
        variables: &[(&str, String)],
    ) -> Self {
        let tes = TesReceiver::start();
        let output = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--example", example, "--", prompt])
            .env("OPENAI_BASE_URL", format!("{}/v1", recorder.url()))
            .env("ANTHROPIC_BASE_URL", recorder.url())
            .env("TES_ENDPOINT", tes.url())
            .env("TES_CLIENT_ID", "acme")
            .env("TES_API_KEY", "tes_acme_key")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let turns = tes.accepted().into_iter();
        Self {
            spans: Vec::new(),
            turns: turns
                .map(|mut turn| turn["data"]["attributes"].take())
                .collect(),
            usage: recorder.usage(),
            output,
        }
    }

    /// As [`Run::of`], for examples that succeed.
    pub(crate) fn good(example: &str, prompt: &str) -> Self {
        let run = Self::of(example, prompt);
        let said = String::from_utf8_lossy(&run.output.stderr);
        assert!(run.output.status.success(), "{said}");
        run
    }

    /// The one span of that operation.
    pub(crate) fn span(&self, operation: &str) -> &Span {
        match *self.spans_of(operation) {
            [span] => span,
            ref spans => panic!("{} spans of {operation}", spans.len()),
        }
    }

    pub(crate) fn spans_of(&self, operation: &str) -> Vec<&Span> {
        let is_one = |span: &&Span| text(&span.attributes, "gen_ai.operation.name") == operation;
        self.spans.iter().filter(is_one).collect()
    }

    pub(crate) fn printed(&self) -> String {
        let printed = String::from_utf8(self.output.stdout.clone()).unwrap();
        printed.trim_end_matches('\n').to_owned()
    }
}

/// The base URL of the server beside us.
pub(crate) fn server() -> String {
    let url = env::var_os("ANTHROPIC_BASE_URL").and_then(|url| url.into_string().ok());
    url.unwrap_or_else(|| panic!("run me by scripts/NAME/with-server"))
}

pub(crate) fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a OtlpValue> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    attribute.value.as_ref()?.value.as_ref()
}

pub(crate) fn int(span: &Span, key: &str) -> Option<i64> {
    match value(&span.attributes, key)? {
        OtlpValue::IntValue(int) => Some(*int),
        _ => None,
    }
}

pub(crate) fn double(span: &Span, key: &str) -> Option<f64> {
    match value(&span.attributes, key)? {
        OtlpValue::DoubleValue(double) => Some(*double),
        _ => None,
    }
}

/// Empty where there is none.
pub(crate) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> &'a str {
    match value(attributes, key) {
        Some(OtlpValue::StringValue(text)) => text,
        _ => "",
    }
}

/// The names of a span's events.
pub(crate) fn events(span: &Span) -> Vec<&str> {
    span.events
        .iter()
        .map(|event| event.name.as_str())
        .collect()
}
