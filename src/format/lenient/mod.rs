//! Reading JSON that is not quite what a format says.
//!
//! A field of the wrong type must cost that field and nothing else: providers
//! that speak another's format take liberties, and a whole answer must not be
//! lost to a number in quotes. What does not fit counts as absent.

/// Passes over what a visitor has no use for.
macro_rules! otherwise_nothing {
    ($nothing:expr, $($method:ident: $type:ty),*) => {
        $(fn $method<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok($nothing)
        })*

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
}

macro_rules! skip_seq {
    ($nothing:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
}

macro_rules! skip_map {
    ($nothing:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
}

mod list;
mod text;

pub(super) use {otherwise_nothing, skip_seq};

pub(super) use list::{
    Counted, Few, few, few_objects, given_objects, known_objects, list, objects, one_or_many,
};
pub(super) use text::{Said, Text, written};

use serde::Deserialize;
use serde::de::{DeserializeSeed as _, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

/// A number, if it is one.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    scalar(deserializer, Scalar::number)
}

/// A whole number, if it is one.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    scalar(deserializer, Scalar::integer)
}

/// A count: a whole number that is not negative. One beyond all is the largest,
/// so that it is known that there was one.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    scalar(deserializer, Scalar::count)
}

/// A position in a list.
pub(super) fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    scalar(deserializer, |scalar| {
        usize::try_from(scalar.integer()?).ok()
    })
}

/// A position in a list of few entries.
pub(super) fn small_index<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    scalar(deserializer, |scalar| u32::try_from(scalar.integer()?).ok())
}

/// A flag, if it is one.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    scalar(deserializer, Scalar::flag)
}

/// An object, if it is one.
pub(super) fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

/// An entry of a list, if it is an object.
struct Entry<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}

/// A number or a flag as it is written. By its text, so that it is the same
/// whatever `serde_json` makes of numbers: its feature `arbitrary_precision`,
/// which any crate of a program may turn on, makes maps of them.
#[derive(Clone, Copy)]
struct Scalar<'a>(&'a str);

impl Scalar<'_> {
    fn flag(self) -> Option<bool> {
        self.0.parse().ok()
    }

    /// Beyond what a float holds it is infinite, and no number.
    fn number(self) -> Option<f64> {
        let is_number = self
            .0
            .starts_with(|char: char| char == '-' || char.is_ascii_digit());
        let number = self.0.parse::<f64>().ok().filter(|_| is_number);
        number.filter(|number| number.is_finite())
    }

    fn count(self) -> Option<u64> {
        if let Some(integer) = self.integer() {
            return u64::try_from(integer).ok();
        }
        let is_positive = self.0.starts_with(|char: char| char.is_ascii_digit());
        let number = self.0.parse::<f64>().ok().filter(|_| is_positive)?;
        (number >= MAX_WHOLE).then_some(u64::MAX)
    }

    fn integer(self) -> Option<i64> {
        if let Ok(integer) = self.0.parse() {
            return Some(integer);
        }
        // Some write counts as floats; beyond 2^53 a float is no count.
        let number = self.number()?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and small, as tested"
        )]
        (number.fract() == 0.0 && number.abs() < MAX_WHOLE).then_some(number as i64)
    }
}

/// 2^53: up to here floats hold every whole number.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

fn scalar<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    take: impl FnOnce(Scalar<'de>) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(take(Scalar(raw.get())))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let map = serde::de::value::MapAccessDeserializer::new(map);
        PhantomData::<T>.deserialize(map).map(Some)
    }

    otherwise_nothing!(None, visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    skip_seq!(None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[derive(Deserialize)]
    struct Odd<'a> {
        #[serde(borrow)]
        text: Option<Text<'a>>,
        #[serde(default, deserialize_with = "count")]
        count: Option<u64>,
        #[serde(default, deserialize_with = "number")]
        number: Option<f64>,
        #[serde(default, deserialize_with = "flag")]
        flag: Option<bool>,
        #[serde(default, deserialize_with = "list")]
        list: Vec<Text<'a>>,
        #[serde(default, deserialize_with = "object")]
        object: Option<Inner>,
    }

    #[derive(Deserialize)]
    struct Inner {
        #[serde(default, deserialize_with = "integer")]
        integer: Option<i64>,
    }

    #[test]
    fn what_fits_is_read_and_plain_texts_are_borrowed() {
        let odd: Odd<'_> = serde_json::from_str(
            r#"{"text":"a","count":7,"number":1,"flag":true,"list":["b"],"object":{"integer":-1}}"#,
        )
        .unwrap();
        assert!(matches!(odd.text, Some(Text(Cow::Borrowed("a")))));
        assert_eq!(
            (odd.count, odd.number, odd.flag),
            (Some(7), Some(1.0), Some(true))
        );
        assert_eq!(odd.list.len(), 1);
        assert_eq!(odd.object.unwrap().integer, Some(-1));
    }

    #[test]
    fn what_does_not_fit_costs_itself_alone() {
        for wrong in [
            "null",
            "\"x\"",
            "true",
            "-3",
            "1.5",
            "[]",
            "[{}]",
            "{}",
            r#"{"a":[1]}"#,
            "1e400",
            "18446744073709551615",
        ] {
            let json = format!(
                r#"{{"text":{wrong},"count":{wrong},"number":{wrong},"flag":{wrong},"list":{wrong},"object":{wrong}}}"#
            );
            // As a text and inside what is passed over, 1e400 is no number for
            // any reader of JSON numbers.
            let read = serde_json::from_str::<Odd<'_>>(&json);
            assert!(read.is_ok() || wrong == "1e400", "{wrong}");
            let count = ["1e400", "18446744073709551615"].contains(&wrong);
            let count = count.then_some(u64::MAX);
            assert!(read.is_err() || read.unwrap().count == count, "{wrong}");
            let number = format!(r#"{{"count":{wrong},"number":{wrong}}}"#);
            let read = serde_json::from_str::<Odd<'_>>(&number).unwrap();
            assert_eq!(read.count, count, "{wrong}");
        }
    }

    #[test]
    fn counts_may_be_floats_and_parts_are_a_text() {
        let odd: Odd<'_> = serde_json::from_str(
            r#"{"count":12.0,"text":[{"type":"text","text":"a"},"b",{"type":"x"}]}"#,
        )
        .unwrap();
        assert_eq!(odd.count, Some(12));
        assert_eq!(odd.text.unwrap().into_string().as_deref(), Some("ab"));
    }
}
