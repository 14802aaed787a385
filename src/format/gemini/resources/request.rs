//! The parameters of a request for a resource.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::operation::Request;
use crate::semconv::attribute;
use serde::Deserialize;

/// Reads the parameters of a request body. Many have none, or files in it.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    wire.tell(asked);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(
        default,
        alias = "output_dimensionality",
        deserialize_with = "lenient::integer"
    )]
    output_dimensionality: Option<i64>,
    /// Of predictions.
    #[serde(default, deserialize_with = "lenient::object")]
    parameters: Option<Parameters>,
    /// Of several embeddings, each of which has its own.
    #[serde(default, deserialize_with = "lenient::few_objects")]
    requests: lenient::Few<Parameters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    #[serde(
        default,
        alias = "output_dimensionality",
        deserialize_with = "lenient::integer"
    )]
    output_dimensionality: Option<i64>,
    #[serde(default, alias = "sample_count", deserialize_with = "lenient::integer")]
    sample_count: Option<i64>,
}

impl WireRequest<'_> {
    /// The model is in the path of what asks one.
    fn tell(self, asked: &mut Request) {
        let model = || self.model.clone().and_then(Text::into_word);
        asked.model = asked.model.take().filter(|it| it != "count-tokens");
        asked.model = asked.model.take().or_else(model);
        let parameters = self.parameters.as_ref();
        let first = self.requests.entries.first();
        let mut of_parts = [parameters, first].into_iter().flatten();
        let of_parts = of_parts.find_map(|it| it.output_dimensionality);
        let dimensions = self.output_dimensionality.or(of_parts);
        let choices = parameters.and_then(|it| it.sample_count);
        let facts = &mut asked.facts;
        facts.know(attribute::GEN_AI_EMBEDDINGS_DIMENSION_COUNT, dimensions);
        // One is what a request without it asks for.
        let choices = choices.filter(|n| *n != 1);
        facts.know(attribute::GEN_AI_REQUEST_CHOICE_COUNT, choices);
    }
}
