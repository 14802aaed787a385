//! Calls in which secrets are planted everywhere, and spools that keep events
//! of such calls.
#![allow(
    dead_code,
    reason = "helpers of tests, of which each program uses a part"
)]

use super::folder::Folder;
use super::provider::{Provider, Reply, closed_port, openai};
use super::tes_receiver::{Answer, TesReceiver};
use serde_json::json;
use std::time::Duration;
use turnspan::{
    Action, Conversation, Redaction, SpoolSettings, Telemetry, Tes, TurnGrouping, UserIds,
};

/// What is planted, and what it is called on the page.
pub(crate) const CANARIES: [(&str, &str); 18] = [
    ("canary-prompt", "what the user says"),
    ("canary-system", "system prompt"),
    ("canary-answer", "what the model says"),
    ("canary-arguments", "arguments of tools"),
    ("canary-result", "results of tools"),
    ("canary-definition", "definitions of tools"),
    ("canary-file", "names of files"),
    ("canary-error", "texts of errors"),
    (
        "canary-parameter",
        "arguments of `#[instrument]` functions with `gen_ai.*` fields",
    ),
    ("canary-return", "what they return (`ret`)"),
    ("canary-log", "their log lines"),
    ("canary-order", "log lines of functions around calls"),
    (
        "canary-client",
        "log lines of clients that write prompts or errors",
    ),
    ("canary-user", "user id"),
    ("canary-metadata", "metadata of conversations"),
    ("canary-key", "API keys, in headers"),
    ("canary-query", "queries of URLs"),
    ("canary-password", "user and password of URLs"),
];

pub(crate) fn is_secret(canary: &str) -> bool {
    ["canary-key", "canary-query", "canary-password"].contains(&canary)
}

pub(crate) fn is_in(bytes: &[u8], canary: &str) -> bool {
    bytes
        .windows(canary.len())
        .any(|window| window == canary.as_bytes())
}

/// A call with all of the secrets that a request can have.
pub(crate) async fn call(telemetry: &Telemetry, provider: &Provider) -> Result<String, String> {
    let base = provider
        .base_url()
        .replace("http://", "http://u:canary-password@");
    let request = reqwest::Client::new()
        .post(format!("{base}/chat/completions?key=canary-query"))
        .bearer_auth("canary-key")
        .body(body());
    let answer = telemetry
        .send(request)
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if status.is_success() {
        Ok(text)
    } else {
        Err(text)
    }
}

fn body() -> String {
    let said = json!([
        {"role": "system", "content": "canary-system"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function",
            "function": {"name": "f", "arguments": "{\"a\":\"canary-arguments\"}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "canary-result"},
        {"role": "user", "content": [{"type": "text", "text": "canary-prompt"},
            {"type": "file", "file": {"filename": "canary-file", "file_data": "data:text/plain;base64,QQ=="}}]},
    ]);
    let tools = json!([{"type": "function", "function":
        {"name": "f", "description": "canary-definition", "parameters": {}}}]);
    json!({"model": "gpt-4o", "messages": said, "tools": tools}).to_string()
}

pub(crate) fn answers() -> [Reply; 2] {
    let mut good = openai::tool_call("c2", "f", r#"{"a":"canary-arguments"}"#);
    good["choices"][0]["message"]["content"] = json!("canary-answer");
    [
        Reply::json(good),
        // As providers do, it repeats what it was sent.
        openai::error(
            400,
            "invalid_request_error",
            "canary-error: canary-key, canary-query, canary-password",
        ),
    ]
}

/// A spool by certain settings, and what of the secrets it holds.
pub(crate) struct Planted {
    pub(crate) name: &'static str,
    configure: fn(Tes) -> Tes,
    /// So that a search is known to find something.
    has: &'static [&'static str],
    may_have: fn(&str) -> bool,
}

pub(crate) const SPOOLS: [Planted; 3] = [
    Planted {
        name: "canaries_all",
        configure: |tes| tes,
        has: &["canary-prompt", "canary-user"],
        may_have: |canary| !is_secret(canary),
    },
    Planted {
        name: "canaries_no_content",
        configure: |tes| tes.capture_content(false).user_ids(UserIds::omitted()),
        has: &[],
        may_have: |canary| canary == "canary-metadata",
    },
    Planted {
        name: "canaries_redacted",
        configure: |tes| {
            let rules = Redaction::new().pattern("CANARY", "canary-[a-z]+", Action::Label);
            tes.user_ids(UserIds::hmac("pepper")).redact(rules.unwrap())
        },
        has: &["[CANARY]"],
        may_have: |_| false,
    },
];

impl Planted {
    /// Fills a spool with events of calls: those that a receiver refused, those
    /// that wait for one, and a turn that goes on. Gives every byte of its files.
    pub(crate) async fn spooled(&self, name: &str) -> Vec<u8> {
        let folder = Folder::of(name);
        let alive = format!("{name}_alive");
        let refuse = Answer::GraphqlError("no".to_owned());
        let refusing = TesReceiver::scripted([refuse.clone(), refuse]);
        let dead = format!("http://127.0.0.1:{}", closed_port());
        for url in [refusing.url(), dead] {
            let telemetry = self.calls(&folder, &url).await;
            // As it is while the process lives, and as it is when it is over.
            folder.copy_to(&alive);
            drop(telemetry.shutdown(Duration::from_millis(500)));
        }
        [folder.bytes(), Folder::named(&alive).bytes()].concat()
    }

    async fn calls(&self, folder: &Folder, url: &str) -> Telemetry {
        let spool = SpoolSettings::durable().path(folder.spool());
        let tes = Tes::new(url, "acme", "tes_canary-key")
            .unwrap()
            .spool(spool);
        let tes = (self.configure)(tes.turn_grouping(TurnGrouping::Turn));
        let telemetry = turnspan::builder().tes(tes).build().unwrap();
        let provider = Provider::start(answers());
        let conversation = Conversation::new("c1")
            .user("canary-user")
            .metadata("k", "canary-metadata");
        let calls = async {
            call(&telemetry, &provider).await.unwrap();
            call(&telemetry, &provider).await.unwrap_err();
        };
        conversation.scope(calls).await;
        drop(telemetry.flush(Duration::from_millis(500)));
        let books = telemetry.stats().destinations["tes"].clone();
        assert_eq!(
            (books.open, books.dead_lettered + books.spooled),
            (1, 1),
            "{books}"
        );
        telemetry
    }

    /// Whether bytes of the spool hold what they should.
    pub(crate) fn check(&self, bytes: &[u8]) {
        for text in self.has {
            assert!(is_in(bytes, text), "{}: no {text}", self.name);
        }
        self.check_no_more(bytes);
    }

    /// Whether bytes that were made from it hold no more than it may.
    pub(crate) fn check_no_more(&self, bytes: &[u8]) {
        for (canary, _) in CANARIES {
            let may_have = (self.may_have)(canary);
            assert!(may_have || !is_in(bytes, canary), "{}: {canary}", self.name);
        }
    }
}
