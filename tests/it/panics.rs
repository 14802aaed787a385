//! Exporters and loggers of users that panic or block cost what they had, and
//! nobody else anything.

use super::support::folder::Folder;
use super::support::harness::{Kept, PATIENCE, tes_at};
use super::support::provider::openai;
use super::support::tes_receiver::TesReceiver;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::future::{Future, pending};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use turnspan::{AccountSnapshot, CaptureMode, DropReason, Fault, SpoolSettings, Telemetry};

fn call(telemetry: &Telemetry) {
    let url = "https://api.openai.com/v1/chat/completions";
    let call = telemetry.record(url, r#"{"model":"m","messages":[]}"#);
    call.response(openai::completion("Hi.").to_string());
}

fn books(telemetry: &Telemetry, name: &str) -> AccountSnapshot {
    let books = telemetry.stats().destinations[name].clone();
    assert!(books.balances(), "{name}: {books}");
    books
}

/// Without a word on standard error, as a panic hook has for others.
fn panic_on_purpose() {
    resume_unwind(Box::new("on purpose"));
}

/// Panics when it is dropped, as what a panic carries may.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_on_purpose();
    }
}

/// Where an exporter panics, in every second export or always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Making,
    Polled,
    AfterAWait,
    WithABomb,
    Resource,
    Flush,
    Shutdown,
}

#[derive(Debug)]
struct Panicking {
    at: Where,
    exports: AtomicUsize,
}

impl Panicking {
    fn at(at: Where) -> Self {
        let exports = AtomicUsize::new(0);
        Self { at, exports }
    }
}

impl SpanExporter for Panicking {
    fn export(&self, _batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let is_due = self.exports.fetch_add(1, Relaxed).is_multiple_of(2);
        let at = self.at;
        if is_due && at == Where::Making {
            panic_on_purpose();
        }
        async move {
            match at {
                Where::Polled if is_due => panic_on_purpose(),
                Where::WithABomb if is_due => resume_unwind(Box::new(Bomb)),
                Where::AfterAWait if is_due => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    panic_on_purpose();
                }
                _ => {}
            }
            Ok(())
        }
    }

    fn set_resource(&mut self, _resource: &Resource) {
        if self.at == Where::Resource {
            panic_on_purpose();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        if self.at == Where::Flush {
            panic_on_purpose();
        }
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        if self.at == Where::Shutdown {
            panic_on_purpose();
        }
        Ok(())
    }
}

/// Promise, kept: An exporter that panics loses that batch, which is counted; its next
/// batches and all other destinations go on.
#[test]
fn a_panic_of_an_exporter_costs_its_batch_and_nothing_else() {
    for at in [
        Where::Making,
        Where::Polled,
        Where::AfterAWait,
        Where::WithABomb,
    ] {
        let (tes, kept) = (TesReceiver::start(), Kept::default());
        let telemetry = turnspan::builder()
            .tes(tes_at(&tes.url(), "tes_key"))
            .span_exporter_named("panicking", Panicking::at(at))
            .span_exporter(kept.clone())
            .build()
            .unwrap();
        for number in 0..6 {
            call(&telemetry);
            let flushed = telemetry.flush(PATIENCE);
            if number % 2 == 0 {
                let error = flushed.unwrap_err();
                assert_eq!(error.lost, [("panicking".to_owned(), 1)].into(), "{at:?}");
            } else {
                flushed.unwrap();
            }
        }
        telemetry.shutdown(PATIENCE).unwrap();
        let account = books(&telemetry, "panicking");
        assert_eq!((account.delivered, account.queued), (3, 0), "{at:?}");
        assert_eq!(account.dropped, [(DropReason::ExporterFailed, 3)].into());
        assert_eq!(
            telemetry.stats().faults,
            [(Fault::ExporterPanicked, 3)].into()
        );
        assert_eq!(
            (tes.accepted().len(), kept.finished().len()),
            (6, 6),
            "{at:?}"
        );
    }
}

#[test]
fn a_panic_in_a_flush_or_at_the_end_is_counted() {
    for at in [Where::Flush, Where::Shutdown] {
        let exporter = Panicking::at(at);
        exporter.exports.store(1, Relaxed);
        let telemetry = turnspan::builder().span_exporter(exporter).build().unwrap();
        call(&telemetry);
        let flushed = telemetry.flush(PATIENCE);
        assert_eq!(flushed.is_err(), at == Where::Flush, "{flushed:?}");
        let error = telemetry.shutdown(PATIENCE).unwrap_err();
        assert_eq!(error.unflushed, ["exporter".to_owned()].into(), "{at:?}");
        assert!(
            telemetry
                .stats()
                .faults
                .contains_key(&Fault::ExporterPanicked),
            "{at:?}"
        );
        assert_eq!(books(&telemetry, "exporter").delivered, 1);
    }
}

#[test]
fn a_panic_of_an_exporter_does_not_keep_telemetry_from_being_built() {
    let exporter = Panicking::at(Where::Resource);
    let telemetry = turnspan::builder().span_exporter(exporter).build().unwrap();
    call(&telemetry);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(books(&telemetry, "exporter").delivered, 1);
    let faults = telemetry.stats().faults;
    assert_eq!(faults, [(Fault::ExporterPanicked, 1)].into());
}

/// Takes everything, and fails to have it leave.
#[derive(Debug)]
struct Keeping;

impl SpanExporter for Keeping {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("on purpose".to_owned()))
    }
}

/// Promise, kept: A flush that an exporter of yours says has failed is no success.
#[test]
fn a_flush_that_an_exporter_says_has_failed_is_no_success() {
    let builder = turnspan::builder().span_exporter_named("keeping", Keeping);
    let telemetry = builder.span_exporter(Kept::default()).build().unwrap();
    call(&telemetry);
    for _ in 0..2 {
        let error = telemetry.flush(PATIENCE).unwrap_err();
        assert_eq!(error.unflushed, ["keeping".to_owned()].into(), "{error}");
        assert!(error.to_string().contains("keeping could not be flushed"));
        assert!(error.left.is_empty() && error.lost.is_empty(), "{error}");
    }
}

/// Panics at every second record.
#[derive(Debug, Default)]
struct PanickingProcessor(AtomicUsize);

impl LogProcessor for PanickingProcessor {
    fn emit(&self, _record: &mut SdkLogRecord, _scope: &InstrumentationScope) {
        if self.0.fetch_add(1, Relaxed).is_multiple_of(2) {
            panic_on_purpose();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_panic_of_a_logger_costs_its_record_and_nothing_else() {
    let (tes, kept) = (TesReceiver::start(), Kept::default());
    let provider = SdkLoggerProvider::builder()
        .with_log_processor(PanickingProcessor::default())
        .build();
    let telemetry = turnspan::builder()
        .tes(tes_at(&tes.url(), "tes_key"))
        .capture(CaptureMode::EventOnly)
        .logger_provider(&provider)
        .span_exporter(kept.clone())
        .build()
        .unwrap();
    for _ in 0..4 {
        call(&telemetry);
    }
    let error = telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.lost, [("logs".to_owned(), 2)].into(), "{error}");
    assert!(error.left.is_empty(), "{error}");
    let logs = books(&telemetry, "logs");
    assert_eq!((logs.made, logs.delivered, logs.queued), (4, 2, 0));
    assert_eq!((tes.accepted().len(), kept.finished().len()), (4, 4));
    assert_eq!(
        telemetry.stats().faults,
        [(Fault::ExporterPanicked, 2)].into()
    );
}

/// Blocks the thread that it is on until it is told to go on.
#[derive(Debug)]
struct Blocking {
    go_on: Mutex<Receiver<()>>,
    has_begun: Sender<()>,
}

impl Blocking {
    fn wait(&self) {
        self.has_begun.send(()).ok();
        self.go_on.lock().unwrap().recv().ok();
    }
}

impl SpanExporter for Blocking {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        self.wait();
        Ok(())
    }
}

/// Promise, kept: An exporter of yours that blocks holds up no other destination.
#[test]
fn an_exporter_that_blocks_its_thread_holds_up_nobody() {
    let (tes, kept) = (TesReceiver::start(), Kept::default());
    let (let_go, go_on) = channel::<()>();
    let (has_begun, begun) = channel();
    let go_on = Mutex::new(go_on);
    let telemetry = turnspan::builder()
        .span_exporter_named("blocking", Blocking { go_on, has_begun })
        .span_exporter(kept.clone())
        .tes(tes_at(&tes.url(), "tes_key"))
        .build()
        .unwrap();
    call(&telemetry);
    drop(telemetry.flush(Duration::from_millis(10)));
    begun.recv_timeout(PATIENCE).unwrap();
    for _ in 0..20 {
        call(&telemetry);
    }
    // It holds up a flush, to its limit and not beyond, and nothing else.
    let begun_at = Instant::now();
    let error = telemetry.flush(PATIENCE / 5).unwrap_err();
    assert!(begun_at.elapsed() < PATIENCE, "{:?}", begun_at.elapsed());
    assert_eq!(error.left, [("blocking".to_owned(), 21)].into(), "{error}");
    assert_eq!((tes.accepted().len(), kept.finished().len()), (21, 21));
    assert_eq!(books(&telemetry, "tes").delivered, 21);
    let_go.send(()).unwrap();
    let_go.send(()).unwrap();
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(books(&telemetry, "blocking").delivered, 21);
    // At the end too.
    call(&telemetry);
    let ended_at = Instant::now();
    let error = telemetry.shutdown(PATIENCE / 5).unwrap_err();
    assert!(ended_at.elapsed() < PATIENCE, "{:?}", ended_at.elapsed());
    assert_eq!(error.left, [("blocking".to_owned(), 1)].into(), "{error}");
    assert_eq!(
        books(&telemetry, "blocking").dropped[&DropReason::Shutdown],
        1
    );
    drop(let_go);
}

#[test]
fn an_exporter_that_blocks_takes_no_time_from_the_end_of_the_spool() {
    let folder = Folder::of("blocked_end");
    let tes = TesReceiver::start();
    let (let_go, go_on) = channel::<()>();
    let (has_begun, _begun) = channel();
    let go_on = Mutex::new(go_on);
    let spool = SpoolSettings::durable().path(folder.spool());
    let telemetry = turnspan::builder()
        .span_exporter(Blocking { go_on, has_begun })
        .tes(tes_at(&tes.url(), "tes_key").spool(spool))
        .build()
        .unwrap();
    call(&telemetry);
    let error = telemetry.shutdown(Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.left, [("exporter".to_owned(), 1)].into(), "{error}");
    // SQLite puts the log into the file when it is closed.
    let log = folder.spool().with_extension("db-wal");
    assert!(!log.exists(), "the file is open still");
    drop(let_go);
}

/// Promise, kept: A TES that never answers holds up no exporter.
#[test]
fn a_receiver_that_hangs_holds_up_no_exporter() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let kept = Kept::default();
    let telemetry = turnspan::builder()
        .tes(tes_at(&url, "tes_key"))
        .span_exporter(kept.clone())
        .build()
        .unwrap();
    (0..20).for_each(|_| call(&telemetry));
    let error = telemetry.flush(PATIENCE / 10).unwrap_err();
    assert_eq!(error.left, [("tes".to_owned(), 20)].into(), "{error}");
    assert_eq!(kept.finished().len(), 20);
}

/// Spawns what it does, as exporters may that have a connection of their own.
#[derive(Debug)]
struct Spawning(Arc<AtomicUsize>);

impl SpanExporter for Spawning {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = Arc::clone(&self.0);
        let spawned = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            count.fetch_add(batch.len(), Relaxed);
        });
        spawned.await.unwrap();
        Ok(())
    }
}

#[test]
fn an_exporter_has_a_runtime_for_its_timers_and_tasks() {
    let count = Arc::<AtomicUsize>::default();
    let exporter = Spawning(Arc::clone(&count));
    let telemetry = turnspan::builder().span_exporter(exporter).build().unwrap();
    call(&telemetry);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(count.load(Relaxed), 1);
}

/// Never finishes, and never blocks.
#[derive(Debug)]
struct Stuck;

impl SpanExporter for Stuck {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        pending().await
    }
}

/// Promise, kept: A flush is no success while anything is on its way, also if an exporter
/// never ends.
#[test]
fn a_flush_is_no_success_while_anything_is_on_its_way() {
    let telemetry = turnspan::builder().span_exporter(Stuck).build().unwrap();
    call(&telemetry);
    for _ in 0..2 {
        let error = telemetry.flush(Duration::from_millis(100)).unwrap_err();
        assert_eq!(error.left, [("exporter".to_owned(), 1)].into(), "{error}");
    }
}
