//! The way of a turn: convert, spool, deliver.

use super::dialect::TesReceiver;
use super::{EventSettings, Tes, event};
use crate::config::ConfigError;
use crate::export::delivery::{Delivery, Route};
use crate::export::runtime::Runtime;
use crate::export::spool::{self, Spool};
use crate::operation::Conversed;
use crate::stats::{Account, DropReason, Stage, Stats};
use crate::turn::Turn;
use opentelemetry_sdk::trace::SpanData;
use std::sync::{Arc, mpsc};
use std::time::Instant;
use tokio::sync::Notify;

/// Takes finished spans to TES.
#[derive(Debug)]
pub(crate) struct TesLane {
    settings: EventSettings,
    account: Arc<Account>,
    spool: Arc<dyn Spool>,
    delivery: Delivery,
}

impl TesLane {
    pub(crate) fn start(
        tes: Tes,
        runtime: &Runtime,
        stats: &Arc<Stats>,
    ) -> Result<Self, ConfigError> {
        let account = Account::new("tes");
        let route = Route {
            url: tes.url,
            headers: tes.headers,
            client: crate::export::http_client(reqwest::Client::builder())?,
            receiver: Box::new(TesReceiver(tes.dialect)),
        };
        let owner = spool::Owner {
            endpoint: route.url.to_string(),
            client_id: tes.client_id,
        };
        let told = spool::Told {
            account: Arc::clone(&account),
            ready: Arc::<Notify>::default(),
            stats: Arc::clone(stats),
        };
        let spool = spool::open(&tes.spool, owner, told.clone());
        let delivery = Delivery::start(route, tes.pace, Arc::clone(&spool), told, runtime);
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
        let event = Turn::with_content(span, conversed)
            .and_then(|turn| event::chat_turn(turn, &self.settings).ok());
        match event {
            Some(event) => self.spool.push(event),
            None => self
                .account
                .lose(Stage::Queued, DropReason::Unconvertible, 1),
        }
    }

    /// `done` is told when everything has been delivered or refused.
    pub(crate) fn flush(&self, done: mpsc::Sender<()>) {
        self.delivery.flush(done);
    }

    /// Ends the spool, when nothing is under way any more: a file keeps what
    /// is left, the rest is given up.
    pub(crate) fn close(&self, deadline: Instant) {
        self.spool.close(deadline);
        self.account.close();
    }
}
