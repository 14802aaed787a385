//! Operations that say nothing: what stands on their spans is who answered, and
//! what was counted.

use super::super::support::harness::Harness;
use super::has;
use serde_json::{Value, json};

/// The name of the span, and the outcome.
fn recorded(url: &str, request: &Value, answer: &Value) -> [String; 2] {
    let harness = Harness::start([]);
    let call = harness.telemetry.record(url, request.to_string());
    call.response(answer.to_string());
    let span = harness.span();
    [span.name.to_string(), has(&span, "turnspan.outcome")]
}

#[test]
fn operations_of_single_providers_have_names() {
    let model = json!({"model": "m"});
    for (url, request, answer, name) in [
        (
            "https://api.mistral.ai/v1/ocr",
            &model,
            json!({"pages": []}),
            "recognize_text m",
        ),
        (
            "https://api.mistral.ai/v1/chat/moderations",
            &model,
            json!({}),
            "moderate_content m",
        ),
        (
            "https://api.mistral.ai/v1/batch/jobs",
            &model,
            json!({"id": "7"}),
            "create_batch m",
        ),
        (
            "https://api.replicate.com/v1/models/acme/painter/predictions",
            &json!({"input": {}}),
            json!({"id": "7", "status": "starting"}),
            "create_prediction acme/painter",
        ),
        (
            "https://dbc.cloud.databricks.com/serving-endpoints/talk/invocations",
            &json!({"messages": []}),
            json!({"choices": []}),
            "chat talk",
        ),
        (
            "https://dbc.internal/serving-endpoints/bge/invocations",
            &json!({"input": ["a"]}),
            json!({"data": [], "usage": {"prompt_tokens": 3}}),
            "embeddings bge",
        ),
        (
            "https://dbc.internal/serving-endpoints/trees/invocations",
            &json!({"dataframe_split": {}}),
            json!({"predictions": [1]}),
            "run_model trees",
        ),
        (
            "https://acme.snowflakecomputing.com/api/v2/cortex/inference:embed",
            &json!({"model": "e5", "text": ["a"]}),
            json!({"data": []}),
            "embeddings e5",
        ),
        (
            "https://us-south.ml.cloud.ibm.com/ml/v1/text/embeddings",
            &json!({"model_id": "m", "inputs": ["a"]}),
            json!({"results": []}),
            "embeddings m",
        ),
    ] {
        let expected = [name.to_owned(), "completed".to_owned()];
        assert_eq!(recorded(url, request, &answer), expected, "{url}");
    }
}

#[test]
fn what_is_counted_otherwise_has_names_of_its_own() {
    let harness = Harness::start([]);
    let call = harness
        .telemetry
        .record("https://api.mistral.ai/v1/ocr", r#"{"model": "m"}"#);
    let answer = json!({"model": "m-2", "pages": [{}], "usage_info": {"pages_processed": 3}});
    call.response(answer.to_string());
    let span = harness.span();
    assert_eq!(has(&span, "turnspan.usage.pages"), "3");
    assert_eq!(has(&span, "gen_ai.response.model"), "m-2");
    assert!(span.events.is_empty());
}

#[test]
fn an_answer_may_be_no_object_and_a_request_no_json() {
    let harness = Harness::start([]);
    let url = "https://api.replicate.com/v1/predictions";
    for answer in ["[[0.5]]", "a picture"] {
        harness.telemetry.record(url, "{}").response(answer);
    }
    let outcomes: Vec<_> = harness
        .spans()
        .iter()
        .map(|it| has(it, "turnspan.outcome"))
        .collect();
    assert_eq!(outcomes, ["completed", "completed"]);
    harness.telemetry.record(url, "--boundary").response("{}");
    let faults = harness.telemetry.stats().faults;
    assert_eq!(faults.get(&turnspan::Fault::UnreadRequest), None);
}

#[test]
fn a_gap_in_code_is_filled_by_a_chats_answer() {
    let harness = Harness::with_content([]);
    let request = json!({"model": "codestral", "prompt": "fn f() {", "suffix": "}"}).to_string();
    let call = harness
        .telemetry
        .record("https://api.mistral.ai/v1/fim/completions", request);
    let answer = json!({"choices": [{"message": {"content": "1"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 8, "completion_tokens": 1}});
    call.response(answer.to_string());
    let span = harness.span();
    assert_eq!(span.name, "text_completion codestral");
    assert!(has(&span, "gen_ai.input.messages").contains("fn f() {"));
    assert!(has(&span, "gen_ai.output.messages").contains("\"content\":\"1\""));
    assert_eq!(has(&span, "gen_ai.usage.output_tokens"), "1");
}
