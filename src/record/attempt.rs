//! One attempt, until its answer.

use super::attempts::{AttemptFailure, Said};
use super::recording::Recording;
use http::{HeaderMap, StatusCode};
use std::error::Error;
use std::future::Future;
use std::time::Instant;

/// An attempt whose end has not been seen.
#[derive(Debug)]
pub(crate) struct Attempt(Option<Recording>);

/// The answer of a client to an attempt.
pub(crate) trait Answered {
    fn status(&self) -> StatusCode;

    fn headers(&self) -> &HeaderMap;
}

impl Attempt {
    pub(crate) fn of(recording: Recording) -> Self {
        Self(Some(recording))
    }

    /// Awaits its answer.
    pub(crate) async fn awaited<A: Answered, E: Error + 'static>(
        self,
        answer: impl Future<Output = Result<A, E>>,
    ) -> Result<A, E> {
        let answered = answer.await;
        self.told(&answered);
        answered
    }

    /// It came to this.
    pub(crate) fn told<A: Answered, E: Error + 'static>(self, answered: &Result<A, E>) {
        match answered {
            Ok(answer) => {
                self.learn(answer);
                self.answered(answer.status().as_u16());
            }
            Err(error) => self.failed(error),
        }
    }

    /// What a refusal says of limits: nobody else may get to see it.
    fn learn<A: Answered>(&self, answer: &A) {
        if let Some(recording) = self.0.as_ref().filter(|_| answer.status().as_u16() >= 400) {
            recording.learn_answer(answer.headers());
        }
    }

    /// It was answered, with this status.
    pub(crate) fn answered(self, status: u16) {
        if status >= 400 {
            self.refused(status);
        } else {
            self.over();
        }
    }

    /// It was answered with an error status.
    pub(crate) fn refused(self, status: u16) {
        self.end(AttemptFailure::Refused(status, Said::default()));
    }

    /// It got no answer.
    pub(crate) fn failed(self, error: &(dyn Error + 'static)) {
        let failure = self.0.as_ref().map(|it| it.failure_of(error));
        if let Some(failure) = failure {
            self.end(failure);
        }
    }

    /// What it was an attempt at is over, and says how.
    pub(crate) fn over(mut self) {
        self.0 = None;
    }

    fn end(mut self, failure: AttemptFailure) {
        self.fail(failure);
    }

    fn fail(&mut self, failure: AttemptFailure) {
        let now = Instant::now();
        if let Some(recording) = self.0.take() {
            recording.attempt_failed(now, failure);
        }
    }
}

impl Drop for Attempt {
    /// Some layer between us and the caller would not wait, or the caller
    /// would not.
    fn drop(&mut self) {
        self.fail(AttemptFailure::LetGo);
    }
}
