//! A Collector that goes away for a minute and comes back.

use super::collector::Collector;
use super::{PATIENCE, jaeger, said, wait_for, within_trace};
use serde_json::json;
use std::thread;
use std::time::{Duration, Instant};
use turnspan::{Otlp, Telemetry};

const AWAY: Duration = Duration::from_secs(60);

/// Between calls while it is away.
const EVERY: Duration = Duration::from_millis(250);

/// No call takes as long as this: waiting for the Collector would take longer,
/// whatever else the machine is doing.
const UNNOTICED: Duration = Duration::from_secs(5);

/// A program that tells of its calls by hand, each in a trace of its own.
struct Program {
    telemetry: Telemetry,
    trace_ids: Vec<String>,
    slowest: Duration,
}

impl Program {
    fn call(&mut self) {
        let number = u64::try_from(self.trace_ids.len()).unwrap();
        let (id, _within) = within_trace(number + 100);
        self.trace_ids.push(id);
        let before = Instant::now();
        let request = json!({"model": "m", "messages": []}).to_string();
        let call = self
            .telemetry
            .record("http://127.0.0.1/v1/chat/completions", request);
        call.response(
            r#"{"choices": [{"finish_reason": "stop", "message": {"role": "assistant"}}]}"#,
        );
        self.slowest = self.slowest.max(before.elapsed());
    }

    fn arrived(&self) -> u64 {
        let ids = self.trace_ids.iter();
        ids.filter(|id| jaeger::find(id).is_some()).count() as u64
    }
}

#[test]
fn what_is_lost_while_it_is_away_is_counted_and_nobody_waits() {
    let to_jaeger = [("COLLECTOR_TRACES_TO", said("JAEGER_OTLP_URL"))];
    let agent = Collector::start(&["agent.yaml"], &to_jaeger);
    let telemetry = turnspan::builder()
        .otlp(Otlp::new(&agent.http_url()).unwrap())
        .build()
        .unwrap();
    let mut program = Program {
        telemetry,
        trace_ids: Vec::new(),
        slowest: Duration::ZERO,
    };
    program.call();
    program.telemetry.flush(PATIENCE).unwrap();
    // What the Collector has taken and not sent on it would lose itself.
    wait_for("the first span", || (program.arrived() == 1).then_some(()));

    let settings = agent.kill();
    let gone = Instant::now();
    while gone.elapsed() < AWAY {
        program.call();
        thread::sleep(EVERY);
    }
    let _back = settings.start();
    program.call();
    // It says that some are lost, and waits for all others.
    drop(program.telemetry.flush(PATIENCE));

    let stats = program.telemetry.stats();
    let account = &stats.destinations["otlp"];
    let lost: u64 = account.dropped.values().sum();
    assert_eq!(account.made, program.trace_ids.len() as u64, "{stats}");
    assert_eq!(account.delivered + lost, account.made, "{stats}");
    assert!(lost > 0 && account.delivered > 1, "{stats}");
    wait_for("spans that were acknowledged", || {
        (program.arrived() == account.delivered).then_some(())
    });
    assert!(program.slowest < UNNOTICED, "{:?}", program.slowest);
}
