//! Values of `OTEL_*` variables that are ignored with a warning, value by value.

use super::Settings;
use super::rows;
use std::fmt::Write as _;

/// A value, what counts instead (as if the variable had this value, or were unset),
/// and what the warning says.
struct Ignored {
    variable: &'static str,
    value: &'static str,
    instead: &'static str,
    warning: &'static str,
}

const fn row(
    variable: &'static str,
    value: &'static str,
    instead: &'static str,
    warning: &'static str,
) -> Ignored {
    Ignored {
        variable,
        value,
        instead,
        warning,
    }
}

const IGNORED: [Ignored; 23] = [
    row(
        "OTEL_SDK_DISABLED",
        "1",
        "",
        "must be true or false, not `1`",
    ),
    row(
        "OTEL_SDK_DISABLED",
        "yes",
        "",
        "must be true or false, not `yes`",
    ),
    row(
        "OTEL_RESOURCE_ATTRIBUTES",
        "team=shop,blue",
        "",
        "must be key=value pairs, separated by commas",
    ),
    row(
        "OTEL_PROPAGATORS",
        "tracecontext,b3",
        "tracecontext",
        "`b3` is not supported and was ignored",
    ),
    row(
        "OTEL_PROPAGATORS",
        "tracecontxt",
        "",
        "must be tracecontext, baggage or none, not `tracecontxt`",
    ),
    row(
        "OTEL_TRACES_EXPORTER",
        "otlp,zipkin",
        "otlp",
        "`zipkin` is not supported and was ignored",
    ),
    row(
        "OTEL_TRACES_EXPORTER",
        "otlp,splunk",
        "otlp",
        "must be otlp, console or none, not `splunk`",
    ),
    row(
        "OTEL_METRICS_EXPORTER",
        "prometheus",
        "",
        "`prometheus` is not supported and was ignored",
    ),
    row(
        "OTEL_METRICS_EXPORTER",
        "otlp,splunk",
        "otlp",
        "must be otlp or none, not `splunk`",
    ),
    row(
        "OTEL_LOGS_EXPORTER",
        "none,console",
        "none",
        "`console` is not supported and was ignored",
    ),
    row(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http",
        "",
        "must be http/protobuf, grpc (feature `otlp-grpc`) or http/json (feature `otlp-json`), \
         not `http`",
    ),
    row(
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "zstd",
        "",
        "must be gzip or none, not `zstd`",
    ),
    row(
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "1s",
        "",
        "must be a whole number of milliseconds, not `1s`",
    ),
    row(
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "-1",
        "",
        "must be a whole number of milliseconds, not `-1`",
    ),
    row(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "sometimes",
        "",
        "must be cumulative, delta or lowmemory, not `sometimes`",
    ),
    row(
        "OTEL_METRIC_EXPORT_INTERVAL",
        "1m",
        "",
        "must be a whole number of milliseconds, not `1m`",
    ),
    row(
        "OTEL_TRACES_SAMPLER",
        "jaeger_remote",
        "",
        "`jaeger_remote` is not supported and was ignored",
    ),
    row(
        "OTEL_TRACES_SAMPLER",
        "ratio",
        "",
        "must be always_on, always_off or traceidratio, or one of these with parentbased_ before \
         it, not `ratio`",
    ),
    row(
        "OTEL_BSP_SCHEDULE_DELAY",
        "1s",
        "",
        "must be a whole number of milliseconds, not `1s`",
    ),
    row(
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "many",
        "",
        "must be a whole number of spans, not `many`",
    ),
    row(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "0",
        "",
        "must be more than 0",
    ),
    row(
        "OTEL_BSP_EXPORT_TIMEOUT",
        "30.5",
        "",
        "must be a whole number of milliseconds, not `30.5`",
    ),
    row(
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        "ON",
        "",
        "must be NO_CONTENT, SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT, true or false, not `ON`",
    ),
];

/// Settings with this one beside an endpoint.
fn read(variable: &str, value: &str) -> Settings {
    let read = |asked: &str| match asked {
        _ if asked == variable => Some(value.to_owned()).filter(|it| !it.is_empty()),
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://localhost:4318".to_owned()),
        _ => None,
    };
    Settings::default().with(read).unwrap()
}

/// Settings as text, and what was ignored.
fn told(variable: &str, value: &str) -> (String, Vec<String>) {
    let mut settings = read(variable, value);
    let ignored = std::mem::take(&mut settings.ignored);
    (format!("{settings:?}"), ignored)
}

#[test]
fn each_of_these_values_is_warned_about_and_ignored() {
    for row in IGNORED {
        let (settings, warnings) = told(row.variable, row.value);
        let (instead, none) = told(row.variable, row.instead);
        assert_eq!(settings, instead, "{}={}", row.variable, row.value);
        assert!(none.is_empty(), "{none:?}");
        let warning = warning(&row);
        assert_eq!(warnings, [warning], "{}={}", row.variable, row.value);
    }
}

fn warning(row: &Ignored) -> String {
    let Ignored {
        variable, warning, ..
    } = row;
    if warning.ends_with("was ignored") {
        format!("{variable}: {warning}")
    } else {
        format!("{variable} {warning}; it was ignored")
    }
}

#[test]
fn no_value_of_these_variables_is_an_error() {
    for setting in rows::settings().filter(|it| it.is_of_a_fleet()) {
        for value in ["1s", "-1", "nobody knows this", ",", "=", "a=b=c", "ä"] {
            read(setting.name, value);
        }
    }
}

#[test]
fn variables_of_ours_stay_strict() {
    let is_strict = |name: &str| {
        let mut settings = rows::settings();
        settings.any(|it| it.name == name && !it.is_of_a_fleet())
    };
    for name in [
        "TES_CAPTURE_CONTENT",
        "TURNSPAN_SEMCONV",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
    ] {
        assert!(is_strict(name), "{name}");
    }
}

/// The table as the page of variables has it.
pub(super) fn write_table(page: &mut String) {
    page.push_str(
        "\n## Ignored values\n\nEach of these values is warned about, and the program starts as \
         if it were not there. Every row is a test.\n\n\
         | variable | value | counts as | warning |\n|---|---|---|---|\n",
    );
    for row in &IGNORED {
        let instead = match row.instead {
            "" => "unset".to_owned(),
            value => format!("`{value}`"),
        };
        let Ignored {
            variable, value, ..
        } = row;
        writeln!(
            page,
            "| `{variable}` | `{value}` | {instead} | {} |",
            warning(row)
        )
        .unwrap();
    }
}
