//! Rounds of tool loops find their own turn, and nobody else's.

use super::support::anthropic;
use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::{closed_port, openai};
use super::support::seams::Format;
use super::support::tes_receiver::TesReceiver;
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Conversation, SpoolSettings, Telemetry, Tes, TurnGrouping};

/// Some servers count the calls of a tool anew in every message.
pub(super) const RESTARTED: &str = "read_file:0";

pub(super) fn gathering(tes: Tes) -> Telemetry {
    let tes = tes.turn_grouping(TurnGrouping::Turn);
    turnspan::builder().tes(tes).build().unwrap()
}

fn started(receiver: &TesReceiver) -> Telemetry {
    gathering(tes_at(&receiver.url(), "tes_key"))
}

/// One person's tool loop: the history grows as a client's does.
#[derive(Debug, Clone)]
pub(super) struct Loop {
    format: Format,
    messages: Vec<Value>,
    /// What each of its rounds costs.
    tokens: u64,
}

impl Loop {
    pub(super) fn of(format: Format, question: &str) -> Self {
        Self {
            format,
            messages: vec![user(question)],
            tokens: 12,
        }
    }

    pub(super) fn costs(self, tokens: u64) -> Self {
        Self { tokens, ..self }
    }

    /// A round after which the model waits for a tool.
    pub(super) fn asks(&mut self, telemetry: &Telemetry, id: &str, arguments: &Value) {
        let (answer, message) = match self.format {
            Format::OpenAi => {
                let answer = openai::tool_call(id, "read_file", &arguments.to_string());
                let message = answer["choices"][0]["message"].clone();
                (answer, message)
            }
            Format::Anthropic => {
                let wants = json!([{"type": "tool_use", "id": id, "name": "read_file", "input": arguments}]);
                let message = json!({"role": "assistant", "content": wants});
                (anthropic::with_content(&wants, "tool_use"), message)
            }
        };
        self.call(telemetry, answer);
        self.messages.push(message);
    }

    /// What the tool found.
    pub(super) fn found(&mut self, id: &str, result: &str) {
        self.messages.push(match self.format {
            Format::OpenAi => json!({"role": "tool", "tool_call_id": id, "content": result}),
            Format::Anthropic => json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id, "content": result}]}),
        });
    }

    /// The last round.
    pub(super) fn ends(&mut self, telemetry: &Telemetry, answer: &str) {
        let answer = match self.format {
            Format::OpenAi => openai::completion(answer),
            Format::Anthropic => anthropic::message(answer),
        };
        self.call(telemetry, answer);
    }

    /// Forgets all but the question and the last messages.
    pub(super) fn keep_last(&mut self, messages: usize) {
        let first = self.messages.len().saturating_sub(messages).max(1);
        self.messages.drain(1..first);
    }

    fn call(&self, telemetry: &Telemetry, mut answer: Value) {
        let input = match self.format {
            Format::OpenAi => "prompt_tokens",
            Format::Anthropic => "input_tokens",
        };
        answer["usage"][input] = json!(self.tokens);
        let url = match self.format {
            Format::OpenAi => "https://api.openai.com/v1/chat/completions",
            Format::Anthropic => "https://api.anthropic.com/v1/messages",
        };
        let request = json!({"model": "m", "max_tokens": 9, "messages": self.messages});
        let call = telemetry.record(url, request.to_string());
        call.response(answer.to_string());
    }
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

/// The turns that came, once telemetry has ended.
fn turns(telemetry: &Telemetry, receiver: &TesReceiver) -> Vec<Value> {
    telemetry.shutdown(PATIENCE).unwrap();
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances(), "{books}");
    attributes(receiver)
}

fn attributes(receiver: &TesReceiver) -> Vec<Value> {
    let events = receiver.accepted();
    let attributes = events.iter().map(|event| &event["data"]["attributes"]);
    attributes.cloned().collect()
}

fn rounds(turn: &Value) -> u64 {
    turn["usage"]["ai_rounds"].as_u64().unwrap()
}

/// The turn that began with a question.
fn asked<'a>(turns: &'a [Value], question: &str) -> &'a Value {
    let mut of = turns.iter().filter(|turn| turn["user_message"] == question);
    let turn = of
        .next()
        .unwrap_or_else(|| panic!("{question}: {turns:#?}"));
    assert!(of.next().is_none(), "{question}: {turns:#?}");
    turn
}

#[test]
fn ids_that_restart_mix_nobody_whose_calls_have_no_name() {
    for format in Format::ALL {
        let receiver = TesReceiver::start();
        let telemetry = started(&receiver);
        let mut ann = Loop::of(format, "Ann's question?");
        let mut bob = Loop::of(format, "Bob's question?");
        ann.asks(&telemetry, RESTARTED, &json!({}));
        bob.asks(&telemetry, RESTARTED, &json!({}));
        for (whose, one) in [("Bob", &mut bob), ("Ann", &mut ann)] {
            one.found(RESTARTED, &format!("{whose}'s file"));
            one.ends(&telemetry, &format!("{whose}'s answer."));
        }
        let turns = turns(&telemetry, &receiver);
        assert_eq!(turns.len(), 2, "{turns:#?}");
        for whose in ["Ann", "Bob"] {
            let turn = asked(&turns, &format!("{whose}'s question?"));
            assert_eq!(turn["assistant_response"], format!("{whose}'s answer."));
            assert_eq!(turn["tool_calls"][0]["result"], format!("{whose}'s file"));
            assert_eq!(rounds(turn), 2);
        }
    }
}

#[test]
fn a_round_whose_first_was_made_elsewhere_joins_nobody() {
    for (ann_is, bob_is) in [
        (Some("ann"), None),
        (None, Some("bob")),
        (None, None),
        // A name that two people have.
        (Some("support"), Some("support")),
    ] {
        let receiver = TesReceiver::start();
        let telemetry = started(&receiver);
        let entered = ann_is.map(|name| Conversation::new(name).enter());
        Loop::of(Format::OpenAi, "Ann's question?").asks(&telemetry, RESTARTED, &json!({}));
        drop(entered);
        let entered = bob_is.map(|name| Conversation::new(name).enter());
        let mut bob = Loop::of(Format::OpenAi, "Bob's question?");
        // As if another process had seen it.
        bob.asks(&turnspan::builder().build().unwrap(), RESTARTED, &json!({}));
        bob.found(RESTARTED, "Bob's file");
        bob.ends(&telemetry, "Bob's answer.");
        drop(entered);
        let turns = turns(&telemetry, &receiver);
        let bob = asked(&turns, "Bob's question?");
        assert_eq!(bob["assistant_response"], "Bob's answer.");
        assert_eq!(rounds(bob), 1);
        let ann = asked(&turns, "Ann's question?");
        assert_eq!(ann["closed_by"], "shutdown");
        assert_eq!(rounds(ann), 1);
    }
}

#[test]
fn a_users_round_never_joins_the_turn_of_another_user() {
    // One name, one question, one id: only the user tells them apart.
    for (ann_is, bob_is) in [
        (
            Conversation::new("support").user("ann"),
            Conversation::new("support").user("bob"),
        ),
        (
            Conversation::new("support").user("ann"),
            Conversation::new("support"),
        ),
        (
            Conversation::anonymous(),
            Conversation::anonymous().user("bob"),
        ),
    ] {
        let receiver = TesReceiver::start();
        // Nor do user ids have to leave for that.
        let tes = tes_at(&receiver.url(), "tes_key").user_ids(turnspan::UserIds::omitted());
        let telemetry = gathering(tes);
        let mut loops = [
            (ann_is, Loop::of(Format::OpenAi, "What is new?"), "ann"),
            (bob_is, Loop::of(Format::OpenAi, "What is new?"), "bob"),
        ];
        for (conversation, one, _) in &mut loops {
            let _entered = conversation.clone().enter();
            one.asks(&telemetry, RESTARTED, &json!({}));
        }
        for (conversation, one, whose) in loops.iter_mut().rev() {
            let _entered = conversation.clone().enter();
            one.found(RESTARTED, whose);
            one.ends(&telemetry, whose);
        }
        let turns = turns(&telemetry, &receiver);
        assert_eq!(turns.len(), 2, "{turns:#?}");
        for turn in turns {
            assert_eq!(turn["tool_calls"][0]["result"], turn["assistant_response"]);
            assert_eq!(rounds(&turn), 2);
        }
    }
}

#[test]
fn what_two_turns_could_have_asked_for_is_a_turn_of_its_own() {
    let receiver = TesReceiver::start();
    let telemetry = started(&receiver);
    let mut first = Loop::of(Format::OpenAi, "Hi.");
    first.asks(&telemetry, RESTARTED, &json!({}));
    let mut second = Loop::of(Format::OpenAi, "Hi.");
    second.asks(&telemetry, RESTARTED, &json!({}));
    second.found(RESTARTED, "mine");
    second.ends(&telemetry, "Mine.");
    let turns = turns(&telemetry, &receiver);
    assert_eq!(turns.iter().map(rounds).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn an_id_is_known_by_what_it_asked_for() {
    let receiver = TesReceiver::start();
    let telemetry = started(&receiver);
    let mut ann = Loop::of(Format::OpenAi, "Read my notes.");
    ann.asks(&telemetry, RESTARTED, &json!({"path": "ann.txt"}));
    let mut bob = Loop::of(Format::OpenAi, "Read my notes.");
    bob.asks(
        &telemetry,
        RESTARTED,
        &json!({"path": "bob.txt", "lines": [1, 2]}),
    );
    // A client may write them in its own way.
    bob.messages[1]["tool_calls"][0]["function"]["arguments"] =
        json!("{ \"lines\": [1, 2.0],\n \"path\": \"bob\\u002etxt\" }");
    bob.found(RESTARTED, "Bob's notes");
    bob.ends(&telemetry, "Bob's answer.");
    let turns = turns(&telemetry, &receiver);
    let bobs = &turns[0];
    assert_eq!(bobs["tool_calls"][0]["args"]["path"], "bob.txt");
    assert_eq!(
        (&bobs["tool_calls"][0]["result"], rounds(bobs)),
        (&json!("Bob's notes"), 2)
    );
    assert_eq!((turns.len(), rounds(&turns[1])), (2, 1));
}

#[test]
fn ids_that_restart_within_one_loop_are_calls_of_one_turn() {
    for format in Format::ALL {
        for name in [None, Some("c1")] {
            let receiver = TesReceiver::start();
            let telemetry = started(&receiver);
            let _entered = name.map(|name| Conversation::new(name).enter());
            let mut one = Loop::of(format, "Q?");
            for result in ["one", "two", "three"] {
                one.asks(&telemetry, RESTARTED, &json!({}));
                one.found(RESTARTED, result);
            }
            one.ends(&telemetry, "Done.");
            let turns = turns(&telemetry, &receiver);
            assert_eq!((turns.len(), rounds(&turns[0])), (1, 4), "{turns:#?}");
            let results = [0, 1, 2].map(|at| turns[0]["tool_calls"][at]["result"].clone());
            assert_eq!(results, ["one", "two", "three"]);
        }
    }
}

#[test]
fn whatever_an_agent_adds_behind_the_results_the_request_answers_them() {
    let image = json!({"role": "user", "content": [
        {"type": "text", "text": "Images of tool results:"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8gd29ybGQ="}}]});
    let reminder = json!({"role": "system", "content": "Two rounds are left."});
    let prefill = json!({"role": "assistant", "content": "It"});
    for (format, extra) in [
        (Format::OpenAi, image),
        (Format::OpenAi, reminder),
        (Format::OpenAi, user("Two rounds are left.")),
        (Format::OpenAi, prefill.clone()),
        (Format::Anthropic, user("Two rounds are left.")),
        (Format::Anthropic, prefill),
    ] {
        for name in [None, Some("c1")] {
            for stays in [true, false] {
                let receiver = TesReceiver::start();
                let telemetry = started(&receiver);
                let _entered = name.map(|name| Conversation::new(name).enter());
                let mut one = Loop::of(format, "What is it?");
                for id in ["a", "b"] {
                    one.asks(&telemetry, id, &json!({}));
                    one.found(id, id);
                    one.messages.push(extra.clone());
                    if !stays && id == "a" {
                        // It was for that round alone.
                        let at = one.messages.len();
                        one.asks(&telemetry, "c", &json!({}));
                        one.messages.remove(at - 1);
                        one.found("c", "c");
                    }
                }
                one.ends(&telemetry, "A cat.");
                let turns = turns(&telemetry, &receiver);
                assert_eq!(
                    turns.len(),
                    1,
                    "{format:?} {name:?} {stays} {extra} {turns:#?}"
                );
                let turn = &turns[0];
                assert_eq!(rounds(turn), if stays { 3 } else { 4 });
                assert_eq!(turn["user_message"], "What is it?");
                for call in turn["tool_calls"].as_array().unwrap() {
                    assert!(call["result"].is_string(), "{turn:#}");
                }
                let sent = String::from_utf8(receiver.requests()[0].body.to_vec()).unwrap();
                assert!(!sent.contains("aGVsbG8gd29ybGQ="));
            }
        }
    }
}

#[test]
fn what_a_client_marks_for_the_cache_changes_nothing() {
    let receiver = TesReceiver::start();
    let telemetry = started(&receiver);
    let mut one = Loop::of(Format::Anthropic, "Q?");
    one.asks(&telemetry, RESTARTED, &json!({}));
    one.found(RESTARTED, "one");
    let mark = json!({"type": "ephemeral"});
    one.messages[0]["content"] = json!([{"type": "text", "text": "Q?", "cache_control": mark}]);
    one.asks(&telemetry, RESTARTED, &json!({}));
    one.messages[0]["content"] = json!([{"type": "text", "text": "Q?"}]);
    one.messages[2]["content"][0]["cache_control"] = mark;
    one.messages[2]["content"][0]["content"] = json!([{"type": "text", "text": "one"}]);
    one.found(RESTARTED, "two");
    one.ends(&telemetry, "Done.");
    let turns = turns(&telemetry, &receiver);
    assert_eq!((turns.len(), rounds(&turns[0])), (1, 3), "{turns:#?}");
}

#[test]
fn a_named_conversation_may_lose_its_oldest_messages_and_change_its_instructions() {
    let receiver = TesReceiver::start();
    let telemetry = started(&receiver);
    let _entered = Conversation::new("c1").enter();
    let mut one = Loop::of(Format::OpenAi, "Q?");
    let system = |text: &str| json!({"role": "system", "content": text});
    let before = [
        system("It is noon."),
        user("Hi."),
        json!({"role": "assistant", "content": "Hi."}),
    ];
    one.messages.splice(0..0, before);
    one.asks(&telemetry, RESTARTED, &json!({}));
    one.found(RESTARTED, "one");
    one.messages.drain(1..3);
    one.messages[0] = system("It is one o'clock.");
    one.asks(&telemetry, RESTARTED, &json!({}));
    one.found(RESTARTED, "two");
    one.ends(&telemetry, "Done.");
    let turns = turns(&telemetry, &receiver);
    assert_eq!((turns.len(), rounds(&turns[0])), (1, 3), "{turns:#?}");
}

#[test]
fn without_content_turns_are_gathered_and_apart_all_the_same() {
    for format in Format::ALL {
        let receiver = TesReceiver::start();
        let telemetry = gathering(tes_at(&receiver.url(), "tes_key").capture_content(false));
        let mut ann = Loop::of(format, "sesame of Ann");
        let mut bob = Loop::of(format, "sesame of Bob");
        ann.asks(&telemetry, RESTARTED, &json!({}));
        bob.found(RESTARTED, "sesame");
        // Two rounds of Ann's, one of somebody else's between them.
        bob.messages.insert(1, ann.messages[1].clone());
        bob.ends(&telemetry, "sesame");
        ann.found(RESTARTED, "sesame");
        ann.ends(&telemetry, "sesame");
        let turns = turns(&telemetry, &receiver);
        assert_eq!(turns.iter().map(rounds).collect::<Vec<_>>(), [1, 2]);
        for request in receiver.requests() {
            let body = String::from_utf8(request.body.to_vec()).unwrap();
            assert!(!body.contains("sesame"), "{body}");
        }
    }
}

/// Promise, kept: The next process goes on with an open turn, and only for whoever began
/// it.
#[test]
fn the_next_process_goes_on_with_a_turn_for_whoever_began_it() {
    let folder = Folder::of("gathering_next_process");
    let port = closed_port();
    let tes = |folder: &Folder| {
        let tes = tes_at(&format!("http://127.0.0.1:{port}"), "tes_key");
        tes.capture_content(false)
            .user_ids(turnspan::UserIds::omitted())
            .spool(SpoolSettings::durable().path(folder.spool()))
    };
    let first = gathering(tes(&folder));
    let mut ann = Loop::of(Format::OpenAi, "sesame of Ann");
    let mut bob = Loop::of(Format::OpenAi, "sesame of Bob");
    let entered = Conversation::anonymous().user("ann-sesame").enter();
    ann.asks(&first, RESTARTED, &json!({}));
    ann.found(RESTARTED, "one");
    ann.asks(&first, RESTARTED, &json!({}));
    drop(entered);
    bob.asks(&turnspan::builder().build().unwrap(), RESTARTED, &json!({}));
    first.flush(PATIENCE).unwrap();
    folder.copy_to("gathering_next_process_after_crash");
    let crashed = Folder::named("gathering_next_process_after_crash");
    drop(first);
    let file = String::from_utf8_lossy(&crashed.bytes()).into_owned();
    assert!(
        !file.contains("sesame"),
        "nothing that was said, and no user"
    );

    let receiver = TesReceiver::at(port);
    let second = gathering(tes(&crashed));
    bob.found(RESTARTED, "two");
    bob.ends(&second, "Bob's answer.");
    let _entered = Conversation::anonymous().user("ann-sesame").enter();
    ann.found(RESTARTED, "two");
    ann.ends(&second, "Ann's answer.");
    let turns = turns(&second, &receiver);
    assert_eq!(turns.iter().map(rounds).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn a_named_conversation_may_forget_all_but_the_question() {
    let receiver = TesReceiver::start();
    let telemetry = started(&receiver);
    let _entered = Conversation::new("c1").enter();
    let mut one = Loop::of(Format::OpenAi, "Q?");
    for result in ["one", "two", "three"] {
        one.asks(&telemetry, RESTARTED, &json!({}));
        one.found(RESTARTED, result);
        one.keep_last(2);
    }
    one.ends(&telemetry, "Done.");
    let turns = turns(&telemetry, &receiver);
    assert_eq!((turns.len(), rounds(&turns[0])), (1, 4), "{turns:#?}");
}

#[test]
fn a_new_question_within_the_same_span_joins_nothing_with_content_or_without() {
    for content in [true, false] {
        let receiver = TesReceiver::start();
        let telemetry = gathering(tes_at(&receiver.url(), "tes_key").capture_content(content));
        let subscriber = tracing_subscriber::registry().with(telemetry.layer());
        tracing::subscriber::with_default(subscriber, || {
            let _batch = tracing::info_span!("batch").entered();
            Loop::of(Format::OpenAi, "Ann's?").asks(&telemetry, RESTARTED, &json!({}));
            Loop::of(Format::OpenAi, "Bob's?").ends(&telemetry, "Bob's.");
        });
        let turns = turns(&telemetry, &receiver);
        assert_eq!(turns.iter().map(rounds).collect::<Vec<_>>(), [1, 1]);
    }
}
