//! Interactions and their events as they are on the wire, borrowed where
//! possible.

use crate::format::error_body::ErrorObject;
use crate::format::gemini::modality::ModalityTokens;
use crate::format::lenient::{self, Few, Text};
use crate::operation::Usage;
use serde::Deserialize;
use serde_json::value::RawValue;

/// An event of a stream. Its fields say what it is: the names of events have
/// changed since the first previews, and `step` was `content`.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "event_type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) interaction: Option<Box<WireInteraction<'a>>>,
    #[serde(default, deserialize_with = "lenient::index")]
    pub(super) index: Option<usize>,
    #[serde(
        borrow,
        default,
        alias = "content",
        deserialize_with = "lenient::object"
    )]
    pub(super) step: Option<Box<WireStep<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) delta: Option<Box<Delta<'a>>>,
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
}

/// What is known of an interaction, whole or so far.
#[derive(Deserialize)]
pub(super) struct WireInteraction<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
    #[serde(
        borrow,
        default,
        alias = "outputs",
        deserialize_with = "lenient::few_objects"
    )]
    pub(super) steps: Few<WireStep<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage<'a>>>,
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
}

/// A step: thought, what the model says, a tool that is asked for, or what one
/// of the provider's found.
#[derive(Deserialize)]
pub(super) struct WireStep<'a> {
    #[serde(borrow)]
    pub(super) r#type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) call_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) content: Few<WireContent<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) summary: Few<WireContent<'a>>,
}

#[derive(Deserialize)]
pub(super) struct WireContent<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
}

/// What is added to a step.
#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    /// Of a summary of thoughts.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) content: Option<WireContent<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    /// A piece of them as a text, or all of them.
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
}

/// What tools of the provider's add to the prompt is in none of the others.
#[derive(Deserialize)]
pub(super) struct WireUsage<'a> {
    #[serde(default, deserialize_with = "lenient::count")]
    total_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    total_output_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    total_cached_tokens: Option<u64>,
    #[serde(
        default,
        alias = "total_reasoning_tokens",
        deserialize_with = "lenient::count"
    )]
    total_thought_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) total_tool_use_tokens: Option<u64>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) input_tokens_by_modality: Few<ModalityTokens<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) output_tokens_by_modality: Few<ModalityTokens<'a>>,
}

impl From<&WireUsage<'_>> for Usage {
    fn from(wire: &WireUsage<'_>) -> Self {
        Self {
            input_tokens: wire.total_input_tokens,
            output_tokens: wire.total_output_tokens,
            cache_read_input_tokens: wire.total_cached_tokens,
            cache_creation_input_tokens: None,
            reasoning_output_tokens: wire.total_thought_tokens,
        }
    }
}
