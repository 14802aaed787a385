//! Messages without what may not leave or cannot be stored: bytes become stubs,
//! and characters that stores refuse become U+FFFD.

use super::{Input, Json, Message, Part, bytes};
use crate::repair;
use std::borrow::Cow;

impl Input {
    /// As it may be kept.
    pub(crate) fn tidied(mut self) -> Self {
        self.messages.iter_mut().for_each(Message::tidy);
        self.system_instructions.iter_mut().for_each(Part::tidy);
        let tools = self.tool_definitions.iter_mut();
        let parameters = tools.filter_map(|tool| tool.parameters.as_mut());
        parameters.for_each(Json::tidy);
        self
    }
}

impl Message {
    /// Brings it into a form that may be kept.
    pub(crate) fn tidy(&mut self) {
        self.parts.iter_mut().for_each(Part::tidy);
    }
}

impl Part {
    fn tidy(&mut self) {
        match self {
            Self::Text { content, citations } => {
                tidy(content);
                citations.iter_mut().for_each(Json::tidy);
            }
            Self::Reasoning { content } | Self::Refusal { content } => tidy(content),
            Self::ToolCall { arguments, .. } => arguments.iter_mut().for_each(Json::tidy),
            Self::ToolCallResponse { response: json, .. }
            | Self::ServerToolCall {
                server_tool_call: json,
                ..
            }
            | Self::ServerToolCallResponse {
                server_tool_call_response: json,
                ..
            } => json.tidy(),
            Self::Blob { .. } | Self::File { .. } | Self::Uri { .. } | Self::Other { .. } => {}
        }
    }
}

impl Json {
    fn tidy(&mut self) {
        if let Cow::Owned(tidied) = tidied(self.as_str()) {
            *self = Self::or_text(&tidied);
        }
    }
}

/// JSON, or the beginning of some, as it may be kept.
pub(crate) fn tidied(json: &str) -> Cow<'_, str> {
    let storable = repair::storable(json);
    let without = bytes::without_bytes(storable.as_deref().unwrap_or(json));
    without.or(storable).map_or(Cow::Borrowed(json), Cow::Owned)
}

fn tidy(text: &mut String) {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        *text = text.replace('\0', "\u{fffd}");
    }
    if let Some(without) = bytes::without_urls(text) {
        *text = without;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_and_what_stores_refuse_are_taken_out_of_every_part() {
        let data = "iVBORw0KGgoAAAANSUhEUgAAAAUA".repeat(8);
        let url = format!("data:image/png;base64,{data}");
        let said = json!([
            {"type": "text", "content": format!("a\0 ![]({url})"), "citations": [{"of": url}]},
            {"type": "reasoning", "content": url},
            {"type": "refusal", "content": "no\0"},
            {"type": "tool_call", "name": "f", "arguments": {"file": data, "n": 1.50}},
            {"type": "tool_call_response", "response": data},
            {"type": "server_tool_call", "name": "f", "server_tool_call": {"a": [url]}},
            {"type": "server_tool_call_response", "server_tool_call_response": "b\0"},
        ]);
        let mut message = Message {
            parts: serde_json::from_value(said).unwrap(),
            ..Message::default()
        };
        message.tidy();
        let tidied = serde_json::to_string(&message).unwrap();
        assert!(
            !tidied.contains("iVBOR") && !tidied.contains("u0000"),
            "{tidied}"
        );
        assert_eq!(tidied.matches(";sha256=").count(), 6);
        assert!(tidied.contains("\"n\":1.5"));
    }
}
