//! What arrives of an answer, and what its end means.

use super::attempts::AttemptFailure;
use super::error;
use crate::api::sse::Scanner;
use crate::api::{Api, Progress, ResponseReader, Unreadable};
use crate::operation::{Failure, InferenceResponse, Outcome};
use crate::semconv::value;
use crate::stats::{Fault, Stats};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use std::borrow::Cow;
use std::error::Error;

/// The most that is kept of a body that is not a stream.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Follows one answer from its head to its end.
pub(super) struct Answer {
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
    Whole(WholeBody),
    /// Compressed in a way that the client leaves to its user.
    Opaque,
}

#[derive(Default)]
struct WholeBody {
    chunks: Vec<Bytes>,
    length: usize,
    overlong: bool,
}

/// The head of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) status: u16,
    kind: Kind,
    is_encoded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    EventStream,
    /// Some document: JSON, or the HTML page of a proxy.
    Document,
    Unsaid,
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

impl Head {
    pub(super) fn new(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let is = |kind: &str, prefix: &str| {
            kind.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        Self {
            status,
            kind: match text(CONTENT_TYPE).map(str::trim_start) {
                Some(kind) if is(kind, "text/event-stream") => Kind::EventStream,
                Some(kind) if is(kind, "application/") || is(kind, "text/html") => Kind::Document,
                _ => Kind::Unsaid,
            },
            is_encoded: text(CONTENT_ENCODING)
                .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")),
        }
    }

    /// The head of an answer that came without one, and well.
    pub(super) fn of_a_stream() -> Self {
        Self {
            status: 200,
            kind: Kind::EventStream,
            is_encoded: false,
        }
    }

    /// The head of a whole answer of this status.
    pub(super) fn of_a_document(status: u16) -> Self {
        Self {
            status,
            kind: Kind::Document,
            is_encoded: false,
        }
    }

    fn is_success(self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Servers that forget to name their stream are believed to send the one
    /// that they were asked for.
    fn form(self, stream_asked: bool) -> Form {
        match self.kind {
            _ if self.is_encoded => Form::Opaque,
            Kind::EventStream => Form::Stream(Scanner::default()),
            Kind::Unsaid if stream_asked && self.is_success() => Form::Stream(Scanner::default()),
            Kind::Document | Kind::Unsaid => Form::Whole(WholeBody::default()),
        }
    }
}

impl Answer {
    pub(super) fn new(api: &'static dyn Api, keep_content: bool) -> Self {
        Self {
            reader: api.response_reader(keep_content),
            form: Form::Unknown,
            status: None,
            generated: false,
            terminated: false,
            error: None,
        }
    }

    /// The head is here.
    pub(super) fn head(&mut self, head: Head, stream_asked: bool) {
        self.status = Some(head.status);
        self.form = head.form(stream_asked);
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

    /// The next bytes are here. Returns whether they bring the first
    /// generated content of a stream.
    pub(super) fn chunk(&mut self, bytes: &Bytes, stats: &Stats) -> bool {
        let before = self.generated;
        match &mut self.form {
            Form::Unknown | Form::Opaque => {}
            Form::Whole(body) => body.push(bytes),
            Form::Stream(scanner) => {
                let mut scanner = std::mem::take(scanner);
                scanner.push(bytes, |data| {
                    self.event(data, stats);
                });
                self.form = Form::Stream(scanner);
            }
        }
        self.generated && !before
    }

    /// The data of the next event of a stream is here. Returns whether it is
    /// the first with generated content.
    pub(super) fn event(&mut self, data: &[u8], stats: &Stats) -> bool {
        // The answer is complete: whatever follows is not part of it.
        if self.terminated {
            return false;
        }
        let before = self.generated;
        let read = self.reader.read_event(data);
        self.progress(read, stats);
        self.generated && !before
    }

    /// Closes the answer: what was learnt, and how it ended.
    pub(super) fn end(
        &mut self,
        api: &'static dyn Api,
        end: End<'_>,
        stats: &Stats,
    ) -> (InferenceResponse, Outcome) {
        let refusal = self.refusal(api);
        let readable = refusal.is_some() || self.read_rest(&end, stats);
        let response = self.reader.finish();
        if response.is_truncated {
            stats.fault(Fault::ResponseTruncated);
        }
        let outcome = match (end, refusal.or_else(|| self.error.take())) {
            (End::Shutdown, _) => Outcome::Shutdown,
            (_, Some(failure)) => Outcome::ProviderError(failure),
            (End::Whole, None) if !readable => Outcome::ProviderError(not_an_answer()),
            (End::Whole, None) if self.is_complete(&response) => Outcome::Completed,
            (_, None) if self.terminated => Outcome::Completed,
            (End::Whole, None) => Outcome::TransportError(cut_short()),
            (End::Dropped, None) => Outcome::Dropped,
            (End::Failed(error), None) => failed(error),
        };
        (response, outcome)
    }

    fn progress(&mut self, read: Result<Progress, Unreadable>, stats: &Stats) {
        match read {
            Ok(progress) => {
                self.generated |= progress.generated;
                self.terminated |= progress.terminated;
                self.error = self.error.take().or(progress.error);
            }
            Err(Unreadable) => stats.fault(Fault::UnreadResponse),
        }
    }

    /// The refusal, if the status says that this is one.
    fn refusal(&self, api: &'static dyn Api) -> Option<Failure> {
        let status = self.status.filter(|_| self.is_refusal())?;
        let body = match &self.form {
            Form::Whole(body) => body.bytes().and_then(|body| api.read_error(&body)),
            _ => None,
        };
        Some(Failure {
            error_type: Cow::Owned(status.to_string()),
            message: body.and_then(|body| body.message),
        })
    }

    /// Reads what could only be read at the end. Returns whether this was an
    /// answer at all, as far as can be told.
    fn read_rest(&mut self, end: &End<'_>, stats: &Stats) -> bool {
        match &self.form {
            Form::Unknown => true,
            Form::Opaque => {
                stats.fault(Fault::UnreadResponse);
                true
            }
            Form::Stream(scanner) => {
                for _ in 0..scanner.passed_over() {
                    stats.fault(Fault::ResponseTruncated);
                }
                true
            }
            Form::Whole(body) => {
                let Some(bytes) = body.bytes() else {
                    stats.fault(Fault::ResponseTruncated);
                    return true;
                };
                let read = self.reader.read_body(&bytes);
                let readable = read.is_ok();
                // Of a body that was cut short nothing else can be expected.
                if readable || matches!(end, End::Whole) {
                    self.progress(read, stats);
                }
                readable
            }
        }
    }

    /// A stream without its terminator is complete if every choice finished.
    fn is_complete(&self, response: &InferenceResponse) -> bool {
        let reasons = &response.finish_reasons;
        !self.is_stream()
            || self.terminated
            || (!reasons.is_empty() && reasons.iter().all(Option::is_some))
    }
}

impl WholeBody {
    /// Keeps the bytes, unless the body is too long to keep any of it.
    fn push(&mut self, bytes: &Bytes) {
        self.length = self.length.saturating_add(bytes.len());
        if self.length > MAX_BODY_BYTES {
            self.overlong = true;
            self.chunks = Vec::new();
        } else {
            self.chunks.push(bytes.clone());
        }
    }

    /// The body, unless it was too long.
    fn bytes(&self) -> Option<Bytes> {
        match self.chunks.as_slice() {
            _ if self.overlong => None,
            [only] => Some(only.clone()),
            many => Some(many.concat().into()),
        }
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

/// What a failure to get or read an answer means.
pub(super) fn failed(error: &(dyn Error + 'static)) -> Outcome {
    AttemptFailure::transport(error::error_type(error), error::message(error)).outcome()
}
