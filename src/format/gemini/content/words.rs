//! Words for why an answer ended. A client may ask for the numbers of enums
//! instead of their names (`$alt=json;enum-encoding=int`).

use crate::format::lenient::Text;
use crate::semconv::value;

/// The name of a finish reason. The numbers from 6 on are not the same at Gemini
/// and at Vertex: they stay as they are.
pub(super) fn finish_reason(said: Text<'_>) -> Option<Text<'_>> {
    let name = match said.0.as_ref() {
        "0" | "FINISH_REASON_UNSPECIFIED" => return None,
        "1" => "STOP",
        "2" => "MAX_TOKENS",
        "3" => "SAFETY",
        "4" => "RECITATION",
        "5" => "OTHER",
        _ => return Some(said),
    };
    Some(Text(name.into()))
}

/// The name of a reason for blocking a prompt; from 5 on as above.
pub(super) fn block_reason(said: Text<'_>) -> Option<Text<'_>> {
    let name = match said.0.as_ref() {
        "0" | "BLOCK_REASON_UNSPECIFIED" | "BLOCKED_REASON_UNSPECIFIED" => return None,
        "1" => "SAFETY",
        "2" => "OTHER",
        "3" => "BLOCKLIST",
        "4" => "PROHIBITED_CONTENT",
        _ => return Some(said),
    };
    Some(Text(name.into()))
}

/// A finish reason in the conventions' vocabulary; one without a counterpart
/// stays as the provider wrote it.
pub(super) fn neutral(reason: Option<&str>, has_calls: bool) -> &str {
    match reason {
        None => value::finish_reason::ERROR,
        Some("STOP") if has_calls => value::finish_reason::TOOL_CALL,
        Some("STOP") => value::finish_reason::STOP,
        Some("MAX_TOKENS") => value::finish_reason::LENGTH,
        Some(
            "SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "MODEL_ARMOR"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION",
        ) => value::finish_reason::CONTENT_FILTER,
        Some(other) => other,
    }
}
