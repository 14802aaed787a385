//! The wire form of a `SESSION_START`.
//!
//! Captured from agent-events 0.3: `source`, the metadata *inside* `metadata`,
//! `userId`. Added after them: `event_id`.

use super::{Fields, SESSION_START, stored};
use crate::destination::tes::EventSettings;
use crate::destination::turns::event_id;
use crate::turn::StartedSession;
use bytes::Bytes;

/// The event of a session that begins. Whoever begins it says it with the same
/// id.
pub(crate) fn session_start(
    session: &StartedSession,
    settings: &EventSettings,
) -> serde_json::Result<Bytes> {
    let id = event_id::of_session_start(session);
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
