//! What of turns TES gets.

use super::Tes;
use crate::destination::turns::TurnGrouping;
use crate::redact::Redaction;
use crate::user_ids::UserIds;
use std::time::Duration;

impl Tes {
    /// What becomes of user ids (`TES_USER_IDS`: `plain`, the default, `hmac`
    /// with a key in `TES_USER_ID_KEY`, `sha256`, `omit`).
    pub fn user_ids(mut self, user_ids: UserIds) -> Self {
        self.policy.user_ids = user_ids;
        self
    }

    /// What one `CHAT_TURN` is (`TES_TURN_GROUPING`: `call`, the default, or
    /// `turn`).
    pub fn turn_grouping(mut self, grouping: TurnGrouping) -> Self {
        self.policy.grouping = grouping;
        self
    }

    /// How long a gathered turn may be open, from its first round on
    /// (`TES_TURN_MAX_AGE`, in seconds, default an hour). It is sent then as it
    /// is, with `closed_by: "age"`; one that the end of telemetry finds open has
    /// `closed_by: "shutdown"`, and one whose tool names alone are too large
    /// `closed_by: "size"`.
    pub fn turn_max_age(mut self, age: Duration) -> Self {
        self.policy.turn_max_age = age;
        self
    }

    /// Whether turns are counted in their sessions, as `turn_number` from 1
    /// (`TES_TURN_NUMBERS`, default false). This process alone counts, and knows
    /// the last 10,000 sessions. A number that the span has
    /// (`tes.turn.number`) stays.
    pub fn turn_numbers(mut self, count: bool) -> Self {
        self.policy.turn_numbers = count;
        self
    }

    /// Whether `execute_tool` spans become `TOOL_USE` events (`TES_TOOL_USE`,
    /// default true): those of `#[instrument]` functions with
    /// `gen_ai.operation.name = "execute_tool"`, and those of others.
    pub fn tool_use(mut self, send: bool) -> Self {
        self.policy.tool_use = send;
        self
    }

    /// Whether the first turn of a conversation is preceded by a
    /// `SESSION_START` (`TES_SESSION_START`, default false). Other processes
    /// send the same event, with the same `event_id`.
    pub fn session_start(mut self, send: bool) -> Self {
        self.policy.session_start = send;
        self
    }

    /// The user of every event whose conversation names none (`TES_USER_ID`,
    /// default: none). See [`Conversation::user`](crate::Conversation::user).
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.policy.user_id = Some(user_id.into());
        self
    }

    /// Whether prompts, answers, tool arguments and error texts are sent
    /// (`TES_CAPTURE_CONTENT`, default true). Without them an event is what
    /// [`Turn::without_content`](crate::Turn::without_content) leaves.
    ///
    /// ```
    /// let tes = turnspan::Tes::new("https://tes.example", "acme", "tes_key")?
    ///     .capture_content(false)
    ///     .failed_calls(false)
    ///     .source("checkout");
    /// assert!(format!("{tes:?}").contains("capture_content: false"));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn capture_content(mut self, capture: bool) -> Self {
        self.policy.capture_content = capture;
        self
    }

    /// The longest text that is sent, in code points; longer ones are cut and
    /// end with `...[truncated]`. 0 is no limit (`TES_MAX_CONTENT_LENGTH`,
    /// default 4096). Arguments of tools are cut so that they stay JSON: the
    /// texts in them first.
    pub fn max_content_length(mut self, length: usize) -> Self {
        self.policy.max_content_length = (length > 0).then_some(length);
        self
    }

    /// Whether calls that failed become events too (`TES_FAILED_CALLS`,
    /// default true; the TES SDKs send none). A call that its caller let go of
    /// counts as failed.
    pub fn failed_calls(mut self, send: bool) -> Self {
        self.policy.failed_calls = send;
        self
    }

    /// What of every event is searched for personal data, before it is cut to
    /// length and spooled (`TES_REDACT`: kinds behind commas, of `emails`,
    /// `phones`, `ssns`, `credit_cards`, `ip_addresses`, `api_keys`, or `all`;
    /// `TES_REDACT_MODE`: `label`, `hash`, `remove` or `mask`, default `label`;
    /// `TES_REDACT_KEY` for hashes). Default: nothing. What a durable spool has
    /// kept from before stays as it was.
    ///
    /// ```
    /// use turnspan::{Field, FieldRule, Redaction, Tes};
    ///
    /// let rules = Redaction::personal_data().field(Field::SystemPrompt, FieldRule::Hide);
    /// let tes = Tes::new("https://tes.example", "acme", "tes_key")?.redact(rules);
    /// assert!(format!("{tes:?}").contains("SystemPrompt: Hide"));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn redact(mut self, redaction: Redaction) -> Self {
        self.policy.redaction = Some(redaction);
        self
    }
}
