//! Snowflake Cortex: text in nearly `OpenAI`'s form; its newer path speaks that.
//!
//! Reference: <https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api>.

use super::error_body::ErrorObject;
use super::first_choice::Choice;
use super::lenient::{self, Few, Text};
use super::route::{Route, Sent};
use super::said::{Said, SaidReader, Script};
use super::usage::WireUsage;
use super::{Format, Progress, Reader, Unreadable, openai, plain};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value;
use serde::Deserialize;

const PROVIDER: &str = "snowflake";

#[derive(Debug)]
pub(crate) struct Complete;

#[derive(Debug)]
pub(crate) struct Embed;

impl Format for Complete {
    fn routes(&self) -> &'static [Route] {
        const CHAT: Kind = Kind::inference(value::operation::CHAT);
        const ROUTES: [Route; 1] =
            [Route::anywhere(CHAT, "/cortex/inference:complete").of_provider(PROVIDER)];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    /// Streams are the rule.
    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        #[derive(Deserialize)]
        struct Stream {
            #[serde(default, deserialize_with = "lenient::flag")]
            stream: Option<bool>,
        }
        openai::Chat.read_request(sent, asked)?;
        let said: Stream = serde_json::from_slice(sent.body)?;
        asked.stream = said.stream.unwrap_or(true);
        Ok(())
    }

    fn read_input(&self, body: &[u8]) -> Input {
        openai::Chat.read_input(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        SaidReader::<Completion>::boxed(keep_content)
    }
}

impl Format for Embed {
    fn routes(&self) -> &'static [Route] {
        const EMBEDDINGS: Kind = Kind::other(value::operation::EMBEDDINGS);
        const ROUTES: [Route; 1] =
            [Route::anywhere(EMBEDDINGS, "/cortex/inference:embed").of_provider(PROVIDER)];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        plain::read_request(sent, asked)
    }

    fn reader(&self, _kind: Kind, _keep_content: bool) -> Box<dyn Reader> {
        plain::reader()
    }
}

#[derive(Debug)]
struct Completion;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::given_objects")]
    choices: Option<Few<Choice<'a>>>,
    #[serde(default, deserialize_with = "lenient::object")]
    usage: Option<Box<WireUsage>>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

impl Script for Completion {
    type Whole<'a> = Answer<'a>;
    type Piece<'a> = Answer<'a>;

    const ENDS_SILENTLY: bool = true;

    fn whole(wire: Answer<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let is_answer = wire.choices.is_some() || wire.error.is_some();
        let progress = Self::piece(wire, said);
        is_answer
            .then_some(progress)
            .ok_or(Unreadable::OfAnotherShape)
    }

    fn piece(wire: Answer<'_>, said: &mut Said) -> Progress {
        said.id(wire.id);
        said.model(wire.model);
        if let Some(usage) = wire.usage {
            said.counts().report(&usage);
        }
        let choices = said.of_list(wire.choices.unwrap_or_default());
        let first = choices.into_iter().next();
        Progress {
            generated: first.is_some_and(|choice| choice.tell(said)),
            error: wire.error.and_then(ErrorObject::said).map(Into::into),
            ..Progress::default()
        }
    }
}
