//! Answers and the chunks of a stream as they are on the wire, borrowed where
//! possible: both have the same shape. Every field may be absent, and is where
//! its value is 0 or empty.

use crate::format::error_body::ErrorObject;
use crate::format::gemini::modality::ModalityTokens;
use crate::format::lenient::{self, Few, Text};
use crate::operation::Usage;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::given_objects")]
    pub(super) candidates: Option<Few<WireCandidate<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) prompt_feedback: Option<Box<PromptFeedback<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) usage_metadata: Option<Box<WireUsage<'a>>>,
    #[serde(borrow)]
    pub(super) model_version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) response_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
}

impl Wire<'_> {
    /// Whether there is anything in it that an answer has.
    pub(super) fn is_answer(&self) -> bool {
        self.candidates.is_some()
            || self.prompt_feedback.is_some()
            || self.usage_metadata.is_some()
            || self.response_id.is_some()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PromptFeedback<'a> {
    #[serde(borrow)]
    pub(super) block_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireCandidate<'a> {
    #[serde(default, deserialize_with = "lenient::index")]
    pub(super) index: Option<usize>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) content: Option<WireContent<'a>>,
    /// A name, or its number.
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct WireContent<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) parts: Few<WirePart<'a>>,
}

/// One of its fields says what the part is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WirePart<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    /// The text is the model's thinking.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub(super) thought: Option<bool>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) function_call: Option<Box<WireCall<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) inline_data: Option<Box<WireData<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) file_data: Option<Box<WireFile<'a>>>,
    /// Code that the provider runs, and what came of it.
    #[serde(borrow)]
    pub(super) executable_code: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) code_execution_result: Option<&'a RawValue>,
    /// Another tool that the provider runs, and what it found.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) tool_call: Option<Box<WireOwnTool<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) tool_response: Option<Box<WireOwnTool<'a>>>,
}

/// A tool that the caller runs. In a stream the arguments may come piece by
/// piece: the name is in the first part only, and the last is empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireCall<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) args: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "lenient::few")]
    pub(super) partial_args: Few<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient::flag")]
    pub(super) will_continue: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireData<'a> {
    #[serde(borrow)]
    pub(super) mime_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) data: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireFile<'a> {
    #[serde(borrow)]
    pub(super) mime_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) file_uri: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireOwnTool<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) tool_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) args: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) response: Option<&'a RawValue>,
}

/// Counts so far. Each chunk of a stream has some of them, and not always the
/// same: the later ones hold.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUsage<'a> {
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    candidates_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cached_content_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    thoughts_token_count: Option<u64>,
    /// What tools of the provider's added to the prompt, which is not in its
    /// count.
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) tool_use_prompt_token_count: Option<u64>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) prompt_tokens_details: Few<ModalityTokens<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) candidates_tokens_details: Few<ModalityTokens<'a>>,
}

impl From<&WireUsage<'_>> for Usage {
    fn from(wire: &WireUsage<'_>) -> Self {
        Self {
            input_tokens: wire.prompt_token_count,
            output_tokens: wire.candidates_token_count,
            cache_read_input_tokens: wire.cached_content_token_count,
            cache_creation_input_tokens: None,
            reasoning_output_tokens: wire.thoughts_token_count,
        }
    }
}
