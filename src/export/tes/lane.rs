//! The way of a turn: convert, spool, deliver.

use super::dialect::TesReceiver;
use super::emitter::Emitter;
use super::{ByHand, Tes, TurnGrouping};
use crate::config::ConfigError;
use crate::export::delivery::{Delivery, Route};
use crate::export::runtime::Runtime;
use crate::export::spool;
use crate::operation::Conversed;
use crate::stats::{Account, Fault, Stats};
use crate::turn::{self, ToolRun, Turn};
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Takes finished spans to TES.
#[derive(Debug)]
pub(crate) struct TesLane {
    emitter: Arc<Emitter>,
    delivery: Delivery,
    stats: Arc<Stats>,
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
        let emitter = Arc::new(Emitter::new(tes.event, account, spool, Arc::clone(stats)));
        emitter.sweep();
        runtime.spawn(look_after(Arc::clone(&emitter)));
        Ok(Self {
            emitter,
            delivery,
            stats: Arc::clone(stats),
        })
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.emitter.account
    }

    /// How many events and calls outlive the process, whatever happens now.
    pub(crate) fn kept(&self) -> u64 {
        self.emitter.spool.kept()
    }

    pub(crate) fn wants_content(&self) -> bool {
        self.emitter.settings.capture_content
    }

    /// Whether rounds of tool loops are gathered, for which their requests are
    /// read.
    pub(crate) fn gathers(&self) -> bool {
        self.emitter.settings.grouping == TurnGrouping::Turn
    }

    /// Whether a span is due here.
    pub(crate) fn is_due(&self, span: &SpanData) -> bool {
        let settings = &self.emitter.settings;
        let is_error = matches!(span.status, Status::Error { .. });
        Turn::is_made_of(span) && (settings.failed_calls || !is_error)
            || settings.tool_use && ToolRun::is_made_of(span)
    }

    /// Takes a span that the account already counts as queued.
    pub(crate) fn take(&self, span: &SpanData, conversed: Option<&Conversed>) {
        if Turn::has_implausible_usage(span) {
            self.stats.fault(Fault::ImplausibleUsage);
        }
        if !Turn::is_made_of(span) {
            return self.emitter.tool(ToolRun::of(span, conversed));
        }
        let conversed = turn::said_in(span, conversed);
        if let Some(turn) = Turn::of(span, &conversed) {
            self.emitter.turn(turn, &conversed.input);
        }
    }

    /// Takes what was said by hand; it counts from here on.
    pub(crate) fn tell(&self, said: ByHand) {
        if let ByHand::Turn(turn, response_ids) = &said
            && self.emitter.has_seen(response_ids)
        {
            return tracing::debug!(
                target: "turnspan",
                session = turn.session_id,
                "a turn told by hand was seen as calls already"
            );
        }
        self.emitter.account.enqueue();
        match said {
            ByHand::Turn(turn, _) => self.emitter.turn_by_hand(*turn),
            ByHand::Tool(run) => self.emitter.tool(run),
            ByHand::SessionStart(session) => self.emitter.session_start(session),
        }
    }

    /// `done` is told when everything has been delivered or refused.
    pub(crate) fn flush(&self, done: mpsc::Sender<()>) {
        self.delivery.flush(done);
    }

    /// Nothing follows: turns that are open end.
    pub(crate) fn end_turns(&self) {
        self.emitter.sweep();
        self.emitter.end();
    }

    /// Ends the spool, when nothing is under way any more: a file keeps what
    /// is left, the rest is given up.
    pub(crate) fn close(&self, deadline: Instant) {
        self.emitter.spool.close(deadline);
        self.emitter.account.close();
    }
}

/// For as long as the runtime lives.
async fn look_after(emitter: Arc<Emitter>) {
    let every = SWEEP
        .min(emitter.settings.turn_max_age / 2)
        .max(SHORTEST_SWEEP);
    loop {
        tokio::time::sleep(every).await;
        emitter.sweep();
    }
}

/// How often open turns are looked after.
const SWEEP: Duration = Duration::from_secs(30);
const SHORTEST_SWEEP: Duration = Duration::from_millis(50);
