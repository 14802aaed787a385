//! Bodies that are made to hurt.

use bytes::Bytes;
use std::fmt::Write as _;

/// How long each body is.
const BYTES: usize = 512 << 10;

const CHAT: &str = "https://api.openai.com/v1/chat/completions";
const MESSAGES: &str = "https://api.anthropic.com/v1/messages";

/// A body, and what it arrives as.
pub(crate) struct Body {
    pub(crate) name: &'static str,
    pub(crate) url: &'static str,
    pub(crate) arrives: Arrives,
    /// JSON, as `serde_json::Value` is to parse it.
    pub(crate) json: Vec<Bytes>,
}

/// As what a body arrives.
#[derive(Clone, Copy)]
pub(crate) enum Arrives {
    Request,
    Answer,
    Refusal,
    Events,
}

/// What is between two items of a body, and what makes the items.
type Row = (
    &'static str,
    &'static str,
    Arrives,
    [&'static str; 3],
    fn(usize) -> String,
);

use Arrives::{Answer, Events, Refusal, Request};

fn empty(_: usize) -> String {
    "{}".to_owned()
}

fn falling(n: usize) -> usize {
    1_000_000 - n
}

fn plain(_: usize) -> String {
    "aaaaaaaa".to_owned()
}

/// A name, a URL, what it is, what is before, between and after the items, and
/// the items.
const ROWS: &[Row] = &[
    (
        "empty tool calls",
        CHAT,
        Events,
        [r#"{"choices":[{"delta":{"tool_calls":["#, ",", "]}}]}"],
        empty,
    ),
    (
        "tool calls in an answer",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"tool_calls":["#, ",", "]}}]}"],
        |n| {
            format!(
                r#"{{"id":"c{n}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#
            )
        },
    ),
    (
        "tool calls of one index",
        CHAT,
        Events,
        [r#"{"choices":[{"delta":{"tool_calls":["#, ",", "]}}]}"],
        |n| format!(r#"{{"index":0,"id":"c{n}","function":{{"name":"f"}}}}"#),
    ),
    (
        "tool calls of one index that return",
        CHAT,
        Events,
        [r#"{"choices":[{"delta":{"tool_calls":["#, ",", "]}}]}"],
        |n| {
            format!(
                r#"{{"index":0,"id":"c{}","function":{{"name":"f"}}}}"#,
                n % 1000
            )
        },
    ),
    (
        "tool calls of falling indexes",
        CHAT,
        Events,
        [r#"{"choices":[{"delta":{"tool_calls":["#, ",", "]}}]}"],
        |n| format!(r#"{{"index":{}}}"#, falling(n)),
    ),
    (
        "no tool calls",
        CHAT,
        Events,
        [r#"{"choices":[{"delta":{"tool_calls":["#, ",", "]}}]}"],
        |_| "1".to_owned(),
    ),
    (
        "empty choices",
        CHAT,
        Events,
        [r#"{"choices":["#, ",", "]}"],
        empty,
    ),
    (
        "empty choices in an answer",
        CHAT,
        Answer,
        [r#"{"choices":["#, ",", "]}"],
        empty,
    ),
    (
        "choices of falling numbers",
        CHAT,
        Events,
        [r#"{"choices":["#, ",", "]}"],
        |n| format!(r#"{{"index":{},"delta":{{"content":"a"}}}}"#, falling(n)),
    ),
    (
        "choices with usage",
        CHAT,
        Events,
        [r#"{"choices":["#, ",", "]}"],
        |_| r#"{"usage":{"prompt_tokens":1}}"#.to_owned(),
    ),
    (
        "choices that failed",
        CHAT,
        Events,
        [r#"{"choices":["#, ",", "]}"],
        |_| r#"{"error":{}}"#.to_owned(),
    ),
    (
        "choices that end in an error",
        CHAT,
        Events,
        [r#"{"choices":["#, ",", "]}"],
        |_| r#"{"finish_reason":"error"}"#.to_owned(),
    ),
    (
        "a text in parts",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"content":["#, ",", "]}}]}"],
        |_| r#""a""#.to_owned(),
    ),
    (
        "a text in typed parts",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"content":["#, ",", "]}}]}"],
        |_| r#"{"type":"text","text":"a"}"#.to_owned(),
    ),
    (
        "a text in nested lists",
        CHAT,
        Events,
        [
            r#"{"choices":[{"delta":{"content":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["#,
            ",",
            "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}]}",
        ],
        |_| r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#.to_owned(),
    ),
    (
        "nested lists",
        CHAT,
        Events,
        [r#"{"choices":[{"delta":{"content":["#, ",", "]}}]}"],
        |_| "[[[[[[[[]]]]]]]]".to_owned(),
    ),
    (
        "a long text",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"content":""#, "", r#""}}]}"#],
        plain,
    ),
    (
        "an escaped text",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"content":""#, "", r#""}}]}"#],
        |_| r"\n".to_owned(),
    ),
    (
        "a text of escaped pairs",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"content":""#, "", r#""}}]}"#],
        |_| r"\ud83d\ude00".to_owned(),
    ),
    (
        "a text beyond ASCII",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"content":""#, "", r#""}}]}"#],
        |_| "\u{1f600}\u{e9}".to_owned(),
    ),
    (
        "escaped arguments",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
            ",",
            r#"0]"}}]}}]}"#,
        ],
        |_| r#"\"a\""#.to_owned(),
    ),
    (
        "arguments of numbers",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
            ",",
            r#"0]"}}]}}]}"#,
        ],
        |_| "0".to_owned(),
    ),
    (
        "arguments that break off",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
            ",",
            r#""}}]}}]}"#,
        ],
        |_| "0".to_owned(),
    ),
    (
        "arguments of quotes that break off",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"["#,
            ",",
            r#""}}]}}]}"#,
        ],
        |_| r#"\"\""#.to_owned(),
    ),
    (
        "arguments as JSON",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":["#,
            ",",
            r#"]}}]}}]}"#,
        ],
        |_| "0".to_owned(),
    ),
    (
        "an error of many fields",
        CHAT,
        Answer,
        [r#"{"choices":[],"error":{"#, ",", "}}"],
        |n| format!(r#""k{n}":0"#),
    ),
    (
        "an error that is a list",
        CHAT,
        Answer,
        [r#"{"choices":[],"error":["#, ",", "]}"],
        |_| "0".to_owned(),
    ),
    (
        "an error that is a text",
        CHAT,
        Answer,
        [r#"{"choices":[],"error":""#, "", r#""}"#],
        plain,
    ),
    (
        "unknown fields",
        CHAT,
        Answer,
        [r#"{"choices":[],"#, ",", "}"],
        |n| format!(r#""k{n}":0"#),
    ),
    (
        "a number of many digits",
        CHAT,
        Answer,
        [r#"{"choices":[],"usage":{"prompt_tokens":"#, "", "}}"],
        |_| "11111111".to_owned(),
    ),
    (
        "a fraction of many digits",
        CHAT,
        Answer,
        [r#"{"choices":[],"usage":{"prompt_tokens":0."#, "", "}}"],
        |_| "11111111".to_owned(),
    ),
    (
        "half a character after tool calls",
        CHAT,
        Events,
        [
            r#"{"choices":[{"delta":{"tool_calls":["#,
            ",",
            r#"],"content":"\ud83d"}}]}"#,
        ],
        empty,
    ),
    (
        "half a character after a text",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"content":""#,
            "",
            r#"\ud83d"}}]}"#,
        ],
        |_| r"\n".to_owned(),
    ),
    (
        "halves of characters",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"content":""#, "", r#""}}]}"#],
        |_| r"\ud83d".to_owned(),
    ),
    (
        "tool calls that break off",
        CHAT,
        Answer,
        [r#"{"choices":[{"message":{"tool_calls":["#, ",", ""],
        empty,
    ),
    (
        "a repeated field",
        CHAT,
        Answer,
        [r#"{"choices":[],"#, ",", "}"],
        |_| r#""id":"a""#.to_owned(),
    ),
    (
        "an object that is an error",
        CHAT,
        Answer,
        [r#"{"object":"error","#, ",", "}"],
        |n| format!(r#""k{n}":0"#),
    ),
    (
        "a long model",
        CHAT,
        Answer,
        [r#"{"choices":[],"model":""#, "", r#""}"#],
        plain,
    ),
    (
        "a long id",
        CHAT,
        Answer,
        [r#"{"choices":[],"id":""#, "", r#""}"#],
        plain,
    ),
    (
        "a long id of a tool call",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"tool_calls":[{"id":""#,
            "",
            r#""}]}}]}"#,
        ],
        plain,
    ),
    (
        "a long name of a tool",
        CHAT,
        Answer,
        [
            r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":""#,
            "",
            r#""}}]}}]}"#,
        ],
        plain,
    ),
    (
        "a long reason",
        CHAT,
        Answer,
        [r#"{"choices":[{"finish_reason":""#, "", r#""}]}"#],
        plain,
    ),
    (
        "events with a long model",
        CHAT,
        Events,
        ["", "\n", ""],
        |_| {
            format!(
                r#"{{"model":"{}","choices":[{{"delta":{{"content":"a"}}}}]}}"#,
                "m".repeat(30_000)
            )
        },
    ),
    (
        "events with a long id",
        CHAT,
        Events,
        ["", "\n", ""],
        |_| {
            format!(
                r#"{{"id":"{}","choices":[{{"delta":{{"content":"a"}}}}]}}"#,
                "m".repeat(30_000)
            )
        },
    ),
    (
        "events with a long reason",
        CHAT,
        Events,
        ["", "\n", ""],
        |_| {
            format!(
                r#"{{"choices":[{{"finish_reason":"{}"}}]}}"#,
                "m".repeat(30_000)
            )
        },
    ),
    (
        "events with a long id of a tool call",
        CHAT,
        Events,
        ["", "\n", ""],
        |_| {
            format!(
                r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":0,"id":"{}","function":{{"name":"f"}}}}]}}}}]}}"#,
                "m".repeat(30_000)
            )
        },
    ),
    ("empty events", CHAT, Events, ["", "\n", ""], empty),
    ("events of one word", CHAT, Events, ["", "\n", ""], |_| {
        r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}],"usage":null}"#.to_owned()
    }),
    (
        "least events of one word",
        CHAT,
        Events,
        ["", "\n", ""],
        |_| r#"{"choices":[{"delta":{"content":"a"}}]}"#.to_owned(),
    ),
    (
        "events of many tool calls",
        CHAT,
        Events,
        ["", "\n", ""],
        |n| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":{n}}}]}}}}]}}"#),
    ),
    ("events that are none", CHAT, Events, ["", "\n", ""], |_| {
        "1".to_owned()
    }),
    (
        "events that are errors",
        CHAT,
        Events,
        ["", "\n", ""],
        |_| r#"{"error":{"message":"no"}}"#.to_owned(),
    ),
    (
        "empty blocks",
        MESSAGES,
        Answer,
        [r#"{"content":["#, ",", "]}"],
        empty,
    ),
    (
        "blocks of text",
        MESSAGES,
        Answer,
        [r#"{"content":["#, ",", "]}"],
        |_| r#"{"type":"text","text":"a"}"#.to_owned(),
    ),
    (
        "blocks of tools",
        MESSAGES,
        Answer,
        [r#"{"content":["#, ",", "]}"],
        |n| format!(r#"{{"type":"tool_use","id":"c{n}","name":"f","input":{{}}}}"#),
    ),
    (
        "citations",
        MESSAGES,
        Answer,
        [
            r#"{"content":[{"type":"text","text":"a","citations":["#,
            ",",
            "]}]}",
        ],
        |_| r#"{"cited_text":"a"}"#.to_owned(),
    ),
    (
        "citations of nothing",
        MESSAGES,
        Answer,
        [
            r#"{"content":[{"type":"text","text":"a","citations":["#,
            ",",
            "]}]}",
        ],
        |_| "0".to_owned(),
    ),
    (
        "an input of numbers",
        MESSAGES,
        Answer,
        [
            r#"{"content":[{"type":"tool_use","id":"a","name":"f","input":["#,
            ",",
            "]}]}",
        ],
        |_| "0".to_owned(),
    ),
    (
        "an input of a tool of the provider's",
        MESSAGES,
        Answer,
        [
            r#"{"content":[{"type":"server_tool_use","id":"a","name":"f","input":["#,
            ",",
            "]}]}",
        ],
        |_| "0".to_owned(),
    ),
    (
        "a result of a tool of the provider's",
        MESSAGES,
        Answer,
        [
            r#"{"content":[{"type":"web_search_tool_result","tool_use_id":"a","content":["#,
            ",",
            "]}]}",
        ],
        |_| r#"{"type":"web_search_result","url":"a"}"#.to_owned(),
    ),
    (
        "an error of many fields, Anthropic",
        MESSAGES,
        Events,
        [r#"{"type":"error","#, ",", "}"],
        |n| format!(r#""k{n}":0"#),
    ),
    (
        "an error with many fields in it, Anthropic",
        MESSAGES,
        Events,
        [r#"{"type":"error","error":{"#, ",", "}}"],
        |n| format!(r#""k{n}":0"#),
    ),
    (
        "a long id of a block",
        MESSAGES,
        Answer,
        [
            r#"{"content":[{"type":"tool_use","name":"f","id":""#,
            "",
            r#""}]}"#,
        ],
        plain,
    ),
    (
        "starts of blocks at falling indexes",
        MESSAGES,
        Events,
        ["", "\n", ""],
        |n| {
            format!(
                r#"{{"type":"content_block_start","index":{},"content_block":{{"type":"text","text":"a"}}}}"#,
                falling(n)
            )
        },
    ),
    (
        "deltas at falling indexes",
        MESSAGES,
        Events,
        ["", "\n", ""],
        |n| {
            format!(
                r#"{{"type":"content_block_delta","index":{},"delta":{{"text":"a"}}}}"#,
                falling(n)
            )
        },
    ),
    (
        "events of one citation",
        MESSAGES,
        Events,
        ["", "\n", ""],
        |_| {
            r#"{"type":"content_block_delta","index":0,"delta":{"citation":{"cited_text":"a"}}}"#
                .to_owned()
        },
    ),
    (
        "starts of one block",
        MESSAGES,
        Events,
        ["", "\n", ""],
        |n| {
            format!(
                r#"{{"type":"content_block_start","index":0,"content_block":{{"type":"tool_use","id":"c{n}","name":"f","input":{{}}}}}}"#
            )
        },
    ),
    ("heads of messages", MESSAGES, Events, ["", "\n", ""], |n| {
        format!(
            r#"{{"type":"message_start","message":{{"id":"{n}","model":"{}","content":[],"usage":{{"input_tokens":1}}}}}}"#,
            "m".repeat(1000)
        )
    }),
    (
        "events of one word, Anthropic",
        MESSAGES,
        Events,
        ["", "\n", ""],
        |_| {
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}"#.to_owned()
        },
    ),
    (
        "pieces of an input",
        MESSAGES,
        Events,
        ["", "\n", ""],
        |_| {
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"0"}}"#.to_owned()
        },
    ),
    (
        "a refusal of many fields",
        CHAT,
        Refusal,
        [r#"{"error":{"#, ",", "}}"],
        |n| format!(r#""k{n}":0"#),
    ),
    (
        "a refusal that is a list",
        CHAT,
        Refusal,
        [r#"{"error":["#, ",", "]}"],
        |_| "0".to_owned(),
    ),
    (
        "a refusal with many details",
        CHAT,
        Refusal,
        [r#"{"detail":["#, ",", "]}"],
        |_| r#"{"loc":["a"],"msg":"b"}"#.to_owned(),
    ),
    (
        "a refusal of many words",
        CHAT,
        Refusal,
        [r#"{"error":{"message":""#, "", r#""}}"#],
        plain,
    ),
    (
        "a request of empty messages",
        CHAT,
        Request,
        [r#"{"messages":["#, ",", "]}"],
        empty,
    ),
    (
        "a request of results",
        CHAT,
        Request,
        [r#"{"messages":["#, ",", "]}"],
        |n| format!(r#"{{"role":"tool","tool_call_id":"c{n}","content":"a"}}"#),
    ),
    (
        "a request of messages",
        CHAT,
        Request,
        [r#"{"messages":["#, ",", "]}"],
        |_| r#"{"role":"user","content":"Hello, who are you?"}"#.to_owned(),
    ),
    (
        "a request of parts",
        CHAT,
        Request,
        [r#"{"messages":[{"role":"user","content":["#, ",", "]}]}"],
        |_| r#"{"type":"text","text":"a"}"#.to_owned(),
    ),
    (
        "a request of tools",
        CHAT,
        Request,
        [r#"{"messages":[],"tools":["#, ",", "]}"],
        |n| format!(r#"{{"type":"function","function":{{"name":"f{n}","parameters":{{}}}}}}"#),
    ),
    (
        "a request of stops",
        CHAT,
        Request,
        [r#"{"messages":[],"stop":["#, ",", "]}"],
        |_| r#""a""#.to_owned(),
    ),
    (
        "a request of stops that are none",
        CHAT,
        Request,
        [r#"{"messages":[],"stop":["#, ",", "]}"],
        |_| "0".to_owned(),
    ),
    (
        "a request of modalities",
        CHAT,
        Request,
        [r#"{"messages":[],"modalities":["#, ",", "]}"],
        |_| r#""a""#.to_owned(),
    ),
    (
        "a request of a long model",
        CHAT,
        Request,
        [r#"{"messages":[],"model":""#, "", r#""}"#],
        plain,
    ),
    (
        "a request of a long escaped model",
        CHAT,
        Request,
        [r#"{"messages":[],"model":""#, "", r#""}"#],
        |_| r"\n".to_owned(),
    ),
    (
        "a request of blocks",
        MESSAGES,
        Request,
        [r#"{"messages":[{"role":"user","content":["#, ",", "]}]}"],
        empty,
    ),
    (
        "a request of results, Anthropic",
        MESSAGES,
        Request,
        [r#"{"messages":[{"role":"user","content":["#, ",", "]}]}"],
        |n| format!(r#"{{"type":"tool_result","tool_use_id":"c{n}","content":"a"}}"#),
    ),
    (
        "a request of messages, Anthropic",
        MESSAGES,
        Request,
        [r#"{"messages":["#, ",", "]}"],
        |_| r#"{"role":"user","content":[]}"#.to_owned(),
    ),
    (
        "a request of stops, Anthropic",
        MESSAGES,
        Request,
        [r#"{"messages":[],"stop_sequences":["#, ",", "]}"],
        |_| r#""a""#.to_owned(),
    ),
    (
        "a request of tools, Anthropic",
        MESSAGES,
        Request,
        [r#"{"messages":[],"tools":["#, ",", "]}"],
        |n| format!(r#"{{"name":"f{n}","input_schema":{{}}}}"#),
    ),
];

pub(crate) fn bodies(of: &str) -> impl Iterator<Item = Body> + '_ {
    ROWS.iter().filter(move |row| row.0.contains(of)).map(body)
}

fn body((name, url, arrives, [before, between, after], item): &Row) -> Body {
    let mut text = (*before).to_owned();
    let mut n = 0;
    while text.len() < BYTES {
        if n > 0 {
            text.push_str(between);
        }
        write!(text, "{}", item(n)).unwrap();
        n += 1;
    }
    text.push_str(after);
    let json = if *between == "\n" {
        text.lines()
            .map(|line| Bytes::from(line.to_owned()))
            .collect()
    } else {
        vec![Bytes::from(text)]
    };
    Body {
        name,
        url,
        arrives: *arrives,
        json,
    }
}
