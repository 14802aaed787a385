//! `OTEL_EXPORTER_OTLP_*` and what belongs to them.

use super::spans;
use crate::destination::OtlpSignal;
use crate::settings::constraint;
use crate::settings::draft::Draft;
use crate::settings::setting::{GROUP, Group, Kind, ROW, RUSTLS, Setting, Word};
use crate::settings::value::time_limit;
use opentelemetry_sdk::metrics::Temporality;
use std::time::Duration;

use Kind::{Form, List, Names, Number, Path, Url, Words};

/// The settings of all signals, or of one: behind its own rows those of the
/// suffixes that all of them have.
macro_rules! exports {
    ($of:ident, $prefix:literal, $title:literal, $about:literal, [$($own:expr),* $(,)?]) => {
        Group {
            title: $title,
            about: $about,
            settings: &exports!($of, $prefix, [$($own),*]),
            join: |draft| {
                let names = [concat!($prefix, "CLIENT_CERTIFICATE"), concat!($prefix, "CLIENT_KEY")];
                constraint::client_certificate(&draft.otlp.$of, names)
            },
            ..GROUP
        }
    };
    ($of:ident, $prefix:literal, [$($own:expr),*]) => {
        [
            $($own,)*
            Setting {
                name: concat!($prefix, "PROTOCOL"),
                kind: Form(
                    "`http/protobuf`, `grpc` (feature `otlp-grpc`) or `http/json` (feature \
                     `otlp-json`)",
                    |draft, value| draft.otlp.$of.protocol(value),
                ),
                ..row!($of, "PROTOCOL", "`http/protobuf`", "How exports are encoded and sent.")
            },
            Setting {
                name: concat!($prefix, "HEADERS"),
                kind: List(
                    "`key=value`, values percent-encoded",
                    |draft, value| draft.otlp.$of.headers(value),
                ),
                is_secret: true,
                ..row!($of, "HEADERS", "", "Headers of every export.")
            },
            Setting {
                name: concat!($prefix, "TIMEOUT"),
                kind: Number("milliseconds", |draft, limit| {
                    draft.otlp.$of.change(|it| it.timeout(time_limit(limit)));
                }),
                ..row!(
                    $of,
                    "TIMEOUT",
                    "10000",
                    "Time limit of one export with all its attempts; 0 is no limit."
                )
            },
            Setting {
                name: concat!($prefix, "COMPRESSION"),
                kind: Words(&[
                    Word::Known("gzip", |draft| draft.otlp.$of.change(|it| it.gzip(true))),
                    Word::Known("none", |draft| draft.otlp.$of.change(|it| it.gzip(false))),
                ]),
                ..row!($of, "COMPRESSION", "`none`", "Whether exports are compressed.")
            },
            Setting {
                name: concat!($prefix, "CERTIFICATE"),
                kind: Path(|draft, path| {
                    draft.otlp.$of.certificate = Some(path.content()?);
                    Ok(())
                }),
                feature: Some(RUSTLS),
                ..row!(
                    $of,
                    "CERTIFICATE",
                    "",
                    "Certificates in PEM that are trusted in addition to those of the system."
                )
            },
            Setting {
                name: concat!($prefix, "CLIENT_CERTIFICATE"),
                kind: Path(|draft, path| {
                    draft.otlp.$of.client_certificate = Some(path.content()?);
                    Ok(())
                }),
                feature: Some(RUSTLS),
                ..row!(
                    $of,
                    "CLIENT_CERTIFICATE",
                    "",
                    "The certificate in PEM that is shown to the receiver."
                )
            },
            Setting {
                name: concat!($prefix, "CLIENT_KEY"),
                kind: Path(|draft, path| {
                    draft.otlp.$of.client_key = Some(path.content()?);
                    Ok(())
                }),
                feature: Some(RUSTLS),
                ..row!($of, "CLIENT_KEY", "", "The key in PEM of the client certificate.")
            },
        ]
    };
}

/// What is said of a setting of all signals stands once: of one signal it is the
/// same.
macro_rules! row {
    (all, $suffix:literal, $default:literal, $help:literal) => {
        Setting {
            default: $default,
            help: $help,
            ..ROW
        }
    };
    ($signal:ident, $suffix:literal, $default:literal, $help:literal) => {
        Setting {
            default: concat!("as `OTEL_EXPORTER_OTLP_", $suffix, "`"),
            help: concat!(
                "Overrides `OTEL_EXPORTER_OTLP_",
                $suffix,
                "` for ",
                stringify!($signal),
                "."
            ),
            ..ROW
        }
    };
}

/// Of one signal alone: where it goes, and whether at all.
macro_rules! endpoint {
    ($signal:ident, $name:literal, $variant:ident) => {
        Setting {
            name: $name,
            kind: Url(|draft, url| draft.otlp.endpoint(OtlpSignal::$variant, url)),
            default: "below `OTEL_EXPORTER_OTLP_ENDPOINT`",
            help: concat!(
                "Where ",
                stringify!($signal),
                " are sent; no path is added."
            ),
            ..ROW
        }
    };
}

macro_rules! exporter {
    ($signal:ident, $name:literal, $variant:ident) => {
        Setting {
            name: $name,
            kind: Names(&[
                Word::Known("otlp", |_| ()),
                Word::Known("none", |draft| {
                    draft.otlp.change(|otlp| otlp.without(OtlpSignal::$variant));
                }),
                Word::Ignored("console"),
                Word::Ignored("logging"),
                Word::Ignored("zipkin"),
                Word::Ignored("prometheus"),
            ]),
            default: "`otlp`",
            help: concat!("`none` sends no ", stringify!($signal), "."),
            ..ROW
        }
    };
}

pub(super) const ALL: Group = exports!(
    all,
    "OTEL_EXPORTER_OTLP_",
    "OTLP",
    "Sends spans, metrics and log records. Without an endpoint nothing is sent by OTLP.",
    [Setting {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        kind: Url(|draft, url| draft.otlp.base(url)),
        help: "Where all signals are sent, such as `http://localhost:4318`; over HTTP \
            `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended.",
        ..ROW
    }]
);

pub(super) const TRACES: Group = exports!(
    traces,
    "OTEL_EXPORTER_OTLP_TRACES_",
    "OTLP, traces",
    "",
    [
        endpoint!(traces, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Traces),
        spans::EXPORTER,
    ]
);

pub(super) const METRICS: Group = exports!(
    metrics,
    "OTEL_EXPORTER_OTLP_METRICS_",
    "OTLP, metrics",
    "",
    [
        endpoint!(metrics, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", Metrics),
        exporter!(metrics, "OTEL_METRICS_EXPORTER", Metrics),
        Setting {
            name: "OTEL_METRIC_EXPORT_INTERVAL",
            kind: Number("milliseconds", |draft, interval| {
                let interval = Duration::from_millis(interval);
                draft.otlp.change(|otlp| otlp.metrics_interval(interval));
            }),
            default: "60000",
            help: "How often metrics are exported.",
            ..ROW
        },
        Setting {
            name: "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            kind: Words(&[
                Word::Known("cumulative", |draft| temporality(
                    draft,
                    Temporality::Cumulative
                )),
                Word::Known("delta", |draft| temporality(draft, Temporality::Delta)),
                Word::Known("lowmemory", |draft| temporality(
                    draft,
                    Temporality::LowMemory
                )),
            ]),
            default: "`cumulative`",
            help: "Whether metrics are sums since the start of the program or since the last export.",
            ..ROW
        },
    ]
);

pub(super) const LOGS: Group = exports!(
    logs,
    "OTEL_EXPORTER_OTLP_LOGS_",
    "OTLP, log records",
    "There are log records only if \
     `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` or `Builder::moments_as_logs` asks for them.",
    [
        endpoint!(logs, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", Logs),
        exporter!(logs, "OTEL_LOGS_EXPORTER", Logs),
    ]
);

fn temporality(draft: &mut Draft, temporality: Temporality) {
    draft
        .otlp
        .change(|otlp| otlp.metrics_temporality(temporality));
}
