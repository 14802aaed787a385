//! What is known of a setting: one row of the table.

use super::draft::Draft;
use super::value::Value;
use crate::config::ConfigError;
#[cfg(feature = "diagnosis")]
use crate::urls;

/// One setting. What the page of variables says of it stands here too, so that
/// whoever changes the one sees the other.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "a test writes the page of variables")
)]
pub(super) struct Setting {
    /// The variable, and the key in a file.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// In Markdown, first the value and then perhaps what it means; empty where
    /// there is none.
    pub(super) default: &'static str,
    /// One sentence in Markdown.
    pub(super) help: &'static str,
    /// Whether nobody may see the value.
    pub(super) is_secret: bool,
    /// Without it the setting is known and not followed.
    pub(super) feature: Option<Feature>,
}

/// What a row need not say.
pub(super) const ROW: Setting = Setting {
    name: "",
    kind: Kind::Text(|_, _| ()),
    default: "",
    help: "",
    is_secret: false,
    feature: None,
};

/// Which values a setting takes, and where they are put.
#[cfg_attr(not(test), expect(dead_code, reason = "see `Setting`"))]
pub(super) enum Kind {
    /// `true` or `false`.
    Flag(fn(&mut Draft, bool)),
    /// A whole number of something.
    Number(&'static str, fn(&mut Draft, u64)),
    /// A whole number of something, and not 0.
    Positive(&'static str, fn(&mut Draft, u64)),
    /// One of these, in any case.
    Words(&'static [Word]),
    /// A list of these, in any case. An unknown one is noted, and the others
    /// count.
    Names(&'static [Word]),
    /// Any text.
    Text(fn(&mut Draft, String)),
    /// A text of a form, which people read.
    Form(&'static str, Set),
    /// Items of a form, separated by commas.
    List(&'static str, Set),
    /// The path of a file.
    Path(Set),
    /// A URL. User, password and query may be secrets.
    Url(Set),
}

/// Checks a value and puts it where it belongs.
pub(super) type Set = fn(&mut Draft, &Value<'_>) -> Result<(), ConfigError>;

/// A value with a meaning.
pub(super) enum Word {
    Known(&'static str, fn(&mut Draft)),
    /// The specification knows it and telemetry has nothing for it. It is left to
    /// whoever can follow it: such variables are set for all the programs of a
    /// fleet.
    Ignored(&'static str),
}

/// A feature of this crate.
pub(super) struct Feature {
    #[cfg_attr(not(test), expect(dead_code, reason = "see `Setting`"))]
    pub(super) name: &'static str,
    /// Whether this build has it.
    pub(super) is_on: bool,
}

pub(super) const RUSTLS: Feature = Feature {
    name: "rustls",
    is_on: cfg!(feature = "rustls"),
};

/// Settings of one thing, read one after the other.
#[cfg_attr(not(test), expect(dead_code, reason = "see `Setting`"))]
pub(super) struct Group {
    pub(super) title: &'static str,
    /// What holds for all of them, in Markdown; may be empty.
    pub(super) about: &'static str,
    /// Whether they count at all.
    pub(super) counts: fn(&Draft) -> bool,
    pub(super) settings: &'static [Setting],
    /// Joins what belongs together, once all of them are read.
    pub(super) join: fn(&mut Draft) -> Result<(), ConfigError>,
}

/// What a group need not say.
pub(super) const GROUP: Group = Group {
    title: "",
    about: "",
    counts: |_| true,
    settings: &[],
    join: |_| Ok(()),
};

impl Setting {
    /// Takes a value, which is neither empty nor has space around it. One that
    /// OpenTelemetry wants to be ignored is noted, and counts as unset.
    pub(super) fn take(&self, text: &str, draft: &mut Draft) -> Result<(), ConfigError> {
        let value = Value {
            setting: self.name,
            text,
        };
        match self.put(&value, draft) {
            Err(error) if self.is_of_a_fleet() => {
                draft.pass_over(&error);
                Ok(())
            }
            put => put,
        }
    }

    /// Whether a wrong value is no error: such variables are set for many programs
    /// at once, and the
    /// [specification](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)
    /// asks to warn and to go on. It says nothing of URLs, files and headers,
    /// without which nothing would arrive.
    pub(super) fn is_of_a_fleet(&self) -> bool {
        let is_named = matches!(self.kind, Kind::Path(_) | Kind::Url(_)) || self.is_secret;
        self.name.starts_with("OTEL_") && !is_named
    }

    fn put(&self, value: &Value<'_>, draft: &mut Draft) -> Result<(), ConfigError> {
        match &self.kind {
            _ if self.feature.as_ref().is_some_and(|it| !it.is_on) => {}
            Kind::Flag(set) => set(draft, value.flag()?),
            Kind::Number(unit, set) => set(draft, value.number(unit)?),
            Kind::Positive(unit, set) => set(draft, value.positive(unit)?),
            Kind::Words(words) => match value.word(words)? {
                Word::Known(_, set) => set(draft),
                Word::Ignored(word) => draft.ignore(self.name, word),
            },
            Kind::Names(words) => {
                for name in value.items() {
                    let value = Value {
                        text: name,
                        ..*value
                    };
                    match value.word(words) {
                        Ok(Word::Known(_, set)) => set(draft),
                        Ok(Word::Ignored(word)) => draft.ignore(self.name, word),
                        Err(error) => draft.pass_over(&error),
                    }
                }
            }
            Kind::Text(set) => set(draft, value.text.to_owned()),
            Kind::Form(_, set) | Kind::List(_, set) | Kind::Path(set) | Kind::Url(set) => {
                set(draft, value)?;
            }
        }
        Ok(())
    }

    /// A value as people may see it.
    #[cfg(feature = "diagnosis")]
    pub(super) fn shown(&self, text: &str) -> String {
        match self.kind {
            _ if self.is_secret => "set".to_owned(),
            Kind::Url(_) => urls::shown(text),
            _ => text.to_owned(),
        }
    }
}

impl Word {
    pub(super) fn text(&self) -> &'static str {
        match self {
            Self::Known(text, _) | Self::Ignored(text) => text,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        matches!(self, Self::Known(..))
    }
}
