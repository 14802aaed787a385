//! What finished spans, and what is reported without them, become: events.

use super::sessions::Sessions;
use super::{TurnGrouping, TurnPolicy, TurnService};
use crate::background::remembered::Remembered;
use crate::operation::Conversed;
use crate::spool::{Held, NewEvent, Spool};
use crate::stats::{Account, DropReason, Fault, Stage, Stats};
use crate::turn::{Added, History, OpenTurns, Record, StartedSession, ToolRun, Turn};
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Makes events and puts them into the spool.
#[derive(Debug)]
pub(super) struct Emitter {
    pub(super) policy: TurnPolicy,
    service: Box<dyn TurnService>,
    pub(super) account: Arc<Account>,
    pub(super) spool: Arc<dyn Spool>,
    stats: Arc<Stats>,
    state: Mutex<State>,
}

/// What is known beyond one span. Only turnspan's own threads come here.
#[derive(Debug)]
struct State {
    open: OpenTurns,
    sessions: Sessions,
    /// Ids of answers that have become events.
    answers: Remembered<String, ()>,
}

/// Answers that are remembered.
const MAX_ANSWERS: usize = 4096;

impl Emitter {
    pub(super) fn new(
        policy: TurnPolicy,
        service: Box<dyn TurnService>,
        account: Arc<Account>,
        spool: Arc<dyn Spool>,
        stats: Arc<Stats>,
    ) -> Self {
        Self {
            policy,
            service,
            account,
            stats,
            state: Mutex::new(State {
                open: OpenTurns::new(spool.keeps_open_turns()),
                sessions: Sessions::default(),
                answers: Remembered::new(MAX_ANSWERS),
            }),
            spool,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole after every statement, a panic leaves it not torn.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call that the account counts as queued, and what was said in it.
    pub(super) fn turn(&self, turn: Turn, conversed: &Conversed) {
        let history = self.history(&turn, conversed);
        let turn = self.policy.admitted_turn(turn);
        let mut state = self.state();
        if let Some(id) = &turn.response_id {
            state.answers.entry(id.clone());
        }
        self.start_session(&mut state, &turn);
        match history {
            Some(history) => self.gather(&mut state, turn, history),
            None => self.emit(&mut state, turn, None),
        }
    }

    /// What is known of the history of a call, before anything is taken from it;
    /// none if calls are not gathered.
    fn history(&self, turn: &Turn, conversed: &Conversed) -> Option<History> {
        let policy = &self.policy;
        if policy.grouping == TurnGrouping::Call {
            return None;
        }
        if !self.state().open.concerns(turn, conversed) {
            return Some(History::default());
        }
        let user = turn.user_id.as_deref().or(policy.user_id.as_deref());
        Some(History::of(conversed, turn, user, &policy.history_key))
    }

    fn gather(&self, state: &mut State, turn: Turn, history: History) {
        // An open turn keeps no more than is sent of it.
        match state.open.add(self.policy.sent_turn(turn), history) {
            Added::Open(record) => {
                self.account.advance(Stage::Queued, Stage::Open, 1);
                if let Some(record) = record {
                    self.hold(record);
                }
            }
            Added::Closed(turn, None) => self.emit(state, *turn, None),
            Added::Closed(turn, Some(key)) => {
                // With its other rounds; from there they go on as one event.
                self.account.advance(Stage::Queued, Stage::Open, 1);
                self.emit(state, *turn, Some(key));
            }
        }
        for _ in 0..state.open.take_cut() {
            self.stats.fault(Fault::ContentShed);
        }
        if state.open.is_over_bound() {
            self.close_old(state);
        }
    }

    /// Takes a turn that was told by hand: whoever tells it has gathered it.
    pub(super) fn turn_by_hand(&self, turn: Turn) {
        let turn = self.policy.admitted_turn(turn);
        let mut state = self.state();
        self.start_session(&mut state, &turn);
        self.emit(&mut state, turn, None);
    }

    /// Whether all these answers belong to calls that were seen.
    pub(super) fn has_seen(&self, response_ids: &[String]) -> bool {
        let state = self.state();
        !response_ids.is_empty()
            && response_ids
                .iter()
                .all(|id| state.answers.contains(id.as_str()))
    }

    /// Takes a run of a tool that the account counts as queued.
    pub(super) fn tool_run(&self, run: ToolRun) {
        let run = self.policy.admitted_tool_run(run);
        let run = self.policy.sent_tool_run(run);
        self.push(self.service.tool_run(&run), 1, None);
    }

    /// Takes the beginning of a session that the account counts as queued.
    pub(super) fn session_start(&self, session: StartedSession) {
        let session = self.policy.admitted_session(session);
        self.state().sessions.start(&session.id);
        self.push(self.service.session_start(&session), 1, None);
    }

    /// Looks after turns that are open for too long, and those that other
    /// processes left.
    pub(super) fn sweep(&self) {
        let mut state = self.state();
        for left in self.spool.recovered() {
            let steps = left.steps.iter().map(|step| &**step);
            let known = state.open.resume(&left.whole, steps);
            let lost = left.items.saturating_sub(known);
            self.account
                .lose(Stage::Open, DropReason::Unconvertible, lost);
        }
        if self.spool.has_lost_open_turns() {
            for record in state.open.records() {
                self.hold(record);
            }
        }
        self.close_old(&mut state);
    }

    /// Ends the turns that are open: nothing follows any more.
    pub(super) fn end(&self) {
        let mut state = self.state();
        for (turn, key) in state.open.close_all() {
            self.emit(&mut state, turn, Some(key));
        }
    }

    fn close_old(&self, state: &mut State) {
        let age = self.policy.turn_max_age;
        for (turn, key) in state.open.close_old(age, SystemTime::now()) {
            self.emit(state, turn, Some(key));
        }
    }

    fn start_session(&self, state: &mut State, turn: &Turn) {
        if !self.policy.session_start || !state.sessions.start(&turn.session_id) {
            return;
        }
        let session = StartedSession {
            id: turn.session_id.clone(),
            user_id: turn.user_id.clone(),
            metadata: turn.metadata.clone(),
        };
        self.account.enqueue();
        self.push(self.service.session_start(&session), 1, None);
    }

    fn emit(&self, state: &mut State, mut turn: Turn, closes: Option<u64>) {
        if self.policy.turn_numbers && turn.number.is_none() {
            turn.number = Some(state.sessions.next_turn(&turn.session_id));
        }
        let items = match self.policy.grouping {
            // Also one that a process left that gathered when this one does not.
            _ if closes.is_some() => turn.ai_rounds,
            TurnGrouping::Call => 1,
            TurnGrouping::Turn if turn.is_by_hand() => 1,
            TurnGrouping::Turn => turn.ai_rounds,
        };
        let turn = self.policy.sent_turn(turn);
        self.push(self.service.turn(&turn), items, closes);
    }

    fn push(&self, body: serde_json::Result<Bytes>, items: u64, closes: Option<u64>) {
        let Ok(body) = body else {
            let stage = closes.map_or(Stage::Queued, |_| Stage::Open);
            return self.account.lose(stage, DropReason::Unconvertible, items);
        };
        self.spool.push(NewEvent {
            made_at: SystemTime::now(),
            body,
            items,
            closes,
        });
    }

    fn hold(&self, record: Record) {
        self.spool.hold(Held {
            key: record.key,
            after: record.after,
            items: record.rounds,
            body: record.body.into(),
        });
    }
}
