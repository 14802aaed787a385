//! JSON in which texts, keys and numbers are replaced, and nothing else: order,
//! blanks and the digits of other numbers stay.

use regex::Regex;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// What may be replaced, by a text.
pub(super) enum Leaf<'a> {
    Key(&'a str),
    /// With the name that it stands under.
    Text(&'a str, Option<&'a str>),
    Number(&'a str),
}

/// Whether a text is JSON, nested however deep.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `json` with what `replace` says; `None` if that is nothing.
pub(super) fn rewritten(
    json: &str,
    replace: impl Fn(Leaf<'_>) -> Option<String>,
) -> Option<String> {
    let mut edits = Vec::new();
    let mut has_new_keys = false;
    let mut name = None;
    for token in Tokens::of(json) {
        let text = json.get(token.range.clone()).unwrap_or_default();
        let new = match token.kind {
            TokenKind::Key => {
                let key = name.insert(unquoted(text));
                replace(Leaf::Key(key))
            }
            TokenKind::Text => replace(Leaf::Text(&unquoted(text), name.as_deref())),
            TokenKind::Number => replace(Leaf::Number(text)),
            TokenKind::Open => None,
            TokenKind::Close => {
                name = None;
                None
            }
        };
        if let Some(new) = new {
            has_new_keys |= token.kind == TokenKind::Key;
            edits.push((token.range, quoted(&new)));
        }
    }
    if edits.is_empty() {
        return None;
    }
    let json = edited(json, edits);
    Some(if has_new_keys {
        with_distinct_keys(&json)
    } else {
        json
    })
}

/// `text` with other texts in some ranges, which are in order and apart.
pub(super) fn edited(text: &str, edits: Vec<(Range<usize>, String)>) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for (range, edit) in edits {
        new.push_str(text.get(at..range.start).unwrap_or_default());
        new.push_str(&edit);
        at = range.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// The names of one object.
#[derive(Default)]
pub(super) struct Names {
    /// With the number of the last name that was made of each.
    taken: HashMap<String, u64>,
}

impl Names {
    /// `name`, or the first of `name 2`, `name 3`... that is free.
    pub(super) fn take(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = self.taken.get(name).copied().unwrap_or(1);
        while self.taken.contains_key(&free) {
            number += 1;
            free = format!("{name} {number}");
        }
        self.taken.insert(name.to_owned(), number);
        self.taken.entry(free.clone()).or_insert(1);
        free
    }
}

/// Two keys of one object may have become the same, of which readers keep one.
fn with_distinct_keys(json: &str) -> String {
    let mut objects: Vec<Names> = Vec::new();
    let mut edits = Vec::new();
    for token in Tokens::of(json) {
        match token.kind {
            TokenKind::Open => objects.push(Names::default()),
            TokenKind::Close => drop(objects.pop()),
            TokenKind::Key => {
                let text = json.get(token.range.clone()).unwrap_or_default();
                let key = unquoted(text);
                let free = objects.last_mut().map(|names| names.take(&key));
                if let Some(free) = free.filter(|free| *free != key) {
                    edits.push((token.range, quoted(&free)));
                }
            }
            TokenKind::Text | TokenKind::Number => {}
        }
    }
    edited(json, edits)
}

/// Half of a pair, as a text that was cut has it: no text of ours can.
static SURROGATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}").ok());

/// What a string of JSON says.
fn unquoted(token: &str) -> Cow<'_, str> {
    let inner = token.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let inner = inner.unwrap_or(token);
    if !inner.contains('\\') {
        return inner.into();
    }
    let read = |token: &str| serde_json::from_str::<String>(token).ok();
    let whole = || {
        SURROGATE
            .as_ref()
            .map(|it| it.replace_all(token, r"\ufffd"))
    };
    read(token)
        .or_else(|| read(&whole()?))
        .map_or(Cow::Borrowed(inner), Cow::Owned)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    Open,
    Close,
    Key,
    Text,
    Number,
}

struct Token {
    kind: TokenKind,
    range: Range<usize>,
}

/// The tokens of a text that is known to be JSON, or of a part of one.
struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    fn of(json: &'a str) -> Self {
        Self {
            bytes: json.as_bytes(),
            at: 0,
        }
    }

    fn rest(&self, at: usize) -> impl Iterator<Item = u8> + 'a {
        self.bytes.get(at..).unwrap_or_default().iter().copied()
    }

    /// Behind the quote that ends the string whose first one is at `start`.
    fn string_end(&self, start: usize) -> usize {
        let mut at = start + 1;
        let mut bytes = self.rest(at);
        while let Some(byte) = bytes.next() {
            at += 1;
            match byte {
                b'"' => break,
                b'\\' => at += usize::from(bytes.next().is_some()),
                _ => {}
            }
        }
        at
    }

    fn number_end(&self, start: usize) -> usize {
        let is_part =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        start + self.rest(start).take_while(is_part).count()
    }

    fn is_key(&self, end: usize) -> bool {
        let mut follows = self.rest(end).filter(|byte| !byte.is_ascii_whitespace());
        follows.next() == Some(b':')
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let start = self.at;
            let (kind, end) = match self.bytes.get(start)? {
                b'{' | b'[' => (TokenKind::Open, start + 1),
                b'}' | b']' => (TokenKind::Close, start + 1),
                b'-' | b'0'..=b'9' => (TokenKind::Number, self.number_end(start)),
                b'"' => {
                    let end = self.string_end(start);
                    let is_key = self.is_key(end);
                    (
                        if is_key {
                            TokenKind::Key
                        } else {
                            TokenKind::Text
                        },
                        end,
                    )
                }
                _ => {
                    self.at += 1;
                    continue;
                }
            };
            self.at = end;
            return Some(Token {
                kind,
                range: start..end,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With every `x` replaced by `y`, and 1 by a text.
    fn replaced(json: &str) -> Option<String> {
        let changed = rewritten(json, |leaf| match leaf {
            Leaf::Key(text) | Leaf::Text(text, _) => {
                text.contains('x').then(|| text.replace('x', "\"y"))
            }
            Leaf::Number(number) => (number == "1").then(|| "one".to_owned()),
        });
        assert!(changed.as_deref().is_none_or(is_json), "{changed:?}");
        changed
    }

    #[test]
    fn texts_keys_and_numbers_are_replaced_and_the_rest_stays() {
        assert_eq!(
            replaced(r#" {"b" : ["x\n", 1, 1.50, -1e400], "ax": {"a":null,"x":true} }"#).unwrap(),
            r#" {"b" : ["\"y\n", "one", 1.50, -1e400], "a\"y": {"a":null,"\"y":true} }"#
        );
        assert_eq!(replaced(r#"{"a":[12,"\\",true]}"#), None);
        assert_eq!(replaced("1").unwrap(), "\"one\"");
        assert_eq!(replaced(r#""\u0078""#).unwrap(), r#""\"y""#);
    }

    #[test]
    fn a_text_is_told_with_the_name_that_it_stands_under() {
        let json = r#"{"a":"t","b":["u",{"c":{}},"v"],"d":1,"e\n":"w"}"#;
        let told = std::cell::RefCell::new(Vec::new());
        rewritten(json, |leaf| {
            if let Leaf::Text(text, name) = leaf {
                told.borrow_mut().push(format!("{name:?} {text}"));
            }
            None
        });
        assert_eq!(
            told.into_inner(),
            [
                "Some(\"a\") t",
                "Some(\"b\") u",
                "None v",
                "Some(\"e\\n\") w"
            ]
        );
    }

    #[test]
    fn keys_stay_apart() {
        assert_eq!(
            replaced(r#"{"x":0,"\"y":0,"\u0078":{"x":0}}"#).unwrap(),
            r#"{"\"y":0,"\"y 2":0,"\"y 3":{"\"y":0}}"#
        );
    }

    #[test]
    fn half_a_character_hides_nothing() {
        assert_eq!(
            replaced(r#"["\ud83d x","\ud83d\ude00 x"]"#).unwrap(),
            "[\"\u{fffd} \\\"y\",\"\u{1f600} \\\"y\"]"
        );
        assert_eq!(replaced(r#"["\ud83d"]"#), None);
    }

    #[test]
    fn depth_is_no_obstacle() {
        let deep = format!("{}\"x\"{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(replaced(&deep).unwrap().contains(r#"["\"y"]"#));
    }
}
