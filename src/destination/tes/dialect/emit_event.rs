//! `emitEvent`, of agent-events up to 0.3.

use super::Mutation;
use crate::destination::tes::event::Stored;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

#[derive(Debug)]
pub(super) struct EmitEvent;

impl Mutation for EmitEvent {
    fn field(&self) -> &'static str {
        "emitEvent"
    }

    fn single(&self) -> &'static str {
        "\n  mutation EmitEvent($input: EventInput!) {\n    emitEvent(input: $input) {\n      success\n      eventId\n      message\n    }\n  }\n"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[("input", "EventInput!")]
    }

    fn selection(&self) -> &'static str {
        "success eventId message"
    }

    fn arguments(&self, event: &Stored<'_>) -> serde_json::Result<Vec<Box<RawValue>>> {
        let input = EventInput {
            event_type: &event.event_type,
            entity_type: "conversation",
            data: Data {
                entity_id: &event.entity_id,
                attributes: event.attributes,
            },
        };
        Ok(vec![to_raw_value(&input)?])
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventInput<'a> {
    event_type: &'a str,
    entity_type: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
pub(super) struct Data<'a> {
    pub(super) entity_id: &'a str,
    pub(super) attributes: &'a RawValue,
}
