//! What is measured of calls, and of telemetry itself.

use super::support::harness::{Harness, PATIENCE, attribute};
use super::support::in_process::{Ending, read};
use super::support::meters::Meters;
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Provider, Reply, openai};
use super::support::seams::{Format, Seam, drain};
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::Sampler;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Conventions, Conversation, Otlp};

fn measured(replies: impl IntoIterator<Item = Reply>) -> (Harness, Meters) {
    let meters = Meters::new();
    let harness = Harness::with(replies, |builder| builder.meter_provider(&meters.provider));
    (harness, meters)
}

const DURATION: &str = "gen_ai.client.operation.duration";
const TOKENS: &str = "gen_ai.client.token.usage";
const FIRST_CHUNK: &str = "gen_ai.client.operation.time_to_first_chunk";
const OUTPUT_CHUNK: &str = "gen_ai.client.operation.time_per_output_chunk";

#[tokio::test]
async fn a_call_is_measured_as_its_span_tells() {
    let (harness, meters) = measured([Reply::json(openai::completion("Hi."))]);
    let seam = Seam::Middleware;
    drain(seam.call(&harness, Format::OpenAi, false).await.unwrap()).await;
    let span = harness.span();
    let found = meters.read();
    let [(attributes, 1.0, seconds)] = &found[DURATION][..] else {
        panic!("{found:?}");
    };
    let length = span.end_time.duration_since(span.start_time).unwrap();
    assert!((length.as_secs_f64() - seconds).abs() < 1e-6, "{length:?}");
    for key in [
        "gen_ai.request.model",
        "gen_ai.response.model",
        "server.address",
        "server.port",
    ] {
        assert_eq!(attribute(attributes, key), attribute(&span.attributes, key));
    }
    assert_eq!(attribute(attributes, "error.type"), None);
    let mut tokens: Vec<_> = found[TOKENS]
        .iter()
        .map(|(of, _, sum)| (attribute(of, "gen_ai.token.type").unwrap(), *sum))
        .collect();
    tokens.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        tokens,
        [("input".to_owned(), 12.0), ("output".to_owned(), 7.0)]
    );
    assert!(!found.contains_key(FIRST_CHUNK) && !found.contains_key(OUTPUT_CHUNK));
}

#[tokio::test]
async fn a_stream_is_measured_chunk_by_chunk_and_what_was_not_counted_is_no_0() {
    let (harness, meters) = measured([]);
    for format in Format::ALL {
        let texts = ["a", "b", "c", "d"];
        let (events, done) = match format {
            Format::OpenAi => (openai::stream(&texts, false), "data: [DONE]\n\n"),
            Format::Anthropic => (super::support::anthropic::stream(&texts), ""),
        };
        let chunks = events.iter().map(|event| format!("data: {event}\n\n"));
        let chunks: Vec<_> = chunks.chain([done.to_owned()]).map(Bytes::from).collect();
        read(&harness, format, chunks, Ending::Clean).await;
    }
    let found = meters.read();
    let counts =
        |name: &str| -> Vec<f64> { found[name].iter().map(|(_, count, _)| *count).collect() };
    // Four chunks with generated content each: three lie after another.
    assert_eq!(counts(OUTPUT_CHUNK), [3.0, 3.0]);
    assert_eq!(counts(FIRST_CHUNK), [1.0, 1.0]);
    // The OpenAI stream had no usage.
    let providers: Vec<_> = found[TOKENS]
        .iter()
        .map(|(of, ..)| attribute(of, "gen_ai.provider.name").unwrap())
        .collect();
    assert_eq!(providers, ["anthropic", "anthropic"]);
}

#[tokio::test]
async fn a_call_that_fails_is_measured_under_its_error_and_no_id_is_on_any_metric() {
    let (harness, meters) = measured([openai::error(429, "rate_limit_error", "Slow down.")]);
    let conversation = Conversation::new("canary-1")
        .user("canary-2")
        .metadata("k", "canary-3");
    let request = harness.http.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(false).to_string());
    let call = async { harness.telemetry.send(request).await.unwrap().bytes().await };
    conversation.scope(call).await.unwrap();
    let found = meters.read();
    let error = attribute(&found[DURATION][0].0, "error.type");
    assert_eq!(error.as_deref(), Some("429"));
    let said = format!("{found:?}");
    assert!(!said.contains("canary"), "{said}");
}

#[tokio::test]
async fn telemetry_measures_its_own_losses() {
    let meters = Meters::new();
    let dead = Otlp::traces("http://127.0.0.1:9/v1/traces").unwrap();
    let harness = Harness::with([Reply::json(openai::completion("Hi."))], |builder| {
        builder.otlp(dead).meter_provider(&meters.provider)
    });
    drain(
        Seam::Reqwest
            .call(&harness, Format::OpenAi, false)
            .await
            .unwrap(),
    )
    .await;
    let url = format!("{}/models", harness.provider.base_url());
    harness.telemetry.send(harness.http.get(url)).await.unwrap();
    harness.telemetry.flush(PATIENCE).unwrap_err();
    let found = meters.read();
    let of = |name: &str, destination: &str| {
        let is_it =
            |of: &[KeyValue]| attribute(of, "turnspan.destination").as_deref() == Some(destination);
        let points = found[name].iter().filter(|(of, ..)| is_it(of));
        points.map(|(.., value)| value).sum::<f64>().to_string()
    };
    assert_eq!(of("turnspan.item.made", "otlp"), "1");
    assert_eq!(of("turnspan.item.dropped", "otlp"), "1");
    assert_eq!(of("turnspan.item.delivered", "exporter"), "1");
    assert_eq!(of("turnspan.item.queued", "otlp"), "0");
    let unrecognised = &found["turnspan.request.unrecognised"][0];
    assert_eq!(unrecognised.2.to_string(), "1");
}

#[tokio::test]
async fn metrics_leave_by_otlp_on_a_provider_of_our_own() {
    let receiver = OtlpReceiver::start();
    let provider = Provider::start([Reply::json(openai::completion("Hi."))]);
    let otlp = Otlp::new(&receiver.url()).unwrap();
    let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
    let request = reqwest::Client::new().post(format!("{}/chat/completions", provider.base_url()));
    let request = request.body(Format::OpenAi.request(false).to_string());
    telemetry
        .send(request)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    telemetry.flush(PATIENCE).unwrap();
    let names: Vec<_> = receiver
        .metrics()
        .into_iter()
        .map(|metric| metric.name)
        .collect();
    for name in [DURATION, TOKENS, "turnspan.item.made"] {
        assert!(names.iter().any(|it| it == name), "{name}: {names:?}");
    }
    assert_eq!(receiver.spans().len(), 1);
}

#[tokio::test]
async fn flushing_tells_of_metrics_that_did_not_leave() {
    let nowhere = Otlp::traces("http://127.0.0.1:9/v1/traces").unwrap();
    let nowhere = nowhere.without(turnspan::OtlpSignal::Traces).endpoint_of(
        turnspan::OtlpSignal::Metrics,
        "http://127.0.0.1:9/v1/metrics",
    );
    let nowhere = nowhere
        .unwrap()
        .timeout(std::time::Duration::from_millis(200));
    let telemetry = turnspan::builder().otlp(nowhere).build().unwrap();
    let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    drop(call);
    let error = telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.lost.get("metrics"), Some(&1), "{error}");
    let account = telemetry.stats().destinations["metrics"].clone();
    assert_eq!(account.dropped[&turnspan::DropReason::Unreachable], 1);
}

#[tracing::instrument(fields(gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
fn search() {}

#[tracing::instrument(skip_all)]
async fn between(harness: &Harness) {
    search();
    let answer = Seam::Reqwest.call(harness, Format::OpenAi, false).await;
    drain(answer.unwrap()).await;
}

#[tracing::instrument(skip_all, fields(gen_ai.operation.name = "invoke_agent", gen_ai.agent.name = "buyer"))]
async fn buy(harness: &Harness) {
    between(harness).await;
    between(harness).await;
}

/// What a metric of agents has: the agent, how often, and the sum.
fn of_agents(meters: &Meters, name: &str) -> Vec<(String, f64, f64)> {
    let found = meters.read();
    let points = found.get(name).into_iter().flatten();
    let agent = |of: &[KeyValue]| attribute(of, "gen_ai.agent.name").unwrap();
    points
        .map(|(of, count, sum)| (agent(of), *count, *sum))
        .collect()
}

#[tokio::test]
async fn agents_and_tools_are_measured_in_the_latest_state() {
    for (conventions, sampler, [agents, tools, counts]) in [
        (Conventions::Published, Sampler::AlwaysOn, [0.0, 0.0, 0.0]),
        (Conventions::Latest, Sampler::AlwaysOn, [1.0, 2.0, 2.0]),
        // Not all of what is unsampled is seen, so nothing is counted in it.
        (Conventions::Latest, Sampler::AlwaysOff, [1.0, 2.0, 0.0]),
    ] {
        let meters = Meters::new();
        let replies = [(); 2].map(|()| Reply::json(openai::completion("Hi.")));
        let harness = Harness::with(replies, |builder| {
            let builder = builder.meter_provider(&meters.provider);
            builder.semconv(conventions).sampler(sampler)
        });
        let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
        buy(&harness).with_subscriber(subscriber).await;
        harness.telemetry.flush(PATIENCE).unwrap();
        for (name, expected) in [
            ("gen_ai.invoke_agent.duration", agents),
            ("gen_ai.execute_tool.duration", tools),
        ] {
            let found = of_agents(&meters, name);
            let times = found.iter().map(|(_, count, _)| count).sum::<f64>();
            assert!((times - expected).abs() < 0.5, "{name}: {found:?}");
        }
        for name in [
            "gen_ai.invoke_agent.inference_calls",
            "gen_ai.invoke_agent.tool_calls",
        ] {
            let found = of_agents(&meters, name);
            let sum = found.iter().map(|(.., sum)| sum).sum::<f64>();
            assert!((sum - counts).abs() < 0.5, "{name}: {found:?}");
            assert!(found.iter().all(|(agent, ..)| agent == "buyer"));
        }
    }
}
