//! What is looked for in a text, and what takes its place.

use super::finding::{Action, Finding, HIDDEN, Kind, REMOVED, is_hash};
use super::json::{self, Leaf};
use super::patterns::{self, Custom};
use crate::config::Secret;
use regex::Regex;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// What is left may have become a finding by what was taken out beside it. A
/// text in which there is still one after so many rounds is hidden whole.
const MAX_ROUNDS: usize = 4;

/// JSON in texts in JSON is looked into as JSON down to here.
const MAX_DEPTH: usize = 4;

/// Findings with their actions, and the key of hashes.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) built_in: BTreeMap<Finding, Action>,
    pub(super) custom: Vec<Custom>,
    pub(super) key: Secret,
}

/// A search by these rules; with one action for all findings, if a field asks
/// for that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'r> {
    pub(super) rules: &'r Rules,
    pub(super) instead: Option<Action>,
    /// What a text stands under.
    pub(super) name: Option<&'r str>,
}

/// A place in a text.
struct Place<'r> {
    range: Range<usize>,
    kind: Kind<'r>,
    action: Action,
}

/// What stands in the place of findings already.
static MARK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[[A-Z][A-Z0-9_]{0,31}(?::[0-9a-f]{16})?\]").ok());

impl<'r> Search<'r> {
    /// The same for texts that stand under a name.
    pub(super) fn under<'n>(self, name: Option<&'n str>) -> Search<'n>
    where
        'r: 'n,
    {
        Search { name, ..self }
    }

    /// A text without what was found in it; `None` if that was nothing. An
    /// object or a list of JSON stays one.
    pub(super) fn text(self, text: &str) -> Option<String> {
        settled(text, HIDDEN, |text| self.once(text, 0))
    }

    /// The same of any JSON, which stays JSON; what is none is a text.
    pub(super) fn json(self, text: &str) -> Option<String> {
        if !json::is_json(text) {
            return self.text(text);
        }
        settled(text, &json::quoted(HIDDEN), |text| self.within(text, 0))
    }

    fn once(self, text: &str, depth: usize) -> Option<String> {
        let may_be_json = depth < MAX_DEPTH && text.trim_start().starts_with(['{', '[']);
        if may_be_json && json::is_json(text) {
            self.within(text, depth)
        } else {
            self.plain(text)
        }
    }

    fn within(self, text: &str, depth: usize) -> Option<String> {
        json::rewritten(text, |leaf| match leaf {
            Leaf::Text(text, name) => self.under(name).once(text, depth + 1),
            Leaf::Key(text) | Leaf::Number(text) => self.under(None).plain(text),
        })
    }

    fn plain(self, text: &str) -> Option<String> {
        let places = self.places(text);
        let mut left = String::with_capacity(text.len());
        let mut at = 0;
        for place in &places {
            let key = self.rules.key.expose();
            let found = text.get(place.range.clone()).unwrap_or_default();
            left.push_str(text.get(at..place.range.start).unwrap_or_default());
            left.push_str(&place.kind.replaced(place.action, found, key));
            at = place.range.end;
        }
        left.push_str(text.get(at..).unwrap_or_default());
        if places.is_empty() || left == text {
            None
        } else if left.trim().is_empty() {
            Some(REMOVED.to_owned())
        } else {
            Some(left)
        }
    }

    /// In the order of the text, and apart from each other.
    fn places(self, text: &str) -> Vec<Place<'r>> {
        let mut places = Vec::new();
        let mut add = |range, kind, action| {
            places.push(Place {
                range,
                kind,
                action: self.instead.unwrap_or(action),
            });
        };
        for (finding, action) in &self.rules.built_in {
            patterns::find(*finding, text, &mut |range| {
                add(range, Kind::BuiltIn(*finding), *action);
            });
        }
        if let (Some(name), Some(action)) = (self.name, self.rules.built_in.get(&Finding::ApiKey)) {
            patterns::find_under(name, text, &mut |range| {
                add(range, Kind::BuiltIn(Finding::ApiKey), *action);
            });
        }
        for custom in &self.rules.custom {
            for range in custom.find(text) {
                add(range, Kind::Custom(custom), custom.action);
            }
        }
        if !places.is_empty() {
            let marks = self.rules.marks(text);
            places.retain(|place| !is_within(&place.range, &marks));
        }
        merged(places)
    }
}

impl Rules {
    fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let marks = MARK.iter().flat_map(|regex| regex.find_iter(text));
        marks
            .filter(|mark| self.is_mark(mark.as_str()))
            .map(|mark| mark.range())
            .collect()
    }

    /// Whether a text is what takes the place of a finding or a field.
    pub(super) fn is_mark(&self, text: &str) -> bool {
        let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let (label, hash) = match inner.map(|inner| inner.split_once(':')) {
            Some(Some((label, hash))) => (label, Some(hash)),
            Some(None) => (inner.unwrap_or_default(), None),
            None => return false,
        };
        let is_label = Finding::ALL.iter().any(|finding| finding.label() == label)
            || self.custom.iter().any(|custom| custom.label == label)
            || [HIDDEN, REMOVED].contains(&format!("[{label}]").as_str());
        is_label && hash.is_none_or(is_hash)
    }
}

/// What `once` makes of a text again and again, until it changes nothing;
/// `hidden` if it does not come to an end.
fn settled(text: &str, hidden: &str, once: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut left = once(text)?;
    for _ in 0..MAX_ROUNDS {
        match once(&left) {
            Some(next) => left = next,
            None => return Some(left),
        }
    }
    Some(hidden.to_owned())
}

/// `marks` are in order and apart.
fn is_within(range: &Range<usize>, marks: &[Range<usize>]) -> bool {
    let next = marks.partition_point(|mark| mark.start <= range.start);
    let mark = next.checked_sub(1).and_then(|last| marks.get(last));
    mark.is_some_and(|mark| range.end <= mark.end)
}

/// Places that overlap become one, by the rule of a user's pattern, else of the
/// longest: nothing of either is left.
fn merged(mut places: Vec<Place<'_>>) -> Vec<Place<'_>> {
    places.sort_by_key(|place| place.range.start);
    let rank = |place: &Place<'_>| (matches!(place.kind, Kind::Custom(_)), place.range.len());
    let mut merged: Vec<Place<'_>> = Vec::new();
    for mut place in places {
        match merged.last_mut() {
            Some(last) if place.range.start < last.range.end => {
                let union = last.range.start..last.range.end.max(place.range.end);
                if rank(&place) > rank(last) {
                    std::mem::swap(last, &mut place);
                }
                last.range = union;
            }
            _ => merged.push(place),
        }
    }
    merged
}
