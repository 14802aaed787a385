//! What arrived at a receiver, event by event.

use super::tes_receiver::TesReceiver;
use serde_json::Value;
use std::collections::HashMap;

/// Events by the words of their users, which tests make unique.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    events: HashMap<String, Arrival>,
    duplicates: usize,
}

#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) attributes: Value,
    /// The whole event as text.
    text: String,
}

impl Arrivals {
    /// Takes what has arrived since the last time. One that was there before
    /// must be the same to the letter.
    pub(crate) fn take(&mut self, receiver: &TesReceiver) {
        for event in receiver.take_accepted() {
            let attributes = event["data"]["attributes"].clone();
            let id = attributes["user_message"].as_str().unwrap().to_owned();
            let text = event.to_string();
            if let Some(known) = self.events.get(&id) {
                assert_eq!(known.text, text, "a duplicate that is none");
                self.duplicates += 1;
                continue;
            }
            self.events.insert(id, Arrival { attributes, text });
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arrival> {
        self.events.get(id)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.events.keys()
    }

    pub(crate) fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// No two events have one id.
    pub(crate) fn assert_ids_are_unique(&self) {
        let mut ids: Vec<&str> = self
            .events
            .values()
            .map(|event| event.attributes["event_id"].as_str().unwrap())
            .collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
