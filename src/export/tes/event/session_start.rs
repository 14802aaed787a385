//! The wire form of a `SESSION_START`.
//!
//! Captured from agent-events 0.3: `source`, the metadata *inside* `metadata`,
//! `userId`. Added after them: `event_id`.

use super::super::EventSettings;
use super::{Fields, SESSION_START, event_id, stored};
use crate::turn::of_metadata;
use bytes::Bytes;
use serde_json::Value;

/// A session, and whose it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct StartedSession {
    pub(crate) id: String,
    pub(crate) user_id: Option<String>,
    pub(crate) metadata: Vec<(String, Value)>,
}

impl StartedSession {
    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let user = self.user_id.as_ref().map_or(0, String::len);
        self.id.len() + user + of_metadata(&self.metadata)
    }
}

/// The event of a session that begins. Whoever begins it says it with the same
/// id.
pub(crate) fn session_start(
    session: &StartedSession,
    settings: &EventSettings,
) -> serde_json::Result<Bytes> {
    let id = event_id(&session.id, "", SESSION_START);
    let mut metadata = Fields::default();
    for (key, value) in &session.metadata {
        metadata.set(key, value)?;
    }
    let mut fields = Fields::default();
    fields.set("source", &settings.source)?;
    fields.set("metadata", &metadata)?;
    fields.set_known("clientId", settings.client_id.as_ref())?;
    fields.set_known("userId", session.user_id.as_ref())?;
    fields.set("event_id", id.to_string())?;
    stored(id, SESSION_START, &session.id, &fields)
}
