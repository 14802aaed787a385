//! Settings from a file with the names of the variables.

use super::layers::Log;
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::openai;
use super::support::tes_receiver::TesReceiver;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

/// A file of settings, away when dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = env::temp_dir().join(format!("turnspan-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[test]
fn a_file_says_what_variables_say() {
    let (otlp, tes) = (OtlpReceiver::start(), TesReceiver::start());
    let text = format!(
        "OTEL_EXPORTER_OTLP_ENDPOINT = \"{}\"\nOTEL_EXPORTER_OTLP_HEADERS = \"x-tenant=a%20b\"\n\
         OTEL_SERVICE_NAME = \"shop\"\nTES_ENDPOINT = \"{}\"\nTES_CLIENT_ID = \"acme\"\n\
         TES_API_KEY = \"tes_key\"\nTES_DURABILITY = \"best_effort\"\nTES_MAX_CONTENT_LENGTH = 10\nTES_CAPTURE_CONTENT = true\n",
        otlp.url(),
        tes.url()
    );
    let file = File::new("all", &text);
    let builder = turnspan::builder().file(&file.0).unwrap();
    assert!(!format!("{builder:?}").contains("tes_key"));
    let telemetry = builder.build().unwrap();
    let url = "https://api.openai.com/v1/chat/completions";
    let asked = r#"{"model":"m","messages":[{"role":"user","content":"A long question."}]}"#;
    let call = telemetry.record(url, asked);
    call.response(openai::completion("Hi.").to_string());
    telemetry.flush(Duration::from_secs(10)).unwrap();
    assert_eq!(otlp.requests()[0].0["x-tenant"], "a b");
    assert!(format!("{:?}", otlp.resources()).contains("shop"));
    let said = &tes.accepted()[0]["data"]["attributes"]["user_message"];
    assert_eq!(said, "A long que...[truncated]");
}

#[test]
fn a_file_that_cannot_be_used_says_why_and_no_secret() {
    for (name, text, why) in [
        (
            "typo",
            "TES_ENDPIONT = \"x\"",
            "did you mean `TES_ENDPOINT`?",
        ),
        (
            "broken",
            "OTEL_SDK_DISABLED = true\nTES_API_KEY = \"tes_sesame",
            "line 2 is no TOML",
        ),
        (
            "list",
            "TES_USER_ID = [\"sesame\"]",
            "TES_USER_ID must be a text, a number or a flag",
        ),
        (
            "value",
            "TURNSPAN_SEMCONV = \"sometimes\"",
            "not `sometimes`",
        ),
    ] {
        let file = File::new(name, text);
        let error = turnspan::builder().file(&file.0).unwrap_err().to_string();
        assert!(error.contains(why), "{name}: {error}");
        assert!(!error.contains("sesame"), "{name}: {error}");
    }
    let error = turnspan::builder()
        .file("/nowhere/turnspan.toml")
        .unwrap_err();
    assert!(
        error.to_string().starts_with("/nowhere/turnspan.toml: "),
        "{error}"
    );
}

/// Telemetry as a file says, after one call.
fn as_told(name: &str, text: &str) -> turnspan::Telemetry {
    let file = File::new(name, text);
    let telemetry = turnspan::builder().file(&file.0).unwrap().build().unwrap();
    let url = "https://api.openai.com/v1/chat/completions";
    let call = telemetry.record(url, r#"{"model":"m","messages":[]}"#);
    call.response(openai::completion("Hi.").to_string());
    telemetry.flush(Duration::from_secs(10)).unwrap();
    telemetry
}

#[test]
fn each_signal_has_variables_of_its_own() {
    let (general, metrics) = (OtlpReceiver::start(), OtlpReceiver::start());
    drop(as_told(
        "signals",
        &format!(
            "OTEL_EXPORTER_OTLP_ENDPOINT = \"{}\"\n\
             OTEL_EXPORTER_OTLP_HEADERS = \"x-tenant=acme\"\n\
             OTEL_EXPORTER_OTLP_COMPRESSION = \"gzip\"\n\
             OTEL_EXPORTER_OTLP_TRACES_COMPRESSION = \"none\"\n\
             OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = \"{}/v1/metrics\"\n\
             OTEL_EXPORTER_OTLP_METRICS_HEADERS = \"x-other=b\"\n\
             OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE = \"delta\"\n",
            general.url(),
            metrics.url()
        ),
    ));
    let spans = &general.requests()[0].0;
    assert_eq!(spans["x-tenant"], "acme");
    assert!(!spans.contains_key("content-encoding"));
    assert!(general.metric_bodies().is_empty());
    let measured = &metrics.metric_headers()[0];
    assert_eq!(measured["content-encoding"], "gzip");
    // Instead of the general ones, which may be for another receiver.
    assert_eq!(measured["x-other"], "b");
    assert!(!measured.contains_key("x-tenant"));
    assert!(format!("{:?}", metrics.metrics()).contains("aggregation_temporality: Delta"));
}

#[test]
fn the_resource_is_what_the_variables_say() {
    let receiver = OtlpReceiver::start();
    drop(as_told(
        "resource",
        &format!(
            "OTEL_EXPORTER_OTLP_ENDPOINT = \"{}\"\n\
             OTEL_RESOURCE_ATTRIBUTES = \"service.name=shop,deployment.environment.name=a%2Cb\"\n",
            receiver.url()
        ),
    ));
    let resource = format!("{:?}", receiver.resources()[0]);
    assert!(
        resource.contains("\"shop\"") && resource.contains("\"a,b\""),
        "{resource}"
    );
    assert!(!resource.contains("unknown_service"), "{resource}");
}

#[test]
fn each_process_is_told_from_others_of_its_service() {
    let ids = [
        "",
        "OTEL_RESOURCE_ATTRIBUTES = \"service.instance.id=one\"\n",
        "",
    ]
    .map(|said| {
        let receiver = OtlpReceiver::start();
        let endpoint = format!("OTEL_EXPORTER_OTLP_ENDPOINT = \"{}\"\n", receiver.url());
        drop(as_told("instance", &format!("{endpoint}{said}")));
        let attributes = receiver.resources().remove(0).attributes.into_iter();
        let mut ids = { attributes }.filter(|it| it.key == "service.instance.id");
        let id = ids.next().unwrap().value.unwrap();
        assert!(ids.next().is_none());
        format!("{:?}", id.value.unwrap())
    });
    assert!(ids[1].contains("\"one\""), "{ids:?}");
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn what_others_may_follow_is_ignored_and_said() {
    let file = File::new(
        "others",
        "OTEL_PROPAGATORS = \"b3, tracecontext\"\nOTEL_TRACES_SAMPLER = \"jaeger_remote\"\n\
         OTEL_LOGS_EXPORTER = \"console\"\n",
    );
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.writer()).finish();
    tracing::subscriber::with_default(subscriber, || {
        let builder = turnspan::builder().file(&file.0).unwrap();
        drop(builder.env().unwrap().build());
    });
    let said = log.text();
    for what in ["`b3`", "`jaeger_remote`", "`console`"] {
        assert_eq!(said.matches(what).count(), 1, "{what}: {said}");
    }
}

#[test]
fn what_a_fleet_has_wrong_is_warned_about_and_starts_the_program_all_the_same() {
    let receiver = OtlpReceiver::start();
    let text = format!(
        "OTEL_EXPORTER_OTLP_ENDPOINT = \"{}\"\nOTEL_SDK_DISABLED = \"1\"\n\
         OTEL_BSP_SCHEDULE_DELAY = \"1s\"\nOTEL_RESOURCE_ATTRIBUTES = \"team\"\n\
         OTEL_TRACES_EXPORTER = \"otlp,splunk\"\n",
        receiver.url()
    );
    // Without a destination there is no thread that would write them.
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.writer()).finish();
    let lines: Vec<_> = text.lines().collect();
    let file = File::new("fleet_off", &lines[1..4].join("\n"));
    tracing::subscriber::with_default(subscriber, || {
        drop(turnspan::builder().file(&file.0).unwrap().build());
    });
    let said = log.text();
    for what in ["not `1`", "not `1s`", "key=value pairs"] {
        assert_eq!(said.matches(what).count(), 1, "{what}: {said}");
    }

    let telemetry = as_told("fleet", &text);
    assert_eq!(receiver.spans().len(), 1);
    let ignored = telemetry.stats().warnings[&turnspan::Warning::SettingIgnored];
    assert_eq!(ignored, 4);
}
