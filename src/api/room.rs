//! How much of one answer is kept.

use super::lenient::Text;

/// The most text that is kept of one answer.
const MAX_KEPT_BYTES: usize = 8 << 20;

/// The most that is kept of ids, names and other words of one answer.
const MAX_WORD_BYTES: usize = 256 << 10;

/// More choices, blocks and tool calls than this are not an answer but an attack.
const MAX_SLOTS: usize = 1024;

/// What is left of the room for one answer.
#[derive(Debug)]
pub(super) struct Room {
    is_wanted: bool,
    text_left: usize,
    words_left: usize,
    slots_left: usize,
    is_exceeded: bool,
}

impl Room {
    /// Room for an answer, or for none of its text.
    pub(super) fn of_an_answer(keep_content: bool) -> Self {
        Self {
            is_wanted: keep_content,
            text_left: if keep_content { MAX_KEPT_BYTES } else { 0 },
            words_left: MAX_WORD_BYTES,
            slots_left: MAX_SLOTS,
            is_exceeded: false,
        }
    }

    /// Appends as much of `piece` as there is room for.
    pub(super) fn keep(&mut self, text: &mut String, piece: &str) {
        if let Some(left) = self.text_left.checked_sub(piece.len()) {
            self.text_left = left;
            return text.push_str(piece);
        }
        // Once something was cut, nothing later may be appended to it.
        self.is_exceeded |= self.is_wanted;
        let mut end = std::mem::take(&mut self.text_left);
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

    /// Keeps a word: the first that was said stays.
    pub(super) fn fill(&mut self, known: &mut Option<String>, said: Option<Text<'_>>) {
        if known.is_none() {
            *known = said.and_then(|said| self.word(said));
        }
    }

    /// Keeps a word: the last that was said stays.
    pub(super) fn replace(&mut self, known: &mut Option<String>, said: Option<Text<'_>>) {
        if let Some(word) = said.and_then(|said| self.word(said)) {
            *known = Some(word);
        }
    }

    /// Whether some of the answer had no room.
    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded
    }

    /// Whether one more choice, block or tool call may be kept.
    pub(super) fn take_slot(&mut self) -> bool {
        let left = self.slots_left.checked_sub(1);
        self.is_exceeded |= left.is_none();
        self.slots_left = left.unwrap_or_default();
        left.is_some()
    }

    /// The text, unless there is none in it, or no room for it.
    fn word(&mut self, said: Text<'_>) -> Option<String> {
        let word = said.into_string()?;
        let left = self.words_left.checked_sub(word.len());
        self.is_exceeded |= left.is_none();
        self.words_left = left?;
        Some(word)
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::of_an_answer(false)
    }
}

/// What an answer numbers, in the order of the numbers. Those that never came
/// are not there.
#[derive(Debug)]
pub(super) struct Slots<T>(Vec<(usize, T)>);

impl<T: Default> Slots<T> {
    /// The one with that number, made if it is new and there is room.
    pub(super) fn at(&mut self, number: usize, room: &mut Room) -> Option<&mut T> {
        let found = self.0.binary_search_by_key(&number, |(number, _)| *number);
        let position = match found {
            Ok(position) => position,
            Err(position) => {
                if !room.take_slot() {
                    return None;
                }
                self.0.insert(position, (number, T::default()));
                position
            }
        };
        self.0.get_mut(position).map(|(_, slot)| slot)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, slot)| slot)
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = T> {
        self.0.into_iter().map(|(_, slot)| slot)
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SLOTS, MAX_WORD_BYTES, Room, Slots};
    use crate::api::lenient::Text;

    #[test]
    fn what_is_cut_is_cut_between_characters_and_stays_cut() {
        let mut room = Room {
            text_left: 4,
            ..Room::of_an_answer(true)
        };
        let mut text = String::new();
        for piece in ["ab", "\u{1f600}", "c"] {
            room.keep(&mut text, piece);
        }
        assert_eq!(text, "ab");
        assert!(room.is_exceeded());
    }

    #[test]
    fn words_and_slots_have_their_bounds_too() {
        let long = "x".repeat(MAX_WORD_BYTES + 1);
        let (mut room, mut word) = (Room::default(), None);
        room.fill(&mut word, Some(Text(long.as_str().into())));
        assert!(word.is_none() && room.is_exceeded());
        let (mut room, mut slots) = (Room::default(), Slots::<u8>::default());
        for number in 0..MAX_SLOTS {
            assert!(slots.at(number * 1000, &mut room).is_some());
        }
        assert!(slots.at(0, &mut room).is_some());
        assert!(!room.is_exceeded());
        assert!(slots.at(1, &mut room).is_none());
        assert!(room.is_exceeded());
    }
}
