//! How much of one answer is kept.

use super::lenient::Text;

/// The most text that is kept of one answer.
const MAX_KEPT_BYTES: usize = 8 << 20;

/// More choices, blocks or tool calls than this are not an answer but an attack.
const MAX_INDEX: usize = 1024;

/// What is left of the room for the text of one answer.
#[derive(Debug, Default)]
pub(super) struct Room {
    is_wanted: bool,
    left: usize,
    is_exceeded: bool,
}

impl Room {
    /// Room for an answer, or for none of it.
    pub(super) fn of_an_answer(keep_content: bool) -> Self {
        Self {
            is_wanted: keep_content,
            left: if keep_content { MAX_KEPT_BYTES } else { 0 },
            is_exceeded: false,
        }
    }

    /// Appends as much of `piece` as there is room for.
    pub(super) fn keep(&mut self, text: &mut String, piece: &str) {
        if let Some(left) = self.left.checked_sub(piece.len()) {
            self.left = left;
            return text.push_str(piece);
        }
        // Once something was cut, nothing later may be appended to it.
        self.is_exceeded |= self.is_wanted;
        let mut end = std::mem::take(&mut self.left);
        while !piece.is_char_boundary(end) {
            end -= 1;
        }
        text.push_str(piece.get(..end).unwrap_or_default());
    }

    /// As [`keep`](Self::keep), for a text that is absent until it has something.
    pub(super) fn keep_in(&mut self, text: &mut Option<String>, piece: &str) {
        if self.is_wanted {
            self.keep(text.get_or_insert_default(), piece);
        }
    }

    /// Whether some of the answer had no room.
    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded
    }
}

/// The first that was said stays.
pub(super) fn fill(known: &mut Option<String>, said: Option<Text<'_>>) {
    if known.is_none() {
        *known = said.and_then(Text::into_string);
    }
}

/// The element at `index`, made if it is not there yet.
pub(super) fn slot<T: Default>(list: &mut Vec<T>, index: usize) -> Option<&mut T> {
    if index >= MAX_INDEX {
        return None;
    }
    if index >= list.len() {
        list.resize_with(index + 1, T::default);
    }
    list.get_mut(index)
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn what_is_cut_is_cut_between_characters_and_stays_cut() {
        let mut room = Room {
            is_wanted: true,
            left: 4,
            is_exceeded: false,
        };
        let mut text = String::new();
        for piece in ["ab", "\u{1f600}", "c"] {
            room.keep(&mut text, piece);
        }
        assert_eq!(text, "ab");
        assert!(room.is_exceeded());
    }
}
