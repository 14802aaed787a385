//! What lies in a frame that means nothing as a whole.

use memchr::memchr;
use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// The JSON values of a frame one by one, and each line of what is no JSON. Some
/// servers put several into one frame, or forget what should stand between.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    rest: &'a [u8],
    /// A value does not end: what follows is not looked through once more for
    /// each of its lines.
    is_broken: bool,
}

impl<'a> Values<'a> {
    pub(crate) fn of(data: &'a [u8]) -> Self {
        Self {
            rest: data.trim_ascii(),
            is_broken: false,
        }
    }

    /// How long the value is that stands first.
    fn value(&mut self) -> Option<usize> {
        if self.is_broken || !self.rest.starts_with(b"{") {
            return None;
        }
        let mut values = Deserializer::from_slice(self.rest).into_iter::<IgnoredAny>();
        let is_value = values.next().is_some_and(|value| value.is_ok());
        self.is_broken = !is_value;
        is_value.then(|| values.byte_offset())
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let line = || memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let end = match self.value() {
            Some(end) => end,
            None => line(),
        };
        let (value, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.trim_ascii_start();
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(data: &str) -> Vec<&str> {
        let values = Values::of(data.as_bytes());
        values.map(|it| std::str::from_utf8(it).unwrap()).collect()
    }

    #[test]
    fn values_are_told_apart_whatever_stands_between_them() {
        for (data, expected) in [
            ("", &[][..]),
            (r#"{"a": 1}"#, &[r#"{"a": 1}"#]),
            (r#"{"a": 1}{"b": "}"}"#, &[r#"{"a": 1}"#, r#"{"b": "}"}"#]),
            ("{\"a\":\n 1}\n[DONE]", &["{\"a\":\n 1}", "[DONE]"]),
            (": ping\n{}\n{}", &[": ping", "{}", "{}"]),
            (
                "{\"a\": [\n{\"b\": 1},\nx",
                &["{\"a\": [", "{\"b\": 1},", "x"],
            ),
        ] {
            assert_eq!(values(data), expected, "{data}");
        }
    }
}
