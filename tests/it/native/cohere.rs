//! Cohere: events of the second version, lines of the first.

use super::super::support::harness::Harness;
use super::{Failing, Native, answer, event, has, is_seen, line};
use serde_json::{Value, json};

fn refusal() -> (u16, Value, &'static str) {
    (
        404,
        json!({"id": "7", "message": "model 'x' not found"}),
        "model 'x' not found",
    )
}

const CHAT_FACTS: &[(&str, &str)] = &[
    ("gen_ai.operation.name", "chat"),
    ("gen_ai.provider.name", "cohere"),
    ("gen_ai.request.model", "command-a"),
    ("gen_ai.response.id", "7"),
    ("gen_ai.response.finish_reasons", "[\"TOOL_CALL\"]"),
    ("gen_ai.usage.input_tokens", "1689"),
    ("gen_ai.usage.output_tokens", "24"),
    ("gen_ai.usage.cache_read.input_tokens", "1568"),
    ("gen_ai.usage.reasoning.output_tokens", "9"),
    ("turnspan.usage.billed.input_tokens", "129"),
    ("turnspan.usage.billed.output_tokens", "12"),
];

#[expect(clippy::too_many_lines, reason = "it is one table")]
fn chat() -> Native {
    let usage = json!({"billed_units": {"input_tokens": 129, "output_tokens": 12},
        "tokens": {"input_tokens": 1689, "output_tokens": 24, "reasoning_tokens": 9},
        "cached_tokens": 1568});
    let call = |id: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}});
    let citation = json!({"start": 0, "end": 3, "text": "One", "sources": []});
    let delta = |kind: &str, index: usize, message: Value| {
        event(&json!({"type": kind, "index": index, "delta": {"message": message}}))
    };
    Native {
        url: "https://api.cohere.com/v2/chat",
        request: json!({"model": "command-a", "messages": [{"role": "user", "content": "Hello!"}]}),
        streaming: [json!({"stream": true}), json!({})],
        content_type: "text/event-stream",
        whole: json!({"id": "7", "finish_reason": "TOOL_CALL", "usage": usage, "message": {
            "role": "assistant", "tool_plan": "I will. ",
            "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "One moment."}],
            "citations": [citation],
            "tool_calls": [call("a", "{\"q\":1}"), call("b", "{}")]}}),
        frames: vec![
            event(
                &json!({"type": "message-start", "id": "7", "delta": {"message": {
                "role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}}}),
            ),
            delta("tool-plan-delta", 0, json!({"tool_plan": "I will. "})),
            delta("content-delta", 0, json!({"content": {"thinking": "Hm."}})),
            delta(
                "content-start",
                1,
                json!({"content": {"type": "text", "text": ""}}),
            ),
            delta("content-delta", 1, json!({"content": {"text": "One"}})),
            delta("citation-start", 0, json!({"citations": citation})),
            delta("content-delta", 1, json!({"content": {"text": " moment."}})),
            event(&json!({"type": "content-end", "index": 1})),
            delta("tool-call-start", 0, json!({"tool_calls": call("a", "")})),
            delta(
                "tool-call-delta",
                0,
                json!({"tool_calls": {"function": {"arguments": "{\"q\""}}}),
            ),
            delta(
                "tool-call-delta",
                0,
                json!({"tool_calls": {"function": {"arguments": ":1}"}}}),
            ),
            delta("tool-call-start", 1, json!({"tool_calls": call("b", "{}")})),
            event(
                &json!({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": usage}}),
            ),
            "data: [DONE]\n\n".to_owned(),
        ],
        facts: CHAT_FACTS,
        output: answer(
            "tool_call",
            &json!([
                {"type": "reasoning", "content": "I will. Hm."},
                {"type": "text", "content": "One moment.", "citations": [citation]},
                {"type": "tool_call", "id": "a", "name": "f", "arguments": {"q": 1}},
                {"type": "tool_call", "id": "b", "name": "f", "arguments": {}},
            ]),
        ),
        failing: Failing {
            frame: Some((
                event(
                    &json!({"type": "message-end", "delta": {"finish_reason": "ERROR",
                    "usage": {}, "error": "no such tool", "error_type": "INVALID_TOOL_GENERATION"}}),
                ),
                "INVALID_TOOL_GENERATION",
                "no such tool",
            )),
            refusal: refusal(),
        },
    }
}

fn chat_of_the_first_version() -> Native {
    let answered = json!({"response_id": "8", "generation_id": "7", "text": "One moment.",
        "finish_reason": "COMPLETE", "tool_calls": [{"name": "f", "parameters": {"q": 1}}],
        "meta": {"billed_units": {"input_tokens": 5, "output_tokens": 3}}});
    let says = |kind: &str, text: &str| {
        line(&json!({"is_finished": false, "event_type": kind, "text": text}))
    };
    Native {
        url: "https://api.cohere.ai/v1/chat",
        request: json!({"model": "command-r", "message": "Hello!"}),
        content_type: "application/stream+json",
        whole: answered.clone(),
        frames: vec![
            line(
                &json!({"is_finished": false, "event_type": "stream-start", "generation_id": "7"}),
            ),
            says("text-generation", "One"),
            says("text-generation", " moment."),
            line(
                &json!({"event_type": "tool-calls-generation", "text": "I will.",
                "tool_calls": [{"name": "f", "parameters": {"q": 1}}]}),
            ),
            line(&json!({"is_finished": true, "event_type": "stream-end",
                "finish_reason": "COMPLETE", "response": answered})),
        ],
        facts: &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "cohere"),
            ("gen_ai.request.model", "command-r"),
            ("gen_ai.response.id", "7"),
            ("gen_ai.response.finish_reasons", "[\"COMPLETE\"]"),
            ("gen_ai.usage.input_tokens", "5"),
            ("gen_ai.usage.output_tokens", "3"),
            ("turnspan.usage.billed.input_tokens", "5"),
        ],
        output: answer(
            "tool_call",
            &json!([
                {"type": "text", "content": "One moment."},
                {"type": "tool_call", "name": "f", "arguments": {"q": 1}},
            ]),
        ),
        failing: Failing {
            frame: Some((
                line(&json!({"is_finished": true, "event_type": "stream-end",
                    "finish_reason": "ERROR", "error": "too busy"})),
                "_OTHER",
                "too busy",
            )),
            refusal: refusal(),
        },
        ..chat()
    }
}

fn completion_of_the_first_version() -> Native {
    let answered = json!({"id": "7", "generations": [{"id": "8", "text": "One moment.",
        "finish_reason": "MAX_TOKENS"}], "prompt": "Hello!",
        "meta": {"billed_units": {"input_tokens": 5, "output_tokens": 3}}});
    let says = |text: &str| {
        line(&json!({"text": text, "is_finished": false, "event_type": "text-generation"}))
    };
    Native {
        url: "https://api.cohere.ai/v1/generate",
        request: json!({"model": "command-r", "prompt": "Hello!"}),
        whole: answered.clone(),
        frames: vec![
            says("One"),
            says(" moment."),
            line(&json!({"is_finished": true, "event_type": "stream-end",
                "finish_reason": "MAX_TOKENS", "response": answered})),
        ],
        facts: &[
            ("gen_ai.operation.name", "text_completion"),
            ("gen_ai.response.id", "7"),
            ("gen_ai.response.finish_reasons", "[\"MAX_TOKENS\"]"),
            ("gen_ai.usage.input_tokens", "5"),
            ("gen_ai.usage.output_tokens", "3"),
        ],
        output: answer(
            "length",
            &json!([{"type": "text", "content": "One moment."}]),
        ),
        ..chat_of_the_first_version()
    }
}

#[test]
fn a_chat_is_read_in_every_way_in_which_it_may_come() {
    chat().holds(8);
}

#[test]
fn a_chat_of_the_first_version_is_read_in_every_way_in_which_it_may_come() {
    chat_of_the_first_version().holds(3);
}

#[test]
fn a_completion_of_the_first_version_is_read_in_every_way_in_which_it_may_come() {
    completion_of_the_first_version().holds(2);
}

#[test]
fn an_answer_that_ends_with_an_error_is_one() {
    for (reason, kind) in [("ERROR", "_OTHER"), ("TIMEOUT", "TIMEOUT")] {
        let harness = Harness::start([]);
        let call = harness.telemetry.record(chat().url, chat().request(false));
        let answer = json!({"id": "7", "message": {"content": []}, "finish_reason": reason});
        call.response(answer.to_string());
        let span = harness.span();
        assert_eq!(has(&span, "turnspan.outcome"), "provider_error");
        assert_eq!(has(&span, "error.type"), kind);
    }
}

#[test]
fn embeddings_and_scores_have_what_cohere_counts() {
    let harness = Harness::start([]);
    let record = |url: &str, request: Value, answer: Value| {
        let call = harness.telemetry.record(url, request.to_string());
        call.response(answer.to_string());
    };
    record(
        "https://api.cohere.com/v2/embed",
        json!({"model": "embed-v4", "texts": ["a"], "embedding_types": ["int8"], "output_dimension": 64}),
        json!({"id": "7", "embeddings": {"int8": [[1, 2]]}, "meta": {"billed_units": {"input_tokens": 4}}}),
    );
    record(
        "http://localhost:8080/v1/rerank",
        json!({"model": "rerank-v3", "query": "q", "documents": ["a"], "top_n": 1}),
        json!({"id": "7", "results": [], "meta": {"billed_units": {"search_units": 1}}}),
    );
    record(
        "https://api.voyageai.com/v1/rerank",
        json!({"model": "rerank-2", "query": "q", "documents": ["a"], "top_k": 1}),
        json!({"data": [], "model": "rerank-2.1", "usage": {"total_tokens": 57}}),
    );
    let [embeddings, cohere, voyage] = harness.spans().try_into().unwrap();
    for (span, key, value) in [
        (&embeddings, "gen_ai.operation.name", "embeddings"),
        (&embeddings, "gen_ai.request.encoding_formats", "[\"int8\"]"),
        (&embeddings, "gen_ai.embeddings.dimension.count", "64"),
        (&embeddings, "gen_ai.response.id", "7"),
        (&embeddings, "gen_ai.usage.input_tokens", "4"),
        (&cohere, "gen_ai.operation.name", "rerank_documents"),
        (&cohere, "gen_ai.retrieval.top_k", "1"),
        (&cohere, "gen_ai.usage.input_tokens", ""),
        (&cohere, "turnspan.usage.billed.search_units", "1"),
        (&voyage, "gen_ai.provider.name", "voyage_ai"),
        (&voyage, "gen_ai.response.model", "rerank-2.1"),
        (&voyage, "gen_ai.usage.input_tokens", ""),
        (&voyage, "turnspan.usage.total_tokens", "57"),
    ] {
        assert_eq!(has(span, key), value, "{key}");
    }
}

#[test]
fn its_words_are_its_own_at_its_hosts_alone() {
    let rerank = json!({"query": "q", "documents": ["a"]});
    for (url, request, expected) in [
        (
            "https://api.cohere.com/v1/tokenize",
            json!({"text": "a"}),
            true,
        ),
        (
            "https://shop.example/v1/tokenize",
            json!({"text": "a"}),
            false,
        ),
        (
            "https://api.openai.com/v2/chat",
            json!({"messages": []}),
            false,
        ),
        (
            "https://shop.example/v2/chat",
            json!({"messages": []}),
            false,
        ),
        ("https://shop.example/rerank", rerank, true),
        ("https://shop.example/rerank", json!({"query": "q"}), false),
    ] {
        assert_eq!(is_seen(url, &request), expected, "{url} {request}");
    }
}
