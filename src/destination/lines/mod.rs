//! Turns as JSON lines in a file.

mod file;
mod service;

use super::turns::{IntoLane, LaneParts, TurnGrouping, TurnPolicy};
use crate::config::ConfigError;
use crate::delivery::Pace;
use crate::redact::Redaction;
use crate::spool::{Owner, SpoolSettings};
use crate::turn::HistoryKey;
use crate::user_ids::UserIds;
use file::FileCarrier;
use service::LineService;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use uuid::Uuid;

/// Appends turns to a file, each as one line of JSON: for
/// [`Builder::lines`](crate::Builder::lines). `docs/lines.md` lists the fields;
/// a line of the type `turn` can be read back as a [`Turn`](crate::Turn).
///
/// A turn waits in the spool until its line is written and synced to the disk. A
/// file that cannot be written (a full disk, a missing folder) is tried again,
/// ever more rarely, at least every 5 minutes. A line may be there twice after a
/// crash, with the same `event_id`.
///
/// The file is opened for each write, so it can be rotated by renaming it. It is
/// created readable by the current user alone; its folder must exist.
///
/// ```
/// use turnspan::{Lines, SpoolSettings, Turn};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("turns-{}.jsonl", std::process::id()));
///
/// let lines = Lines::new(&path).spool(SpoolSettings::best_effort());
/// let telemetry = turnspan::builder().lines(lines).build()?;
/// let call = telemetry.record(
///     "https://api.openai.com/v1/chat/completions",
///     r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}"#,
/// );
/// call.response(r#"{"choices": [{"message": {"content": "Hi."}}]}"#);
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// let turn: Turn = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
/// assert_eq!(turn.user_message.as_deref(), Some("Hello!"));
/// # std::fs::remove_file(path)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Lines {
    path: PathBuf,
    policy: TurnPolicy,
    spool: SpoolSettings,
}

/// What is written together. Nothing waits for others.
const PACE: Pace = Pace {
    interval: Duration::ZERO,
    max_events: 256,
    max_bytes: 1 << 20,
};

impl Lines {
    /// Writes to the end of the file at `path` (`TURNSPAN_LINES_PATH`). Several
    /// processes may write to one file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        // Nobody else can know it, so turns that an earlier process left open are
        // joined by names and ids only.
        let key = HistoryKey::of(&Uuid::new_v4().to_string());
        Self {
            path: path.into(),
            policy: TurnPolicy {
                tool_use: false,
                ..TurnPolicy::of(key)
            },
            spool: SpoolSettings::default(),
        }
    }

    /// Whether prompts, answers, tool arguments and error texts are written;
    /// default: true. Without them a line is what
    /// [`Turn::without_content`](crate::Turn::without_content) leaves.
    pub fn capture_content(mut self, capture: bool) -> Self {
        self.policy.capture_content = capture;
        self
    }

    /// The longest text that is written, in code points; longer ones are cut and
    /// end with `...[truncated]`. 0 is no limit, which is the default.
    pub fn max_content_length(mut self, length: usize) -> Self {
        self.policy.max_content_length = (length > 0).then_some(length);
        self
    }

    /// Replaces what is found in every line; default: nothing. An example is at
    /// [`Redaction`].
    pub fn redact(mut self, redaction: Redaction) -> Self {
        self.policy.redaction = Some(redaction);
        self
    }

    /// How user ids are written; default: plain.
    pub fn user_ids(mut self, user_ids: UserIds) -> Self {
        self.policy.user_ids = user_ids;
        self
    }

    /// Whether calls that failed are turns too; default: true.
    pub fn failed_calls(mut self, write: bool) -> Self {
        self.policy.failed_calls = write;
        self
    }

    /// Whether a turn is one call or one tool loop; default: one call.
    pub fn turn_grouping(mut self, grouping: TurnGrouping) -> Self {
        self.policy.grouping = grouping;
        self
    }

    /// Whether tools that run are lines too, of the type `tool_use`; default:
    /// false. See [`Tes::tool_use`](crate::Tes::tool_use).
    pub fn tool_use(mut self, write: bool) -> Self {
        self.policy.tool_use = write;
        self
    }

    /// Where turns wait until they are written (`TES_DURABILITY`,
    /// `TES_SPOOL_PATH`, `TES_SPOOL_MAX_BYTES`, `TES_SPOOL_MAX_AGE`,
    /// `TES_DROP_POLICY`): as for [`Tes::spool`](crate::Tes::spool), whose file
    /// they may share.
    pub fn spool(mut self, spool: SpoolSettings) -> Self {
        self.spool = spool;
        self
    }
}

impl IntoLane for Lines {
    fn lane_parts(self: Box<Self>) -> Result<LaneParts, ConfigError> {
        // The next process may start in another folder.
        let path = std::path::absolute(&self.path).ok();
        let path = path.filter(|path| path.file_name().is_some());
        let path = path.ok_or_else(|| {
            let shown = self.path.display();
            ConfigError::invalid("TURNSPAN_LINES_PATH", format!("names no file: `{shown}`"))
        })?;
        Ok(LaneParts {
            policy: self.policy,
            service: Box::new(LineService),
            owner: Owner {
                endpoint: endpoint(&path),
                client_id: String::new(),
            },
            carrier: Arc::new(FileCarrier(path)),
            pace: PACE,
            spool: self.spool,
        })
    }
}

/// The file as a URL, as spools know other receivers.
fn endpoint(path: &Path) -> String {
    let url = Url::from_file_path(path).map(String::from);
    url.unwrap_or_else(|()| path.display().to_string())
}
