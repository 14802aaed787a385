//! A frame an element of one JSON array, which may take as long as a stream.

use super::Frame;
use super::kept::Kept;

/// Follows nesting and strings, and reads nothing else: what stands between two
/// commas of the outer array is an element, whatever it is.
#[derive(Debug, Default)]
pub(crate) struct JsonArray {
    element: Kept,
    depth: u32,
    is_in_string: bool,
    is_escaped: bool,
}

impl JsonArray {
    pub(super) fn push(&mut self, bytes: &[u8], mut frame: impl FnMut(Frame<'_>)) {
        let mut begun = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if !self.is_boundary(*byte) {
                continue;
            }
            self.element.keep(bytes.get(begun..at).unwrap_or_default());
            begun = at + 1;
            self.element.tell(&mut frame);
        }
        self.element.keep(bytes.get(begun..).unwrap_or_default());
    }

    pub(super) fn passed_over(&self) -> u64 {
        self.element.passed_over()
    }

    /// Whether an element begins behind this byte, or ends before it.
    fn is_boundary(&mut self, byte: u8) -> bool {
        if self.is_in_string {
            let is_end = byte == b'"' && !self.is_escaped;
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            self.is_in_string = !is_end;
            return false;
        }
        match byte {
            b'"' => self.is_in_string = true,
            b'[' | b'{' => {
                self.depth = self.depth.saturating_add(1);
                return self.depth == 1;
            }
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            b',' => return self.depth == 1,
            _ => {}
        }
        false
    }
}
