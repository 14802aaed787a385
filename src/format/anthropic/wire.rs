//! Answers and the events of a stream as they are on the wire, borrowed where
//! possible. Every field may be absent, null or of another type.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::operation::Usage;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One event of a stream; which fields it has depends on its `type`.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) message: Option<WireMessage<'a>>,
    #[serde(default, deserialize_with = "lenient::index")]
    pub(super) index: Option<usize>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) content_block: Option<WireBlock<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) delta: Option<Delta<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<WireUsage>,
    #[serde(borrow)]
    pub(super) error: Option<ErrorObject<'a>>,
}

/// A whole answer, or the head of one that is streamed.
#[derive(Deserialize)]
pub(super) struct WireMessage<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) role: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::given_objects")]
    pub(super) content: Option<Few<WireBlock<'a>>>,
    #[serde(borrow)]
    pub(super) stop_reason: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<WireUsage>,
    #[serde(borrow)]
    pub(super) error: Option<ErrorObject<'a>>,
}

/// A content block: text, thinking, a tool that is asked for, what a tool of
/// the provider's found.
#[derive(Deserialize)]
pub(super) struct WireBlock<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) thinking: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) tool_use_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "lenient::few")]
    pub(super) citations: Few<&'a RawValue>,
}

/// What is added to a block, or (in `message_delta`) to the message.
#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) thinking: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) partial_json: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) citation: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) stop_reason: Option<Text<'a>>,
}

/// Counts so far: each event repeats what it knows, the later one holds.
#[derive(Deserialize)]
pub(super) struct WireUsage {
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) output_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) cache_read_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) cache_creation_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) output_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize)]
pub(super) struct OutputDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    pub(super) thinking_tokens: Option<u64>,
}

impl From<&WireUsage> for Usage {
    fn from(wire: &WireUsage) -> Self {
        Self {
            input_tokens: wire.input_tokens,
            output_tokens: wire.output_tokens,
            cache_read_input_tokens: wire.cache_read_input_tokens,
            cache_creation_input_tokens: wire.cache_creation_input_tokens,
            reasoning_output_tokens: wire
                .output_tokens_details
                .as_ref()
                .and_then(|details| details.thinking_tokens),
        }
    }
}
