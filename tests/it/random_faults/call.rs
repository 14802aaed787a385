//! One call: its seam, what its provider does, and when its caller lets go.

use crate::support::anthropic;
use crate::support::harness::Harness;
use crate::support::provider::{Reply, openai};
use crate::support::seams::{Format, Seam};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use std::time::Duration;
use tokio::time::timeout;

/// No call takes longer: then it is let go of.
const LIMIT: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    seam: usize,
    is_anthropic: bool,
    is_streamed: bool,
    fault: Fault,
    end: LetGo,
}

/// What the provider does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Nothing,
    Refused(u16),
    ConnectionBreaks(usize),
    Hangs(usize),
    HeadIsLate,
    ErrorFrame,
    NoTerminator,
    NotJson,
    Empty,
}

/// When the caller lets go of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LetGo {
    /// It reads all of it.
    Never,
    AfterChunks(usize),
    /// Wherever the call is by then: before its head, between attempts, within.
    AfterMilliseconds(u64),
    /// Telemetry ends first.
    AtTheEnd,
}

/// An answer that its caller holds on to.
pub(super) type Open = BoxStream<'static, Result<Bytes, String>>;

impl Call {
    pub(super) fn any(random: &mut fastrand::Rng) -> Self {
        let seam = random.usize(..Seam::ALL.len());
        let speaks_both = Seam::ALL[seam].speaks(Format::Anthropic);
        Self {
            seam,
            is_anthropic: random.bool() && speaks_both,
            is_streamed: random.bool(),
            fault: Fault::any(random),
            end: LetGo::any(random),
        }
    }

    fn format(self) -> Format {
        if self.is_anthropic {
            Format::Anthropic
        } else {
            Format::OpenAi
        }
    }

    /// Gives an answer that is still open.
    pub(super) async fn make(self, harness: &Harness) -> Option<Open> {
        let reply = self.fault.reply(self.format(), self.is_streamed);
        harness.provider.script([reply]);
        let limit = match self.end {
            LetGo::AfterMilliseconds(time) => Duration::from_millis(time),
            _ => LIMIT,
        };
        timeout(limit, self.answer(harness)).await.ok().flatten()
    }

    async fn answer(self, harness: &Harness) -> Option<Open> {
        let seam = Seam::ALL[self.seam];
        let answer = seam.call(harness, self.format(), self.is_streamed).await;
        let mut answer = answer.ok()?;
        let chunks = match self.end {
            LetGo::AtTheEnd => return Some(answer),
            LetGo::AfterChunks(count) => count,
            LetGo::Never | LetGo::AfterMilliseconds(_) => usize::MAX,
        };
        for _ in 0..chunks {
            answer.next().await?.ok()?;
        }
        None
    }
}

impl Fault {
    fn any(random: &mut fastrand::Rng) -> Self {
        match random.u8(..10) {
            0 | 1 => Self::Nothing,
            2 => Self::Refused(random.choice([400, 401, 404, 429, 500, 503, 529]).unwrap()),
            3 => Self::ConnectionBreaks(random.usize(..4)),
            4 => Self::Hangs(random.usize(..4)),
            5 => Self::HeadIsLate,
            6 => Self::ErrorFrame,
            7 => Self::NoTerminator,
            8 => Self::NotJson,
            _ => Self::Empty,
        }
    }

    fn reply(self, format: Format, is_streamed: bool) -> Reply {
        let whole = || well(format, is_streamed);
        match self {
            Self::Nothing => whole(),
            Self::Refused(status) if format == Format::OpenAi => {
                openai::error(status, "some_error", "No.")
            }
            Self::Refused(status) => anthropic::error(status, "some_error", "No."),
            Self::ConnectionBreaks(chunks) => whole().cut_after(chunks),
            Self::Hangs(chunks) => whole().hang_after(chunks),
            Self::HeadIsLate => whole().delay_first(Duration::from_millis(20)),
            Self::ErrorFrame if format == Format::OpenAi => {
                Reply::sse([r#"{"error": {"type": "server_error", "message": "No."}}"#])
            }
            Self::ErrorFrame => anthropic::sse([anthropic::head(), anthropic::error_event()]),
            Self::NoTerminator => whole().without_done(),
            Self::NotJson => Reply::json("<html>down</html>"),
            Self::Empty => Reply::status(200),
        }
    }
}

fn well(format: Format, is_streamed: bool) -> Reply {
    match (format, is_streamed) {
        (Format::OpenAi, true) => Reply::sse(openai::stream(&["Hel", "lo."], true)),
        (Format::OpenAi, false) => Reply::json(openai::completion("Hello.")),
        (Format::Anthropic, true) => anthropic::sse(anthropic::stream(&["Hel", "lo."])),
        (Format::Anthropic, false) => Reply::json(anthropic::message("Hello.")),
    }
}

impl LetGo {
    fn any(random: &mut fastrand::Rng) -> Self {
        match random.u8(..5) {
            0 | 1 => Self::Never,
            2 => Self::AfterChunks(random.usize(..4)),
            3 => Self::AfterMilliseconds(random.u64(..15)),
            _ => Self::AtTheEnd,
        }
    }
}
