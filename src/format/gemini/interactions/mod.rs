//! Gemini's interactions: one endpoint for models and agents, which keeps what
//! was said.
//!
//! Reference: `POST /v1beta/interactions` of the Gemini API. What is asked for
//! in the background, or was asked for before, is fetched by its id.

mod input;
mod request;
mod response;
mod step;
mod wire;

use super::content::GENERATE_CONTENT;
use super::{at_gemini, at_vertex};
use crate::format::route::{Route, Sent};
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::provider;
use http::Method;

/// Its tokens were told when it was asked for.
const RETRIEVE_INTERACTION: Kind = Kind::kept("retrieve_interaction");

const CANCEL_INTERACTION: Kind = Kind::kept("cancel_interaction");

/// The format of interactions.
#[derive(Debug)]
pub(crate) struct Interactions;

impl Format for Interactions {
    fn routes(&self) -> &'static [Route] {
        const PATH: &str = "/interactions";
        const ONE: &str = "/interactions/{}";
        const CANCEL: &str = "/interactions/{}/cancel";
        const ROUTES: [Route; 6] = [
            at_gemini(GENERATE_CONTENT, PATH),
            at_vertex(GENERATE_CONTENT, PATH),
            at_gemini(RETRIEVE_INTERACTION, ONE).method(&Method::GET),
            at_vertex(RETRIEVE_INTERACTION, ONE).method(&Method::GET),
            at_gemini(CANCEL_INTERACTION, CANCEL),
            at_vertex(CANCEL_INTERACTION, CANCEL),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        provider::GCP_GEMINI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(response::InteractionReader::new(keep_content))
    }
}
