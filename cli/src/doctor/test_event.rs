//! An event of ours, all the way.

use super::finding::Finding;
use serde_json::json;
use std::time::Duration;
use turnspan::diagnosis::Settings;
use turnspan::{ConfigError, Conversation, FlushError, SpoolSettings, Tes};

/// What delivery may take.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn send(settings: &Settings) -> Finding {
    let Some(tes) = settings.tes.clone() else {
        let finding = Finding::problem("test event", "there is no TES to send it to");
        return finding.remedy("set TES_ENDPOINT, TES_CLIENT_ID and TES_API_KEY");
    };
    match deliver(tes) {
        Ok(Ok(())) => Finding::fine(
            "test event",
            format!("TES has taken a turn of the conversation `{CONVERSATION}`"),
        ),
        Ok(Err(error)) => Finding::problem("test event", error.to_string()).remedy(
            "what TES answers above says more; a service that answers may still refuse events",
        ),
        Err(error) => Finding::problem("test event", error.to_string()),
    }
}

const CONVERSATION: &str = "turnspan-doctor";

/// Past the spool of programs: nothing is left of it, whatever happens.
fn deliver(tes: Tes) -> Result<Result<(), FlushError>, ConfigError> {
    let tes = tes.spool(SpoolSettings::best_effort());
    let telemetry = turnspan::builder().tes(tes).build()?;
    let conversation = Conversation::new(CONVERSATION).enter();
    let request = json!({
        "model": CONVERSATION,
        "messages": [{"role": "user", "content": "A test event of `turnspan doctor`."}],
    });
    let message = json!({"role": "assistant", "content": "It has arrived."});
    let answer = json!({
        "model": CONVERSATION,
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
    });
    let url = "https://api.openai.com/v1/chat/completions";
    telemetry
        .record(url, request.to_string())
        .response(answer.to_string());
    drop(conversation);
    Ok(telemetry.shutdown(PATIENCE))
}
