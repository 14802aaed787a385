//! Answers and the events of a stream as they are on the wire, borrowed where
//! possible. Every field may be absent, null or of another type.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::usage::WireUsage;
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
    pub(super) usage: Option<Box<WireUsage>>,
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
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) stop_details: Option<Box<StopDetails<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) container: Option<Box<Container<'a>>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
    #[serde(borrow)]
    pub(super) error: Option<ErrorObject<'a>>,
}

/// More of why an answer ends.
#[derive(Deserialize)]
pub(super) struct StopDetails<'a> {
    #[serde(borrow)]
    pub(super) category: Option<Text<'a>>,
}

/// Where code of the answer ran.
#[derive(Deserialize)]
pub(super) struct Container<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
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
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) stop_details: Option<Box<StopDetails<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) container: Option<Box<Container<'a>>>,
}
