//! What a provider may write is bounded at the door: words, ids, counts, and
//! what metrics tell apart.

use super::support::harness::{Harness, PATIENCE, attribute, tes_at};
use super::support::meters::Meters;
use super::support::seams::Format;
use super::support::tes_receiver::TesReceiver;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use turnspan::{Conversation, Fault, SessionUsage, Turn, TurnGrouping, Usage};

const OPENAI: &str = "https://api.openai.com/v1/chat/completions";
const ANTHROPIC: &str = "https://api.anthropic.com/v1/messages";

/// All texts of a span, and of its events.
fn texts(span: &SpanData) -> Vec<String> {
    let events = span.events.iter().flat_map(|event| &event.attributes);
    let attributes = span.attributes.iter().chain(events);
    let texts = attributes.map(|it| it.value.as_str().into_owned());
    texts.chain([span.name.to_string()]).collect()
}

/// Promise, cost: No word or id of an answer takes more than 256 characters.
#[test]
fn no_word_or_id_of_an_answer_is_longer_than_256_characters() {
    let harness = Harness::start([]).lawless();
    let long = |of: &str| of.repeat(250_000 / of.len());
    let chat = json!({"id": long("id"), "model": long("m"), "service_tier": long("t"),
        "system_fingerprint": long("f"), "choices": [{"finish_reason": long("r"), "message": {
            "role": long("role"), "tool_calls": [
                {"id": long("call"), "function": {"name": long("tool"), "arguments": "{}"}}]}}]});
    let message = json!({"id": long("id"), "model": long("m"), "stop_reason": long("r"),
        "content": [{"type": "tool_use", "id": long("call"), "name": long("tool"), "input": {}}]});
    let request = json!({"model": long("m"), "service_tier": long("t"), "stream": true,
        "reasoning_effort": long("e"), "messages": [
            {"role": "tool", "tool_call_id": long("call"), "content": "4"}]});
    for (url, answer) in [(OPENAI, &chat), (ANTHROPIC, &message)] {
        let call = harness.telemetry.record(url, request.to_string());
        call.response(answer.to_string());
    }
    let mut stream = harness.telemetry.record(OPENAI, request.to_string());
    let delta = json!({"choices": [{"delta": chat["choices"][0]["message"]}], "model": long("m")});
    stream.chunk(format!("data: {delta}\n\ndata: {chat}\n\n"));
    stream.chunk("data: [DONE]\n\n");
    stream.finish();
    let spans = harness.spans();
    assert_eq!(spans.len(), 3);
    for span in &spans {
        for text in texts(span) {
            let most = if text.starts_with("chat ") { 261 } else { 256 };
            let length = text.trim_matches(['[', ']', '"']).chars().count();
            assert!(
                length <= most,
                "{length}: {}",
                text.get(..100).unwrap_or(&text)
            );
        }
        let turn = Turn::from_span(span).unwrap();
        assert_eq!(turn.tool_calls.len(), 1);
        let faults = harness.telemetry.stats().faults;
        assert!(faults.is_empty(), "{faults:?}");
    }
}

#[test]
fn long_ids_stay_apart_and_a_tool_loop_is_joined_by_them() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey").turn_grouping(TurnGrouping::Turn);
    let telemetry = turnspan::builder().tes(tes).build().unwrap();
    let id = |end: &str| format!("{}{end}", "call_".repeat(50_000));
    let calls: Vec<Value> = ["a", "b"]
        .iter()
        .map(|end| json!({"id": id(end), "function": {"name": end, "arguments": "{}"}}))
        .collect();
    let wants = json!({"choices": [{"finish_reason": "tool_calls",
        "message": {"tool_calls": calls}}]});
    let ends = json!({"choices": [{"finish_reason": "stop", "message": {"content": "4"}}]});
    let results = ["b", "a"]
        .map(|end| json!({"role": "tool", "tool_call_id": id(end), "content": end.repeat(2)}));
    let ask = |messages: Value| json!({"model": "m", "messages": messages}).to_string();
    let _entered = Conversation::new("c1").enter();
    let first = telemetry.record(OPENAI, ask(json!([{"role": "user", "content": "2+2?"}])));
    first.response(wants.to_string());
    let second = telemetry.record(OPENAI, ask(json!(results)));
    second.response(ends.to_string());
    telemetry.flush(PATIENCE).unwrap();
    let events = receiver.accepted();
    assert_eq!(events.len(), 1, "{events:?}");
    let turn = &events[0]["data"]["attributes"];
    assert_eq!(turn["usage"]["ai_rounds"], 2);
    let calls = turn["tool_calls"].as_array().unwrap();
    let calls: Vec<_> = calls
        .iter()
        .map(|it| (&it["tool"], &it["result"]))
        .collect();
    assert_eq!(
        calls,
        [(&json!("a"), &json!("aa")), (&json!("b"), &json!("bb"))]
    );
}

#[test]
fn tool_calls_of_one_index_are_told_apart_by_their_ids_however_many_there_are() {
    let harness = Harness::with_content([]);
    let mut call = harness
        .telemetry
        .record(OPENAI, Format::OpenAi.request(true).to_string());
    let piece = |calls: Value| json!({"choices": [{"delta": {"tool_calls": calls}}]}).to_string();
    for (text, calls) in [("{", 300), ("\"n\":1", 300), ("}", 299)] {
        for n in 0..calls {
            let function = json!({"name": "f", "arguments": text});
            let one = json!({"index": 0, "id": format!("c{n}"), "function": function});
            call.event(piece(json!([one])));
        }
    }
    // Without id and name it belongs to the last.
    call.event(piece(json!([{"index": 0, "function": {"arguments": "}"}}])));
    call.event(r#"{"choices": [{"finish_reason": "tool_calls"}]}"#);
    call.event("[DONE]");
    call.finish();
    let turn = Turn::from_span(&harness.span()).unwrap();
    let args: Vec<_> = turn.tool_calls.iter().map(|it| it.args.clone()).collect();
    assert_eq!(args.len(), 300);
    assert!(args.iter().all(|it| it.as_deref() == Some(r#"{"n":1}"#)));
}

/// Counts from 2^48 on, in every way that JSON has for them.
const IMPLAUSIBLE: [&str; 5] = [
    "281474976710656",
    "9223372036854775807",
    "18446744073709551615",
    "1e30",
    "99999999999999999999999999",
];

/// The last that can be.
const MOST: u64 = (1 << 48) - 1;

fn usage_of(count: &str) -> String {
    format!(
        r#"{{"prompt_tokens": {count}, "completion_tokens": 7, "input_tokens": {count},
            "output_tokens": 7, "cache_read_input_tokens": {count},
            "prompt_tokens_details": {{"cached_tokens": {count}}}}}"#
    )
}

/// Promise, process: Token counts that cannot be are dropped and counted.
/// Figure: 2^48 and more
#[test]
fn counts_of_2_to_the_48_and_more_are_dropped_and_counted_in_answers_and_streams() {
    for count in IMPLAUSIBLE {
        let harness = Harness::start([]).lawless();
        let usage = usage_of(count);
        let record = |url| harness.telemetry.record(url, r#"{"model": "m"}"#);
        record(OPENAI).response(format!(r#"{{"choices": [], "usage": {usage}}}"#));
        record(ANTHROPIC).response(format!(r#"{{"content": [], "usage": {usage}}}"#));
        let mut stream = record(OPENAI);
        stream.chunk(format!(
            "data: {{\"choices\": [], \"usage\": {}}}\n\n",
            usage.replace('\n', "")
        ));
        stream.chunk("data: [DONE]\n\n");
        stream.finish();
        let spans = harness.spans();
        assert_eq!(spans.len(), 3);
        for span in spans {
            let usage = Turn::from_span(&span).unwrap().usage;
            let known = Usage::default();
            assert_eq!(usage.input_tokens, known.input_tokens, "{count}");
            assert_eq!(usage.cache_read_input_tokens, None, "{count}");
            assert_eq!(usage.output_tokens, Some(7), "{count}");
        }
        let faults = harness.telemetry.stats().faults;
        assert_eq!(faults[&Fault::ImplausibleUsage], 3, "{count}: {faults:?}");
        assert_eq!(faults.len(), 1, "{count}: {faults:?}");
    }
}

#[test]
fn the_greatest_count_that_can_be_stays_and_a_sum_beyond_it_goes() {
    let harness = Harness::start([]);
    let answer = |usage: Value| json!({"content": [], "usage": usage}).to_string();
    let one = json!({"input_tokens": MOST, "output_tokens": MOST});
    let record = || harness.telemetry.record(ANTHROPIC, r#"{"model": "m"}"#);
    record().response(answer(one));
    let sum = json!({"input_tokens": MOST, "cache_read_input_tokens": 1, "output_tokens": 1});
    record().response(answer(sum));
    let spans = harness.spans();
    let tokens = |key| {
        spans
            .iter()
            .map(move |span| attribute(&span.attributes, key))
    };
    let inputs: Vec<_> = tokens("gen_ai.usage.input_tokens").collect();
    assert_eq!(inputs, [Some(MOST.to_string()), None]);
    let outputs: Vec<_> = tokens("gen_ai.usage.output_tokens").collect();
    assert_eq!(outputs, [Some(MOST.to_string()), Some("1".to_owned())]);
    let faults = harness.telemetry.stats().faults;
    assert_eq!(faults[&Fault::ImplausibleUsage], 1);
}

#[test]
fn counts_of_2_to_the_48_and_more_are_dropped_and_counted_by_hand_and_on_spans() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey");
    let telemetry = turnspan::builder().tes(tes).build().unwrap();
    let session = telemetry.session("s");
    for count in IMPLAUSIBLE {
        let answer = format!(r#"{{"choices": [], "usage": {}}}"#, usage_of(count));
        let answer = session.record(&serde_json::from_str(&answer).unwrap());
        assert_eq!(answer.usage.input_tokens, None, "{count}");
        assert_eq!(answer.usage.output_tokens, Some(7), "{count}");
    }
    let SessionUsage { tokens, .. } = session.total_usage();
    assert_eq!(tokens.output_tokens, Some(7 * 5));
    let faults = telemetry.stats().faults;
    assert_eq!(faults[&Fault::ImplausibleUsage], 5);
    let interaction = telemetry.interaction("agent").begin();
    let mut usage = Usage::default();
    usage.input_tokens = Some(1 << 48);
    interaction.set_usage(usage);
    interaction.finish();
    let faults = telemetry.stats().faults;
    assert_eq!(faults[&Fault::ImplausibleUsage], 6);
    let subscriber = tracing_subscriber::layer::SubscriberExt::with(
        tracing_subscriber::registry(),
        telemetry.layer(),
    );
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!(
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = "m",
            gen_ai.usage.input_tokens = 1_i64 << 48,
            gen_ai.usage.output_tokens = 7_i64,
        );
    });
    telemetry.flush(PATIENCE).unwrap();
    let usage = &receiver.accepted()[0]["data"]["attributes"]["usage"];
    assert_eq!(usage["completion_tokens"], 7);
    assert!(
        usage.get("prompt_tokens").is_none_or(Value::is_null),
        "{usage}"
    );
    let faults = telemetry.stats().faults;
    assert_eq!(faults[&Fault::ImplausibleUsage], 7);
}

/// Promise, process: A meter that panics costs no call its end or its content.
#[test]
fn a_meter_that_panics_costs_no_call_its_end_or_its_content() {
    let meters = Meters::new();
    let harness = Harness::with([], |builder| {
        let builder = builder.capture(turnspan::CaptureMode::SpanOnly);
        builder.meter_provider(&meters.provider)
    });
    // The same instrument in the hands of somebody else: the sum of the SDK's
    // histogram has no room for one token more.
    let scope = InstrumentationScope::builder("turnspan")
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(turnspan::semconv::SCHEMA_URL)
        .build();
    let theirs = meters.provider.meter_with_scope(scope);
    let theirs = theirs
        .u64_histogram("gen_ai.client.token.usage")
        .with_unit("{token}")
        .with_description("Tokens of one operation, as the provider counted them.")
        .with_boundaries(turnspan::semconv::TOKENS_BOUNDARIES.to_vec())
        .build();
    for kind in ["input", "output"] {
        let of = [
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", "openai"),
            KeyValue::new("gen_ai.request.model", "m"),
            KeyValue::new("server.address", "api.openai.com"),
            KeyValue::new("server.port", 443),
            KeyValue::new("gen_ai.token.type", kind),
        ];
        theirs.record(u64::MAX, &of);
    }
    for _ in 0..3 {
        let call = harness
            .telemetry
            .record(OPENAI, r#"{"model": "m", "messages": []}"#);
        let answer = json!({"choices": [{"finish_reason": "stop", "message": {"content": "Hi."}}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 7}});
        call.response(answer.to_string());
    }
    let spans = harness.spans();
    assert_eq!(spans.len(), 3);
    for span in spans {
        let outcome = attribute(&span.attributes, "turnspan.outcome");
        assert_eq!(outcome.as_deref(), Some("completed"));
        let said = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
        assert!(said.contains("Hi."), "{said}");
    }
    // Only with checks of overflows does the SDK panic, as in a build for tests.
    let panicked = harness.telemetry.stats().faults;
    assert_eq!(panicked.get(&Fault::ObserverPanicked), Some(&3));
}

/// Promise, cost: Metrics tell 200 models and servers apart, then say `_OTHER`; spans
/// keep all of them.
/// Figure: 200 values of each
#[test]
fn metrics_tell_200_values_apart_and_spans_all_of_them() {
    let meters = Meters::new();
    let harness = Harness::with([], |builder| builder.meter_provider(&meters.provider));
    for n in 0..300 {
        let url = format!("https://host{n}.example/v1/chat/completions");
        let request = json!({"model": format!("asked-{n}"), "messages": []});
        let answer = json!({"model": format!("answers-{n}"), "choices": []});
        let call = harness.telemetry.record(&url, request.to_string());
        call.response(answer.to_string());
    }
    for n in 0..300 {
        let call = harness.telemetry.record(OPENAI, r#"{"model": "asked-0"}"#);
        let error = json!({"error": {"type": format!("error_{n}")}, "choices": []});
        call.response(error.to_string());
    }
    let found = meters.read();
    let points = &found["gen_ai.client.operation.duration"];
    for key in [
        "gen_ai.request.model",
        "gen_ai.response.model",
        "server.address",
        "error.type",
    ] {
        let values = points.iter().filter_map(|(of, ..)| attribute(of, key));
        let mut values: BTreeSet<String> = values.collect();
        assert!(values.remove("_OTHER"), "{key}");
        assert_eq!(values.len(), 200, "{key}");
        let on_spans = harness.spans();
        let on_spans = on_spans.iter().map(|it| attribute(&it.attributes, key));
        let on_spans: BTreeSet<String> = on_spans.flatten().collect();
        assert!(
            on_spans.len() >= 300 && !on_spans.contains("_OTHER"),
            "{key}"
        );
    }
    let other = points
        .iter()
        .filter(|(of, ..)| attribute(of, "server.address").as_deref() == Some("_OTHER"));
    let mut ports = other.filter_map(|(of, ..)| attribute(of, "server.port"));
    assert_eq!(ports.next(), None);
}
