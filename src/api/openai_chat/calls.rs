//! The tool calls of a choice, found by what their pieces say of them.

use super::wire::WireToolCall;
use crate::api::lenient::Text;
use crate::api::room::Room;
use crate::operation::{ToolCall, word};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Tool calls so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// In the order in which they began.
    list: Vec<(usize, ToolCall)>,
    /// By the index that the answer gives them, which some give more than once.
    by_index: BTreeMap<usize, OfIndex>,
}

/// The calls that share an index.
#[derive(Debug)]
struct OfIndex {
    last: usize,
    /// Those before the last. Each has an id: one without takes every piece.
    earlier: BTreeMap<String, usize>,
}

impl Calls {
    /// Takes a piece of a call, the one at `position` in its list.
    pub(super) fn absorb(&mut self, position: usize, wire: WireToolCall<'_>, room: &mut Room) {
        let index = wire.index.unwrap_or(position);
        if let Some(known) = self.call(index, &wire, room) {
            wire.merge_into(known, room);
        }
    }

    /// The call that a piece adds to: the last with its index, unless the piece
    /// begins another, as its id and name tell. Not every server counts.
    fn call(
        &mut self,
        index: usize,
        wire: &WireToolCall<'_>,
        room: &mut Room,
    ) -> Option<&mut ToolCall> {
        let at = match self.by_index.get(&index) {
            Some(of_index) => of_index.position(&self.list, wire),
            None => None,
        };
        let at = match at {
            Some(at) => at,
            None => self.begin(index, room)?,
        };
        self.list.get_mut(at).map(|(_, call)| call)
    }

    /// A new call, if there is room for one: the last of its index.
    fn begin(&mut self, index: usize, room: &mut Room) -> Option<usize> {
        if !room.take_slot() {
            return None;
        }
        let at = self.list.len();
        match self.by_index.entry(index) {
            Entry::Vacant(new) => drop(new.insert(OfIndex::of(at))),
            Entry::Occupied(mut known) => known.get_mut().begin(at, &self.list),
        }
        self.list.push((index, ToolCall::default()));
        Some(at)
    }

    /// In the order of their indexes.
    pub(super) fn by_index(&self) -> Vec<ToolCall> {
        let mut calls: Vec<_> = self.list.iter().collect();
        calls.sort_by_key(|(index, _)| *index);
        calls.into_iter().map(|(_, call)| call.clone()).collect()
    }
}

impl OfIndex {
    fn of(first: usize) -> Self {
        Self {
            last: first,
            earlier: BTreeMap::new(),
        }
    }

    fn begin(&mut self, at: usize, list: &[(usize, ToolCall)]) {
        let before = std::mem::replace(&mut self.last, at);
        let id = list.get(before).and_then(|(_, call)| call.id.clone());
        self.earlier.extend(id.map(|id| (id, before)));
    }

    /// Where the call is that a piece adds to, if it does not begin another.
    fn position(&self, list: &[(usize, ToolCall)], wire: &WireToolCall<'_>) -> Option<usize> {
        let (_, last) = list.get(self.last)?;
        match (wire.beginning_id(), &last.id) {
            (Some(id), Some(known)) if *known != *id => self.earlier.get(&*id).copied(),
            _ => Some(self.last),
        }
    }
}

impl WireToolCall<'_> {
    /// The first piece of a call has its id and name, the others add to the
    /// arguments.
    fn merge_into(self, known: &mut ToolCall, room: &mut Room) {
        room.fill_id(&mut known.id, self.id);
        let Some(function) = self.function else {
            return;
        };
        if let Some(piece) = function.argument_text() {
            room.keep_in(&mut known.arguments, &piece);
        }
        if known.name.is_empty() {
            let mut name = None;
            room.fill(&mut name, function.name);
            known.name = name.unwrap_or_default();
        }
    }

    /// The id, as it is kept, of a piece that may begin a call: it has a name.
    fn beginning_id(&self) -> Option<Cow<'_, str>> {
        let is_said = |text: &&Text<'_>| !text.0.is_empty();
        let function = self.function.as_ref()?;
        function.name.as_ref().filter(is_said)?;
        let id = self.id.as_ref().filter(is_said)?;
        Some(word::id(&id.0))
    }
}
