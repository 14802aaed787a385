//! The body of a request, as far as it is read and kept.

use crate::framing::Shorten;
use bytes::Bytes;

/// The most that is kept of a request, to be read later. Of a larger one the
/// long texts are left out.
const MAX_KEPT_BYTES: usize = 8 << 20;

/// The most that is read of a request for its parameters, on the caller's
/// task, where nothing can be left out of it.
const MAX_READ_BYTES: usize = 32 << 20;

/// The most that is searched for long texts, on the caller's task. Passing over
/// ten megabytes takes about a millisecond.
const MAX_SEARCHED_BYTES: usize = 64 << 20;

/// What there is to read of a body.
pub(super) enum RequestBody<'a> {
    Whole(&'a [u8]),
    /// Without long texts.
    Shortened(Bytes),
    /// Too large to keep, not to read.
    Passing(&'a [u8]),
    Unread,
}

impl<'a> RequestBody<'a> {
    pub(super) fn of(body: &'a [u8]) -> Self {
        if body.len() <= MAX_KEPT_BYTES {
            return Self::Whole(body);
        }
        match shortened(body) {
            Some(shortened) => Self::Shortened(shortened),
            None if body.len() <= MAX_READ_BYTES => Self::Passing(body),
            None => Self::Unread,
        }
    }

    /// Whether something of it is lost.
    pub(super) fn is_truncated(&self) -> bool {
        !matches!(self, Self::Whole(_))
    }

    /// What its parameters are read from.
    pub(super) fn read(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(body) | Self::Passing(body) => Some(body),
            Self::Shortened(body) => Some(body),
            Self::Unread => None,
        }
    }

    /// What is kept of it, to be read later; `hold` gives the whole.
    pub(super) fn kept(self, hold: impl FnOnce() -> Bytes) -> Bytes {
        match self {
            Self::Whole(_) => hold(),
            Self::Shortened(body) => body,
            Self::Passing(_) | Self::Unread => Bytes::new(),
        }
    }
}

/// JSON without its long texts. Forms are no JSON.
fn shortened(body: &[u8]) -> Option<Bytes> {
    let is_json = matches!(body.trim_ascii_start(), [b'{' | b'[', ..]);
    if !is_json || body.len() > MAX_SEARCHED_BYTES {
        return None;
    }
    let mut shorten = Shorten::to(MAX_KEPT_BYTES);
    shorten.push(body);
    shorten.into_kept().map(Bytes::from)
}
