//! Whether endpoints answer, and what their clocks say.

use super::answer;
use super::finding::Finding;
use crate::failure::Failure;
use crate::time;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use turnspan::diagnosis::{Endpoint, ProbeResponse, Settings};

/// Clocks that differ by more put events in a wrong order.
const SKEW: Duration = Duration::from_secs(60);

/// Asks all of them at once; what is found keeps their order.
pub(super) async fn probe(settings: &Settings) -> Result<Vec<Finding>, Failure> {
    let mut questions = JoinSet::new();
    for (place, endpoint) in settings.endpoints().into_iter().enumerate() {
        questions.spawn(async move { (place, findings(&endpoint).await) });
    }
    let mut answers = questions.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    Ok(answers.into_iter().flat_map(|(_, found)| found).collect())
}

async fn findings(endpoint: &Endpoint) -> Vec<Finding> {
    match endpoint.probe().await {
        Ok(answer) => {
            let skew = skew(endpoint, &answer);
            let answered = answer::judge(endpoint, &answer);
            std::iter::once(answered).chain(skew).collect()
        }
        Err(error) => vec![unreached(endpoint, &error.to_string())],
    }
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
