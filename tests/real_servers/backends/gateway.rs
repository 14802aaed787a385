//! The gateway's two tiers: spans of a trace meet, what matters is kept, and
//! what waits outlives a crash.

use super::collector::{Collector, Settings};
use super::store::Store;
use super::trace::Trace;
use super::{jaeger, said, wait_for};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use std::collections::BTreeSet;

/// A gateway of a balancer and two samplers that sends to Jaeger.
struct Gateway {
    balancer: Collector,
    _samplers: [Collector; 2],
}

/// Keeps nothing but what its policies are for.
fn sampler(conversations_percent: u32) -> Settings {
    Settings::new(
        &["gateway/sampler.yaml"],
        &[
            ("COLLECTOR_TRACES_TO", said("JAEGER_OTLP_URL")),
            ("COLLECTOR_DECISION_WAIT", "3s".to_owned()),
            ("COLLECTOR_DECISION_WAIT_AFTER_ROOT", "2s".to_owned()),
            (
                "COLLECTOR_CONVERSATIONS_PERCENT",
                conversations_percent.to_string(),
            ),
            ("COLLECTOR_REST_PERCENT", "0".to_owned()),
        ],
    )
}

fn balancer(samplers: &[String]) -> Settings {
    let hosts = format!("{samplers:?}");
    Settings::new(&["gateway/balancer.yaml"], &[("COLLECTOR_SAMPLERS", hosts)])
}

impl Gateway {
    fn start(conversations_percent: u32) -> Self {
        let samplers = [(); 2].map(|()| sampler(conversations_percent).start());
        let hosts = samplers.each_ref().map(Collector::grpc_address);
        Self {
            balancer: balancer(&hosts).start(),
            _samplers: samplers,
        }
    }
}

#[test]
fn spans_of_a_trace_meet_and_errors_slow_calls_and_many_tokens_are_kept() {
    let gateway = Gateway::start(0);
    let ordinary: Vec<Trace> = (0..8).map(|_| Trace::new()).collect();
    let many = Value::IntValue(5000);
    let kept: Vec<Trace> = (0..8)
        .flat_map(|_| {
            [
                Trace::new().failed(),
                Trace::new().slow(),
                Trace::new().with("gen_ai.usage.output_tokens", many.clone()),
            ]
        })
        .collect();
    for trace in ordinary.iter().chain(&kept) {
        trace.send(&gateway.balancer.http_url());
    }
    for trace in &kept {
        // The root alone is ordinary: it is here because it met the call.
        assert_eq!(jaeger::trace(&trace.id(), 2).len(), 2);
    }
    for trace in &ordinary {
        assert_eq!(jaeger::find(&trace.id()), None);
    }
}

#[test]
fn of_a_conversation_all_traces_are_kept_or_none() {
    let gateway = Gateway::start(50);
    let conversations: Vec<[Trace; 3]> = (0..24)
        .map(|number| [(); 3].map(|()| Trace::new().in_conversation(&format!("c{number}"))))
        .collect();
    for round in 0..3 {
        for traces in &conversations {
            traces[round].send(&gateway.balancer.http_url());
        }
    }
    // Whatever is decided by then, this is kept for another reason.
    let last = Trace::new().failed();
    last.send(&gateway.balancer.http_url());
    jaeger::trace(&last.id(), 2);
    let kept = |traces: &[Trace; 3]| {
        traces
            .iter()
            .filter(|it| jaeger::find(&it.id()).is_some())
            .count()
    };
    let counts = wait_for("whole conversations", || {
        let counts: Vec<usize> = conversations.iter().map(kept).collect();
        counts
            .iter()
            .all(|count| [0, 3].contains(count))
            .then_some(counts)
    });
    assert!(counts.contains(&0) && counts.contains(&3), "{counts:?}");
}

#[test]
fn what_waits_in_a_balancer_outlives_its_crash() {
    let sampler = sampler(0);
    let balancer = balancer(&[sampler.grpc_address()]).start();
    let trace = Trace::new().failed();
    // Nobody takes it yet, and it is acknowledged: it is on disk.
    trace.send(&balancer.http_url());
    let settings = balancer.kill();
    let _sampler = sampler.start();
    let _balancer = settings.start();
    assert_eq!(jaeger::trace(&trace.id(), 2).len(), 2);
}

#[test]
fn by_conversation_all_traces_of_one_go_to_one_sampler() {
    let samplers = [Store::start(), Store::start()];
    let hosts = samplers.each_ref().map(Store::address);
    let files = ["gateway/balancer.yaml", "gateway/by-conversation.yaml"];
    let hosts = ("COLLECTOR_SAMPLERS", format!("{hosts:?}"));
    let balancer = Collector::start(&files, &[hosts]);
    let id = |number: usize| format!("c{number}");
    for number in 0..90 {
        let trace = Trace::new().in_conversation(&id(number % 30));
        // Every span of it has the id, or the trace is torn apart.
        trace.send_call(&balancer.http_url());
    }
    let held = wait_for("ninety calls", || {
        let held = samplers
            .each_ref()
            .map(|it| it.texts("gen_ai.conversation.id"));
        (held.iter().map(Vec::len).sum::<usize>() == 90).then_some(held)
    });
    let held: [BTreeSet<String>; 2] = held.map(|ids| ids.into_iter().collect());
    assert!(
        held[0].is_disjoint(&held[1]) && held.iter().all(|ids| !ids.is_empty()),
        "{held:?}"
    );
}
