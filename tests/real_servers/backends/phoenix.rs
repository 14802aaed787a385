//! What Phoenix shows: messages and tools as chat, tokens and sessions counted.

use super::collector::Collector;
use super::{ask, get, said, wait_for};
use crate::run::Run;
use serde_json::{Value, json};
use turnspan::{CaptureMode, Conversation, Otlp};

/// An agent that lets content pass, and spans of generative AI go to Phoenix.
pub(super) fn agent() -> Collector {
    Collector::start(
        &["agent.yaml"],
        &[
            ("COLLECTOR_CONTENT", "keep".to_owned()),
            ("COLLECTOR_TRACES_TO", said("JAEGER_OTLP_URL")),
            ("COLLECTOR_GENAI", "otlp_http/genai".to_owned()),
            ("COLLECTOR_GENAI_TO", said("PHOENIX_URL")),
        ],
    )
}

/// The spans of a trace, once there are so many, in the order of their
/// beginnings.
pub(super) fn trace(id: &str, spans: usize) -> Vec<Value> {
    let url = format!(
        "{}/v1/projects/default/spans?trace_id={id}",
        said("PHOENIX_URL")
    );
    let mut found = wait_for(&format!("trace {id} of {spans} spans"), || {
        let found = get(&url)?["data"].as_array()?.clone();
        (found.len() >= spans).then_some(found)
    });
    found.sort_by_key(|span| span["start_time"].as_str().unwrap().to_owned());
    found
}

#[test]
fn a_tool_loop_is_shown_as_chat() {
    let agent = agent();
    let variables = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", agent.grpc_url()),
        (
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
            "SPAN_ONLY".to_owned(),
        ),
    ];
    let run = Run::with("tools", "What are the sums?", &variables);
    let spans = trace(run.turns[0]["trace_id"].as_str().unwrap(), 5);
    let kinds: Vec<&str> = spans
        .iter()
        .map(|span| span["span_kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["AGENT", "LLM", "TOOL", "TOOL", "LLM"]);
    let [agent, asking, tool, _, answering] = &spans[..] else {
        panic!("{} spans", spans.len());
    };
    assert_eq!(asking["parent_id"], agent["context"]["span_id"]);
    assert_eq!(tool["attributes"]["tool.name"], "add");
    let asked = &asking["attributes"];
    let call = "llm.output_messages.0.message.tool_calls.0.tool_call";
    assert_eq!(
        asked["llm.input_messages.0.message.content"],
        "What are the sums?"
    );
    assert_eq!(asked[&format!("{call}.function.name")], "add");
    assert_eq!(asked[&format!("{call}.id")], "call_1");
    let arguments = asked[&format!("{call}.function.arguments")]
        .as_str()
        .unwrap();
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(arguments, json!({"a": 2, "b": 2}));
    let answered = &answering["attributes"];
    assert_eq!(answered["llm.input_messages.2.message.role"], "tool");
    assert_eq!(
        answered["llm.input_messages.2.message.tool_call_id"],
        "call_1"
    );
    assert_eq!(answered["llm.input_messages.2.message.content"], "4");
    assert_eq!(
        answered["llm.output_messages.0.message.content"],
        "They are 4 and 7."
    );
    let tokens =
        ["prompt", "completion", "total"].map(|kind| &answered[&format!("llm.token_count.{kind}")]);
    assert_eq!(tokens, [40, 8, 48]);
}

#[test]
fn a_session_has_the_tokens_of_its_turns() {
    let agent = agent();
    let telemetry = turnspan::builder()
        .otlp(Otlp::new(&agent.http_url()).unwrap())
        .capture(CaptureMode::SpanOnly)
        .build()
        .unwrap();
    let id = format!("session-{}", std::process::id());
    for (input, output) in [(10, 5), (20, 7)] {
        let _within = Conversation::new(&*id).enter();
        let request = json!({"model": "m", "messages": [{"role": "user", "content": "Well?"}]});
        let call = telemetry.record("http://127.0.0.1/v1/chat/completions", request.to_string());
        let message = json!({"role": "assistant", "content": "Well."});
        let answer = json!({"choices": [{"message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": input, "completion_tokens": output}});
        call.response(answer.to_string());
    }
    telemetry.flush(super::PATIENCE).unwrap();
    let query = "{ projects { edges { node { sessions(first: 1000) { edges { node {
        sessionId numTraces tokenUsage { prompt completion total } } } } } } } }";
    let session = wait_for("session of two traces", || {
        let url = format!("{}/graphql", said("PHOENIX_URL"));
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json");
        let answer = ask(request.body(json!({ "query": query }).to_string()))?;
        let sessions = &answer["data"]["projects"]["edges"][0]["node"]["sessions"]["edges"];
        let sessions = sessions.as_array()?.iter().map(|edge| &edge["node"]);
        let session = { sessions }.find(|node| node["sessionId"] == *id)?.clone();
        (session["numTraces"] == 2).then_some(session)
    });
    let usage = json!({"prompt": 30.0, "completion": 12.0, "total": 42.0});
    assert_eq!(session["tokenUsage"], usage);
}
