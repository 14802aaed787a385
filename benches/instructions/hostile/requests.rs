//! Requests: the caller's own, so long ones are no attack.

use super::Arrives::Request;
use super::Beside::Itself;
use super::{CHAT, Group, MESSAGES, empty, plain, zero};

pub(super) const GROUPS: &[Group] = &[
    Group {
        url: CHAT,
        arrives: Request,
        beside: Itself,
        between: ",",
        rows: &[
            (
                "a request of empty messages",
                r#"{"messages":["#,
                "]}",
                empty,
            ),
            ("a request of results", r#"{"messages":["#, "]}", |n| {
                format!(r#"{{"role":"tool","tool_call_id":"c{n}","content":"a"}}"#)
            }),
            ("a request of messages", r#"{"messages":["#, "]}", |_| {
                r#"{"role":"user","content":"Hello, who are you?"}"#.to_owned()
            }),
            (
                "a request of parts",
                r#"{"messages":[{"role":"user","content":["#,
                "]}]}",
                |_| r#"{"type":"text","text":"a"}"#.to_owned(),
            ),
            (
                "a request of tools",
                r#"{"messages":[],"tools":["#,
                "]}",
                |n| {
                    format!(
                        r#"{{"type":"function","function":{{"name":"f{n}","parameters":{{}}}}}}"#
                    )
                },
            ),
            (
                "a request of stops",
                r#"{"messages":[],"stop":["#,
                "]}",
                |_| r#""a""#.to_owned(),
            ),
            (
                "a request of stops that are none",
                r#"{"messages":[],"stop":["#,
                "]}",
                zero,
            ),
            (
                "a request of modalities",
                r#"{"messages":[],"modalities":["#,
                "]}",
                |_| r#""a""#.to_owned(),
            ),
        ],
    },
    Group {
        url: CHAT,
        arrives: Request,
        beside: Itself,
        between: "",
        rows: &[
            (
                "a request of a long model",
                r#"{"messages":[],"model":""#,
                r#""}"#,
                plain,
            ),
            (
                "a request of a long escaped model",
                r#"{"messages":[],"model":""#,
                r#""}"#,
                |_| r"\n".to_owned(),
            ),
        ],
    },
    Group {
        url: MESSAGES,
        arrives: Request,
        beside: Itself,
        between: ",",
        rows: &[
            (
                "a request of blocks",
                r#"{"messages":[{"role":"user","content":["#,
                "]}]}",
                empty,
            ),
            (
                "a request of results of tools",
                r#"{"messages":[{"role":"user","content":["#,
                "]}]}",
                |n| format!(r#"{{"type":"tool_result","tool_use_id":"c{n}","content":"a"}}"#),
            ),
            (
                "a request of messages of blocks",
                r#"{"messages":["#,
                "]}",
                |_| r#"{"role":"user","content":[]}"#.to_owned(),
            ),
            (
                "a request of sequences to stop at",
                r#"{"messages":[],"stop_sequences":["#,
                "]}",
                |_| r#""a""#.to_owned(),
            ),
            (
                "a request of tools with schemas",
                r#"{"messages":[],"tools":["#,
                "]}",
                |n| format!(r#"{{"name":"f{n}","input_schema":{{}}}}"#),
            ),
        ],
    },
];
