//! Requests of which little is to be known: which model, and how much is wanted.
//!
//! Embeddings, scores, lists of models and the like. Their answers are read as
//! [objects](super::object).

use super::lenient::{self, Text};
use super::object::{Holds, ObjectReader};
use super::route::Sent;
use super::{Reader, Unreadable};
use crate::operation::Request;
use crate::semconv::attribute;
use serde::Deserialize;

/// A reader of the answer.
pub(super) fn reader() -> Box<dyn Reader> {
    Box::new(ObjectReader::new(Holds::Things, false))
}

/// Reads the parameters of such a request. Some have no body, or none of JSON.
pub(super) fn read_request(sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
    if !sent.body.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
    wire.tell(asked);
    Ok(())
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    model_id: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::integer")]
    dimensions: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    output_dimension: Option<i64>,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    encoding_format: Vec<String>,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    embedding_types: Vec<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    top_k: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    top_n: Option<i64>,
}

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.or(self.model_id).and_then(Text::into_word));
        asked.stream |= self.stream.unwrap_or(false);
        let encodings = [self.encoding_format, self.embedding_types].concat();
        let encodings = Some(encodings).filter(|it| !it.is_empty());
        let facts = &mut asked.facts;
        facts.know(
            attribute::GEN_AI_EMBEDDINGS_DIMENSION_COUNT,
            self.dimensions.or(self.output_dimension),
        );
        facts.know(attribute::GEN_AI_REQUEST_ENCODING_FORMATS, encodings);
        let wanted = self.top_n.or(self.top_k);
        facts.know(attribute::GEN_AI_RETRIEVAL_TOP_K, wanted);
    }
}
