//! Lists, and the objects in them.

use super::Entry;
use crate::format::room::MAX_SLOTS;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A list, empty if it is none.
pub(in crate::format) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list = deserializer.deserialize_any(ListVisitor(PhantomData))?;
    Ok(list.unwrap_or_default())
}

/// The texts of a list, or one text in its place.
pub(in crate::format) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let mut texts = Vec::new();
    Texts(&mut texts).deserialize(deserializer)?;
    Ok(texts)
}

/// The objects of a list, passing over what is none.
pub(in crate::format) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    known_objects(deserializer).map(Option::unwrap_or_default)
}

/// As [`objects`]; nothing if there is no list, which is not the same as none in
/// it.
pub(in crate::format) fn known_objects<'de, D, T>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list: Option<Vec<Entry<T>>> = deserializer.deserialize_any(ListVisitor(PhantomData))?;
    Ok(list.map(|list| list.into_iter().filter_map(|entry| entry.0).collect()))
}

/// A list that should be short: as much as is kept of one.
#[derive(Debug)]
pub(in crate::format) struct Few<T> {
    pub(in crate::format) entries: Vec<T>,
    /// Whether there were more.
    pub(in crate::format) is_cut: bool,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            is_cut: false,
        }
    }
}

/// The first objects of a list, passing over what is none.
pub(in crate::format) fn few_objects<'de, D, T>(deserializer: D) -> Result<Few<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(FewVisitor(|entry: Entry<T>| entry.0))
}

/// As [`few_objects`], for a field whose absence says something.
pub(in crate::format) fn given_objects<'de, D, T>(
    deserializer: D,
) -> Result<Option<Few<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    few_objects(deserializer).map(Some)
}

/// The first entries of a list; nothing if it is none.
pub(in crate::format) fn few<'de, D, T>(deserializer: D) -> Result<Few<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(FewVisitor(Some::<T>))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Some(items))
    }

    otherwise_nothing!(None, visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    skip_map!(None);
}

/// Adds texts, wherever they lie.
struct Texts<'t>(&'t mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push(text.to_owned());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Texts(self.0))?.is_some() {}
        Ok(())
    }

    otherwise_nothing!((), visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
    skip_map!(());
}

/// With what becomes of an entry, if it is one.
struct FewVisitor<I, T>(fn(I) -> Option<T>);

impl<'de, I: Deserialize<'de>, T> Visitor<'de> for FewVisitor<I, T> {
    type Value = Few<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut few = Few::default();
        while few.entries.len() < MAX_SLOTS {
            match list.next_element()? {
                Some(entry) => few.entries.extend((self.0)(entry)),
                None => return Ok(few),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            few.is_cut = true;
        }
        Ok(few)
    }

    otherwise_nothing!(Few::default(), visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    skip_map!(Few::default());
}

/// How many entries a list has, if it is one.
#[derive(Debug)]
pub(in crate::format) struct Counted(pub(in crate::format) Option<u64>);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor).map(Self)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut count = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Some(count))
    }

    otherwise_nothing!(None, visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    skip_map!(None);
}
