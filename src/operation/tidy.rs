//! Messages without what may not leave or cannot be stored: bytes become stubs,
//! and characters that stores refuse become U+FFFD.

use super::{Conversed, Input, Json, Message, Part, Stub, ToolContent, bytes};
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

impl Conversed {
    /// As it may be kept, of spans of others, which have all in them.
    pub(crate) fn tidied(mut self) -> Self {
        self.input = self.input.tidied();
        self.output.iter_mut().for_each(Message::tidy);
        self.tool = self.tool.map(ToolContent::tidied);
        self
    }
}

impl ToolContent {
    /// As it may be kept.
    pub(crate) fn tidied(mut self) -> Self {
        for json in [&mut self.args, &mut self.result].into_iter().flatten() {
            if let Cow::Owned(tidied) = tidied(json) {
                *json = tidied;
            }
        }
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
    /// Binary content by its stub.
    pub(crate) fn stubbed(modality: String, stub: Stub) -> Self {
        Self::Blob {
            modality,
            mime_type: stub.media_type,
            content: String::new(),
            byte_size: stub.byte_size,
            sha256: stub.sha256,
        }
    }

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
            Self::Blob {
                mime_type,
                content,
                byte_size,
                sha256,
                ..
            } if !content.is_empty() => {
                // As the conventions have it, bytes and all.
                let stub = Stub::of_base64(mime_type.take(), &std::mem::take(content));
                (*mime_type, *byte_size, *sha256) = (stub.media_type, stub.byte_size, stub.sha256);
            }
            Self::Uri { modality, uri } => {
                if let Some(stub) = Stub::of_url(uri) {
                    *self = Self::stubbed(std::mem::take(modality), stub);
                }
            }
            Self::Blob { .. } | Self::File { .. } | Self::Other { .. } => {}
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
            {"type": "blob", "modality": "image", "content": data},
            {"type": "uri", "modality": "image", "uri": url},
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
        assert_eq!(tidied.matches("\"sha256\":").count(), 2);
        assert!(tidied.contains("\"n\":1.5"));
    }
}
