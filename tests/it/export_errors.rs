//! What the log says of failed exports: each transcript is a file that people
//! read, `transcripts/<case>.txt`. `TURNSPAN_UPDATE=1` writes them anew.

use super::support::child;
use super::support::folder::Folder;
use super::support::odd_server::{self, HTTP_1, HTTP_2};
use super::support::provider::{Server, closed_port};
use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::{any, post};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A program with these settings, and what it meets.
struct Case {
    name: &'static str,
    /// What happened, as the first line of the transcript.
    about: &'static str,
    settings: Vec<(&'static str, String)>,
    /// Servers that live as long as the case.
    servers: Vec<Server>,
}

impl Case {
    fn new(name: &'static str, about: &'static str, settings: &[(&'static str, String)]) -> Self {
        Self {
            name,
            about,
            settings: settings.to_vec(),
            servers: Vec::new(),
        }
    }

    fn with(mut self, server: Server) -> Self {
        self.servers.push(server);
        self
    }
}

const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

fn status(status: u16) -> Server {
    let status = http::StatusCode::from_u16(status).unwrap();
    Server::start(Router::new().fallback(any(move || async move { status })))
}

fn traces_alone() -> Server {
    Server::start(Router::new().route("/v1/traces", post(async || ())))
}

/// All signals but metrics, which say the same.
fn spans_to(variable: &'static str, url: String) -> [(&'static str, String); 2] {
    [
        (variable, url),
        ("OTEL_METRICS_EXPORTER", "none".to_owned()),
    ]
}

fn of_paths() -> Vec<Case> {
    let (doubled, missing, store) = (traces_alone(), traces_alone(), traces_alone());
    vec![
        Case::new(
            "path_doubled",
            "The base endpoint has the path of traces already.",
            &spans_to(BASE, format!("{}/v1/traces", doubled.url())),
        )
        .with(doubled),
        Case::new(
            "path_missing",
            "The endpoint of one signal lacks its path.",
            &spans_to(TRACES, missing.url()),
        )
        .with(missing),
        Case::new(
            "store_of_traces",
            "The receiver takes traces and knows no metrics.",
            &[(BASE, store.url())],
        )
        .with(store),
    ]
}

fn of_ports() -> Vec<Case> {
    let plain = odd_server::answering(HTTP_1);
    let grpc = odd_server::answering(HTTP_2);
    let [to_base, to_plain] =
        [grpc, plain].map(|address| spans_to(BASE, format!("http://{address}")));
    let mut by_grpc = to_plain.to_vec();
    by_grpc.push((PROTOCOL, "grpc".to_owned()));
    vec![
        Case::new(
            "nothing_listens",
            "No receiver runs.",
            &spans_to(BASE, format!("http://127.0.0.1:{}", closed_port())),
        ),
        Case::new(
            "https_on_a_plain_port",
            "The URL says https, and the port speaks plain HTTP.",
            &spans_to(BASE, format!("https://{plain}")),
        ),
        Case::new(
            "http_on_a_grpc_port",
            "OTLP over HTTP, to a port of gRPC.",
            &to_base,
        ),
        Case::new(
            "grpc_on_an_http_port",
            "OTLP over gRPC, to a port of HTTP/1.1.",
            &by_grpc,
        ),
    ]
}

fn of_answers() -> Vec<Case> {
    let page = Router::new().fallback(any(async || Html("<h1>Sign in</h1>")));
    let away = Router::new().fallback(any(async || {
        Redirect::temporary("https://ann:pw@x.example/in?k=v")
    }));
    let (page, away) = (Server::start(page), Server::start(away));
    let (no_key, busy) = (status(401), status(503));
    let secret = no_key.url().replace("http://", "http://ann:sesame@") + "/?key=sesame";
    vec![
        Case::new(
            "web_page",
            "A sign-in page answers.",
            &spans_to(BASE, page.url()),
        )
        .with(page),
        Case::new(
            "redirect",
            "The receiver has moved.",
            &spans_to(BASE, away.url()),
        )
        .with(away),
        Case::new(
            "credentials",
            "The credentials are not accepted.",
            &spans_to(TRACES, secret),
        )
        .with(no_key),
        Case::new(
            "overloaded",
            "The receiver takes nothing now.",
            &spans_to(BASE, busy.url()),
        )
        .with(busy),
    ]
}

fn tes(url: String, spool: &Folder) -> [(&'static str, String); 4] {
    let spool = spool.path().join("spool.db");
    [
        ("TES_ENDPOINT", url),
        ("TES_CLIENT_ID", "acme".to_owned()),
        ("TES_API_KEY", "tes_sesame".to_owned()),
        ("TES_SPOOL_PATH", spool.display().to_string()),
    ]
}

fn of_tes() -> Vec<Case> {
    let refusing = status(401);
    let page = Server::start(Router::new().fallback(any(async || Html("<h1>Sign in</h1>"))));
    let [down, wrong, other] =
        ["tes_down", "tes_key", "tes_page"].map(|name| Folder::of(&format!("errors_{name}")));
    vec![
        Case::new(
            "tes_down",
            "TES is down; its events are safe in the spool, so the exit neither waits nor warns.",
            &tes(format!("http://127.0.0.1:{}", closed_port()), &down),
        ),
        Case::new(
            "tes_key",
            "TES does not accept the key.",
            &tes(refusing.url(), &wrong),
        )
        .with(refusing),
        Case::new(
            "tes_page",
            "A sign-in page answers instead of TES.",
            &tes(page.url(), &other),
        )
        .with(page),
    ]
}

#[test]
fn typical_errors_say_where_what_came_back_how_many_and_the_cure() {
    let cases = [of_paths(), of_ports(), of_answers(), of_tes()];
    let wrong: Vec<String> = cases.iter().flatten().filter_map(differs).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The transcript, if it is not the one in the file.
fn differs(case: &Case) -> Option<String> {
    let transcript = transcript(case);
    assert!(!transcript.contains("sesame"), "{transcript}");
    let file = folder().join(format!("{}.txt", case.name));
    if std::env::var_os("TURNSPAN_UPDATE").is_some() {
        fs::write(file, transcript).unwrap();
        return None;
    }
    let known = fs::read_to_string(file).unwrap_or_default();
    (known != transcript).then(|| format!("{}:\n{transcript}", case.name))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/transcripts")
}

fn transcript(case: &Case) -> String {
    let toml = case
        .settings
        .iter()
        .map(|(name, value)| format!("{name} = {value:?}\n"));
    let toml = toml.chain(["OTEL_EXPORTER_OTLP_TIMEOUT = 300\n".to_owned()]);
    let place = Folder::of(&format!("errors_of_{}", case.name));
    let file = place.path().join("turnspan.toml");
    fs::create_dir_all(place.path()).unwrap();
    fs::write(&file, toml.collect::<String>()).unwrap();
    let output = child::run("export_errors::a_program", &file.display().to_string());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter_map(|line| {
        let (_, line) = line.split_once(" turnspan: ")?;
        Some(format!("{}\n", with_any_port(line)))
    });
    format!("{}\n\n{}", case.about, lines.collect::<String>())
}

/// Ports differ from run to run.
fn with_any_port(line: &str) -> String {
    let mut parts = line.split("127.0.0.1:");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|char: char| char.is_ascii_digit());
        text = text + "127.0.0.1:PORT" + rest;
    }
    text
}

/// Makes one call, flushes twice, and ends.
#[test]
#[ignore = "a process of its own"]
fn a_program() {
    let telemetry = turnspan::builder().file(child::case()).unwrap();
    let telemetry = telemetry.install().unwrap();
    for _ in 0..2 {
        let url = "https://api.openai.com/v1/chat/completions";
        telemetry.record(url, r#"{"model":"m"}"#).response("{}");
        telemetry.flush(Duration::from_secs(1)).ok();
    }
    let begun = Instant::now();
    drop(telemetry);
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}
