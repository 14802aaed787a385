//! Google's formats, at the Gemini API and at Vertex AI.

mod content;
mod interactions;
mod modality;
mod resources;

pub(super) use content::GenerateContent;
pub(super) use interactions::Interactions;
pub(super) use resources::Resources;

use super::route::Route;
use crate::operation::usage::IMPLAUSIBLE_TOKENS;
use crate::operation::{Facts, Kind};
use crate::semconv::attribute;
use crate::semconv::value::provider;

/// A path that others use too.
const fn at_gemini(kind: Kind, path: &'static str) -> Route {
    Route::at_hosts_of(provider::GCP_GEMINI, kind, path)
}

/// The same at Vertex AI, below a project and its location.
const fn at_vertex(kind: Kind, path: &'static str) -> Route {
    Route::at_hosts_of(provider::GCP_VERTEX_AI, kind, path)
}

/// What tools of the provider's added to the prompt. It is beside the count of
/// the prompt, and mostly 0.
fn tell_tool_use(tokens: Option<u64>, facts: &mut Facts) {
    let tokens = tokens.filter(|it| (1..IMPLAUSIBLE_TOKENS).contains(it));
    let tokens = tokens.and_then(|it| i64::try_from(it).ok());
    facts.know(attribute::TURNSPAN_USAGE_TOOL_USE_INPUT_TOKENS, tokens);
}
