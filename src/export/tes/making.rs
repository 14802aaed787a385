//! Which events are made.

use super::event::truncated;
use super::{EventSettings, Tes};
use crate::turn::Turn;
use crate::user_ids::UserIds;
use std::time::Duration;

/// How long a gathered turn may be open, by default: tools can be slow, and
/// people who approve them slower.
pub(super) const TURN_MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// What one `CHAT_TURN` is (`TES_TURN_GROUPING`).
///
/// ```
/// use turnspan::{Tes, TurnGrouping};
///
/// let tes = Tes::new("https://api.pentatonic.com", "acme", "tes_key")?
///     .turn_grouping(TurnGrouping::Turn);
/// assert!(format!("{tes:?}").contains("grouping: Turn"));
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TurnGrouping {
    /// One call of a model (`call`, the default): each round of a tool loop is
    /// an event, and the session links them.
    #[default]
    Call,
    /// A tool loop (`turn`), from the question to the answer that asks for no
    /// more tools: usage summed, tool calls with their results and rounds, the
    /// first user message, the last answer.
    ///
    /// Rounds belong together by `gen_ai.request.previous_response.id`, else by
    /// the ids of tool calls, else, where neither is known, because they were made
    /// within the same span. An id joins within one named conversation, and
    /// elsewhere only if the request begins with the same messages; a round of
    /// another user never joins. Requests are read for that also where content is
    /// not captured. In the books an open turn is `open`; a durable spool keeps
    /// it, and the next process goes on with it.
    ///
    /// Tool calls of one turn may take 512 KiB. Beyond that results, then
    /// arguments, are cut, those in the middle of the loop first.
    Turn,
}

impl EventSettings {
    /// The user of an event, as this destination may know them.
    pub(super) fn user_id_of(&self, user_id: Option<&str>) -> Option<String> {
        self.user_ids.apply(user_id.or(self.user_id.as_deref())?)
    }

    /// As much of a turn as this destination may have.
    pub(super) fn gated(&self, turn: Turn) -> Turn {
        if self.capture_content {
            truncated(turn, self.max_content_length)
        } else {
            turn.without_content()
        }
    }
}

impl Tes {
    /// What becomes of user ids (`TES_USER_IDS`: `plain`, the default, `hmac`
    /// with a key in `TES_USER_ID_KEY`, `sha256`, `omit`).
    pub fn user_ids(mut self, user_ids: UserIds) -> Self {
        self.event.user_ids = user_ids;
        self
    }

    /// What one `CHAT_TURN` is (`TES_TURN_GROUPING`: `call`, the default, or
    /// `turn`).
    pub fn turn_grouping(mut self, grouping: TurnGrouping) -> Self {
        self.event.grouping = grouping;
        self
    }

    /// How long a gathered turn may be open, from its first round on
    /// (`TES_TURN_MAX_AGE`, in seconds, default an hour). It is sent then as it
    /// is, with `closed_by: "age"`; one that the end of telemetry finds open has
    /// `closed_by: "shutdown"`, and one whose tool names alone are too large
    /// `closed_by: "size"`.
    pub fn turn_max_age(mut self, age: Duration) -> Self {
        self.event.turn_max_age = age;
        self
    }

    /// Whether turns are counted in their sessions, as `turn_number` from 1
    /// (`TES_TURN_NUMBERS`, default false). This process alone counts, and knows
    /// the last 10,000 sessions. A number that the span has
    /// (`tes.turn.number`) stays.
    pub fn turn_numbers(mut self, count: bool) -> Self {
        self.event.turn_numbers = count;
        self
    }

    /// Whether `execute_tool` spans become `TOOL_USE` events (`TES_TOOL_USE`,
    /// default true): those of `#[instrument]` functions with
    /// `gen_ai.operation.name = "execute_tool"`, and those of others.
    pub fn tool_use(mut self, send: bool) -> Self {
        self.event.tool_use = send;
        self
    }

    /// Whether the first turn of a conversation is preceded by a
    /// `SESSION_START` (`TES_SESSION_START`, default false). Other processes
    /// send the same event, with the same `event_id`.
    pub fn session_start(mut self, send: bool) -> Self {
        self.event.session_start = send;
        self
    }
}
