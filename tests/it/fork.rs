//! A forked child has none of the threads of its parent: telemetry is off in it.

use super::support::child;
use super::support::folder::Folder;
use super::support::harness::{Kept, PATIENCE, attribute};
use fork::Fork;
use std::time::{Duration, Instant};
use turnspan::{Conversation, DropReason, Fault, SpoolSettings, Telemetry, Tes};

const URL: &str = "https://api.openai.com/v1/chat/completions";
const ANSWER: &str = r#"{"choices": []}"#;

/// Promise, process: In a forked child telemetry is off and says so once; nothing waits,
/// and the spool of the parent stays as it is.
#[test]
fn a_forked_child_waits_for_nothing_and_leaves_the_spool_as_it_is() {
    let output = child::run("fork::forks", "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("it was forked from").count(), 1, "{said}");
}

#[test]
#[ignore = "a child of the test above"]
#[expect(
    clippy::exit,
    reason = "a forked child may not go on with the test's process"
)]
fn forks() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let folder = Folder::of("fork");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", nobody.local_addr().unwrap());
    let tes = Tes::new(&nobody, "acme", "tes_key").unwrap();
    let (telemetry, spans) = telemetry(Some(
        tes.spool(SpoolSettings::durable().path(folder.spool())),
    ));
    telemetry.record(URL, "{}").response(ANSWER);
    drop(telemetry.flush(Duration::from_secs(2)));
    let files = folder.bytes();
    let open = telemetry.record(URL, "{}");
    match fork::fork().unwrap() {
        Fork::Child => {
            let begun = Instant::now();
            telemetry.flush(PATIENCE).unwrap();
            open.response(ANSWER);
            telemetry.record(URL, "{}").response(ANSWER);
            let stats = telemetry.stats();
            assert_eq!(stats.faults[&Fault::Forked], 1, "{stats}");
            assert_eq!(
                stats.destinations["exporter"].dropped[&DropReason::Forked],
                1
            );
            let error = telemetry.flush(PATIENCE).unwrap_err();
            assert_eq!(error.lost["exporter"], 1, "{error}");
            assert!(error.left.is_empty() && error.kept.is_empty(), "{error}");
            drop(telemetry);
            assert!(
                begun.elapsed() < Duration::from_secs(2),
                "{:?}",
                begun.elapsed()
            );
            assert!(folder.bytes() == files);
            telemetry_of_its_own();
            // Neither destructors nor handlers of the test's own process run.
            std::process::exit(0);
        }
        Fork::Parent(child) => {
            assert_eq!(fork::waitpid(child).unwrap(), 0);
            open.response(ANSWER);
            // TES takes nothing, so the time is used up.
            drop(telemetry.shutdown(Duration::from_secs(1)));
            assert_eq!(spans.finished().len(), 2);
            let stats = telemetry.stats();
            assert!(stats.faults.is_empty(), "{stats}");
            assert_eq!(stats.destinations["tes"].spooled, 2, "{stats}");
        }
    }
}

/// What a child starts itself works.
fn telemetry_of_its_own() {
    let (telemetry, spans) = telemetry(None);
    let entered = Conversation::new("child").enter();
    telemetry.record(URL, "{}").response(ANSWER);
    drop(entered);
    telemetry.shutdown(PATIENCE).unwrap();
    let [span] = &spans.finished()[..] else {
        panic!("{:?}", spans.finished());
    };
    let conversation = attribute(&span.attributes, "gen_ai.conversation.id");
    assert_eq!(conversation.as_deref(), Some("child"));
}

fn telemetry(tes: Option<Tes>) -> (Telemetry, Kept) {
    let spans = Kept::default();
    let builder = turnspan::builder().span_exporter(spans.clone());
    let builder = tes.into_iter().fold(builder, turnspan::Builder::tes);
    (builder.build().unwrap(), spans)
}
