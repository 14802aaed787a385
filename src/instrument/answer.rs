//! What arrives of an answer, and what its end means.

use super::attempts::AttemptFailure;
use super::document::Document;
use super::head::Head;
use crate::api::sse::{Event, Scanner};
use crate::api::{self, Api, Progress, ResponseReader, Unreadable};
use crate::operation::{Failure, InferenceResponse, Outcome};
use crate::semconv::value;
use crate::stats::{Fault, Stats};
use bytes::Bytes;
use std::borrow::Cow;
use std::error::Error;

/// Follows one answer from its head to its end.
pub(super) struct Answer {
    api: &'static dyn Api,
    reader: Box<dyn ResponseReader>,
    form: Form,
    status: Option<u16>,
    generated: u64,
    terminated: bool,
    error: Option<Failure>,
}

/// How the body is to be read.
enum Form {
    /// Nothing has arrived.
    Awaited,
    /// A stream was asked for, and the head does not say that this is one.
    Undecided,
    Stream(Scanner),
    Document(Document),
    /// Compressed in a way that the client leaves to its user.
    Opaque,
}

/// How the body came to its end.
#[derive(Clone, Copy)]
pub(super) enum End<'a> {
    /// All of it arrived.
    Whole,
    /// Reading it failed.
    Failed(&'a (dyn Error + 'static)),
    /// Whoever read it let go.
    Dropped,
    /// Telemetry shuts down.
    Shutdown,
}

impl Answer {
    pub(super) fn new(api: &'static dyn Api, keep_content: bool) -> Self {
        Self {
            api,
            reader: api.response_reader(keep_content),
            form: Form::Awaited,
            status: None,
            generated: 0,
            terminated: false,
            error: None,
        }
    }

    /// The head is here. Not every server names its stream.
    pub(super) fn head(&mut self, head: Head, stream_asked: bool) {
        self.status = Some(head.status);
        self.form = if head.is_encoded {
            Form::Opaque
        } else if head.is_event_stream {
            Form::Stream(Scanner::default())
        } else if stream_asked && head.is_success() {
            Form::Undecided
        } else {
            Form::Document(Document::default())
        };
    }

    /// Whether nothing has arrived.
    pub(super) fn is_awaited(&self) -> bool {
        self.status.is_none()
    }

    /// Whether the head said that this is a refusal.
    pub(super) fn is_refusal(&self) -> bool {
        self.status
            .is_some_and(|status| !(200..300).contains(&status))
    }

    pub(super) fn is_stream(&self) -> bool {
        matches!(self.form, Form::Stream(_))
    }

    /// Whether the stream said that it is complete.
    pub(super) fn is_terminated(&self) -> bool {
        self.terminated
    }

    /// How many events with generated content there were.
    pub(super) fn generated(&self) -> u64 {
        self.generated
    }

    /// The model that answers, once that is known.
    pub(super) fn model(&self) -> Option<&str> {
        self.reader.model()
    }

    /// The next bytes are here.
    pub(super) fn chunk(&mut self, bytes: &Bytes, stats: &Stats) {
        self.decide(bytes);
        match &mut self.form {
            Form::Awaited | Form::Undecided | Form::Opaque => {}
            Form::Document(document) => document.push(bytes),
            Form::Stream(scanner) => {
                let mut scanner = std::mem::take(scanner);
                scanner.push(bytes, |event| self.event(event, stats));
                self.form = Form::Stream(scanner);
            }
        }
    }

    /// The next event of a stream is here.
    pub(super) fn event(&mut self, event: Event<'_>, stats: &Stats) {
        // The answer is complete: whatever follows is not part of it.
        if self.terminated {
            return;
        }
        let json = api::text(event.data);
        let read = self.reader.read_event(&json);
        self.progress(read, stats);
        if event.is_error && self.error.is_none() {
            let said = self.api.read_error(&json);
            self.error = Some(said.unwrap_or_default().into());
        }
    }

    /// Closes the answer: what was learnt, and how it ended. So many choices
    /// were asked for.
    pub(super) fn end(
        &mut self,
        end: End<'_>,
        choices_asked: usize,
        stats: &Stats,
    ) -> (InferenceResponse, Outcome) {
        let is_whole = matches!(end, End::Whole);
        let refusal = self.refusal();
        let is_answer = refusal.is_some() || self.read_rest(is_whole, stats);
        let response = self.reader.finish();
        if response.is_truncated {
            stats.fault(Fault::ResponseTruncated);
        }
        if response.has_implausible_usage {
            stats.fault(Fault::ImplausibleUsage);
        }
        let outcome = if let Some(failure) = refusal.or_else(|| self.error.take()) {
            Outcome::ProviderError(failure)
        } else if self.terminated {
            Outcome::Completed
        } else {
            match end {
                End::Whole if !is_answer => Outcome::ProviderError(not_an_answer()),
                End::Whole if self.is_complete(&response, choices_asked) => Outcome::Completed,
                End::Whole => Outcome::TransportError(cut_short()),
                End::Failed(error) => AttemptFailure::of(error).outcome(),
                End::Dropped => Outcome::Dropped,
                End::Shutdown => Outcome::Shutdown,
            }
        };
        (response, outcome)
    }

    /// A document begins like JSON or HTML, an event never does.
    fn decide(&mut self, bytes: &Bytes) {
        if matches!(self.form, Form::Undecided) {
            self.form = match bytes.trim_ascii_start() {
                [] => Form::Undecided,
                [b'{' | b'[' | b'<' | b'"', ..] => Form::Document(Document::default()),
                _ => Form::Stream(Scanner::default()),
            };
        }
    }

    fn progress(&mut self, read: Result<Progress, Unreadable>, stats: &Stats) {
        match read {
            Ok(progress) => {
                self.generated += u64::from(progress.generated);
                self.terminated |= progress.terminated;
                self.error = self.error.take().or(progress.error);
            }
            Err(Unreadable) => stats.fault(Fault::UnreadResponse),
        }
    }

    /// The refusal, if the status says that this is one.
    fn refusal(&self) -> Option<Failure> {
        let status = self.status.filter(|_| self.is_refusal())?;
        let body = match &self.form {
            Form::Document(document) => document.bytes(),
            _ => None,
        };
        let body = body.and_then(|body| self.api.read_error(&api::text(body)));
        Some(Failure {
            error_type: Cow::Owned(status.to_string()),
            message: body.and_then(|body| body.message),
        })
    }

    /// Reads what could only be read at the end. Returns whether this was an
    /// answer at all, as far as can be told.
    fn read_rest(&mut self, is_whole: bool, stats: &Stats) -> bool {
        match std::mem::replace(&mut self.form, Form::Undecided) {
            Form::Awaited | Form::Undecided => true,
            Form::Opaque => {
                stats.fault(Fault::UnreadResponse);
                self.terminated = is_whole;
                true
            }
            Form::Stream(mut scanner) => {
                if is_whole {
                    scanner.end(|event| self.event(event, stats));
                }
                for _ in 0..scanner.passed_over() {
                    stats.fault(Fault::ResponseTruncated);
                }
                true
            }
            Form::Document(document) => self.read_document(&document, is_whole, stats),
        }
    }

    /// A document that was read in full is complete.
    fn read_document(&mut self, document: &Document, is_whole: bool, stats: &Stats) -> bool {
        self.terminated = is_whole;
        let Some(bytes) = document.bytes() else {
            stats.fault(Fault::ResponseTruncated);
            return true;
        };
        let read = self.reader.read_body(&api::text(bytes));
        let is_answer = read.is_ok();
        // Of one that was cut short nothing else can be expected.
        if is_answer || is_whole {
            self.progress(read, stats);
        }
        self.terminated &= is_answer;
        is_answer
    }

    /// A stream without its terminator is complete if every choice finished.
    fn is_complete(&self, response: &InferenceResponse, choices_asked: usize) -> bool {
        let reasons = &response.finish_reasons;
        !self.is_awaited()
            && reasons.len() >= choices_asked.max(1)
            && reasons.iter().all(Option::is_some)
    }
}

fn cut_short() -> Failure {
    Failure {
        error_type: Cow::Borrowed(value::error_type::CONNECTION),
        message: Some("the stream ended before the answer did".to_owned()),
    }
}

fn not_an_answer() -> Failure {
    Failure {
        error_type: Cow::Borrowed(value::error_type::OTHER),
        message: Some("the body is not what the API answers".to_owned()),
    }
}
