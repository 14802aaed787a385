//! Whose call it is, from the program down to the task.

use super::support::harness::{PATIENCE, tes_at};
use super::support::tes_receiver::TesReceiver;
use opentelemetry_sdk::trace::InMemorySpanExporter;
use serde_json::{Value, json};
use turnspan::{Builder, Conversation, UserIds};

const URL: &str = "https://api.openai.com/v1/chat/completions";

/// The attributes of the one turn that comes of a call.
fn turn(configure: impl FnOnce(Builder) -> Builder, conversation: Option<Conversation>) -> Value {
    let receiver = TesReceiver::start();
    let builder = turnspan::builder().tes(tes_at(&receiver.url(), "tes_key"));
    let telemetry = configure(builder).build().unwrap();
    let entered = conversation.map(|conversation| conversation.enter());
    telemetry.record(URL, "{}").response("{}");
    drop(entered);
    telemetry.flush(PATIENCE).unwrap();
    receiver.accepted()[0]["data"].clone()
}

#[test]
fn the_task_says_more_than_the_program_and_tags_are_joined() {
    let program = Conversation::anonymous()
        .user("nobody")
        .route("/")
        .feature("chatbot")
        .tag("region", "eu")
        .tag("tier", "free");
    let task = Conversation::new("c1")
        .user("u_1")
        .route("/chat")
        .tag("tier", "pro");
    let data = turn(|builder| builder.conversation(program.clone()), Some(task));
    assert_eq!(data["entity_id"], "c1");
    let sent = &data["attributes"];
    assert_eq!(sent["userId"], "u_1");
    assert_eq!(
        (&sent["route"], &sent["feature"]),
        (&json!("/chat"), &json!("chatbot"))
    );
    assert_eq!(sent["tags"], json!({"region": "eu", "tier": "pro"}));
    let data = turn(|builder| builder.conversation(program), None);
    assert_eq!(data["attributes"]["userId"], "nobody");
}

#[test]
fn tags_are_bounded() {
    let many = (0..40).fold(Conversation::new("c1"), |conversation, number| {
        conversation.tag(number.to_string(), "x".repeat(600))
    });
    let many = many.tag("0", 1);
    let tags = &many.metadata_entries()[0].1;
    assert_eq!(tags.as_object().unwrap().len(), 32);
    assert_eq!(tags["0"], 1);
    assert_eq!(tags["1"].as_str().unwrap().chars().count(), 512);
}

#[test]
fn each_destination_has_its_own_user_ids() {
    let spans = InMemorySpanExporter::default();
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_key").user_ids(UserIds::hmac("pepper"));
    let telemetry = turnspan::builder()
        .tes(tes)
        .span_exporter(spans.clone())
        .identity_on_spans(true)
        .user_ids(UserIds::sha256())
        .build()
        .unwrap();
    let entered = Conversation::new("c1").user("abc").enter();
    telemetry.record(URL, "{}").response("{}");
    drop(entered);
    telemetry.flush(PATIENCE).unwrap();
    let user = receiver.accepted()[0]["data"]["attributes"]["userId"].clone();
    assert_eq!(user.as_str().unwrap().len(), 64);
    let tree = turnspan::span_tree(&spans.get_finished_spans().unwrap()).to_string();
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(tree.contains(sha256), "{tree}");
    assert_ne!(user, sha256);
}

#[test]
fn a_user_may_be_left_out() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_key").user_id("fallback");
    let telemetry = turnspan::builder()
        .tes(tes.user_ids(UserIds::omitted()))
        .build()
        .unwrap();
    let entered = Conversation::new("c1").user("abc").enter();
    telemetry.record(URL, "{}").response("{}");
    telemetry.session("s").emit_session_start();
    drop(entered);
    telemetry.flush(PATIENCE).unwrap();
    for event in receiver.accepted() {
        assert!(
            event["data"]["attributes"].get("userId").is_none(),
            "{event}"
        );
    }
}
