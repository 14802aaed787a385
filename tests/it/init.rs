//! `init()` as a program meets it: the examples, run as programs.

use super::support::anthropic;
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Provider, Reply, openai};
use super::support::tes_receiver::TesReceiver;
use std::env;
use std::io::{self, BufRead as _};
use std::path::PathBuf;
use std::process::{self, Command, Output, Stdio};
use std::time::Duration;

/// An example with an environment of its own; `cargo test` has built it.
pub(super) fn run(example: &str, variables: &[(&str, &str)]) -> Output {
    command(example, variables).output().unwrap()
}

fn command(example: &str, variables: &[(&str, &str)]) -> Command {
    let deps = env::current_exe().unwrap();
    let folder: PathBuf = deps.ancestors().nth(2).unwrap().join("examples");
    let program = folder.join(format!("{example}{}", env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is not built: run `cargo test`",
        program.display()
    );
    let inherited = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !["ANTHROPIC_", "OPENAI_", "OTEL_", "TES_", "RUST_LOG"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    });
    let spool = format!(
        "{}/spools/{}.db",
        env!("CARGO_TARGET_TMPDIR"),
        process::id()
    );
    let mut command = Command::new(program);
    command
        .args(["Hello!"])
        .env_clear()
        .envs(inherited)
        .env("TES_SPOOL_PATH", spool)
        .envs(variables.iter().copied());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn provider() -> Provider {
    Provider::start([Reply::json(openai::completion("Hi."))])
}

#[test]
fn nothing_configured_means_nothing_sent_and_is_said_once() {
    let output = run("openai", &[("OPENAI_BASE_URL", &provider().base_url())]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Hi.\n");
    assert_eq!(
        stderr(&output).matches("nothing is sent").count(),
        1,
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_environment_configures_both_destinations() {
    let (provider, otlp, tes) = (provider(), OtlpReceiver::start(), TesReceiver::start());
    let output = run(
        "openai",
        &[
            ("OPENAI_BASE_URL", &provider.base_url()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &otlp.url()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=acme"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("TES_ENDPOINT", &tes.url()),
            ("TES_CLIENT_ID", "acme"),
            ("TES_API_KEY", "svc_key"),
            ("TES_USER_ID", "u_9"),
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(otlp.spans().len(), 1);
    assert_eq!(otlp.requests()[0].0["x-tenant"], "acme");
    assert_eq!(tes.accepted()[0]["data"]["attributes"]["userId"], "u_9");
    assert_eq!(tes.requests()[0].headers["x-service-key"], "svc_key");
}

#[test]
fn every_example_makes_its_spans() {
    let messages = || Provider::start([Reply::json(anthropic::message("Hi."))]);
    let stream = || Provider::start([anthropic::sse(anthropic::stream(&["Hi."]))]);
    let rounds = || {
        let call = openai::tool_calls(&[("call_1", "add", r#"{"a":2,"b":2}"#)]);
        Provider::start([Reply::json(call), Reply::json(openai::completion("Hi."))])
    };
    for (example, provider, spans) in [
        ("anthropic", messages(), 1),
        ("by_hand", stream(), 1),
        ("middleware", provider(), 1),
        ("tools", rounds(), 4),
        ("layer", provider(), 2),
        // The exporters of that provider send its spans.
        ("own_provider", provider(), 0),
        ("metrics", provider(), 1),
        ("instrument", provider(), 1),
    ] {
        let otlp = OtlpReceiver::start();
        let output = run(
            example,
            &[
                ("OPENAI_BASE_URL", &provider.base_url()),
                ("ANTHROPIC_BASE_URL", &provider.url()),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &otlp.url()),
            ],
        );
        assert!(output.status.success(), "{example}: {}", stderr(&output));
        let said = String::from_utf8_lossy(&output.stdout);
        let answer = if example == "instrument" {
            "Hello!"
        } else {
            "Hi."
        };
        assert!(said.contains(answer), "{example}: {said}");
        assert_eq!(otlp.spans().len(), spans, "{example}");
    }
}

#[test]
fn two_services_make_one_tree_in_one_conversation() {
    let (otlp, tes, provider) = (OtlpReceiver::start(), TesReceiver::start(), provider());
    let (otlp_url, tes_url, base) = (otlp.url(), tes.url(), provider.base_url());
    let mut variables = tes_variables(&tes_url).to_vec();
    variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &otlp_url));
    variables.push(("OPENAI_BASE_URL", &base));
    let output = run("two_services", &variables);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Hi.\n");
    let mut spans = otlp.spans();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["ask", "answer", "chat gpt-4o-mini"]);
    assert!(spans[0].parent_span_id.is_empty());
    for (parent, child) in spans.iter().zip(&spans[1..]) {
        assert_eq!(child.trace_id, parent.trace_id);
        assert_eq!(child.parent_span_id, parent.span_id, "{}", child.name);
    }
    let said = format!("{:?}", spans[2]);
    assert!(said.contains("gen_ai.conversation.id") && said.contains("conv-123"));
    let services = format!("{:?}", otlp.resources());
    assert!(services.contains("\"front\"") && services.contains("\"back\""));
    let turns = tes.accepted();
    assert_eq!(turns.len(), 1);
    assert_eq!(turns[0]["data"]["entity_id"], "conv-123");
    assert_eq!(turns[0]["data"]["attributes"]["user_message"], "Hello!");
    // A provider is somebody else's, also if it is at the same host.
    let asked = &provider.requests()[0].headers;
    assert!(!asked.contains_key("traceparent") && !asked.contains_key("baggage"));
}

#[test]
fn a_service_whose_other_one_fails_says_why() {
    let refusing = Provider::start([openai::error(401, "auth", "No.")]);
    let output = run("two_services", &[("OPENAI_BASE_URL", &refusing.base_url())]);
    assert!(!output.status.success());
    let said = stderr(&output);
    assert!(said.contains("401 Unauthorized"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_service_that_is_told_to_end_tells_what_was_under_way() {
    let late = Reply::json(openai::completion("late")).delay_first(Duration::from_secs(60));
    let (provider, tes) = (Provider::start([late]), TesReceiver::start());
    let base = provider.base_url();
    let variables = [
        ("OPENAI_BASE_URL", base.as_str()),
        ("TES_ENDPOINT", &tes.url()),
        ("TES_CLIENT_ID", "acme"),
        ("TES_API_KEY", "svc_key"),
    ];
    let service = command("service", &variables)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    provider.wait_for(1);
    let pid = service.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = service.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "terminated\n");
    let turn = &tes.accepted()[0]["data"]["attributes"];
    assert_eq!(turn["error"]["type"], "cancelled");
    assert_eq!(turn["user_message"], "Hello!");
}

#[test]
fn a_server_keeps_the_conversation_of_a_request_while_it_streams_the_answer() {
    let answer = Reply::sse(openai::stream(&["Hel", "lo!"], true));
    let (provider, tes) = (Provider::start([answer]), TesReceiver::start());
    let base = provider.base_url();
    let variables = [
        ("OPENAI_BASE_URL", base.as_str()),
        ("ADDRESS", "127.0.0.1:0"),
        ("TES_ENDPOINT", &tes.url()),
        ("TES_CLIENT_ID", "acme"),
        ("TES_API_KEY", "svc_key"),
    ];
    let mut server = command("server", &variables)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = io::BufReader::new(server.stdout.take().unwrap()).lines();
    let url = said.next().unwrap().unwrap();
    let answer = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let request = reqwest::Client::new().post(format!("{url}/chat"));
        let request = request.header("x-conversation-id", "conv-123");
        let request = request.header("x-user-id", "u_1").body("Hello!");
        request.send().await.unwrap().text().await.unwrap()
    });
    assert_eq!(answer, "Hello!");
    let pid = server.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(killed.unwrap().success() && server.wait().unwrap().success());
    let turn = &tes.accepted()[0]["data"];
    assert_eq!(turn["entity_id"], "conv-123");
    assert_eq!(turn["attributes"]["userId"], "u_1");
}

#[test]
fn an_exporter_alone_makes_turns_of_what_attributes_carry() {
    let tes = TesReceiver::start();
    let variables = [
        ("TES_ENDPOINT", tes.url()),
        ("TES_CLIENT_ID", "acme".to_owned()),
        ("TES_API_KEY", "svc_key".to_owned()),
    ];
    let variables: Vec<_> = variables
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let output = run("own_pipeline", &variables);
    assert!(output.status.success(), "{}", stderr(&output));
    let turn = &tes.accepted()[0]["data"]["attributes"];
    assert_eq!(turn["user_message"], "Hello!");
    assert_eq!(turn["assistant_response"], "Hi.");
    assert_eq!(turn["usage"]["total_tokens"], 19);
}

#[test]
fn the_quick_start_needs_nothing_and_shows_everything() {
    let output = run("quickstart", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in [
        "assist [internal]",
        "  chat gpt-4o-mini [client]",
        "execute_tool search [internal]",
        "! gen_ai.prompt.sent",
        "! gen_ai.stream.first_token",
        "! gen_ai.retry",
        "! gen_ai.tool.call",
        "! gen_ai.response.received",
        "tes: 6 made = 6 delivered + 0 queued + 0 dropped",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert_eq!(shown.matches("\"eventType\": \"CHAT_TURN\"").count(), 5);
}

#[test]
fn a_bad_setting_is_one_line_with_its_name_and_no_success() {
    let tes = |endpoint, key| {
        [
            ("TES_ENDPOINT", endpoint),
            ("TES_CLIENT_ID", "a"),
            ("TES_API_KEY", key),
        ]
    };
    let cases: [(&str, Vec<(&str, &str)>); 6] = [
        ("OPENAI_BASE_URL", vec![("OPENAI_BASE_URL", "nowhere")]),
        ("OPENAI_API_KEY", vec![("OPENAI_API_KEY", "sesame\nkey")]),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere")],
        ),
        (
            "TES_ENDPOINT",
            tes("http://example.com", "tes_sesame").to_vec(),
        ),
        (
            "TES_API_KEY",
            tes("https://example.com", "tes_sesame\n!").to_vec(),
        ),
        (
            "TES_CLIENT_ID",
            vec![("TES_ENDPOINT", "https://example.com")],
        ),
    ];
    for (name, variables) in cases {
        let output = run("quickstart", &variables);
        let said = stderr(&output);
        assert!(!output.status.success(), "{name}");
        assert_eq!(said.lines().count(), 1, "{name}: {said}");
        assert!(said.contains(name), "{name}: {said}");
        assert!(!said.contains("sesame"), "{name}: {said}");
    }
}

fn tes_variables(url: &str) -> [(&'static str, &str); 3] {
    [
        ("TES_ENDPOINT", url),
        ("TES_CLIENT_ID", "acme"),
        ("TES_API_KEY", "tes_key"),
    ]
}

#[test]
fn turns_by_hand_arrive() {
    let tes = TesReceiver::start();
    let output = run("session", &tes_variables(&tes.url()));
    assert!(output.status.success(), "{}", stderr(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("3 made = 3 delivered"), "{said}");
    let mut kinds: Vec<String> = tes
        .accepted()
        .iter()
        .map(|event| event["eventType"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["CHAT_TURN", "SESSION_START", "TOOL_USE"]);
}

#[test]
fn an_interaction_is_one_tree() {
    let (otlp, tes, provider) = (OtlpReceiver::start(), TesReceiver::start(), provider());
    let (otlp_url, tes_url, base) = (otlp.url(), tes.url(), provider.base_url());
    let mut variables = tes_variables(&tes_url).to_vec();
    variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &otlp_url));
    variables.push(("OPENAI_BASE_URL", &base));
    let output = run("interaction", &variables);
    assert!(output.status.success(), "{}", stderr(&output));
    let spans = format!("{:?}", otlp.spans());
    for name in ["invoke_agent orders", "execute_tool find_order", "chat gpt"] {
        assert!(spans.contains(name), "{name}: {spans}");
    }
    assert_eq!(tes.accepted().len(), 2, "the call and the tool");
}
