//! The events of TES: their JSON is the contract.
//!
//! What is stored is the same in every dialect; the dialect makes the request
//! of it.

mod chat_turn;
mod session_start;
mod tool_use;

pub(crate) use chat_turn::chat_turn;
pub(crate) use session_start::session_start;
pub(crate) use tool_use::tool_use;

use crate::repair;
use bytes::Bytes;
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::borrow::Cow;
use std::time::Duration;
use uuid::Uuid;

pub(super) const CHAT_TURN: &str = "CHAT_TURN";
pub(super) const TOOL_USE: &str = "TOOL_USE";
pub(super) const SESSION_START: &str = "SESSION_START";

/// An event as the spool keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored<'a> {
    #[serde(borrow)]
    pub(crate) event_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) event_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) entity_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) attributes: &'a RawValue,
}

/// What the spool is to keep of an event.
fn stored(
    event_id: Uuid,
    event_type: &str,
    entity_id: &str,
    attributes: &Fields,
) -> serde_json::Result<Bytes> {
    let stored = Stored {
        event_id: event_id.to_string().into(),
        event_type: event_type.into(),
        entity_id: entity_id.into(),
        attributes: &to_raw_value(attributes)?,
    };
    let event = serde_json::to_string(&stored)?;
    // A receiver refuses an event for good that its store does not take.
    Ok(repair::storable(&event).unwrap_or(event).into())
}

/// Ordered fields. A field that is set again keeps its place and takes the
/// later value: so metadata comes first and never overrides what is ours.
#[derive(Debug, Default)]
pub(super) struct Fields(pub(super) Vec<(String, Box<RawValue>)>);

impl Fields {
    fn set(&mut self, key: &str, value: impl Serialize) -> serde_json::Result<()> {
        let value = to_raw_value(&value)?;
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
        Ok(())
    }

    fn set_known(&mut self, key: &str, value: Option<impl Serialize>) -> serde_json::Result<()> {
        value.map_or(Ok(()), |value| self.set(key, value))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_comes_first_and_never_overrides_what_is_ours() {
        let mut fields = Fields::default();
        fields.set("source", "mine").unwrap();
        fields.set("extra", [1, 2]).unwrap();
        fields.set("source", "turnspan").unwrap();
        let json = serde_json::to_string(&fields).unwrap();
        assert_eq!(json, r#"{"source":"turnspan","extra":[1,2]}"#);
    }
}
