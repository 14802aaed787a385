//! Turns told by hand, and what somebody wanted of an agent.

mod interaction;
mod session;

pub use interaction::{Decision, Interaction, InteractionBuilder, ToolCall};
pub use session::{ChatTurn, Session, SessionUsage, ToolUseEvent};
