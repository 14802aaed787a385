//! What a spool that survives the process costs, beside what must be paid
//! anyway.
//!
//! Writing: events through a `TesExporter` until its books have them in the
//! file, beside the same bytes put into the same tables by bare SQLite, in
//! groups of the same size. Sending: what the spool holds to a loopback
//! receiver, beside four loops of a bare client with the same requests. Then
//! what a turn costs the task that makes the call.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints and may stop"
)]

#[path = "../tests/it/support/provider.rs"]
mod provider;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData, SpanExporter};
use provider::{Server, openai};
use rusqlite::{Connection, params};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use turnspan::{AccountSnapshot, SpoolSettings, Telemetry, Tes, TesExporter};

/// As many as the spool's thread commits together.
const GROUP: u32 = 100;

/// As many as delivery has under way.
const CONCURRENCY: u32 = 4;

const PATIENCE: Duration = Duration::from_secs(60);

/// How much is done: less with `--quick`.
#[derive(Debug, Clone, Copy)]
struct Size {
    events: u32,
    rounds: usize,
}

impl Size {
    fn asked() -> Self {
        let is_quick = std::env::args().any(|argument| argument == "--quick");
        let (events, rounds) = if is_quick { (5_000, 3) } else { (10_000, 7) };
        Self { events, rounds }
    }
}

fn main() {
    let size = Size::asked();
    writing(size);
    sending(size, Duration::ZERO);
    sending(size, Duration::from_millis(1));
    making(size);
}

/// A file of its own, in a folder that is empty.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench_{name}"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder.join("spool.db")
}

fn tes(url: &str, spool: SpoolSettings) -> Tes {
    Tes::new(url, "acme", "tes_key").unwrap().spool(spool)
}

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A finished call with a question and an answer of a few hundred words.
fn span() -> SpanData {
    let kept = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone());
    let provider = provider.build();
    let said = |role: &str| {
        let parts = json!([{"type": "text", "content": "word ".repeat(200)}]);
        json!([{"role": role, "parts": parts, "finish_reason": "stop"}]).to_string()
    };
    let mut span = provider.tracer("bench").start("chat m");
    span.set_attributes([
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.request.model", "m"),
        KeyValue::new("gen_ai.conversation.id", "conv-123"),
        KeyValue::new("gen_ai.usage.input_tokens", 12),
        KeyValue::new("gen_ai.usage.output_tokens", 7),
        KeyValue::new("gen_ai.input.messages", said("user")),
        KeyValue::new("gen_ai.output.messages", said("assistant")),
    ]);
    span.end();
    kept.get_finished_spans().unwrap().remove(0)
}

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap()
}

fn wait_for(exporter: &TesExporter, is_there: impl Fn(&AccountSnapshot) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_there(&exporter.stats()) {
        assert!(Instant::now() < deadline, "{}", exporter.stats());
        thread::sleep(Duration::from_micros(200));
    }
}

/// Exports so many events and waits until they are in the spool.
fn spooled(tes: Tes, events: u32) -> Duration {
    let (runtime, span) = (runtime(), span());
    let exporter = TesExporter::new(tes).unwrap();
    let begun = Instant::now();
    for _ in 0..events / GROUP {
        let batch = vec![span.clone(); GROUP as usize];
        runtime.block_on(exporter.export(batch)).unwrap();
    }
    wait_for(&exporter, |books| books.spooled == u64::from(events));
    let took = begun.elapsed();
    // Nobody takes them: they stay where they are.
    drop(exporter.shutdown_with_timeout(Duration::ZERO));
    took
}

/// The same bytes into the same tables.
fn inserted(path: &Path, like: &Path, events: u32) -> Duration {
    let like = Connection::open(like).unwrap();
    let text = |sql: &str| -> Vec<String> {
        let mut statement = like.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let schema = text("SELECT sql FROM sqlite_schema WHERE sql NOT NULL").join(";");
    let body: Vec<u8> = like
        .query_row("SELECT body FROM event LIMIT 1", [], |row| row.get(0))
        .unwrap();
    let file = Connection::open(path).unwrap();
    let pragmas = "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = NORMAL;
        PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL;";
    file.execute_batch(pragmas).unwrap();
    file.execute_batch(&schema).unwrap();
    let mut insert = file
        .prepare(
            "INSERT INTO event (owner, holder, state, made_at, items, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .unwrap();
    let begun = Instant::now();
    for _ in 0..events / GROUP {
        file.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..GROUP {
            let row = params![1, 1, 0, 1_700_000_000_000_i64, 1, body];
            insert.execute(row).unwrap();
        }
        file.execute_batch("COMMIT").unwrap();
    }
    begun.elapsed()
}

fn writing(size: Size) {
    let [mut durable, mut memory, mut bare] = [Duration::MAX; 3];
    for _ in 0..size.rounds {
        let path = file("durable");
        let settings = SpoolSettings::durable().path(&path);
        durable = durable.min(spooled(tes(NOWHERE, settings), size.events));
        let settings = SpoolSettings::best_effort().max_bytes(1 << 30);
        memory = memory.min(spooled(tes(NOWHERE, settings), size.events));
        bare = bare.min(inserted(&file("bare"), &path, size.events));
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(size.events);
    println!(
        "into the file: spool/bare SQLite = {:.2} ({:.1} and {:.1} us an event; made, without a \
         file, {:.1} us)",
        durable.as_secs_f64() / bare.as_secs_f64(),
        each(durable),
        each(bare),
        each(memory),
    );
}

/// Takes everything, and keeps what was said first.
#[derive(Debug, Clone, Default)]
struct Receiver {
    /// Before every answer.
    thinks: Duration,
    first: Arc<Mutex<Option<Bytes>>>,
}

impl Receiver {
    fn start(&self, port: u16) -> Server {
        let app = Router::new().route("/api/graphql", post(take));
        Server::start_at(app.with_state(self.clone()), port)
    }
}

async fn take(State(receiver): State<Receiver>, body: Bytes) -> &'static str {
    receiver.first.lock().unwrap().get_or_insert(body);
    if !receiver.thinks.is_zero() {
        tokio::time::sleep(receiver.thinks).await;
    }
    r#"{"data":{"emitEvent":{"success":true,"eventId":"e","message":null}}}"#
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A process before has left them; this one sends them.
fn sent(events: u32, receiver: &Receiver) -> Duration {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let settings = SpoolSettings::durable().path(file("sending"));
    spooled(tes(&url, settings.clone()), events);
    let _running = receiver.start(port);
    let exporter = TesExporter::new(tes(&url, settings)).unwrap();
    let begun = Instant::now();
    wait_for(&exporter, |books| books.delivered == u64::from(events));
    begun.elapsed()
}

/// The same requests by a bare client, all at hand.
fn posted(events: u32, receiver: &Receiver) -> Duration {
    let body = receiver.first.lock().unwrap().clone().unwrap();
    let running = receiver.start(0);
    let url = format!("{}/api/graphql", running.url());
    let client = reqwest::Client::new();
    let begun = Instant::now();
    runtime().block_on(async {
        let loops = (0..CONCURRENCY).map(|_| async {
            for _ in 0..events / CONCURRENCY {
                let request = client.post(&url).body(body.clone());
                let request = request.header("content-type", "application/json");
                let answer = request.send().await.unwrap();
                assert!(!answer.bytes().await.unwrap().is_empty());
            }
        });
        futures::future::join_all(loops).await;
    });
    begun.elapsed()
}

/// To a receiver that needs no time, which nothing can hide behind, and to one
/// that thinks for a while, as every network does.
fn sending(size: Size, thinks: Duration) {
    let receiver = Receiver {
        thinks,
        ..Receiver::default()
    };
    let [mut ours, mut bare] = [Duration::MAX; 2];
    for _ in 0..size.rounds {
        ours = ours.min(sent(size.events, &receiver));
        bare = bare.min(posted(size.events, &receiver));
    }
    let rate = |time: Duration| f64::from(size.events) / time.as_secs_f64();
    println!(
        "to a receiver that thinks for {thinks:?}: spool/bare client = {:.2} ({:.0} and {:.0} \
         events a second)",
        rate(ours) / rate(bare),
        rate(ours),
        rate(bare),
    );
}

/// Takes spans and does nothing with them.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

const CALLS: u32 = 500;

/// What so many calls cost the thread that makes them.
fn made(telemetry: &Telemetry) -> Duration {
    let request = json!({"model": "gpt-4o", "messages": [
        {"role": "user", "content": "word ".repeat(200)}]});
    let request = Bytes::from(request.to_string());
    let answer = Bytes::from(openai::completion(&"word ".repeat(200)).to_string());
    let before = on_cpu();
    for _ in 0..CALLS {
        let url = "https://api.openai.com/v1/chat/completions";
        telemetry
            .record(url, request.clone())
            .response(answer.clone());
    }
    let took = on_cpu().saturating_sub(before);
    // So that the next calls find the queue empty.
    telemetry.flush(PATIENCE).unwrap();
    took
}

/// Processor time of this thread, where the system tells it.
fn on_cpu() -> Duration {
    // The system brings its books up to date when a thread gives way.
    thread::yield_now();
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(first.unwrap_or_default())
}

fn making(size: Size) {
    let receiver = Receiver::default().start(0);
    let without = turnspan::builder().span_exporter(Nowhere).build().unwrap();
    let settings = SpoolSettings::durable().path(file("making"));
    let with = turnspan::builder().span_exporter(Nowhere);
    let with = with.tes(tes(&receiver.url(), settings)).build().unwrap();
    let [mut plain, mut durable] = [Duration::MAX; 2];
    for _ in 0..3 * size.rounds {
        plain = plain.min(made(&without));
        durable = durable.min(made(&with));
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(CALLS);
    println!(
        "a turn on the caller's task: durable TES/no TES = {:.2} ({:.1} and {:.1} us)",
        each(durable) / each(plain),
        each(durable),
        each(plain),
    );
}
