//! Rules on texts, JSON, turns and spans.

use super::*;
use crate::turn::{ToolResult, ToolRun, ToolUse, Turn, TurnError};
use opentelemetry::trace::{Span as _, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, KeyValue, Value as Attribute};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use proptest::prelude::*;
use serde_json::{Value, json};

fn all(action: Action) -> Redaction {
    let find = |rules: Redaction, finding: &Finding| rules.find(*finding, action);
    let rules = Finding::ALL.iter().fold(Redaction::new(), find);
    rules
        .pattern("ORDER", r"ORD-\d+", action)
        .unwrap()
        .hash_key("sesame")
}

const ACTIONS: [Action; 4] = [Action::Label, Action::Hash, Action::Remove, Action::Mask];

/// One of each kind.
const PLANTED: [&str; 9] = [
    "ann@example.com",
    "415-555-2671",
    "+49 30 1234567",
    "123-45-6789",
    "4111 1111 1111 1111",
    "10.1.2.3",
    "2001:db8::1",
    "sk-abcdefghijklmnopqrstuvwx",
    "ORD-17",
];

#[test]
fn every_action_takes_every_finding_out() {
    let text = PLANTED.join(", ");
    let shown = |action| all(action).text(&text).into_owned();
    assert_eq!(
        shown(Action::Label),
        "[EMAIL], [PHONE], [PHONE], [SSN], [CREDIT_CARD], [IP_ADDRESS], [IP_ADDRESS], \
         [API_KEY], [ORDER]"
    );
    assert_eq!(
        shown(Action::Mask),
        "a****@example.com, ****2671, ****4567, ****6789, ****1111, 10.*.*.*, 2001:****, \
         sk-****, ****"
    );
    assert_eq!(shown(Action::Remove), ", , , , , , , , ");
    let hashed = shown(Action::Hash);
    assert!(hashed.starts_with("[EMAIL:24169237e2dc09a4], [PHONE:"));
    for planted in PLANTED {
        assert!(!hashed.contains(planted), "{hashed}");
    }
}

#[test]
fn hidden_differs_from_missing() {
    let rules = all(Action::Remove).field(Field::SystemPrompt, FieldRule::Hide);
    assert_eq!(rules.text("ann@example.com"), "[REMOVED]");
    assert_eq!(rules.text(""), "");
    let turn = rules.turn(Turn {
        system_prompt: Some("Be brief.".to_owned()),
        assistant_response: Some(String::new()),
        ..Turn::default()
    });
    assert_eq!(turn.system_prompt.as_deref(), Some("[REDACTED]"));
    assert_eq!(turn.assistant_response.as_deref(), Some(""));
    assert_eq!(turn.user_message, None);
}

#[test]
fn rules_that_find_nothing_change_nothing() {
    let text = PLANTED.join(" ");
    assert!(matches!(Redaction::new().text(&text), Cow::Borrowed(_)));
    let only = Redaction::new().find(Finding::Email, Action::Label);
    assert_eq!(only.text(&text), text.replace("ann@example.com", "[EMAIL]"));
}

#[test]
fn what_overlaps_leaves_nothing_of_either() {
    let rules = Redaction::personal_data()
        .pattern("HOST", r"example\.com/\S+", Action::Label)
        .unwrap();
    assert_eq!(rules.text("ann@example.com/x y"), "[HOST] y");
    let whole = Redaction::personal_data().pattern("LINE", r"\d.*", Action::Label);
    assert_eq!(whole.unwrap().text("at 10.1.2.3 and on"), "at [LINE]");
}

#[test]
fn what_comes_to_be_by_removal_is_found_too() {
    let rules = all(Action::Remove);
    assert_eq!(rules.text("ann@ORD-1example.com x"), " x");
    let nested = (0..9).fold("ORD-1".to_owned(), |inner, _| format!("OR{inner}D-1"));
    assert_eq!(rules.text(&nested), "[REDACTED]");
}

#[test]
fn labels_protect_nothing_that_is_none() {
    let rules = all(Action::Label);
    for text in [
        "[EMAIL:4111111111111111]",
        "[EMAIL: ann@example.com]",
        "[FOO:4111111111111111]",
        "[EMAIL]ann@example.com",
        "[EMAIL:ann@example.com]",
    ] {
        let left = rules.text(text);
        assert!(
            !left.contains("ann") && !left.contains("4111"),
            "{text}: {left}"
        );
    }
    let greedy = Redaction::new().pattern("PASSWORD", "password: .*", Action::Label);
    assert_eq!(greedy.unwrap().text("password: [EMAIL] x"), "[PASSWORD]");
}

#[test]
fn json_within_json_stays_json() {
    let rules = all(Action::Label);
    let inner = json!({"n": 4_111_111_111_111_111_u64, "ann@example.com": [1.5, null]});
    let outer = json!({"arguments": inner.to_string(), "text": "{ann@example.com}"});
    let left: Value = serde_json::from_str(&rules.text(&outer.to_string())).unwrap();
    assert_eq!(left["text"], "{[EMAIL]}");
    let inner: Value = serde_json::from_str(left["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(inner, json!({"n": "[CREDIT_CARD]", "[EMAIL]": [1.5, null]}));
}

#[test]
fn a_key_is_known_by_the_name_that_it_stands_under() {
    const KEY: &str = "0123456789abcdef0123456789abcdef";
    let rules = all(Action::Label);
    let inner = json!({"headers": {"api-key": KEY, "Authorization": [KEY]}, "id": KEY});
    let outer = json!({"arguments": inner.to_string(), "password": "s3cret-pass"});
    let left: Value = serde_json::from_str(&rules.text(&outer.to_string())).unwrap();
    assert_eq!(left["password"], "[API_KEY]");
    let inner: Value = serde_json::from_str(left["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(
        inner,
        json!({"headers": {"api-key": "[API_KEY]", "Authorization": ["[API_KEY]"]}, "id": KEY})
    );
    let header = rules.attribute("http.request.header.x-api-key", KEY);
    assert_eq!(header.as_deref(), Some("[API_KEY]"));
    let mut metadata = [
        ("apiKey".to_owned(), json!(KEY)),
        ("order".to_owned(), json!(KEY)),
    ];
    rules.metadata(&mut metadata);
    assert_eq!(
        metadata.map(|(_, value)| value),
        [json!("[API_KEY]"), json!(KEY)]
    );
}

#[test]
fn as_many_keys_as_there_are_stay() {
    let keys = (0..20_000).map(|key| (format!("a{key}@example.com"), Value::from(key)));
    let json = Value::Object(keys.collect()).to_string();
    let left = all(Action::Label).text(&json).into_owned();
    let left: serde_json::Map<String, Value> = serde_json::from_str(&left).unwrap();
    assert_eq!(left.len(), 20_000);
    assert!(left.contains_key("[EMAIL]") && left.contains_key("[EMAIL] 20000"));
}

fn turn() -> Turn {
    let all = PLANTED.join(" ");
    Turn {
        session_id: "s".to_owned(),
        tool_calls: vec![ToolUse {
            tool: "pay".to_owned(),
            args: Some(json!({"card": 4_111_111_111_111_111_u64, "who": all}).to_string()),
            result: Some(json!(all).to_string()),
            ..ToolUse::default()
        }],
        tool_results: vec![ToolResult {
            id: None,
            result: Some(json!([all]).to_string()),
        }],
        messages: Some(json!([{"role": "user", "content": all, "n": 4_111_111_111_111_111_u64}])),
        user_message: Some(all.clone()),
        assistant_response: Some(all.clone()),
        system_prompt: Some(all.clone()),
        user_id: Some("ann@example.com".to_owned()),
        metadata: vec![
            ("ann@example.com".to_owned(), json!([{"deep": all}])),
            (
                "bob@example.com".to_owned(),
                4_111_111_111_111_111_u64.into(),
            ),
        ],
        error: Some(TurnError {
            kind: "429".to_owned(),
            message: Some(all),
        }),
        ..Turn::default()
    }
}

fn assert_clean(shown: &str) {
    for planted in PLANTED.into_iter().chain(["4111111111111111"]) {
        assert!(!shown.contains(planted), "{planted} in {shown}");
    }
}

#[test]
fn nothing_is_left_in_a_turn() {
    for action in ACTIONS {
        let rules = all(action).field(Field::UserId, FieldRule::Search);
        let left = rules.turn(turn());
        assert_clean(&format!("{left:?}"));
        let args = left.tool_calls[0].args.clone().unwrap();
        assert!(json::is_json(&args), "{args}");
        assert_eq!(left.metadata.len(), 2);
        assert_ne!(left.metadata[0].0, left.metadata[1].0);
        assert_eq!(
            format!("{:?}", rules.turn(left.clone())),
            format!("{left:?}")
        );
    }
}

#[test]
fn nothing_is_left_of_a_tool_that_ran() {
    let all_texts = PLANTED.join(" ");
    for action in ACTIONS {
        let rules = all(action).field(Field::UserId, FieldRule::Search);
        let left = rules.tool_run(ToolRun {
            tool: "search".to_owned(),
            args: Some(json!({"who": all_texts}).to_string()),
            result: Some(all_texts.clone()),
            user_id: Some("ann@example.com".to_owned()),
            metadata: turn().metadata,
            error: turn().error,
            ..ToolRun::default()
        });
        assert_clean(&format!("{left:?}"));
        assert_eq!(left.tool, "search");
    }
}

#[test]
fn fields_have_rules_of_their_own() {
    let rules = all(Action::Label)
        .field(Field::UserMessage, FieldRule::Keep)
        .field(
            Field::AssistantResponse,
            FieldRule::SearchAnd(Action::Remove),
        )
        .field(Field::ToolArguments, FieldRule::Hide)
        .field(Field::Metadata, FieldRule::Pseudonym)
        .field(Field::UserId, FieldRule::Pseudonym);
    let left = rules.turn(turn());
    assert_eq!(left.user_message, turn().user_message);
    assert_eq!(left.assistant_response.as_deref(), Some("[REMOVED]"));
    assert_eq!(left.tool_calls[0].args.as_deref(), Some("\"[REDACTED]\""));
    assert_eq!(left.user_id.as_deref(), Some("[REDACTED:24169237e2dc09a4]"));
    assert_eq!(left.metadata[0].0, "[EMAIL]");
    assert!(
        left.metadata[0]
            .1
            .as_str()
            .unwrap()
            .starts_with("[REDACTED:")
    );
    assert_eq!(
        format!("{:?}", rules.turn(left.clone())),
        format!("{left:?}")
    );
}

#[test]
fn ids_of_users_stay_unless_a_rule_is_given() {
    let left = all(Action::Label).turn(turn());
    assert_eq!(left.user_id.as_deref(), Some("ann@example.com"));
    let of_settings = Some("ann@example.com".to_owned());
    assert_eq!(all(Action::Label).user_id(of_settings.clone()), of_settings);
}

fn span(attributes: Vec<KeyValue>) -> SpanData {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let all = PLANTED.join(" ");
    let mut span = provider.tracer("test").start("GET /users/ann@example.com");
    span.add_event(
        "asked by ann@example.com",
        vec![KeyValue::new("x", all.clone())],
    );
    span.set_status(Status::error(all.clone()));
    span.add_link(
        opentelemetry::trace::SpanContext::empty_context(),
        vec![KeyValue::new("y", all)],
    );
    span.set_attributes(attributes);
    span.end();
    exporter.get_finished_spans().unwrap().remove(0)
}

fn redacted(rules: &Redaction, attributes: Vec<KeyValue>) -> Vec<(String, Attribute)> {
    let mut span = span(attributes);
    rules.span(&mut span);
    let attributes = span.attributes.into_iter();
    attributes
        .map(|it| (it.key.to_string(), it.value))
        .collect()
}

#[test]
fn nothing_is_left_in_a_span() {
    let all_texts = PLANTED.join(" ");
    let list = PLANTED.map(Into::into).to_vec();
    let messages = json!([{"role": "user", "name": "ann@example.com",
        "parts": [{"type": "text", "content": all_texts, "content ": 1}]}]);
    for action in ACTIONS {
        let mut span = span(vec![
            KeyValue::new("http.url", all_texts.clone()),
            KeyValue::new("return", Attribute::Array(Array::String(list.clone()))),
            KeyValue::new("card", 4_111_111_111_111_111_i64),
            KeyValue::new("card.exact", 4_111_111_111_111_111.0),
            KeyValue::new(
                "cards",
                Attribute::Array(Array::I64(vec![4_111_111_111_111_111, 1])),
            ),
            KeyValue::new("gen_ai.input.messages", messages.to_string()),
            KeyValue::new("gen_ai.tool.description", all_texts.clone()),
            KeyValue::new("exception.message", all_texts.clone()),
            KeyValue::new("tes.metadata.ann@example.com", all_texts.clone()),
        ]);
        all(action).span(&mut span);
        assert_clean(&format!("{span:?}"));
        let once = format!("{span:?}");
        all(action).span(&mut span);
        assert_eq!(format!("{span:?}"), once);
    }
}

#[test]
fn names_ids_and_numbers_of_a_span_stay() {
    let attributes = vec![
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.request.model", "ann@example.com"),
        KeyValue::new("gen_ai.response.id", "ORD-17"),
        KeyValue::new("gen_ai.conversation.id", "ORD-17"),
        KeyValue::new("gen_ai.request.seed", 4_111_111_111_111_111_i64),
        KeyValue::new("server.address", "10.1.2.3"),
        KeyValue::new("error.type", "ORD-17"),
        KeyValue::new("user.id", "ann@example.com"),
        KeyValue::new("code.line.number", 17),
        KeyValue::new("is", true),
    ];
    let mut given = span(attributes);
    given.name = "chat ORD-17".into();
    let mut left = given.clone();
    all(Action::Label).span(&mut left);
    assert_eq!(left.attributes, given.attributes);
    assert_eq!(left.name, given.name);
}

#[test]
fn messages_on_spans_have_the_rules_of_their_fields() {
    let messages = json!([
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "I am ann@example.com"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f",
            "arguments": {"to": "ann@example.com"}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "ok"}]},
    ]);
    let rules = all(Action::Label)
        .field(Field::SystemPrompt, FieldRule::Hide)
        .field(Field::ToolResults, FieldRule::Hide)
        .field(Field::ToolArguments, FieldRule::Keep)
        .field(Field::OtherAttributes, FieldRule::Hide);
    let attributes = redacted(
        &rules,
        vec![
            KeyValue::new("gen_ai.input.messages", messages.to_string()),
            KeyValue::new(
                "gen_ai.system_instructions",
                r#"[{"type":"text","content":"Hush."}]"#,
            ),
            KeyValue::new("gen_ai.tool.call.result", "[1]"),
            KeyValue::new("http.url", "/"),
            KeyValue::new("count", 3),
        ],
    );
    let left: Value = serde_json::from_str(&attributes[0].1.as_str()).unwrap();
    let part = |message: usize| left[message]["parts"][0].clone();
    assert_eq!(part(0), json!({"type": "text", "content": "[REDACTED]"}));
    assert_eq!(part(1)["content"], "I am [EMAIL]");
    assert_eq!(part(2)["arguments"], json!({"to": "ann@example.com"}));
    assert_eq!(part(3)["response"], "[REDACTED]");
    assert_eq!(
        attributes[1].1.as_str(),
        r#"[{"type":"text","content":"[REDACTED]"}]"#
    );
    assert_eq!(attributes[2].1.as_str(), "\"[REDACTED]\"");
    assert_eq!(attributes[3].1.as_str(), "[REDACTED]");
    assert_eq!(attributes[4].1, Attribute::I64(3));
}

/// Texts in which findings, their like, and what stands in their place meet.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(PLANTED.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "[EMAIL]", "[REMOVED]", "[REDACTED]", "[CREDIT_CARD:0123456789abcdef]", "****1111",
            "a****@example.com", "Bearer ", "%40", "4111", "1111 ", "[", "]", "{", "}", "\"", "\\",
            "2024-11-23", "1.2.3", "@", "@example.com", "\u{1f600}", "\u{e9}", "\u{2011}", "OR",
            "D-17", "+1 ", "(415) ", "::", "sk-", "ORDER",
        ])
        .prop_map(str::to_owned),
        2 => prop::sample::select(vec![" ", "", ", ", "-", ".", ":", "/", "\n"])
            .prop_map(str::to_owned),
        1 => "[ -~]{0,8}",
        1 => "[0-9]{1,17}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        texts().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::from(4_111_111_111_111_111_u64)),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(texts(), inner.clone(), 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            inner.prop_map(|inner| Value::from(inner.to_string())),
        ]
    })
}

/// Lists as long, and objects of as many entries.
fn is_of_one_shape(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_of_one_shape(a, b))
        }
        (Value::Object(one), Value::Object(other)) => one.len() == other.len(),
        (Value::Number(_), other) => other.is_number() || other.is_string(),
        (Value::String(_), other) => other.is_string(),
        (one, other) => one == other,
    }
}

proptest! {
    #[test]
    fn twice_is_the_same_as_once(text in texts(), at in 0..ACTIONS.len()) {
        let rules = all(ACTIONS[at]);
        let once = rules.text(&text).into_owned();
        prop_assert_eq!(rules.text(&once), once.clone());
    }

    #[test]
    fn json_stays_json(document in documents(), at in 0..ACTIONS.len()) {
        let rules = all(ACTIONS[at]);
        let search = rules.search(None).unwrap();
        let once = search.json(&document.to_string()).unwrap_or_else(|| document.to_string());
        let left: Value = serde_json::from_str(&once).unwrap();
        prop_assert!(is_of_one_shape(&document, &left) || left == "[REDACTED]", "{}", once);
        prop_assert_eq!(search.json(&once), None);
    }

    #[test]
    fn nothing_that_stands_alone_is_left(
        pieces in prop::collection::vec((0..PLANTED.len(), "[a-z]{0,6}"), 1..8),
        at in 0..ACTIONS.len(),
    ) {
        let texts: Vec<String> = pieces.iter().map(|(at, word)| format!("{}, {word}", PLANTED[*at])).collect();
        let text = texts.join("; ");
        let left = all(ACTIONS[at]).text(&text).into_owned();
        for planted in PLANTED {
            prop_assert!(!left.contains(planted), "{}", left);
        }
    }
}
