//! All rows as one table, which a key is looked up in.

use super::rows::ROWS;
use super::{Dialect, Field, Meaning, headers};
use crate::semconv::{EVENTS, NAME_ATTRIBUTES, PLAIN_ATTRIBUTES};
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Which dialects a span or an event speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spoken(u64);

impl Spoken {
    /// What every span speaks: OpenTelemetry at large, the first row.
    pub(crate) const CORE: Self = Self(1);
    /// What spans of ours speak beside it, the second row.
    pub(crate) const GEN_AI: Self = Self(1 | 1 << 1);

    /// Whether it is one of generative AI: known by any mark of any dialect.
    pub(crate) fn is_gen_ai(self) -> bool {
        self != Self::CORE
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn shares(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) meaning: Meaning,
    /// How long the name is that says so: the key itself, or a part of it.
    pub(crate) length: usize,
}

/// Whether a span is one of generative AI. Most are known by their first
/// attribute.
pub(crate) fn is_gen_ai(span: &SpanData) -> bool {
    let mut attributes = span.attributes.iter();
    attributes.any(|it| marked(it.key.as_str()).is_gen_ai()) || spoken(span).is_gen_ai()
}

/// The dialects of a span.
pub(crate) fn spoken(span: &SpanData) -> Spoken {
    let begun = |list: &[(&str, Spoken)], text: &str| {
        let begun = list.iter().filter(|(start, _)| text.starts_with(start));
        begun.fold(Spoken::CORE, |spoken, (_, of)| spoken.and(*of))
    };
    spoken_by(&span.attributes)
        .and(begun(&TABLE.scopes, span.instrumentation_scope.name()))
        .and(begun(&TABLE.spans, &span.name))
}

/// The dialects of attributes.
pub(crate) fn spoken_by(attributes: &[KeyValue]) -> Spoken {
    let of = attributes.iter().map(|it| marked(it.key.as_str()));
    of.fold(Spoken::CORE, Spoken::and)
}

/// The dialects that a key, or a name of an event, is a mark of.
pub(crate) fn marked(key: &str) -> Spoken {
    let marks = parts(key).filter_map(|(name, is_itself)| {
        let entries = TABLE.marks.get(name)?.iter();
        let of = entries.filter(|entry| entry.covers(is_itself));
        Some(of.fold(Spoken::CORE, |spoken, entry| spoken.and(entry.of)))
    });
    marks.fold(Spoken::CORE, Spoken::and)
}

/// What a key means on a span that speaks these: what the longest name says.
pub(crate) fn known(key: &str, spoken: Spoken) -> Option<Known> {
    let found = parts(key).find_map(|(name, is_itself)| {
        let mut entries = TABLE.meanings.get(name)?.iter();
        let entry = entries.find(|entry| entry.covers(is_itself) && spoken.shares(entry.of))?;
        Some(Known {
            meaning: entry.says,
            length: name.len(),
        })
    })?;
    Some(match found.meaning {
        Meaning::Secret if headers::may_leave(key) => Known {
            meaning: Meaning::Name,
            length: key.len(),
        },
        _ => found,
    })
}

/// Whether an attribute holds a name, an id or a number, on whichever span.
pub(crate) fn is_name(key: &str) -> bool {
    known(key, Spoken::CORE).is_some_and(|known| known.meaning.is_name())
}

/// Where an attribute belongs.
pub(super) fn field(key: &str) -> Field {
    let known = known(key, Spoken::CORE);
    known.map_or(Field::OtherAttributes, |known| known.meaning.field())
}

/// Whether a name of a span or an event is one that a dialect, or telemetry, gives.
pub(crate) fn is_title(name: &str) -> bool {
    TABLE.titles.contains(name)
}

/// A key, and what it is below, the longest first; no more than may be known.
fn parts(key: &str) -> impl Iterator<Item = (&str, bool)> {
    let searched = key.len().min(TABLE.longest + 1);
    let bytes = key.as_bytes().get(..searched).unwrap_or_default();
    let ends = bytes.iter().enumerate().rev();
    let ends = ends.filter(|(_, byte)| SEPARATORS.contains(byte));
    let above = ends.filter_map(|(at, _)| Some((key.get(..at)?, false)));
    [(key, true)].into_iter().chain(above)
}

/// Genkit separates with colons.
const SEPARATORS: [u8; 2] = [b'.', b':'];

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

#[derive(Default)]
struct Table {
    meanings: Entries<Meaning>,
    marks: Entries<()>,
    scopes: Vec<(&'static str, Spoken)>,
    spans: Vec<(&'static str, Spoken)>,
    titles: HashSet<&'static str>,
    longest: usize,
}

type Entries<T> = HashMap<&'static str, Vec<Entry<T>>>;

/// What one dialect says of a name.
struct Entry<T> {
    says: T,
    /// Whether it says it of the name itself, and of what is below it.
    itself: bool,
    below: bool,
    /// On which spans it counts.
    of: Spoken,
}

impl<T> Entry<T> {
    fn covers(&self, is_itself: bool) -> bool {
        if is_itself { self.itself } else { self.below }
    }
}

impl Table {
    fn new() -> Self {
        let mut table = Self::default();
        table.titles.extend(EVENTS);
        for (row, index) in ROWS.into_iter().zip(0..) {
            table.add(row, Spoken(1 << index));
        }
        table.add_conventions();
        let names = table.meanings.keys().chain(table.marks.keys());
        table.longest = names.map(|name| name.len()).max().unwrap_or_default();
        table
    }

    fn add(&mut self, row: &'static Dialect, of: Spoken) {
        self.scopes
            .extend(row.scopes.iter().map(|start| (*start, of)));
        self.spans
            .extend(row.spans.iter().map(|start| (*start, of)));
        self.titles.extend(row.titles);
        for mark in row.marks {
            let (name, below) = split(mark);
            let entry = Entry {
                says: (),
                itself: !below,
                below,
                of,
            };
            self.marks.entry(name).or_default().push(entry);
        }
        for key in row.names {
            let (name, below) = split(key);
            self.say(name, Meaning::Name, (!below, below), of);
        }
        let whole = [
            (row.urls, Meaning::Url),
            (row.secrets, Meaning::Secret),
            (row.errors, Meaning::Error),
        ];
        let whole = whole
            .into_iter()
            .flat_map(|(keys, meaning)| keys.iter().map(move |key| (*key, meaning)));
        let people = row
            .people
            .iter()
            .map(|(key, field)| (*key, Meaning::Person(*field)));
        let content = row
            .content
            .iter()
            .map(|(key, field)| (*key, Meaning::Content(*field)));
        for (key, meaning) in whole.chain(people).chain(content) {
            self.say(key, meaning, (true, true), of);
        }
    }

    /// The names that telemetry itself writes.
    fn add_conventions(&mut self) {
        for key in PLAIN_ATTRIBUTES {
            let meaning = match *key {
                key if key.starts_with("tes.") => Meaning::Joins,
                key if NAME_ATTRIBUTES.contains(&key) => Meaning::Name,
                _ => Meaning::Number,
            };
            self.say(key, meaning, (true, false), Spoken::CORE);
        }
    }

    /// Of a key with a namespace it does not matter whose span has it.
    fn say(&mut self, key: &'static str, says: Meaning, on: (bool, bool), of: Spoken) {
        let has_namespace = key.bytes().any(|byte| SEPARATORS.contains(&byte));
        let (itself, below) = on;
        let of = if has_namespace { Spoken::CORE } else { of };
        let entry = Entry {
            says,
            itself,
            below,
            of,
        };
        self.meanings.entry(key).or_default().push(entry);
    }
}

/// A key of a row, and whether what is below it is meant.
fn split(key: &'static str) -> (&'static str, bool) {
    match key.strip_suffix(".*").or_else(|| key.strip_suffix(":*")) {
        Some(name) => (name, true),
        None => (key, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semconv::CONTENT_ATTRIBUTES;
    use regex::Regex;
    use std::fs;
    use std::path::Path;

    /// All keys of a meaning, that have a namespace.
    fn keys(is_meant: impl Fn(Meaning) -> bool) -> Vec<&'static str> {
        let has_namespace = |name: &&&str| name.contains(['.', ':']);
        let meant = TABLE.meanings.iter().filter(|(_, entries)| {
            let mut entries = entries.iter();
            entries.any(|entry| is_meant(entry.says))
        });
        meant
            .map(|(name, _)| name)
            .filter(has_namespace)
            .copied()
            .collect()
    }

    fn is_content(meaning: Meaning) -> bool {
        matches!(meaning, Meaning::Content(_))
    }

    #[test]
    fn the_first_row_has_no_marks_and_the_second_is_what_ours_speak() {
        assert!(!spoken_by(&[]).is_gen_ai());
        assert_eq!(marked("gen_ai.operation.name"), Spoken::GEN_AI);
        assert!(ROWS.len() < 64);
    }

    #[test]
    fn a_key_means_one_thing() {
        for (name, entries) in &TABLE.meanings {
            let mut seen: Vec<&Entry<Meaning>> = Vec::new();
            for entry in entries {
                let twice = seen.iter().find(|other| {
                    other.of.shares(entry.of)
                        && (other.itself && entry.itself || other.below && entry.below)
                });
                assert!(twice.is_none(), "{name} is there twice");
                seen.push(entry);
            }
        }
    }

    #[test]
    fn what_is_below_a_key_means_the_same_unless_a_longer_key_says_otherwise() {
        let meaning = |key| known(key, Spoken::CORE).map(|known| known.meaning);
        let said = Some(Meaning::Content(Field::UserMessage));
        assert_eq!(meaning("gen_ai.prompt.0.content"), said);
        assert_eq!(meaning("gen_ai.prompt.name"), Some(Meaning::Name));
        assert_eq!(meaning("gen_ai.prompt.name.x"), said);
        assert_eq!(meaning("gen_ai.prompts"), None);
        assert_eq!(meaning("tes.session.id"), Some(Meaning::Joins));
        assert_eq!(
            meaning("tes.metadata.plan"),
            Some(Meaning::Person(Field::Metadata))
        );
        assert_eq!(meaning("model"), None);
        let long = format!("gen_ai.prompt.{}", "x.".repeat(100_000));
        assert_eq!(meaning(&long), said);
        assert_eq!(meaning(&"é.".repeat(100)), None);
    }

    #[test]
    fn every_attribute_of_content_belongs_somewhere() {
        let other: Vec<&str> = CONTENT_ATTRIBUTES
            .iter()
            .copied()
            .filter(|key| field(key) == Field::OtherAttributes)
            .collect();
        // What a program says of its tools, agents and wishes is its own.
        let own = [
            "gen_ai.request.stop_sequences",
            "gen_ai.tool.definitions",
            "gen_ai.tool.description",
            "gen_ai.agent.description",
        ];
        assert_eq!(other, own);
        for key in CONTENT_ATTRIBUTES {
            let known = known(key, Spoken::CORE).unwrap();
            assert!(is_content(known.meaning), "{key}");
        }
        assert_eq!(field("tes.metadata.plan"), Field::Metadata);
        assert_eq!(field("user.id"), Field::UserId);
        assert_eq!(field("error.chain"), Field::ErrorMessage);
        assert_eq!(field("http.url"), Field::OtherAttributes);
    }

    /// The agent's file takes out what is content here, by a list of its own.
    #[test]
    fn the_agent_of_collector_config_takes_out_all_content_and_no_more() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("collector-config/agent.yaml");
        let text = fs::read_to_string(file).unwrap();
        let of_all = text.split("statements: &without_content").nth(1).unwrap();
        let of_all = of_all.split("- context:").next().unwrap();
        let patterns = of_all.lines().filter_map(|line| {
            let pattern = line.split("delete_matching_keys(attributes, \"").nth(1)?;
            Some(pattern.split("\")").next()?.replace("\\\\", "\\"))
        });
        let patterns: Vec<Regex> = patterns.map(|it| Regex::new(&it).unwrap()).collect();
        let is_taken = |name: &str| patterns.iter().any(|pattern| pattern.is_match(name));
        for name in keys(is_content) {
            assert!(is_taken(name), "{name}");
            assert!(is_taken(&format!("{name}.0.content")), "{name}");
        }
        for name in PLAIN_ATTRIBUTES {
            assert!(!is_taken(name), "{name}");
        }
        // Taken by a pattern, and put back.
        for name in ["gen_ai.prompt.name", "gen_ai.prompt.version"] {
            let put_back = format!("set(attributes[\"{name}\"]");
            assert!(is_taken(name) && of_all.contains(&put_back), "{name}");
        }
    }
}
