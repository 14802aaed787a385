//! The search of a vector store.
//!
//! Reference: the OpenAI API's `POST /v1/vector_stores/{id}/search`.

use super::Sent;
use crate::format::lenient::{self, Text};
use crate::format::object::{Holds, ObjectReader};
use crate::format::route::Route;
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request, word};
use crate::semconv::{attribute, value};
use serde::Deserialize;
use url::Url;

/// The format of searches.
#[derive(Debug)]
pub(crate) struct VectorSearch;

impl Format for VectorSearch {
    fn routes(&self) -> &'static [Route] {
        const RETRIEVE: Kind = Kind::other(value::operation::RETRIEVAL);
        const ROUTES: [Route; 1] = [Route::at_known_hosts(RETRIEVE, "/vector_stores/{}/search")];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        let facts = &mut asked.facts;
        facts.know(attribute::GEN_AI_DATA_SOURCE_ID, store(sent.url));
        let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
        facts.know(attribute::GEN_AI_RETRIEVAL_TOP_K, wire.max_num_results);
        let query = wire.query.and_then(Text::into_string);
        facts.know(attribute::GEN_AI_RETRIEVAL_QUERY_TEXT, query);
        Ok(())
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(ObjectReader::new(Holds::Things, keep_content))
    }
}

/// The store that a path names.
fn store(url: &Url) -> Option<String> {
    let mut parts = url
        .path_segments()?
        .rev()
        .skip_while(|part| *part != "search");
    parts.nth(1).map(|id| word::id(id).into_owned())
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    query: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_num_results: Option<i64>,
}
