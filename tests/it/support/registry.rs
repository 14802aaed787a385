//! The tables of `semconv/`, and the check of finished spans against them.

use jsonschema::Validator;
use opentelemetry::logs::AnyValue;
use opentelemetry::trace::{Event, SpanKind, Status};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

static PUBLISHED: LazyLock<Registry> = LazyLock::new(|| Registry::load().published());
static LATEST: LazyLock<Registry> = LazyLock::new(|| Registry::load().latest());

/// The shapes of what was said, by the attribute that holds it.
static SCHEMAS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let schemas: serde_json::Value = read("schemas/messages.json");
    let attributes = schemas["$defs"].as_object().unwrap().keys();
    let attributes = attributes.filter(|name| name.starts_with("gen_ai."));
    let validator = |name: &String| {
        let mut schema = schemas.clone();
        schema["$ref"] = format!("#/$defs/{name}").into();
        (name.clone(), jsonschema::validator_for(&schema).unwrap())
    };
    attributes.map(validator).collect()
});

/// Everything that `semconv/` declares.
pub(crate) struct Registry {
    pub(crate) ours: Model,
    pub(crate) events: Vec<EventRow>,
    /// What we add to spans, by their type.
    pub(crate) additions: Vec<Refinement>,
    pub(crate) metrics: Vec<MetricRow>,
    pub(crate) upstream: Upstream,
}

#[derive(Deserialize)]
pub(crate) struct Model {
    pub(crate) attributes: Vec<OurAttribute>,
}

#[derive(Deserialize)]
pub(crate) struct OurAttribute {
    pub(crate) key: String,
    pub(crate) r#type: OurType,
    pub(crate) brief: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum OurType {
    Plain(String),
    Enum { members: Vec<Member> },
}

impl OurType {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Plain(plain) => plain,
            Self::Enum { .. } => "enum",
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Member {
    pub(crate) value: String,
    pub(crate) brief: String,
}

#[derive(Deserialize)]
struct Events {
    events: Vec<EventRow>,
}

#[derive(Deserialize)]
pub(crate) struct EventRow {
    pub(crate) name: String,
    pub(crate) brief: String,
    attributes: Vec<Reference>,
}

#[derive(Deserialize)]
struct Metrics {
    metrics: Vec<MetricRow>,
}

/// A metric of ours.
#[derive(Deserialize)]
pub(crate) struct MetricRow {
    pub(crate) name: String,
    pub(crate) brief: String,
    pub(crate) instrument: String,
    pub(crate) unit: String,
    #[serde(default)]
    pub(crate) attributes: Vec<Reference>,
}

#[derive(Deserialize)]
struct Spans {
    span_refinements: Vec<Refinement>,
}

#[derive(Deserialize)]
pub(crate) struct Refinement {
    r#ref: String,
    attributes: Vec<Reference>,
}

#[derive(Deserialize)]
pub(crate) struct Reference {
    pub(crate) r#ref: String,
    requirement_level: String,
}

#[derive(Deserialize)]
pub(crate) struct Upstream {
    pub(crate) attributes: Vec<UpstreamAttribute>,
    pub(crate) values: BTreeMap<String, Vec<String>>,
    pub(crate) spans: Vec<SpanRow>,
    pub(crate) metrics: Vec<UpstreamMetric>,
    pub(crate) events: Vec<UpstreamEvent>,
    pub(crate) response_headers: Vec<String>,
    never: Vec<String>,
    pub(crate) content_of_ours: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct UpstreamAttribute {
    pub(crate) key: String,
    pub(crate) r#type: String,
    pub(crate) state: String,
    pub(crate) brief: String,
    pub(crate) latest: Option<String>,
    pub(crate) latest_type: Option<String>,
    #[serde(default)]
    pub(crate) content: bool,
    #[serde(default)]
    pub(crate) text: bool,
}

#[derive(Deserialize)]
pub(crate) struct UpstreamEvent {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) brief: String,
}

#[derive(Deserialize)]
pub(crate) struct UpstreamMetric {
    pub(crate) name: String,
    pub(crate) instrument: String,
    pub(crate) unit: String,
    pub(crate) state: String,
    pub(crate) brief: String,
    pub(crate) latest: Option<String>,
    pub(crate) boundaries: Option<Vec<f64>>,
    pub(crate) required: Vec<String>,
    pub(crate) others: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct SpanRow {
    r#type: String,
    pub(crate) operations: Vec<String>,
    pub(crate) name: Vec<String>,
    pub(crate) kinds: Vec<String>,
    pub(crate) at_creation: Vec<String>,
    required: Vec<String>,
    pub(crate) conditionally_required: Vec<String>,
    recommended: Vec<String>,
    opt_in: Vec<String>,
    #[serde(default)]
    pub(crate) latest: Vec<String>,
}

/// What headers of a response are called.
const HEADER: &str = "http.response.header.";

impl UpstreamAttribute {
    fn of_header(name: &str) -> Self {
        Self {
            key: format!("{HEADER}{name}"),
            r#type: "string[]".to_owned(),
            state: "core".to_owned(),
            brief: format!("The header `{name}` of the response."),
            latest: None,
            latest_type: None,
            content: false,
            text: false,
        }
    }
}

impl SpanRow {
    /// Whether the conventions have no such span.
    pub(crate) fn is_ours(&self) -> bool {
        self.r#type.starts_with("turnspan.")
    }
}

impl Registry {
    pub(crate) fn load() -> Self {
        let refinements: Spans = read("model/spans.yaml");
        let events: Events = read("model/events.yaml");
        let metrics: Metrics = read("model/metrics.yaml");
        let mut upstream: Upstream = read("upstream/gen_ai.yaml");
        let headers = upstream.response_headers.iter();
        let headers: Vec<_> = headers.map(|it| UpstreamAttribute::of_header(it)).collect();
        upstream.attributes.extend(headers);
        let of_ours = upstream.values["operation_of_ours"].clone();
        for row in &mut upstream.spans {
            if row.is_ours() {
                row.operations.clone_from(&of_ours);
            }
        }
        Self {
            ours: read("model/registry.yaml"),
            events: events.events,
            additions: refinements.span_refinements,
            metrics: metrics.metrics,
            upstream,
        }
    }

    /// As the conventions were published: without what is only to come.
    fn published(mut self) -> Self {
        self.upstream.attributes.retain(|it| it.state != "latest");
        self.upstream.metrics.retain(|it| it.state != "latest");
        self
    }

    /// With every rename of the GenAI repository's main.
    fn latest(mut self) -> Self {
        let Upstream {
            attributes,
            metrics,
            spans,
            ..
        } = &mut self.upstream;
        for row in spans {
            let levels = [
                &mut row.required,
                &mut row.conditionally_required,
                &mut row.recommended,
                &mut row.opt_in,
            ];
            for key in levels.into_iter().flatten() {
                let renamed = attributes.iter().find(|it| it.key == *key);
                if let Some(name) = renamed.and_then(|it| it.latest.clone()) {
                    *key = name;
                }
            }
            row.conditionally_required.append(&mut row.latest);
        }
        for attribute in attributes {
            attribute.key = attribute
                .latest
                .clone()
                .unwrap_or_else(|| attribute.key.clone());
            let published = || attribute.r#type.clone();
            attribute.r#type = attribute.latest_type.clone().unwrap_or_else(published);
        }
        metrics.retain(|it| it.latest.as_deref() != Some("gone"));
        for metric in metrics {
            metric.name = metric.latest.clone().unwrap_or_else(|| metric.name.clone());
        }
        self
    }

    /// The one that whoever made this span speaks: our scope claims the schema
    /// of what is published, and none for what is not.
    fn of(scope: &InstrumentationScope) -> &'static Self {
        if scope.name() == "turnspan" && scope.schema_url().is_none() {
            &LATEST
        } else {
            &PUBLISHED
        }
    }

    fn type_of(&self, key: &str) -> Option<String> {
        let ours = self
            .ours
            .attributes
            .iter()
            .find_map(|attribute| match &attribute.r#type {
                OurType::Enum { .. } if attribute.key == key => Some("string".to_owned()),
                OurType::Plain(plain) if attribute.key == key => Some(plain.clone()),
                OurType::Plain(plain) => {
                    let inner = plain.strip_prefix("template[")?.strip_suffix(']')?;
                    let prefixed = key.strip_prefix(&attribute.key)?.starts_with('.');
                    prefixed.then(|| inner.to_owned())
                }
                OurType::Enum { .. } => None,
            });
        ours.or_else(|| {
            let upstream = self
                .upstream
                .attributes
                .iter()
                .find(|attribute| attribute.key == key);
            upstream.map(|attribute| attribute.r#type.clone())
        })
    }

    /// The values of a closed enum of ours.
    fn members_of(&self, key: &str) -> Option<&[Member]> {
        let attribute = self
            .ours
            .attributes
            .iter()
            .find(|attribute| attribute.key == key)?;
        match &attribute.r#type {
            OurType::Enum { members } => Some(members),
            OurType::Plain(_) => None,
        }
    }
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("semconv")
        .join(file);
    let text = fs::read_to_string(&path).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Fails with every violation that the spans of generative AI have.
#[track_caller]
pub(crate) fn assert_conforms(spans: &[SpanData]) {
    let violations = check(spans);
    assert!(
        violations.is_empty(),
        "{}\n{}",
        violations.join("\n"),
        turnspan::span_tree(spans)
    );
}

/// A line for every violation.
pub(crate) fn check(spans: &[SpanData]) -> Vec<String> {
    spans.iter().flat_map(check_span).collect()
}

fn check_span(span: &SpanData) -> Vec<String> {
    let registry = Registry::of(&span.instrumentation_scope);
    let Some(operation) = text(&span.attributes, "gen_ai.operation.name") else {
        // Anybody's span; but our names may not stray onto it.
        let strays = span
            .attributes
            .iter()
            .filter(|attribute| is_ours(attribute.key.as_str()));
        return strays
            .map(|stray| format!("{}: stray {}", span.name, stray.key))
            .collect();
    };
    let Some(row) = registry
        .upstream
        .spans
        .iter()
        .find(|row| row.operations.contains(&operation))
    else {
        return vec![format!("{}: unknown operation {operation}", span.name)];
    };
    let mut found = check_attributes(registry, &span.attributes);
    found.extend(check_levels(registry, row, &span.attributes));
    found.extend(check_conditions(&span.attributes));
    found.extend(check_shape(row, span));
    found.extend(check_status(span));
    found.extend(check_times(span));
    found.extend(
        span.events
            .iter()
            .flat_map(|event| check_event(registry, event)),
    );
    found
        .into_iter()
        .map(|violation| format!("{}: {violation}", span.name))
        .collect()
}

fn check_attributes(registry: &Registry, attributes: &[KeyValue]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, attribute) in attributes.iter().enumerate() {
        let key = attribute.key.as_str();
        if attributes
            .iter()
            .take(index)
            .any(|other| other.key == attribute.key)
        {
            found.push(format!("{key} is there twice"));
        }
        if registry.upstream.never.iter().any(|never| never == key) {
            found.push(format!("{key} must never be emitted"));
        }
        match registry.type_of(key) {
            None => found.push(format!("{key} is not in the registry")),
            Some(declared) if !fits(&declared, &attribute.value) => {
                found.push(format!("{key} is not a {declared}: {:?}", attribute.value));
            }
            Some(_) => {}
        }
        found.extend(check_json(key, &attribute.value));
        let members = registry.members_of(key);
        if members
            .is_some_and(|members| members.iter().all(|m| m.value != attribute.value.as_str()))
        {
            found.push(format!("{key} has no value {}", attribute.value));
        }
    }
    found
}

/// What was said has the shape of the conventions' messages.
fn check_json(key: &str, value: &Value) -> Vec<String> {
    let Some(schema) = SCHEMAS.get(key) else {
        return Vec::new();
    };
    match serde_json::from_str(&value.as_str()) {
        // Models write arguments that do not parse, and tools plain text.
        Err(_) if key.starts_with("gen_ai.tool.call.") => Vec::new(),
        Err(error) => vec![format!("{key} is no JSON: {error}")],
        Ok(json) => misshapen(key, schema, &json),
    }
}

fn misshapen(key: &str, schema: &Validator, json: &serde_json::Value) -> Vec<String> {
    let errors = schema.iter_errors(json);
    errors
        .map(|it| format!("{key}: {it} at {}", it.instance_path()))
        .collect()
}

/// A line for every violation of a log record's attributes: what was said is
/// structured there.
pub(crate) fn check_record(
    scope: &InstrumentationScope,
    attributes: &[(String, AnyValue)],
) -> Vec<String> {
    let registry = Registry::of(scope);
    let violations = attributes.iter().flat_map(|(key, value)| {
        let Some(declared) = registry.type_of(key) else {
            return vec![format!("{key} is not in the registry")];
        };
        let json = json(value);
        let fits = match declared.as_str() {
            "string" => json.is_string(),
            "int" => json.is_i64(),
            "double" => json.is_f64(),
            "boolean" => json.is_boolean(),
            "string[]" => json.is_array(),
            _ => !json.is_string() || key.starts_with("gen_ai.tool.call."),
        };
        let wrong = (!fits).then(|| format!("{key} is no {declared}: {json}"));
        let schema = SCHEMAS.get(key).filter(|_| !json.is_string());
        let misshapen = schema.map(|schema| misshapen(key, schema, &json));
        wrong
            .into_iter()
            .chain(misshapen.into_iter().flatten())
            .collect()
    });
    violations.collect()
}

fn json(value: &AnyValue) -> serde_json::Value {
    match value {
        AnyValue::Int(int) => (*int).into(),
        AnyValue::Double(double) => (*double).into(),
        AnyValue::String(text) => text.as_str().into(),
        AnyValue::Boolean(bool) => (*bool).into(),
        AnyValue::ListAny(list) => list.iter().map(json).collect(),
        AnyValue::Map(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| (key.to_string(), json(value)));
            serde_json::Value::Object(entries.collect())
        }
        other => panic!("{other:?}"),
    }
}

fn check_levels(registry: &Registry, row: &SpanRow, attributes: &[KeyValue]) -> Vec<String> {
    let allowed = [
        &row.required,
        &row.conditionally_required,
        &row.recommended,
        &row.opt_in,
    ];
    let is_header = |key: &str| {
        let name = key.strip_prefix(HEADER);
        let headers = &registry.upstream.response_headers;
        name.is_some_and(|name| headers.iter().any(|it| it == name))
    };
    let is_allowed = |key: &str| {
        is_header(key) && row.kinds.iter().any(|it| it == "client")
            || allowed
                .iter()
                .any(|level| level.iter().any(|allowed| allowed == key))
            || registry
                .additions
                .iter()
                .filter(|addition| addition.r#ref.starts_with(&row.r#type))
                .flat_map(|addition| &addition.attributes)
                .any(|a| key == a.r#ref || key.starts_with(&format!("{}.", a.r#ref)))
    };
    let has = |key: &str| {
        attributes
            .iter()
            .any(|attribute| attribute.key.as_str() == key)
    };
    let missing = row
        .required
        .iter()
        .filter(|key| !has(key))
        .map(|key| format!("{key} is missing"));
    let misplaced = attributes
        .iter()
        .map(|attribute| attribute.key.as_str())
        .filter(|key| !is_allowed(key))
        .map(|key| format!("{key} does not belong on this span"));
    missing.chain(misplaced).collect()
}

/// The conditions of conditionally required attributes that a span decides.
fn check_conditions(attributes: &[KeyValue]) -> impl Iterator<Item = String> {
    let value = |key: &str| {
        let attribute = attributes
            .iter()
            .find(|attribute| attribute.key.as_str() == key);
        attribute.map(|attribute| &attribute.value)
    };
    let stream = value("gen_ai.request.stream");
    let choices = value("gen_ai.request.choice.count");
    let openai = value("gen_ai.provider.name").is_some_and(|name| name.as_str() == "openai");
    let model_of_openai = !openai
        || value("gen_ai.request.model").is_some()
        || text(attributes, "gen_ai.operation.name").as_deref() != Some("chat");
    [
        (
            value("server.address").is_none() || value("server.port").is_some(),
            "server.port is missing",
        ),
        (
            stream.is_none_or(|stream| *stream == Value::Bool(true)),
            "gen_ai.request.stream is only ever true",
        ),
        (
            stream.is_some() || value("gen_ai.response.time_to_first_chunk").is_none(),
            "gen_ai.response.time_to_first_chunk without a stream",
        ),
        (
            choices.is_none_or(|choices| *choices != Value::I64(1)),
            "gen_ai.request.choice.count is only ever not one",
        ),
        (model_of_openai, "gen_ai.request.model is missing"),
    ]
    .into_iter()
    .filter(|(holds, _)| !holds)
    .map(|(_, violation)| violation.to_owned())
}

fn check_shape(row: &SpanRow, span: &SpanData) -> Vec<String> {
    let kind = match span.span_kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    };
    let parts: Vec<String> = row
        .name
        .iter()
        .filter_map(|key| text(&span.attributes, key))
        .collect();
    let name = parts.join(" ");
    let wrong_kind =
        (!row.kinds.iter().any(|allowed| allowed == kind)).then(|| format!("kind is {kind}"));
    let wrong_name = (span.name != name).then(|| format!("its name should be `{name}`"));
    wrong_kind.into_iter().chain(wrong_name).collect()
}

fn check_status(span: &SpanData) -> Option<String> {
    let failed = text(&span.attributes, "error.type").is_some();
    match (&span.status, failed) {
        (Status::Ok, _) => Some("status is Ok, which instrumentations never set".to_owned()),
        (Status::Error { .. }, false) => Some("status is Error without error.type".to_owned()),
        (Status::Unset, true) => Some("error.type without status Error".to_owned()),
        (Status::Error { .. }, true) | (Status::Unset, false) => None,
    }
}

/// What happened in a call of ours happened while it lasted.
fn check_times(span: &SpanData) -> Vec<String> {
    let lasted = span.start_time..=span.end_time;
    let of_ours = span.instrumentation_scope.name() == "turnspan";
    let outside = span
        .events
        .iter()
        .filter(|event| of_ours && !lasted.contains(&event.timestamp));
    outside
        .map(|event| format!("{} is outside of its span", event.name))
        .collect()
}

fn check_event(registry: &Registry, event: &Event) -> Vec<String> {
    let Some(row) = registry.events.iter().find(|row| row.name == event.name) else {
        return check_foreign_event(registry, event);
    };
    let has = |key: &str| {
        event
            .attributes
            .iter()
            .any(|attribute| attribute.key.as_str() == key)
    };
    let required = row
        .attributes
        .iter()
        .filter(|reference| reference.requirement_level == "required");
    let missing = required
        .filter(|reference| !has(&reference.r#ref))
        .map(|r| format!("{} is missing", r.r#ref));
    let misplaced = event
        .attributes
        .iter()
        .map(|attribute| attribute.key.as_str());
    let misplaced = misplaced.filter(|key| {
        row.attributes
            .iter()
            .all(|reference| reference.r#ref != *key)
    });
    let misplaced = misplaced.map(|key| format!("{key} does not belong on this event"));
    let mut found: Vec<String> = missing.chain(misplaced).collect();
    found.extend(check_attributes(registry, &event.attributes));
    found
        .into_iter()
        .map(|violation| format!("{}: {violation}", event.name))
        .collect()
}

/// Anybody's event; but names like ours on it must be declared.
fn check_foreign_event(registry: &Registry, event: &Event) -> Vec<String> {
    let attributes = event.attributes.iter();
    let ours: Vec<KeyValue> = attributes
        .filter(|attribute| is_ours(attribute.key.as_str()))
        .cloned()
        .collect();
    let mut found = check_attributes(registry, &ours);
    for violation in &mut found {
        *violation = format!("{}: {violation}", event.name);
    }
    if event.name.starts_with("gen_ai.") {
        found.push(format!("unknown event {}", event.name));
    }
    found
}

fn is_ours(key: &str) -> bool {
    ["gen_ai.", "tes.", "turnspan."]
        .iter()
        .any(|prefix| key.starts_with(prefix))
}

fn fits(declared: &str, value: &Value) -> bool {
    match declared {
        "string" | "any" => matches!(value, Value::String(_)),
        "int" => matches!(value, Value::I64(_)),
        "double" => matches!(value, Value::F64(_)),
        "boolean" => matches!(value, Value::Bool(_)),
        "string[]" => matches!(value, Value::Array(Array::String(_))),
        _ => false,
    }
}

pub(crate) fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == key)?;
    Some(attribute.value.to_string())
}

/// A line for every violation of a measurement of that scope: its name, its unit, the
/// boundaries of its buckets, if it has any, and its attributes.
pub(crate) fn check_measurement(
    scope: &InstrumentationScope,
    name: &str,
    unit: &str,
    boundaries: Option<&[f64]>,
    attributes: &[KeyValue],
) -> Vec<String> {
    let registry = Registry::of(scope);
    let upstream = registry.upstream.metrics.iter().find(|it| it.name == name);
    let ours = registry.metrics.iter().find(|it| it.name == name);
    let (declared_unit, required, others) = match (upstream, ours) {
        (Some(row), _) => (&row.unit, row.required.clone(), row.others.clone()),
        (None, Some(row)) => {
            let attributes = row.attributes.iter().map(|it| it.r#ref.clone());
            (&row.unit, attributes.collect(), Vec::new())
        }
        (None, None) => return vec![format!("{name} is not in the registry")],
    };
    let mut found = check_attributes(registry, attributes);
    if declared_unit != unit {
        found.push(format!("its unit is {unit}"));
    }
    if upstream.is_some_and(|row| boundaries != row.boundaries.as_deref()) {
        found.push(format!("its boundaries are {boundaries:?}"));
    }
    let has = |key: &String| attributes.iter().any(|it| it.key.as_str() == key);
    let missing = required.iter().filter(|key| !has(key));
    found.extend(missing.map(|key| format!("{key} is missing")));
    let keys = attributes.iter().map(|it| it.key.to_string());
    let misplaced = keys.filter(|key| !required.contains(key) && !others.contains(key));
    found.extend(misplaced.map(|key| format!("{key} does not belong on it")));
    found
        .into_iter()
        .map(|it| format!("{name}: {it}"))
        .collect()
}
