//! How a request for a stream asks for its usage, and which event then says it.
//!
//! Reference: `stream_options.include_usage` of the OpenAI API. The usage comes in
//! an event of its own, whose list of choices is empty.

use crate::format::UsageOption;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The option of chat and text completions.
pub(super) const OPTION: UsageOption = UsageOption { asking, is_usage };

const ASKED: &[u8] = br#","stream_options":{"include_usage":true}}"#;

/// The body of a request that asks for the usage of its stream too. Nothing if it
/// asks for no stream, or has options of its own.
fn asking(body: &[u8]) -> Option<Vec<u8>> {
    let asked: Asked<'_> = serde_json::from_slice(body).ok()?;
    let is_plain = asked.stream == Some(true) && asked.stream_options.is_none();
    let before = body.trim_ascii_end().strip_suffix(b"}");
    Some([before.filter(|_| is_plain)?, ASKED].concat())
}

/// Whether the data of an event is the usage, and nothing else.
fn is_usage(data: &[u8]) -> bool {
    let is_short = data.len() <= 64 << 10;
    let said: Option<Said<'_>> = is_short
        .then(|| serde_json::from_slice(data).ok())
        .flatten();
    let Some(Said { choices, usage }) = said else {
        return false;
    };
    let is_empty = choices.is_some_and(|list| {
        let list = list.get().strip_prefix('[');
        list.is_some_and(|list| list.trim_ascii() == "]")
    });
    is_empty && usage.is_some_and(|usage| usage.get().starts_with('{'))
}

#[derive(Deserialize)]
struct Asked<'a> {
    stream: Option<bool>,
    #[serde(borrow, default, deserialize_with = "present")]
    stream_options: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    choices: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

/// A field that is there, be it null.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stream_without_options_is_asked_for_its_usage() {
        let asked = asking(b" {\"model\": \"m\", \"stream\": true } \n").unwrap();
        let asked = String::from_utf8(asked).unwrap();
        assert_eq!(
            asked,
            r#" {"model": "m", "stream": true ,"stream_options":{"include_usage":true}}"#
        );
        for body in [
            r#"{"stream": false}"#,
            r#"{"model": "m"}"#,
            r#"{"stream": true, "stream_options": null}"#,
            r#"{"stream": true, "stream_options": {"include_usage": false}}"#,
            r#"{"stream": true, "stream": true}"#,
            r#"{"stream": true"#,
            r#"[{"stream": true}]"#,
            "",
        ] {
            assert_eq!(asking(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn an_event_is_of_usage_alone_if_it_has_no_choices() {
        for (data, expected) in [
            (r#"{"choices":[],"usage":{"prompt_tokens":1}}"#, true),
            (r#"{"usage":{}, "choices": [ ]}"#, true),
            (r#"{"choices":[],"usage":null}"#, false),
            (r#"{"choices":[],"prompt_filter_results":[]}"#, false),
            (r#"{"choices":[{}],"usage":{}}"#, false),
            (r#"{"usage":{}}"#, false),
            ("[DONE]", false),
        ] {
            assert_eq!(is_usage(data.as_bytes()), expected, "{data}");
        }
    }
}
