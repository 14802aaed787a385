//! An event, for people and for programs.

use crate::escape::{json_line, one_line};
use crate::output::bytes;
use crate::time::{ago, span, timestamp};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;
use turnspan::{SpoolEvent, SpoolState};

/// Everything but what is to be sent, unless that is asked for.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    id: i64,
    state: &'static str,
    endpoint: &'a str,
    client_id: &'a str,
    made_at: String,
    bytes: usize,
    event_id: Option<&'a str>,
    event_type: Option<&'a str>,
    entity_id: Option<&'a str>,
    reason: Option<&'a str>,
    why: Option<&'a str>,
    refused_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
    #[serde(skip)]
    age: String,
}

impl<'a> Told<'a> {
    pub(super) fn head(event: &'a SpoolEvent) -> Self {
        let refusal = event.refusal.as_ref();
        Self {
            id: event.id,
            state: state(event.state),
            endpoint: &event.endpoint,
            client_id: &event.client_id,
            made_at: timestamp(event.made_at),
            bytes: event.size,
            event_id: event.event_id.as_deref(),
            event_type: event.event_type.as_deref(),
            entity_id: event.entity_id.as_deref(),
            reason: refusal.map(|refusal| refusal.reason.as_str()),
            why: refusal.map(|refusal| refusal.why.as_str()),
            refused_at: refusal.map(|refusal| timestamp(refusal.at)),
            body: None,
            age: span(ago(event.made_at)),
        }
    }

    pub(super) fn whole(event: &'a SpoolEvent) -> Self {
        let text = String::from_utf8_lossy(event.body());
        let body = match serde_json::from_str::<&RawValue>(&text) {
            Ok(json) => RawValue::from_string(json_line(json.get())),
            // What is no JSON is shown as a text.
            Err(_) => to_raw_value(&text),
        };
        Self {
            body: body.ok(),
            ..Self::head(event)
        }
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = bytes(u64::try_from(self.bytes).unwrap_or(u64::MAX));
        let kind = one_line(self.event_type.unwrap_or("(no event)"));
        let entity = one_line(self.entity_id.unwrap_or("-"));
        write!(
            f,
            "{:>6}  {:<7}  {:>8}  {size:>10}  {kind}  {entity}",
            self.id, self.state, self.age
        )?;
        if let (Some(reason), Some(why)) = (self.reason, self.why) {
            let said = one_line(&why.replace('\n', " "));
            write!(f, "  {}: {said}", one_line(reason))?;
        }
        if let Some(body) = &self.body {
            let body: serde_json::Value = serde_json::from_str(body.get()).unwrap_or_default();
            write!(f, "\n{body:#}")?;
        }
        Ok(())
    }
}

fn state(state: SpoolState) -> &'static str {
    match state {
        SpoolState::Dead => "dead",
        _ => "waiting",
    }
}
