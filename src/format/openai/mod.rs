//! OpenAI's formats, and what they have in common.

mod assistants;
mod audio;
mod chat;
mod completions;
mod embeddings;
mod images;
mod plain;
mod responses;
mod runs;
mod stream_usage;
mod vector_search;

pub(super) use assistants::Assistants;
pub(super) use audio::Audio;
pub(super) use chat::Chat;
pub(super) use completions::Completions;
pub(super) use embeddings::Embeddings;
pub(super) use images::Images;
pub(super) use plain::Plain;
pub(super) use responses::Responses;
pub(super) use runs::Runs;
pub(super) use vector_search::VectorSearch;

use super::form;
use super::lenient::Text;
use super::{Sent, Unreadable};
use crate::operation::{Facts, Request};
use crate::semconv::{attribute, value};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What the conventions know of OpenAI's requests alone: which format it is, and
/// the service tier, which is conditionally required unless `auto`.
fn tell_request(api: Option<&'static str>, service_tier: Option<Text<'_>>, facts: &mut Facts) {
    facts.know(attribute::OPENAI_API_TYPE, api);
    let tier = service_tier.and_then(Text::into_word);
    let tier = tier.filter(|tier| tier != "auto");
    facts.know(attribute::OPENAI_REQUEST_SERVICE_TIER, tier);
}

/// The output type that a format of texts stands for.
fn output_type(format: &str) -> Option<&'static str> {
    match format {
        "text" => Some(value::output_type::TEXT),
        "json_object" | "json_schema" => Some(value::output_type::JSON),
        _ => None,
    }
}

/// Reads the model that a body names, be it JSON or a form. There need be none.
fn read_model(sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        model: Option<Text<'a>>,
    }
    if let Some(form) = form::of(sent) {
        form.tell(asked);
        return Ok(());
    }
    if sent.body.trim_ascii().is_empty() {
        return Ok(());
    }
    let named: Named<'_> = serde_json::from_slice(sent.body)?;
    asked.name_model(named.model.and_then(Text::into_word));
    Ok(())
}

/// Which of the fields that say what is asked a body has.
#[derive(Default, Deserialize)]
struct Marks {
    model: Option<IgnoredAny>,
    input: Option<IgnoredAny>,
    prompt: Option<IgnoredAny>,
    previous_response_id: Option<IgnoredAny>,
    assistant_id: Option<IgnoredAny>,
}

impl Marks {
    fn of(sent: &Sent<'_>) -> Self {
        serde_json::from_slice(sent.body).unwrap_or_default()
    }
}

/// Whether an address asks for a stream, as those of what is fetched do.
fn asks_for_stream(sent: &Sent<'_>) -> bool {
    let mut query = sent.url.query_pairs();
    query.any(|(key, value)| key == "stream" && value == "true")
}
