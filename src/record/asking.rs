//! A request whose body is made while it is sent: what it asks is known when all of
//! it has passed.

use super::document::Document;
use super::open::Open;
use super::start::read_asked;
use super::{Instrumentation, Recording, WeakRecording};
use crate::format::{self, Sent};
use crate::framing::FormSkim;
use crate::span::attributes;
use crate::stats::Fault;
use bytes::Bytes;
use http::{HeaderMap, Method};
use opentelemetry::trace::Span as _;
use url::Url;

/// Reads such a body as it passes. Keeps no recording open.
pub(crate) struct Asking {
    recording: WeakRecording,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Body,
}

/// What is kept of it.
enum Body {
    /// Of a form all but its files.
    Form(Box<FormSkim>),
    Whole(Document),
}

impl Recording {
    /// Reads the body of a request of the call as it passes, if what the call asks
    /// is not known yet.
    pub(crate) fn asking(&self, method: &Method, url: &Url, headers: &HeaderMap) -> Option<Asking> {
        let mut keeps_words = None;
        self.shared.with(|open, instrumentation| {
            let is_passing = open.prompt.is_passing();
            keeps_words = is_passing.then(|| instrumentation.keeps_request(open.keep_content));
        });
        let whole = if keeps_words? {
            Document::default()
        } else {
            Document::brief()
        };
        let form = format::boundary(headers).map(|it| Body::Form(Box::new(FormSkim::new(it))));
        Some(Asking {
            recording: self.downgrade(),
            method: method.clone(),
            url: url.clone(),
            headers: headers.clone(),
            body: form.unwrap_or(Body::Whole(whole)),
        })
    }
}

impl Asking {
    /// More of the body passes.
    pub(crate) fn chunk(&mut self, bytes: &Bytes) {
        match &mut self.body {
            Body::Form(skim) => skim.push(bytes),
            Body::Whole(document) => document.push(bytes),
        }
    }

    /// All of it has passed.
    pub(crate) fn over(self) {
        let Some(recording) = self.recording.upgrade() else {
            return;
        };
        let (body, is_cut) = match &self.body {
            Body::Form(skim) => (Some(skim.kept()), false),
            Body::Whole(document) => (document.bytes(), document.is_shortened()),
        };
        recording.shared.with(|open, instrumentation| {
            if is_cut || body.is_none() {
                instrumentation.stats.fault(Fault::RequestTruncated);
            }
            let Some(body) = body else { return };
            let sent = Sent {
                method: &self.method,
                url: &self.url,
                headers: &self.headers,
                body,
            };
            open.is_asked(&sent, instrumentation);
        });
    }
}

impl Open {
    /// What the call asks is known now.
    fn is_asked(&mut self, sent: &Sent<'_>, instrumentation: &Instrumentation) {
        let with_content = instrumentation.shown.content;
        let before = attributes::request(&self.target, &self.request, with_content);
        let known = self.request.clone();
        self.request = read_asked(self.format, sent, known, &instrumentation.stats);
        if instrumentation.keeps_request(self.keep_content) {
            self.request_body = Bytes::copy_from_slice(sent.body);
        }
        let now = attributes::request(&self.target, &self.request, with_content);
        let is_new = |key| before.iter().all(|known| known.key != key);
        let fresh = now
            .into_iter()
            .filter(|it| is_new(it.key.clone()))
            .collect();
        let fresh = instrumentation.conventions.attributes(fresh);
        self.span.set_attributes(fresh);
        self.span
            .update_name(attributes::span_name(&self.target, &self.request));
        self.send_prompt();
    }
}
