//! A frame a line, as NDJSON has it.

use super::Frame;
use super::kept::{Kept, tell};
use memchr::memchr;

#[derive(Debug, Default)]
pub(crate) struct Lines {
    line: Kept,
}

impl Lines {
    pub(super) fn push(&mut self, mut bytes: &[u8], mut frame: impl FnMut(Frame<'_>)) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            if self.line.is_empty() {
                tell(line, &mut frame);
            } else {
                self.line.keep(line);
                self.line.tell(&mut frame);
            }
        }
        self.line.keep(bytes);
    }

    pub(super) fn end(&mut self, mut frame: impl FnMut(Frame<'_>)) {
        self.line.tell(&mut frame);
    }

    pub(super) fn passed_over(&self) -> u64 {
        self.line.passed_over()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::MAX_FRAME_BYTES;

    #[test]
    fn a_line_that_is_too_long_costs_itself_alone() {
        let mut lines = Lines::default();
        let mut told = Vec::new();
        let mut push = |bytes: &[u8]| {
            lines.push(bytes, |frame| told.push(frame.data.to_vec()));
        };
        push(b"one\n");
        for _ in 0..3 {
            push(&vec![b'x'; MAX_FRAME_BYTES / 2]);
        }
        push(b"\ntwo\n");
        assert_eq!(told, [b"one", b"two"]);
        assert_eq!(lines.passed_over(), 1);
    }
}
