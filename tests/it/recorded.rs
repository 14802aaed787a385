//! Recorded traffic of providers, which lies beside the project and is no part
//! of it: what is true of each exchange is on its span.

use super::support::beside;
use super::support::harness::{Harness, attribute};
use super::support::in_process;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::{HeaderMap, HeaderName};
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of the records: `TURNSPAN_EXCHANGES`, or where it lies beside the
/// project.
fn folder() -> Option<PathBuf> {
    beside::folder("TURNSPAN_EXCHANGES", "provider-wire")
}

/// What is held here, as `provider/operation` or the beginning of one.
const HELD: &[&str] = &[
    "anthropic",
    "cohere",
    "gemini",
    "huggingface",
    "llamacpp",
    "mistral",
    "ollama",
    "openai",
    "replicate",
    "vertex",
    "voyage",
    "watsonx",
    "writer",
    "*/audio_speech",
    "*/audio_transcriptions",
    "*/batches",
    "*/chat",
    "*/completions",
    "*/embeddings",
    "*/files",
    "*/images_edits",
    "*/images_generations",
    "*/messages",
    "*/models",
    "*/ocr",
    "*/rerank",
    "*/responses",
    "*/videos",
];

/// Parts of the URLs of formats that nothing here reads.
const UNREAD: &[&str] = &[];

/// Exchanges of whose truth a part is debatable: which, and why.
const DEBATABLE: &[(&str, &str, &str)] = &[
    (
        "mistral/audio_transcriptions/",
        "gen_ai.usage.cache_read",
        "prompt_tokens_details has cached_tokens",
    ),
    (
        "openai/runs_",
        "gen_ai.usage.cache_read",
        "prompt_token_details has cached_tokens",
    ),
    (
        "writer/chat/",
        "gen_ai.usage.",
        "prompt_token_details has cached_tokens, completion_token_details reasoning_tokens",
    ),
    (
        "cohere/chat_v2/",
        "gen_ai.usage.reasoning",
        "tokens has reasoning_tokens",
    ),
    (
        "huggingface/inference_task/",
        "text",
        "a chat at the path of a task says something",
    ),
    (
        "huggingface/tgi_generate_stream/",
        "text",
        "a chat at the path of a task says something",
    ),
    (
        "huggingface/tgi_generate_stream/",
        "gen_ai.response.model",
        "a chat at the path of a task names its model",
    ),
    (
        "watsonx/text_generation_stream/",
        "gen_ai.request.model",
        "the request has model_id",
    ),
    (
        "hyperbolic/images_generations/",
        "turnspan.response.item_count",
        "its images are no data",
    ),
];

/// The exchanges that are held and have a request, by file.
fn exchanges(folder: &Path) -> BTreeMap<String, Value> {
    let below = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let operations = below(folder)
        .into_iter()
        .flat_map(|provider| below(&provider));
    let files = operations.flat_map(|operation| below(&operation));
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    let files = files.map(|path| (name(&path), path));
    let held = files.filter(|(name, _)| HELD.iter().any(|row| is_of(row, name)));
    let read = |(name, path): (String, PathBuf)| {
        let exchange: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let url = exchange["request"]["url"].as_str()?;
        let is_read = !UNREAD.iter().any(|part| url.contains(part));
        is_read.then_some((name, exchange))
    };
    held.filter_map(read).collect()
}

/// Whether a row means that file; `*` is any provider.
fn is_of(row: &str, name: &str) -> bool {
    let (provider, operation) = name.split_once('/').unwrap();
    match row.split_once('/') {
        Some(("*", of_any)) => operation.split('/').next() == Some(of_any),
        Some((of, one)) => of == provider && operation.split('/').next() == Some(one),
        None => row == provider,
    }
}

/// A body as it was on the wire.
fn body(body: &Value) -> Vec<u8> {
    let only = body.as_object().filter(|fields| fields.len() == 1);
    match only.and_then(|fields| fields.iter().next()) {
        Some((key, Value::String(text))) if key == "text" => text.clone().into_bytes(),
        Some((key, Value::String(text))) if key == "base64" => {
            BASE64_STANDARD.decode(text).unwrap()
        }
        Some((key, json)) if key == "json" => json.to_string().into_bytes(),
        _ => body.to_string().into_bytes(),
    }
}

fn replay(exchange: &Value, pieces: usize) -> Option<SpanData> {
    // A request need not name its model.
    let harness = Harness::with_content([]).lawless();
    let (request, answer) = (&exchange["request"], &exchange["response"]);
    let url = request["url"].as_str().unwrap();
    let mut sent = http::Request::builder()
        .method(request["method"].as_str().unwrap())
        .uri(url.replace(['<', '>'], ""));
    for (name, value) in headers(&request["headers"]) {
        sent = sent.header(name, value);
    }
    let sent = sent.body(body(&request["body"]).into()).unwrap();
    let mut call = harness.telemetry.record_request(&sent);
    let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
    let mut head = HeaderMap::new();
    for (name, value) in headers(&answer["headers"]) {
        head.insert(
            HeaderName::try_from(name).unwrap(),
            value.try_into().unwrap(),
        );
    }
    call.head(status, &head);
    for piece in body(&answer["body"]).chunks(pieces) {
        call.chunk(piece.to_vec());
    }
    call.finish();
    harness.spans().into_iter().next()
}

/// Those that were kept, in which what is no text was taken out.
fn headers(headers: &Value) -> Vec<(String, String)> {
    let headers = headers.as_object().into_iter().flatten();
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    headers.filter_map(text).collect()
}

/// Where each fact stands on a span, by the names that the truth has for it.
const FACTS: &[(&str, &[&str])] = &[
    ("gen_ai.request.model", &["request_model", "deployment"]),
    ("gen_ai.response.id", &["response_id"]),
    ("gen_ai.response.model", &["response_model"]),
    (
        "gen_ai.usage.input_tokens",
        &["input_tokens_incl_cache_derived", "input_tokens"],
    ),
    (
        "gen_ai.usage.cache_read.input_tokens",
        &["cached_input_tokens"],
    ),
    (
        "gen_ai.usage.cache_creation.input_tokens",
        &["cache_write_tokens"],
    ),
    (
        "gen_ai.usage.reasoning.output_tokens",
        &["reasoning_tokens"],
    ),
    (
        "turnspan.response.item_count",
        &[
            "list_count",
            "embedding_count",
            "image_count",
            "result_count",
        ],
    ),
    (
        "turnspan.usage.billed.input_tokens",
        &["billed_input_tokens"],
    ),
    (
        "turnspan.usage.billed.output_tokens",
        &["billed_output_tokens"],
    ),
    (
        "turnspan.usage.billed.search_units",
        &["billed_search_units"],
    ),
    ("turnspan.usage.pages", &["pages_processed"]),
    (
        "turnspan.usage.seconds",
        &["usage_seconds", "usage_prompt_audio_seconds"],
    ),
    ("turnspan.usage.text.input_tokens", &["text_input_tokens"]),
    ("turnspan.usage.image.input_tokens", &["image_input_tokens"]),
    ("turnspan.usage.audio.input_tokens", &["audio_input_tokens"]),
    (
        "turnspan.usage.image.output_tokens",
        &["image_output_tokens"],
    ),
    (
        "turnspan.usage.audio.output_tokens",
        &["audio_output_tokens"],
    ),
    ("turnspan.usage.video.input_tokens", &["video_input_tokens"]),
    (
        "turnspan.usage.document.input_tokens",
        &["document_input_tokens"],
    ),
    ("turnspan.response.block_reason", &["prompt_block_reason"]),
    (
        "turnspan.usage.tool_use.input_tokens",
        &["tool_use_prompt_tokens"],
    ),
    (
        "turnspan.usage.accepted_prediction_tokens",
        &["accepted_prediction_tokens"],
    ),
    (
        "turnspan.usage.rejected_prediction_tokens",
        &["rejected_prediction_tokens"],
    ),
];

/// Of these the truth may know less than the answer says.
const FREE: [&str; 2] = ["turnspan.response.item_count", "turnspan.usage."];

/// What the span says otherwise than is true.
fn wrong(span: &SpanData, truth: &Value) -> Vec<String> {
    let has = |key: &str| attribute(&span.attributes, key);
    let mut wrong = Vec::new();
    let mut hold = |key: &str, is: Option<String>| {
        // Parts that are none are not told.
        let is = is.filter(|is| !(key.starts_with("turnspan.usage.") && is == "0"));
        let is_free = is.is_none() && FREE.iter().any(|free| key.starts_with(free));
        if has(key) != is && !is_free {
            wrong.push(format!("{key}: {:?}, and {is:?} is true", has(key)));
        }
    };
    for (key, names) in FACTS {
        hold(key, names.iter().find_map(|name| text(&truth[*name])));
    }
    hold("gen_ai.usage.output_tokens", output_tokens(truth));
    if ["chat", "responses"].contains(&truth["operation"].as_str().unwrap_or_default()) {
        hold("openai.response.service_tier", text(&truth["service_tier"]));
    }
    if let Some(reasons) = truth["finish_reasons"].as_array() {
        // One that is empty is none.
        let is_said = |reason: &Value| reason.as_str().is_some_and(|it| !it.is_empty());
        let reasons = reasons.iter().map(named).filter(is_said);
        let reasons: Vec<_> = reasons.collect();
        let reasons = (!reasons.is_empty()).then(|| json!(reasons).to_string());
        hold("gen_ai.response.finish_reasons", reasons);
    }
    wrong.extend(wrong_content(span, truth));
    wrong.extend(wrong_message(span, truth));
    wrong.extend(wrong_durations(span, truth));
    if let Some(status) = truth["response_status"].as_str() {
        let said =
            has("turnspan.response.status").or_else(|| has("gen_ai.response.finish_reasons"));
        let is_incomplete = status == "incomplete";
        if !is_incomplete && said.as_ref().is_none_or(|said| !said.contains(status)) {
            wrong.push(format!("status: {said:?}, and {status} is true"));
        }
    }
    let is_error = truth["status"].as_u64() >= Some(400) || !truth["error"].is_null();
    if has("error.type").is_some() != is_error {
        wrong.push(format!("error: {:?}", has("error.type")));
    }
    wrong
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Enums may be numbers.
fn named(reason: &Value) -> Value {
    let names = ["0", "STOP", "MAX_TOKENS", "SAFETY"];
    let number = reason.as_u64().and_then(|it| usize::try_from(it).ok());
    number.map_or_else(|| reason.clone(), |number| json!(names[number]))
}

/// With those of reasoning, which some count apart, as their total tells.
fn output_tokens(truth: &Value) -> Option<String> {
    let count = |name: &str| truth[name].as_u64();
    let derived = count("output_tokens_incl_reasoning_derived").or_else(|| {
        let (input, output) = (count("input_tokens")?, count("output_tokens")?);
        let reasoning = count("reasoning_tokens").filter(|it| *it > 0)?;
        let tools = count("tool_use_prompt_tokens").unwrap_or_default();
        let is_apart = count("total_tokens") == Some(input + tools + output + reasoning);
        is_apart.then_some(output + reasoning)
    });
    derived
        .or_else(|| count("output_tokens"))
        .map(|count| count.to_string())
}

/// What Google said of an error is the status of the span.
fn wrong_message(span: &SpanData, truth: &Value) -> Option<String> {
    let is_google = ["gemini", "vertex"].contains(&truth["provider"].as_str()?);
    let is = truth["error"]["message"].as_str().filter(|_| is_google)?;
    let has = match &span.status {
        Status::Error { description } => description.to_string(),
        other => format!("{other:?}"),
    };
    (has != is).then(|| format!("error: {has:?}, and {is:?} is true"))
}

fn wrong_content(span: &SpanData, truth: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap_or_default();
    let output: Value = serde_json::from_str(&output).unwrap_or_default();
    let is: Vec<Value> = calls(&truth["tool_calls"], "arguments");
    let parts = |message: &Value| message["parts"].as_array().cloned().unwrap_or_default();
    let first = output.get(0).map(parts).unwrap_or_default();
    let said: Vec<_> = first
        .iter()
        .filter(|it| it["type"] == "tool_call")
        .cloned()
        .collect();
    let has_arguments = truth["streamed_function_call_arguments"] != true;
    let arguments = if has_arguments { "arguments" } else { "" };
    let said = calls(&Value::Array(said), arguments);
    if is != said {
        wrong.push(format!("tool calls: {said:?}, and {is:?} is true"));
    }
    let text = |parts: &[Value], kind: &str| -> String {
        let texts = parts.iter().filter(|it| it["type"] == kind);
        texts.filter_map(|it| it["content"].as_str()).collect()
    };
    let texts = text(&first, "text");
    let is = truth["assistant_text"].as_str();
    let is = is
        .or_else(|| truth["transcript"].as_str())
        .unwrap_or_default();
    // Others say what is no text as JSON.
    if texts != is && truth["assistant_content_json"].is_null() {
        wrong.push(format!("text: {texts:?}, and {is:?} is true"));
    }
    if let Some(is) = truth["assistant_texts"].as_array() {
        let messages = output.as_array().into_iter().flatten();
        let said: Vec<_> = messages.map(|it| text(&parts(it), "text")).collect();
        if json!(said) != json!(is) {
            wrong.push(format!("texts: {said:?}, and {is:?} is true"));
        }
    }
    for (kind, name) in [
        ("reasoning", "reasoning_text"),
        ("reasoning", "tool_plan"),
        ("refusal", "refusal"),
    ] {
        let said = text(&first, kind);
        if truth[name].as_str().is_some_and(|is| said != is) {
            wrong.push(format!("{kind}: {said:?}, and {:?} is true", truth[name]));
        }
    }
    wrong
}

/// Durations are told in nanoseconds, and stand on spans in seconds.
fn wrong_durations(span: &SpanData, truth: &Value) -> Vec<String> {
    let durations = [
        ("turnspan.server.duration", "total_duration_ns"),
        ("turnspan.server.load.duration", "load_duration_ns"),
        ("turnspan.server.prompt.duration", "prompt_eval_duration_ns"),
        ("turnspan.server.generation.duration", "eval_duration_ns"),
    ];
    let wrong = durations.into_iter().filter_map(|(key, name)| {
        let has = attribute(&span.attributes, key);
        let is = truth[name].as_u64();
        let is = is.map(|it| Duration::from_nanos(it).as_secs_f64().to_string());
        (has != is).then(|| format!("{key}: {has:?}, and {is:?} is true"))
    });
    wrong.collect()
}

fn calls(list: &Value, arguments: &str) -> Vec<Value> {
    let list = list.as_array().cloned().unwrap_or_default();
    // No arguments and an empty object mean the same.
    let said = |it: &Value| match &it[arguments] {
        Value::Null => json!({}),
        said => said.clone(),
    };
    let call = |it: &Value| json!([it["id"], it["name"], said(it)]);
    list.iter().map(call).collect()
}

#[test]
fn of_recorded_traffic_everything_is_on_its_spans() {
    let Some(folder) = folder() else {
        return println!("skipped: there is no recorded traffic beside the project");
    };
    let exchanges = exchanges(&folder);
    let mut all = Vec::new();
    for (name, exchange) in &exchanges {
        let pieces = fastrand::Rng::with_seed(name.len() as u64).usize(1..200);
        let mut told: Vec<String> = match replay(exchange, pieces) {
            None => vec!["not seen".to_owned()],
            Some(span) => wrong(&span, &exchange["truth"]),
        };
        let debatable = |it: &String| {
            let mut rows = DEBATABLE.iter();
            rows.any(|(of, key, _)| name.starts_with(of) && it.starts_with(key))
        };
        told.retain(|it| !debatable(it));
        told.sort_unstable();
        all.extend(told.iter().map(|it| format!("{name}: {it}")));
    }
    println!("{} exchanges", exchanges.len());
    assert!(all.is_empty(), "{} wrong: {all:#?}", all.len());
}

/// Whoever tells of a call means one; a client that is wrapped may ask anybody.
#[tokio::test]
async fn of_recorded_traffic_a_wrapped_client_shows_the_same_calls() {
    let Some(folder) = folder() else {
        return println!("skipped: there is no recorded traffic beside the project");
    };
    let mut unseen = Vec::new();
    for (name, exchange) in exchanges(&folder) {
        let harness = Harness::start([]).lawless();
        let told = &exchange["request"];
        let url = told["url"].as_str().unwrap().replace(['<', '>'], "");
        let method = told["method"].as_str().unwrap().parse().unwrap();
        let mut request = harness.http.request(method, url);
        for (name, value) in headers(&told["headers"]) {
            request = request.header(name, value);
        }
        let request = request.body(body(&told["body"])).build().unwrap();
        let answer = http::Response::new(body(&exchange["response"]["body"]).into());
        drop(in_process::exchanged(&harness, request, answer).await);
        if harness.spans().len() != 1 {
            unseen.push(name);
        }
    }
    assert!(unseen.is_empty(), "{} not seen: {unseen:#?}", unseen.len());
}
