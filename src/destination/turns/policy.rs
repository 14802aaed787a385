//! What a service of turns may have, and which turns it gets.

use super::TurnGrouping;
use super::truncate::{cut_tool_run, cut_turn};
use crate::redact::{self, Redaction};
use crate::turn::{HistoryKey, StartedSession, ToolRun, Turn, TurnError};
use crate::user_ids::UserIds;
use std::time::Duration;

/// How long a gathered turn may be open, by default: tools can be slow, and
/// people who approve them slower.
const TURN_MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// What of turns goes to one service.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub(crate) struct TurnPolicy {
    /// The user of those that name none.
    pub(crate) user_id: Option<String>,
    pub(crate) user_ids: UserIds,
    pub(crate) capture_content: bool,
    /// In code points; `None` is no limit.
    pub(crate) max_content_length: Option<usize>,
    pub(crate) failed_calls: bool,
    pub(crate) grouping: TurnGrouping,
    pub(crate) turn_max_age: Duration,
    pub(crate) turn_numbers: bool,
    pub(crate) tool_use: bool,
    pub(crate) session_start: bool,
    pub(crate) redaction: Option<Redaction>,
    /// Of what open turns know of what was said before.
    pub(crate) history_key: HistoryKey,
}

impl TurnPolicy {
    /// Every call is a turn, content included, and every tool that runs is told.
    pub(crate) fn of(history_key: HistoryKey) -> Self {
        Self {
            user_id: None,
            user_ids: UserIds::plain(),
            capture_content: true,
            max_content_length: None,
            failed_calls: true,
            grouping: TurnGrouping::default(),
            turn_max_age: TURN_MAX_AGE,
            turn_numbers: false,
            tool_use: true,
            session_start: false,
            redaction: None,
            history_key,
        }
    }

    /// A turn as the service may know it; only so is it kept anywhere.
    pub(super) fn admitted_turn(&self, mut turn: Turn) -> Turn {
        turn.user_id = self.user_id_of(turn.user_id.as_deref());
        if !self.capture_content {
            turn = turn.without_content();
        }
        take_keys(&mut turn.error);
        match &self.redaction {
            Some(redaction) => redaction.turn(turn),
            None => turn,
        }
    }

    pub(super) fn admitted_tool_run(&self, mut run: ToolRun) -> ToolRun {
        run.user_id = self.user_id_of(run.user_id.as_deref());
        take_keys(&mut run.error);
        match &self.redaction {
            Some(redaction) => redaction.tool_run(run),
            None => run,
        }
    }

    pub(super) fn admitted_session(&self, mut session: StartedSession) -> StartedSession {
        session.user_id = self.user_id_of(session.user_id.as_deref());
        if let Some(redaction) = &self.redaction {
            session.user_id = redaction.user_id(session.user_id);
            redaction.metadata(&mut session.metadata);
        }
        session
    }

    /// As much of a turn as is sent.
    pub(super) fn sent_turn(&self, turn: Turn) -> Turn {
        match self.max_content_length {
            _ if !self.capture_content => turn.without_content(),
            Some(limit) => cut_turn(turn, limit),
            None => turn,
        }
    }

    /// As much of a tool's run as is sent.
    pub(super) fn sent_tool_run(&self, run: ToolRun) -> ToolRun {
        match self.max_content_length {
            _ if !self.capture_content => run.without_content(),
            Some(limit) => cut_tool_run(run, limit),
            None => run,
        }
    }

    fn user_id_of(&self, user_id: Option<&str>) -> Option<String> {
        self.user_ids.apply(user_id.or(self.user_id.as_deref())?)
    }
}

/// Of spans that came past our pipeline too.
fn take_keys(error: &mut Option<TurnError>) {
    if let Some(error) = error {
        redact::take_keys(&mut error.message);
    }
}
