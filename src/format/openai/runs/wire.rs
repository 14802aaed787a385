//! Runs, their messages and steps as they are on the wire, borrowed where
//! possible. What an event is of is in its data.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::usage::WireUsage;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct WireObject<'a> {
    #[serde(borrow)]
    pub(super) object: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) required_action: Option<Box<RequiredAction<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) incomplete_details: Option<Incomplete<'a>>,
    #[serde(borrow)]
    pub(super) last_error: Option<Box<ErrorObject<'a>>>,
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
    /// Of a whole message.
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) content: Few<WirePart<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) delta: Option<WireDelta<'a>>,
}

/// A piece of a message, or of a step.
#[derive(Deserialize)]
pub(super) struct WireDelta<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) content: Few<WirePart<'a>>,
    #[serde(borrow)]
    pub(super) step_details: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct WirePart<'a> {
    /// In a thread it lies a level deeper than elsewhere.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) text: Option<WireText<'a>>,
}

#[derive(Deserialize)]
pub(super) struct WireText<'a> {
    #[serde(borrow)]
    pub(super) value: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Incomplete<'a> {
    #[serde(borrow)]
    pub(super) reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct RequiredAction<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) submit_tool_outputs: Option<ToolOutputs<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ToolOutputs<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) tool_calls: Few<WireToolCall<'a>>,
}

#[derive(Deserialize)]
pub(super) struct WireToolCall<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) function: Option<WireFunction<'a>>,
}

#[derive(Deserialize)]
pub(super) struct WireFunction<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
}
