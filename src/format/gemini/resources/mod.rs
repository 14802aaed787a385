//! What else Google is asked: embeddings, counts of tokens, images, and what it
//! keeps (cached contents, files, batches, models).
//!
//! Reference: the Gemini API's resources, and the `predict` and `cachedContents`
//! of Vertex AI.

mod request;
mod response;
mod routes;

use crate::format::route::{Route, Sent};
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request};
use crate::semconv::value::provider;

/// The format of everything that is no generated content.
#[derive(Debug)]
pub(crate) struct Resources;

impl Format for Resources {
    fn routes(&self) -> &'static [Route] {
        routes::ROUTES
    }

    fn provider(&self) -> &'static str {
        provider::GCP_GEMINI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    fn reader(&self, kind: Kind, _keep_content: bool) -> Box<dyn Reader> {
        Box::new(response::ResourceReader::new(kind))
    }
}
