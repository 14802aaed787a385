//! Assistants that are made: agents, as the conventions call them.
//!
//! Reference: the OpenAI API's `POST /v1/assistants`.

use super::Sent;
use crate::format::lenient::Text;
use crate::format::object::{Holds, ObjectReader};
use crate::format::route::Route;
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request};
use crate::semconv::{attribute, value};
use serde::Deserialize;

/// The format of assistants.
#[derive(Debug)]
pub(crate) struct Assistants;

impl Format for Assistants {
    fn routes(&self) -> &'static [Route] {
        const CREATE: Kind = Kind::other(value::operation::CREATE_AGENT);
        const ROUTES: [Route; 1] = [Route::at_known_hosts(CREATE, "/assistants")];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
        asked.name_model(wire.model.and_then(Text::into_word));
        let facts = &mut asked.facts;
        facts.know(
            attribute::GEN_AI_AGENT_NAME,
            wire.name.and_then(Text::into_word),
        );
        facts.know(
            attribute::GEN_AI_AGENT_DESCRIPTION,
            wire.description.and_then(Text::into_string),
        );
        Ok(())
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(ObjectReader::new(Holds::Things, keep_content))
    }
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
}
