//! Text completions: what there was before chat, and still is for models that
//! are not tuned to it.
//!
//! Reference: the OpenAI API's `POST /v1/completions`. Together, vLLM, Writer and
//! others answer at the same path.

use super::{Marks, Sent};
use super::{chat, stream_usage};
use crate::format::lenient;
use crate::format::route::Route;
use crate::format::{Format, Reader, Unreadable, UsageOption};
use crate::operation::{Input, Kind, Message, Part, Request};
use crate::semconv::value;
use serde::Deserialize;

/// The text completions format.
#[derive(Debug)]
pub(crate) struct Completions;

impl Format for Completions {
    fn routes(&self) -> &'static [Route] {
        const COMPLETION: Kind = Kind::inference(value::operation::TEXT_COMPLETION);
        const ROUTES: [Route; 2] = [
            Route::anywhere(COMPLETION, "/openai/deployments/{model}/completions")
                .of_provider(value::provider::AZURE_AI_OPENAI),
            Route::marked(COMPLETION, "/completions", has_mark),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        chat::read_completion(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        let prompts = serde_json::from_slice::<Prompts>(body);
        let prompts = prompts.map(|it| it.prompt).unwrap_or_default();
        Input {
            messages: prompts.into_iter().map(message).collect(),
            ..Input::default()
        }
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        chat::completions_reader(keep_content)
    }

    fn stream_usage(&self) -> Option<UsageOption> {
        Some(stream_usage::OPTION)
    }
}

/// Whether a request says that it is one: whatever is typed is completed.
fn has_mark(sent: &Sent<'_>) -> bool {
    let marks = Marks::of(sent);
    marks.model.is_some() && marks.prompt.is_some()
}

#[derive(Deserialize)]
struct Prompts {
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    prompt: Vec<String>,
}

fn message(prompt: String) -> Message {
    Message {
        role: "user".to_owned(),
        parts: vec![Part::text(prompt)],
        name: None,
        finish_reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Completion;
    use crate::format::route::Sent;
    use crate::framing::Frame;
    use http::{HeaderMap, Method};
    use serde_json::json;
    use url::Url;

    fn asked(body: &serde_json::Value) -> Request {
        let body = body.to_string();
        let mut asked = Request::default();
        let sent = Sent {
            method: &Method::POST,
            url: &Url::parse("https://llm.example/v1/completions").unwrap(),
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
        };
        Completions.read_request(&sent, &mut asked).unwrap();
        asked
    }

    #[test]
    fn each_prompt_has_as_many_choices() {
        for (prompt, choices) in [
            (json!("a"), 2),
            (json!(["a", "b", "c"]), 6),
            (json!([1, 2, 3]), 2),
            (json!([[1, 2], [3]]), 4),
            (json!(null), 2),
        ] {
            let request = asked(&json!({"model": "m", "prompt": prompt, "n": 2}));
            assert_eq!(request.choices, Some(choices), "{prompt}");
        }
    }

    #[test]
    fn a_choice_says_its_text_and_not_what_others_write_beside_it() {
        let mut reader = Completions.reader(Kind::inference("text_completion"), true);
        for (text, finish) in [("Hel", None), ("lo", Some("stop"))] {
            let event = json!({"id": "cmpl-1", "model": "m", "choices": [{"index": 0, "text": text,
                "delta": {"content": text}, "finish_reason": finish}]});
            let read = reader.frame(Frame::unnamed(event.to_string().as_bytes()));
            assert!(read.unwrap().generated);
        }
        assert_ne!(reader.completion(&Request::default()), Completion::Missing);
        let response = reader.finish();
        assert_eq!(response.finish_reasons, [Some("stop".to_owned())]);
        let message = response.output.into_messages().remove(0);
        assert_eq!(message.text().as_deref(), Some("Hello"));
    }

    #[test]
    fn bare_pieces_are_an_answer() {
        let mut reader = Completions.reader(Kind::inference("text_completion"), true);
        for piece in ["Hel", "lo"] {
            let event = json!({"value": piece}).to_string();
            assert!(
                reader
                    .frame(Frame::unnamed(event.as_bytes()))
                    .unwrap()
                    .generated
            );
        }
        assert_ne!(reader.completion(&Request::default()), Completion::Missing);
        let message = reader.finish().output.into_messages().remove(0);
        assert_eq!(message.text().as_deref(), Some("Hello"));
    }
}
