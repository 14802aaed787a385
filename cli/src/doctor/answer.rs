//! What an answer says about an endpoint.

use super::finding::Finding;
use serde::Deserialize;
use turnspan::diagnosis::{Endpoint, ProbeResponse};

/// As much of what a receiver said is enough.
const MAX_SAID: usize = 200;

pub(super) fn judge(endpoint: &Endpoint, answer: &ProbeResponse) -> Finding {
    let Endpoint { name, url, .. } = endpoint;
    let (name, status) = (*name, answer.status);
    let is_tes = name == "TES";
    let said = format!("{url} answers with status {status}{}", quoted(&answer.body));
    match status {
        200..=299 if is_tes => graphql(url, answer),
        200..=299 => taken(endpoint, answer.content_type.as_deref()),
        300..=399 => {
            let to = answer.location.as_deref().unwrap_or("nowhere");
            Finding::problem(name, format!("{url} redirects to {to}"))
                .remedy("redirects are never followed: set the endpoint that it leads to")
        }
        401 | 403 if is_tes => Finding::problem(name, said)
            .remedy("TES_API_KEY or TES_CLIENT_ID is not accepted; `turnspan init` gets new ones"),
        401 | 403 => Finding::problem(name, said)
            .remedy("OTEL_EXPORTER_OTLP_HEADERS lacks the right credentials"),
        404 | 405 => Finding::problem(name, said).remedy(if is_tes {
            "TES_ENDPOINT must be the service's base URL: /api/graphql is added to it"
        } else {
            "OTEL_EXPORTER_OTLP_ENDPOINT is a base URL, to which /v1/traces and so on are added; \
             a URL of one signal is taken as it is"
        }),
        408 | 425 | 429 | 500.. => Finding::warning(name, said)
            .remedy("it is up, and does not take anything now: events wait and are sent again"),
        _ => Finding::problem(name, said).remedy(if is_tes {
            "TES_ENDPOINT or TES_HEADERS may be wrong"
        } else {
            "OTEL_EXPORTER_OTLP_PROTOCOL, _HEADERS or _ENDPOINT may be wrong"
        }),
    }
}

/// Of an export; over gRPC an answer has no type here.
fn taken(endpoint: &Endpoint, content_type: Option<&str>) -> Finding {
    let Endpoint { name, url, .. } = endpoint;
    let (kind, remedy) = match content_type.unwrap_or_default() {
        it if it.starts_with("application/grpc") => {
            ("gRPC", "set OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
        }
        it if it.starts_with("text/html") => (
            "a page for people",
            "OTEL_EXPORTER_OTLP_ENDPOINT may lead to something else (a sign-in page, a proxy)",
        ),
        _ => return Finding::fine(*name, format!("{url} takes exports")),
    };
    Finding::problem(*name, format!("{url} answers with {kind}")).remedy(remedy)
}

#[derive(Deserialize)]
struct Graphql {
    data: Option<serde_json::Value>,
    #[serde(default)]
    errors: Vec<Error>,
}

#[derive(Deserialize)]
struct Error {
    #[serde(default)]
    message: String,
}

fn graphql(url: &str, answer: &ProbeResponse) -> Finding {
    let Ok(said) = serde_json::from_str::<Graphql>(&answer.body) else {
        let what = format!("{url} answers, but not as a GraphQL service does");
        return Finding::warning("TES", what)
            .remedy("TES_ENDPOINT may lead to something else (a sign-in page, a proxy)");
    };
    match (said.data, said.errors.first()) {
        (Some(data), None) if !data.is_null() => {
            Finding::fine("TES", format!("{url} answers, and takes the key"))
        }
        (_, error) => {
            let message = error
                .map(|error| error.message.as_str())
                .unwrap_or_default();
            let what = format!("{url} refuses a question{}", quoted(message));
            Finding::problem("TES", what)
                .remedy("if it is about the key: `turnspan init` gets a new one")
        }
    }
}

/// What was said, in one line.
fn quoted(said: &str) -> String {
    let words: Vec<&str> = said.split_whitespace().collect();
    let said: String = words.join(" ").chars().take(MAX_SAID).collect();
    if said.is_empty() {
        said
    } else {
        format!(": {said}")
    }
}
