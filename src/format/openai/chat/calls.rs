//! The tool calls of a choice, found by what their pieces say of them.

use super::arguments::Arguments;
use super::wire::{Piece, WireToolCall};
use crate::format::lenient::Text;
use crate::format::room::Room;
use crate::operation::{ToolCall, word};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Tool calls so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// In the order in which they began.
    list: Vec<Begun>,
    /// By the index that the answer gives them, which some give more than once.
    by_index: BTreeMap<usize, OfIndex>,
}

/// A call so far.
#[derive(Debug)]
struct Begun {
    index: usize,
    call: ToolCall,
    arguments: Arguments,
    /// What it is called with is no JSON, and may be nothing.
    is_custom: bool,
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
        let piece = wire.piece();
        if let Some(known) = self.call(index, &piece, room) {
            known.absorb(piece, room);
        }
    }

    /// The call that a piece adds to: the last with its index, unless the piece
    /// begins another, as its id and name tell. Not every server counts.
    fn call(&mut self, index: usize, piece: &Piece<'_>, room: &mut Room) -> Option<&mut Begun> {
        let at = match self.by_index.get(&index) {
            Some(of_index) => of_index.position(&self.list, piece),
            None => None,
        };
        let at = match at {
            Some(at) => at,
            None => self.begin(index, room)?,
        };
        self.list.get_mut(at)
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
        self.list.push(Begun {
            index,
            call: ToolCall {
                arguments: room.is_wanted().then(String::new),
                ..ToolCall::default()
            },
            arguments: Arguments::default(),
            is_custom: false,
        });
        Some(at)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// In the order of their indexes.
    pub(super) fn by_index(&self) -> Vec<ToolCall> {
        let mut calls: Vec<_> = self.list.iter().collect();
        calls.sort_by_key(|begun| begun.index);
        calls.into_iter().map(Begun::whole).collect()
    }
}

impl Begun {
    /// The first piece of a call has its id and name, the others add to the
    /// arguments.
    fn absorb(&mut self, piece: Piece<'_>, room: &mut Room) {
        room.fill_id(&mut self.call.id, piece.id);
        self.is_custom |= piece.is_custom;
        self.name(piece.name, room);
        let Some(said) = piece.arguments.filter(|said| !said.is_empty()) else {
            return;
        };
        if self.arguments.is_closed_empty() && !said.trim_ascii().is_empty() {
            // Some servers send an empty object first, and then what is meant.
            self.arguments = Arguments::default();
            self.call.arguments.iter_mut().for_each(String::clear);
        }
        if !self.is_custom {
            self.arguments.push(&said);
        }
        room.keep_in(&mut self.call.arguments, &said);
    }

    /// A name may come in pieces, and may be said again with each piece of the
    /// arguments.
    fn name(&mut self, said: Option<Text<'_>>, room: &mut Room) {
        let Some(said) = said.filter(Text::is_said) else {
            return;
        };
        let known = &mut self.call.name;
        if !known.is_empty() && (*known == said.0 || !self.arguments.is_awaited()) {
            return;
        }
        let mut name = Some(std::mem::take(known)).filter(|name| !name.is_empty());
        let whole = match &name {
            Some(begun) => Text(Cow::Owned(format!("{begun}{}", said.0))),
            None => said,
        };
        room.replace(&mut name, Some(whole));
        *known = name.unwrap_or_default();
    }

    /// A function without arguments gets an empty object.
    fn whole(&self) -> ToolCall {
        let mut call = self.call.clone();
        let arguments = call.arguments.iter_mut();
        let nothing = arguments.filter(|it| it.is_empty() && !self.is_custom);
        nothing.for_each(|it| it.push_str("{}"));
        call
    }
}

impl OfIndex {
    fn of(first: usize) -> Self {
        Self {
            last: first,
            earlier: BTreeMap::new(),
        }
    }

    fn begin(&mut self, at: usize, list: &[Begun]) {
        let before = std::mem::replace(&mut self.last, at);
        let id = list.get(before).and_then(|begun| begun.call.id.clone());
        self.earlier.extend(id.map(|id| (id, before)));
    }

    /// Where the call is that a piece adds to, if it does not begin another:
    /// by an id of its own, or, where it has none, by a name behind arguments
    /// that are whole.
    fn position(&self, list: &[Begun], piece: &Piece<'_>) -> Option<usize> {
        let last = list.get(self.last)?;
        if !piece.is_named() {
            return Some(self.last);
        }
        match (piece.said_id(), &last.call.id) {
            (Some(id), Some(known)) if *known != *id => self.earlier.get(&*id).copied(),
            (Some(_), Some(_)) => Some(self.last),
            _ if last.arguments.is_closed() => None,
            _ => Some(self.last),
        }
    }
}

impl Piece<'_> {
    /// Only a piece with a name may begin a call.
    fn is_named(&self) -> bool {
        self.name.as_ref().is_some_and(Text::is_said)
    }

    /// The id, as it is kept.
    fn said_id(&self) -> Option<Cow<'_, str>> {
        let id = self.id.as_ref().filter(|id| id.is_said())?;
        Some(word::id(&id.0))
    }
}
