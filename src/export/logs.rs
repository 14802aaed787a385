//! Calls as log records, where what was said can be structured.
//!
//! The conventions want content on events rather than on spans:
//! `gen_ai.client.inference.operation.details` has what the span has and the
//! messages beside it, `gen_ai.client.operation.exception` an error that the
//! caller got. The five moments of a call, span events by default, may be
//! records too.

use super::gate::Gate;
use super::own_logs::OwnLogs;
use crate::operation::{Conversed, Message};
use crate::redact::Redaction;
use crate::semconv::{attribute, event, value};
use crate::stats::{Account, DropReason, Fault, Stage, Stats};
use crate::turn::Turn;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, Severity};
use opentelemetry::trace::{Event, Status};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};
use opentelemetry_sdk::trace::SpanData;
use serde::Serialize;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::SystemTime;

/// Records that wait: the SDK's own bound.
const MAX_QUEUED: u64 = 2048;

/// Records of one export: as many of the heaviest as a Collector takes in one
/// message of 4 MiB.
pub(super) const MAX_BATCH: usize = 16;

/// What a record may say; of a call that said more it tells the numbers.
const MAX_CONTENT_BYTES: usize = (3 << 20) / MAX_BATCH;

/// The moments of a call.
const MOMENTS: [&str; 5] = [
    event::GEN_AI_PROMPT_SENT,
    event::GEN_AI_STREAM_FIRST_TOKEN,
    event::GEN_AI_RETRY,
    event::GEN_AI_TOOL_CALL,
    event::GEN_AI_RESPONSE_RECEIVED,
];

/// Makes log records of finished calls.
#[derive(Debug)]
pub(crate) struct LogLane {
    pub(crate) logger: SdkLogger,
    pub(crate) account: Arc<Account>,
    pub(crate) stats: Arc<Stats>,
    /// Ours, whose exporter keeps the books; a provider of the user's takes
    /// what it gets, as far as can be told.
    pub(crate) own: Option<OwnLogs>,
    /// Whether details and errors are told.
    pub(crate) details: bool,
    /// Whether the moments of a call are.
    pub(crate) moments: bool,
    /// What may leave; content is told apart.
    pub(crate) gate: Gate,
    /// Of content: the span's attributes come without what may not leave.
    pub(crate) redaction: Option<Redaction>,
}

impl LogLane {
    /// Takes a finished span; only calls are told of.
    pub(crate) fn take(&self, span: &SpanData, conversed: Option<&Conversed>) {
        if !Turn::is_made_of(span) {
            return;
        }
        // What is told here is not telemetry's own work, which makes none.
        let _unsuppressed = Context::new().attach();
        if self.moments {
            for event in &span.events.events {
                self.tell_moment(span, event);
            }
        }
        if self.details {
            self.tell_error(span, conversed);
            self.tell_details(span, conversed);
        }
    }

    fn tell_moment(&self, span: &SpanData, event: &Event) {
        let name = MOMENTS.into_iter().find(|name| *name == event.name);
        if let Some(name) = name {
            let mut record = self.record(span, name, Severity::Info, event.timestamp);
            record.add_attributes(self.passing(&event.attributes, self.details));
            self.emit(record);
        }
    }

    fn tell_details(&self, span: &SpanData, conversed: Option<&Conversed>) {
        const NAME: &str = event::GEN_AI_CLIENT_INFERENCE_OPERATION_DETAILS;
        let mut record = self.record(span, NAME, Severity::Info, span.end_time);
        record.add_attributes(self.passing(&span.attributes, false));
        let is_light = |conversed: &&Conversed| {
            let messages = conversed.input.messages.iter().chain(&conversed.output);
            let fits = messages.map(Message::weight).sum::<usize>() <= MAX_CONTENT_BYTES;
            if !fits {
                self.stats.fault(Fault::ContentShed);
            }
            fits
        };
        if let Some(conversed) = conversed.filter(is_light) {
            let input = &conversed.input;
            let parts = [
                (attribute::GEN_AI_INPUT_MESSAGES, json_list(&input.messages)),
                (
                    attribute::GEN_AI_OUTPUT_MESSAGES,
                    json_list(&conversed.output),
                ),
                (
                    attribute::GEN_AI_SYSTEM_INSTRUCTIONS,
                    json_list(&input.system_instructions),
                ),
                (
                    attribute::GEN_AI_TOOL_DEFINITIONS,
                    json_list(&input.tool_definitions),
                ),
            ];
            let known = parts
                .into_iter()
                .filter_map(|(key, json)| Some((key, self.structured(key, json?))));
            record.add_attributes(known);
        }
        self.emit(record);
    }

    /// An error that the caller got: not that it let go of the call.
    fn tell_error(&self, span: &SpanData, conversed: Option<&Conversed>) {
        const NAME: &str = event::GEN_AI_CLIENT_OPERATION_EXCEPTION;
        let own = span.attributes.iter();
        let mut kind = own.filter(|it| it.key.as_str() == attribute::ERROR_TYPE);
        let is_own = |kind: &str| {
            [value::error_type::CANCELLED, value::error_type::SHUTDOWN].contains(&kind)
        };
        let (Status::Error { .. }, Some(kind)) = (&span.status, kind.next()) else {
            return;
        };
        let kind = kind.value.as_str().into_owned();
        if is_own(&kind) {
            return;
        }
        let mut record = self.record(span, NAME, Severity::Warn, span.end_time);
        record.add_attribute(attribute::EXCEPTION_TYPE, kind);
        let message = conversed.and_then(|conversed| conversed.error_message.clone());
        if let Some(message) = message {
            let redaction = self.redaction.as_ref();
            let new = redaction
                .and_then(|redaction| redaction.attribute(attribute::EXCEPTION_MESSAGE, &message));
            record.add_attribute(attribute::EXCEPTION_MESSAGE, new.unwrap_or(message));
        }
        self.emit(record);
    }

    /// Content in structure, without what may not leave.
    fn structured(&self, key: &str, json: String) -> AnyValue {
        let redaction = self.redaction.as_ref();
        let new = redaction.and_then(|redaction| redaction.attribute(key, &json));
        let json = new.unwrap_or(json);
        serde_json::from_str(&json).map_or_else(|_| json.into(), of_json)
    }

    fn record(
        &self,
        span: &SpanData,
        name: &'static str,
        severity: Severity,
        at: SystemTime,
    ) -> SdkLogRecord {
        let mut record = self.logger.create_log_record();
        let context = &span.span_context;
        record.set_event_name(name);
        record.set_timestamp(at);
        record.set_observed_timestamp(at);
        record.set_severity_number(severity);
        record.set_trace_context(
            context.trace_id(),
            context.span_id(),
            Some(context.trace_flags()),
        );
        record
    }

    /// The attributes that may leave.
    fn passing(&self, attributes: &[KeyValue], content: bool) -> Vec<(String, AnyValue)> {
        let gate = Gate {
            content,
            ..self.gate.clone()
        };
        let passing = gate.passing(attributes).into_iter();
        passing
            .map(|it| (it.key.to_string(), any(&it.value)))
            .collect()
    }

    fn emit(&self, record: SdkLogRecord) {
        self.account.enqueue();
        if self.account.at(Stage::Queued) > MAX_QUEUED {
            // The SDK's own queue is as long, and would drop in silence.
            return self.account.lose(Stage::Queued, DropReason::SpoolFull, 1);
        }
        self.logger.emit(record);
        if self.own.is_none() {
            self.account.deliver(Stage::Queued, 1);
        }
    }

    /// A call was refused on its way here: at least its one record is lost.
    pub(crate) fn refused(&self, reason: DropReason) {
        self.account.enqueue();
        self.account.lose(Stage::Queued, reason, 1);
    }

    /// Has what was told leave now; `done` is dropped then.
    pub(crate) fn flush(&self, done: Sender<()>) {
        if let Some(own) = &self.own {
            own.flush(done);
        }
    }

    /// Gives up what is left; for the end.
    pub(crate) fn give_up(&self) {
        if let Some(own) = &self.own {
            own.shut_down();
        }
        self.account.close();
    }
}

fn json_list(items: &[impl Serialize]) -> Option<String> {
    (!items.is_empty()).then(|| json(&items)).flatten()
}

fn json(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}

fn of_json(json: serde_json::Value) -> AnyValue {
    use serde_json::Value as Json;
    match json {
        // There is no null among the values of attributes.
        Json::Null => AnyValue::from(""),
        Json::Bool(flag) => flag.into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(of_json).collect(),
        Json::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            fields.map(|(key, value)| (key, of_json(value))).collect()
        }
    }
}

fn any(value: &Value) -> AnyValue {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::I64(whole) => (*whole).into(),
        Value::F64(number) => (*number).into(),
        Value::Array(Array::String(texts)) => {
            texts.iter().map(|text| text.as_str().to_owned()).collect()
        }
        Value::Array(Array::I64(list)) => list.iter().copied().collect(),
        Value::Array(Array::F64(list)) => list.iter().copied().collect(),
        Value::Array(Array::Bool(list)) => list.iter().copied().collect(),
        other => other.as_str().into_owned().into(),
    }
}
