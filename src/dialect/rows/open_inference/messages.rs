//! Messages that are written an attribute a field, with positions in their keys:
//! `llm.input_messages.0.message.tool_calls.1.tool_call.function.name`.

use crate::dialect::attributes::Attributes;
use crate::operation::{Json, Message, Part};
use opentelemetry::Value;
use std::collections::BTreeMap;

/// Messages, and parts of one, that are read.
const MAX_ENTRIES: usize = 1024;

/// The fields of one message so far.
#[derive(Debug, Default)]
struct Written {
    role: Option<String>,
    content: Option<String>,
    name: Option<String>,
    tool_call_id: Option<String>,
    contents: BTreeMap<usize, String>,
    tool_calls: BTreeMap<usize, Call>,
}

#[derive(Debug, Default)]
struct Call {
    id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
}

/// The messages below a prefix, in their order.
pub(super) fn of(attributes: &Attributes<'_>, prefix: &str) -> Vec<Message> {
    let mut written = BTreeMap::<usize, Written>::new();
    for attribute in attributes.iter() {
        let text = match &attribute.value {
            Value::String(text) => text.as_str(),
            _ => continue,
        };
        let field = attribute.key.as_str().strip_prefix(prefix);
        let Some((at, field)) = field.and_then(position) else {
            continue;
        };
        let field = field.strip_prefix("message.").unwrap_or(field);
        if let Some(message) = entry(&mut written, at) {
            message.take(field, text);
        }
    }
    written.into_values().map(Written::into_message).collect()
}

/// A position, and what stands behind it.
fn position(field: &str) -> Option<(usize, &str)> {
    let (at, rest) = field.split_once('.')?;
    Some((at.parse().ok()?, rest))
}

/// The entry at a position, of as many as are read.
fn entry<T: Default>(entries: &mut BTreeMap<usize, T>, at: usize) -> Option<&mut T> {
    let has_room = entries.len() < MAX_ENTRIES || entries.contains_key(&at);
    has_room.then(|| entries.entry(at).or_default())
}

impl Written {
    fn take(&mut self, field: &str, text: &str) {
        let to = match field {
            "role" => &mut self.role,
            "content" => &mut self.content,
            "name" => &mut self.name,
            "tool_call_id" => &mut self.tool_call_id,
            _ => return self.take_part(field, text),
        };
        *to = Some(text.to_owned());
    }

    fn take_part(&mut self, field: &str, text: &str) {
        if let Some(content) = field.strip_prefix("contents.") {
            let content = position(content);
            let content = content.filter(|(_, field)| *field == "message_content.text");
            if let Some(kept) = content.and_then(|(at, _)| entry(&mut self.contents, at)) {
                text.clone_into(kept);
            }
        } else if let Some((at, field)) = field.strip_prefix("tool_calls.").and_then(position)
            && let Some(call) = entry(&mut self.tool_calls, at)
        {
            call.take(field, text);
        }
    }

    fn into_message(self) -> Message {
        let text = self.content.filter(|text| !text.is_empty());
        let texts = self.contents.into_values().chain(text);
        let mut parts: Vec<Part> = match self.tool_call_id {
            Some(id) => {
                let found: String = texts.collect();
                vec![Part::ToolCallResponse {
                    id: Some(id),
                    response: Json::or_text(&found),
                }]
            }
            None => texts.map(Part::text).collect(),
        };
        parts.extend(self.tool_calls.into_values().map(Call::into_part));
        Message {
            role: self.role.unwrap_or_default(),
            parts,
            name: self.name,
            finish_reason: None,
        }
    }
}

impl Call {
    fn take(&mut self, field: &str, text: &str) {
        let to = match field.strip_prefix("tool_call.").unwrap_or(field) {
            "id" => &mut self.id,
            "function.name" => &mut self.name,
            "function.arguments" => &mut self.arguments,
            _ => return,
        };
        *to = Some(text.to_owned());
    }

    fn into_part(self) -> Part {
        Part::ToolCall {
            id: self.id,
            name: self.name.unwrap_or_default(),
            arguments: self.arguments.as_deref().map(Json::or_text),
        }
    }
}
