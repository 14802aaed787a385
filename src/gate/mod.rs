//! What a destination of spans may see.

mod allowed;
mod client_line;
mod span_name;
mod url;

pub(crate) use allowed::Allowed;

use crate::dialect::{self, Field, Meaning, Spoken};
use crate::semconv::attribute;
use crate::semconv::value::error_type;
use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// Numbers in a list that may leave. Longer ones are what was said in another
/// form: embeddings, tokens, sound.
const MAX_NUMBERS: usize = 16;

/// What a destination of spans may see, whoever made them.
///
/// Of spans of generative AI numbers leave by type, texts if they are known for
/// names, ids or enumerations, or if the user allowed their key; all others are
/// content. Anybody else's spans and log lines are not ours to judge, but for the
/// keys that are known to hold what was said, for the lines of clients that write
/// it, and, around a call, for the texts of errors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate {
    /// Prompts, answers, tool arguments and results.
    pub(crate) content: bool,
    /// Texts of errors, of calls and around them.
    pub(crate) error_texts: bool,
    /// `user.id` and its like, and everything under `tes.`.
    pub(crate) identity: bool,
    /// What the user lets leave.
    pub(crate) allowed: Allowed,
}

/// What becomes of an attribute.
enum Verdict {
    Stays,
    Goes,
    Becomes(Value),
}

impl From<bool> for Verdict {
    fn from(may_leave: bool) -> Self {
        if may_leave { Self::Stays } else { Self::Goes }
    }
}

/// Whose span, or event, it is.
#[derive(Clone, Copy)]
struct Of {
    spoken: Spoken,
    has_our_errors: bool,
    /// It is a log line of a client, of which nobody can tell prompts from errors.
    is_client_line: bool,
}

impl Of {
    fn new(spoken: Spoken, is_around_a_call: bool) -> Self {
        Self {
            spoken,
            has_our_errors: is_around_a_call || spoken.is_gen_ai(),
            is_client_line: false,
        }
    }

    fn client_line() -> Self {
        Self {
            is_client_line: true,
            ..Self::new(Spoken::GEN_AI, false)
        }
    }

    fn is_gen_ai(self) -> bool {
        self.spoken.is_gen_ai()
    }
}

impl Gate {
    /// Identity passes, content does not.
    pub(crate) fn without_content() -> Self {
        Self {
            identity: true,
            ..Self::default()
        }
    }

    /// Takes from `span` what does not pass.
    pub(crate) fn strip(&self, span: &mut SpanData, is_around_a_call: bool) {
        let spoken = dialect::spoken(span);
        let of = Of::new(spoken, is_around_a_call);
        self.strip_attributes(&mut span.attributes, of);
        for event in &mut span.events.events {
            let of = if client_line::is_one(&event.attributes) {
                Of::client_line()
            } else {
                let own = dialect::spoken_by(&event.attributes).and(dialect::marked(&event.name));
                Of::new(spoken.and(own), is_around_a_call)
            };
            self.strip_attributes(&mut event.attributes, of);
            if !self.lets_name_of_event(&event.name, of) {
                event.name = "log".into();
            }
        }
        for link in &mut span.links.links {
            let own = dialect::spoken_by(&link.attributes);
            self.strip_attributes(&mut link.attributes, Of::new(spoken.and(own), false));
        }
        if of.is_gen_ai() && !self.content && !self.allowed.opens(span_name::FIELD, 0) {
            span_name::clean(span);
        }
        if let (false, true, Status::Error { description }) =
            (self.error_texts, of.has_our_errors, &mut span.status)
        {
            *description = "".into();
        }
    }

    /// Those attributes of a call that pass.
    pub(crate) fn passing(&self, attributes: &[KeyValue]) -> Vec<KeyValue> {
        let mut attributes = attributes.to_vec();
        let of = Of::new(Spoken::GEN_AI, true);
        self.strip_attributes(&mut attributes, of);
        attributes
    }

    /// Whether what was said may leave.
    fn lets_content(&self, of: Of) -> bool {
        self.content && (self.error_texts || !of.is_client_line)
    }

    fn strip_attributes(&self, attributes: &mut Vec<KeyValue>, of: Of) {
        attributes.retain_mut(|attribute| match self.judge(attribute, of) {
            Verdict::Stays => true,
            Verdict::Goes => false,
            Verdict::Becomes(value) => {
                attribute.value = value;
                true
            }
        });
    }

    fn judge(&self, KeyValue { key, value, .. }: &KeyValue, of: Of) -> Verdict {
        let key = key.as_str();
        let known = dialect::known(key, of.spoken);
        if self.allowed.opens(key, known.map_or(0, |it| it.length)) {
            return Verdict::Stays;
        }
        match known.map(|it| it.meaning) {
            Some(Meaning::Content(Field::ErrorMessage)) => self.error_texts.into(),
            Some(Meaning::Content(_)) => self.lets_content(of).into(),
            Some(Meaning::Joins) => self.identity.into(),
            Some(Meaning::Person(_)) if of.is_gen_ai() || key.starts_with("tes.") => {
                self.identity.into()
            }
            Some(Meaning::Error) if of.has_our_errors => {
                (self.error_texts || is_number(value)).into()
            }
            _ if !of.is_gen_ai() => Verdict::Stays,
            Some(Meaning::Name)
                if [attribute::ERROR_TYPE, attribute::TURNSPAN_ERROR_CODE].contains(&key) =>
            {
                type_of_error(value)
            }
            Some(Meaning::Url) => {
                url::without_secrets(value).map_or(Verdict::Goes, Verdict::Becomes)
            }
            Some(Meaning::Secret) => Verdict::Goes,
            Some(Meaning::Number) => {
                (self.lets_content(of) || is_number(value) || reads_as_number(value)).into()
            }
            Some(Meaning::Name | Meaning::Person(_) | Meaning::Error) => Verdict::Stays,
            // One without a namespace is an argument or a result of a function.
            None => (self.lets_content(of) || (key.contains('.') && is_number(value))).into(),
        }
    }

    /// Texts of log lines become names of events, and so do the places in the
    /// source that stand for them.
    fn lets_name_of_event(&self, name: &str, of: Of) -> bool {
        let is_known = || {
            let has_mark = dialect::marked(name).is_gen_ai();
            dialect::is_title(name) || (is_word(name) && has_mark)
        };
        self.lets_content(of) || !of.is_gen_ai() || is_known() || self.allowed.opens(name, 0)
    }
}

/// A word. Others write the text of an error there.
fn type_of_error(value: &Value) -> Verdict {
    if span_name::is_word(&value.as_str()) {
        Verdict::Stays
    } else {
        Verdict::Becomes(error_type::OTHER.into())
    }
}

/// A number, a flag, or a short list of them.
fn is_number(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::I64(_) | Value::F64(_) => true,
        Value::Array(Array::Bool(list)) => list.len() <= MAX_NUMBERS,
        Value::Array(Array::I64(list)) => list.len() <= MAX_NUMBERS,
        Value::Array(Array::F64(list)) => list.len() <= MAX_NUMBERS,
        _ => false,
    }
}

/// As unsigned numbers of `tracing` arrive.
fn reads_as_number(value: &Value) -> bool {
    let text = value.as_str();
    text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok()
}

/// Names of events have a namespace and no blanks.
fn is_word(event: &str) -> bool {
    let is_of_word = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    event.contains('.') && event.chars().all(is_of_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_events_are_no_texts() {
        let around = Of::new(Spoken::CORE, true);
        let lets = |name, of| Gate::default().lets_name_of_event(name, of);
        for name in [
            "gen_ai.prompt.sent",
            "exception",
            "my-lib.cache_hit",
            "order loaded",
        ] {
            assert!(lets(name, around), "{name}");
        }
        for of in [Of::new(Spoken::GEN_AI, false), Of::client_line()] {
            for name in ["gen_ai.prompt.sent", "exception", "gen_ai.user.message"] {
                assert!(lets(name, of), "{name}");
            }
            for text in [
                "asking: what is 2.5?",
                "event src/main.rs:12",
                "hello",
                "secret.word",
            ] {
                assert!(!lets(text, of), "{text}");
            }
        }
    }
}
