//! Calls as log records, where what was said can be structured.
//!
//! The conventions want content on events rather than on spans:
//! `gen_ai.client.inference.operation.details` has what the span has and the
//! messages beside it, `gen_ai.client.operation.exception` an error that the
//! caller got. The five moments of a call, span events by default, may be
//! records too.

mod any_value;
mod calls;
mod exception;

pub(crate) use calls::Calls;

use super::otlp::own_logs::OwnLogs;
use crate::gate::Gate;
use crate::operation::{Conversed, Message};
use crate::pipeline::{Destination, Finished, Want};
use crate::redact::Redaction;
use crate::semconv::{attribute, event, value};
use crate::stats::{Account, DropReason, Fault, Stage, Stats};
use crate::turn::Turn;
use any_value::{any, json_list, of_json_text, tools};
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, Severity};
use opentelemetry::trace::{Event, Status};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};
use opentelemetry_sdk::trace::SpanData;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Instant, SystemTime};

/// Records that wait: the SDK's own bound.
const MAX_QUEUED: u64 = 2048;

/// Records of one export: as many of the heaviest as a Collector takes in one
/// message of 4 MiB.
pub(in crate::destination) const MAX_BATCH: usize = 16;

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
    /// Whether tools have their descriptions and parameters there.
    pub(crate) full_tool_definitions: bool,
    /// Whether the moments of a call are.
    pub(crate) moments: bool,
    /// What may leave; content is told apart.
    pub(crate) gate: Gate,
    /// Of content: the span's attributes come without what may not leave.
    pub(crate) redaction: Option<Redaction>,
    pub(crate) calls: Calls,
}

impl LogLane {
    fn tell(&self, span: &SpanData, conversed: Option<&Conversed>) {
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
            let passing = self.passing(&event.attributes, self.details);
            record.add_attributes(passing.into_iter().map(with_structure));
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
                    tools(&input.tool_definitions, self.full_tool_definitions),
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
        let said = conversed.filter(|_| self.gate.error_texts);
        let text = said.and_then(|said| exception::text(said, self.redaction.as_ref()));
        let message = text.or_else(|| exception::stand_in(&kind));
        let parts = [
            (
                attribute::EXCEPTION_TYPE,
                exception::kind(&kind).map(str::to_owned),
            ),
            (attribute::EXCEPTION_MESSAGE, message),
            (attribute::ERROR_TYPE, Some(kind.clone())),
        ];
        let known = parts
            .into_iter()
            .filter_map(|(key, text)| Some((key, text?)));
        record.add_attributes(known);
        self.emit(record);
    }

    /// Content in structure, without what may not leave.
    fn structured(&self, key: &str, json: String) -> AnyValue {
        let redaction = self.redaction.as_ref();
        let new = redaction.and_then(|redaction| redaction.attribute(key, &json));
        let json = new.unwrap_or(json);
        of_json_text(json)
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
        // A provider of the user's runs code of theirs.
        let emit = || self.logger.emit(record);
        if self.stats.guard(Fault::ExporterPanicked, emit).is_none() {
            return self
                .account
                .lose(Stage::Queued, DropReason::ExporterFailed, 1);
        }
        if self.own.is_none() {
            self.account.deliver(Stage::Queued, 1);
        }
    }

    fn lose_one(&self, reason: DropReason) {
        self.account.enqueue();
        self.account.lose(Stage::Queued, reason, 1);
    }
}

/// Arguments, which a span can only have as JSON text, in structure.
fn with_structure((key, value): (String, AnyValue)) -> (String, AnyValue) {
    match value {
        AnyValue::String(json) if key == attribute::GEN_AI_TOOL_CALL_ARGUMENTS => {
            (key, of_json_text(json.into()))
        }
        value => (key, value),
    }
}

impl Destination for LogLane {
    fn account(&self) -> &Arc<Account> {
        &self.account
    }

    fn wants(&self, want: Want) -> bool {
        match want {
            Want::Beside => true,
            Want::Content => self.details,
            Want::Histories | Want::Turns | Want::Unsampled => false,
        }
    }

    fn is_due(&self, span: &SpanData) -> bool {
        span.span_context.is_sampled() && Turn::is_made_of(span)
    }

    fn expect(&self) {
        if !self.calls.expect() {
            self.lose(DropReason::Shutdown);
        }
    }

    /// At least its one record is lost.
    fn lose(&self, reason: DropReason) {
        if self.calls.arrive() {
            self.lose_one(reason);
        }
    }

    /// One that was given up is on the books.
    fn take(&self, finished: Finished<'_>) {
        if self.calls.arrive() {
            self.tell(&finished.span, finished.conversed);
        }
    }

    fn flush(&self, done: Sender<()>) {
        match &self.own {
            Some(own) => own.flush(done),
            // A provider of the user's is flushed by the user.
            None => done.send(()).unwrap_or_default(),
        }
    }

    fn close(&self, _deadline: Instant) {
        if let Some(own) = &self.own {
            own.shut_down();
        }
        for _ in 0..self.calls.end() {
            self.lose_one(DropReason::Shutdown);
        }
        self.account.close();
    }

    /// The SDK, which sends them, gives up before the deadline does.
    fn may_leave_some(&self) -> bool {
        true
    }
}
