//! Streams: one event that is large, and many of them.

use super::Arrives::{Events, Stream};
use super::Beside::{Itself, Mended, Numbers};
use super::{CHAT, Group, MESSAGES, empty, falling, field, plain, zero};

/// A word that no room is left for soon.
fn word() -> String {
    "m".repeat(30_000)
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        url: CHAT,
        arrives: Events,
        beside: Itself,
        between: ",",
        rows: &[
            (
                "empty tool calls",
                r#"{"choices":[{"delta":{"tool_calls":["#,
                "]}}]}",
                empty,
            ),
            (
                "tool calls of one index",
                r#"{"choices":[{"delta":{"tool_calls":["#,
                "]}}]}",
                |n| format!(r#"{{"index":0,"id":"c{n}","function":{{"name":"f"}}}}"#),
            ),
            (
                "tool calls of one index that return",
                r#"{"choices":[{"delta":{"tool_calls":["#,
                "]}}]}",
                |n| {
                    format!(
                        r#"{{"index":0,"id":"c{}","function":{{"name":"f"}}}}"#,
                        n % 1000
                    )
                },
            ),
            (
                "tool calls of falling indexes",
                r#"{"choices":[{"delta":{"tool_calls":["#,
                "]}}]}",
                |n| format!(r#"{{"index":{}}}"#, falling(n)),
            ),
            (
                "tool calls that are none",
                r#"{"choices":[{"delta":{"tool_calls":["#,
                "]}}]}",
                zero,
            ),
            ("empty choices of an event", r#"{"choices":["#, "]}", empty),
            ("choices of falling numbers", r#"{"choices":["#, "]}", |n| {
                format!(r#"{{"index":{},"delta":{{"content":"a"}}}}"#, falling(n))
            }),
            ("choices with usage", r#"{"choices":["#, "]}", |_| {
                r#"{"usage":{"prompt_tokens":1}}"#.to_owned()
            }),
            ("choices that failed", r#"{"choices":["#, "]}", |_| {
                r#"{"error":{}}"#.to_owned()
            }),
            (
                "choices that end in an error",
                r#"{"choices":["#,
                "]}",
                |_| r#"{"finish_reason":"error"}"#.to_owned(),
            ),
            (
                "nested lists",
                r#"{"choices":[{"delta":{"content":["#,
                "]}}]}",
                |_| "[[[[[[[[]]]]]]]]".to_owned(),
            ),
            (
                "a text in nested lists",
                r#"{"choices":[{"delta":{"content":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["#,
                "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}]}",
                |_| {
                    r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#
                        .to_owned()
                },
            ),
        ],
    },
    Group {
        url: CHAT,
        arrives: Events,
        beside: Mended,
        between: ",",
        rows: &[(
            "half a character after tool calls",
            r#"{"choices":[{"delta":{"tool_calls":["#,
            r#"],"content":"\ud83d"}}]}"#,
            empty,
        )],
    },
    Group {
        url: MESSAGES,
        arrives: Events,
        beside: Itself,
        between: ",",
        rows: &[
            (
                "an event that is an error",
                r#"{"type":"error","#,
                "}",
                field,
            ),
            (
                "an event with an error",
                r#"{"type":"error","error":{"#,
                "}}",
                field,
            ),
        ],
    },
    Group {
        url: CHAT,
        arrives: Events,
        beside: Itself,
        between: "\n",
        rows: &[
            ("events with a long model", "", "", |_| {
                format!(
                    r#"{{"model":"{}","choices":[{{"delta":{{"content":"a"}}}}]}}"#,
                    word()
                )
            }),
            ("events with a long id", "", "", |_| {
                format!(
                    r#"{{"id":"{}","choices":[{{"delta":{{"content":"a"}}}}]}}"#,
                    word()
                )
            }),
            ("events with a long reason", "", "", |_| {
                format!(r#"{{"choices":[{{"finish_reason":"{}"}}]}}"#, word())
            }),
            ("events with a long id of a tool call", "", "", |_| {
                format!(
                    r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":0,"id":"{}","function":{{"name":"f"}}}}]}}}}]}}"#,
                    word()
                )
            }),
            ("events of a word", "", "", |_| {
                r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}],"usage":null}"#.to_owned()
            }),
            ("events of a letter", "", "", |_| {
                r#"{"choices":[{"delta":{"content":"a"}}]}"#.to_owned()
            }),
            ("events of a tool call", "", "", |n| {
                format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":{n}}}]}}}}]}}"#)
            }),
            ("events that are errors", "", "", |_| {
                r#"{"error":{"message":"no"}}"#.to_owned()
            }),
            ("events that repeat a field", "", "", |_| {
                r#"{"id":"a","id":"a"}"#.to_owned()
            }),
            ("events of nothing", "", "", empty),
            ("events that are none", "", "", zero),
        ],
    },
    Group {
        url: MESSAGES,
        arrives: Events,
        beside: Itself,
        between: "\n",
        rows: &[
            ("starts of blocks at falling indexes", "", "", |n| {
                format!(
                    r#"{{"type":"content_block_start","index":{},"content_block":{{"type":"text","text":"a"}}}}"#,
                    falling(n)
                )
            }),
            ("deltas at falling indexes", "", "", |n| {
                format!(
                    r#"{{"type":"content_block_delta","index":{},"delta":{{"text":"a"}}}}"#,
                    falling(n)
                )
            }),
            ("events of a citation", "", "", |_| {
                r#"{"type":"content_block_delta","index":0,"delta":{"citation":{"cited_text":"a"}}}"#.to_owned()
            }),
            ("starts of one block", "", "", |n| {
                format!(
                    r#"{{"type":"content_block_start","index":0,"content_block":{{"type":"tool_use","id":"c{n}","name":"f","input":{{}}}}}}"#
                )
            }),
            ("heads of messages", "", "", |n| {
                format!(
                    r#"{{"type":"message_start","message":{{"id":"{n}","model":"{}","content":[],"usage":{{"input_tokens":1}}}}}}"#,
                    "m".repeat(1000)
                )
            }),
            ("deltas of a word", "", "", |_| {
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}"#.to_owned()
            }),
            ("pieces of an input", "", "", |_| {
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"0"}}"#.to_owned()
            }),
        ],
    },
    Group {
        url: CHAT,
        arrives: Stream,
        beside: Numbers,
        between: "",
        rows: &[
            ("nothing but line ends", "", "", |_| "\n".to_owned()),
            ("nothing but carriage returns", "", "", |_| "\r".to_owned()),
            ("comments", "", "", |_| ":\n".to_owned()),
            ("lines of data", "", "", |_| "data\n".to_owned()),
            ("a line without an end", "", "", plain),
            ("deep lists", "data: ", "\n\n", |_| "[".to_owned()),
            ("deep objects", "data: ", "\n\n", |_| r#"{"a":"#.to_owned()),
            (
                "what is no text",
                r#"data: {"choices":[{"delta":{"content":""#,
                "\n\n",
                |_| "\u{ff}".to_owned(),
            ),
        ],
    },
];
