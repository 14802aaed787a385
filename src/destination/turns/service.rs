//! What a service of turns says of itself.

use crate::turn::{StartedSession, ToolRun, Turn};
use bytes::Bytes;
use std::fmt::Debug;

/// The wire form of a service of turns: makes of what happened what the spool
/// keeps of it. It gets that as it may leave.
pub(crate) trait TurnService: Debug + Send + Sync {
    fn turn(&self, turn: &Turn) -> serde_json::Result<Bytes>;

    fn tool_run(&self, run: &ToolRun) -> serde_json::Result<Bytes>;

    fn session_start(&self, session: &StartedSession) -> serde_json::Result<Bytes>;
}
