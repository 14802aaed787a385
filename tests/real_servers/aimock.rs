//! aimock: answers that tiny models never give, as others understand the APIs.
//! Its answers are those of `tests/fixtures/aimock`.

use super::run::{Run, double, events, int, text};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

fn tool_calls(span: &Span) -> Vec<&str> {
    let is_one = |name: &str| name == "gen_ai.tool.call";
    let events = span.events.iter().filter(|event| is_one(&event.name));
    events
        .map(|event| text(&event.attributes, "gen_ai.tool.call.id"))
        .collect()
}

fn is_error(span: &Span) -> bool {
    let status = span.status.as_ref();
    status.is_some_and(|status| status.code == StatusCode::Error as i32)
}

#[test]
fn a_tool_loop_is_one_tree_of_calls_and_tools() {
    let run = Run::good("tools", "What are the sums?");
    assert_eq!(run.printed(), "They are 4 and 7.");
    let agent = run.span("invoke_agent");
    assert_eq!(agent.name, "invoke_agent adder");
    let (chats, tools) = (run.spans_of("chat"), run.spans_of("execute_tool"));
    let mut children = chats.iter().chain(&tools);
    assert!(children.all(|span| span.parent_span_id == agent.span_id));
    let conversation = |span: &Span| text(&span.attributes, "gen_ai.conversation.id") == "conv-123";
    assert!(chats.iter().chain([&agent]).all(|span| conversation(span)));
    let [first, second] = chats[..] else {
        panic!("{} chats", chats.len());
    };
    assert_eq!(tool_calls(first), ["call_1", "call_2"]);
    let executed = tools
        .iter()
        .map(|span| text(&span.attributes, "gen_ai.tool.call.id"));
    assert_eq!(executed.collect::<Vec<_>>(), ["call_1", "call_2"]);
    for (span, input, output) in [(first, 21, 9), (second, 40, 8)] {
        assert_eq!(int(span, "gen_ai.usage.input_tokens"), Some(input));
        assert_eq!(int(span, "gen_ai.usage.output_tokens"), Some(output));
    }
}

#[test]
fn a_message_with_tool_calls_names_them() {
    for example in ["anthropic", "by_hand"] {
        let run = Run::good(example, "What are the sums?");
        assert_eq!(tool_calls(run.span("chat")), ["call_1", "call_2"]);
        let calls = run.turns[0]["tool_calls"].as_array().unwrap();
        assert_eq!(calls[1]["args"]["b"], 4, "{calls:?}");
    }
}

#[test]
fn a_429_that_a_retry_mends_is_an_event_and_no_error() {
    for (example, prompt) in [
        ("middleware", "I hurry by middleware."),
        ("openai", "I hurry by async-openai."),
    ] {
        let run = Run::good(example, prompt);
        assert_eq!(run.printed(), "At last.");
        let span = run.span("chat");
        let retries = events(span)
            .into_iter()
            .filter(|name| *name == "gen_ai.retry");
        assert_eq!(retries.count(), 1, "{example}");
        assert!(!is_error(span), "{example}");
        let (provider, wait) = (
            double(span, "turnspan.provider.duration").unwrap(),
            double(span, "turnspan.retry.wait").unwrap(),
        );
        let whole = span.end_time_unix_nano - span.start_time_unix_nano;
        let difference = provider + wait - std::time::Duration::from_nanos(whole).as_secs_f64();
        assert!(difference.abs() < 0.005, "{example}: {difference}");
    }
}

#[test]
fn a_429_that_no_retry_mends_is_the_spans_error_and_leaves_with_the_program() {
    let run = Run::of("anthropic", "I am in haste.");
    assert!(!run.output.status.success());
    let span = run.span("chat");
    assert!(is_error(span));
    assert_eq!(text(&span.attributes, "error.type"), "429");
    assert_eq!(int(span, "gen_ai.usage.input_tokens"), None);
    assert_eq!(run.turns[0]["error"]["type"], "429");
}
