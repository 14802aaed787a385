//! The way of a turn: convert, spool, deliver.

use super::{EventSettings, Tes, event};
use crate::config::ConfigError;
use crate::export::delivery::{Delivery, Route};
use crate::export::runtime::Runtime;
use crate::export::spool::{MemorySpool, Spool};
use crate::operation::Conversed;
use crate::stats::{Account, DropReason};
use crate::turn::Turn;
use opentelemetry_sdk::trace::SpanData;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::sync::{Arc, mpsc};

/// Takes finished spans to TES.
#[derive(Debug)]
pub(crate) struct TesLane {
    settings: EventSettings,
    account: Arc<Account>,
    spool: Arc<dyn Spool>,
    delivery: Delivery,
}

impl TesLane {
    pub(crate) fn start(tes: Tes, runtime: &Runtime) -> Result<Self, ConfigError> {
        let account = Account::new("tes");
        let spool: Arc<dyn Spool> = Arc::new(MemorySpool::new());
        let route = Route {
            url: tes.url,
            headers: tes.headers,
            accepts,
        };
        let delivery = Delivery::start(
            route,
            Arc::clone(&spool),
            Arc::clone(&account),
            crate::export::http_client(reqwest::Client::builder())?,
            runtime,
        );
        Ok(Self {
            settings: tes.event,
            account,
            spool,
            delivery,
        })
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    pub(crate) fn wants_content(&self) -> bool {
        self.settings.capture_content
    }

    /// Whether a span is due here.
    pub(crate) fn is_due(&self, span: &SpanData) -> bool {
        Turn::is_made_of(span)
            && (self.settings.failed_calls
                || !matches!(span.status, opentelemetry::trace::Status::Error { .. }))
    }

    /// Takes a span that the account already counts as queued.
    pub(crate) fn take(&self, span: &SpanData, conversed: Option<&Conversed>) {
        let body = Turn::with_content(span, conversed)
            .and_then(|turn| event::chat_turn(turn, &self.settings).ok());
        let Some(body) = body else {
            return self.account.drop_queued(DropReason::Unconvertible, 1);
        };
        match self.spool.push(body) {
            Ok(()) => self.delivery.pushed(),
            Err(_full) => self.account.drop_queued(DropReason::SpoolFull, 1),
        }
    }

    /// `done` is told when everything has been delivered or refused.
    pub(crate) fn flush(&self, done: mpsc::Sender<()>) {
        self.delivery.flush(done);
    }

    /// Gives up what is left; for the end, when nothing is under way any more.
    pub(crate) fn give_up(&self) {
        self.spool.clear();
        self.account
            .drop_queued(DropReason::Shutdown, self.account.queued());
    }
}

/// Reads a 2xx answer. One that is no GraphQL answer at all acknowledges by
/// its status alone: sending again would double the event.
fn accepts(body: &[u8]) -> Result<(), DropReason> {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return Ok(());
    };
    let result = answer.data.and_then(|data| data.emit_event);
    let refused = match result {
        Some(result) => result.success == Some(false),
        None => answer.errors.is_some_and(|errors| !errors.is_empty()),
    };
    if refused {
        Err(DropReason::Rejected)
    } else {
        Ok(())
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Option<AnswerData>,
    errors: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
struct AnswerData {
    #[serde(rename = "emitEvent")]
    emit_event: Option<EmitEvent>,
}

#[derive(Deserialize)]
struct EmitEvent {
    success: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_is_what_the_answer_says_and_not_its_status() {
        let refused = Err(DropReason::Rejected);
        assert_eq!(
            accepts(br#"{"data":{"emitEvent":{"success":true}}}"#),
            Ok(())
        );
        assert_eq!(
            accepts(br#"{"data":{"emitEvent":{"success":false}}}"#),
            refused
        );
        assert_eq!(
            accepts(br#"{"data":null,"errors":[{"message":"no"}]}"#),
            refused
        );
        assert_eq!(
            accepts(br#"{"data":{"emitEvent":{"success":true}},"errors":[{}]}"#),
            Ok(())
        );
        assert_eq!(accepts(b"<html>"), Ok(()));
    }
}
