//! A usage object as it is on the wire, read by the table of names.

use super::count::{Count, PerCount};
use super::names::{self, Meaning, Within};
use crate::format::lenient::{self, Few, otherwise_nothing, skip_seq};
use crate::operation::{Counting, Tokens, Usage};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// One report of what was used.
#[derive(Debug, Default)]
pub(in crate::format) struct WireUsage {
    pub(super) counts: PerCount<Option<u64>>,
    /// By which place of its name each count is known; 0 if it is not.
    places: PerCount<u8>,
    pub(super) seconds: Option<f64>,
    pub(super) iterations: Option<Usage>,
}

impl WireUsage {
    /// A name that says something holds before those of a higher place. A 0 says
    /// less than any other count: some servers fill in the names that they do not
    /// use.
    fn count(&mut self, count: Count, place: u8, said: Option<u64>) {
        let Some(said) = said else { return };
        let known = self.counts.get(count);
        let is_first = place < self.places.get(count);
        let is_better = match known {
            Some(0) => said > 0 || is_first,
            Some(_) => said > 0 && is_first,
            None => true,
        };
        if is_better {
            self.counts.set(count, Some(said));
            self.places.set(count, place);
        }
    }

    /// What passes of a model, one after the other, came to in all.
    fn iterations(&mut self, passes: &Few<Self>) {
        let all = passes.entries.iter().map(Self::of_pass);
        self.iterations = all.reduce(Usage::plus);
    }

    /// Only Anthropic's API counts passes.
    fn of_pass(&self) -> Usage {
        let mut tokens = Tokens::counted(Counting::ANTHROPIC);
        tokens.report(self.counts.usage(true));
        tokens.inclusive().0
    }
}

impl<'de> Deserialize<'de> for WireUsage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut wire = Self::default();
        deserializer.deserialize_map(Object {
            wire: &mut wire,
            within: Within::Usage,
        })?;
        Ok(wire)
    }
}

/// Reads an object of counts. One that is something else says nothing.
struct Object<'w> {
    wire: &'w mut WireUsage,
    within: Within,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of counts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(meaning) = map.next_key_seed(Name(self.within))? {
            match meaning {
                Some((Meaning::Count(count), place)) => {
                    let said = map.next_value::<Whole>()?.0;
                    self.wire.count(count, place, said);
                }
                Some((Meaning::Object(within), _)) => map.next_value_seed(Object {
                    wire: self.wire,
                    within,
                })?,
                Some((Meaning::Seconds, _)) => {
                    let said = map.next_value::<Seconds>()?.0;
                    self.wire.seconds = said.or(self.wire.seconds);
                }
                Some((Meaning::Iterations, _)) => {
                    self.wire.iterations(&map.next_value::<Passes>()?.0);
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    otherwise_nothing!((), visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    skip_seq!(());
}

#[derive(Deserialize)]
struct Whole(#[serde(deserialize_with = "lenient::count")] Option<u64>);

#[derive(Deserialize)]
struct Seconds(#[serde(deserialize_with = "lenient::number")] Option<f64>);

#[derive(Deserialize)]
struct Passes(#[serde(deserialize_with = "lenient::few_objects")] Few<WireUsage>);

/// What a key of an object means, and its place.
struct Name(Within);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<(Meaning, u8)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<(Meaning, u8)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(names::meaning(self.0, name))
    }
}
