//! What instrumentations of generative AI write: by which marks their spans are
//! known, and which of their attributes hold names, people or what was said.
//!
//! One row is one dialect. The gate in front of destinations of spans and
//! redaction read the same rows: what one takes for a name, the other does not
//! search.

mod field;
mod headers;
mod rows;
mod table;

pub use field::Field;
pub(crate) use table::{Spoken, is_gen_ai, is_name, is_title, known, marked, spoken, spoken_by};

/// One dialect.
///
/// A key is meant alone, and with `.*` behind it everything below it. People,
/// addresses, secrets and content are always meant with everything below them.
/// A key without a namespace counts on spans of its own dialect only: elsewhere
/// it is an argument of a function.
struct Dialect {
    /// Attributes by which a span is known.
    marks: &'static [&'static str],
    /// Instrumentation scopes by which it is known, by how they begin.
    scopes: &'static [&'static str],
    /// Names of spans by which it is known, by how they begin.
    spans: &'static [&'static str],
    /// Names of spans and events that would be taken for texts.
    titles: &'static [&'static str],
    /// Names, ids and enumerations: texts that may leave.
    names: &'static [&'static str],
    /// Who it was, and where redaction thinks it stands.
    people: &'static [(&'static str, Field)],
    /// URLs, which may leave without credentials and values.
    urls: &'static [&'static str],
    /// What carries keys, and never leaves.
    secrets: &'static [&'static str],
    /// Texts of errors.
    errors: &'static [&'static str],
    /// What was said, and where redaction thinks it stands.
    content: &'static [(&'static str, Field)],
}

impl Dialect {
    const NONE: Self = Self {
        marks: &[],
        scopes: &[],
        spans: &[],
        titles: &[],
        names: &[],
        people: &[],
        urls: &[],
        secrets: &[],
        errors: &[],
        content: &[],
    };
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A name, an id, or one of few words.
    Name,
    /// A number, which a text is only if it reads like one.
    Number,
    /// What TES joins turns by: an id that tells who it was.
    Joins,
    /// A person, or what a caller says of one.
    Person(Field),
    /// A URL.
    Url,
    /// A header of HTTP or of another protocol.
    Secret,
    /// The text of an error.
    Error,
    /// What was said.
    Content(Field),
}

impl Meaning {
    /// Whether redaction has nothing to look for.
    fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Number | Self::Joins)
    }

    fn field(self) -> Field {
        match self {
            Self::Person(field) | Self::Content(field) => field,
            Self::Error => Field::ErrorMessage,
            Self::Name | Self::Number | Self::Joins | Self::Url | Self::Secret => {
                Field::OtherAttributes
            }
        }
    }
}
