//! OpenTelemetry's variables, but those of OTLP.

use crate::config::ConfigError;
use crate::settings::constraint;
use crate::settings::draft::Draft;
use crate::settings::setting::{GROUP, Group, Kind, ROW, Setting};
use crate::settings::value::{Value, count, decoded, time_limit};
use opentelemetry::KeyValue;
use std::collections::BTreeSet;
use std::time::Duration;

use Kind::{Flag, Form, List, Number, Positive, Text};

pub(super) const GENERAL: Group = Group {
    title: "General",
    settings: &[
        Setting {
            name: "OTEL_SDK_DISABLED",
            kind: Flag(|draft, disabled| draft.settings.disabled = disabled),
            default: "`false`",
            help: "Switches everything off: nothing is recorded and nothing is sent.",
            ..ROW
        },
        Setting {
            name: "OTEL_SERVICE_NAME",
            kind: Text(|draft, name| draft.settings.service_name = Some(name)),
            default: "`unknown_service:` and the name of the program's file",
            help: "The `service.name` of spans, metrics and log records.",
            ..ROW
        },
        Setting {
            name: "OTEL_RESOURCE_ATTRIBUTES",
            kind: List("`key=value`, percent-encoded", resource),
            help: "Further resource attributes; without a `service.instance.id` each process \
                generates one.",
            ..ROW
        },
        Setting {
            name: "OTEL_PROPAGATORS",
            kind: List("`tracecontext`, `baggage` or `none`", |draft, names| {
                propagators(draft, names);
                Ok(())
            }),
            default: "`tracecontext,baggage`",
            help: "Which headers are added to requests to the hosts of `Builder::propagate_to`, \
                and read by `Telemetry::extract`.",
            ..ROW
        },
    ],
    ..GROUP
};

pub(super) const SPANS: Group = Group {
    title: "Sampling and batches of spans",
    about: "Turns are sent whether or not their spans are sampled.",
    settings: &[
        Setting {
            name: "OTEL_TRACES_SAMPLER",
            kind: Form(
                "`always_on`, `always_off` or `traceidratio`, also with `parentbased_` before it",
                |draft, name| {
                    draft.sampler = Some(name.text.to_ascii_lowercase());
                    Ok(())
                },
            ),
            default: "`parentbased_always_on`",
            help: "Which traces are exported.",
            ..ROW
        },
        Setting {
            name: "OTEL_TRACES_SAMPLER_ARG",
            kind: Form("number from 0 to 1", |draft, argument| {
                draft.sampler_argument = Some(argument.text.to_owned());
                Ok(())
            }),
            default: "1",
            help: "The share of traces that `traceidratio` exports.",
            ..ROW
        },
        Setting {
            name: "OTEL_BSP_SCHEDULE_DELAY",
            kind: Number("milliseconds", |draft, delay| {
                draft.settings.batching.delay = Duration::from_millis(delay);
            }),
            default: "1000",
            help: "How long a span waits for others to be exported with; OpenTelemetry's default \
                is 5000, but what waits is lost when the process is killed.",
            ..ROW
        },
        Setting {
            name: "OTEL_BSP_MAX_QUEUE_SIZE",
            kind: Positive("spans", |draft, spans| {
                draft.settings.batching.max_queued = spans;
            }),
            default: "2048",
            help: "How many spans may wait for one destination.",
            ..ROW
        },
        Setting {
            name: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            kind: Positive("spans", |draft, spans| {
                draft.settings.batching.max_batch = count(spans);
            }),
            default: "512",
            help: "How many spans are exported at once.",
            ..ROW
        },
        Setting {
            name: "OTEL_BSP_EXPORT_TIMEOUT",
            kind: Number("milliseconds", |draft, limit| {
                draft.settings.batching.export_timeout = time_limit(limit);
            }),
            default: "30000",
            help: "Time limit of one export; 0 is no limit.",
            ..ROW
        },
    ],
    join: |draft| {
        constraint::sampler(draft);
        Ok(())
    },
    ..GROUP
};

fn resource(draft: &mut Draft, attributes: &Value<'_>) -> Result<(), ConfigError> {
    let pairs = attributes.pairs()?.into_iter();
    let attributes = pairs.map(|(key, value)| KeyValue::new(decoded(key), decoded(value)));
    draft.settings.resource.extend(attributes);
    Ok(())
}

/// Which of those that there are may add to requests.
fn propagators(draft: &mut Draft, names: &Value<'_>) {
    const KNOWN: [&str; 3] = ["tracecontext", "baggage", "none"];
    const ELSEWHERE: [&str; 5] = ["b3", "b3multi", "jaeger", "xray", "ottrace"];
    let (known, others): (BTreeSet<String>, BTreeSet<String>) = { names.text.split(',') }
        .map(|name| name.trim().to_ascii_lowercase())
        .partition(|name| KNOWN.contains(&name.as_str()));
    for other in others {
        if ELSEWHERE.contains(&other.as_str()) {
            draft.ignore(names.setting, &other);
        } else {
            draft.pass_over(&names.is_none_of(&KNOWN, &other));
        }
    }
    if known.is_empty() {
        return;
    }
    draft.settings.propagation.no_trace_context = !known.contains("tracecontext");
    draft.settings.propagation.no_baggage = !known.contains("baggage");
}
