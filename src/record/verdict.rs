//! How an answer ended, and the outcome of its call.

use super::attempts::AttemptFailure;
use crate::format::{Completion, Progress};
use crate::operation::{Failure, Outcome};
use crate::semconv::value;
use crate::stats::{Fault, Stats};
use std::borrow::Cow;
use std::error::Error;

/// How the body came to its end.
#[derive(Clone, Copy)]
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

/// What was told so far.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// How many frames had generated content.
    pub(super) generated: u64,
    /// It said that it is complete.
    pub(super) terminated: bool,
    pub(super) error: Option<Failure>,
    is_marked: bool,
    is_unread: bool,
}

impl Verdict {
    pub(super) fn progress(&mut self, progress: Progress) {
        self.generated += u64::from(progress.generated);
        self.terminated |= progress.terminated;
        self.is_marked |= progress.is_mark;
        self.error = self.error.take().or(progress.error);
    }

    /// Some of it could not be read.
    pub(super) fn unread(&mut self, stats: &Stats) {
        self.is_unread = true;
        stats.fault(Fault::UnreadResponse);
    }

    /// It is no answer, with what it says of an error.
    pub(super) fn not_an_answer(&mut self, said: Option<Failure>) {
        let said = said.filter(|said| said.message.is_some());
        let said = said.map(|said| Failure {
            error_type: Cow::Borrowed(value::error_type::OTHER),
            ..said
        });
        self.error = self.error.take().or(said);
    }

    /// A refusal says more than what came with it.
    pub(super) fn with(self, refusal: Option<Failure>) -> Self {
        Self {
            error: refusal.or(self.error),
            ..self
        }
    }

    /// Whether it has nothing but the mark of its end.
    pub(super) fn is_empty(&self) -> bool {
        self.is_marked && self.generated == 0 && !self.is_unread
    }

    /// An error that was reported says most; then that the answer is complete,
    /// whatever came after it; then how reading it ended.
    pub(super) fn outcome(
        self,
        end: End<'_>,
        is_answer: bool,
        completion: Completion,
        stats: &Stats,
    ) -> Outcome {
        if let Some(failure) = self.error {
            return Outcome::ProviderError(failure);
        }
        if self.terminated && is_answer || completion == Completion::Said {
            return Outcome::Completed;
        }
        match end {
            End::Whole if !is_answer => Outcome::ProviderError(not_an_answer()),
            End::Whole if completion == Completion::Silent => Outcome::Completed,
            End::Whole => Outcome::TransportError(cut_short()),
            End::Failed(error) => AttemptFailure::of(error, stats).outcome(),
            End::Dropped => Outcome::Dropped,
            End::Shutdown => Outcome::Shutdown,
        }
    }
}

fn cut_short() -> Failure {
    Failure {
        error_type: Cow::Borrowed(value::error_type::CONNECTION),
        code: None,
        message: Some("the stream ended before the answer did".to_owned()),
    }
}

fn not_an_answer() -> Failure {
    Failure {
        error_type: Cow::Borrowed(value::error_type::OTHER),
        code: None,
        message: Some("the body is not what the API answers".to_owned()),
    }
}
