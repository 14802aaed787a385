//! What arrives of an answer, and what its end means.

use super::error;
use crate::api::sse::Scanner;
use crate::api::{Api, ResponseReader};
use crate::operation::{Failure, InferenceResponse, Outcome};
use crate::semconv::value;
use crate::stats::{Fault, Stats};
use bytes::Bytes;
use std::borrow::Cow;
use std::error::Error;

/// The most that is kept of a body that is not a stream.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Follows one answer from its head to its end.
pub(super) struct Answer {
    api: &'static dyn Api,
    reader: Box<dyn ResponseReader>,
    form: Form,
    status: Option<u16>,
    generated: bool,
    terminated: bool,
    error: Option<Failure>,
}

/// How the body is to be read; known from the head.
enum Form {
    Unknown,
    Stream(Scanner),
    Whole {
        chunks: Vec<Bytes>,
        length: usize,
        cut: bool,
    },
}

/// How the body came to its end.
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
            form: Form::Unknown,
            status: None,
            generated: false,
            terminated: false,
            error: None,
        }
    }

    /// The head is here.
    pub(super) fn head(&mut self, status: u16, content_type: Option<&str>) {
        self.status = Some(status);
        let is_stream = content_type.is_some_and(|kind| kind.starts_with("text/event-stream"));
        self.form = if is_stream {
            Form::Stream(Scanner::default())
        } else {
            Form::Whole {
                chunks: Vec::new(),
                length: 0,
                cut: false,
            }
        };
    }

    /// The next bytes are here. Returns whether they bring the first
    /// generated content of a stream.
    pub(super) fn chunk(&mut self, bytes: &Bytes, stats: &Stats) -> bool {
        match &mut self.form {
            Form::Unknown => {}
            Form::Whole {
                chunks,
                length,
                cut,
            } => {
                *cut |= *length + bytes.len() > MAX_BODY_BYTES;
                if !*cut {
                    *length += bytes.len();
                    chunks.push(bytes.clone());
                }
            }
            Form::Stream(scanner) => {
                let before = self.generated;
                scanner.push(bytes, |data| match self.reader.read_event(data) {
                    Ok(progress) => {
                        self.generated |= progress.generated;
                        self.terminated |= progress.terminated;
                        self.error = self.error.take().or(progress.error);
                    }
                    Err(_) => stats.fault(Fault::UnreadResponse),
                });
                return self.generated && !before;
            }
        }
        false
    }

    /// Closes the answer: what was learnt, and how it ended.
    pub(super) fn end(&mut self, end: End<'_>, stats: &Stats) -> (InferenceResponse, Outcome) {
        let refusal = self.refusal();
        if refusal.is_none() {
            self.read_whole_body(&end, stats);
        }
        let response = self.reader.finish();
        let outcome = match (end, refusal, self.error.take()) {
            (End::Shutdown, ..) => Outcome::Shutdown,
            (_, Some(refusal), _) => Outcome::ProviderError(refusal),
            (_, None, Some(error)) => Outcome::ProviderError(error),
            (End::Whole, ..) if self.is_complete(&response) => Outcome::Completed,
            (End::Whole, ..) => Outcome::TransportError(cut_short()),
            (_, None, None) if self.terminated => Outcome::Completed,
            (End::Dropped, ..) => Outcome::Dropped,
            (End::Failed(error), ..) => failed(error),
        };
        (response, outcome)
    }

    /// The refusal, if the status says that this is one.
    fn refusal(&self) -> Option<Failure> {
        let status = self.status.filter(|status| *status >= 400)?;
        let body = self
            .whole_body()
            .and_then(|body| self.api.read_error(&body));
        Some(Failure {
            error_type: Cow::Owned(status.to_string()),
            message: body.and_then(|body| body.message),
        })
    }

    fn read_whole_body(&mut self, end: &End<'_>, stats: &Stats) {
        match &self.form {
            Form::Unknown => {}
            Form::Stream(scanner) => {
                for _ in 0..scanner.passed_over() {
                    stats.fault(Fault::ResponseTruncated);
                }
            }
            Form::Whole { cut: true, .. } => stats.fault(Fault::ResponseTruncated),
            Form::Whole { .. } => {
                let read = self.whole_body().map(|body| self.reader.read_body(&body));
                match (read, end) {
                    (Some(Ok(progress)), _) => self.error = progress.error,
                    // Of a body that was cut short nothing else can be expected.
                    (Some(Err(_)), End::Whole) => stats.fault(Fault::UnreadResponse),
                    _ => {}
                }
            }
        }
    }

    fn whole_body(&self) -> Option<Bytes> {
        match &self.form {
            Form::Whole {
                chunks, cut: false, ..
            } => match chunks.as_slice() {
                [] => None,
                [only] => Some(only.clone()),
                many => Some(many.concat().into()),
            },
            _ => None,
        }
    }

    /// A stream without its terminator is complete if every choice finished.
    fn is_complete(&self, response: &InferenceResponse) -> bool {
        let reasons = &response.finish_reasons;
        !matches!(self.form, Form::Stream(_))
            || self.terminated
            || (!reasons.is_empty() && reasons.iter().all(Option::is_some))
    }
}

fn cut_short() -> Failure {
    Failure {
        error_type: Cow::Borrowed(value::error_type::CONNECTION),
        message: Some("the stream ended before the answer did".to_owned()),
    }
}

/// What a failure to get or read an answer means.
pub(super) fn failed(error: &(dyn Error + 'static)) -> Outcome {
    let error_type = error::error_type(error);
    let failure = Failure {
        error_type: Cow::Borrowed(error_type),
        message: error::message(error),
    };
    match error_type {
        value::error_type::TIMEOUT => Outcome::Deadline(failure),
        _ => Outcome::TransportError(failure),
    }
}
