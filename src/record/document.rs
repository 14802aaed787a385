//! A body that is read as a whole.

use crate::framing::{Shorten, Skim};
use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::error::Category;

/// The most that is kept of one. Of a larger one the long texts are left out.
const MAX_BYTES: usize = 8 << 20;

/// A body so far.
pub(super) enum Document {
    /// As it came, in one piece.
    Piece(Bytes),
    Pieces(Vec<u8>),
    /// Without what is long in it.
    Skimmed(Skim, Vec<u8>),
    /// The same, as it was too long to keep all of it.
    Shortened(Box<Shorten>),
    Overlong,
}

impl Document {
    /// Of which nothing long is read.
    pub(super) fn brief() -> Self {
        Self::Skimmed(Skim::default(), Vec::new())
    }

    /// Adds a piece. Pieces are copied together: each may belong to a far larger
    /// buffer.
    pub(super) fn push(&mut self, bytes: &Bytes) {
        match self {
            Self::Skimmed(skim, kept) => {
                skim.push(bytes, kept);
                if kept.len() > MAX_BYTES {
                    *self = Self::Overlong;
                }
                return;
            }
            Self::Shortened(shorten) => return shorten.push(bytes),
            Self::Piece(_) | Self::Pieces(_) | Self::Overlong => {}
        }
        *self = match std::mem::take(self) {
            Self::Piece(before) if before.len() + bytes.len() > MAX_BYTES => {
                Self::shortened([&before, bytes])
            }
            Self::Pieces(before) if before.len() + bytes.len() > MAX_BYTES => {
                Self::shortened([&before, bytes])
            }
            Self::Piece(before) if before.is_empty() => Self::Piece(bytes.clone()),
            Self::Piece(before) => Self::Pieces([before, bytes.clone()].concat()),
            Self::Pieces(mut pieces) => {
                pieces.extend_from_slice(bytes);
                Self::Pieces(pieces)
            }
            Self::Skimmed(..) | Self::Shortened(_) | Self::Overlong => Self::Overlong,
        };
    }

    fn shortened(pieces: [&[u8]; 2]) -> Self {
        let mut shorten = Shorten::to(MAX_BYTES);
        for piece in pieces {
            shorten.push(piece);
        }
        Self::Shortened(Box::new(shorten))
    }

    /// The body, unless it was too long.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Piece(piece) => Some(piece),
            Self::Pieces(pieces) | Self::Skimmed(_, pieces) => Some(pieces),
            Self::Shortened(shorten) => shorten.kept(),
            Self::Overlong => None,
        }
    }

    /// Whether content was left out of it.
    pub(super) fn is_shortened(&self) -> bool {
        matches!(self, Self::Shortened(_))
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::Piece(Bytes::new())
    }
}

/// Whether a body is a page of a proxy, which is no text of an error.
pub(super) fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// Whether a body begins as a JSON object, is all there, and breaks the rules of
/// JSON. The provider did not fail if we cannot read it.
pub(super) fn is_broken(body: &[u8]) -> bool {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let read = is_object.then(|| serde_json::from_slice::<IgnoredAny>(body));
    matches!(read, Some(Err(error)) if error.classify() == Category::Syntax)
}
