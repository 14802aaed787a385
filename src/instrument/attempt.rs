//! One attempt, until its answer.

use super::attempts::AttemptFailure;
use super::recording::Recording;
use reqwest::Response;
use std::error::Error;
use std::future::Future;
use std::time::Instant;

/// An attempt whose end has not been seen.
#[derive(Debug)]
pub(super) struct Attempt(Option<Recording>);

impl Attempt {
    pub(super) fn of(recording: Recording) -> Self {
        Self(Some(recording))
    }

    /// Awaits its answer.
    pub(super) async fn awaited<E: Error + 'static>(
        self,
        answer: impl Future<Output = Result<Response, E>>,
    ) -> Result<Response, E> {
        let answered = answer.await;
        match &answered {
            Ok(response) => self.answered(response.status().as_u16()),
            Err(error) => self.failed(error),
        }
        answered
    }

    /// It was answered, with this status.
    pub(super) fn answered(self, status: u16) {
        if status >= 400 {
            self.refused(status);
        } else {
            self.over();
        }
    }

    /// It was answered with an error status.
    pub(super) fn refused(self, status: u16) {
        self.end(AttemptFailure::Refused(status, None));
    }

    /// It got no answer.
    pub(super) fn failed(self, error: &(dyn Error + 'static)) {
        self.end(AttemptFailure::of(error));
    }

    /// What it was an attempt at is over, and says how.
    pub(super) fn over(mut self) {
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
