//! Arguments of a tool that come path by path: `{"jsonPath": "$.places[0].name",
//! "stringValue": "Rom", "willContinue": true}`.

use crate::format::lenient::{self, Text};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The longest path: what is nested deeper is no JSON to others.
const MAX_STEPS: usize = 60;

/// The arguments, of pieces one after the other; what cannot be placed is left
/// out.
pub(super) fn assembled(pieces: &str) -> String {
    let mut arguments = Value::Object(Map::new());
    let pieces = serde_json::Deserializer::from_str(pieces).into_iter::<Piece<'_>>();
    for piece in pieces.map_while(Result::ok) {
        piece.add_to(&mut arguments);
    }
    arguments.to_string()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece<'a> {
    #[serde(borrow)]
    json_path: Option<Text<'a>>,
    /// Goes on with what the same path had before.
    #[serde(borrow)]
    string_value: Option<Text<'a>>,
    #[serde(borrow)]
    number_value: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient::flag")]
    bool_value: Option<bool>,
}

impl Piece<'_> {
    fn add_to(self, arguments: &mut Value) {
        let path = self.json_path.as_ref().map_or("", |path| path.0.as_ref());
        let Some(place) = steps(path).and_then(|steps| place(arguments, &steps)) else {
            return;
        };
        if let Some(more) = self.string_value {
            match place {
                Value::String(text) => text.push_str(&more.0),
                other => *other = Value::String(more.0.into_owned()),
            }
        } else if let Some(value) = self.number_value {
            *place = serde_json::from_str(value.get()).unwrap_or_default();
        } else if let Some(flag) = self.bool_value {
            *place = Value::Bool(flag);
        }
    }
}

/// A step down into JSON.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The steps of `$.a[0]['b c']`, if it is such a path and no longer than any
/// real one.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, behind) = step(rest)?;
        steps.push(step);
        rest = behind;
        if steps.len() > MAX_STEPS {
            return None;
        }
    }
    (!steps.is_empty()).then_some(steps)
}

/// The first step, and what is behind it.
fn step(path: &str) -> Option<(Step<'_>, &str)> {
    if let Some(name) = path.strip_prefix('.') {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (key, behind) = name.split_at_checked(end)?;
        return Some((Step::Key(key), behind));
    }
    let inner = path.strip_prefix('[')?;
    for quote in ["'", "\""] {
        if let Some(quoted) = inner.strip_prefix(quote) {
            let (key, behind) = quoted.split_once(quote)?;
            return Some((Step::Key(key), behind.strip_prefix(']')?));
        }
    }
    let (index, behind) = inner.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), behind))
}

/// Where the steps lead, made if it is new. A list grows by one at a time: a
/// number must not make it as long as it likes.
fn place<'v>(value: &'v mut Value, steps: &[Step<'_>]) -> Option<&'v mut Value> {
    let mut place = value;
    for step in steps {
        place = match *step {
            Step::Key(key) => {
                if place.is_null() {
                    *place = Value::Object(Map::new());
                }
                place.as_object_mut()?.entry(key).or_insert(Value::Null)
            }
            Step::Index(index) => {
                if place.is_null() {
                    *place = Value::Array(Vec::new());
                }
                let list = place.as_array_mut()?;
                if index == list.len() {
                    list.push(Value::Null);
                }
                list.get_mut(index)?
            }
        };
    }
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pieces_become_arguments_whatever_their_paths_and_values() {
        let pieces = [
            json!({"jsonPath": "$.text", "stringValue": "a", "willContinue": true}),
            json!({"jsonPath": "$.text", "stringValue": "b"}),
            json!({"jsonPath": "$.places[0].name", "stringValue": "Rom"}),
            json!({"jsonPath": "$.places[0].size", "numberValue": 1.5}),
            json!({"jsonPath": "$.places[1]['in use']", "boolValue": true}),
            json!({"jsonPath": "$[\"none\"]", "nullValue": null}),
        ];
        let pieces = pieces.map(|piece| format!("{piece:#}")).concat();
        let assembled: Value = serde_json::from_str(&assembled(&pieces)).unwrap();
        assert_eq!(
            assembled,
            json!({"text": "ab", "none": null,
                "places": [{"name": "Rom", "size": 1.5}, {"in use": true}]})
        );
    }

    #[test]
    fn what_leads_nowhere_is_left_out() {
        let deep = format!("${}", ".a".repeat(MAX_STEPS + 1));
        for path in [
            "",
            "$",
            "text",
            "$x",
            "$[999999999]",
            "$.a[-1]",
            "$['a",
            &deep,
        ] {
            let piece = json!({"jsonPath": path, "stringValue": "x"}).to_string();
            let all = assembled(&piece);
            assert!(["{}", r#"{"a":[]}"#].contains(&&*all), "{path}: {all}");
        }
        assert_eq!(assembled("{\"jsonPath\": \"$.a\", \"stri"), "{}");
    }
}
