//! Whether endpoints answer, and what their clocks say.

use super::answer;
use super::finding::Finding;
use crate::failure::Failure;
use crate::time;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use turnspan::diagnosis::{Endpoint, ProbeError, ProbeResponse, Settings};

/// Clocks that differ by more put events in a wrong order.
const SKEW: Duration = Duration::from_secs(60);

/// What spans are sent to.
const TRACES: &str = "OTLP traces";

/// Asks all of them at once; what is found keeps their order.
pub(super) async fn probe(settings: &Settings) -> Result<Vec<Finding>, Failure> {
    let mut questions = JoinSet::new();
    for (place, endpoint) in settings.endpoints().into_iter().enumerate() {
        questions.spawn(async move {
            let answer = endpoint.probe().await;
            (place, endpoint, answer)
        });
    }
    let mut answers = questions.join_all().await;
    answers.sort_by_key(|(place, ..)| *place);
    let takes_traces = answers.iter().any(|(_, endpoint, answer)| {
        let is_taken = |answer: &ProbeResponse| (200..300).contains(&answer.status);
        endpoint.name == TRACES && answer.as_ref().is_ok_and(is_taken)
    });
    let found = answers
        .iter()
        .flat_map(|(_, endpoint, answer)| findings(endpoint, answer, takes_traces));
    Ok(found.collect())
}

fn findings(
    endpoint: &Endpoint,
    answer: &Result<ProbeResponse, ProbeError>,
    takes_traces: bool,
) -> Vec<Finding> {
    match answer {
        Ok(answer) if takes_traces && lacks_signal(endpoint, answer) => {
            vec![of_traces_alone(endpoint, answer)]
        }
        Ok(answer) => {
            let skew = skew(endpoint, answer);
            let answered = answer::judge(endpoint, answer);
            std::iter::once(answered).chain(skew).collect()
        }
        Err(error) => vec![unreached(endpoint, &error.to_string())],
    }
}

/// Whether a receiver has no place for metrics, or for log records.
fn lacks_signal(endpoint: &Endpoint, answer: &ProbeResponse) -> bool {
    ["OTLP metrics", "OTLP logs"].contains(&endpoint.name)
        && [404, 405, 501].contains(&answer.status)
}

/// As Jaeger and Phoenix, which are well without them.
fn of_traces_alone(endpoint: &Endpoint, answer: &ProbeResponse) -> Finding {
    let Endpoint { name, url, .. } = endpoint;
    let status = answer.status;
    let what = format!("{url} answers with status {status}: the receiver takes traces only");
    Finding::warning(*name, what).remedy(
        "set OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none, or send these elsewhere with \
         OTEL_EXPORTER_OTLP_METRICS_ENDPOINT and OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    )
}

fn unreached(endpoint: &Endpoint, why: &str) -> Finding {
    let Endpoint {
        name,
        url,
        variable,
        ..
    } = endpoint;
    let remedy = match why.to_ascii_lowercase() {
        why if why.contains("certificate") => {
            "TLS: its certificate is not trusted here; for OTLP name what signed it with \
             OTEL_EXPORTER_OTLP_CERTIFICATE, for TES add it to the system's"
                .to_owned()
        }
        why if why.contains("corrupt message") || why.contains("invalidcontenttype") => {
            format!("TLS: what answers there speaks none; {variable} may want http://")
        }
        why if why.contains("http version") || why.contains("http2") || why.contains("h2") => {
            "what answers there speaks another protocol: see OTEL_EXPORTER_OTLP_PROTOCOL (grpc is \
             port 4317, http 4318), and http:// against https://"
                .to_owned()
        }
        _ => format!("is it running, and is {variable} right? A proxy or firewall may be between"),
    };
    Finding::problem(*name, format!("{url} cannot be reached: {why}")).remedy(remedy)
}

fn skew(endpoint: &Endpoint, answer: &ProbeResponse) -> Option<Finding> {
    let date = answer.date?;
    let (apart, direction) = match SystemTime::now().duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if apart <= SKEW {
        return None;
    }
    let apart = time::span(apart);
    let what = format!("the clock here is {apart} {direction} the one there");
    let finding = Finding::warning(endpoint.name, what);
    Some(finding.remedy("set the clock (NTP), else events have wrong times"))
}
