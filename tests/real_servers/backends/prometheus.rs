//! What Prometheus holds: numbers of calls, and a series for every query of the
//! dashboard.

use super::{ask, said, wait_for};
use crate::recorder::Recorder;
use crate::run::{Run, server};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What Grafana fills in, and a service of the test's own. A rate's interval is
/// four times that between two exports, which is a minute.
const FILLED: [(&str, &str); 4] = [
    ("$__rate_interval", "4m"),
    ("$__range", "1h"),
    ("$job", "dashboard"),
    ("$model", ".*"),
];

/// One that succeeds, a stream, a tool loop, one that is tried again, one that
/// fails.
const CALLS: [(&str, &str); 5] = [
    ("anthropic", "What are the sums?"),
    ("openai_stream", "What are the sums?"),
    ("tools", "What are the sums?"),
    ("middleware", "I hurry to the dashboard."),
    ("anthropic", "I am in haste."),
];

/// Calls of a service that no other test is.
fn call(recorder: &Recorder, service: &str, example: &str, prompt: &str) {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", said("COLLECTOR_HTTP_URL")),
        ("OTEL_SERVICE_NAME", service.to_owned()),
        // Each program's sums are its own, under a name that no other has.
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            format!("service.instance.id={example} {prompt}"),
        ),
    ];
    Run::behind(recorder, example, prompt, &variables);
}

fn series(query: &str) -> Vec<Value> {
    let url = format!("{}/api/v1/query", said("PROMETHEUS_URL"));
    let answer = ask(reqwest::Client::new().get(url).query(&[("query", query)]));
    let answer = answer.unwrap_or_else(|| panic!("refused: {query}"));
    answer["data"]["result"].as_array().unwrap().clone()
}

/// Waits until a query that has one number has this one.
fn assert_number(query: &str, expected: f64) {
    let mut last = None;
    let reached = |last: &mut Option<f64>| {
        let found = series(query);
        *last = found
            .first()
            .and_then(|it| it["value"][1].as_str()?.parse().ok());
        last.is_some_and(|number| (number - expected).abs() < 1e-9)
            .then_some(())
    };
    wait_for(&format!("{expected} of {query}"), || reached(&mut last));
}

fn queries() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("collector-config/grafana/dashboards/turnspan.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let queries = targets.map(|target| target["expr"].as_str().unwrap());
    queries.map(filled).collect()
}

fn filled(query: &str) -> String {
    FILLED
        .iter()
        .fold(query.to_owned(), |query, (name, value)| {
            query.replace(name, value)
        })
}

#[test]
fn every_query_of_the_dashboard_has_a_series() {
    // A rate needs two points of one series, which has the server's port.
    let recorder = Recorder::start(&server());
    for (example, prompt) in CALLS.into_iter().chain(CALLS) {
        call(&recorder, "dashboard", example, prompt);
    }
    let queries = queries();
    assert!(queries.len() > 15, "only {} queries", queries.len());
    for query in queries {
        assert!(!query.contains('$'), "{query}");
        wait_for(&format!("series of {query}"), || {
            (!series(&query).is_empty()).then_some(())
        });
    }
}

#[test]
fn metrics_may_go_there_straight() {
    let url = format!("{}/api/v1/otlp/v1/metrics", said("PROMETHEUS_URL"));
    let variables = [
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", url),
        ("OTEL_SERVICE_NAME", "straight".to_owned()),
    ];
    Run::with("tools", "What are the sums?", &variables);
    let calls = r#"sum(gen_ai_client_operation_duration_seconds_count{job="straight"})"#;
    assert_number(calls, 2.0);
}

#[test]
fn numbers_are_those_of_the_calls() {
    let recorder = Recorder::start(&server());
    call(&recorder, "numbers", "tools", "What are the sums?");
    call(&recorder, "numbers", "middleware", "I hurry to be counted.");
    let of = |metric: &str, labels: &str| format!(r#"sum({metric}{{job="numbers",{labels}}})"#);
    let tokens = |kind| {
        of(
            "gen_ai_client_token_usage_sum",
            &format!(r#"gen_ai_token_type="{kind}",gen_ai_request_model="gpt-4o-mini""#),
        )
    };
    assert_number(&tokens("input"), 21.0 + 40.0 + 5.0);
    assert_number(&tokens("output"), 9.0 + 8.0 + 3.0);
    let calls = of(
        "gen_ai_client_operation_duration_seconds_count",
        r#"error_type="""#,
    );
    assert_number(&calls, 3.0);
    let retries = of(
        "turnspan_spans_events_total",
        r#"event_name="gen_ai.retry",retry_reason="rate_limit""#,
    );
    assert_number(&retries, 1.0);
    let asked = of(
        "turnspan_spans_events_total",
        r#"event_name="gen_ai.tool.call""#,
    );
    assert_number(&asked, 2.0);
    let ran = of(
        "turnspan_spans_calls_total",
        r#"gen_ai_operation_name="execute_tool",gen_ai_tool_name="add""#,
    );
    assert_number(&ran, 2.0);
}
