//! Answers that come whole, and refusals.

use super::Arrives::{Answer, Refusal};
use super::Beside::{Itself, Mended};
use super::{CHAT, Group, MESSAGES, empty, field, plain, zero};

pub(super) const GROUPS: &[Group] = &[
    Group {
        url: CHAT,
        arrives: Answer,
        beside: Itself,
        between: ",",
        rows: &[
            ("empty choices", r#"{"choices":["#, "]}", empty),
            (
                "an answer of tool calls",
                r#"{"choices":[{"message":{"tool_calls":["#,
                "]}}]}",
                |n| {
                    format!(
                        r#"{{"id":"c{n}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#
                    )
                },
            ),
            (
                "tool calls that break off",
                r#"{"choices":[{"message":{"tool_calls":["#,
                "",
                empty,
            ),
            (
                "a text in parts",
                r#"{"choices":[{"message":{"content":["#,
                "]}}]}",
                |_| r#""a""#.to_owned(),
            ),
            (
                "a text in typed parts",
                r#"{"choices":[{"message":{"content":["#,
                "]}}]}",
                |_| r#"{"type":"text","text":"a"}"#.to_owned(),
            ),
            (
                "escaped arguments",
                r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
                r#"0]"}}]}}]}"#,
                |_| r#"\"a\""#.to_owned(),
            ),
            (
                "arguments of numbers",
                r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
                r#"]"}}]}}]}"#,
                zero,
            ),
            (
                "arguments that break off",
                r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
                r#""}}]}}]}"#,
                zero,
            ),
            (
                "arguments of quotes that break off",
                r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
                r#""}}]}}]}"#,
                |_| r#"\"\""#.to_owned(),
            ),
            (
                "arguments as JSON",
                r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":["#,
                "]}}]}}]}",
                zero,
            ),
            (
                "an error of many fields",
                r#"{"choices":[],"error":{"#,
                "}}",
                field,
            ),
            (
                "an error that is a list",
                r#"{"choices":[],"error":["#,
                "]}",
                zero,
            ),
            (
                "an object that is an error",
                r#"{"object":"error","#,
                "}",
                field,
            ),
            ("unknown fields", r#"{"choices":[],"#, "}", field),
            ("a repeated field", r#"{"choices":[],"#, "}", |_| {
                r#""id":"a""#.to_owned()
            }),
        ],
    },
    Group {
        url: CHAT,
        arrives: Answer,
        beside: Itself,
        between: "",
        rows: &[
            (
                "a long text",
                r#"{"choices":[{"message":{"content":""#,
                r#""}}]}"#,
                plain,
            ),
            (
                "an escaped text",
                r#"{"choices":[{"message":{"content":""#,
                r#""}}]}"#,
                |_| r"\n".to_owned(),
            ),
            (
                "a text of escaped backslashes",
                r#"{"choices":[{"message":{"content":""#,
                r#""}}]}"#,
                |_| r"\\u".to_owned(),
            ),
            (
                "a text of escaped pairs",
                r#"{"choices":[{"message":{"content":""#,
                r#""}}]}"#,
                |_| r"\ud83d\ude00".to_owned(),
            ),
            (
                "a text beyond ASCII",
                r#"{"choices":[{"message":{"content":""#,
                r#""}}]}"#,
                |_| "\u{1f600}\u{e9}".to_owned(),
            ),
            (
                "an error that is a text",
                r#"{"choices":[],"error":""#,
                r#""}"#,
                plain,
            ),
            (
                "a count of many digits",
                r#"{"choices":[],"usage":{"prompt_tokens":"#,
                "}}",
                |_| "11111111".to_owned(),
            ),
            (
                "a count of many decimals",
                r#"{"choices":[],"usage":{"prompt_tokens":0."#,
                "}}",
                |_| "11111111".to_owned(),
            ),
            ("a long model", r#"{"choices":[],"model":""#, r#""}"#, plain),
            ("a long id", r#"{"choices":[],"id":""#, r#""}"#, plain),
            (
                "a long id of a tool call",
                r#"{"choices":[{"message":{"tool_calls":[{"id":""#,
                r#""}]}}]}"#,
                plain,
            ),
            (
                "a long name of a tool",
                r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":""#,
                r#""}}]}}]}"#,
                plain,
            ),
            (
                "a long reason",
                r#"{"choices":[{"finish_reason":""#,
                r#""}]}"#,
                plain,
            ),
        ],
    },
    Group {
        url: CHAT,
        arrives: Answer,
        beside: Mended,
        between: "",
        rows: &[
            (
                "half a character after an escaped text",
                r#"{"choices":[{"message":{"content":""#,
                r#"\ud83d"}}]}"#,
                |_| r"\n".to_owned(),
            ),
            (
                "halves of characters",
                r#"{"choices":[{"message":{"content":""#,
                r#""}}]}"#,
                |_| r"\ud83d".to_owned(),
            ),
        ],
    },
    Group {
        url: MESSAGES,
        arrives: Answer,
        beside: Itself,
        between: ",",
        rows: &[
            ("empty blocks", r#"{"content":["#, "]}", empty),
            ("blocks of text", r#"{"content":["#, "]}", |_| {
                r#"{"type":"text","text":"a"}"#.to_owned()
            }),
            ("blocks of tools", r#"{"content":["#, "]}", |n| {
                format!(r#"{{"type":"tool_use","id":"c{n}","name":"f","input":{{}}}}"#)
            }),
            (
                "citations",
                r#"{"content":[{"type":"text","text":"a","citations":["#,
                "]}]}",
                |_| r#"{"cited_text":"a"}"#.to_owned(),
            ),
            (
                "citations of nothing",
                r#"{"content":[{"type":"text","text":"a","citations":["#,
                "]}]}",
                zero,
            ),
            (
                "an input of numbers",
                r#"{"content":[{"type":"tool_use","id":"a","name":"f","input":["#,
                "]}]}",
                zero,
            ),
            (
                "an input of a tool of the provider's",
                r#"{"content":[{"type":"server_tool_use","id":"a","name":"f","input":["#,
                "]}]}",
                zero,
            ),
            (
                "a result of a tool of the provider's",
                r#"{"content":[{"type":"web_search_tool_result","tool_use_id":"a","content":["#,
                "]}]}",
                |_| r#"{"type":"web_search_result","url":"a"}"#.to_owned(),
            ),
        ],
    },
    Group {
        url: MESSAGES,
        arrives: Answer,
        beside: Itself,
        between: "",
        rows: &[(
            "a long id of a block",
            r#"{"content":[{"type":"tool_use","name":"f","id":""#,
            r#""}]}"#,
            plain,
        )],
    },
    Group {
        url: CHAT,
        arrives: Refusal,
        beside: Itself,
        between: ",",
        rows: &[
            ("a refusal of many fields", r#"{"error":{"#, "}}", field),
            ("a refusal that is a list", r#"{"error":["#, "]}", zero),
            (
                "a refusal with many details",
                r#"{"detail":["#,
                "]}",
                |_| r#"{"loc":["a"],"msg":"b"}"#.to_owned(),
            ),
        ],
    },
    Group {
        url: CHAT,
        arrives: Refusal,
        beside: Itself,
        between: "",
        rows: &[(
            "a refusal of many words",
            r#"{"error":{"message":""#,
            r#""}}"#,
            plain,
        )],
    },
];
