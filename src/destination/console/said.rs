//! What was said in a call, as far as its span has it.

use crate::escape::one_line;
use serde_json::Value;

/// Of a text, in characters: the rest is at whatever else takes spans.
const MAX_CHARS: usize = 200;

/// The text of the last message of a list in the conventions' form.
pub(super) fn last_message(json: &str) -> Option<String> {
    let messages: Vec<Value> = serde_json::from_str(json).ok()?;
    let parts = messages.last()?.get("parts")?.as_array()?;
    let texts: Vec<String> = parts.iter().filter_map(text_of_part).collect();
    (!texts.is_empty()).then(|| shortened(&texts.join(" ")))
}

/// Texts, and what tools answered; of anything else its kind.
fn text_of_part(part: &Value) -> Option<String> {
    let said = [part.get("content"), part.get("response")];
    Some(match said.into_iter().flatten().next() {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => format!("[{}]", part.get("type")?.as_str()?),
    })
}

/// Within a line, and no more than a screen has room for.
pub(super) fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(MAX_CHARS).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    one_line(&kept) + more
}
