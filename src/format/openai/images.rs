//! Images: made, changed, varied; whole, or in half done pieces of a stream.
//!
//! Reference: the OpenAI API's `POST /v1/images/…`. Together, xAI and others
//! answer at the same paths.

use super::{Marks, Sent};
use crate::format::lenient::{self, Text};
use crate::format::object::{Holds, ObjectReader};
use crate::format::route::Route;
use crate::format::{Format, Reader, Unreadable, form};
use crate::operation::{Input, Kind, Message, Part, Request};
use crate::semconv::{attribute, value};
use serde::Deserialize;

/// The format of images.
#[derive(Debug)]
pub(crate) struct Images;

impl Format for Images {
    fn routes(&self) -> &'static [Route] {
        const AZURE: &str = value::provider::AZURE_AI_OPENAI;
        const GENERATE: Kind = Kind::other(value::operation_of_ours::GENERATE_IMAGE);
        const EDIT: Kind = Kind::other(value::operation_of_ours::EDIT_IMAGE);
        const VARY: Kind = Kind::other(value::operation_of_ours::VARY_IMAGE);
        const ROUTES: [Route; 6] = [
            Route::anywhere(GENERATE, "/openai/deployments/{model}/images/generations")
                .of_provider(AZURE),
            Route::anywhere(EDIT, "/openai/deployments/{model}/images/edits").of_provider(AZURE),
            Route::anywhere(GENERATE, "/images/generations"),
            Route::marked(EDIT, "/images/edits", has_mark),
            Route::marked(VARY, "/images/variations", has_mark),
            // OpenRouter.
            Route::at_known_hosts(GENERATE, "/images"),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        if let Some(form) = form::of(sent) {
            form.tell(asked);
        } else if !sent.body.is_empty() {
            let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
            asked.name_model(wire.model.and_then(Text::into_word));
            asked.stream |= wire.stream.unwrap_or(false);
            asked.choices = wire.n;
        }
        let facts = &mut asked.facts;
        let choices = asked.choices.filter(|n| *n != 1);
        facts.know(attribute::GEN_AI_REQUEST_CHOICE_COUNT, choices);
        facts.know(
            attribute::GEN_AI_OUTPUT_TYPE,
            Some(value::output_type::IMAGE),
        );
        Ok(())
    }

    fn read_input(&self, body: &[u8]) -> Input {
        let wire: Option<WireRequest<'_>> = serde_json::from_slice(body).ok();
        let prompt = wire.and_then(|wire| wire.prompt?.into_string());
        Input {
            messages: prompt.into_iter().map(asked_for).collect(),
            ..Input::default()
        }
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(ObjectReader::new(Holds::Things, keep_content))
    }
}

/// Whether a request says that it is one: shops have images too.
fn has_mark(sent: &Sent<'_>) -> bool {
    let is_of_model = || form::of(sent)?.fields().find(|(name, _)| *name == "model");
    Marks::of(sent).model.is_some() || is_of_model().is_some()
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    prompt: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::integer")]
    n: Option<i64>,
}

/// What somebody wants to see or to hear, as a message.
pub(super) fn asked_for(what: String) -> Message {
    Message {
        role: "user".to_owned(),
        parts: vec![Part::text(what)],
        name: None,
        finish_reason: None,
    }
}
