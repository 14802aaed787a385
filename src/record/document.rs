//! A body that is read as a whole.

use crate::framing::Skim;
use bytes::Bytes;

/// The most that is kept of one.
const MAX_BYTES: usize = 8 << 20;

/// A body so far.
pub(super) enum Document {
    /// As it came, in one piece.
    Piece(Bytes),
    Pieces(Vec<u8>),
    /// Without what is long in it.
    Skimmed(Skim, Vec<u8>),
    Overlong,
}

impl Document {
    /// Of which nothing long is read.
    pub(super) fn brief() -> Self {
        Self::Skimmed(Skim::default(), Vec::new())
    }

    /// Adds a piece, unless the body is too long to keep any of it. Pieces are
    /// copied together: each may belong to a far larger buffer.
    pub(super) fn push(&mut self, bytes: &Bytes) {
        if let Self::Skimmed(skim, kept) = self {
            skim.push(bytes, kept);
            if kept.len() > MAX_BYTES {
                *self = Self::Overlong;
            }
            return;
        }
        let length = self.bytes().map(|before| before.len() + bytes.len());
        *self = match std::mem::take(self) {
            _ if length.is_none_or(|length| length > MAX_BYTES) => Self::Overlong,
            Self::Piece(before) if before.is_empty() => Self::Piece(bytes.clone()),
            Self::Piece(before) => Self::Pieces([before, bytes.clone()].concat()),
            Self::Pieces(mut pieces) => {
                pieces.extend_from_slice(bytes);
                Self::Pieces(pieces)
            }
            Self::Skimmed(..) | Self::Overlong => Self::Overlong,
        };
    }

    /// The body, unless it was too long.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Piece(piece) => Some(piece),
            Self::Pieces(pieces) | Self::Skimmed(_, pieces) => Some(pieces),
            Self::Overlong => None,
        }
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::Piece(Bytes::new())
    }
}
