//! Situations that people reported in public of the field's servers and clients,
//! which lie beside the project and are no part of it: each comes out right,
//! through every seam that can send it.

use super::support::beside;
use super::support::harness::{Harness, PATIENCE, tes_at};
use super::support::provider::Reply;
use super::support::tes_receiver::TesReceiver;
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, HeaderName};
use opentelemetry::trace::{
    FutureExt as _, SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId,
};
use opentelemetry::{Array, Context, KeyValue, Value as OtelValue};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use turnspan::{CaptureMode, Conversation, TurnGrouping, normalize_response};

/// The folder of the situations: `TURNSPAN_REPORTS`, or where it lies beside
/// the project.
fn folder() -> Option<PathBuf> {
    beside::folder("TURNSPAN_REPORTS", "reports")
}

/// One situation, with what was said in it.
struct Case {
    folder: PathBuf,
    told: Value,
}

/// How a call is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seam {
    Send,
    AsyncOpenai,
    Recorder,
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let told = json_of(&folder.join("case.json"));
        Self { folder, told }
    }

    fn calls(&self) -> Vec<Call<'_>> {
        let calls = self.told["calls"].as_array().unwrap();
        calls.iter().map(|told| Call { case: self, told }).collect()
    }

    /// What is told where it needs a client of its own, else the others.
    fn seams(&self) -> &'static [Seam] {
        let of_a_client = self.calls().iter().any(|call| !call.told["seam"].is_null());
        if of_a_client {
            &[Seam::AsyncOpenai]
        } else {
            &[Seam::Send, Seam::Recorder]
        }
    }

    /// What comes of it: spans, events of TES, an answer in one shape.
    fn outcome(&self, seam: Seam) -> Value {
        let tes = TesReceiver::start();
        let mut settings = tes_at(&tes.url(), "tes_sesame");
        if self.told["turn_grouping"] == true {
            settings = settings.turn_grouping(TurnGrouping::Turn);
        }
        let mode = match self.told["capture"].as_bool() {
            Some(false) => CaptureMode::NoContent,
            _ => CaptureMode::SpanOnly,
        };
        let harness = Harness::with([], |builder| {
            builder.capture(mode).identity_on_spans(true).tes(settings)
        });
        let harness = harness.lawless();
        // Clients read on in tasks of their own, which end with their runtime.
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            for call in self.calls() {
                call.make(&harness, seam).await;
            }
        });
        runtime.shutdown_timeout(PATIENCE);
        let spans = harness.spans();
        if self.told["shutdown"] == true {
            harness.telemetry.shutdown(PATIENCE).unwrap();
        }
        let normalized = self.told["normalize"].as_str().map(|file| {
            let answer = normalize_response(&json_of(&self.folder.join(file)));
            let calls = answer.tool_calls.iter();
            json!({
                "usage": {
                    "input_tokens": answer.usage.input_tokens,
                    "cache_read_input_tokens": answer.usage.cache_read_input_tokens,
                },
                "tool_calls": calls.map(|it| json!({"tool": it.tool})).collect::<Vec<_>>(),
            })
        });
        json!({
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
            "tes": tes.accepted(),
            "normalized": normalized,
        })
    }

    /// What is not as it should be.
    fn faults(&self, outcome: &Value) -> Vec<String> {
        let expected = json_of(&self.folder.join("expected.json"));
        let mut faults = Vec::new();
        for (pointer, right) in expected["equal"].as_object().into_iter().flatten() {
            let is = at(outcome, pointer);
            if is.as_ref() != Some(right) {
                faults.push(format!("{pointer} is {}, not {right}", or_nothing(is)));
            }
        }
        for pointer in texts(&expected["absent"]) {
            if let Some(is) = at(outcome, pointer).filter(|it| !it.is_null()) {
                faults.push(format!("{pointer} is {is}"));
            }
        }
        let all = outcome.to_string();
        faults.extend(
            texts(&expected["says"])
                .filter(|it| !all.contains(*it))
                .map(|it| format!("does not say {it}")),
        );
        faults.extend(
            texts(&expected["says_not"])
                .filter(|it| all.contains(*it))
                .map(|it| format!("says {it}")),
        );
        faults
    }
}

/// One call of a situation.
struct Call<'a> {
    case: &'a Case,
    told: &'a Value,
}

impl Call<'_> {
    async fn make(&self, harness: &Harness, seam: Seam) {
        let sent = async {
            match seam {
                Seam::Send => self.send(harness).await,
                Seam::AsyncOpenai => self.async_openai(harness).await,
                Seam::Recorder => self.record(harness),
            }
        };
        let parent = self.told["trace"].as_str().map(remote);
        let sent = sent.with_context(parent.unwrap_or_default());
        match self.told["conversation"].as_str() {
            Some(id) => Conversation::new(id).scope(sent).await,
            None => sent.await,
        }
    }

    fn request(&self) -> Vec<u8> {
        self.file(&self.told["request"])
    }

    fn file(&self, name: &Value) -> Vec<u8> {
        fs::read(self.case.folder.join(name.as_str().unwrap())).unwrap()
    }

    fn path(&self) -> &str {
        self.told["path"].as_str().unwrap_or("/v1/chat/completions")
    }

    fn status(&self) -> u16 {
        let status = &self.told["response"]["status"];
        status.as_u64().unwrap().try_into().unwrap()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.told["response"]["headers"].as_object().unwrap();
        headers
            .iter()
            .map(|(name, it)| (&**name, it.as_str().unwrap()))
    }

    /// The body as it is cut on the wire.
    fn pieces(&self) -> Vec<Bytes> {
        let told = &self.told["response"];
        let body = self.file(&told["body"]);
        let size = told["pieces"].as_str().and_then(|it| it.parse().ok());
        let size: Option<u64> = size.or_else(|| told["pieces"].as_u64());
        match size {
            Some(size) => body
                .chunks(size.try_into().unwrap())
                .map(Bytes::copy_from_slice)
                .collect(),
            None if told["pieces"] == "events" => events(&body),
            None => vec![body.into()],
        }
    }

    fn stops_after(&self, seen: &[u8]) -> bool {
        let after = self.told["stop_after"].as_str();
        after.is_some_and(|it| String::from_utf8_lossy(seen).contains(it))
    }

    fn reply(&self) -> Reply {
        let pieces = self.pieces();
        let count = pieces.len();
        let mut reply = Reply::status(self.status());
        for (name, value) in self.headers() {
            reply = reply.header(name, value);
        }
        let told = &self.told["response"];
        let reply = if told["pieces"].is_null() {
            reply.body(pieces.concat())
        } else {
            reply.chunks(pieces)
        };
        let reply = reply.delay_each(Duration::from_millis(
            told["delay_ms"].as_u64().unwrap_or_default(),
        ));
        if told["hold_open"] == true {
            reply.hang_after(count)
        } else {
            reply
        }
    }

    /// Any host is where the provider listens.
    async fn send(&self, harness: &Harness) {
        harness.provider.script([self.reply()]);
        let mut url =
            url::Url::parse(&format!("{}{}", harness.provider.url(), self.path())).unwrap();
        let mut client = harness.http.clone();
        if let Some(host) = self.told["host"].as_str() {
            let address = url.socket_addrs(|| None).unwrap()[0];
            let there = reqwest::Client::builder().resolve(host, address);
            client = there.build().unwrap();
            url.set_host(Some(host)).unwrap();
        }
        let mut request = client.post(url);
        for (name, value) in self.asked_headers() {
            request = request.header(name, value);
        }
        let response = harness.telemetry.send(request.body(self.request())).await;
        let mut body = response.unwrap().bytes_stream();
        let mut seen = Vec::new();
        while let Some(chunk) = body.next().await {
            seen.extend(chunk.unwrap());
            if self.stops_after(&seen) {
                return;
            }
        }
    }

    /// As clients of its provider say what they speak.
    fn asked_headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let of_messages = self.path().ends_with("/messages");
        let version = of_messages.then_some(("anthropic-version", "2023-06-01"));
        std::iter::once(("content-type", "application/json")).chain(version)
    }

    async fn async_openai(&self, harness: &Harness) {
        harness.provider.script([self.reply()]);
        let config = OpenAIConfig::new()
            .with_api_base(harness.provider.base_url())
            .with_api_key("sk-sesame");
        let ai = harness.telemetry.wrap(Client::with_config(config));
        let request = serde_json::from_slice(&self.request()).unwrap();
        if self.told["stop_after"].is_null() {
            // It cannot read some answers, and says so to its caller.
            let _answer = ai.chat().create(request).await;
            return;
        }
        let mut stream = ai.chat().create_stream(request).await.unwrap();
        while let Some(Ok(chunk)) = stream.next().await {
            if chunk.choices.iter().any(|it| it.finish_reason.is_some()) {
                return;
            }
        }
    }

    fn record(&self, harness: &Harness) {
        let host = self.told["host"].as_str().unwrap_or("127.0.0.1:8080");
        let mut request = http::Request::post(format!("http://{host}{}", self.path()));
        for (name, value) in self.asked_headers() {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(self.request())).unwrap();
        let mut call = harness.telemetry.record_request(&request);
        let head = self.headers().map(|(name, value)| {
            let name = HeaderName::try_from(name).unwrap();
            (name, value.parse().unwrap())
        });
        call.head(self.status(), &head.collect::<HeaderMap>());
        let mut seen = Vec::new();
        for piece in self.pieces() {
            seen.extend_from_slice(&piece);
            call.chunk(piece);
            if self.stops_after(&seen) {
                return;
            }
        }
        if self.told["response"]["hold_open"] != true {
            call.finish();
        }
    }
}

/// A span of somebody else that all calls of this name are in.
fn remote(name: &str) -> Context {
    let id = name
        .bytes()
        .fold(1_u64, |id, byte| id * 31 + u64::from(byte));
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(u128::from(id)),
        SpanId::from(id),
        TraceFlags::SAMPLED,
        true,
        opentelemetry::trace::TraceState::NONE,
    ))
}

/// Each with the empty line behind it.
fn events(body: &[u8]) -> Vec<Bytes> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let events = text.split_inclusive("\n\n");
    events.map(|it| Bytes::from(it.to_owned())).collect()
}

fn span(span: &SpanData) -> Value {
    let event = |event: &opentelemetry::trace::Event| json!({"name": event.name, "attributes": attributes(&event.attributes)});
    json!({
        "name": span.name,
        "status": match span.status {
            Status::Unset => "Unset",
            Status::Ok => "Ok",
            Status::Error { .. } => "Error",
        },
        "attributes": attributes(&span.attributes),
        "events": span.events.iter().map(event).collect::<Vec<_>>(),
    })
}

fn attributes(attributes: &[KeyValue]) -> Map<String, Value> {
    let told = attributes.iter();
    told.map(|it| (it.key.to_string(), value(&it.value)))
        .collect()
}

fn value(value: &OtelValue) -> Value {
    match value {
        OtelValue::Bool(it) => json!(it),
        OtelValue::I64(it) => json!(it),
        OtelValue::F64(it) => json!(it),
        OtelValue::Array(Array::String(list)) => {
            list.iter().map(|it| it.as_str().to_owned()).collect()
        }
        other => json!(other.to_string()),
    }
}

/// A pointer goes on into what is JSON as text.
fn at(outcome: &Value, pointer: &str) -> Option<Value> {
    let mut here = outcome.clone();
    for part in pointer.split('/').skip(1) {
        let within = match here {
            Value::String(text) => serde_json::from_str(&text).ok()?,
            other => other,
        };
        here = match part.parse::<usize>() {
            Ok(index) if within.is_array() => within.get(index)?.clone(),
            _ => within.get(part)?.clone(),
        };
    }
    Some(here)
}

fn or_nothing(value: Option<Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), |it| it.to_string())
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What comes out wrong as yet.
const WRONG_YET: &[&str] = &[];

/// Where what is held right is another: the situation, the pointer, and why.
const DEBATABLE: &[(&str, &str, &str)] = &[];

#[test]
fn every_situation_comes_out_right() {
    let Some(folder) = folder() else {
        eprintln!("not run: there are no situations, see TURNSPAN_REPORTS");
        return;
    };
    let entries = fs::read_dir(folder).unwrap().flatten();
    let cases = entries.map(|entry| entry.path()).filter(|it| it.is_dir());
    let mut wrong = BTreeMap::new();
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let case = Case::read(case);
        for seam in case.seams() {
            let outcome = case.outcome(*seam);
            let mut faults = case.faults(&outcome);
            faults.retain(|it| !is_debatable(&name, it));
            if !faults.is_empty() {
                wrong.insert(format!("{name} {seam:?}"), faults);
            }
        }
    }
    let name = |one: &str| one.split(' ').next().unwrap_or_default().to_owned();
    let named: BTreeSet<_> = wrong.keys().map(|one| name(one)).collect();
    let known = WRONG_YET.iter().map(ToString::to_string).collect();
    assert_eq!(named, known, "{wrong:#?}");
}

fn is_debatable(name: &str, fault: &str) -> bool {
    let mut rows = DEBATABLE.iter();
    rows.any(|(of, pointer, _)| *of == name && fault.starts_with(pointer))
}
