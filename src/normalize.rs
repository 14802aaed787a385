//! Any provider's answer in one shape.

use crate::format;
use crate::operation::{Part, Response, Usage};
use crate::turn::ToolUse;
use serde_json::Value;

/// What an answer says, whoever's it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NormalizedResponse {
    /// The text; empty if there is none.
    pub content: String,
    /// The model that answered, if it is named.
    pub model: Option<String>,
    /// Tokens as reported; absent where they were not.
    pub usage: Usage,
    /// The tools that the model asks for.
    pub tool_calls: Vec<ToolUse>,
    /// The provider's id of the answer, if it has one.
    pub id: Option<String>,
}

/// Reads an answer of OpenAI's chat completions, text completions and
/// Responses, of Anthropic's messages, of Gemini, Ollama, Cohere and Workers AI,
/// and of all compatible servers, as the answer of a recorded call is read. What it
/// does not know is empty: there is no answer that it fails on.
///
/// Its usage counts as that of a [`Turn`](crate::Turn): the input is what the
/// provider itself calls input.
///
/// ```
/// use serde_json::json;
///
/// let answer = json!({"model": "gpt-4o", "choices": [{"message": {"content": "Hi."}}],
///     "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
/// let answer = turnspan::normalize_response(&answer);
/// assert_eq!((answer.content.as_str(), answer.model.as_deref()), ("Hi.", Some("gpt-4o")));
/// assert_eq!(answer.usage.total_tokens(), Some(3));
/// assert_eq!(turnspan::normalize_response(&json!(null)).content, "");
/// ```
pub fn normalize_response(response: &Value) -> NormalizedResponse {
    normalized(response).answer
}

/// The answer, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Normalized {
    pub(crate) answer: NormalizedResponse,
    /// It reports tokens that cannot be.
    pub(crate) has_implausible_usage: bool,
    /// It says more than is kept.
    pub(crate) is_truncated: bool,
}

pub(crate) fn normalized(response: &Value) -> Normalized {
    let Value::Object(answer) = response else {
        return Normalized::default();
    };
    of_response(format::read_any(answer))
}

/// What a format has read, of its first choice.
fn of_response(read: Response) -> Normalized {
    let (usage, has_implausible_usage) = read.tokens.inclusive();
    let mut answer = NormalizedResponse {
        model: read.model,
        usage: Usage {
            input_tokens: read.tokens.uncached_input().or(usage.input_tokens),
            ..usage
        },
        id: read.id,
        ..NormalizedResponse::default()
    };
    let messages = read.output.into_messages();
    for part in messages.into_iter().take(1).flat_map(|it| it.parts) {
        match part {
            Part::Text { content, .. } => answer.content.push_str(&content),
            Part::ToolCall {
                id,
                name,
                arguments,
            } => answer.tool_calls.push(ToolUse {
                tool: name,
                args: arguments.map(|json| json.as_str().to_owned()),
                id,
                ..ToolUse::default()
            }),
            _ => {}
        }
    }
    Normalized {
        answer,
        has_implausible_usage,
        is_truncated: read.is_truncated,
    }
}
