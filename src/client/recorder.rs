//! The seam of every other client: somebody tells what happens.

use super::Seam;
use crate::format::Sent;
use crate::record::{Attempt, Head, Moment, Outgoing, Reading, Recording};
use bytes::Bytes;
use http::{HeaderMap, Method};
use std::error::Error;
use std::io;
use url::Url;

/// Records a call that a client without a seam makes: say what happens, in
/// the order in which it does.
///
/// Made by [`Telemetry::record`](crate::Telemetry::record). Synchronous, for
/// blocking and asynchronous clients alike; nothing it is told can make it
/// fail. Dropped before the end, the call counts as dropped by its caller.
/// [`response`](Self::response), [`refused`](Self::refused),
/// [`finish`](Self::finish), [`failed`](Self::failed) and
/// [`timed_out`](Self::timed_out) are ends.
///
/// ```
/// # use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
/// let url = "https://api.openai.com/v1/chat/completions";
/// let mut call = telemetry.record(url, r#"{"model": "gpt-4o", "stream": true, "messages": []}"#);
/// // As the bytes arrive:
/// call.chunk("data: {\"choices\": [{\"delta\": {\"content\": \"Hi\"}, \"finish_reason\": \"stop\"}]}\n\n");
/// call.chunk("data: [DONE]\n\n");
/// call.finish();
/// # telemetry.flush(std::time::Duration::from_secs(5))?;
/// # let spans = exporter.get_finished_spans()?;
/// assert!(turnspan::span_tree(&spans).to_string().contains("turnspan.outcome = completed"));
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
/// # use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
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
/// # telemetry.flush(std::time::Duration::from_secs(5))?;
/// # let spans = exporter.get_finished_spans()?;
/// assert_eq!(spans[0].events.iter().filter(|it| it.name == "gen_ai.retry").count(), 2);
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
    /// Of a JSON body that is posted there.
    pub(crate) fn start(seam: &Seam, url: &str, body: &Bytes) -> Self {
        let url = Url::parse(url).ok();
        let recording = url.and_then(|url| {
            let sent = Sent {
                method: &Method::POST,
                url: &url,
                headers: &HeaderMap::new(),
                body,
            };
            seam.record(&Moment::now(), outgoing(sent, body))
        });
        Self::of(recording)
    }

    pub(crate) fn start_request(seam: &Seam, request: &http::Request<Bytes>) -> Self {
        let url = Url::parse(&request.uri().to_string()).ok();
        let recording = url.and_then(|url| {
            let sent = Sent {
                method: request.method(),
                url: &url,
                headers: request.headers(),
                body: request.body(),
            };
            seam.record(&Moment::now(), outgoing(sent, request.body()))
        });
        Self::of(recording)
    }

    fn of(recording: Option<Recording>) -> Self {
        Self {
            attempt: recording.as_ref().map(Recording::attempt),
            recording,
            reading: None,
        }
    }

    /// What headers the request has. Nothing of them is recorded: should the
    /// provider repeat a key of theirs in the text of an error, it is taken out.
    /// Keys in the query of the URL are known without a word. Tell it before
    /// the end; of attempts whose headers differ tell each.
    ///
    /// ```
    /// use http::HeaderMap;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let telemetry = turnspan::builder()
    /// #     .capture_error_texts(true)
    /// #     .span_exporter(exporter.clone())
    /// #     .build()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("x-api-key", "open-sesame".parse()?);
    ///
    /// let mut call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    /// call.headers(&headers);
    /// call.refused(401, r#"{"error": {"message": "unknown key: open-sesame"}}"#);
    /// # telemetry.flush(std::time::Duration::from_secs(5))?;
    /// # let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
    /// assert!(tree.contains("unknown key: [REDACTED]"));
    /// # Ok(()) }
    /// ```
    pub fn headers(&mut self, headers: &HeaderMap) {
        if let Some(recording) = &self.recording {
            recording.learn(headers, None);
        }
    }

    /// The attempt was refused with an HTTP `status`, and another will be made:
    /// `gen_ai.retry` with its
    /// [reason](crate::semconv::value::retry_reason). An example is at
    /// [`Recorder`].
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

    /// Another attempt is about to be sent. The first needs no word. The time
    /// since the one before it failed is `retry.delay_ms`, in milliseconds; what
    /// an answer to that one brought is void.
    pub fn attempt_begins(&mut self) {
        // Before the next one begins: an attempt whose end nobody told.
        drop((self.reading.take(), self.attempt.take()));
        self.attempt = self.recording.as_ref().map(Recording::attempt);
    }

    /// The head of an answer is here: its status, and headers that tell how its
    /// body is to be read. Without it [`chunk`](Self::chunk) takes
    /// [server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html).
    ///
    /// ```
    /// use http::HeaderMap;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
    /// let mut call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    /// call.head(200, &HeaderMap::new());
    /// // No stream was asked for: this is one document, in pieces.
    /// call.chunk(r#"{"model": "gpt-4o", "#);
    /// call.chunk(r#""choices": []}"#);
    /// call.finish();
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
    /// assert!(tree.contains("gen_ai.response.model = gpt-4o"));
    /// # Ok(()) }
    /// ```
    pub fn head(&mut self, status: u16, headers: &HeaderMap) {
        if let Some(attempt) = self.attempt.take() {
            attempt.answered(status);
        }
        if let Some(recording) = &self.recording {
            recording.learn_answer(headers);
        }
        self.reading(Head::new(status, headers));
    }

    /// The next bytes of a stream are here, cut anywhere:
    /// [server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html),
    /// as they are on the wire. The call ends with what its API says is the end
    /// (`[DONE]`, `message_stop`); tell [`finish`](Self::finish) all the same.
    pub fn chunk(&mut self, bytes: impl Into<Bytes>) {
        if let Some(reading) = self.reading(Head::of_a_stream()) {
            reading.chunk(&bytes.into());
        }
    }

    /// The next event of a stream is here: its data, of a client that takes
    /// streams apart itself. Chunks and events of one call do not mix.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
    /// let url = "https://api.openai.com/v1/chat/completions";
    /// let mut call = telemetry.record(url, r#"{"model": "m", "stream": true}"#);
    /// call.event(r#"{"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}"#);
    /// call.finish();
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let spans = exporter.get_finished_spans()?;
    /// assert_eq!(spans[0].events[1].name, "gen_ai.stream.first_token");
    /// # Ok(()) }
    /// ```
    pub fn event(&mut self, json: impl AsRef<[u8]>) {
        if let Some(reading) = self.reading(Head::of_a_stream()) {
            reading.event(json.as_ref());
        }
    }

    /// The whole answer is here: the JSON of its body, with a status of success.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
    /// let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    /// call.response(r#"{"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 7}}"#);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
    /// assert!(tree.contains("gen_ai.usage.input_tokens = 12"));
    /// # Ok(()) }
    /// ```
    pub fn response(mut self, json: impl Into<Bytes>) {
        self.end_with(200, &json.into());
    }

    /// The provider refused with an HTTP `status` and this body, and that was
    /// the last attempt: a `provider_error`, whose `error.type` is the status.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
    /// let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    /// call.refused(429, r#"{"error": {"message": "slow down"}}"#);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
    /// assert!(tree.contains("error.type = 429"));
    /// # Ok(()) }
    /// ```
    pub fn refused(mut self, status: u16, body: impl Into<Bytes>) {
        self.end_with(status, &body.into());
    }

    /// The stream came to its end. If it did so before its answer was whole,
    /// that is a `transport_error`. An example is at [`Recorder`].
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
    ///
    /// ```
    /// use std::io;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
    ///
    /// let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    /// call.failed(&io::Error::from(io::ErrorKind::ConnectionReset));
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
    /// assert!(tree.contains("turnspan.outcome = transport_error"));
    /// assert!(tree.contains("error.type = connection"));
    /// # Ok(()) }
    /// ```
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

    /// A time limit ran out: no further attempt is made. The outcome is
    /// `deadline`, the `error.type` `timeout`.
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

fn outgoing<'a>(sent: Sent<'a>, body: &'a Bytes) -> Outgoing<'a> {
    Outgoing {
        sent,
        is_meant: true,
        is_streamed: false,
        hold: Box::new(|| body.clone()),
    }
}
