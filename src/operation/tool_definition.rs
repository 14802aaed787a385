//! Tools that a request offers, in the conventions' shape.

use super::Json;
use serde::{Deserialize, Serialize};

/// One tool (`gen_ai.tool.definitions`, GenAI semantic conventions 1.41).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ToolDefinition {
    /// `function` for those that the caller runs.
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// A JSON schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parameters: Option<Json>,
}

/// What a tool definition needs: all that the conventions have without being
/// asked.
#[derive(Debug, Serialize)]
pub(crate) struct BriefTool<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    name: &'a str,
}

impl ToolDefinition {
    /// Without its description and its parameters.
    pub(crate) fn brief(&self) -> BriefTool<'_> {
        BriefTool {
            kind: &self.kind,
            name: &self.name,
        }
    }

    /// The kind of a tool that the caller runs.
    pub(crate) const FUNCTION: &'static str = "function";

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let parameters = self.parameters.as_ref();
        size_of::<Self>()
            + self.kind.len()
            + self.name.len()
            + self.description.as_ref().map_or(0, String::len)
            + parameters.map_or(0, |json| json.as_str().len())
    }
}
