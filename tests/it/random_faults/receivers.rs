//! Receivers that fail at random: TES, and an exporter.

use crate::support::harness::Kept;
use crate::support::tes_receiver::Answer;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// In which ways TES fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    Well,
    /// What it does not take now it takes later, and answers may get lost.
    Forgetful,
    /// It refuses some for good.
    Strict,
    Down,
}

impl Temper {
    pub(super) fn any(random: &mut fastrand::Rng) -> Self {
        let all = [
            Self::Well,
            Self::Forgetful,
            Self::Forgetful,
            Self::Strict,
            Self::Strict,
            Self::Down,
        ];
        random.choice(all).unwrap()
    }

    pub(super) fn answers(self, random: &mut fastrand::Rng) -> Vec<Answer> {
        let count = if self == Self::Down { 1_000 } else { 60 };
        (0..count).map(|_| self.answer(random)).collect()
    }

    fn answer(self, random: &mut fastrand::Rng) -> Answer {
        let slow = Answer::Slow(Duration::from_millis(random.u64(..10)));
        match (self, random.u8(..10)) {
            (Self::Down, 0..5) => Answer::Status(503),
            (Self::Down, _) | (Self::Forgetful, 8) => Answer::Close,
            (Self::Well, _) | (_, 0..4) => Answer::Accept,
            (_, 4) => slow,
            (_, 5) => Answer::NotJson,
            (_, 6) => Answer::Status(random.choice([408, 425, 429, 500, 502, 503]).unwrap()),
            (Self::Forgetful, 7) => Answer::HalfRefusal,
            (Self::Forgetful, _) => Answer::Unsaid,
            (Self::Strict, 7) => Answer::Status(random.choice([400, 401, 413]).unwrap()),
            (Self::Strict, 8) => Answer::NotSuccessful("no".to_owned()),
            (Self::Strict, _) => {
                let elsewhere = Answer::Redirect("http://127.0.0.1:9/".to_owned());
                random
                    .choice([Answer::GraphqlError("no".to_owned()), elsewhere])
                    .unwrap()
            }
        }
    }
}

/// Keeps what it got, and fails or panics at random.
#[derive(Debug, Clone)]
pub(super) struct Exporter {
    kept: Kept,
    fails: bool,
    random: Arc<AtomicU64>,
    is_healed: Arc<AtomicBool>,
}

impl Exporter {
    pub(super) fn any(random: &mut fastrand::Rng) -> Self {
        Self {
            kept: Kept::default(),
            fails: random.bool(),
            random: Arc::new(AtomicU64::new(random.u64(..))),
            is_healed: Arc::default(),
        }
    }

    pub(super) fn heal(&self) {
        self.is_healed.store(true, Relaxed);
    }

    pub(super) fn exported(&self) -> Vec<SpanData> {
        self.kept.finished()
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let fails = self.fails && !self.is_healed.load(Relaxed);
        let at_random = fastrand::Rng::with_seed(self.random.fetch_add(1, Relaxed)).u8(..4);
        match at_random {
            0 if fails => Err(OTelSdkError::InternalFailure("as scripted".to_owned())),
            1 if fails => resume_unwind(Box::new("as scripted")),
            _ => self.kept.export(batch).await,
        }
    }
}
