//! The unfinished frame at the end of the last chunk.

use super::{Frame, MAX_FRAME_BYTES};

/// What is kept of a frame until the rest of it comes. Of one that is too long,
/// nothing is.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    is_overlong: bool,
    passed_over: u64,
}

impl Kept {
    /// Whether a frame begins with the next bytes.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.is_overlong
    }

    pub(super) fn keep(&mut self, part: &[u8]) {
        if self.bytes.len() + part.len() > MAX_FRAME_BYTES {
            self.is_overlong = true;
            self.bytes.clear();
        }
        if !self.is_overlong {
            self.bytes.extend_from_slice(part);
        }
    }

    /// The frame has ended.
    pub(super) fn tell(&mut self, frame: &mut impl FnMut(Frame<'_>)) {
        if std::mem::take(&mut self.is_overlong) {
            self.passed_over += 1;
        } else {
            tell(&self.bytes, frame);
        }
        // The buffer stays, for the next one.
        self.bytes.clear();
    }

    /// How many frames were too long to keep.
    pub(super) fn passed_over(&self) -> u64 {
        self.passed_over
    }
}

/// Empty ones only keep the connection alive.
pub(super) fn tell(bytes: &[u8], frame: &mut impl FnMut(Frame<'_>)) {
    let bytes = bytes.trim_ascii();
    if !bytes.is_empty() {
        frame(Frame::unnamed(bytes));
    }
}
