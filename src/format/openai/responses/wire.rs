//! Responses, their events and their items as they are on the wire, borrowed
//! where possible.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::usage::WireUsage;
use serde::Deserialize;
use serde_json::value::RawValue;

/// An event of a stream. What it tells depends on its type, which is in its data:
/// not every server names its events.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub(super) r#type: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) response: Option<Box<WireResponse<'a>>>,
    #[serde(default, deserialize_with = "lenient::index")]
    pub(super) output_index: Option<usize>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) item: Option<Box<WireItem<'a>>>,
    #[serde(borrow)]
    pub(super) delta: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
}

/// What is known of a response, whole or so far.
#[derive(Deserialize)]
pub(super) struct WireResponse<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) service_tier: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) incomplete_details: Option<Incomplete<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::given_objects")]
    pub(super) output: Option<Few<WireItem<'a>>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
}

#[derive(Deserialize)]
pub(super) struct Incomplete<'a> {
    #[serde(borrow)]
    pub(super) reason: Option<Text<'a>>,
}

/// One item of the output: a message, reasoning, or the call of a tool.
#[derive(Deserialize)]
pub(super) struct WireItem<'a> {
    #[serde(borrow)]
    pub(super) r#type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) role: Option<Text<'a>>,
    /// Of a call that the caller answers; `id` is the item's.
    #[serde(borrow)]
    pub(super) call_id: Option<Text<'a>>,
    /// Who runs a tool that either may.
    #[serde(borrow)]
    pub(super) execution: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    /// What a custom tool is given, instead of arguments.
    #[serde(borrow)]
    pub(super) input: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) content: Few<WirePart<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) summary: Few<WirePart<'a>>,
}

#[derive(Deserialize)]
pub(super) struct WirePart<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Text<'a>>,
}
