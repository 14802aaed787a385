//! One choice of an answer, as it grows.

use super::calls::Calls;
use super::wire::Delta;
use crate::format::lenient::Text;
use crate::format::parts::said;
use crate::format::room::Room;
use crate::operation::{Json, Message, Part, ToolCall};
use crate::semconv::value;
use std::borrow::Cow;

/// A choice so far.
#[derive(Debug, Default)]
pub(super) struct Choice {
    role: Option<String>,
    content: String,
    reasoning: String,
    refusal: String,
    /// Lists of parts, as JSON.
    images: Vec<String>,
    tool_calls: Calls,
    pub(super) finish_reason: Option<String>,
    pub(super) native_finish_reason: Option<String>,
}

impl Choice {
    /// Returns whether the delta carries generated content.
    pub(super) fn absorb(&mut self, mut delta: Delta<'_>, room: &mut Room) -> bool {
        room.fill(&mut self.role, delta.role.take());
        let reasoning = delta.take_reasoning();
        let audio = delta.audio.take();
        let content = delta.content.take().unwrap_or_default();
        let between = content.between.map(|it| *it).unwrap_or_default();
        let mut generated = audio.as_ref().is_some_and(|audio| audio.data.is_some());
        let spoken = audio.and_then(|audio| audio.transcript);
        let thoughts = Some(Text(Cow::Owned(between.thoughts)));
        for (text, piece) in [
            (
                &mut self.content,
                Some(content.text).filter(Text::is_said).or(spoken),
            ),
            (&mut self.reasoning, reasoning.or(thoughts)),
            (&mut self.refusal, delta.refusal.take().map(|it| *it)),
        ] {
            if let Some(piece) = piece.filter(Text::is_said) {
                generated = true;
                room.keep(text, &piece.0);
            }
        }
        let drawn = delta.images.take().map(|it| it.0.get());
        let drawn = drawn.filter(|it| it.len() > "[]".len()).map(Cow::Borrowed);
        let between = (!between.images.is_empty()).then(|| format!("[{}]", between.images).into());
        for images in [between, drawn].into_iter().flatten() {
            generated = true;
            self.draw(&images, room);
        }
        for (position, call) in delta.calls(room).enumerate() {
            generated = true;
            self.tool_calls.absorb(position, call, room);
        }
        generated
    }

    /// What was said so far is void: all of it comes anew.
    pub(super) fn begin_anew(&mut self, room: &mut Room) {
        let texts = [&self.content, &self.reasoning, &self.refusal];
        let images = self.images.iter().map(String::len).sum::<usize>();
        let kept = images + texts.map(String::len).iter().sum::<usize>();
        room.give_back(kept, self.images.len() + self.tool_calls.len());
        *self = Self {
            role: self.role.take(),
            finish_reason: self.finish_reason.take(),
            native_finish_reason: self.native_finish_reason.take(),
            ..Self::default()
        };
    }

    /// Why it ends. That it stops says less than that tools are called.
    pub(super) fn finish(&mut self, reason: Option<Text<'_>>, room: &mut Room) {
        let is_stop = |reason: &Text<'_>| reason.0 == "stop";
        let known = self.finish_reason.as_deref();
        if !(reason.as_ref().is_some_and(is_stop) && known.is_some_and(is_of_calls)) {
            room.replace(&mut self.finish_reason, reason);
        }
    }

    fn draw(&mut self, images: &str, room: &mut Room) {
        let mut kept = None;
        if room.take_slot() {
            room.keep_in(&mut kept, images);
        }
        self.images.extend(kept);
    }

    /// In the order of their indexes.
    pub(super) fn calls(&self) -> Vec<ToolCall> {
        self.tool_calls.by_index()
    }

    pub(super) fn into_message(self) -> Message {
        let calls = self.calls();
        let finish = self.finish_reason.as_deref();
        let parts = [
            Some(self.reasoning)
                .filter(|text| !text.is_empty())
                .map(|content| Part::Reasoning { content }),
            Some(self.content)
                .filter(|text| !text.is_empty())
                .map(|content| Part::text(&content)),
            Some(self.refusal)
                .filter(|text| !text.is_empty())
                .map(|content| Part::Refusal { content }),
        ];
        let images = self.images.iter().flat_map(|json| {
            let images = serde_json::from_str(json).unwrap_or_default();
            said(&images)
        });
        let calls = calls.into_iter().map(|call| Part::ToolCall {
            id: call.id,
            name: call.name,
            arguments: call.arguments.as_deref().map(Json::or_text),
        });
        Message {
            role: self.role.unwrap_or_else(|| "assistant".to_owned()),
            finish_reason: Some(message_finish_reason(finish).to_owned()),
            parts: parts
                .into_iter()
                .flatten()
                .chain(images)
                .chain(calls)
                .collect(),
            name: None,
        }
    }
}

/// The finish reason of an output message, in the conventions' vocabulary; a
/// reason without a counterpart stays as the provider wrote it.
fn message_finish_reason(reason: Option<&str>) -> &str {
    match reason {
        None => value::finish_reason::ERROR,
        Some(reason) if is_of_calls(reason) => value::finish_reason::TOOL_CALL,
        Some(other) => other,
    }
}

fn is_of_calls(reason: &str) -> bool {
    matches!(reason, "tool_calls" | "function_call")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_are_parts_wherever_an_answer_has_them_and_their_bytes_are_not_kept() {
        let url = json!({"url": "data:image/png;base64,aGk="});
        let image = json!({"type": "image_url", "image_url": url});
        let text = json!({"type": "text", "text": "Here."});
        for message in [
            json!({"content": "Here.", "images": [image, image]}),
            json!({"content": [text, image, image]}),
        ] {
            let mut room = Room::of_an_answer(true);
            let mut choice = Choice::default();
            let json = message.to_string();
            assert!(choice.absorb(serde_json::from_str(&json).unwrap(), &mut room));
            let parts = json!(choice.into_message().parts);
            assert_eq!(parts[0]["content"], "Here.");
            for blob in [&parts[1], &parts[2]] {
                assert_eq!(
                    (&blob["type"], &blob["byte_size"]),
                    (&json!("blob"), &json!(2))
                );
            }
        }
    }
}
