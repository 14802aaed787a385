//! An event as it lies in the file.

use super::filter::{self, SpoolFilter};
use crate::spool::sqlite::column::{DEAD, WAITING, of_milliseconds};
use rusqlite::{Connection, Row, params};
use serde::Deserialize;
use std::fmt;
use std::time::SystemTime;

/// Whether an event is still to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpoolState {
    /// It waits for its delivery, or is under way.
    Waiting,
    /// It was refused for good: a dead letter.
    Dead,
}

/// An event of a [`SpoolFile`](crate::SpoolFile), where an example is. `Debug`
/// shows neither its body nor the receiver's words, which may repeat it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolEvent {
    /// Its row.
    pub id: i64,
    /// Where it is to go.
    pub endpoint: String,
    /// Whose it is.
    pub client_id: String,
    /// Whether it is still to be delivered.
    pub state: SpoolState,
    /// When it was made, or put back by
    /// [`SpoolFile::replay`](crate::SpoolFile::replay).
    pub made_at: SystemTime,
    /// The bytes of its body.
    pub size: usize,
    /// `event_id` of its body, by which a receiver knows it again.
    pub event_id: Option<String>,
    /// `CHAT_TURN` or `turn`, say; none of a body that cannot be read.
    pub event_type: Option<String>,
    /// What it is about: of a turn its conversation.
    pub entity_id: Option<String>,
    /// Of a dead letter, why it is one.
    pub refusal: Option<SpoolRefusal>,
    body: Vec<u8>,
}

/// Why an event is a dead letter. `Debug` does not show the receiver's words.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolRefusal {
    /// A [`DropReason`](crate::DropReason), as text.
    pub reason: String,
    /// What the receiver said.
    pub why: String,
    /// When it was refused.
    pub at: SystemTime,
}

impl SpoolEvent {
    /// What is to be sent, as JSON: the conversation too, if content is
    /// captured.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for SpoolEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpoolEvent")
            .field("id", &self.id)
            .field("endpoint", &self.endpoint)
            .field("client_id", &self.client_id)
            .field("state", &self.state)
            .field("made_at", &self.made_at)
            .field("size", &self.size)
            .field("event_id", &self.event_id)
            .field("event_type", &self.event_type)
            .field("refusal", &self.refusal)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SpoolRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpoolRefusal")
            .field("reason", &self.reason)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl SpoolState {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Waiting => WAITING,
            Self::Dead => DEAD,
        }
    }
}

/// What is read of a body.
#[derive(Deserialize, Default)]
struct Head {
    event_id: Option<String>,
    #[serde(alias = "type")]
    event_type: Option<String>,
    #[serde(alias = "session_id")]
    entity_id: Option<String>,
}

pub(super) fn load(
    connection: &Connection,
    filter: &SpoolFilter,
) -> rusqlite::Result<Vec<SpoolEvent>> {
    let mut statement = connection.prepare(&format!(
        "SELECT event.id, endpoint, client_id, state, made_at, body, reason, why, ended_at
         FROM event LEFT JOIN owner ON owner.id = event.owner
         WHERE event.id IN ({}) ORDER BY event.id",
        filter::IDS
    ))?;
    let parameters = params![
        filter.of_state(),
        filter.made_before(),
        filter.of_ids(),
        filter.after,
        filter.at_most()
    ];
    let events = statement.query_map(parameters, read)?;
    events.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<SpoolEvent> {
    let body: Vec<u8> = row.get(5)?;
    let head: Head = serde_json::from_slice(&body).unwrap_or_default();
    let is_dead = row.get::<_, i64>(3)? == DEAD;
    let refusal = is_dead.then(|| refusal(row)).transpose()?;
    Ok(SpoolEvent {
        id: row.get(0)?,
        endpoint: row.get::<_, Option<_>>(1)?.unwrap_or_default(),
        client_id: row.get::<_, Option<_>>(2)?.unwrap_or_default(),
        state: if is_dead {
            SpoolState::Dead
        } else {
            SpoolState::Waiting
        },
        made_at: of_milliseconds(row.get(4)?),
        size: body.len(),
        event_id: head.event_id,
        event_type: head.event_type,
        entity_id: head.entity_id,
        refusal,
        body,
    })
}

fn refusal(row: &Row<'_>) -> rusqlite::Result<SpoolRefusal> {
    Ok(SpoolRefusal {
        reason: row.get::<_, Option<_>>(6)?.unwrap_or_default(),
        why: row.get::<_, Option<_>>(7)?.unwrap_or_default(),
        at: of_milliseconds(row.get::<_, Option<_>>(8)?.unwrap_or_default()),
    })
}
