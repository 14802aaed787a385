//! `turnspan doctor`: what is well, what is not, and what to do about it.

use super::support::folder::Folder;
use super::support::grpc_receiver::GrpcReceiver;
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Provider, Reply, Server, closed_port};
use super::support::tes_receiver::{Answer, TesReceiver};
use super::support::tls_server::TlsServer;
use super::{KEY, Said, call, command, filled, run, run_with_tes, telemetry};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, SystemTime};

/// The findings about something, as `level: what`.
fn about(report: &Value, about: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|finding| finding["about"] == about);
    let told = findings.map(|finding| {
        let level = finding["level"].as_str().unwrap();
        if level != "ok" {
            assert!(finding["remedy"].is_string(), "{finding}");
        }
        format!("{level}: {}", finding["what"].as_str().unwrap())
    });
    told.collect()
}

fn tes(folder: &Folder, url: &str, code: i32) -> String {
    let said = run_with_tes(folder, url, &["--json", "doctor"]).ended(code);
    about(&said.json(), "TES").remove(0)
}

#[test]
fn with_nothing_configured_that_is_the_finding() {
    let folder = Folder::of("cli_doctor_nothing");
    let said = run(&folder, &["doctor"]).ended(1);
    assert!(
        said.out
            .contains("nothing is configured, so nothing is sent"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("-> set OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{}",
        said.out
    );
}

#[test]
fn the_console_is_a_destination_too() {
    let folder = Folder::of("cli_doctor_console");
    let mut doctor = command(&folder, &["doctor"]);
    let said = Said::by(doctor.env("OTEL_TRACES_EXPORTER", "console"), "").ended(0);
    assert!(!said.out.contains("nothing is configured"), "{}", said.out);
}

#[test]
fn what_is_well_is_said_to_be_and_nothing_is_left_at_receivers() {
    let folder = Folder::of("cli_doctor_well");
    let (receiver, otlp) = (TesReceiver::start(), OtlpReceiver::start());
    let running = telemetry(&receiver.url(), &folder.spool());
    call(&running, &["Hello!"]);
    receiver.wait_for(1);
    let mut doctor = command(&folder, &["--json", "doctor"]);
    doctor
        .env("TES_ENDPOINT", receiver.url())
        .env("TES_CLIENT_ID", "acme")
        .env("TES_API_KEY", KEY)
        .env("TES_HEADERS", "x-token=sesame")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.url());
    let report = Said::by(&mut doctor, "").ended(0).json();
    assert_eq!(report["worst"], "ok");
    let settings = about(&report, "settings");
    assert!(
        settings.contains(&"ok: TES_API_KEY = set (environment)".to_owned()),
        "{settings:?}"
    );
    assert!(settings.contains(&"ok: TES_CLIENT_ID = acme (environment)".to_owned()));
    let url = receiver.url();
    assert_eq!(
        about(&report, "TES"),
        [format!("ok: {url}/api/graphql answers, and takes the key")]
    );
    for signal in ["traces", "metrics", "logs"] {
        assert_eq!(
            about(&report, &format!("OTLP {signal}")),
            [format!("ok: {}/v1/{signal} takes exports", otlp.url())]
        );
    }
    let spool = about(&report, "spool");
    assert!(spool.contains(&"ok: nothing waits".to_owned()), "{spool:?}");
    assert!(
        spool.iter().any(|it| it.ends_with("(mode 600)")),
        "{spool:?}"
    );
    assert!(
        spool.iter().any(|it| it.starts_with("ok: held by process")),
        "{spool:?}"
    );
    assert_eq!(receiver.accepted().len(), 1, "the call's own event");
    assert!(otlp.spans().is_empty() && otlp.metrics().is_empty() && otlp.logs().is_empty());
}

#[test]
fn a_test_event_is_sent_when_it_is_asked_for() {
    let folder = Folder::of("cli_doctor_event");
    let receiver = TesReceiver::start();
    let arguments = ["--json", "doctor", "--send-test-event"];
    let report = run_with_tes(&folder, &receiver.url(), &arguments)
        .ended(0)
        .json();
    assert_eq!(
        about(&report, "test event"),
        ["ok: TES has taken a turn of the conversation `turnspan-doctor`"]
    );
    let event = &receiver.accepted()[0];
    assert_eq!(event["data"]["entity_id"], "turnspan-doctor");
    assert!(
        !folder.spool().exists(),
        "it takes no way through the spool"
    );

    let refusing = [Answer::Accept, Answer::GraphqlError("no".to_owned())];
    let receiver = TesReceiver::scripted(refusing);
    let report = run_with_tes(&folder, &receiver.url(), &arguments)
        .ended(2)
        .json();
    assert_eq!(
        about(&report, "test event"),
        ["problem: not everything was delivered: tes has 1 lost"]
    );
}

#[test]
fn a_tes_that_does_not_take_the_key_or_is_not_there_is_a_problem() {
    let folder = Folder::of("cli_doctor_tes");
    let dead = format!("http://127.0.0.1:{}", closed_port());
    let said = tes(&folder, &dead, 2);
    assert!(
        said.starts_with("problem: ") && said.contains("cannot be reached"),
        "{said}"
    );

    let answered = |answer: Answer, code| {
        let receiver = TesReceiver::scripted([answer]);
        tes(&folder, &receiver.url(), code)
    };
    let said = answered(Answer::Status(401), 2);
    assert!(said.ends_with("answers with status 401"), "{said}");
    let echo = format!("the key {KEY} is unknown");
    let said = answered(Answer::GraphqlError(echo), 2);
    assert!(
        said.ends_with("refuses a question: the key [REDACTED] is unknown"),
        "{said}"
    );
    let orders = "no\u{9b}31m\u{1b}[2J\u{202e}\u{2066}";
    let said = answered(Answer::GraphqlError(orders.to_owned()), 2);
    assert!(said.ends_with(orders), "{said}");
    let receiver = TesReceiver::scripted([Answer::GraphqlError(orders.to_owned())]);
    let text = run_with_tes(&folder, &receiver.url(), &["doctor"])
        .ended(2)
        .out;
    assert!(
        text.contains(r"no\u{9b}31m\u{1b}[2J\u{202e}\u{2066}"),
        "{text}"
    );
    let said = answered(Answer::Redirect("https://elsewhere.example/".to_owned()), 2);
    assert!(
        said.ends_with("redirects to https://elsewhere.example/"),
        "{said}"
    );
    let said = answered(Answer::Status(503), 1);
    assert!(
        said.starts_with("warning: ") && said.ends_with("status 503"),
        "{said}"
    );
    let page = Provider::start([Reply::status(200).body("<html>sign in</html>")]);
    let said = tes(&folder, &page.url(), 1);
    assert!(said.ends_with("not as a GraphQL service does"), "{said}");
}

#[test]
fn clocks_that_differ_are_a_warning() {
    let folder = Folder::of("cli_doctor_clock");
    let early = SystemTime::now() - Duration::from_secs(3600 + 300);
    let answer = json!({"data": {"__typename": "Query"}});
    let reply = Reply::json(answer).header("date", &httpdate::fmt_http_date(early));
    let provider = Provider::start([reply]);
    let said = run_with_tes(&folder, &provider.url(), &["--json", "doctor"]).ended(1);
    let found = about(&said.json(), "TES");
    assert_eq!(
        found[1],
        "warning: the clock here is 1 h ahead of the one there"
    );
}

#[test]
fn receivers_of_otlp_are_asked_in_the_protocol_that_is_set() {
    let folder = Folder::of("cli_doctor_otlp");
    let ask = |url: &str, protocol: &str, code| {
        let mut doctor = command(&folder, &["--json", "doctor"]);
        doctor
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", url)
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=sesame");
        let report = Said::by(&mut doctor, "").ended(code).json();
        about(&report, "OTLP traces").remove(0)
    };
    let grpc = GrpcReceiver::default();
    let server = Server::start(grpc.routes());
    let said = ask(&server.url(), "grpc", 0);
    assert!(
        said.ends_with("TraceService/Export takes exports"),
        "{said}"
    );
    assert!(grpc.traces()[0].1.resource_spans.is_empty());
    let said = ask(&server.url(), "http/protobuf", 2);
    assert!(said.ends_with("answers with gRPC"), "{said}");
    let refusing = OtlpReceiver::answering(401);
    let said = ask(&refusing.url(), "http/protobuf", 2);
    assert!(said.ends_with("answers with status 401"), "{said}");
    let tls = TlsServer::before(&refusing.url());
    let said = ask(&tls.url(), "http/protobuf", 2);
    assert!(said.contains("certificate"), "{said}");
    let said = ask(
        &refusing.url().replace("http:", "https:"),
        "http/protobuf",
        2,
    );
    assert!(said.contains("corrupt message"), "{said}");
}

#[test]
fn a_spool_with_dead_letters_or_damage_is_told_with_its_remedy() {
    let folder = Folder::of("cli_doctor_spool");
    let port = filled(&folder);
    let receiver = TesReceiver::at(port);
    let spool = |code| {
        let said = run_with_tes(&folder, &receiver.url(), &["--json", "doctor"]).ended(code);
        about(&said.json(), "spool")
    };
    let found = spool(1);
    assert!(
        found.contains(&"warning: 2 events refused for good".to_owned()),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|it| it.starts_with("ok: 3 events waiting")),
        "{found:?}"
    );
    let whole = fs::read(folder.spool()).unwrap();
    let mut damaged = whole.clone();
    for byte in damaged.iter_mut().skip(4096) {
        *byte = b'?';
    }
    fs::write(folder.spool(), damaged).unwrap();
    let found = spool(2);
    assert!(
        found.iter().any(|it| it.contains("is damaged")),
        "{found:?}"
    );
    fs::write(
        folder.spool(),
        "no database, and long enough to be taken for one",
    )
    .unwrap();
    let found = spool(2);
    assert!(found[0].contains("is damaged"), "{found:?}");
    assert!(folder.spool().exists(), "nothing was set aside");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::write(folder.spool(), whole).unwrap();
        fs::set_permissions(folder.spool(), fs::Permissions::from_mode(0o644)).unwrap();
        let found = spool(1);
        assert!(
            found[0].ends_with("may be read by others (mode 644)"),
            "{found:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_place_that_is_not_for_a_spool_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::of("cli_doctor_place");
    let receiver = TesReceiver::start();
    let spool = |code| {
        let said = run_with_tes(&folder, &receiver.url(), &["--json", "doctor"]).ended(code);
        about(&said.json(), "spool")
    };
    fs::create_dir_all(folder.path()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let found = spool(1);
    assert!(
        found[0].starts_with("warning: others may write in "),
        "{found:?}"
    );
    fs::write(folder.spool(), "a letter").unwrap();
    let found = spool(2);
    assert!(
        found[0].starts_with("problem: ") && found[0].contains("may be read by others"),
        "{found:?}"
    );
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let found = spool(2);
    assert!(
        found[0].ends_with(
            "is no spool of turnspan; no program starts (TES_SPOOL_PATH or TES_DURABILITY asks for a \
             file)"
        ),
        "{found:?}"
    );
    fs::remove_file(folder.spool()).unwrap();
    std::os::unix::fs::symlink("elsewhere.db", folder.spool()).unwrap();
    let found = spool(2);
    assert!(found[0].contains("is a link"), "{found:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn variables_of_unknown_names_are_told_with_the_nearest_one() {
    let folder = Folder::of("cli_doctor_unknown");
    for other in ["TURNSPAN_SEMCONV", "TES_CLIENT_ID"] {
        // With the second settings are not valid: an account is not whole.
        let mut doctor = command(&folder, &["--json", "doctor"]);
        doctor.env("TES_ENDPONT", "https://tes.example");
        doctor.env(other, "latest");
        let report = Said::by(&mut doctor, "");
        let settings = about(&report.json(), "settings");
        let expected =
            "warning: unknown variable `TES_ENDPONT` is ignored; did you mean `TES_ENDPOINT`?";
        assert!(settings.iter().any(|it| it == expected), "{settings:?}");
    }
}

#[test]
fn settings_come_from_a_file_too_and_bad_ones_are_named() {
    let folder = Folder::of("cli_doctor_file");
    fs::create_dir_all(folder.path()).unwrap();
    let receiver = TesReceiver::start();
    let file = folder.path().join("turnspan.toml");
    let path = file.to_str().unwrap();
    let url = receiver.url();
    let text =
        format!("TES_ENDPOINT = \"{url}\"\nTES_CLIENT_ID = \"acme\"\nTES_API_KEY = \"{KEY}\"\n");
    fs::write(&file, &text).unwrap();
    let report = run(&folder, &["--json", "doctor", "--config", path])
        .ended(0)
        .json();
    let settings = about(&report, "settings");
    assert!(
        settings.contains(&"ok: TES_API_KEY = set (file)".to_owned()),
        "{settings:?}"
    );

    fs::write(&file, format!("{text}TES_DIALCT = \"emit_event\"\n")).unwrap();
    let report = run(&folder, &["--json", "doctor", "--config", path])
        .ended(2)
        .json();
    let settings = about(&report, "settings");
    assert!(
        settings[0].ends_with("did you mean `TES_DIALECT`?"),
        "{settings:?}"
    );

    fs::write(&file, "TES_API_KEY = \"tes_sesame\"").unwrap();
    let report = run(&folder, &["--json", "doctor", "--config", path])
        .ended(2)
        .json();
    let settings = about(&report, "settings");
    let missing = "problem: TES_ENDPOINT is not set, but TES_API_KEY is";
    assert_eq!(settings.last().unwrap(), missing);
}

/// A receiver that answers this to each path, and refuses bodies without a length.
fn strict(paths: &'static [(&'static str, u16)]) -> Server {
    let answer = move |request: Request| async move {
        if !request.headers().contains_key("content-length") {
            return StatusCode::LENGTH_REQUIRED;
        }
        let path = request.uri().path();
        let known = paths.iter().find(|(known, _)| *known == path);
        let status = known.map_or(404, |(_, status)| *status);
        StatusCode::from_u16(status).unwrap()
    };
    Server::start(Router::new().fallback(answer))
}

fn doctor_of_otlp(folder: &Folder, url: &str, arguments: &[&str]) -> Said {
    let mut doctor = command(folder, arguments);
    Said::by(doctor.env("OTEL_EXPORTER_OTLP_ENDPOINT", url), "")
}

#[test]
fn a_store_of_traces_is_known_for_one_and_the_hint_is_said_once() {
    let folder = Folder::of("cli_doctor_traces");
    let store = strict(&[("/v1/traces", 200), ("/v1/logs", 405)]);
    let url = store.url();
    let report = doctor_of_otlp(&folder, &url, &["--json", "doctor"])
        .ended(1)
        .json();
    assert_eq!(
        about(&report, "OTLP traces"),
        [format!("ok: {url}/v1/traces takes exports")]
    );
    let only = "the receiver takes traces only";
    assert_eq!(
        about(&report, "OTLP metrics"),
        [format!(
            "warning: {url}/v1/metrics answers with status 404: {only}"
        )]
    );
    assert_eq!(
        about(&report, "OTLP logs"),
        [format!(
            "warning: {url}/v1/logs answers with status 405: {only}"
        )]
    );
    let said = doctor_of_otlp(&folder, &url, &["doctor"]).ended(1).out;
    assert_eq!(
        said.matches("-> set OTEL_METRICS_EXPORTER=none").count(),
        1,
        "{said}"
    );
}

#[test]
fn receivers_that_want_a_length_of_every_body_get_it() {
    let folder = Folder::of("cli_doctor_length");
    let receiver = strict(&[("/v1/traces", 200), ("/v1/metrics", 200), ("/v1/logs", 200)]);
    let said = doctor_of_otlp(&folder, &receiver.url(), &["doctor"])
        .ended(0)
        .out;
    assert_eq!(said.matches("takes exports").count(), 3, "{said}");
}

#[test]
fn a_hint_that_holds_for_all_signals_is_said_once() {
    let folder = Folder::of("cli_doctor_hint");
    let url = format!("http://127.0.0.1:{}", closed_port());
    let said = doctor_of_otlp(&folder, &url, &["doctor"]).ended(2).out;
    assert_eq!(said.matches("cannot be reached").count(), 3, "{said}");
    assert_eq!(said.matches("-> is it running").count(), 1, "{said}");
}
