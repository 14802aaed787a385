//! The way of a turn: convert, spool, deliver.

use super::emitter::Emitter;
use super::{TurnGrouping, TurnPolicy, TurnService};
use crate::background::runtime::Runtime;
use crate::config::ConfigError;
use crate::delivery::{Carrier, Delivery, Pace};
use crate::dialect;
use crate::operation::Operation;
use crate::pipeline::{Destination, Finished, Want};
use crate::semconv::value;
use crate::spool::{self, Owner, SpoolSettings, Told};
use crate::stats::{Account, DropReason, Stage, Stats, apart};
use crate::turn::{Reported, ToolRun, Turn};
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use std::fmt::Debug;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Takes finished spans to a service of turns.
#[derive(Debug)]
pub(crate) struct TurnLane {
    emitter: Arc<Emitter>,
    delivery: Delivery,
}

/// What a lane is made of.
#[derive(Debug)]
pub(crate) struct LaneParts {
    pub(crate) policy: TurnPolicy,
    pub(crate) service: Box<dyn TurnService>,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) pace: Pace,
    /// Whose rows its events are in the file of a spool.
    pub(crate) owner: Owner,
    pub(crate) spool: SpoolSettings,
}

/// The settings of a service of turns.
pub(crate) trait IntoLane: Debug + Send + Sync {
    fn lane_parts(self: Box<Self>) -> Result<LaneParts, ConfigError>;
}

impl TurnLane {
    /// In the books it is `name`.
    pub(crate) fn start(
        name: &str,
        parts: LaneParts,
        runtime: &Runtime,
        stats: &Arc<Stats>,
    ) -> Result<Self, ConfigError> {
        let account = Account::new(name);
        let told = Told {
            account: Arc::clone(&account),
            ready: Arc::<Notify>::default(),
            stats: Arc::clone(stats),
        };
        let spool = spool::open(&parts.spool, parts.owner, told.clone())?;
        let delivery =
            Delivery::start(parts.carrier, parts.pace, Arc::clone(&spool), told, runtime);
        let (policy, service) = (parts.policy, parts.service);
        let emitter = Emitter::new(policy, service, account, spool, Arc::clone(stats));
        let emitter = Arc::new(emitter);
        emitter.sweep();
        runtime.spawn(stats, look_after(Arc::clone(&emitter)));
        Ok(Self { emitter, delivery })
    }

    /// Takes an operation that the account already counts as queued.
    pub(crate) fn take_operation(&self, operation: Option<&Operation<'_>>) {
        let Some(operation) = operation else {
            // Something was taken out of its span by which it was known.
            return self.lose(DropReason::Unconvertible);
        };
        if operation.kind.is_inference {
            let turn = Turn::of(operation);
            self.emitter.turn(turn, &operation.conversed);
        } else {
            self.emitter.tool_run(ToolRun::of(operation));
        }
    }

    fn hear_turn(&self, turn: &Turn, response_ids: &[String]) {
        if !self.emitter.has_seen(response_ids) {
            return self.emitter.turn_by_hand(turn.clone());
        }
        let session = &turn.session_id;
        apart(|| {
            tracing::debug!(
                target: "turnspan", session, "a turn told by hand was seen as calls already"
            );
        });
        self.emitter.account.withdraw(Stage::Queued, 1);
    }
}

impl Destination for TurnLane {
    fn account(&self) -> &Arc<Account> {
        &self.emitter.account
    }

    fn wants(&self, want: Want) -> bool {
        match want {
            Want::Beside | Want::Turns => true,
            Want::Content => self.emitter.policy.capture_content,
            Want::Histories => self.emitter.policy.grouping == TurnGrouping::Turn,
            Want::Unsampled => false,
        }
    }

    fn is_due(&self, span: &SpanData) -> bool {
        let policy = &self.emitter.policy;
        let is_error = matches!(span.status, Status::Error { .. });
        match dialect::kind(span) {
            Some(kind) if kind.is_inference => policy.failed_calls || !is_error,
            Some(kind) => policy.tool_use && kind.name == value::operation::EXECUTE_TOOL,
            None => false,
        }
    }

    fn take(&self, finished: Finished<'_>) {
        self.take_operation(finished.operation);
    }

    fn hear(&self, reported: &Reported) {
        match reported {
            Reported::Turn(turn, response_ids) => self.hear_turn(turn, response_ids),
            Reported::ToolRun(run) => self.emitter.tool_run(run.clone()),
            Reported::SessionStart(session) => self.emitter.session_start(session.clone()),
        }
    }

    /// `done` is told when everything has been delivered or refused.
    fn flush(&self, done: mpsc::Sender<()>) {
        self.delivery.flush(done);
    }

    /// Turns that are open end.
    fn shut_down(&self, done: mpsc::Sender<()>) {
        self.emitter.sweep();
        self.emitter.end();
        self.delivery.end(done);
    }

    /// Ends the spool: a file keeps what is left, the rest is given up.
    fn close(&self, deadline: Instant) {
        self.emitter.spool.close(deadline);
        self.emitter.account.close();
    }

    fn kept(&self) -> u64 {
        self.emitter.spool.kept()
    }
}

/// For as long as the runtime lives.
async fn look_after(emitter: Arc<Emitter>) {
    let every = SWEEP
        .min(emitter.policy.turn_max_age / 2)
        .max(SHORTEST_SWEEP);
    loop {
        tokio::time::sleep(every).await;
        emitter.sweep();
    }
}

/// How often open turns are looked after.
const SWEEP: Duration = Duration::from_secs(30);
const SHORTEST_SWEEP: Duration = Duration::from_millis(50);
