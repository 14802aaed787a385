//! A further round of an open turn.

use super::Turn;
use super::digest::Digest;
use super::history::{History, Point};
use super::pause::Pieces;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// What is new in it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) turn: Turn,
    pub(super) at: Option<Point>,
    pub(super) told: HashMap<String, Digest>,
    pub(super) paused: Option<Pieces>,
}

impl Step {
    /// What a round adds to a turn: not what the turn knows.
    pub(super) fn of(known: &Turn, round: Turn, history: History) -> Self {
        let first = |known: &Option<String>, said: Option<String>| said.filter(|_| known.is_none());
        Self {
            turn: Turn {
                session_id: String::new(),
                trace_id: String::new(),
                span_id: String::new(),
                metadata: Vec::new(),
                user_message: first(&known.user_message, round.user_message),
                system_prompt: first(&known.system_prompt, round.system_prompt),
                user_id: first(&known.user_id, round.user_id),
                ..round
            },
            at: history.now,
            told: history.asked,
            paused: history.paused,
        }
    }

    /// As it is recorded.
    pub(super) fn body(&self) -> Option<Vec<u8>> {
        let body = serde_json::to_value(self).map(lean).ok()?;
        serde_json::to_vec(&body).ok()
    }
}

/// Without what is not known: it is most of a step that says little.
fn lean(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let known = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(known.map(|(key, value)| (key, lean(value))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(lean).collect()),
        other => other,
    }
}
