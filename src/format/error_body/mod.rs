//! The error in a refusal, or in a frame of a stream.
//!
//! `OpenAI` and Anthropic both wrap it as `{"error": {..}}`. Others leave
//! fields out, write only a text, or write a list, and `FastAPI` puts its list
//! under `detail`. So one reader takes all of these, at any depth.

mod object;

pub(super) use object::ErrorObject;

use super::lenient::Text;
use crate::operation::Failure;
use crate::semconv::value;
use std::borrow::Cow;

/// The longest code of an error. Anything longer is a text.
const MAX_CODE_BYTES: usize = 64;

/// The longest answer that is read once more for what stands beside its error.
/// In a longer one the error itself has words enough.
const MAX_READ_TWICE: usize = 64 << 10;

/// What a provider says of an error.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    kind: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

/// Reads the body of a refusal, or the data of an event that is an error.
pub(super) fn read(body: &str) -> Option<ErrorBody> {
    let body = body.trim_ascii();
    // Parsing anything else would spend its time on the text of a parse error.
    if !body.starts_with(['{', '[', '"']) {
        return None;
    }
    let error: ErrorObject<'_> = serde_json::from_str(body).ok()?;
    error.said()
}

/// The error of an answer: its field `error`, or all of it if it says that it is
/// an error. What is only a text may have its code and its words beside it.
pub(super) fn of_answer(
    error: Option<ErrorObject<'_>>,
    is_error: bool,
    json: &str,
) -> Option<ErrorBody> {
    let has_more = error
        .as_ref()
        .is_none_or(|error| error.is_bare() && json.len() <= MAX_READ_TWICE);
    let said = error.and_then(ErrorObject::said);
    if has_more && (is_error || said.is_some()) {
        return read(json).or(said).or_else(|| Some(ErrorBody::default()));
    }
    said.or_else(|| is_error.then(ErrorBody::default))
}

impl ErrorBody {
    /// What a client has read of one, as a failure.
    #[cfg(feature = "async-openai")]
    pub(crate) fn named(kind: Option<String>, code: Option<String>) -> Failure {
        Failure::from(Self {
            kind,
            code,
            message: None,
        })
    }

    /// With its kind, where that stands beside what it says.
    pub(super) fn of_kind(mut self, kind: Option<Text<'_>>) -> Self {
        self.kind = self.kind.or_else(|| kind.and_then(Text::into_string));
        self
    }
}

impl From<ErrorBody> for Failure {
    /// The kind says most of what happened, a code most of why. A code that
    /// repeats an HTTP status says less than the kind.
    fn from(body: ErrorBody) -> Self {
        let kind = body.kind.filter(|kind| is_word(kind));
        let code = body.code.filter(|code| is_word(code));
        let is_status = code.as_ref().is_some_and(|code| is_http_status(code));
        let own = if is_status {
            kind.as_ref().or(code.as_ref())
        } else {
            code.as_ref().or(kind.as_ref())
        };
        Self {
            code: own.cloned(),
            error_type: kind
                .or(code)
                .map_or(Cow::Borrowed(value::error_type::OTHER), Cow::Owned),
            message: body.message,
        }
    }
}

/// Whether it may be the name of a kind, and is no text, no URL and no other
/// value.
fn is_word(kind: &str) -> bool {
    if matches!(kind, "None" | "null") {
        return false;
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !kind.is_empty() && kind.len() <= MAX_CODE_BYTES && kind.bytes().all(is_part)
}

fn is_http_status(code: &str) -> bool {
    let status = code.parse::<u16>();
    status.is_ok_and(|status| (100..600).contains(&status))
}

#[cfg(test)]
mod tests;
