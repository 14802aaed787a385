//! Facts about one call: what was asked, what came back, what went wrong.
//!
//! The middle of the crate. It imports nothing but the leaves, knows neither
//! HTTP nor OpenTelemetry, and does no I/O, so that every seam, wire format
//! and destination can speak in its terms.

mod bytes;
pub(crate) mod content;
mod fact;
mod finished;
pub(crate) mod json;
mod kind;
pub(crate) mod message;
pub(crate) mod outcome;
pub(crate) mod outlet;
pub(crate) mod output;
mod request;
mod response;
mod stub;
mod tidy;
mod tokens;
pub(crate) mod tool_definition;
pub(crate) mod usage;
pub(crate) mod word;

pub(crate) use content::{Content, Conversed, Input, ToolContent};
pub(crate) use fact::{Fact, Facts};
pub(crate) use finished::{Operation, OperationError, Place};
pub(crate) use json::Json;
pub(crate) use kind::Kind;
pub(crate) use message::{Message, Part, joined_text, since_answer, split_ending};
pub(crate) use outcome::{Failure, Outcome};
pub(crate) use outlet::{OpenCall, Outlet};
pub(crate) use output::Output;
pub(crate) use request::Request;
pub(crate) use response::{Response, ToolCall};
pub(crate) use stub::Stub;
pub(crate) use tidy::tidied;
pub(crate) use tokens::{Counting, Tokens};
pub(crate) use tool_definition::ToolDefinition;
pub use usage::Usage;
