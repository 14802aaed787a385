//! Chat answers, whole or as a stream of deltas.
//!
//! A whole message and a delta have the same shape, so both are absorbed into
//! the same choices.

use super::choice::Choice;
use super::wire::{Delta, Wire, WireChoice};
use crate::format::lenient::Text;
use crate::format::room::{Room, Slots};
use crate::format::usage::Counts;
use crate::format::{self, Completion, ErrorBody, Progress, Reader, Unreadable, error_body};
use crate::framing::Frame;
use crate::operation::{Facts, Output, Request, Response};
use crate::semconv::attribute;

/// Gathers one answer.
#[derive(Debug, Default)]
pub(super) struct ChatReader {
    keep_content: bool,
    /// Choices say a `text` instead of a message.
    is_completion: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    service_tier: Option<String>,
    system_fingerprint: Option<String>,
    counts: Counts,
    choices: Slots<Choice>,
    /// Its stream has nothing but pieces, and ends without a word.
    is_bare: bool,
}

/// Reasons to end that the model did not choose.
const FAILURES: [&str; 2] = ["abort", "error"];

/// What an answer says of an error, in any of its places.
fn error(data: &str, wire: &mut Wire<'_>) -> Option<ErrorBody> {
    let choices = wire.choices.iter_mut().flat_map(|few| &mut few.entries);
    let of_choices = choices.filter_map(|choice| {
        let is_error = choice
            .finish_reason
            .as_ref()
            .is_some_and(|it| FAILURES.contains(&&*it.0));
        let said = choice.error.take().and_then(|error| error.said());
        said.or_else(|| is_error.then(ErrorBody::default))
    });
    let is_error = wire
        .object
        .as_ref()
        .is_some_and(|object| object.0 == "error");
    let error = wire.error.take().map(|error| *error);
    error_body::of_answer(error, is_error, data).or_else(|| of_choices.into_iter().next())
}

impl ChatReader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            ..Self::default()
        }
    }

    /// For text completions.
    pub(super) fn of_completions(keep_content: bool) -> Self {
        Self {
            is_completion: true,
            ..Self::new(keep_content)
        }
    }

    fn of_choice(&self, otherwise: OfChoice) -> OfChoice {
        if self.is_completion {
            of_completion
        } else {
            otherwise
        }
    }

    /// Takes a whole answer, or an event of a stream, as `of_choice` reads
    /// what its choices say. Returns whether there is generated content in it.
    fn absorb(&mut self, wire: &mut Wire<'_>, of_choice: OfChoice) -> bool {
        self.room.fill_id(&mut self.id, wire.id.take());
        self.room.fill(&mut self.model, wire.model.take());
        self.room
            .fill(&mut self.service_tier, wire.service_tier.take());
        self.room
            .fill(&mut self.system_fingerprint, wire.system_fingerprint.take());
        // Before the choices: the usage chunk of a stream has none.
        let of_groq = wire.x_groq.take().and_then(|groq| groq.usage);
        let usage = wire.usage.take().or(of_groq);
        if let Some(usage) = usage {
            self.counts.report(&usage);
        }
        let mut generated = false;
        let choices = self.room.of_list(wire.choices.take().unwrap_or_default());
        for (position, choice) in choices.into_iter().enumerate() {
            generated |= self.absorb_choice(position, choice, of_choice);
        }
        if let Some(piece) = wire.value.take().filter(|_| self.is_completion) {
            self.is_bare = true;
            let choice = self.choices.at(0, &mut self.room);
            generated |= choice.is_some_and(|it| it.absorb(text(*piece), &mut self.room));
        }
        generated
    }

    fn absorb_choice(
        &mut self,
        position: usize,
        mut wire: WireChoice<'_>,
        of_choice: OfChoice,
    ) -> bool {
        if let Some(usage) = wire.usage.take() {
            self.counts.report(&usage);
        }
        let number = wire.index.and_then(|index| usize::try_from(index).ok());
        let number = number.unwrap_or(position);
        let Some(choice) = self.choices.at(number, &mut self.room) else {
            return false;
        };
        let details = wire.finish_details.take();
        let reason = wire.finish_reason.take();
        let reason = reason.or_else(|| details?.r#type);
        choice.finish(reason, &mut self.room);
        let native = wire.native_finish_reason.take().map(|it| *it);
        self.room.fill(&mut choice.native_finish_reason, native);
        if wire.is_whole() {
            choice.begin_anew(&mut self.room);
        }
        match of_choice(wire) {
            Some(delta) => choice.absorb(delta, &mut self.room),
            None => false,
        }
    }

    fn facts(&mut self) -> Facts {
        let mut facts = Facts::default();
        facts.know(
            attribute::OPENAI_RESPONSE_SERVICE_TIER,
            self.service_tier.take(),
        );
        facts.know(
            attribute::OPENAI_RESPONSE_SYSTEM_FINGERPRINT,
            self.system_fingerprint.take(),
        );
        self.counts.tell(&mut facts);
        facts
    }
}

/// Which of its two fields holds what a choice says.
type OfChoice = for<'a> fn(WireChoice<'a>) -> Option<Delta<'a>>;

fn of_document(choice: WireChoice<'_>) -> Option<Delta<'_>> {
    choice
        .message
        .map_or(choice.delta, |message| Some(*message))
}

fn of_event(choice: WireChoice<'_>) -> Option<Delta<'_>> {
    choice
        .delta
        .or_else(|| choice.message.map(|message| *message))
}

fn of_completion(choice: WireChoice<'_>) -> Option<Delta<'_>> {
    choice.text.map(|said| text(*said))
}

fn text(content: Text<'_>) -> Delta<'_> {
    Delta {
        content: Some(content.into()),
        ..Delta::default()
    }
}

impl Reader for ChatReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let mut wire: Wire<'_> = format::object(&json)?;
        let error = error(&json, &mut wire);
        if error.is_none() && wire.choices.is_none() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(Progress {
            generated: self.absorb(&mut wire, self.of_choice(of_document)),
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        if let Some(done) = Progress::of_mark(frame) {
            return Ok(done);
        }
        let json = format::text(frame.data);
        let mut wire: Wire<'_> = format::object(&json)?;
        Ok(Progress {
            error: error(&json, &mut wire).map(Into::into),
            generated: self.absorb(&mut wire, self.of_choice(of_event)),
            ..Progress::default()
        })
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, asked: &Request) -> Completion {
        if self.is_bare {
            return Completion::Silent;
        }
        let finished = self.choices.iter().map(|it| it.finish_reason.is_some());
        Completion::of_choices(asked, finished)
    }

    fn finish(&mut self) -> Response {
        let choices = std::mem::take(&mut self.choices);
        let mut facts = self.facts();
        let native = choices.iter();
        let native = native.filter_map(|choice| choice.native_finish_reason.clone());
        facts.know(
            attribute::TURNSPAN_RESPONSE_NATIVE_FINISH_REASONS,
            Some(native.collect::<Vec<_>>()).filter(|reasons| !reasons.is_empty()),
        );
        Response {
            facts,
            id: self.id.take(),
            model: self.model.take(),
            finish_reasons: choices
                .iter()
                .map(|choice| choice.finish_reason.clone())
                .collect(),
            tokens: self.counts.tokens,
            is_truncated: self.room.is_exceeded(),
            tool_calls: choices.iter().flat_map(Choice::calls).collect(),
            output: if self.keep_content {
                Output::new(self.room.kept(), || {
                    choices.into_values().map(Choice::into_message).collect()
                })
            } else {
                Output::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Part, ToolCall, Usage};

    fn stream(events: &[&str]) -> (Vec<bool>, Response) {
        let mut reader = ChatReader::new(true);
        let generated = events
            .iter()
            .map(|event| {
                reader
                    .frame(Frame::unnamed(event.as_bytes()))
                    .unwrap()
                    .generated
            })
            .collect();
        (generated, reader.finish())
    }

    #[test]
    fn parallel_tool_calls_are_assembled_by_index() {
        let (_, response) = stream(&[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}"#,
        ]);
        let call = |id: &str, name: &str, arguments: &str| ToolCall {
            id: Some(id.to_owned()),
            name: name.to_owned(),
            arguments: Some(arguments.to_owned()),
        };
        assert_eq!(
            response.tool_calls,
            [call("a", "f", r#"{"x":1}"#), call("b", "g", "{}")]
        );
    }

    #[test]
    fn a_role_alone_is_not_generated_content() {
        let (generated, _) = stream(&[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
        ]);
        assert_eq!(generated, [false, true]);
    }

    #[test]
    fn usage_is_read_from_a_chunk_without_choices_and_absent_otherwise() {
        let (_, without) = stream(&[r#"{"choices":[],"usage":null}"#]);
        assert_eq!(without.tokens.inclusive().0, Usage::default());
        let (_, with) = stream(&[
            r#"{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":0}}}"#,
        ]);
        assert_eq!(with.tokens.inclusive().0.input_tokens, Some(0));
        assert_eq!(with.tokens.inclusive().0.cache_read_input_tokens, Some(0));
        assert_eq!(with.tokens.inclusive().0.reasoning_output_tokens, None);
    }

    #[test]
    fn choices_keep_their_order_and_a_missing_finish_reason_shows() {
        let (_, response) = stream(&[
            r#"{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"length"}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        ]);
        assert_eq!(response.finish_reasons, [None, Some("length".to_owned())]);
        let messages = response.output.into_messages();
        let reasons: Vec<_> = messages
            .iter()
            .map(|m| m.finish_reason.as_deref())
            .collect();
        assert_eq!(reasons, [Some("error"), Some("length")]);
    }

    #[test]
    fn a_field_of_the_wrong_type_costs_itself_alone() {
        let (_, response) = stream(&[
            r#"{"id":7,"model":"m","choices":[{"index":"0","delta":{"content":[{"type":"text","text":"a"}],"tool_calls":{}},"finish_reason":null}],"usage":"none"}"#,
            r#"{"choices":{},"usage":{"prompt_tokens":"12","completion_tokens":-1,"prompt_tokens_details":[]}}"#,
            r#"{"choices":[{"delta":{"content":"b","tool_calls":[{"id":"t","function":{"name":"f","arguments":{"q":1}}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":12.0}}"#,
        ]);
        assert_eq!(response.id.as_deref(), Some("7"));
        assert_eq!(response.model.as_deref(), Some("m"));
        assert_eq!(
            response.output.into_messages()[0].text().as_deref(),
            Some("ab")
        );
        assert_eq!(
            response.tool_calls[0].arguments.as_deref(),
            Some(r#"{"q":1}"#)
        );
        assert_eq!(response.tokens.inclusive().0.input_tokens, Some(12));
        assert_eq!(response.tokens.inclusive().0.output_tokens, None);
        assert_eq!(response.finish_reasons, [Some("stop".to_owned())]);
    }

    #[test]
    fn thoughts_between_the_parts_of_a_content_are_reasoning() {
        let (generated, response) = stream(&[
            r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]}}]}"#,
            r#"{"choices":[{"delta":{"content":[{"type":"text","text":"Four"}]}}]}"#,
            r#"{"choices":[{"delta":{"content":"."},"finish_details":{"type":"max_tokens"}}]}"#,
        ]);
        assert_eq!(generated, [true, true, true]);
        assert_eq!(response.finish_reasons, [Some("max_tokens".to_owned())]);
        let message = response.output.into_messages().remove(0);
        assert_eq!(message.text().as_deref(), Some("Four."));
        assert!(matches!(&message.parts[0], Part::Reasoning { content } if content == "Hm."));
    }

    /// The names and arguments of what these pieces call, each an event's.
    fn called(pieces: &[&str]) -> Vec<(String, String)> {
        let events: Vec<_> = pieces
            .iter()
            .map(|piece| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{piece}]}}}}]}}"#))
            .collect();
        let events: Vec<_> = events.iter().map(String::as_str).collect();
        let calls = stream(&events).1.tool_calls.into_iter();
        calls
            .map(|call| (call.name, call.arguments.unwrap()))
            .collect()
    }

    #[test]
    fn a_name_behind_whole_arguments_begins_another_call() {
        let call = |name: &str, arguments: &str| {
            format!(r#"{{"index":0,"function":{{"name":"{name}","arguments":"{arguments}"}}}}"#)
        };
        let (one, two) = (call("f", r#"{\"a\":1}"#), call("f", r#"{\"a\":2}"#));
        let both = [
            ("f".to_owned(), r#"{"a":1}"#.to_owned()),
            ("f".to_owned(), r#"{"a":2}"#.to_owned()),
        ];
        assert_eq!(called(&[&one, &two]), both);
        assert_eq!(called(&[&format!("{one},{two}")]), both);
        // Its own name again, while its arguments come, does not.
        let (begun, ended) = (call("f", r#"{\"a\""#), call("f", ":1}"));
        assert_eq!(called(&[&begun, &ended]), both[..1]);
    }

    #[test]
    fn an_empty_object_gives_way_to_what_is_meant() {
        let begun = r#"{"index":0,"id":"t","function":{"name":"f","arguments":"{}"}}"#;
        let piece = |text: &str| format!(r#"{{"index":0,"function":{{"arguments":"{text}"}}}}"#);
        let (one, two) = (piece(r#"{\"a\":"#), piece("1}"));
        let meant = [("f".to_owned(), r#"{"a":1}"#.to_owned())];
        assert_eq!(called(&[begun, &one, &two]), meant);
        assert_eq!(called(&[begun])[0].1, "{}");
        assert_eq!(called(&[begun, &piece("")])[0].1, "{}");
    }

    #[test]
    fn no_arguments_are_an_empty_object_and_no_input_is_a_text() {
        for arguments in ["null", r#""""#] {
            let call = format!(r#"{{"id":"t","function":{{"name":"f","arguments":{arguments}}}}}"#);
            assert_eq!(called(&[&call])[0].1, "{}", "{arguments}");
        }
        assert_eq!(
            called(&[r#"{"id":"t","function":{"name":"f"}}"#])[0].1,
            "{}"
        );
        let custom = r#"{"id":"t","type":"custom","custom":{"name":"python","input":""}}"#;
        let input = r#"{"index":0,"custom":{"input":"print(1)"}}"#;
        assert_eq!(called(&[custom])[0].1, "");
        let expected = ("python".to_owned(), "print(1)".to_owned());
        assert_eq!(called(&[custom, input]), [expected]);
    }

    #[test]
    fn a_name_may_come_in_pieces_or_again_and_again() {
        let piece = |name: &str, arguments: &str| {
            format!(
                r#"{{"index":0,"id":"t","function":{{"name":"{name}","arguments":"{arguments}"}}}}"#
            )
        };
        let pieces = [piece("get_", ""), piece("time", ""), piece("", "{}")];
        let pieces: Vec<_> = pieces.iter().map(String::as_str).collect();
        assert_eq!(called(&pieces)[0].0, "get_time");
        let again = [piece("f", ""), piece("f", "{"), piece("f", "}")];
        let again: Vec<_> = again.iter().map(String::as_str).collect();
        assert_eq!(called(&again), [("f".to_owned(), "{}".to_owned())]);
    }

    #[test]
    fn a_message_replaces_what_was_said_unless_a_delta_is_beside_it() {
        let said = |events: &[&str]| {
            let message = stream(events).1.output.into_messages().remove(0);
            message.text().unwrap_or_default()
        };
        let one = r#"{"choices":[{"message":{"content":"Fo"}}]}"#;
        let two = r#"{"choices":[{"message":{"content":"Four."}}]}"#;
        assert_eq!(said(&[one, two]), "Four.");
        let (one, two) = (
            r#"{"choices":[{"delta":{"content":"Fo"},"message":{"content":"Fo"}}]}"#,
            r#"{"choices":[{"delta":{"content":"ur."},"message":{"content":"Four."}}]}"#,
        );
        assert_eq!(said(&[one, two]), "Four.");
    }

    #[test]
    fn of_one_choice_a_stop_does_not_replace_that_tools_are_called() {
        for (reasons, kept) in [
            (["tool_calls", "stop"], "tool_calls"),
            (["stop", "tool_calls"], "tool_calls"),
            (["stop", "length"], "length"),
        ] {
            let events = reasons.map(|it| format!(r#"{{"choices":[{{"finish_reason":"{it}"}}]}}"#));
            let (_, response) = stream(&[&events[0], &events[1]]);
            assert_eq!(response.finish_reasons, [Some(kept.to_owned())]);
        }
    }

    #[test]
    fn an_abort_is_a_failure() {
        let frame = br#"{"choices":[{"delta":{},"finish_reason":"abort"}]}"#;
        let progress = ChatReader::new(true).frame(Frame::unnamed(frame));
        assert!(progress.unwrap().error.is_some());
    }

    #[test]
    fn a_thought_that_is_mirrored_is_one_and_two_that_are_equal_are_two() {
        let both = r#"{"choices":[{"delta":{"reasoning_content":"","reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm."}]}}]}"#;
        let alone = r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.summary","summary":"So."}]}}]}"#;
        let (generated, response) = stream(&[both, both, alone]);
        assert_eq!(generated, [true, true, true]);
        let message = response.output.into_messages().remove(0);
        assert!(matches!(&message.parts[0], Part::Reasoning { content } if content == "Hm.Hm.So."));
    }

    #[test]
    fn what_is_spoken_is_said_and_its_bytes_are_generated() {
        let (generated, response) = stream(&[
            r#"{"choices":[{"delta":{"content":null,"audio":{"id":"a","transcript":""}}}]}"#,
            r#"{"choices":[{"delta":{"audio":{"data":"UklG"}}}]}"#,
            r#"{"choices":[{"delta":{"audio":{"transcript":"Four."}}}]}"#,
        ]);
        assert_eq!(generated, [false, true, true]);
        let message = response.output.into_messages().remove(0);
        assert_eq!(message.text().as_deref(), Some("Four."));
    }

    #[test]
    fn a_function_that_has_neither_name_nor_arguments_is_not_called() {
        let (_, response) = stream(&[
            r#"{"choices":[{"delta":{"content":"4","function_call":{"name":"","arguments":""}}}]}"#,
        ]);
        assert!(response.tool_calls.is_empty());
    }

    #[test]
    fn an_error_frame_may_be_an_object_or_a_text() {
        for (frame, error_type, message) in [
            (
                r#"{"error":{"type":"server_error","message":"Busy."}}"#,
                "server_error",
                Some("Busy."),
            ),
            (r#"{"error":{"code":429,"message":null}}"#, "429", None),
            (r#"{"error":"Busy."}"#, "_OTHER", Some("Busy.")),
        ] {
            let progress = ChatReader::new(true)
                .frame(Frame::unnamed(frame.as_bytes()))
                .unwrap();
            let failure = progress.error.unwrap();
            assert_eq!(
                (failure.error_type.as_ref(), failure.message.as_deref()),
                (error_type, message)
            );
        }
        let fine = ChatReader::new(true)
            .frame(Frame::unnamed(br#"{"error":null,"choices":[]}"#))
            .unwrap();
        assert!(fine.error.is_none());
    }

    #[test]
    fn without_content_only_names_and_ids_of_tools_are_kept() {
        let mut reader = ChatReader::new(false);
        reader
            .document(br#"{"choices":[{"message":{"content":"secret","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"s\":1}"}}]}}]}"#)
            .unwrap();
        let response = reader.finish();
        assert!(response.output.into_messages().is_empty());
        assert_eq!(response.tool_calls.first().unwrap().arguments, None);
    }
}
