//! Any provider's answer in one shape.

use crate::format;
use crate::operation::{Json, Part, Response, Usage, word};
use crate::turn::ToolUse;
use serde_json::{Map, Value};

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
/// Responses, of Anthropic's messages, of Workers AI and of Gemini, and of all
/// that speak like one of them. What it does not know is empty: there is no
/// answer that it fails on.
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
    normalized(response).0
}

/// The answer, and whether it reports tokens that cannot be.
pub(crate) fn normalized(response: &Value) -> (NormalizedResponse, bool) {
    let Value::Object(answer) = response else {
        return (NormalizedResponse::default(), false);
    };
    if GEMINI_FIELDS
        .iter()
        .any(|field| answer.contains_key(*field))
    {
        let body = response.to_string();
        return format::read_gemini(body.as_bytes()).map_or_else(Default::default, of_response);
    }
    let said = SHAPES
        .iter()
        .find_map(|shape| shape(answer))
        .unwrap_or_default();
    let (model, id) = (text(answer, "model"), text(answer, "id"));
    let (usage, had_others) = usage(answer).plausible();
    let answer = NormalizedResponse {
        content: said.content,
        tool_calls: said.tool_calls,
        model: model.map(|model| word::word(model).to_owned()),
        usage,
        id: id.map(|id| word::id(id).into_owned()),
    };
    (answer, had_others)
}

/// An answer has one of them if it is Gemini's.
const GEMINI_FIELDS: [&str; 3] = ["candidates", "promptFeedback", "usageMetadata"];

/// What a format has read, of its first choice.
fn of_response(read: Response) -> (NormalizedResponse, bool) {
    let (usage, had_others) = read.tokens.inclusive();
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
    (answer, had_others)
}

#[derive(Default)]
struct Said {
    content: String,
    tool_calls: Vec<ToolUse>,
}

type Shape = fn(&Map<String, Value>) -> Option<Said>;

/// Tried in this order; each knows its own by its fields.
const SHAPES: [Shape; 4] = [openai_chat, openai_responses, anthropic, workers_ai];

/// `choices[0].message`, or `choices[0].text` of text completions.
fn openai_chat(answer: &Map<String, Value>) -> Option<Said> {
    let choice = answer.get("choices")?.as_array()?.first();
    let message = choice.and_then(|choice| choice.get("message"));
    let content = message.and_then(|message| message.get("content"));
    let content = content.or_else(|| choice?.get("text")).map(texts);
    let calls = message.and_then(|message| message.get("tool_calls"));
    Some(Said {
        content: content.unwrap_or_default(),
        tool_calls: tool_calls(calls),
    })
}

/// `output[]` of items: messages, and function calls beside them.
fn openai_responses(answer: &Map<String, Value>) -> Option<Said> {
    let items = answer.get("output")?.as_array()?;
    let of_kind = |kind: &'static str| {
        items
            .iter()
            .filter(move |item| item.get("type").and_then(Value::as_str) == Some(kind))
    };
    let contents = of_kind("message").filter_map(|item| item.get("content"));
    Some(Said {
        content: contents.map(texts).collect(),
        tool_calls: of_kind("function_call").filter_map(tool_call).collect(),
    })
}

/// `content[]` of typed blocks.
fn anthropic(answer: &Map<String, Value>) -> Option<Said> {
    let content = answer.get("content")?;
    let blocks = content.as_array()?.iter();
    let wants = |block: &&Value| block.get("type").and_then(Value::as_str) == Some("tool_use");
    Some(Said {
        content: texts(content),
        tool_calls: blocks.filter(wants).filter_map(tool_call).collect(),
    })
}

/// `response` and `tool_calls` at the top, or under `result`, as its REST door
/// has them.
fn workers_ai(answer: &Map<String, Value>) -> Option<Said> {
    let nested = answer.get("result").and_then(Value::as_object);
    let answer = nested.unwrap_or(answer);
    let (response, calls) = (answer.get("response"), answer.get("tool_calls"));
    (response.is_some() || calls.is_some()).then(|| Said {
        content: response.map(texts).unwrap_or_default(),
        tool_calls: tool_calls(calls),
    })
}

/// A text, or the texts of a list of parts, one after the other.
fn texts(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter();
            texts
                .filter_map(|part| part.get("text").and_then(Value::as_str))
                .collect()
        }
        _ => String::new(),
    }
}

fn tool_calls(calls: Option<&Value>) -> Vec<ToolUse> {
    let calls = calls.and_then(Value::as_array).into_iter().flatten();
    calls
        .filter_map(|call| {
            tool_call(call.get("function").unwrap_or(call)).map(|used| ToolUse {
                id: used.id.or_else(|| id_of(call)),
                ..used
            })
        })
        .collect()
}

/// A name, and arguments by whatever field they come in.
fn tool_call(call: &Value) -> Option<ToolUse> {
    let mut used = ToolUse::default();
    word::word(call.get("name")?.as_str()?).clone_into(&mut used.tool);
    let arguments = ["arguments", "input", "args"]
        .iter()
        .find_map(|field| call.get(field));
    used.args = arguments.map(|arguments| match arguments {
        Value::String(text) => Json::or_text(text).as_str().to_owned(),
        other => other.to_string(),
    });
    used.id = id_of(call);
    Some(used)
}

fn id_of(call: &Value) -> Option<String> {
    let id = ["call_id", "id"]
        .iter()
        .find_map(|field| call.get(field)?.as_str());
    id.map(|id| word::id(id).into_owned())
}

fn usage(answer: &Map<String, Value>) -> Usage {
    let nested = answer.get("result").and_then(Value::as_object);
    let usage = answer.get("usage").or_else(|| nested?.get("usage"));
    let count = |paths: &[&str]| {
        let mut found = paths
            .iter()
            .filter_map(|path| tokens(usage?.pointer(path)?));
        found.next()
    };
    Usage {
        input_tokens: count(&["/prompt_tokens", "/input_tokens"]),
        output_tokens: count(&["/completion_tokens", "/output_tokens"]),
        cache_read_input_tokens: count(&[
            "/cache_read_input_tokens",
            "/prompt_tokens_details/cached_tokens",
            "/input_tokens_details/cached_tokens",
        ]),
        cache_creation_input_tokens: count(&["/cache_creation_input_tokens"]),
        reasoning_output_tokens: count(&[
            "/completion_tokens_details/reasoning_tokens",
            "/output_tokens_details/reasoning_tokens",
        ]),
    }
}

/// A count. One beyond all is the largest, so that it is known that there was one.
fn tokens(count: &Value) -> Option<u64> {
    let is_beyond = count.as_f64().is_some_and(|count| count >= BEYOND);
    count.as_u64().or_else(|| is_beyond.then_some(u64::MAX))
}

/// 2^63: larger numbers are floats to JSON.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

fn text<'a>(answer: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    answer.get(field)?.as_str()
}
