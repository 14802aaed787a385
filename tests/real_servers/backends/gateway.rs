//! The gateway's two tiers: spans of a trace meet, what matters is kept, and
//! what waits outlives a crash.

use super::collector::{Collector, Settings};
use super::{jaeger, said, wait_for};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// A trace of a root and a call, which are sent one by one.
#[derive(Clone)]
struct Trace {
    id: u128,
    root: Span,
    call: Span,
}

impl Trace {
    fn new() -> Self {
        static TRACES: AtomicU64 = AtomicU64::new(1);
        let number = TRACES.fetch_add(1, Relaxed);
        // Spread, as ids are: the balancer looks at all of it.
        let id = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let id = id ^ u128::from(std::process::id());
        let end = nanos_since_epoch();
        let span = |number: u8, name: &str| Span {
            trace_id: id.to_be_bytes().to_vec(),
            span_id: vec![0, 0, 0, 0, 0, 0, 0, number],
            name: name.to_owned(),
            start_time_unix_nano: end - Duration::from_millis(500).as_nanos() as u64,
            end_time_unix_nano: end,
            ..Span::default()
        };
        let mut call = span(2, "chat m");
        call.parent_span_id = vec![0, 0, 0, 0, 0, 0, 0, 1];
        let mut trace = Self {
            id,
            root: span(1, "GET /"),
            call,
        };
        trace = trace.with(
            "gen_ai.operation.name",
            Value::StringValue("chat".to_owned()),
        );
        trace
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.call.attributes.push(KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        });
        self
    }

    fn in_conversation(self, id: &str) -> Self {
        self.with("gen_ai.conversation.id", Value::StringValue(id.to_owned()))
    }

    fn failed(mut self) -> Self {
        self.call.status = Some(Status {
            code: StatusCode::Error as i32,
            ..Status::default()
        });
        self
    }

    fn slow(mut self) -> Self {
        self.call.start_time_unix_nano -= Duration::from_secs(11).as_nanos() as u64;
        self
    }

    fn id(&self) -> String {
        format!("{:032x}", self.id)
    }

    /// The call first, as it ends first, and each in a request of its own, as
    /// from two services.
    fn send(&self, balancer: &Collector) {
        send(balancer, self.call.clone());
        send(balancer, self.root.clone());
    }
}

fn nanos_since_epoch() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_nanos()).unwrap()
}

fn send(balancer: &Collector, span: Span) {
    let scope_spans = vec![ScopeSpans {
        spans: vec![span],
        ..ScopeSpans::default()
    }];
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans,
            ..ResourceSpans::default()
        }],
    };
    let request = reqwest::Client::new()
        .post(format!("{}/v1/traces", balancer.http_url()))
        .header("content-type", "application/x-protobuf")
        .header("accept", "application/json")
        .body(request.encode_to_vec());
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let status = runtime.block_on(request.send()).unwrap().status();
    assert!(status.is_success(), "{status}");
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
        trace.send(&gateway.balancer);
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
            traces[round].send(&gateway.balancer);
        }
    }
    // Whatever is decided by then, this is kept for another reason.
    let last = Trace::new().failed();
    last.send(&gateway.balancer);
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
    trace.send(&balancer);
    let settings = balancer.kill();
    let _sampler = sampler.start();
    let _balancer = settings.start();
    assert_eq!(jaeger::trace(&trace.id(), 2).len(), 2);
}
