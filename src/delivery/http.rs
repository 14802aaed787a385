//! Events leave by HTTP: one request an attempt.

use super::carrier::{Carrier, Carrying, Outcome};
use super::verdict::{self, Verdict};
use crate::background::came::Came;
use crate::redact;
use crate::spool::{Fate, SpooledEvent};
use crate::stats::DropReason;
use crate::urls;
use bytes::Bytes;
use http::HeaderMap;
use std::fmt::Debug;
use std::time::Duration;
use url::Url;

/// The time limit of one request, its connection and its answer included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// More of an answer is not read: what it says of the events is in a few lines.
const MAX_ANSWER: usize = 1 << 20;

/// Where and how events are posted.
#[derive(Debug)]
pub(crate) struct HttpCarrier {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) client: reqwest::Client,
    pub(crate) receiver: Box<dyn Receiver>,
}

/// What requests and answers of a destination look like.
pub(crate) trait Receiver: Debug + Send + Sync {
    /// The body of a request with these events; none if one of them is no
    /// event.
    fn body(&self, events: &[&[u8]]) -> Option<Bytes>;

    /// What helps most likely when this came back.
    fn cure(&self, _came: &Came) -> Option<String> {
        None
    }

    /// Reads the 2xx answer to so many events.
    fn read(&self, answer: &[u8], events: usize) -> Answered;
}

/// What a 2xx answer says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Of each event.
    Each(Vec<Fate>),
    /// Nothing of any of them: the request as a whole was refused.
    Apart,
}

impl Carrier for HttpCarrier {
    fn carry<'a>(&'a self, events: &'a [SpooledEvent]) -> Carrying<'a> {
        Box::pin(async move {
            let bodies: Vec<&[u8]> = events.iter().map(|event| event.body.as_ref()).collect();
            match self.receiver.body(&bodies) {
                Some(body) => send(self, body, events.len()).await,
                None => Outcome::unconvertible("an event cannot be read", events.len()),
            }
        })
    }

    fn place(&self) -> String {
        urls::shown(self.url.as_str())
    }

    fn cure(&self, came: &Came) -> Option<String> {
        self.receiver.cure(came)
    }
}

async fn send(http: &HttpCarrier, body: Bytes, events: usize) -> Outcome {
    let request = http
        .client
        .post(http.url.clone())
        .headers(http.headers.clone())
        .timeout(REQUEST_TIMEOUT)
        .body(body);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(unsent) => return unanswered(&unsent),
    };
    let status = answer.status();
    let came = Came::status(status, answer.headers());
    if let Some(came) = Came::page(status, answer.headers()) {
        // Whoever has answered took no event.
        return Outcome::Later {
            retry_after: None,
            came,
        };
    }
    match verdict::of(status, answer.headers()) {
        Verdict::Received => match read(answer).await {
            Ok(answer) => received(http, &answer, events),
            Err(broken) => unanswered(&broken),
        },
        // It may be one of them that is refused.
        Verdict::Refused(DropReason::Rejected) if events > 1 => Outcome::Apart,
        Verdict::Refused(reason) => Outcome::Refused(reason, came),
        Verdict::Later { retry_after } => Outcome::Later { retry_after, came },
    }
}

fn received(http: &HttpCarrier, answer: &[u8], events: usize) -> Outcome {
    match http.receiver.read(answer, events) {
        Answered::Each(fates) => {
            let fates = fates.into_iter();
            Outcome::Fates(fates.map(|fate| without_keys(fate, http)).collect())
        }
        Answered::Apart if events > 1 => Outcome::Apart,
        Answered::Apart => Outcome::refused(DropReason::Rejected, "the answer has errors alone", 1),
    }
}

/// A receiver may repeat the key that it refuses.
fn without_keys(fate: Fate, http: &HttpCarrier) -> Fate {
    match fate {
        Fate::Refused(reason, why) => {
            Fate::Refused(reason, redact::without_sensitive(&why, &http.headers))
        }
        Fate::Delivered => Fate::Delivered,
    }
}

fn unanswered(error: &reqwest::Error) -> Outcome {
    Outcome::Later {
        retry_after: None,
        came: Came::nothing(error),
    }
}

/// An answer that breaks off may have been a refusal, and is none: events may
/// arrive twice, and must not be lost.
async fn read(mut answer: reqwest::Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            break;
        }
    }
    Ok(body)
}
