//! Turns told by hand, for a client that nothing can watch:
//! `cargo run --example session`
//!
//! Honours `TES_ENDPOINT`, `TES_CLIENT_ID` and `TES_API_KEY`.

mod support;

use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::Failure;
use turnspan::{ChatTurn, Conversation, ToolUseEvent};

fn main() -> ExitCode {
    support::exit(run())
}

fn run() -> Result<String, Failure> {
    let telemetry = turnspan::builder().env()?.build()?;
    let conversation = Conversation::new("conv-123")
        .user("u_1")
        .metadata("plan", "pro");
    let session = telemetry.session(conversation);
    session.emit_session_start();

    // What a client of yours got, as JSON of any provider.
    session.record(&json!({
        "model": "claude-sonnet-4",
        "content": [{"type": "tool_use", "id": "t1", "name": "search", "input": {"q": "shoes"}}],
        "usage": {"input_tokens": 15, "output_tokens": 8},
    }));
    let searched = ToolUseEvent::new("search")
        .args(&json!({"q": "shoes"}))
        .result_summary("5 hits")
        .duration(Duration::from_millis(120));
    session.emit_tool_use(searched);
    session.record_tool_result("t1", &json!({"hits": 5}));
    session.record(&json!({
        "model": "claude-sonnet-4",
        "content": [{"type": "text", "text": "There are five."}],
        "usage": {"input_tokens": 30, "output_tokens": 6},
    }));
    session.emit_chat_turn(ChatTurn::new().user_message("Find me shoes."));

    telemetry.flush(Duration::from_secs(5))?;
    Ok(telemetry.stats().to_string())
}
