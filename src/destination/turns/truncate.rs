//! Long content is cut, in code points, and says so.

use crate::turn::{ToolRun, Turn};
use serde_json::Value;

/// Room for brackets, names and markers when the limit is very small.
const SLACK: usize = 64;

const MARKER: &str = "...[truncated]";

/// Cut twice it is the same.
pub(super) fn cut_turn(mut turn: Turn, limit: usize) -> Turn {
    let error = turn.error.as_mut().map(|error| &mut error.message);
    let texts = [
        &mut turn.user_message,
        &mut turn.assistant_response,
        &mut turn.system_prompt,
    ];
    for text in texts.into_iter().chain(error).flatten() {
        cut_text(text, limit);
    }
    for call in &mut turn.tool_calls {
        for json in call.args.iter_mut().chain(&mut call.result) {
            cut_json(json, limit);
        }
    }
    for found in &mut turn.tool_results {
        if let Some(json) = &mut found.result {
            cut_json(json, limit);
        }
    }
    if let Some(messages) = &mut turn.messages {
        cut_texts(messages, limit);
    }
    turn
}

pub(super) fn cut_tool_run(mut run: ToolRun, limit: usize) -> ToolRun {
    let error = run.error.as_mut().and_then(|error| error.message.as_mut());
    for text in run.result.iter_mut().chain(error) {
        cut_text(text, limit);
    }
    if let Some(args) = &mut run.args {
        cut_json(args, limit);
    }
    run
}

/// Keeps the first `limit` code points of a longer text, and the marker.
fn cut_text(text: &mut String, limit: usize) {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
        text.push_str(MARKER);
    }
}

/// Cuts JSON so that it stays JSON: the texts inside it first. What is still
/// longer than four limits and a little becomes one cut text, as a thousand
/// short texts are a long one.
fn cut_json(json: &mut String, limit: usize) {
    if json.chars().nth(limit).is_none() {
        return;
    }
    if let Ok(mut value) = serde_json::from_str::<Value>(json) {
        cut_texts(&mut value, limit);
        *json = value.to_string();
    }
    if json
        .chars()
        .nth(limit.saturating_mul(4).saturating_add(SLACK))
        .is_some()
    {
        cut_text(json, limit);
        *json = Value::from(std::mem::take(json)).to_string();
    }
}

fn cut_texts(value: &mut Value, limit: usize) {
    match value {
        Value::String(text) => cut_text(text, limit),
        Value::Array(list) => list.iter_mut().for_each(|value| cut_texts(value, limit)),
        Value::Object(map) => map.values_mut().for_each(|value| cut_texts(value, limit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_in_code_points() {
        let mut text = "h\u{e9}llo w\u{f6}rld \u{1f600}\u{1f600}".to_owned();
        cut_text(&mut text, 10);
        assert_eq!(text, "h\u{e9}llo w\u{f6}rl...[truncated]");
        let mut short = "\u{1f600}\u{1f600}".to_owned();
        cut_text(&mut short, 2);
        assert_eq!(short, "\u{1f600}\u{1f600}");
    }

    #[test]
    fn arguments_stay_json_and_bounded() {
        let mut inside = format!(r#"{{"q":"{}"}}"#, "z".repeat(50));
        cut_json(&mut inside, 8);
        assert_eq!(inside, r#"{"q":"zzzzzzzz...[truncated]"}"#);
        let mut wide = format!("[{}1]", "1,".repeat(500));
        cut_json(&mut wide, 20);
        assert_eq!(
            serde_json::from_str::<String>(&wide).unwrap(),
            "[1,1,1,1,1,1,1,1,1,1...[truncated]"
        );
        let mut text = format!("\"{}\"", "x".repeat(50));
        cut_json(&mut text, 5);
        assert_eq!(text, "\"xxxxx...[truncated]\"");
    }
}
