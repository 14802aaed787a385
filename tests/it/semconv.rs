//! `src/semconv.rs` says what `semconv/` says, and the check of spans bites.

use super::support::registry::{OurType, Registry, SpanRow, UpstreamAttribute, check};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanKind, Status, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, Span, SpanData};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[test]
fn semconv_rs_is_what_the_tables_generate() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/semconv.rs");
    let generated = generate(&Registry::load());
    if std::env::var_os("TURNSPAN_UPDATE").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    assert!(
        written == generated,
        "src/semconv.rs and semconv/ differ: run `TURNSPAN_UPDATE=1 cargo test --test it semconv`",
    );
}

fn generate(registry: &Registry) -> String {
    let mut out = String::from(
        "//! Names of attributes, events, metrics and values: for filters, exporters and\n\
         //! dashboards that are to agree with what telemetry writes.\n\
         //!\n\
         //! *published* are those of the\n\
         //! [GenAI conventions 1.41.1](https://github.com/open-telemetry/semantic-conventions/tree/v1.41.1/docs/gen-ai),\n\
         //! *newer* those that their own repository has since, *latest* those that it has\n\
         //! instead of published ones ([`Conventions`](crate::Conventions)), *core* those\n\
         //! of OpenTelemetry at large, *ours* those that turnspan adds.\n\
         //!\n\
         //! Generated from `semconv/` by `TURNSPAN_UPDATE=1 cargo test --test it semconv`;\n\
         //! do not edit.\n\
         //!\n\
         //! ```\n\
         //! use turnspan::semconv::{CONTENT_ATTRIBUTES, attribute, value};\n\
         //!\n\
         //! assert_eq!(attribute::GEN_AI_REQUEST_MODEL, \"gen_ai.request.model\");\n\
         //! assert_eq!(value::operation::CHAT, \"chat\");\n\
         //! assert!(CONTENT_ATTRIBUTES.contains(&attribute::GEN_AI_INPUT_MESSAGES));\n\
         //! ```\n\n\
         /// The published conventions that spans follow: the\n\
         /// [schema URL](https://opentelemetry.io/docs/specs/otel/schemas/#schema-url) of\n\
         /// turnspan's scope.\n\
         pub const SCHEMA_URL: &str = \"https://opentelemetry.io/schemas/1.41.1\";\n\n",
    );
    latest(&mut out, registry);
    content_attributes(&mut out, registry);
    plain_attributes(&mut out, registry);
    types(&mut out, registry);
    spans(&mut out, registry);
    headers(&mut out, registry);
    attributes(&mut out, registry);
    events(&mut out, registry);
    metrics(&mut out, registry);
    boundaries(&mut out, registry);
    values(&mut out, registry);
    out
}

/// What `Conventions::Latest` has otherwise.
fn latest(out: &mut String, registry: &Registry) {
    let attributes = registry.upstream.attributes.iter().filter_map(|it| {
        let (published, latest) = (constant(&it.key), constant(it.latest.as_ref()?));
        Some(format!(
            "(\n        attribute::{published},\n        attribute::{latest},\n    )"
        ))
    });
    let about = "Published attributes that the GenAI repository's main calls otherwise, and how.";
    pairs(out, "LATEST_ATTRIBUTES", about, attributes);
    let metrics = registry.upstream.metrics.iter().filter_map(|it| {
        let latest = it.latest.as_ref().filter(|latest| *latest != "gone")?;
        let (published, latest) = (constant(&it.name), constant(latest));
        Some(format!(
            "(\n        metric::{published},\n        metric::{latest},\n    )"
        ))
    });
    let about = "Published metrics that it calls otherwise, and how.";
    pairs(out, "LATEST_METRICS", about, metrics);
    let ints = registry.upstream.attributes.iter();
    let ints = ints.filter(|it| it.latest_type.as_deref() == Some("int"));
    list(
        out,
        "LATEST_INT_ATTRIBUTES",
        "Attributes that are whole numbers there.",
        ints.map(|it| format!("attribute::{}", constant(&it.key))),
    );
    let conversing = registry.upstream.spans.iter().filter(|span| {
        let mut latest = span.latest.iter();
        latest.any(|key| key == "gen_ai.conversation.id")
    });
    list(
        out,
        "LATEST_CONVERSATION_OPERATIONS",
        "Operations whose spans name their conversation only there.",
        conversing
            .flat_map(|span| &span.operations)
            .map(|operation| format!("value::operation::{}", constant(operation))),
    );
}

fn pairs(out: &mut String, name: &str, about: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    // As rustfmt lays it out.
    let items = match &items[..] {
        [one] => one.replace("\n    ", "\n"),
        several => format!("\n    {},\n", several.join(",\n    ")),
    };
    writeln!(
        out,
        "/// {about}\npub const {name}: &[(&str, &str)] = &[{items}];\n"
    )
    .unwrap();
}

/// All names of an upstream attribute.
fn names(attribute: &UpstreamAttribute) -> impl Iterator<Item = &String> {
    [&attribute.key].into_iter().chain(&attribute.latest)
}

fn content_attributes(out: &mut String, registry: &Registry) {
    let content = registry
        .upstream
        .attributes
        .iter()
        .filter(|attribute| attribute.content);
    let content = content.map(|attribute| format!("attribute::{}", constant(&attribute.key)));
    let ours = registry.upstream.content_of_ours.iter();
    let ours = ours.map(|key| format!("attribute::{}", constant(key)));
    list(
        out,
        "CONTENT_ATTRIBUTES",
        "Attributes that hold what was said, of those that telemetry writes: they pass\n\
         /// only through the content gate. Those of other instrumentations are known to\n\
         /// [`WithoutContent`](crate::WithoutContent).",
        content.chain(ours),
    );
}

fn plain_attributes(out: &mut String, registry: &Registry) {
    let upstream = registry.upstream.attributes.iter();
    let upstream = upstream
        .filter(|attribute| !attribute.content && !attribute.text)
        .flat_map(|attribute| names(attribute).map(|key| (attribute.r#type.as_str(), key)));
    let is_template =
        |kind: &OurType| matches!(kind, OurType::Plain(plain) if plain.starts_with("template"));
    let ours = registry.ours.attributes.iter();
    let is_content = |key: &String| registry.upstream.content_of_ours.contains(key);
    let ours: Vec<(&str, &String)> = ours
        .filter(|attribute| !is_template(&attribute.r#type) && !is_content(&attribute.key))
        .map(|attribute| (attribute.r#type.name(), &attribute.key))
        .collect();
    let all: Vec<(&str, &String)> = upstream.chain(ours).collect();
    let is_text = |r#type: &str| ["string", "string[]", "enum"].contains(&r#type);
    let name = |key: &String| format!("attribute::{}", constant(key));
    list(
        out,
        "PLAIN_ATTRIBUTES",
        "Attributes that hold names, ids and numbers: neither a free text nor a person.",
        all.iter().map(|(_, key)| name(key)),
    );
    list(
        out,
        "NAME_ATTRIBUTES",
        "Those of them that are texts: names, ids and enumerations.",
        all.iter()
            .filter(|(r#type, _)| is_text(r#type))
            .map(|(_, key)| name(key)),
    );
}

/// Types of the names that a `tracing` field may have, which knows fewer.
fn types(out: &mut String, registry: &Registry) {
    for (r#type, name, about) in [
        ("string", "STRING_ATTRIBUTES", "texts"),
        ("int", "INT_ATTRIBUTES", "whole numbers"),
        ("double", "DOUBLE_ATTRIBUTES", "numbers"),
        ("boolean", "BOOLEAN_ATTRIBUTES", "flags"),
        ("string[]", "STRING_LIST_ATTRIBUTES", "lists of texts"),
    ] {
        let gen_ai = registry.upstream.attributes.iter();
        let keys = gen_ai
            .filter(|attribute| attribute.r#type == r#type && attribute.key.starts_with("gen_ai."))
            .flat_map(names)
            .map(|key| format!("attribute::{}", constant(key)));
        list(
            out,
            name,
            &format!("`gen_ai.*` attributes that are {about}."),
            keys,
        );
    }
}

fn spans(out: &mut String, registry: &Registry) {
    out.push_str(
        "/// Operations, the attribute that follows them in the name of their spans, and\n\
         /// whether those are of kind client (else internal) if nobody says otherwise.\n\
         pub const SPAN_FORMS: &[(&str, &str, bool)] = &[\n",
    );
    for span in &registry.upstream.spans {
        let subject = constant(&span.name[1]);
        let is_client = span.kinds[0] == "client";
        for operation in operations(span) {
            writeln!(
                out,
                "    (\n        {operation},\n        \
                 attribute::{subject},\n        {is_client},\n    ),"
            )
            .unwrap();
        }
    }
    out.push_str("];\n\n");
    let in_conversations = registry.upstream.spans.iter().filter(|span| {
        let conditional = &span.conditionally_required;
        conditional
            .iter()
            .any(|key| key == "gen_ai.conversation.id")
    });
    list(
        out,
        "CONVERSATION_OPERATIONS",
        "Operations whose spans name their conversation.",
        in_conversations.flat_map(operations),
    );
}

/// The constants of its operations.
fn operations(span: &SpanRow) -> impl Iterator<Item = String> {
    let list = if span.is_ours() {
        "operation_of_ours"
    } else {
        "operation"
    };
    let operations = span.operations.iter();
    operations.map(move |operation| format!("value::{list}::{}", constant(operation)))
}

fn list(out: &mut String, name: &str, about: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    let line = format!("pub const {name}: &[&str] = &[{}];", items.join(", "));
    // As rustfmt lays it out.
    let laid_out = match line.len() {
        ..=100 => line,
        _ => format!(
            "pub const {name}: &[&str] = &[\n    {},\n];",
            items.join(",\n    ")
        ),
    };
    writeln!(out, "/// {about}\n{laid_out}\n").unwrap();
}

fn attributes(out: &mut String, registry: &Registry) {
    out.push_str(
        "/// Attribute keys, with their type and the state of their name.\npub mod attribute {\n",
    );
    for attribute in &registry.upstream.attributes {
        let about = format!(
            "{} (`{}`, {})",
            attribute.brief, attribute.r#type, attribute.state
        );
        item(out, 1, &attribute.key, &about);
        if let Some(latest) = &attribute.latest {
            let about = format!("{} (`{}`, latest)", attribute.brief, attribute.r#type);
            item(out, 1, latest, &about);
        }
    }
    for attribute in &registry.ours.attributes {
        let kind = attribute.r#type.name();
        item(
            out,
            1,
            &attribute.key,
            &format!("{} (`{kind}`, ours)", attribute.brief),
        );
    }
    out.push_str("}\n\n");
}

/// In the order of their names, so that one is soon found.
fn headers(out: &mut String, registry: &Registry) {
    let mut headers = registry.upstream.response_headers.clone();
    headers.sort();
    let names = headers
        .iter()
        .map(|it| constant(&format!("http.response.header.{it}")));
    list(
        out,
        "RESPONSE_HEADERS",
        "Headers of a response that become attributes, sorted.",
        names.map(|it| format!("attribute::{it}")),
    );
}

fn events(out: &mut String, registry: &Registry) {
    let ours = registry.events.iter().map(|event| &event.name);
    let upstream = registry.upstream.events.iter().map(|event| &event.name);
    let all = ours.chain(upstream);
    list(
        out,
        "EVENTS",
        "All events that telemetry writes.",
        all.map(|name| format!("event::{}", constant(name))),
    );
    out.push_str("/// Names of events: of the lifecycle, and log records.\npub mod event {\n");
    for event in &registry.events {
        item(out, 1, &event.name, &format!("{} (ours)", event.brief));
    }
    for event in &registry.upstream.events {
        let about = format!("{} (log record, {})", event.brief, event.state);
        item(out, 1, &event.name, &about);
    }
    out.push_str("}\n\n");
}

fn metrics(out: &mut String, registry: &Registry) {
    out.push_str("/// Names of metrics, with their instrument and unit.\npub mod metric {\n");
    for metric in &registry.upstream.metrics {
        let about = format!(
            "{} ({} of `{}`, {})",
            metric.brief, metric.instrument, metric.unit, metric.state
        );
        item(out, 1, &metric.name, &about);
        if let Some(latest) = metric.latest.as_ref().filter(|it| *it != "gone") {
            let about = about.replace(", published)", ", latest)");
            item(out, 1, latest, &about);
        }
    }
    for metric in &registry.metrics {
        let about = format!(
            "{} ({} of `{}`, ours)",
            metric.brief, metric.instrument, metric.unit
        );
        item(out, 1, &metric.name, &about);
    }
    out.push_str("}\n\n");
}

fn boundaries(out: &mut String, registry: &Registry) {
    // An invocation of an agent lasts longer than a call.
    let is_of_agent = |name: &str| name.starts_with("gen_ai.invoke_agent.");
    for (unit, of_agents, name) in [
        ("s", false, "SECONDS"),
        ("{token}", false, "TOKENS"),
        ("s", true, "AGENT_SECONDS"),
        ("{tool_call}", true, "AGENT_CALLS"),
    ] {
        let mut of_unit = registry
            .upstream
            .metrics
            .iter()
            .filter(|it| it.unit == unit && is_of_agent(&it.name) == of_agents)
            .filter_map(|it| it.boundaries.as_ref());
        let all = of_unit.next().unwrap();
        assert!(of_unit.all(|boundaries| boundaries == all));
        writeln!(
            out,
            "/// Bucket boundaries of histograms in `{unit}`, as the\n\
             /// [conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-metrics.md)\n\
             /// advise.\n\
             #[allow(clippy::unreadable_literal, reason = \"generated\")]"
        )
        .unwrap();
        // As rustfmt lays it out.
        let head = format!("pub const {name}_BOUNDARIES: &[f64] = &[");
        let whole = format!("{head}{}];", format!("{all:?}").trim_matches(['[', ']']));
        if whole.len() <= 100 {
            writeln!(out, "{whole}\n").unwrap();
            continue;
        }
        writeln!(out, "{head}").unwrap();
        let mut line = String::from("   ");
        for boundary in all {
            let next = format!(" {boundary:?},");
            if line.len() + next.len() > 100 {
                writeln!(out, "{line}").unwrap();
                line = String::from("   ");
            }
            line.push_str(&next);
        }
        writeln!(out, "{line}\n];\n").unwrap();
    }
}

fn values(out: &mut String, registry: &Registry) {
    out.push_str(
        "/// Well-known values, by what they are values of. All lists but those of ours are\n\
         /// open: others may be met.\npub mod value {\n",
    );
    for (list, values) in &registry.upstream.values {
        let of = match list.as_str() {
            "error_type" => "`error.type` that are neither a status nor a provider's own word",
            "finish_reason" => "`finish_reason` in `gen_ai.output.messages`",
            "openai_api_type" => "`openai.api.type`",
            "operation" => "`gen_ai.operation.name`",
            "operation_of_ours" => "`gen_ai.operation.name`, where the conventions have none",
            "output_type" => "`gen_ai.output.type`",
            "provider" => "`gen_ai.provider.name`",
            "token_modality" => "`gen_ai.token.modality`",
            "token_type" => "`gen_ai.token.type`",
            other => other,
        };
        writeln!(
            out,
            "    /// Well-known values of {of}.\n    pub mod {list} {{"
        )
        .unwrap();
        for value in values {
            item(out, 2, value, &format!("`{value}`."));
        }
        out.push_str("    }\n");
    }
    for attribute in &registry.ours.attributes {
        let OurType::Enum { members } = &attribute.r#type else {
            continue;
        };
        let module = attribute.key.replace("turnspan.", "").replace('.', "_");
        writeln!(out, "    /// {}\n    pub mod {module} {{", attribute.brief).unwrap();
        for member in members {
            item(out, 2, &member.value, &member.brief);
        }
        out.push_str("    }\n");
    }
    out.push_str("}\n");
}

fn item(out: &mut String, depth: usize, value: &str, about: &str) {
    let indent = "    ".repeat(depth);
    // rustfmt leaves a line alone that it cannot break.
    let line = format!("{indent}pub const {}: &str = \"{value}\";", constant(value));
    let line = if line.len() > 100 {
        line.replacen(" = ", &format!(" =\n{indent}    "), 1)
    } else {
        line
    };
    writeln!(out, "{indent}/// {about}\n{line}").unwrap();
}

fn constant(name: &str) -> String {
    name.trim_start_matches('_')
        .replace(['.', '-'], "_")
        .to_uppercase()
}

/// A span that is as it should be, before `change` spoils it.
fn span(change: impl FnOnce(&mut Span)) -> SpanData {
    span_of("chat", SpanKind::Client, change)
}

fn span_of(operation: &'static str, kind: SpanKind, change: impl FnOnce(&mut Span)) -> SpanData {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let builder = SpanBuilder::from_name(format!("{operation} m"))
        .with_kind(kind)
        .with_attributes([
            KeyValue::new("gen_ai.operation.name", operation),
            KeyValue::new("gen_ai.request.model", "m"),
        ]);
    let mut span = provider.tracer("test").build(builder);
    change(&mut span);
    span.end();
    exporter.get_finished_spans().unwrap().remove(0)
}

fn good(span: &mut Span) {
    span.set_attribute(KeyValue::new("gen_ai.provider.name", "openai"));
}

#[test]
fn a_good_span_passes() {
    let metadata = KeyValue::new("tes.metadata.plan", "pro");
    let span = span(|span| {
        good(span);
        span.set_attribute(metadata);
    });
    assert_eq!(check(&[span]), Vec::<String>::new());
}

type Change = fn(&mut Span);

#[track_caller]
fn assert_found(cases: &[(&str, Change)]) {
    for (violation, change) in cases {
        let found = check(&[span(change)]);
        assert!(
            found.iter().any(|line| line.contains(violation)),
            "{violation}: {found:?}"
        );
    }
}

#[test]
fn every_kind_of_violation_is_found() {
    assert_found(&[
        ("gen_ai.provider.name is missing", |_| {}),
        ("gen_ai.made_up is not in the registry", |s| {
            good(s);
            s.set_attribute(KeyValue::new("gen_ai.made_up", "x"));
        }),
        ("gen_ai.usage.input_tokens is not a int", |s| {
            good(s);
            s.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", "5"));
        }),
        ("is there twice", |s| {
            good(s);
            good(s);
        }),
        ("gen_ai.system must never be emitted", |s| {
            good(s);
            s.set_attribute(KeyValue::new("gen_ai.system", "openai"));
        }),
        ("gen_ai.tool.name does not belong on this span", |s| {
            good(s);
            s.set_attribute(KeyValue::new("gen_ai.tool.name", "t"));
        }),
        ("its name should be `chat m`", |s| {
            good(s);
            s.update_name("m");
        }),
        ("turnspan.outcome has no value odd", |s| {
            good(s);
            s.set_attribute(KeyValue::new("turnspan.outcome", "odd"));
        }),
        ("status is Ok", |s| {
            good(s);
            s.set_status(Status::Ok);
        }),
    ]);
}

#[test]
fn conditions_that_do_not_hold_are_found() {
    assert_found(&[
        ("server.port is missing", |s| {
            good(s);
            s.set_attribute(KeyValue::new("server.address", "h"));
        }),
        ("gen_ai.request.stream is only ever true", |s| {
            good(s);
            s.set_attribute(KeyValue::new("gen_ai.request.stream", false));
        }),
        ("status is Error without error.type", |s| {
            good(s);
            s.set_status(Status::error(""));
        }),
        ("error.type without status Error", |s| {
            good(s);
            s.set_attribute(KeyValue::new("error.type", "429"));
        }),
        ("gen_ai.request.choice.count is only ever not one", |s| {
            good(s);
            s.set_attribute(KeyValue::new("gen_ai.request.choice.count", 1));
        }),
        ("time_to_first_chunk without a stream", |s| {
            good(s);
            let key = "gen_ai.response.time_to_first_chunk";
            s.set_attribute(KeyValue::new(key, 0.1));
        }),
    ]);
}

#[test]
fn violations_of_events_are_found() {
    assert_found(&[
        ("unknown event gen_ai.odd", |s| {
            good(s);
            s.add_event("gen_ai.odd", vec![]);
        }),
        ("retry.reason is missing", |s| {
            good(s);
            s.add_event("gen_ai.retry", vec![KeyValue::new("retry.attempt", 1)]);
        }),
        ("tool.name does not belong on this event", |s| {
            good(s);
            let tool = KeyValue::new("gen_ai.tool.name", "t");
            s.add_event("gen_ai.prompt.sent", vec![tool]);
        }),
        ("exception: gen_ai.made_up is not in the registry", |s| {
            good(s);
            s.add_event("exception", vec![KeyValue::new("gen_ai.made_up", "x")]);
        }),
        ("retry.reason has no value odd", |s| {
            good(s);
            s.add_event("gen_ai.retry", vec![KeyValue::new("retry.reason", "odd")]);
        }),
    ]);
}

#[test]
fn a_list_that_was_joined_into_a_text_is_a_wrong_type() {
    let list = Value::Array(Array::String(vec!["stop".into()]));
    let as_list = span(|s| {
        good(s);
        s.set_attribute(KeyValue::new("gen_ai.response.finish_reasons", list));
    });
    assert!(check(&[as_list]).is_empty());
    let as_text = span(|s| {
        good(s);
        s.set_attribute(KeyValue::new("gen_ai.response.finish_reasons", "stop"));
    });
    assert_eq!(check(&[as_text]).len(), 1);
}

#[test]
fn our_names_may_not_stray_onto_other_spans() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let mut span = provider.tracer("test").start("GET /");
    span.set_attribute(KeyValue::new("tes.session.id", "x"));
    span.end();
    assert_eq!(
        check(&exporter.get_finished_spans().unwrap()),
        ["GET /: stray tes.session.id"]
    );
}

#[test]
fn a_kind_that_the_operation_does_not_have_is_found() {
    let found = check(&[span_of("chat", SpanKind::Server, good)]);
    assert_eq!(found, ["chat m: kind is server"]);
}

#[test]
fn an_operation_that_nobody_declared_is_found() {
    let found = check(&[span_of("odd", SpanKind::Client, good)]);
    assert_eq!(found, ["odd m: unknown operation odd"]);
}

#[test]
fn a_chat_of_openai_without_a_model_is_found() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let builder = SpanBuilder::from_name("chat")
        .with_kind(SpanKind::Client)
        .with_attributes([KeyValue::new("gen_ai.operation.name", "chat")]);
    let mut span = provider.tracer("test").build(builder);
    good(&mut span);
    span.end();
    assert_eq!(
        check(&exporter.get_finished_spans().unwrap()),
        ["chat: gen_ai.request.model is missing"]
    );
}

#[test]
fn what_was_searched_for_and_found_is_content() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(turnspan::WithoutContent::new(exporter.clone()))
        .build();
    let builder = SpanBuilder::from_name("retrieval")
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("gen_ai.operation.name", "retrieval"),
            KeyValue::new("gen_ai.retrieval.query.text", "secret"),
            KeyValue::new("gen_ai.retrieval.documents", "secret"),
        ]);
    provider.tracer("test").build(builder).end();
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(check(&spans), Vec::<String>::new());
    let keys: Vec<&str> = spans[0].attributes.iter().map(|a| a.key.as_str()).collect();
    assert_eq!(keys, ["gen_ai.operation.name"]);
}
