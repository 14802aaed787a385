//! One request, and what came of it.

use super::verdict::{self, Verdict};
use crate::export::innermost;
use crate::export::spool::{Fate, SpooledEvent};
use crate::stats::DropReason;
use bytes::Bytes;
use http::HeaderMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The time limit of one request, its connection and its answer included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// More of an answer is not read: what it says of the events is in a few lines.
const MAX_ANSWER: usize = 1 << 20;

/// Where and how events are posted.
#[derive(Debug)]
pub(crate) struct Route {
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

pub(super) struct Attempted {
    pub(super) events: Vec<SpooledEvent>,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    /// The end of each event.
    Fates(Vec<Fate>),
    /// The events are to be sent each for itself.
    Apart,
    /// Again, later.
    Later {
        retry_after: Option<Duration>,
        why: String,
    },
}

pub(super) async fn make(route: Arc<Route>, events: Vec<SpooledEvent>) -> Attempted {
    let bodies: Vec<&[u8]> = events.iter().map(|event| event.body.as_ref()).collect();
    let outcome = match route.receiver.body(&bodies) {
        Some(body) => send(&route, body, events.len()).await,
        None => refused(
            DropReason::Unconvertible,
            "an event cannot be read",
            events.len(),
        ),
    };
    Attempted { events, outcome }
}

async fn send(route: &Route, body: Bytes, events: usize) -> Outcome {
    let request = route
        .client
        .post(route.url.clone())
        .headers(route.headers.clone())
        .timeout(REQUEST_TIMEOUT)
        .body(body);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(unsent) => return unanswered(&unsent),
    };
    let status = answer.status();
    let why = format!("HTTP status {status}");
    match verdict::of(status, answer.headers()) {
        Verdict::Received => match read(answer).await {
            Ok(answer) => received(route, &answer, events),
            Err(broken) => unanswered(&broken),
        },
        // It may be one of them that is refused.
        Verdict::Refused(DropReason::Rejected) if events > 1 => Outcome::Apart,
        Verdict::Refused(reason) => refused(reason, &why, events),
        Verdict::Later { retry_after } => Outcome::Later { retry_after, why },
    }
}

fn received(route: &Route, answer: &[u8], events: usize) -> Outcome {
    match route.receiver.read(answer, events) {
        Answered::Each(fates) => Outcome::Fates(fates),
        Answered::Apart if events > 1 => Outcome::Apart,
        Answered::Apart => refused(DropReason::Rejected, "the answer has errors alone", 1),
    }
}

fn unanswered(error: &reqwest::Error) -> Outcome {
    Outcome::Later {
        retry_after: None,
        why: innermost(error),
    }
}

fn refused(reason: DropReason, why: &str, events: usize) -> Outcome {
    match events {
        0 | 1 => Outcome::Fates(vec![Fate::Refused(reason, why.to_owned())]),
        // So that one that cannot be read costs its neighbours nothing.
        _ if reason == DropReason::Unconvertible => Outcome::Apart,
        _ => Outcome::Fates(vec![Fate::Refused(reason, why.to_owned()); events]),
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
