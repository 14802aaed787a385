//! Runs of assistants: whole, or as streams of events.
//!
//! Reference: the OpenAI API's `POST /v1/threads/{id}/runs`. A run makes its model
//! speak, so it is a chat; what is fetched of one later is not.

mod input;
mod response;
mod wire;

use crate::format::lenient::{self, Text};
use crate::format::openai::{self, Marks};
use crate::format::route::{Route, Sent};
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Input, Kind, Request};
use crate::semconv::{attribute, value};
use http::Method;
use serde::Deserialize;

/// The format of runs.
#[derive(Debug)]
pub(crate) struct Runs;

impl Format for Runs {
    fn routes(&self) -> &'static [Route] {
        use value::operation_of_ours as name;
        const CHAT: Kind = Kind::inference(value::operation::CHAT);
        const ROUTES: [Route; 6] = [
            Route::marked(CHAT, "/threads/runs", has_mark),
            Route::marked(CHAT, "/threads/{}/runs", has_mark),
            Route::at_known_hosts(CHAT, "/threads/{}/runs/{}/submit_tool_outputs"),
            Route::at_known_hosts(Kind::kept(name::CANCEL_RUN), "/threads/{}/runs/{}/cancel"),
            Route::at_known_hosts(Kind::kept(name::RETRIEVE_RUN), "/threads/{}/runs/{}")
                .method(&Method::GET),
            Route::at_known_hosts(Kind::kept(name::UPDATE_RUN), "/threads/{}/runs/{}"),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        if sent.body.trim_ascii().is_empty() {
            return Ok(());
        }
        let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
        wire.tell(asked);
        Ok(())
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(response::RunReader::new(keep_content))
    }
}

/// Whether a request says that it is one: marathons have runs too.
fn has_mark(sent: &Sent<'_>) -> bool {
    Marks::of(sent).assistant_id.is_some()
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_p: Option<f64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_completion_tokens: Option<i64>,
    #[serde(borrow)]
    reasoning_effort: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::objects")]
    tool_outputs: Vec<ToolOutput<'a>>,
}

#[derive(Deserialize)]
struct ResponseFormat<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct ToolOutput<'a> {
    #[serde(borrow)]
    tool_call_id: Option<Text<'a>>,
}

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.and_then(Text::into_word));
        asked.stream |= self.stream.unwrap_or(false);
        let outputs = self.tool_outputs.into_iter();
        let ids = outputs.filter_map(|output| output.tool_call_id?.into_id());
        asked.answered_ids = ids.collect();
        let format = self.response_format.and_then(|format| format.r#type);
        let output_type = format.and_then(|format| openai::output_type(&format.0));
        let reasoning = self.reasoning_effort.and_then(Text::into_word);
        let facts = &mut asked.facts;
        facts.know(
            attribute::GEN_AI_REQUEST_MAX_TOKENS,
            self.max_completion_tokens,
        );
        facts.know(attribute::GEN_AI_OUTPUT_TYPE, output_type);
        facts.know(attribute::GEN_AI_REQUEST_REASONING_LEVEL, reasoning);
        facts.know(attribute::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        facts.know(attribute::GEN_AI_REQUEST_TOP_P, self.top_p);
    }
}
