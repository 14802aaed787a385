//! `createModuleEvent`, of the SDKs since 0.4.5.

use super::Mutation;
use super::emit_event::Data;
use crate::destination::tes::event::{SESSION_START, Stored};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

#[derive(Debug)]
pub(super) struct CreateModuleEvent;

impl Mutation for CreateModuleEvent {
    fn field(&self) -> &'static str {
        "createModuleEvent"
    }

    fn single(&self) -> &'static str {
        "\n  mutation CreateModuleEvent($moduleId: String!, $input: ModuleEventInput!) {\n    createModuleEvent(moduleId: $moduleId, input: $input) {\n      success\n      eventId\n    }\n  }\n"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[("moduleId", "String!"), ("input", "ModuleEventInput!")]
    }

    fn selection(&self) -> &'static str {
        "success eventId"
    }

    fn arguments(&self, event: &Stored<'_>) -> serde_json::Result<Vec<Box<RawValue>>> {
        let input = ModuleEventInput {
            event_type: &event.event_type,
            data: Data {
                entity_id: &event.entity_id,
                attributes: event.attributes,
            },
        };
        let module = module(&event.event_type);
        Ok(vec![to_raw_value(module)?, to_raw_value(&input)?])
    }

    fn names_client(&self) -> bool {
        true
    }
}

/// Sessions belong to the memory of the service, turns to its analytics.
fn module(event_type: &str) -> &'static str {
    match event_type {
        SESSION_START => "deep-memory",
        _ => "conversation-analytics",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModuleEventInput<'a> {
    event_type: &'a str,
    data: Data<'a>,
}
