//! Whether destinations answer, and what their clocks say.

use super::answer;
use super::finding::Finding;
use crate::failure::Failure;
use crate::time;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use turnspan::diagnosis::{Answer, Asked, Destination, InForce};

/// Clocks that differ by more put events in a wrong order.
const SKEW: Duration = Duration::from_secs(60);

/// Asks all of them at once; what is found keeps their order.
pub(super) async fn ask(in_force: &InForce) -> Result<Vec<Finding>, Failure> {
    let mut questions = JoinSet::new();
    for (place, destination) in in_force.destinations().into_iter().enumerate() {
        questions.spawn(async move { (place, findings(&destination).await) });
    }
    let mut answers = questions.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    Ok(answers.into_iter().flat_map(|(_, found)| found).collect())
}

async fn findings(destination: &Destination) -> Vec<Finding> {
    match destination.ask().await {
        Asked::Answered(answered) => {
            let skew = skew(destination, &answered);
            let answered = answer::judge(destination, &answered);
            std::iter::once(answered).chain(skew).collect()
        }
        Asked::Unreached(why) => vec![unreached(destination, &why)],
    }
}

fn unreached(destination: &Destination, why: &str) -> Finding {
    let Destination {
        name,
        url,
        variables,
        ..
    } = destination;
    let remedy = match why.to_ascii_lowercase() {
        why if why.contains("certificate") => {
            "TLS: its certificate is not trusted here; for OTLP name what signed it with \
             OTEL_EXPORTER_OTLP_CERTIFICATE, for TES add it to the system's"
                .to_owned()
        }
        why if why.contains("corrupt message") || why.contains("invalidcontenttype") => {
            format!("TLS: what answers there speaks none; {variables} may want http://")
        }
        why if why.contains("http version") || why.contains("http2") || why.contains("h2") => {
            "what answers there speaks another protocol: see OTEL_EXPORTER_OTLP_PROTOCOL (grpc is \
             port 4317, http 4318), and http:// against https://"
                .to_owned()
        }
        _ => format!("is it running, and is {variables} right? A proxy or firewall may be between"),
    };
    Finding::problem(*name, format!("{url} cannot be reached: {why}")).remedy(remedy)
}

fn skew(destination: &Destination, answer: &Answer) -> Option<Finding> {
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
    let finding = Finding::warning(destination.name, what);
    Some(finding.remedy("set the clock (NTP), else events have wrong times"))
}
