//! `TURNSPAN_*`, and the variable of the GenAI conventions.

use crate::config::{CaptureMode, ConfigError};
use crate::conventions::Conventions;
use crate::destination::Lines;
use crate::redact::Action;
use crate::settings::constraint;
use crate::settings::draft::Draft;
use crate::settings::setting::{GROUP, Group, Kind, ROW, Setting, Word};
use crate::settings::value::Value;

use super::redaction::{redaction, redaction_names};
use Kind::{Flag, List, Path, Words};

pub(super) const GEN_AI: Group = Group {
    title: "Generative AI",
    settings: &[
        Setting {
            name: "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
            kind: Words(&[
                Word::Known("NO_CONTENT", |draft| capture(draft, CaptureMode::NoContent)),
                Word::Known("SPAN_ONLY", |draft| capture(draft, CaptureMode::SpanOnly)),
                Word::Known("EVENT_ONLY", |draft| capture(draft, CaptureMode::EventOnly)),
                Word::Known("SPAN_AND_EVENT", |draft| {
                    capture(draft, CaptureMode::SpanAndEvent);
                }),
                // As older instrumentations had it.
                Word::Known("true", |draft| capture(draft, CaptureMode::SpanOnly)),
                Word::Known("false", |draft| capture(draft, CaptureMode::NoContent)),
            ]),
            default: "`NO_CONTENT`",
            help: "Whether prompts, answers, and arguments and results of tools are exported, on \
                spans or in log records; `true` is `SPAN_ONLY`. Texts of errors have \
                `TURNSPAN_CAPTURE_ERROR_TEXTS`, TES has `TES_CAPTURE_CONTENT`.",
            ..ROW
        },
        Setting {
            name: "TURNSPAN_CAPTURE_ERROR_TEXTS",
            kind: Flag(|draft, texts| draft.settings.error_texts = texts),
            default: "`false`",
            help: "Whether the texts of errors are exported, on spans and in log records; types \
                and codes of errors always are. TES has `TES_CAPTURE_CONTENT`.",
            ..ROW
        },
        Setting {
            name: "TURNSPAN_FULL_TOOL_DEFINITIONS",
            kind: Flag(|draft, full| draft.settings.full_tool_definitions = full),
            default: "`false`",
            help: "Whether exported tool definitions have their descriptions and parameters, and \
                not only types and names. There are none unless prompts are exported.",
            ..ROW
        },
        Setting {
            name: "TURNSPAN_INCLUDE_USAGE",
            kind: Flag(|draft, include| draft.settings.include_usage = include),
            default: "`false`",
            help: "Whether streams of OpenAI-compatible servers are asked for their usage \
                (`stream_options.include_usage`) where their callers did not ask; the event that \
                comes of it is kept from the caller.",
            ..ROW
        },
        Setting {
            name: "TURNSPAN_ALLOW_ATTRIBUTES",
            kind: List("keys, perhaps with `*` at the end", allowed),
            help: "Attributes of your own whose texts are exported with spans of generative AI; \
                numbers, and texts known to be names or ids, always are.",
            ..ROW
        },
        Setting {
            name: "TURNSPAN_PROVIDER_HOSTS",
            kind: List("`host=provider`", provider_hosts),
            help: "The provider at hosts of your own, such as `llm.internal=mistral_ai`; the hosts \
                of providers are known.",
            ..ROW
        },
        Setting {
            name: "TURNSPAN_SEMCONV",
            kind: Words(&[
                Word::Known("published", |draft| {
                    draft.settings.conventions = Conventions::Published;
                }),
                Word::Known("latest", |draft| {
                    draft.settings.conventions = Conventions::Latest;
                }),
            ]),
            default: "`published`",
            help: "Which names attributes and metrics have: those of the conventions 1.41.1, or \
                those of their repository since.",
            ..ROW
        },
    ],
    ..GROUP
};

pub(super) const LINES: Group = Group {
    title: "JSON lines",
    settings: &[Setting {
        name: "TURNSPAN_LINES_PATH",
        kind: Path(|draft, path| {
            draft.lines = Some(Lines::new(path.text));
            Ok(())
        }),
        help: "A file to which turns are appended, one JSON object a line.",
        ..ROW
    }],
    ..GROUP
};

pub(super) const REDACTION: Group = Group {
    title: "Redaction of spans and log records",
    settings: &redaction!(span_redaction, "TURNSPAN_REDACT"),
    join: |draft| {
        let names = redaction_names!("TURNSPAN_REDACT");
        if let Some(redaction) = constraint::redaction(&mut draft.span_redaction, names)? {
            draft.settings.redact_spans = Some(redaction);
        }
        Ok(())
    },
    ..GROUP
};

fn capture(draft: &mut Draft, mode: CaptureMode) {
    draft.settings.capture = mode;
}

fn allowed(draft: &mut Draft, keys: &Value<'_>) -> Result<(), ConfigError> {
    let is_wrong = |key: &&str| {
        let start = key.strip_suffix('*').unwrap_or(key);
        start.contains(|char: char| char == '*' || char.is_whitespace())
    };
    if let Some(key) = keys.items().find(is_wrong) {
        let problem = format!("must be keys behind commas, `*` at their end, not `{key}`");
        return Err(keys.invalid(problem));
    }
    draft.settings.allowed = keys.items().map(str::to_owned).collect();
    Ok(())
}

fn provider_hosts(draft: &mut Draft, hosts: &Value<'_>) -> Result<(), ConfigError> {
    for (host, provider) in hosts.pairs()? {
        if host.is_empty() || host.contains(['/', ':', '@']) || provider.is_empty() {
            let problem = format!("must be host=provider pairs, not `{host}={provider}`");
            return Err(hosts.invalid(problem));
        }
        draft.settings.providers.add(host, provider);
    }
    Ok(())
}
