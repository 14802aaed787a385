//! Messages in the shape of the conventions' JSON schemas.
//!
//! The serde form of these types *is* `gen_ai.input.messages` and
//! `gen_ai.output.messages` (GenAI semantic conventions 1.41).

use super::Json;
use serde::{Deserialize, Serialize};

/// One message of a conversation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Message {
    #[serde(default)]
    pub(crate) role: String,
    #[serde(default)]
    pub(crate) parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// On output messages only, in the conventions' vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finish_reason: Option<String>,
}

/// One part of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Part {
    Text {
        content: String,
        /// Where the text was taken from, as the provider says it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        citations: Vec<Json>,
    },
    Reasoning {
        content: String,
    },
    Refusal {
        content: String,
    },
    ToolCall {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        #[serde(default)]
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<Json>,
    },
    ToolCallResponse {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        response: Json,
    },
    /// A tool that the provider runs itself: what it is told.
    ServerToolCall {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        #[serde(default)]
        name: String,
        server_tool_call: Json,
    },
    /// What such a tool found.
    ServerToolCallResponse {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        server_tool_call_response: Json,
    },
    /// Binary content as a stub: its bytes never travel, `content` is empty.
    Blob {
        #[serde(default)]
        modality: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        #[serde(default)]
        content: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        byte_size: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    },
    File {
        #[serde(default)]
        modality: String,
        file_id: String,
    },
    Uri {
        #[serde(default)]
        modality: String,
        uri: String,
    },
    /// A part of a kind that has no shape here: its type alone is kept.
    #[serde(untagged)]
    Other {
        #[serde(rename = "type", default)]
        kind: String,
    },
}

impl Message {
    /// The text of the message: its text parts, joined by line feeds.
    pub(crate) fn text(&self) -> Option<String> {
        joined_text(&self.parts)
    }

    /// Whether a user said it. Tool results come in the user's role too, where
    /// a format has no other.
    pub(crate) fn is_of_a_user(&self) -> bool {
        self.role == "user" && (self.parts.is_empty() || !self.parts.iter().all(Part::is_result))
    }

    /// Whether the model said it.
    pub(crate) fn is_answer(&self) -> bool {
        self.role == "assistant"
    }

    /// Whether it tells the model what to be. `developer` is what newer OpenAI
    /// models call the system role.
    pub(crate) fn is_instruction(&self) -> bool {
        ["system", "developer"].contains(&self.role.as_str())
    }

    /// Whether it says what tools found.
    pub(crate) fn has_results(&self) -> bool {
        self.parts.iter().any(Part::is_result)
    }

    /// What the model said: its text, else the text of its refusal. Texts that
    /// follow one another are one, as citations cut sentences into many; what
    /// was said before something else and after it are two.
    pub(crate) fn said(&self) -> Option<String> {
        let mut said: Option<String> = None;
        let mut is_next = true;
        for part in &self.parts {
            match (part.as_text(), &mut said) {
                (Some(text), Some(said)) => {
                    let between = if is_next { "" } else { "\n" };
                    said.push_str(between);
                    said.push_str(text);
                }
                (Some(text), None) => said = Some(text.to_owned()),
                (None, _) => {}
            }
            is_next = part.as_text().is_some();
        }
        said.or_else(|| {
            self.parts.iter().find_map(|part| match part {
                Part::Refusal { content } => Some(content.clone()),
                _ => None,
            })
        })
    }
}

/// The text parts, joined by line feeds.
pub(crate) fn joined_text(parts: &[Part]) -> Option<String> {
    let texts: Vec<&str> = parts.iter().filter_map(Part::as_text).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// What a request answers: the messages since the last answer. One that ends the
/// request is the beginning of the next.
pub(crate) fn since_answer<M>(messages: &[M], is_answer: impl Fn(&M) -> bool) -> &[M] {
    let (messages, _) = split_ending(messages, &is_answer);
    let start = after(messages.iter().rposition(is_answer));
    messages.get(start..).unwrap_or_default()
}

/// What a request says before the answers that it ends with, and these.
pub(crate) fn split_ending<M>(messages: &[M], is_answer: impl Fn(&M) -> bool) -> (&[M], &[M]) {
    let end = after(messages.iter().rposition(|message| !is_answer(message)));
    messages.split_at_checked(end).unwrap_or((messages, &[]))
}

fn after(at: Option<usize>) -> usize {
    at.map_or(0, |at| at + 1)
}

impl Message {
    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let words = self.role.len() + of(&self.name) + of(&self.finish_reason);
        size_of::<Self>() + words + self.parts.iter().map(Part::weight).sum::<usize>()
    }
}

impl Part {
    /// Plain text.
    pub(crate) fn text(content: impl Into<String>) -> Self {
        Self::Text {
            content: content.into(),
            citations: Vec::new(),
        }
    }

    /// Whether it is what a tool found.
    pub(crate) fn is_result(&self) -> bool {
        matches!(self, Self::ToolCallResponse { .. })
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let json = |json: &Json| size_of::<Json>() + json.as_str().len();
        let held = match self {
            Self::Text { content, citations } => {
                content.len() + citations.iter().map(json).sum::<usize>()
            }
            Self::Reasoning { content } | Self::Refusal { content } => content.len(),
            Self::ToolCall {
                id,
                name,
                arguments,
            } => of(id) + name.len() + arguments.as_ref().map_or(0, json),
            Self::ToolCallResponse { id, response } => of(id) + json(response),
            Self::ServerToolCall {
                id,
                name,
                server_tool_call,
            } => of(id) + name.len() + json(server_tool_call),
            Self::ServerToolCallResponse {
                id,
                server_tool_call_response,
            } => of(id) + json(server_tool_call_response),
            Self::Blob {
                modality,
                mime_type,
                content,
                sha256,
                ..
            } => modality.len() + of(mime_type) + content.len() + of(sha256),
            Self::File { modality, file_id } => modality.len() + file_id.len(),
            Self::Uri { modality, uri } => modality.len() + uri.len(),
            Self::Other { kind } => kind.len(),
        };
        size_of::<Self>() + held
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { content, .. } => Some(content),
            _ => None,
        }
    }
}
