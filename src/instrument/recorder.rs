//! The seam of every other client: somebody tells what happens.

use super::Seam;
use super::attempt::Attempt;
use super::head::Head;
use super::open::{Moment, Sent};
use super::reading::Reading;
use super::recording::Recording;
use bytes::Bytes;
use http::Method;
use std::error::Error;
use std::io;
use url::Url;

/// Records a call that a client without a seam makes: say what happens, in
/// the order in which it does.
///
/// Made by [`Telemetry::record`](crate::Telemetry::record). Synchronous, for
/// blocking and asynchronous clients alike; nothing it is told can make it
/// fail. Dropped before the end, the call counts as dropped by its caller.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let telemetry = turnspan::builder().build()?;
/// let url = "https://api.openai.com/v1/chat/completions";
/// let mut call = telemetry.record(url, r#"{"model": "gpt-4o", "stream": true, "messages": []}"#);
/// // As the bytes arrive:
/// call.chunk("data: {\"choices\": [{\"delta\": {\"content\": \"Hi\"}, \"finish_reason\": \"stop\"}]}\n\n");
/// call.chunk("data: [DONE]\n\n");
/// call.finish();
/// # Ok(()) }
/// ```
///
/// With retries of one's own, each attempt is told:
///
/// ```
/// # use std::io;
/// # fn send(attempt: u32) -> io::Result<(u16, String)> {
/// #     match attempt { 1 => Err(io::ErrorKind::ConnectionReset.into()), 2 => Ok((503, String::new())),
/// #         _ => Ok((200, r#"{"choices": []}"#.into())) }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let telemetry = turnspan::builder().build()?;
/// let url = "https://api.openai.com/v1/chat/completions";
/// let mut call = telemetry.record(url, r#"{"model": "gpt-4o", "messages": []}"#);
/// for attempt in 1..=3 {
///     match send(attempt) {
///         Ok((200, body)) => {
///             call.response(body);
///             break;
///         }
///         Ok((status, body)) if attempt == 3 => {
///             call.refused(status, body);
///             break;
///         }
///         Err(error) if attempt == 3 => {
///             call.failed(&error);
///             break;
///         }
///         Ok((status, _)) => call.attempt_refused(status),
///         Err(error) => call.attempt_failed(&error),
///     }
///     call.attempt_begins();
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends the call as dropped by its caller"]
pub struct Recorder {
    recording: Option<Recording>,
    attempt: Option<Attempt>,
    reading: Option<Reading>,
}

impl Recorder {
    pub(crate) fn start(seam: &Seam, url: &str, request: &Bytes) -> Self {
        let sent = Url::parse(url).map(|url| {
            let sent = Sent {
                method: &Method::POST,
                url: &url,
                body: request,
                hold: Box::new(|| request.clone()),
            };
            Recording::start(seam, Moment::now(), sent)
        });
        let recording = sent.ok().flatten();
        Self {
            attempt: recording.as_ref().map(Recording::attempt),
            recording,
            reading: None,
        }
    }

    /// The attempt was refused with an HTTP `status`, and another will be made.
    pub fn attempt_refused(&mut self, status: u16) {
        if let Some(attempt) = self.attempt.take() {
            attempt.refused(status);
        }
    }

    /// The attempt got no answer, and another will be made. What an error
    /// means: see [`failed`](Self::failed).
    pub fn attempt_failed(&mut self, error: &(dyn Error + 'static)) {
        if let Some(attempt) = self.attempt.take() {
            attempt.failed(error);
        }
    }

    /// Another attempt is about to be sent. The first needs no word.
    pub fn attempt_begins(&mut self) {
        // Before the next one begins: an attempt whose end nobody told.
        drop((self.reading.take(), self.attempt.take()));
        self.attempt = self.recording.as_ref().map(Recording::attempt);
    }

    /// The next bytes of a stream are here, cut anywhere: server-sent events,
    /// as they are on the wire.
    pub fn chunk(&mut self, bytes: impl Into<Bytes>) {
        if let Some(reading) = self.reading(Head::of_a_stream()) {
            reading.chunk(&bytes.into());
        }
    }

    /// The next event of a stream is here: its data, of a client that takes
    /// streams apart itself. Chunks and events of one call do not mix.
    pub fn event(&mut self, json: impl AsRef<[u8]>) {
        if let Some(reading) = self.reading(Head::of_a_stream()) {
            reading.event(json.as_ref());
        }
    }

    /// The whole answer is here: the JSON of its body.
    pub fn response(mut self, json: impl Into<Bytes>) {
        self.end_with(200, &json.into());
    }

    /// The provider refused with an HTTP `status` and this body, and that was
    /// the last attempt.
    pub fn refused(mut self, status: u16, body: impl Into<Bytes>) {
        self.end_with(status, &body.into());
    }

    /// The stream came to its end.
    pub fn finish(mut self) {
        if let Some(reading) = self.reading(Head::of_a_stream()) {
            reading.ended();
        }
    }

    /// The call, or reading its stream, failed: no further attempt is made.
    ///
    /// Of an error and what caused it these are recognised: the time limits of
    /// tokio, tower, reqwest and `std::io` as `deadline`; connections that
    /// `std::io` or reqwest tell of; a status that reqwest or async-openai made
    /// an error of as what the provider said. Anything else is a
    /// `transport_error` of type `_OTHER`: of other clients' time limits tell
    /// [`timed_out`](Self::timed_out), and of statuses [`refused`](Self::refused).
    /// (Of a `Box<dyn Error + Send + Sync>` it takes `&*error`.)
    pub fn failed(mut self, error: &(dyn Error + 'static)) {
        if let Some(attempt) = self.attempt.take() {
            attempt.failed(error);
        }
        match (&self.reading, &self.recording) {
            (Some(reading), _) => reading.failed(error),
            (None, Some(recording)) => recording.call_failed(error),
            (None, None) => {}
        }
    }

    /// A time limit ran out: no further attempt is made.
    pub fn timed_out(self) {
        self.failed(&io::Error::from(io::ErrorKind::TimedOut));
    }

    fn end_with(&mut self, status: u16, body: &Bytes) {
        if let Some(attempt) = self.attempt.take() {
            attempt.answered(status);
        }
        if let Some(reading) = self.reading(Head::of_a_document(status)) {
            reading.chunk(body);
            reading.ended();
        }
    }

    fn reading(&mut self, head: Head) -> Option<&Reading> {
        let recording = self.recording.as_ref()?;
        Some(self.reading.get_or_insert_with(|| recording.answered(head)))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(attempt) = self.attempt.take() {
            attempt.over();
        }
        // Changes nothing if the call has already come to its end.
        drop(self.recording.take().map(|recording| recording.awaiting()));
    }
}
