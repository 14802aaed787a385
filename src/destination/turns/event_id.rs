//! By what an event is known again.

use crate::turn::{StartedSession, ToolRun, Turn};
use uuid::Uuid;

/// Made once at random; ids of events are derived from it (RFC 9562, `UUIDv5`).
const NAMESPACE: Uuid = Uuid::from_u128(0x4c0f_9d5e_7a63_4b0f_9a3d_52c1_8e27_61b4);

/// The same event has the same id, however often it is sent and to whichever
/// service.
pub(crate) fn of_turn(turn: &Turn) -> Uuid {
    of(&turn.trace_id, &turn.span_id, "CHAT_TURN")
}

pub(crate) fn of_tool_run(run: &ToolRun) -> Uuid {
    of(&run.trace_id, &run.span_id, "TOOL_USE")
}

/// Whoever begins a session says it with the same id.
pub(crate) fn of_session_start(session: &StartedSession) -> Uuid {
    of(&session.id, "", "SESSION_START")
}

fn of(trace_id: &str, span_id: &str, event_type: &str) -> Uuid {
    let name = format!("{trace_id}/{span_id}/{event_type}");
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_depends_on_trace_span_and_type_alone() {
        let id = of("t", "s", "CHAT_TURN");
        assert_eq!(id, of("t", "s", "CHAT_TURN"));
        assert_ne!(id, of("t", "s2", "CHAT_TURN"));
        assert_ne!(id, of("t", "s", "TOOL_USE"));
        assert_eq!(id.get_version_num(), 5);
    }
}
