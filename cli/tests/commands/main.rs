//! The command line, run as a program.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests; in tests themselves these are allowed"
)]

mod support;

mod canaries;
mod completions;
mod doctor;
mod init;
mod spool;

use serde_json::{Value, json};
use std::env;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use support::folder::Folder;
use support::provider::closed_port;
use support::tes_receiver::{Answer, TesReceiver};
use turnspan::{SpoolSettings, Telemetry, Tes};

/// What every wait of the tests allows.
const PATIENCE: Duration = Duration::from_secs(10);

/// What no output may hold.
const KEY: &str = "tes_acme_sesame";

/// A command with an environment of its own.
fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let inherited = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !["OTEL_", "TES_", "TURNSPAN_", "XDG_", "RUST_LOG", "HOME"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_turnspan"));
    command
        .args(arguments)
        .env_clear()
        .envs(inherited)
        .env("HOME", folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .env("TES_SPOOL_PATH", folder.spool());
    command
}

fn run(folder: &Folder, arguments: &[&str]) -> Said {
    Said::by(&mut command(folder, arguments), "")
}

/// With a TES of which the key must not be said.
fn run_with_tes(folder: &Folder, url: &str, arguments: &[&str]) -> Said {
    let mut command = command(folder, arguments);
    command
        .env("TES_ENDPOINT", url)
        .env("TES_CLIENT_ID", "acme")
        .env("TES_API_KEY", KEY);
    Said::by(&mut command, "")
}

/// What a command said, and how it ended.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    /// All of the input comes at once.
    fn by(command: &mut Command, input: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may be gone.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().unwrap();
        Self {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    #[track_caller]
    fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        assert!(!self.out.contains("sesame"), "{}", self.out);
        assert!(!self.err.contains("sesame"), "{}", self.err);
        assert_plain(&self.out);
        assert_plain(&self.err);
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// What others wrote gives a terminal no orders and turns no text round.
#[track_caller]
fn assert_plain(text: &str) {
    let is_order = |c: char| {
        c.is_control() && c != '\n'
            || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}".contains(c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    assert_eq!(text.find(is_order), None, "{text:?}");
}

/// A program that tells TES of its calls, by way of this spool.
fn telemetry(url: &str, spool: &Path) -> Telemetry {
    let tes = Tes::new(url, "acme", KEY).unwrap();
    let tes = tes.spool(SpoolSettings::durable().path(spool));
    turnspan::builder().tes(tes).build().unwrap()
}

/// A call for each text.
fn call(telemetry: &Telemetry, texts: &[&str]) {
    let url = "https://api.openai.com/v1/chat/completions";
    for text in texts {
        let message = json!({"role": "user", "content": text});
        let request = json!({"model": "gpt-4o", "messages": [message]});
        let message = json!({"role": "assistant", "content": "Hi."});
        let choice = json!({"index": 0, "finish_reason": "stop", "message": message});
        let answer = json!({"model": "gpt-4o", "choices": [choice]});
        telemetry
            .record(url, request.to_string())
            .response(answer.to_string());
    }
}

/// Two events that were refused and three that wait; nobody listens at the
/// port any more.
fn filled(folder: &Folder) -> u16 {
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let refusals = ["no", "no"].map(|why| Answer::GraphqlError(why.to_owned()));
    let receiver = TesReceiver::scripted_at(port, refusals);
    let telemetry = telemetry(&url, &folder.spool());
    call(&telemetry, &["first", "second"]);
    telemetry.flush(PATIENCE).unwrap_err();
    drop(receiver);
    call(&telemetry, &["third", "fourth", "fifth"]);
    let left = telemetry.shutdown(Duration::from_millis(300));
    assert_eq!(left.unwrap_err().kept["tes"], 3);
    port
}
