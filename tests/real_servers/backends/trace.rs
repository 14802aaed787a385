//! A trace of somebody's: made by hand, to be like others or not.

use super::block_on;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// A trace of a root and a call, which are sent one by one.
pub(super) struct Trace {
    id: u128,
    root: Span,
    call: Span,
}

impl Trace {
    pub(super) fn new() -> Self {
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
            start_time_unix_nano: end - 500_000_000,
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

    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.call.attributes.push(KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        });
        self
    }

    pub(super) fn in_conversation(self, id: &str) -> Self {
        self.with("gen_ai.conversation.id", Value::StringValue(id.to_owned()))
    }

    pub(super) fn failed(mut self) -> Self {
        self.call.status = Some(Status {
            code: StatusCode::Error as i32,
            ..Status::default()
        });
        self
    }

    pub(super) fn slow(mut self) -> Self {
        self.call.start_time_unix_nano -= 11_000_000_000;
        self
    }

    pub(super) fn id(&self) -> String {
        format!("{:032x}", self.id)
    }

    /// The call first, as it ends first, and each in a request of its own, as
    /// from two services.
    pub(super) fn send(&self, to: &str) {
        self.send_call(to);
        send(to, self.root.clone());
    }

    pub(super) fn send_call(&self, to: &str) {
        send(to, self.call.clone());
    }
}

fn nanos_since_epoch() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_nanos()).unwrap()
}

fn send(to: &str, span: Span) {
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
        .post(format!("{to}/v1/traces"))
        .header("content-type", "application/x-protobuf")
        .header("accept", "application/json")
        .body(request.encode_to_vec());
    let status = block_on(request.send()).unwrap().status();
    assert!(status.is_success(), "{status}");
}
