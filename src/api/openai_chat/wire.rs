//! Answers and their chunks as they are on the wire, borrowed where possible.
//!
//! Every field may be absent or null: what a provider leaves out is not known,
//! and must not cost what it does say.

use crate::api::error_body::ErrorObject;
use crate::api::lenient::{self, Few, Text};
use crate::api::room::Room;
use crate::operation::Usage;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
pub(super) struct Wire<'a> {
    #[serde(borrow)]
    pub(super) object: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) service_tier: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) system_fingerprint: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::given_objects")]
    pub(super) choices: Option<Few<WireChoice<'a>>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
    /// Where Groq counts the tokens of a stream.
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) x_groq: Option<Box<GroqExtension>>,
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct GroqExtension {
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
}

#[derive(Deserialize)]
pub(super) struct WireChoice<'a> {
    #[serde(default, deserialize_with = "lenient::index")]
    pub(super) index: Option<usize>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) delta: Option<Delta<'a>>,
    /// The whole of what was said; beside a delta, so far. Boxed, as all that
    /// chunks seldom have: what each of them has is moved around with it.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) message: Option<Box<Delta<'a>>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
    /// Where Moonshot counts the tokens of a stream.
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
    /// `OpenRouter`: this choice failed.
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) role: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) content: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Text<'a>>,
    /// `DeepSeek`, vLLM and llama.cpp.
    #[serde(borrow)]
    pub(super) reasoning_content: Option<Text<'a>>,
    /// Groq and `OpenRouter`.
    #[serde(borrow)]
    pub(super) reasoning: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) tool_calls: Few<WireToolCall<'a>>,
    /// The predecessor of `tool_calls`.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) function_call: Option<Box<WireFunction<'a>>>,
}

impl<'a> Delta<'a> {
    pub(super) fn calls(self, room: &mut Room) -> impl Iterator<Item = WireToolCall<'a>> + use<'a> {
        let legacy = self.function_call.map(|function| WireToolCall {
            index: None,
            id: None,
            function: Some(*function),
        });
        room.of_list(self.tool_calls).into_iter().chain(legacy)
    }
}

#[derive(Deserialize)]
pub(super) struct WireToolCall<'a> {
    #[serde(default, deserialize_with = "lenient::index")]
    pub(super) index: Option<usize>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) function: Option<WireFunction<'a>>,
}

#[derive(Deserialize)]
pub(super) struct WireFunction<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    /// JSON as a text; from some servers the JSON itself.
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
}

impl<'a> WireFunction<'a> {
    /// The arguments, or a piece of them, as text.
    pub(super) fn argument_text(&self) -> Option<Cow<'a, str>> {
        let json = self.arguments?.get();
        if json.starts_with('"') {
            return serde_json::from_str::<Text<'a>>(json)
                .ok()
                .map(|text| text.0);
        }
        Some(Cow::Borrowed(json))
    }
}

#[derive(Deserialize)]
pub(super) struct WireUsage {
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) prompt_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) completion_tokens: Option<u64>,
    /// `DeepSeek`'s name for `cached_tokens`.
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) prompt_cache_hit_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) prompt_tokens_details: Option<PromptDetails>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
pub(super) struct PromptDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct CompletionDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) reasoning_tokens: Option<u64>,
}

impl From<&WireUsage> for Usage {
    fn from(wire: &WireUsage) -> Self {
        Self {
            input_tokens: wire.prompt_tokens,
            output_tokens: wire.completion_tokens,
            cache_read_input_tokens: wire
                .prompt_tokens_details
                .as_ref()
                .and_then(|details| details.cached_tokens)
                .or(wire.prompt_cache_hit_tokens),
            cache_creation_input_tokens: None,
            reasoning_output_tokens: wire
                .completion_tokens_details
                .as_ref()
                .and_then(|details| details.reasoning_tokens),
        }
    }
}
