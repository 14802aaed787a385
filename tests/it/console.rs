//! The console as a program meets it: a process of its own, whose output is read.

use super::support::child;
use super::support::provider::openai;
use std::process::Output;
use std::time::Duration;
use turnspan::{Builder, CaptureMode, Redaction, Telemetry};

const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a child of this module.
fn run(case: &str) -> (String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = child::run("console::a_child", case);
    let (stdout, stderr) = (String::from_utf8(stdout), String::from_utf8(stderr));
    let (stdout, stderr) = (stdout.unwrap(), stderr.unwrap());
    assert!(status.success(), "{stdout}{stderr}");
    (stdout, stderr)
}

/// A file says what the environment would: children inherit this one's.
fn by_variable(value: &str, more: &str) -> Builder {
    let name = format!("turnspan-console-{}.toml", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, format!("OTEL_TRACES_EXPORTER = \"{value}\"\n{more}")).unwrap();
    let builder = turnspan::builder().file(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    builder
}

fn call(telemetry: &Telemetry, question: &str) {
    let request =
        format!(r#"{{"model": "m", "messages": [{{"role": "user", "content": "{question}"}}]}}"#);
    let call = telemetry.record("https://api.openai.com/v1/chat/completions", request);
    call.response(openai::completion("Hi ann@example.com.").to_string());
}

#[test]
#[ignore = "a process of its own"]
fn a_child() {
    let builder = match child::case().as_str() {
        "variable" => by_variable("console", ""),
        "none" => by_variable("none", ""),
        "both" => by_variable(
            "otlp,console",
            "OTEL_EXPORTER_OTLP_ENDPOINT = \"http://127.0.0.1:9\"",
        ),
        "builder" => turnspan::builder().console(),
        "content" => turnspan::builder()
            .console()
            .capture(CaptureMode::SpanOnly)
            .redact_spans(Redaction::personal_data()),
        "full" => return println!("lost some: {}", write_more_than_a_pipe_takes() > 0),
        case => panic!("no case is named {case}"),
    };
    let telemetry = builder.build().unwrap();
    call(&telemetry, "Hello ann@example.com!");
    telemetry.flush(PATIENCE).ok();
    for name in telemetry.stats().destinations.keys() {
        println!("destination {name}");
    }
}

#[test]
fn the_variable_and_the_builder_write_calls_to_standard_error_alone() {
    for case in ["variable", "builder"] {
        let (stdout, stderr) = run(case);
        assert!(stdout.contains("destination console\n"), "{case}: {stdout}");
        assert!(!stdout.contains("chat m"), "{case}: {stdout}");
        let line = stderr
            .lines()
            .find(|line| line.starts_with("chat m  completed  "));
        let line = line.unwrap_or_else(|| panic!("{case}: {stderr}"));
        assert!(line.contains("  tokens "), "{case}: {line}");
        assert!(!stderr.contains('\u{1b}'), "no terminal: {stderr}");
    }
}

#[test]
fn none_writes_nothing_and_both_go_to_both() {
    let (stdout, stderr) = run("none");
    assert!(!stdout.contains("destination"), "{stdout}");
    assert!(!stderr.contains("chat m"), "{stderr}");
    let (stdout, stderr) = run("both");
    assert!(stdout.contains("destination console\n") && stdout.contains("destination otlp\n"));
    assert!(stderr.contains("chat m  completed  "), "{stderr}");
}

/// Promise, leaves: The console shows prompts and answers only where OTLP would get them, redacted alike.
#[test]
fn content_is_written_only_as_captured_and_redacted() {
    let (_, without) = run("builder");
    assert!(
        !without.contains("Hello") && !without.contains("Hi"),
        "{without}"
    );
    let (_, with) = run("content");
    assert!(with.contains("in Hello [EMAIL]!\n"), "{with}");
    assert!(with.contains("out Hi [EMAIL].\n"), "{with}");
    assert!(!with.contains("ann@example.com"), "{with}");
}

/// Nobody reads the pipe while this runs; gives what was lost.
fn write_more_than_a_pipe_takes() -> u64 {
    let telemetry = turnspan::builder().console().build().unwrap();
    for _ in 0..3000 {
        call(&telemetry, "Hello!");
    }
    drop(telemetry.shutdown(Duration::from_millis(500)));
    let console = &telemetry.stats().destinations["console"];
    assert_eq!(console.made, 3000);
    assert_eq!(console.delivered + console.dropped_total(), 3000);
    console.dropped_total()
}

/// Promise, process: A terminal that takes no more holds up neither calls nor the end, and what is lost is counted.
#[test]
fn standard_error_that_nobody_reads_holds_up_no_call_and_what_is_lost_is_counted() {
    let (stdout, _) = run("full");
    assert!(stdout.contains("lost some: true\n"), "{stdout}");
}

#[test]
fn a_value_that_nobody_knows_is_ignored_as_one_of_others_is() {
    let path = std::env::temp_dir().join(format!("turnspan-words-{}.toml", std::process::id()));
    let read = |value: &str| {
        std::fs::write(&path, format!("OTEL_TRACES_EXPORTER = \"{value}\"")).unwrap();
        turnspan::builder().file(&path)
    };
    for value in ["consle", "zipkin"] {
        let telemetry = read(value).unwrap().build().unwrap();
        assert_eq!(telemetry.stats().destinations.len(), 0, "{value}");
    }
    std::fs::remove_file(path).unwrap();
}
