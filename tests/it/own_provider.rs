//! A tracer provider of the user's own, with telemetry in it; and sampling.

use super::support::harness::{Harness, Kept, PATIENCE, attribute, tes_at};
use super::support::provider::{Provider, Reply, openai};
use super::support::seams::{Format, Seam, drain};
use super::support::tes_receiver::TesReceiver;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Sampler, SdkTracerProvider, SimpleSpanProcessor, SpanData,
};
use serde_json::Value;
use turnspan::{CaptureMode, Conversation, SampledOnly, Telemetry, Turn};

struct Setup {
    telemetry: Telemetry,
    provider: Provider,
    theirs: SdkTracerProvider,
    /// What the user's own exporter got.
    spans: Kept,
    tes: TesReceiver,
}

impl Setup {
    fn new(sampler: Sampler, capture: CaptureMode) -> Self {
        let tes = TesReceiver::start();
        let settings = tes_at(&tes.url(), "tes_key");
        let builder = turnspan::builder().tes(settings).capture(capture);
        let telemetry = builder.build().unwrap();
        let spans = Kept::default();
        let batch = BatchSpanProcessor::builder(SampledOnly::new(spans.clone())).build();
        let theirs = SdkTracerProvider::builder()
            .with_sampler(telemetry.sampler(sampler))
            .with_span_processor(telemetry.processor())
            .with_span_processor(batch)
            .build();
        telemetry.use_provider(&theirs).unwrap();
        Self {
            telemetry,
            provider: Provider::start([Reply::json(openai::completion("Hi."))]),
            theirs,
            spans,
            tes,
        }
    }

    async fn call(&self) -> (Vec<SpanData>, Vec<Value>) {
        let url = format!("{}/chat/completions", self.provider.base_url());
        let body = Format::OpenAi.request(false).to_string();
        let request = reqwest::Client::new().post(url).body(body);
        let conversation = Conversation::new("c1").user("u_1").metadata("plan", "pro");
        let call = async { self.telemetry.send(request).await.unwrap().bytes().await };
        conversation.scope(call).await.unwrap();
        self.theirs.force_flush().unwrap();
        self.telemetry.flush(PATIENCE).unwrap();
        let turns = self.tes.accepted().into_iter();
        let turns = turns.map(|mut turn| turn["data"]["attributes"].take());
        (self.spans.finished(), turns.collect())
    }
}

#[tokio::test]
async fn calls_are_spans_of_theirs_and_turns_of_ours() {
    let setup = Setup::new(Sampler::AlwaysOn, CaptureMode::NoContent);
    let (spans, turns) = setup.call().await;
    let ([span], [turn]) = (&spans[..], &turns[..]) else {
        panic!("{spans:?} {turns:?}");
    };
    assert_eq!(span.instrumentation_scope.name(), "turnspan");
    assert_eq!(
        attribute(&span.attributes, "gen_ai.conversation.id").unwrap(),
        "c1"
    );
    // Neither content nor identity is theirs, and both are the turn's.
    let said = format!("{span:?}");
    assert!(
        !said.contains("Hello!") && !said.contains("u_1") && !said.contains("tes."),
        "{said}"
    );
    assert_eq!(turn["user_message"], "Hello!");
    assert_eq!(turn["userId"], "u_1");
    assert_eq!(turn["plan"], "pro");
    assert_eq!(turn["span_id"], span.span_context.span_id().to_string());
}

#[tokio::test]
async fn content_is_theirs_where_the_gate_says_so() {
    let setup = Setup::new(Sampler::AlwaysOn, CaptureMode::SpanOnly);
    let (spans, turns) = setup.call().await;
    let asked = attribute(&spans[0].attributes, "gen_ai.input.messages").unwrap();
    assert!(asked.contains("Hello!"));
    assert_eq!(turns[0]["user_message"], "Hello!");
}

#[tokio::test]
async fn a_call_that_is_not_sampled_is_a_turn_and_no_span() {
    for sampler in [
        Sampler::AlwaysOff,
        Sampler::TraceIdRatioBased(0.0),
        Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
    ] {
        let setup = Setup::new(sampler, CaptureMode::NoContent);
        let (spans, turns) = setup.call().await;
        assert!(spans.is_empty(), "{spans:?}");
        assert_eq!(turns[0]["user_message"], "Hello!");
    }
}

#[tokio::test]
async fn so_it_is_on_a_provider_of_our_own() {
    let tes = TesReceiver::start();
    let settings = tes_at(&tes.url(), "tes_key");
    let reply = Reply::json(openai::completion("Hi."));
    let harness = Harness::with([reply], |builder| {
        builder.tes(settings).sampler(Sampler::AlwaysOff)
    });
    drain(
        Seam::Reqwest
            .call(&harness, Format::OpenAi, false)
            .await
            .unwrap(),
    )
    .await;
    assert!(harness.spans().is_empty());
    assert_eq!(tes.accepted().len(), 1);
    let stats = harness.telemetry.stats();
    assert_eq!(stats.destinations["exporter"].made, 0);
}

/// Shows whether a sampler sees what the conventions want it to see.
#[derive(Debug, Clone)]
struct ByModel(&'static str);

impl opentelemetry_sdk::trace::ShouldSample for ByModel {
    fn should_sample(
        &self,
        _parent: Option<&opentelemetry::Context>,
        _trace_id: opentelemetry::TraceId,
        name: &str,
        _kind: &opentelemetry::trace::SpanKind,
        attributes: &[opentelemetry::KeyValue],
        _links: &[opentelemetry::trace::Link],
    ) -> opentelemetry_sdk::trace::SamplingResult {
        use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};
        let known = [
            "gen_ai.operation.name",
            "gen_ai.provider.name",
            "gen_ai.request.model",
            "server.address",
            "server.port",
        ];
        let has = |key: &str| attribute(attributes, key).is_some();
        let is_it = known.into_iter().all(has) && name == format!("chat {}", self.0);
        SamplingResult {
            decision: if is_it {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: Vec::new(),
            trace_state: opentelemetry::trace::TraceState::default(),
        }
    }
}

#[tokio::test]
async fn a_sampler_sees_what_is_known_before_the_request_leaves() {
    let reply = || Reply::json(openai::completion("Hi."));
    for (model, spans) in [("gpt-4o", 1), ("another", 0)] {
        let harness = Harness::with([reply()], |builder| builder.sampler(ByModel(model)));
        drain(
            Seam::Tower
                .call(&harness, Format::OpenAi, false)
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(harness.spans().len(), spans, "{model}");
    }
}

#[test]
fn spans_of_theirs_that_are_no_calls_pass_by() {
    let tes = TesReceiver::start();
    let settings = tes_at(&tes.url(), "tes_key");
    let telemetry = turnspan::builder().tes(settings).build().unwrap();
    let spans = Kept::default();
    let theirs = SdkTracerProvider::builder()
        .with_span_processor(telemetry.processor())
        .with_span_processor(SimpleSpanProcessor::new(spans.clone()))
        .build();
    theirs.tracer("theirs").in_span("work", |_| {});
    // A span of another instrumentation's is a turn, from what it carries.
    let span = theirs
        .tracer("theirs")
        .span_builder("chat m")
        .with_attributes([
            opentelemetry::KeyValue::new("gen_ai.operation.name", "chat"),
            opentelemetry::KeyValue::new("gen_ai.request.model", "m"),
        ]);
    drop(span.start(&theirs.tracer("theirs")));
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(spans.finished().len(), 2);
    assert_eq!(tes.accepted().len(), 1);
    assert!(Turn::from_span(&spans.finished()[0]).is_none());
}

#[test]
fn telemetry_that_is_off_is_in_nobodys_way() {
    let telemetry = turnspan::builder().build().unwrap();
    let spans = Kept::default();
    let theirs = SdkTracerProvider::builder()
        .with_sampler(telemetry.sampler(Sampler::AlwaysOn))
        .with_span_processor(telemetry.processor())
        .with_span_processor(SimpleSpanProcessor::new(spans.clone()))
        .build();
    telemetry.use_provider(&theirs).unwrap();
    theirs.tracer("theirs").in_span("work", |_| {});
    assert_eq!(spans.finished().len(), 1);
}
