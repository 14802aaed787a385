//! Answers and their chunks as they are on the wire, borrowed where possible.
//!
//! Every field may be absent or null: what a provider leaves out is not known,
//! and must not cost what it does say.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Said, Text};
use crate::format::room::Room;
use crate::format::usage::WireUsage;
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
    /// Writer's text completions: a piece of one, and nothing else.
    #[serde(borrow)]
    pub(super) value: Option<Box<Text<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct GroqExtension {
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
}

#[derive(Deserialize)]
pub(super) struct WireChoice<'a> {
    #[serde(default, deserialize_with = "lenient::small_index")]
    pub(super) index: Option<u32>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) delta: Option<Delta<'a>>,
    /// The whole of what was said; beside a delta, so far. Boxed, as all that
    /// chunks seldom have: what each of them has is moved around with it.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) message: Option<Box<Delta<'a>>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
    /// Where GPT-4 with vision says why it ends.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) finish_details: Option<Box<FinishDetails<'a>>>,
    /// `OpenRouter`: the word of whoever answered.
    #[serde(borrow)]
    pub(super) native_finish_reason: Option<Box<Text<'a>>>,
    /// Where Moonshot counts the tokens of a stream.
    #[serde(default, deserialize_with = "lenient::object")]
    pub(super) usage: Option<Box<WireUsage>>,
    /// What a text completion says.
    #[serde(borrow)]
    pub(super) text: Option<Box<Text<'a>>>,
    /// `OpenRouter`: this choice failed.
    #[serde(borrow)]
    pub(super) error: Option<Box<ErrorObject<'a>>>,
}

impl WireChoice<'_> {
    /// Whether it is all that was said, not what came last of it.
    pub(super) fn is_whole(&self) -> bool {
        self.message.is_some() && self.delta.is_none()
    }
}

#[derive(Deserialize)]
pub(super) struct FinishDetails<'a> {
    #[serde(borrow)]
    pub(super) r#type: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) role: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) content: Option<Said<'a>>,
    /// Boxed, as all that is seldom said: four choices, for which a list makes
    /// room at once, are to fit what an allocator gives without a search.
    #[serde(borrow)]
    pub(super) refusal: Option<Box<Text<'a>>>,
    /// `DeepSeek`, vLLM and llama.cpp.
    #[serde(borrow)]
    pub(super) reasoning_content: Option<Text<'a>>,
    /// Groq and `OpenRouter`.
    #[serde(borrow)]
    pub(super) reasoning: Option<Text<'a>>,
    /// `OpenRouter`: what was drawn, as parts.
    #[serde(borrow)]
    pub(super) images: Option<Box<Images<'a>>>,
    /// `OpenRouter`, beside one of those or alone.
    #[serde(borrow)]
    pub(super) reasoning_details: Option<Box<ReasoningDetails<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) audio: Option<Box<WireAudio<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    pub(super) tool_calls: Few<WireToolCall<'a>>,
    /// The predecessor of `tool_calls`.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) function_call: Option<Box<WireFunction<'a>>>,
}

/// A list of parts, as it was written.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Images<'a>(#[serde(borrow)] pub(super) &'a RawValue);

/// What was thought, in parts.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct ReasoningDetails<'a> {
    #[serde(borrow, deserialize_with = "lenient::few_objects")]
    parts: Few<ReasoningDetail<'a>>,
}

#[derive(Deserialize)]
struct ReasoningDetail<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    summary: Option<Text<'a>>,
}

/// An answer that is spoken.
#[derive(Deserialize)]
pub(super) struct WireAudio<'a> {
    #[serde(borrow)]
    pub(super) transcript: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) data: Option<Text<'a>>,
}

impl<'a> Delta<'a> {
    /// What was thought: of the names that servers have for it, and mirror it
    /// under, the first that says something.
    pub(super) fn take_reasoning(&mut self) -> Option<Text<'a>> {
        let said = self.reasoning_content.take().filter(Text::is_said);
        let said = said.or_else(|| self.reasoning.take().filter(Text::is_said));
        said.or_else(|| self.reasoning_details.take()?.text())
    }

    pub(super) fn calls(self, room: &mut Room) -> impl Iterator<Item = WireToolCall<'a>> + use<'a> {
        // Some write it where there is none.
        let legacy = self.function_call.filter(|function| function.is_named());
        let legacy = legacy.map(|function| WireToolCall {
            index: None,
            id: None,
            function: Some(*function),
            custom: None,
        });
        room.of_list(self.tool_calls).into_iter().chain(legacy)
    }
}

impl<'a> ReasoningDetails<'a> {
    fn text(self) -> Option<Text<'a>> {
        let texts = self.parts.entries.into_iter();
        let texts = texts.filter_map(|part| part.text.or(part.summary));
        let text: String = texts.map(|text| text.0).collect();
        (!text.is_empty()).then_some(Text(Cow::Owned(text)))
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
    /// A tool whose input is a text of its own.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub(super) custom: Option<Box<WireCustom<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct WireCustom<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    input: Option<Text<'a>>,
}

/// A piece of a tool call, of whatever type.
pub(super) struct Piece<'a> {
    pub(super) id: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    pub(super) arguments: Option<Cow<'a, str>>,
    pub(super) is_custom: bool,
}

impl<'a> WireToolCall<'a> {
    pub(super) fn piece(self) -> Piece<'a> {
        let is_custom = self.custom.is_some();
        let (name, arguments) = match (self.custom, self.function) {
            (Some(custom), _) => (custom.name, custom.input.map(|input| input.0)),
            (None, Some(function)) => {
                let arguments = function.argument_text();
                (function.name, arguments)
            }
            (None, None) => (None, None),
        };
        Piece {
            id: self.id,
            name,
            arguments,
            is_custom,
        }
    }
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
    /// A function that is called has a name, or goes on without one.
    fn is_named(&self) -> bool {
        let has_arguments = || self.argument_text().is_some_and(|text| !text.is_empty());
        self.name.as_ref().is_some_and(Text::is_said) || has_arguments()
    }

    /// The arguments, or a piece of them, as text.
    pub(super) fn argument_text(&self) -> Option<Cow<'a, str>> {
        lenient::written(self.arguments?)
    }
}
