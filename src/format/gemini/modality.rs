//! What tokens are tokens of.

use crate::format::lenient::{self, Few, Text};
use crate::operation::Facts;
use crate::operation::usage::IMPLAUSIBLE_TOKENS;
use crate::semconv::attribute;
use serde::Deserialize;

/// What data of a type is to a model.
pub(super) fn of_mime_type(mime_type: Option<&str>) -> &'static str {
    let kind = mime_type.and_then(|mime_type| mime_type.split('/').next());
    match kind {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "document",
    }
}

/// Tokens of one modality, which is a name or its number.
#[derive(Deserialize)]
pub(super) struct ModalityTokens<'a> {
    #[serde(borrow)]
    modality: Option<Text<'a>>,
    #[serde(
        default,
        rename = "tokenCount",
        alias = "tokens",
        deserialize_with = "lenient::count"
    )]
    count: Option<u64>,
}

/// Tokens by modality, as they were reported last.
#[derive(Debug, Default)]
pub(super) struct Modalities(Vec<(&'static str, i64)>);

/// Which tokens are counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Input,
    Output,
}

impl Modalities {
    pub(super) fn report(&mut self, side: Side, counts: Few<ModalityTokens<'_>>) {
        for counted in counts.entries {
            let name = counted.modality.and_then(|it| name(side, &it.0));
            let count = counted.count.filter(|it| *it < IMPLAUSIBLE_TOKENS);
            let count = count.and_then(|it| i64::try_from(it).ok());
            if let Some((name, count)) = name.zip(count) {
                self.0.retain(|(known, _)| *known != name);
                self.0.push((name, count));
            }
        }
    }

    /// Those of which there are any.
    pub(super) fn tell(&mut self, facts: &mut Facts) {
        for (name, count) in std::mem::take(&mut self.0) {
            facts.know(name, (count > 0).then_some(count));
        }
    }
}

fn name(side: Side, modality: &str) -> Option<&'static str> {
    let modality = modality.to_ascii_uppercase();
    Some(match (side, modality.as_str()) {
        (Side::Input, "TEXT" | "1") => attribute::TURNSPAN_USAGE_TEXT_INPUT_TOKENS,
        (Side::Input, "IMAGE" | "2") => attribute::TURNSPAN_USAGE_IMAGE_INPUT_TOKENS,
        (Side::Input, "VIDEO" | "3") => attribute::TURNSPAN_USAGE_VIDEO_INPUT_TOKENS,
        (Side::Input, "AUDIO" | "4") => attribute::TURNSPAN_USAGE_AUDIO_INPUT_TOKENS,
        (Side::Input, "DOCUMENT" | "5") => attribute::TURNSPAN_USAGE_DOCUMENT_INPUT_TOKENS,
        (Side::Output, "TEXT" | "1") => attribute::TURNSPAN_USAGE_TEXT_OUTPUT_TOKENS,
        (Side::Output, "IMAGE" | "2") => attribute::TURNSPAN_USAGE_IMAGE_OUTPUT_TOKENS,
        (Side::Output, "VIDEO" | "3") => attribute::TURNSPAN_USAGE_VIDEO_OUTPUT_TOKENS,
        (Side::Output, "AUDIO" | "4") => attribute::TURNSPAN_USAGE_AUDIO_OUTPUT_TOKENS,
        _ => return None,
    })
}
