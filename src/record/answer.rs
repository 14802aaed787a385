//! What arrives of an answer, and what its end means.

use super::document::{Document, is_broken, is_page};
use super::head::Head;
use super::verdict::{End, Verdict};
use crate::format::{self, Completion, Format, Merges, Reader, Unreadable, Values};
use crate::framing::{Cutter, Frame, Framing};
use crate::operation::{Failure, Kind, Outcome, Request, Response, word};
use crate::semconv::value;
use crate::stats::{Fault, Stats};
use bytes::Bytes;
use std::borrow::Cow;

/// Follows one answer from its head to its end.
pub(super) struct Answer {
    format: &'static dyn Format,
    reader: Box<dyn Reader>,
    may_be_file: bool,
    form: Form,
    status: Option<u16>,
    merges: Merges,
    verdict: Verdict,
}

/// How the body is to be read.
enum Form {
    /// Nothing has arrived.
    Awaited,
    /// A stream was asked for, and the head does not say that this is one.
    Undecided,
    Stream(Cutter),
    Document(Document),
    /// Compressed in a way that the client leaves to its user.
    Opaque,
    /// What was asked for is a file: nothing of it is read.
    File,
}

impl Answer {
    pub(super) fn new(format: &'static dyn Format, kind: Kind, keep_content: bool) -> Self {
        Self {
            format,
            reader: format.reader(kind, keep_content),
            may_be_file: !kind.is_inference,
            form: Form::Awaited,
            status: None,
            merges: Merges::default(),
            verdict: Verdict::default(),
        }
    }

    /// The head is here. Not every server names its stream.
    pub(super) fn head(&mut self, head: Head, stream_asked: bool) {
        self.status = Some(head.status);
        self.form = if head.is_encoded {
            Form::Opaque
        } else if head.is_file && head.is_success() && self.may_be_file {
            Form::File
        } else if let Some(framing) = head.framing {
            Form::Stream(framing.cutter())
        } else if stream_asked && head.is_success() {
            Form::Undecided
        } else {
            Form::Document(self.document())
        };
    }

    /// To gather a body for its reader.
    fn document(&self) -> Document {
        if self.reader.is_brief() {
            Document::brief()
        } else {
            Document::default()
        }
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
        self.verdict.terminated
    }

    /// How many events with generated content there were.
    pub(super) fn generated(&self) -> u64 {
        self.verdict.generated
    }

    /// The model that answers, once that is known.
    pub(super) fn model(&self) -> Option<&str> {
        self.reader.model()
    }

    /// The next bytes are here.
    pub(super) fn chunk(&mut self, bytes: &Bytes, stats: &Stats) {
        self.decide(bytes);
        match &mut self.form {
            Form::Awaited | Form::Undecided | Form::Opaque | Form::File => {}
            Form::Document(document) => document.push(bytes),
            Form::Stream(cutter) => {
                let mut cutter = std::mem::take(cutter);
                cutter.push(bytes, |frame| self.frame(frame, stats));
                self.form = Form::Stream(cutter);
            }
        }
    }

    /// The next frame of a stream is here.
    pub(super) fn frame(&mut self, frame: Frame<'_>, stats: &Stats) {
        // The answer is complete: whatever follows is not part of it.
        if self.verdict.terminated {
            return;
        }
        let is_error = frame.name == Some("error");
        match self.reader.read_frame(frame, &mut self.merges) {
            Ok(progress) => self.verdict.progress(progress),
            // Its words are read below, be they JSON or not.
            Err(_) if is_error => {}
            Err(_) => self.values(frame, stats),
        }
        if is_error && self.verdict.error.is_none() {
            self.verdict.error = Some(self.said_of_error(frame.data));
        }
    }

    /// Reads a frame that means nothing as a whole by what lies in it.
    fn values(&mut self, frame: Frame<'_>, stats: &Stats) {
        for data in Values::of(frame.data) {
            // The whole was tried already.
            let is_part = data.len() < frame.data.trim_ascii().len();
            let read = is_part.then(|| {
                let frame = Frame { data, ..frame };
                self.reader.read_frame(frame, &mut self.merges)
            });
            match read {
                Some(Ok(progress)) => self.verdict.progress(progress),
                Some(Err(_)) | None => self.verdict.unread(stats),
            }
            if self.verdict.terminated {
                return;
            }
        }
    }

    /// What an event or a body says that is an error: if it is no JSON, that is
    /// the words.
    fn said_of_error(&self, data: &[u8]) -> Failure {
        let text = format::text(data);
        let said = self.format.read_error(&text).map(Failure::from);
        said.unwrap_or_else(|| Failure {
            error_type: Cow::Borrowed(value::error_type::OTHER),
            code: None,
            message: Some(word::word(text.trim()).to_owned()).filter(|text| !text.is_empty()),
        })
    }

    /// Closes the answer to what was asked: what was learnt, and how it ended.
    pub(super) fn end(
        &mut self,
        end: End<'_>,
        asked: &Request,
        stats: &Stats,
    ) -> (Response, Outcome) {
        let is_whole = matches!(end, End::Whole);
        let refusal = self.refusal(is_whole, stats);
        let is_answer = refusal.is_some() || self.read_rest(is_whole, stats);
        let completion = if self.is_awaited() {
            Completion::Missing
        } else {
            self.reader.completion(asked)
        };
        let response = self.reader.finish();
        if response.is_truncated {
            stats.fault(Fault::ResponseTruncated);
        }
        if response.tokens.inclusive().1 {
            stats.fault(Fault::ImplausibleUsage);
        }
        let verdict = std::mem::take(&mut self.verdict);
        let verdict = verdict.with(refusal);
        let is_answer = is_answer && !(verdict.is_empty() && response.says_nothing());
        let outcome = verdict.outcome(end, is_answer, completion, stats);
        (response, outcome)
    }

    /// The head does not say what this is, its first byte does: a document begins
    /// like JSON or HTML, an event of a stream never does.
    fn decide(&mut self, bytes: &Bytes) {
        if !matches!(self.form, Form::Undecided) {
            return;
        }
        let framings = self.format.framings();
        let or_document = |framing: Framing| {
            let is_framed = framings.contains(&framing);
            is_framed.then(|| Form::Stream(framing.cutter()))
        };
        self.form = match bytes.trim_ascii_start() {
            [] => Some(Form::Undecided),
            [b'{', ..] => or_document(Framing::Lines),
            [b'[', ..] => or_document(Framing::JsonArray),
            [b'<' | b'"', ..] => None,
            _ => Some(Form::Stream(Framing::Sse.cutter())),
        }
        .unwrap_or_else(|| Form::Document(self.document()));
    }

    /// The refusal, if the status says that this is one. It may come as a stream
    /// where one was asked for.
    fn refusal(&mut self, is_whole: bool, stats: &Stats) -> Option<Failure> {
        let status = self.status.filter(|_| self.is_refusal())?;
        let said = match &self.form {
            Form::Document(document) => {
                let body = document.bytes().unwrap_or_default();
                (!is_page(body)).then(|| self.said_of_error(body))
            }
            Form::Stream(_) => {
                self.read_rest(is_whole, stats);
                self.verdict.error.take()
            }
            _ => None,
        };
        let (code, message) = said.map_or((None, None), |said| (said.code, said.message));
        Some(Failure {
            error_type: Cow::Owned(status.to_string()),
            code,
            message,
        })
    }

    /// Reads what could only be read at the end. Returns whether this was an
    /// answer at all, as far as can be told.
    fn read_rest(&mut self, is_whole: bool, stats: &Stats) -> bool {
        match std::mem::replace(&mut self.form, Form::Undecided) {
            Form::Awaited | Form::Undecided => true,
            Form::Opaque => {
                stats.fault(Fault::UnreadResponse);
                self.verdict.terminated = is_whole;
                true
            }
            Form::File => {
                self.verdict.terminated = is_whole;
                true
            }
            Form::Stream(mut cutter) => {
                if is_whole {
                    cutter.end(|frame| self.frame(frame, stats));
                }
                for _ in 0..cutter.passed_over() {
                    stats.fault(Fault::ResponseTruncated);
                }
                true
            }
            Form::Document(document) => self.read_document(&document, is_whole, stats),
        }
    }

    /// A document that was read in full is complete.
    fn read_document(&mut self, document: &Document, is_whole: bool, stats: &Stats) -> bool {
        self.verdict.terminated = is_whole;
        let Some(bytes) = document.bytes() else {
            stats.fault(Fault::ResponseTruncated);
            return true;
        };
        if document.is_shortened() {
            stats.fault(Fault::ResponseTruncated);
        }
        let why = match self.reader.read_document(bytes, &mut self.merges) {
            Ok(progress) => {
                self.verdict.progress(progress);
                return true;
            }
            Err(why) => why,
        };
        // Of one that was cut short nothing else can be expected.
        if is_whole {
            self.verdict.unread(stats);
        }
        let is_broken = why == Unreadable::WithRepeats || is_broken(bytes);
        if is_whole && !is_broken {
            // Some servers refuse with a status of success.
            let said = self.format.read_error(&format::text(bytes));
            self.verdict.not_an_answer(said.map(Failure::from));
        }
        self.verdict.terminated &= is_broken;
        is_broken
    }
}
