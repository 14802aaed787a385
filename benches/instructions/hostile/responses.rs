//! In the words of OpenAI's responses: whole, as events, and asked for.

use super::Arrives::{Answer, Events, Request};
use super::Beside::Itself;
use super::{Group, RESPONSES, empty, falling, plain, zero};

pub(super) const GROUPS: &[Group] = &[
    Group {
        url: RESPONSES,
        arrives: Answer,
        beside: Itself,
        between: ",",
        rows: &[
            ("empty items", r#"{"output":["#, "]}", empty),
            ("items that are none", r#"{"output":["#, "]}", zero),
            ("items that are calls", r#"{"output":["#, "]}", |n| {
                format!(
                    r#"{{"type":"function_call","call_id":"c{n}","name":"f","arguments":"{{}}"}}"#
                )
            }),
            (
                "parts of an item",
                r#"{"output":[{"type":"message","content":["#,
                "]}]}",
                |_| r#"{"type":"output_text","text":"a"}"#.to_owned(),
            ),
            (
                "a summary of many parts",
                r#"{"output":[{"type":"reasoning","summary":["#,
                "]}]}",
                |_| r#"{"type":"summary_text","text":"a"}"#.to_owned(),
            ),
            (
                "arguments of an item as JSON",
                r#"{"output":[{"type":"function_call","arguments":["#,
                "]}]}",
                zero,
            ),
        ],
    },
    Group {
        url: RESPONSES,
        arrives: Answer,
        beside: Itself,
        between: "",
        rows: &[
            (
                "escaped arguments of an item",
                r#"{"output":[{"type":"function_call","name":"f","arguments":""#,
                r#""}]}"#,
                |_| r#"\"a\""#.to_owned(),
            ),
            (
                "a long text of an item",
                r#"{"output":[{"type":"message","content":[{"text":""#,
                r#""}]}]}"#,
                plain,
            ),
            (
                "a long type of an item",
                r#"{"output":[{"type":""#,
                r#""}]}"#,
                plain,
            ),
        ],
    },
    Group {
        url: RESPONSES,
        arrives: Events,
        beside: Itself,
        between: "\n",
        rows: &[
            ("items at falling indexes", "", "", |n| {
                format!(
                    r#"{{"type":"response.output_item.added","output_index":{},"item":{{"type":"function_call","call_id":"c{n}","name":"f"}}}}"#,
                    falling(n)
                )
            }),
            ("deltas of items at falling indexes", "", "", |n| {
                format!(
                    r#"{{"type":"response.output_text.delta","output_index":{},"delta":"a"}}"#,
                    falling(n)
                )
            }),
            ("deltas of an item", "", "", |_| {
                r#"{"type":"response.output_text.delta","output_index":0,"delta":"word "}"#
                    .to_owned()
            }),
            ("deltas of arguments", "", "", |_| {
                r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"0"}"#
                    .to_owned()
            }),
            ("one item done again and again", "", "", |n| {
                format!(
                    r#"{{"type":"response.output_item.done","output_index":0,"item":{{"type":"message","id":"m{n}","content":[{{"text":"word "}}]}}}}"#
                )
            }),
            ("responses again and again", "", "", |n| {
                format!(
                    r#"{{"type":"response.in_progress","response":{{"id":"{n}","model":"m{n}","status":"s{n}"}}}}"#
                )
            }),
        ],
    },
    Group {
        url: RESPONSES,
        arrives: Request,
        beside: Itself,
        between: ",",
        rows: &[
            ("a request of items", r#"{"input":["#, "]}", |n| {
                format!(r#"{{"type":"function_call_output","call_id":"c{n}","output":"a"}}"#)
            }),
            (
                "a request of items that are none",
                r#"{"input":["#,
                "]}",
                zero,
            ),
        ],
    },
    Group {
        url: RESPONSES,
        arrives: Request,
        beside: Itself,
        between: "",
        rows: &[("a request of a long input", r#"{"input":""#, r#""}"#, plain)],
    },
];
