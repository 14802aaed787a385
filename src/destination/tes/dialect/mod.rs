//! The mutations by which events reach TES.
//!
//! A dialect is a file: its field, its arguments, and what it adds to events.
//! Several events of one request are aliases of the same field.

mod answer;
mod create_module_event;
mod cure;
mod emit_event;

use super::event::Stored;
use crate::background::came::Came;
use crate::delivery::{Answered, Receiver};
use crate::spool::Fate;
use crate::stats::DropReason;
use answer::{Answer, GraphqlError};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::fmt::{Debug, Write as _};

/// The mutation by which events reach TES (`TES_DIALECT`).
///
/// ```
/// use turnspan::{Dialect, Tes};
///
/// let tes = Tes::new("https://api.pentatonic.com", "acme", "tes_key")?
///     .dialect(Dialect::CreateModuleEvent);
/// assert!(format!("{tes:?}").contains("CreateModuleEvent"));
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// `emitEvent` (`TES_DIALECT=emit_event`, the default).
    #[default]
    EmitEvent,
    /// `createModuleEvent`, of services since 0.4.5 of the SDKs
    /// (`TES_DIALECT=create_module_event`): events name a module and carry
    /// `clientId` among their attributes.
    CreateModuleEvent,
}

impl Dialect {
    pub(super) fn mutation(self) -> &'static dyn Mutation {
        match self {
            Self::EmitEvent => &emit_event::EmitEvent,
            Self::CreateModuleEvent => &create_module_event::CreateModuleEvent,
        }
    }
}

/// One way to say an event.
pub(super) trait Mutation: Debug + Send + Sync {
    /// The field of the mutation, by which its result is found.
    fn field(&self) -> &'static str;

    /// The text for a single event, to the byte: receivers may allow it by it.
    fn single(&self) -> &'static str;

    /// The variables that it takes, by name and type.
    fn parameters(&self) -> &'static [(&'static str, &'static str)];

    /// What is asked of the result.
    fn selection(&self) -> &'static str;

    /// The values of the variables, in the order of `parameters`.
    fn arguments(
        &self,
        event: &Stored<'_>,
    ) -> serde_json::Result<Vec<Box<serde_json::value::RawValue>>>;

    /// Whether the client's id is among the attributes of events.
    fn names_client(&self) -> bool {
        false
    }
}

/// TES as a receiver of requests.
#[derive(Debug)]
pub(super) struct TesReceiver(pub(super) Dialect);

impl Receiver for TesReceiver {
    fn body(&self, events: &[&[u8]]) -> Option<Bytes> {
        let mutation = self.0.mutation();
        let events: Vec<Stored<'_>> = events
            .iter()
            .map(|event| serde_json::from_slice(event))
            .collect::<Result<_, _>>()
            .ok()?;
        request(mutation, &events).ok().map(Bytes::from)
    }

    fn cure(&self, came: &Came) -> Option<String> {
        cure::of(came)
    }

    fn read(&self, answer: &[u8], events: usize) -> Answered {
        read(self.0.mutation().field(), answer, events)
    }
}

fn request(mutation: &dyn Mutation, events: &[Stored<'_>]) -> serde_json::Result<Vec<u8>> {
    let many = events.len() > 1;
    let mut variables = Vec::new();
    for (index, event) in events.iter().enumerate() {
        for ((name, _), value) in mutation.parameters().iter().zip(mutation.arguments(event)?) {
            let name = if many {
                format!("{name}{index}")
            } else {
                (*name).to_owned()
            };
            variables.push((name, value));
        }
    }
    let query = if many {
        aliased(mutation, events.len())
    } else {
        mutation.single().to_owned()
    };
    let body = Body {
        query,
        variables: super::event::Fields(variables),
    };
    serde_json::to_vec(&body)
}

#[derive(serde::Serialize)]
struct Body {
    query: String,
    variables: super::event::Fields,
}

/// The mutation with one alias an event: `e0`, `e1` and so on.
fn aliased(mutation: &dyn Mutation, events: usize) -> String {
    let mut declared = Vec::new();
    let mut fields = String::new();
    for index in 0..events {
        let mut passed = Vec::new();
        for (name, kind) in mutation.parameters() {
            declared.push(format!("${name}{index}: {kind}"));
            passed.push(format!("{name}: ${name}{index}"));
        }
        let (field, selection) = (mutation.field(), mutation.selection());
        // Writing to a text cannot fail.
        let _written = writeln!(
            fields,
            "  e{index}: {field}({}) {{ {selection} }}",
            passed.join(", ")
        );
    }
    format!("mutation Events({}) {{\n{fields}}}\n", declared.join(", "))
}

/// Reads a 2xx answer. One that is no GraphQL answer at all acknowledges by
/// its status alone: sending again would double the event.
fn read(field: &str, answer: &[u8], events: usize) -> Answered {
    let Some(answer) = Answer::of(answer) else {
        return Answered::Each(vec![Fate::Delivered; events]);
    };
    let errors = answer.errors;
    let Some(data) = answer.data else {
        return match events {
            _ if errors.is_empty() => Answered::Each(vec![Fate::Delivered; events]),
            1 => Answered::Each(vec![refused(errors.first())]),
            _ => Answered::Apart,
        };
    };
    let fate = |index: usize| {
        let alias = if events > 1 {
            format!("e{index}")
        } else {
            field.to_owned()
        };
        let error = errors.iter().find(|error| error.is_of(&alias));
        match data.get(&alias) {
            Some(Value::Object(result)) => fate_of(result),
            _ => match error.or_else(|| errors.first()) {
                Some(error) => refused(Some(error)),
                None => Fate::Delivered,
            },
        }
    };
    Answered::Each((0..events).map(fate).collect())
}

fn fate_of(result: &Map<String, Value>) -> Fate {
    if result.get("success") == Some(&Value::Bool(false)) {
        let message = result.get("message").and_then(Value::as_str);
        return Fate::Refused(
            DropReason::Rejected,
            cut(message.unwrap_or("success: false")),
        );
    }
    Fate::Delivered
}

fn refused(error: Option<&GraphqlError>) -> Fate {
    let message = error.and_then(|error| error.message.as_deref());
    Fate::Refused(DropReason::Rejected, cut(message.unwrap_or("an error")))
}

/// What is kept of a receiver's words.
fn cut(message: &str) -> String {
    message.chars().take(MAX_MESSAGE).collect()
}

const MAX_MESSAGE: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &[(&str, &str)] = &[
        (
            r#"{"data":{"emitEvent":{"success":false}}}"#,
            "success: false",
        ),
        (
            r#"{"data":{"emitEvent":{"success":false,"message":"no"}}}"#,
            "no",
        ),
        (r#"{"data":null,"errors":[{"message":"no"}]}"#, "no"),
        (
            r#"{"data":{"emitEvent":null},"errors":[{"message":"no","path":["emitEvent"]}]}"#,
            "no",
        ),
        (r#"{"errors":[{"message":"no"}]}"#, "no"),
        (
            r#"{"data":null,"errors":[{"message":"no","path":null}]}"#,
            "no",
        ),
        (r#"{"errors":"no"}"#, "no"),
        (r#"{"errors":{"message":"no"}}"#, "no"),
        (r#"{"errors":[{"message":7}]}"#, "an error"),
    ];

    const DELIVERED: &[&str] = &[
        r#"{"data":{"emitEvent":{"success":true}}}"#,
        r#"{"data":{"emitEvent":{"success":true}},"errors":[{}]}"#,
        r#"{"data":{"emitEvent":{}}}"#,
        "<html>",
        "",
        "{}",
    ];

    #[test]
    fn a_success_is_what_the_answer_says_and_not_its_status() {
        for (answer, why) in REFUSED {
            let fate = Fate::Refused(DropReason::Rejected, (*why).to_owned());
            assert_eq!(
                read("emitEvent", answer.as_bytes(), 1),
                Answered::Each(vec![fate]),
                "{answer}"
            );
        }
        for answer in DELIVERED {
            assert_eq!(
                read("emitEvent", answer.as_bytes(), 1),
                Answered::Each(vec![Fate::Delivered]),
                "{answer}"
            );
        }
    }

    #[test]
    fn a_refusal_that_cannot_be_read_to_its_end_is_one_all_the_same() {
        let deep = "[".repeat(300);
        for (answer, why) in [
            (
                "\u{feff}{\"errors\":[{\"message\":\"no\"}]}".to_owned(),
                "no",
            ),
            (r#"{"errors":[{"message":"no"}],}"#.to_owned(), "no"),
            ("{\"errors\":[{\"message\":\"no\"}]}\0".to_owned(), "no"),
            (
                r#"{"errors":[{"message":"no","trace":"cut of"#.to_owned(),
                "an error",
            ),
            (
                format!(r#"{{"data":null,"errors":[{{"deep":{deep}"#),
                "an error",
            ),
        ] {
            let fate = Fate::Refused(DropReason::Rejected, why.to_owned());
            let read = read("emitEvent", answer.as_bytes(), 1);
            assert_eq!(read, Answered::Each(vec![fate]), "{answer}");
        }
        let taken = br#"{"data":{"emitEvent":{"success":true}},"errors":["#;
        let delivered = Answered::Each(vec![Fate::Delivered]);
        assert_eq!(read("emitEvent", taken, 1), delivered);
    }

    #[test]
    fn of_several_events_each_has_its_own_result() {
        let answer = br#"{"data":{"e0":{"success":true},"e1":null,"e2":{"success":false}},
            "errors":[{"message":"other","path":["e9"]},{"message":"mine","path":["e1","x"]}]}"#;
        let refused = |why: &str| Fate::Refused(DropReason::Rejected, why.to_owned());
        assert_eq!(
            read("emitEvent", answer, 3),
            Answered::Each(vec![
                Fate::Delivered,
                refused("mine"),
                refused("success: false")
            ])
        );
        let nothing = br#"{"data":null,"errors":[{"message":"no"}]}"#;
        assert_eq!(read("emitEvent", nothing, 3), Answered::Apart);
    }

    #[test]
    fn several_events_are_aliases_of_one_field() {
        let stored =
            br#"{"event_id":"i","event_type":"CHAT_TURN","entity_id":"s","attributes":{"a":1}}"#;
        let body = TesReceiver(Dialect::EmitEvent)
            .body(&[stored, stored])
            .unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body["query"],
            "mutation Events($input0: EventInput!, $input1: EventInput!) {\n  \
             e0: emitEvent(input: $input0) { success eventId message }\n  \
             e1: emitEvent(input: $input1) { success eventId message }\n}\n"
        );
        assert_eq!(body["variables"]["input1"]["data"]["attributes"]["a"], 1);
        assert!(TesReceiver(Dialect::EmitEvent).body(&[b"{"]).is_none());
    }
}
