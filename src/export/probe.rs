//! Asking a destination whether it would take something.

use crate::redact;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, DATE, LOCATION};
use std::time::{Duration, SystemTime};

/// The time limit of one question.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// More of an answer is not shown to people.
const MAX_SAID: usize = 2000;

/// What came of a question.
#[derive(Debug)]
pub enum Asked {
    /// It was answered.
    Answered(Answer),
    /// It was not, and why.
    Unreached(String),
}

/// What a destination answered.
#[derive(Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// What the clock there said.
    pub date: Option<SystemTime>,
    /// What kind of answer it is.
    pub content_type: String,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The beginning of the body, without credentials of ours.
    pub said: String,
}

impl Answer {
    /// `sent` are the headers of the question: what is secret in them is not
    /// shown, should the answer repeat it.
    pub(super) fn new(status: u16, headers: &HeaderMap, said: &[u8], sent: &HeaderMap) -> Self {
        let text = |name| headers.get(name)?.to_str().ok();
        let said = without(sent, &String::from_utf8_lossy(said));
        Self {
            status,
            date: text(DATE).and_then(|date| httpdate::parse_http_date(date).ok()),
            content_type: text(CONTENT_TYPE).unwrap_or_default().to_owned(),
            location: text(LOCATION).map(|location| without(sent, location)),
            said: said.chars().take(MAX_SAID).collect(),
        }
    }
}

fn without(sent: &HeaderMap, said: &str) -> String {
    let secrets = sent.values().filter(|value| value.is_sensitive());
    let secrets = secrets.flat_map(redact::of_header).collect();
    redact::without(said, &secrets).unwrap_or_else(|| said.to_owned())
}
