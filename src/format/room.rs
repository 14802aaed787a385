//! How much of one answer is kept.

use super::lenient::{Few, Text};
use crate::operation::word;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The most text that is kept of one answer.
const MAX_KEPT_BYTES: usize = 8 << 20;

/// The most that is kept of ids, names and other words of one answer.
const MAX_WORD_BYTES: usize = 256 << 10;

/// More choices, blocks, citations and tool calls than this are not an answer
/// but an attack.
pub(super) const MAX_SLOTS: usize = 1024;

/// About what one of these takes by itself.
const SLOT_BYTES: usize = 128;

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

    /// Whether text is kept at all.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
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
    #[inline]
    pub(super) fn fill(&mut self, known: &mut Option<String>, said: Option<Text<'_>>) {
        // Most chunks lack most of what is asked of them.
        if let Some(said) = said {
            self.keep_first(known, &said, |said| Cow::Borrowed(word::word(said)));
        }
    }

    /// Keeps an id: the first that was said stays.
    #[inline]
    pub(super) fn fill_id(&mut self, known: &mut Option<String>, said: Option<Text<'_>>) {
        if let Some(said) = said {
            self.keep_first(known, &said, word::id);
        }
    }

    fn keep_first(
        &mut self,
        known: &mut Option<String>,
        said: &Text<'_>,
        kept: fn(&str) -> Cow<'_, str>,
    ) {
        if known.is_none() {
            *known = self.keep_word(&kept(&said.0));
        }
    }

    /// Keeps a word: the last that was said stays.
    pub(super) fn replace(&mut self, known: &mut Option<String>, said: Option<Text<'_>>) {
        let Some(said) = said else { return };
        let said = word::word(&said.0);
        if said.is_empty() || known.as_deref() == Some(said) {
            return;
        }
        let before = known.as_ref().map_or(0, String::len);
        self.words_left += before;
        match self.keep_word(said) {
            Some(word) => *known = Some(word),
            None => self.words_left -= before,
        }
    }

    /// What was kept is void: there is room for as much text, and as many slots.
    pub(super) fn give_back(&mut self, text: usize, slots: usize) {
        self.slots_left += slots;
        // Once something was cut, nothing later may be appended to it.
        if !self.is_exceeded {
            self.text_left += text;
        }
    }

    /// The entries of a list, of which there may have been more.
    pub(super) fn of_list<T>(&mut self, list: Few<T>) -> Vec<T> {
        self.is_exceeded |= list.is_cut;
        list.entries
    }

    /// Bytes that are kept.
    pub(super) fn kept(&self) -> usize {
        let text = if self.is_wanted {
            MAX_KEPT_BYTES - self.text_left
        } else {
            0
        };
        let slots = (MAX_SLOTS - self.slots_left) * SLOT_BYTES;
        text + MAX_WORD_BYTES - self.words_left + slots
    }

    /// Whether some of the answer had no room.
    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded
    }

    /// Whether one more choice, block, citation or tool call may be kept.
    pub(super) fn take_slot(&mut self) -> bool {
        let left = self.slots_left.checked_sub(1);
        self.is_exceeded |= left.is_none();
        self.slots_left = left.unwrap_or_default();
        left.is_some()
    }

    /// The word, unless it is empty, or there is no room for it.
    fn keep_word(&mut self, said: &str) -> Option<String> {
        if said.is_empty() {
            return None;
        }
        let left = self.words_left.checked_sub(said.len());
        self.is_exceeded |= left.is_none();
        self.words_left = left?;
        Some(said.to_owned())
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::of_an_answer(false)
    }
}

/// What an answer numbers, in the order of the numbers. Those that never came
/// are not there.
///
/// Behind pointers, as the map has room for eleven where mostly there is one.
#[derive(Debug)]
pub(super) struct Slots<T>(BTreeMap<usize, Box<T>>);

impl<T: Default> Slots<T> {
    /// The one with that number, made if it is new and there is room.
    pub(super) fn at(&mut self, number: usize, room: &mut Room) -> Option<&mut T> {
        match self.0.entry(number) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(new) if room.take_slot() => Some(new.insert(Box::default())),
            Entry::Vacant(_) => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values().map(Box::as_ref)
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = T> {
        self.0.into_values().map(|slot| *slot)
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SLOTS, MAX_WORD_BYTES, Room, Slots};
    use crate::format::lenient::Text;
    use std::borrow::Cow;
    use std::iter;

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
        let mut room = Room::default();
        let said = || Some(Text(Cow::Owned("x".repeat(300))));
        let mut keep = || {
            let mut word = None;
            room.fill(&mut word, said());
            word
        };
        let kept = iter::from_fn(&mut keep).take(MAX_WORD_BYTES).count();
        assert_eq!(kept, MAX_WORD_BYTES / 256);
        assert!(keep().is_none() && room.is_exceeded());
        let (mut room, mut slots) = (Room::default(), Slots::<u8>::default());
        for number in 0..MAX_SLOTS {
            assert!(slots.at(number * 1000, &mut room).is_some());
        }
        assert!(slots.at(0, &mut room).is_some());
        assert!(!room.is_exceeded());
        assert!(slots.at(1, &mut room).is_none());
        assert!(room.is_exceeded());
    }

    #[test]
    fn a_word_that_is_replaced_leaves_its_room() {
        let (mut room, mut reason) = (Room::default(), None);
        for turn in 0..MAX_WORD_BYTES {
            let said = if turn % 2 == 0 { "length" } else { "stop" };
            room.replace(&mut reason, Some(Text(said.into())));
        }
        assert_eq!(reason.as_deref(), Some("stop"));
        room.replace(&mut reason, Some(Text("".into())));
        assert_eq!(reason.as_deref(), Some("stop"));
        assert!(!room.is_exceeded());
    }
}
