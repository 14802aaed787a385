//! A request that says one text to a model, whatever it calls it.

use super::lenient::Text;
use super::parts::text;
use crate::operation::{Input, Message};
use serde::Deserialize;

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    prompt: Option<Text<'a>>,
    #[serde(borrow)]
    input: Option<Text<'a>>,
    #[serde(borrow)]
    inputs: Option<Text<'a>>,
}

/// Reads the prompt of a request body as what a user said.
pub(super) fn read(body: &[u8]) -> Input {
    let wire: Option<Request<'_>> = serde_json::from_slice(body).ok();
    let prompt = wire.and_then(|wire| wire.prompt.or(wire.input).or(wire.inputs)?.into_string());
    Input {
        messages: prompt.iter().map(|prompt| said_by_user(prompt)).collect(),
        ..Input::default()
    }
}

/// A message of a user.
pub(super) fn said_by_user(prompt: &str) -> Message {
    Message {
        role: "user".to_owned(),
        parts: vec![text(prompt)],
        ..Message::default()
    }
}
