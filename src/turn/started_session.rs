//! A session that begins.

use super::weight::of_metadata;
use serde::Serialize;
use serde_json::Value;

/// A session, and whose it is.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct StartedSession {
    #[serde(rename = "session_id")]
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    pub(crate) metadata: Vec<(String, Value)>,
}

impl StartedSession {
    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let user = self.user_id.as_ref().map_or(0, String::len);
        self.id.len() + user + of_metadata(&self.metadata)
    }
}
