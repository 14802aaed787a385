//! A call told by hand, from request to span: chunked or not, the same facts.
//!
//! Input: the seed of the cuts, the API, the ending, then the request and, after
//! the byte 0x1E, the stream.
#![no_main]

mod chunks;

use libfuzzer_sys::fuzz_target;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use turnspan::{CaptureMode, Telemetry};

const PATIENCE: Duration = Duration::from_secs(10);
const URLS: [&str; 3] = [
    "https://api.openai.com/v1/chat/completions",
    "https://api.anthropic.com/v1/messages",
    "https://llm.example/unknown",
];

static TELEMETRY: LazyLock<(Telemetry, Kept)> = LazyLock::new(|| {
    let spans = Kept::default();
    let builder = turnspan::builder().span_exporter(spans.clone());
    let telemetry = builder.capture(CaptureMode::SpanOnly).build();
    (telemetry.expect("a telemetry"), spans)
});

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

fuzz_target!(|input: &[u8]| {
    let [seed, api, ending, said @ ..] = input else {
        return;
    };
    let at = said.iter().position(|byte| *byte == 0x1E);
    let (request, stream) = said.split_at(at.unwrap_or(said.len()));
    let stream = stream.strip_prefix(b"\x1E").unwrap_or_default();
    let url = URLS[usize::from(*api) % URLS.len()];
    let call = |chunks: &[&[u8]]| call(url, request, chunks, *ending);
    assert_eq!(call(&chunks::chunks(*seed, stream)), call(&[stream]));
});

/// Tells a call; what its span says but for times and ids.
fn call(url: &str, request: &[u8], chunks: &[&[u8]], ending: u8) -> Vec<String> {
    let (telemetry, spans) = &*TELEMETRY;
    let faults = telemetry.stats().faults;
    let mut call = telemetry.record(url, request.to_vec());
    for chunk in chunks {
        call.chunk(chunk.to_vec());
    }
    match ending % 3 {
        0 => call.finish(),
        1 => call.failed(&io::Error::from(io::ErrorKind::ConnectionReset)),
        _ => drop(call),
    }
    telemetry.flush(PATIENCE).expect("a flush");
    let mut facts = Vec::new();
    for span in spans.0.lock().expect("no panic").drain(..) {
        facts.extend(said(&span));
    }
    for (fault, count) in telemetry.stats().faults {
        facts.push(format!(
            "{fault:?} {}",
            count - faults.get(&fault).unwrap_or(&0)
        ));
    }
    facts.retain(|fact| !fact.ends_with(" 0"));
    facts
}

fn said(span: &SpanData) -> Vec<String> {
    let mut facts = vec![format!(
        "{} {:?} {:?}",
        span.name, span.span_kind, span.status
    )];
    let is_lasting = |key: &str| {
        !key.contains("time_to_first") && !key.contains("duration") && !key.contains("wait")
    };
    let events = span.events.iter();
    let attributes = events
        .clone()
        .flat_map(|event| &event.attributes)
        .chain(&span.attributes);
    facts.extend(
        attributes
            .filter(|attribute| is_lasting(attribute.key.as_str()))
            .map(|attribute| format!("{} = {:?}", attribute.key, attribute.value)),
    );
    facts.extend(events.map(|event| event.name.to_string()));
    facts
}
