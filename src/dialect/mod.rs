//! What instrumentations of generative AI write: by which marks their spans are
//! known, and which of their attributes hold names, people or what was said.
//!
//! One row is one dialect. The gate in front of destinations of spans and
//! redaction read the same rows: what one takes for a name, the other does not
//! search.

mod attributes;
mod field;
mod headers;
mod reading;
mod rows;
mod table;

pub use field::Field;
pub(crate) use table::{Spoken, is_gen_ai, is_name, is_title, known, marked, spoken, spoken_by};

use crate::operation::{Conversed, Kind, Operation};
use attributes::Attributes;
use opentelemetry_sdk::trace::SpanData;
use reading::SpanReader;
use rows::ROWS;

/// One dialect. To add one: a file of `rows/` with a row, and a reader if its spans
/// are to become turns.
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
    /// How its spans are read, where they are.
    reader: Option<&'static dyn SpanReader>,
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
        reader: None,
    };
}

/// What a span is, if it is an operation that becomes something.
pub(crate) fn kind(span: &SpanData) -> Option<Kind> {
    reader(span).map(|(kind, _)| kind)
}

/// The operation that a span is, with what travelled beside it.
pub(crate) fn read<'c>(span: &SpanData, beside: Option<&'c Conversed>) -> Option<Operation<'c>> {
    let (kind, reader) = reader(span)?;
    Some(reader.read(kind, span, beside))
}

/// Of the dialects that a span speaks, the first that reads it.
fn reader(span: &SpanData) -> Option<(Kind, &'static dyn SpanReader)> {
    let attributes = Attributes::of(span);
    let mut readers = ROWS.iter().filter_map(|row| row.reader);
    readers.find_map(|reader| Some((reader.kind(&attributes)?, reader)))
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
