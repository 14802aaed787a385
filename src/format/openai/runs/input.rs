//! What was said in a request for a run; read on the pipeline's thread.

use crate::format::openai::chat;
use crate::format::parts::text;
use crate::format::{lenient, tools};
use crate::operation::{Input, Json, Message, Part};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads what a request adds to its thread; what cannot be read is left out.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request<'_>>(body) else {
        return Input::default();
    };
    let of_thread = wire.thread.map(|thread| thread.messages);
    let messages = of_thread.into_iter().flatten();
    let messages = messages.chain(wire.additional_messages);
    let outputs = wire.tool_outputs.iter().map(result);
    let instructions = [wire.instructions, wire.additional_instructions];
    let said = |it: Value| it.as_str().map(text);
    Input {
        messages: messages.filter_map(chat::message).chain(outputs).collect(),
        system_instructions: instructions
            .into_iter()
            .flatten()
            .filter_map(said)
            .collect(),
        tool_definitions: tools::definitions(wire.tools),
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default, deserialize_with = "lenient::object")]
    thread: Option<Thread>,
    #[serde(default, deserialize_with = "lenient::list")]
    additional_messages: Vec<Value>,
    instructions: Option<Value>,
    additional_instructions: Option<Value>,
    #[serde(default, deserialize_with = "lenient::list")]
    tool_outputs: Vec<Value>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Thread {
    #[serde(default, deserialize_with = "lenient::list")]
    messages: Vec<Value>,
}

fn result(output: &Value) -> Message {
    let field = |key: &str| output.get(key)?.as_str();
    let part = Part::ToolCallResponse {
        id: field("tool_call_id").map(str::to_owned),
        response: Json::or_text(field("output").unwrap_or_default()),
    };
    Message {
        role: "tool".to_owned(),
        parts: vec![part],
        name: None,
        finish_reason: None,
    }
}
