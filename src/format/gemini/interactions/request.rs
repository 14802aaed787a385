//! The parameters of a request for an interaction.

use crate::format::Unreadable;
use crate::format::gemini::content::GenerationConfig;
use crate::format::lenient::{self, Text};
use crate::operation::{Request, since_answer};
use crate::semconv::attribute;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads the parameters of a request body; a request that only asks how an
/// interaction is doing has none.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    wire.tell(asked);
    Ok(())
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    /// A list of steps, or of what one message has in it, or a text.
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(borrow)]
    previous_interaction_id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    generation_config: Option<GenerationConfig<'a>>,
}

#[derive(Deserialize)]
struct Entries<'a>(
    #[serde(borrow, deserialize_with = "lenient::known_objects")] Option<Vec<Entry<'a>>>,
);

/// Of an entry only what links the results of tools to their calls.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    role: Option<Text<'a>>,
    #[serde(borrow)]
    call_id: Option<Text<'a>>,
}

impl Entry<'_> {
    fn kind(&self) -> &str {
        self.r#type.as_ref().map_or("", |kind| kind.0.as_ref())
    }

    fn is_result(&self) -> bool {
        self.kind() == "function_result"
    }

    /// Whether it is a message of its own, and not a part of the one that all
    /// entries are.
    fn is_message(&self) -> bool {
        let is_content = ["text", "image", "audio", "video", "document"].contains(&self.kind());
        self.role.is_some() || !is_content
    }

    fn is_answer(&self) -> bool {
        match &self.role {
            Some(role) => role.0 == "model",
            None => self.is_message() && !self.is_result() && self.kind() != "user_input",
        }
    }
}

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.and_then(Text::into_word));
        asked.stream |= self.stream.unwrap_or(false);
        if let Some(input) = self.input {
            tell_input(input, asked);
        }
        if let Some(config) = self.generation_config {
            config.tell(asked);
        }
        let previous = self.previous_interaction_id.and_then(Text::into_id);
        let name = attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID;
        asked.facts.know(name, previous);
    }
}

fn tell_input(input: &RawValue, asked: &mut Request) {
    let entries: Option<Entries<'_>> = serde_json::from_str(input.get()).ok();
    let Some(entries) = entries.and_then(|entries| entries.0) else {
        // A text, or one content.
        asked.count_messages(1);
        return;
    };
    let are_messages = entries.iter().all(Entry::is_message);
    asked.count_messages(if are_messages { entries.len() } else { 1 });
    let said = since_answer(&entries, Entry::is_answer);
    let results = said.iter().filter(|entry| entry.is_result());
    asked.answered_ids = results
        .filter_map(|entry| entry.call_id.clone()?.into_id())
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn asked(input: &Value) -> Request {
        let body = json!({"model": "m", "stream": true, "input": input,
            "previous_interaction_id": "v1_0", "generation_config": {"temperature": 0.5}});
        let mut asked = Request::default();
        read(body.to_string().as_bytes(), &mut asked).unwrap();
        asked
    }

    #[test]
    fn messages_are_counted_and_contents_are_one() {
        let text = json!({"type": "text", "text": "Hello!"});
        for (input, count) in [
            (json!("Hello!"), 1),
            (json!([text, {"type": "image", "data": "aGk="}]), 1),
            (
                json!([{"role": "user", "content": "a"}, {"role": "model", "content": "b"}]),
                2,
            ),
            (json!([{"type": "user_input", "content": [text]}]), 1),
        ] {
            assert_eq!(asked(&input).message_count, Some(count), "{input}");
        }
    }

    #[test]
    fn results_since_the_last_answer_are_answered() {
        let result = |id: &str| json!({"type": "function_result", "call_id": id, "result": 1});
        let asked = asked(&json!([
            {"type": "user_input", "content": "q"},
            {"type": "function_call", "id": "a", "name": "f", "arguments": {}},
            result("a"),
            {"type": "thought", "signature": "x"},
            {"type": "function_call", "id": "b", "name": "f", "arguments": {}},
            result("b"), result("c"),
        ]));
        assert_eq!(asked.answered_ids, ["b", "c"]);
        assert!(asked.stream);
    }
}
