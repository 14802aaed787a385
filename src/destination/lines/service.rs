//! What a line says.

use crate::destination::turns::{TurnService, event_id};
use crate::turn::{StartedSession, ToolRun, Turn};
use bytes::Bytes;
use serde::Serialize;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use uuid::Uuid;

/// Makes a line of what happened.
#[derive(Debug)]
pub(super) struct LineService;

#[derive(Serialize)]
struct Line<'a, T> {
    r#type: &'static str,
    event_id: String,
    time: String,
    #[serde(flatten)]
    what: &'a T,
}

impl TurnService for LineService {
    fn turn(&self, turn: &Turn) -> serde_json::Result<Bytes> {
        line("turn", event_id::of_turn(turn), turn)
    }

    fn tool_run(&self, run: &ToolRun) -> serde_json::Result<Bytes> {
        line("tool_use", event_id::of_tool_run(run), run)
    }

    fn session_start(&self, session: &StartedSession) -> serde_json::Result<Bytes> {
        line(
            "session_start",
            event_id::of_session_start(session),
            session,
        )
    }
}

fn line(r#type: &'static str, event_id: Uuid, what: &impl Serialize) -> serde_json::Result<Bytes> {
    let line = Line {
        r#type,
        event_id: event_id.to_string(),
        time: now(),
        what,
    };
    serde_json::to_vec(&line).map(Bytes::from)
}

/// The time of day, as RFC 3339 writes it.
fn now() -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _written = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}
