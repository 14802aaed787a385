//! Embeddings, as numbers or as texts of their bytes.
//!
//! Reference: the OpenAI API's `POST /v1/embeddings`. Voyage, Mistral, llama.cpp
//! and others answer at the same path.

use super::{Marks, Sent};
use crate::format::lenient::{self, Text};
use crate::format::object::{Holds, ObjectReader};
use crate::format::route::Route;
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request};
use crate::semconv::{attribute, value};
use serde::Deserialize;

/// The embeddings format.
#[derive(Debug)]
pub(crate) struct Embeddings;

impl Format for Embeddings {
    fn routes(&self) -> &'static [Route] {
        const EMBED: Kind = Kind::other(value::operation::EMBEDDINGS);
        const ROUTES: [Route; 2] = [
            Route::anywhere(EMBED, "/openai/deployments/{model}/embeddings")
                .of_provider(value::provider::AZURE_AI_OPENAI),
            Route::marked(EMBED, "/embeddings", has_mark),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
        asked.name_model(wire.model.and_then(Text::into_word));
        let encoding = wire.encoding_format.and_then(Text::into_word);
        let facts = &mut asked.facts;
        facts.know(
            attribute::GEN_AI_EMBEDDINGS_DIMENSION_COUNT,
            wire.dimensions.or(wire.output_dimension),
        );
        facts.know(
            attribute::GEN_AI_REQUEST_ENCODING_FORMATS,
            encoding.map(|encoding| vec![encoding]),
        );
        Ok(())
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(ObjectReader::new(Holds::Vectors, keep_content))
    }
}

/// Whether a request says that it is one.
fn has_mark(sent: &Sent<'_>) -> bool {
    let marks = Marks::of(sent);
    marks.model.is_some() && marks.input.is_some()
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::integer")]
    dimensions: Option<i64>,
    /// Voyage.
    #[serde(default, deserialize_with = "lenient::integer")]
    output_dimension: Option<i64>,
    #[serde(borrow)]
    encoding_format: Option<Text<'a>>,
}
