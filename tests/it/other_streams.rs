//! The nine cases of every stream that is neither chat, responses nor messages:
//! whole, in pieces, cut off, an error in it, a refusal, tool calls, details of
//! usage, content off, bytes that nobody can read.

use super::support::harness::{Harness, attribute};
use bytes::Bytes;
use http::{HeaderMap, Request};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

/// A stream, and what is known when all of it has come.
struct Stream {
    url: &'static str,
    request: Value,
    events: Vec<(&'static str, Value)>,
    /// How it ends, besides.
    end: &'static str,
    facts: &'static [(&'static str, &'static str)],
    said: Option<&'static str>,
}

fn completions() -> Stream {
    let event = |text: &str, finish: Option<&str>| {
        json!({"id": "cmpl-1", "model": "gpt-i-1", "choices": [
            {"index": 0, "text": text, "finish_reason": finish}]})
    };
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 4}}});
    Stream {
        url: "https://api.openai.com/v1/completions",
        request: json!({"model": "gpt-i", "prompt": "Greet!", "stream": true}),
        events: vec![
            ("", event("Hel", None)),
            ("", event("lo.", Some("stop"))),
            ("", usage),
        ],
        end: "data: [DONE]\n\n",
        facts: &[
            ("gen_ai.operation.name", "text_completion"),
            ("gen_ai.response.id", "cmpl-1"),
            ("gen_ai.response.finish_reasons", "[\"stop\"]"),
            ("gen_ai.usage.input_tokens", "9"),
            ("gen_ai.usage.cache_read.input_tokens", "4"),
        ],
        said: Some("Hello."),
    }
}

fn complete() -> Stream {
    let event = |text: &str, stop: Option<&str>| {
        json!({"type": "completion", "id": "compl_1", "model": "claude-2.1", "completion": text,
            "stop_reason": stop})
    };
    Stream {
        url: "https://api.anthropic.com/v1/complete",
        request: json!({"model": "claude-2.1", "prompt": "Greet!", "stream": true,
            "max_tokens_to_sample": 5}),
        events: vec![
            ("completion", event("Hel", None)),
            ("ping", json!({"type": "ping"})),
            ("completion", event("lo.", None)),
            ("completion", event("", Some("stop_sequence"))),
        ],
        end: "",
        facts: &[
            ("gen_ai.operation.name", "text_completion"),
            ("gen_ai.response.id", "compl_1"),
            ("gen_ai.response.finish_reasons", "[\"stop_sequence\"]"),
            ("gen_ai.request.max_tokens", "5"),
        ],
        said: Some("Hello."),
    }
}

fn run() -> Stream {
    let run = |status: &str| {
        json!({"id": "run_1", "object": "thread.run", "model": "gpt-4o", "status": status,
            "usage": null, "required_action": null, "last_error": null})
    };
    let mut done = run("completed");
    done["usage"] = json!({"prompt_tokens": 9, "completion_tokens": 2,
        "prompt_token_details": {"cached_tokens": 4}});
    let mut step = run("completed");
    step["object"] = json!("thread.run.step");
    step["id"] = json!("step_1");
    step["usage"] = json!({"prompt_tokens": 9, "completion_tokens": 2});
    let piece = |text: &str| {
        json!({"id": "msg_1", "object": "thread.message.delta", "delta": {"content": [
            {"index": 0, "type": "text", "text": {"value": text}}]}})
    };
    let whole = json!({"id": "msg_1", "object": "thread.message", "content": [
        {"type": "text", "text": {"value": "Hello."}}]});
    Stream {
        url: "https://api.openai.com/v1/threads/thread_1/runs",
        request: json!({"assistant_id": "asst_1", "stream": true,
            "additional_messages": [{"role": "user", "content": "Greet!"}]}),
        events: vec![
            ("thread.run.created", run("queued")),
            ("thread.run.in_progress", run("in_progress")),
            ("thread.message.delta", piece("Hel")),
            ("thread.message.delta", piece("lo.")),
            ("thread.message.completed", whole),
            ("thread.run.step.completed", step),
            ("thread.run.completed", done),
        ],
        end: "event: done\ndata: [DONE]\n\n",
        facts: &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.response.id", "run_1"),
            ("gen_ai.response.model", "gpt-4o"),
            ("gen_ai.response.finish_reasons", "[\"completed\"]"),
            ("gen_ai.usage.input_tokens", "9"),
            ("gen_ai.usage.cache_read.input_tokens", "4"),
        ],
        said: Some("Hello."),
    }
}

fn image() -> Stream {
    let partial = json!({"type": "image_generation.partial_image", "b64_json": "QUJD",
        "partial_image_index": 0});
    let whole = json!({"type": "image_generation.completed", "b64_json": "QUJD",
        "usage": {"input_tokens": 9, "output_tokens": 2, "output_tokens_details": {"image_tokens": 2}}});
    Stream {
        url: "https://api.openai.com/v1/images/generations",
        request: json!({"model": "gpt-image-1", "prompt": "A dog.", "stream": true,
            "partial_images": 1}),
        events: vec![
            ("image_generation.partial_image", partial),
            ("image_generation.completed", whole),
        ],
        end: "",
        facts: &[
            ("gen_ai.operation.name", "generate_image"),
            ("gen_ai.usage.output_tokens", "2"),
            ("turnspan.usage.image.output_tokens", "2"),
        ],
        said: None,
    }
}

fn speech() -> Stream {
    let usage = json!({"input_tokens": 9, "output_tokens": 2});
    Stream {
        url: "https://api.openai.com/v1/audio/speech",
        request: json!({"model": "gpt-tts", "input": "Hello.", "voice": "alloy",
            "stream_format": "sse"}),
        events: vec![
            ("", json!({"type": "speech.audio.delta", "audio": "QUJD"})),
            ("", json!({"type": "speech.audio.done", "usage": usage})),
        ],
        end: "data: [DONE]\n\n",
        facts: &[
            ("gen_ai.operation.name", "synthesize_speech"),
            ("gen_ai.output.type", "speech"),
            ("gen_ai.usage.input_tokens", "9"),
        ],
        said: None,
    }
}

fn transcript() -> Stream {
    let usage = json!({"type": "tokens", "input_tokens": 9, "output_tokens": 2,
        "input_token_details": {"audio_tokens": 9}});
    Stream {
        url: "https://api.openai.com/v1/audio/transcriptions",
        request: json!({"model": "gpt-transcribe", "stream": true}),
        events: vec![
            ("", json!({"type": "transcript.text.delta", "delta": "Hel"})),
            (
                "",
                json!({"type": "transcript.text.segment", "text": "Hello."}),
            ),
            ("", json!({"type": "transcript.text.delta", "delta": "lo."})),
            (
                "",
                json!({"type": "transcript.text.done", "text": "Hello.", "usage": usage}),
            ),
        ],
        end: "data: [DONE]\n\n",
        facts: &[
            ("gen_ai.operation.name", "transcribe_audio"),
            ("gen_ai.usage.input_tokens", "9"),
            ("turnspan.usage.audio.input_tokens", "9"),
        ],
        said: Some("Hello."),
    }
}

fn all() -> [Stream; 6] {
    [
        completions(),
        complete(),
        run(),
        image(),
        speech(),
        transcript(),
    ]
}

impl Stream {
    fn frame((name, data): &(&'static str, Value)) -> String {
        match *name {
            "" => format!("data: {data}\n\n"),
            name => format!("event: {name}\ndata: {data}\n\n"),
        }
    }

    fn text(&self) -> String {
        self.events.iter().map(Self::frame).collect::<String>() + self.end
    }

    fn request(&self) -> Request<Bytes> {
        let body = self.request.to_string();
        Request::post(self.url).body(body.into()).unwrap()
    }

    /// A run has a model, and who asks for it does not say which.
    fn lawful(&self, harness: Harness) -> Harness {
        if self.request["model"].is_null() {
            harness.lawless()
        } else {
            harness
        }
    }

    fn harness(&self) -> Harness {
        self.lawful(Harness::with_content([]))
    }

    fn harness_without_content(&self) -> Harness {
        self.lawful(Harness::start([]))
    }

    fn told(&self, harness: &Harness, text: &str, pieces: usize) -> SpanData {
        let mut call = harness.telemetry.record_request(&self.request());
        let mut head = HeaderMap::new();
        head.insert("content-type", "text/event-stream".parse().unwrap());
        call.head(200, &head);
        for piece in text.as_bytes().chunks(pieces) {
            call.chunk(piece.to_vec());
        }
        call.finish();
        harness.span()
    }

    fn assert_all(&self, span: &SpanData) {
        let has = |key: &str| attribute(&span.attributes, key);
        for (key, value) in self.facts {
            assert_eq!(has(key).as_deref(), Some(*value), "{key} of {}", span.name);
        }
        assert_eq!(has("turnspan.outcome").as_deref(), Some("completed"));
        let output = has("gen_ai.output.messages").map(|it| serde_json::from_str(&it).unwrap());
        let said = output.map(|it: Value| it[0]["parts"][0]["content"].clone());
        assert_eq!(said, self.said.map(|it| json!(it)), "{}", span.name);
    }
}

fn outcome(span: &SpanData) -> String {
    attribute(&span.attributes, "turnspan.outcome").unwrap()
}

#[test]
fn whole_and_in_pieces_a_stream_says_the_same() {
    for stream in all() {
        for pieces in [1 << 20, 1, 7] {
            let harness = stream.harness();
            stream.assert_all(&stream.told(&harness, &stream.text(), pieces));
            assert_eq!(harness.telemetry.stats().faults.values().sum::<u64>(), 0);
        }
    }
}

#[test]
fn a_stream_that_is_cut_off_is_no_answer() {
    for stream in all() {
        let harness = stream.harness();
        let begun = Stream::frame(&stream.events[0]);
        let span = stream.told(&harness, &begun, 100);
        assert_eq!(outcome(&span), "transport_error", "{}", span.name);
    }
}

#[test]
fn an_error_in_a_stream_is_its_end() {
    for stream in all() {
        let error = json!({"type": "error", "error": {"type": "server_error", "message": "No."}});
        let text = Stream::frame(&stream.events[0]) + &format!("event: error\ndata: {error}\n\n");
        let harness = stream.harness();
        let span = stream.told(&harness, &text, 100);
        assert_eq!(outcome(&span), "provider_error", "{}", span.name);
        let kind = attribute(&span.attributes, "error.type");
        assert_eq!(kind.as_deref(), Some("server_error"), "{}", span.name);
    }
}

#[test]
fn a_refusal_has_its_status_and_what_the_provider_says() {
    for stream in all() {
        let harness = stream.harness();
        let call = harness.telemetry.record_request(&stream.request());
        call.refused(
            429,
            r#"{"error": {"type": "rate_limit_error", "message": "Slow down."}}"#,
        );
        let span = harness.span();
        let kind = attribute(&span.attributes, "error.type");
        assert_eq!(kind.as_deref(), Some("429"));
        assert!(format!("{:?}", span.status).contains("Slow down."));
    }
}

#[test]
fn a_run_that_asks_for_tools_says_which() {
    let mut stream = run();
    let action = json!({"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"q\":1}"}}]}});
    let mut asks = stream.events[0].1.clone();
    asks["status"] = json!("requires_action");
    asks["required_action"] = action;
    stream.events.truncate(2);
    stream.events.push(("thread.run.requires_action", asks));
    let harness = stream.harness();
    let span = stream.told(&harness, &stream.text(), 7);
    let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
    let output: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        output,
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "tool_call", "id": "call_1", "name": "f", "arguments": {"q": 1}}]}])
    );
    assert_eq!(outcome(&span), "completed");
    let url = "https://api.openai.com/v1/threads/thread_1/runs/run_1/submit_tool_outputs";
    let request = json!({"tool_outputs": [{"tool_call_id": "call_1", "output": "7"}]});
    let answers = Stream {
        url,
        request,
        ..run()
    };
    let harness = answers.harness();
    let span = answers.told(&harness, &answers.text(), 100);
    let ids = attribute(&span.attributes, "tes.tool.answered_ids");
    assert_eq!(ids.as_deref(), Some("[\"call_1\"]"));
    let input = attribute(&span.attributes, "gen_ai.input.messages").unwrap();
    assert!(input.contains(r#""response":7"#), "{input}");
}

#[test]
fn a_run_that_fails_says_why() {
    let mut stream = run();
    let (_, last) = stream.events.last_mut().unwrap();
    last["status"] = json!("failed");
    last["last_error"] = json!({"code": "server_error", "message": "No."});
    let harness = stream.harness();
    let span = stream.told(&harness, &stream.text(), 100);
    assert_eq!(outcome(&span), "provider_error");
    let kind = attribute(&span.attributes, "error.type");
    assert_eq!(kind.as_deref(), Some("server_error"));
}

#[test]
fn without_content_the_facts_are_the_same() {
    for stream in all() {
        let harness = stream.harness_without_content();
        let span = stream.told(&harness, &stream.text(), 100);
        for (key, value) in stream.facts {
            let found = attribute(&span.attributes, key);
            assert_eq!(found.as_deref(), Some(*value), "{key} of {}", span.name);
        }
        let all = format!("{span:?}");
        assert!(!all.contains("Hello.") && !all.contains("Greet!"), "{all}");
    }
}

#[test]
fn events_that_nobody_can_read_cost_themselves_alone() {
    for stream in all() {
        let harness = stream.harness();
        let noise = "data: {\"type\": \n\ndata: \u{0}\n\ndata: [1]\n\n: ping\n\n";
        let span = stream.told(&harness, &format!("{noise}{}", stream.text()), 11);
        stream.assert_all(&span);
        assert_eq!(harness.telemetry.stats().faults.values().sum::<u64>(), 3);
    }
}
