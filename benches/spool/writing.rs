//! Into the file, beside the same bytes by bare SQLite.

use super::support::paired::{Claim, compare};
use super::{EVENTS, NOWHERE, PATIENCE, file, tes};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData, SpanExporter};
use rusqlite::{Connection, params};
use serde_json::json;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use turnspan::{AccountSnapshot, SpoolSettings, Tes, TesExporter};

/// As many as the spool's thread commits together.
const GROUP: u32 = 100;

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

pub(crate) fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap()
}

pub(crate) fn wait_for(exporter: &TesExporter, is_there: impl Fn(&AccountSnapshot) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_there(&exporter.stats()) {
        assert!(Instant::now() < deadline, "{}", exporter.stats());
        thread::sleep(Duration::from_micros(200));
    }
}

/// Exports so many events and waits until they are in the spool.
pub(crate) fn spooled(tes: Tes, events: u32) -> Duration {
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

/// In each round: bare SQLite, the same again, the spool, a spool in memory.
const CLAIMS: [Claim<4>; 3] = [
    Claim {
        name: "bare SQLite/bare SQLite, the machine's noise",
        of: |[bare, again, ..]| again / bare,
        within: 0.1,
    },
    Claim {
        name: "spool/bare SQLite",
        of: |[bare, _, spool, _]| spool / bare,
        within: 0.1,
    },
    Claim {
        name: "made, without a file/bare SQLite",
        of: |[bare, .., memory]| memory / bare,
        within: 0.1,
    },
];

pub(crate) fn run() {
    let path = file("like");
    let durable = |path: &Path| tes(NOWHERE, SpoolSettings::durable().path(path));
    spooled(durable(&path), GROUP);
    let in_memory = || tes(NOWHERE, SpoolSettings::best_effort().max_bytes(1 << 30));
    compare(
        &format!("{EVENTS} events into the file"),
        [
            &mut || inserted(&file("bare"), &path, EVENTS),
            &mut || inserted(&file("bare"), &path, EVENTS),
            &mut || spooled(durable(&file("durable")), EVENTS),
            &mut || spooled(in_memory(), EVENTS),
        ],
        &CLAIMS,
    );
}
