//! The wire form of a `TOOL_USE`.
//!
//! Captured from agent-events 0.3, in its order: the metadata, `source`,
//! `tool`, `duration_ms`, `turn_number`, `args`, `result_summary`, `userId`;
//! what is not known is left out, as its JavaScript form does. Added after
//! them: `event_id`, `trace_id`, `span_id`, `error`.

use super::chat_turn::WireError;
use super::{Fields, TOOL_USE, milliseconds, stored};
use crate::destination::tes::EventSettings;
use crate::destination::turns::event_id;
use crate::operation::Json;
use crate::turn::{ToolRun, known_id};
use bytes::Bytes;

/// The event of a tool that ran.
pub(crate) fn tool_use(run: &ToolRun, settings: &EventSettings) -> serde_json::Result<Bytes> {
    let id = event_id::of_tool_run(run);
    let mut fields = Fields::default();
    for (key, value) in &run.metadata {
        fields.set(key, value)?;
    }
    fields.set("source", &settings.source)?;
    fields.set("tool", &run.tool)?;
    fields.set_known("duration_ms", run.duration.map(milliseconds))?;
    fields.set_known("turn_number", run.turn_number)?;
    fields.set_known("args", run.args.as_deref().map(Json::or_text))?;
    fields.set_known("result_summary", run.result.as_ref())?;
    fields.set_known("clientId", settings.client_id.as_ref())?;
    fields.set_known("userId", run.user_id.as_ref())?;
    fields.set("event_id", id.to_string())?;
    fields.set_known("trace_id", known_id(&run.trace_id))?;
    fields.set_known("span_id", known_id(&run.span_id))?;
    fields.set_known("error", run.error.as_ref().map(WireError::from))?;
    stored(id, TOOL_USE, &run.session_id, &fields)
}
