//! What was said in a call: kept apart from the facts about it.

use super::{Message, Output, Part, ToolDefinition};
use crate::conversation::Conversation;
use std::fmt;

/// The content of one call, on its way beside the span.
///
/// The request is read late, by the thread that wants it: a conversation of a
/// megabyte costs the caller's task a reference count.
pub(crate) struct Content {
    /// Reads the request's messages; called at most once.
    pub(crate) input: Box<dyn FnOnce() -> Input + Send>,
    /// Bytes that the request keeps alive.
    pub(crate) input_weight: usize,
    pub(crate) output: Output,
    /// What the provider or the transport said of a failure.
    pub(crate) error_message: Option<String>,
    pub(crate) conversation: Option<Conversation>,
    /// Ids of the tool calls whose results the request carries.
    pub(crate) answered_ids: Vec<String>,
    /// What a tool was told and what it found, of a span that is its run.
    pub(crate) tool: Option<ToolContent>,
    /// Input tokens as the provider counts them, where that is another number.
    pub(crate) uncached_input_tokens: Option<u64>,
    /// Whether the provider repeated a secret of the request in the text of an
    /// error: functions around the call may say it again.
    pub(crate) repeats_a_secret: bool,
}

/// What a tool was told, and what it found: JSON or text.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolContent {
    pub(crate) args: Option<String>,
    pub(crate) result: Option<String>,
}

/// The content of a request, read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Input {
    pub(crate) messages: Vec<Message>,
    /// Instructions that the format keeps apart from the messages.
    pub(crate) system_instructions: Vec<Part>,
    /// The tools that the request offers.
    pub(crate) tool_definitions: Vec<ToolDefinition>,
}

/// The content of a call, with its request read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversed {
    pub(crate) input: Input,
    pub(crate) output: Vec<Message>,
    pub(crate) error_message: Option<String>,
    pub(crate) conversation: Option<Conversation>,
    pub(crate) answered_ids: Vec<String>,
    pub(crate) tool: Option<ToolContent>,
    pub(crate) uncached_input_tokens: Option<u64>,
}

impl Input {
    /// Whether nothing was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.system_instructions.is_empty()
            && self.tool_definitions.is_empty()
    }

    /// What was said: all messages but instructions, some of which are the
    /// agent's word for one round.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &Message> {
        let messages = self.messages.iter();
        messages.filter(|message| !message.is_instruction())
    }

    /// What the model is told to be before anything is said.
    pub(crate) fn instructions(&self) -> impl Iterator<Item = &Part> {
        let first = self.messages.iter().take_while(|it| it.is_instruction());
        let parts = first.flat_map(|message| &message.parts);
        self.system_instructions.iter().chain(parts)
    }
}

impl Content {
    /// Of a span that says itself what was said: whose it is.
    pub(crate) fn of_conversation(conversation: Conversation) -> Self {
        Self {
            input: Box::new(Input::default),
            input_weight: 0,
            output: Output::default(),
            error_message: None,
            conversation: Some(conversation),
            answered_ids: Vec::new(),
            tool: None,
            uncached_input_tokens: None,
            repeats_a_secret: false,
        }
    }

    /// Bytes that it keeps alive, about: all of them, as all of it may come
    /// from whoever answers.
    pub(crate) fn weight(&self) -> usize {
        let conversation = self.conversation.as_ref();
        let ids = self
            .answered_ids
            .iter()
            .map(|id| size_of::<String>() + id.len());
        self.input_weight
            + self.output.weight()
            + text(self.error_message.as_ref())
            + conversation.map_or(0, Conversation::weight)
            + ids.sum::<usize>()
            + self.tool.as_ref().map_or(0, ToolContent::weight)
    }

    pub(crate) fn read(self) -> Conversed {
        Conversed {
            input: (self.input)().tidied(),
            output: self.output.into_messages(),
            error_message: self.error_message,
            conversation: self.conversation,
            answered_ids: self.answered_ids,
            tool: self.tool.map(ToolContent::tidied),
            uncached_input_tokens: self.uncached_input_tokens,
        }
    }
}

impl ToolContent {
    /// What `other` knows, and else what this says.
    fn beside(self, other: &Self) -> Self {
        Self {
            args: other.args.clone().or(self.args),
            result: other.result.clone().or(self.result),
        }
    }

    fn weight(&self) -> usize {
        text(self.args.as_ref()) + text(self.result.as_ref())
    }
}

impl Input {
    /// Bytes of all that it says, about.
    pub(crate) fn weight(&self) -> usize {
        let messages = self.messages.iter().map(Message::weight);
        let instructions = self.system_instructions.iter().map(Part::weight);
        let tools = self.tool_definitions.iter().map(ToolDefinition::weight);
        messages.chain(instructions).chain(tools).sum()
    }
}

fn text(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

impl Conversed {
    /// What this says, and of all else what `other` knows.
    pub(crate) fn beside(self, other: &Self) -> Self {
        Self {
            input: self.input,
            output: self.output,
            answered_ids: if other.answered_ids.is_empty() {
                self.answered_ids
            } else {
                other.answered_ids.clone()
            },
            tool: match (self.tool, &other.tool) {
                (Some(own), Some(other)) => Some(own.beside(other)),
                (own, other) => other.clone().or(own),
            },
            ..other.clone()
        }
    }

    /// Whether nothing is known of what was said.
    pub(crate) fn is_silent(&self) -> bool {
        self.output.is_empty()
            && self.input.messages.is_empty()
            && self.input.system_instructions.is_empty()
    }
}

impl fmt::Debug for Content {
    /// Says how much there is, never what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("weight", &self.weight())
            .finish_non_exhaustive()
    }
}
