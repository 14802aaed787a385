//! Open turns on their way to the file, and in it.
//!
//! A turn is written whole when it is opened, and then round by round: a loop
//! costs the disk what is new in it. A round is written only behind the one
//! before it, so that what the next process finds is a beginning of the turn
//! and has no gaps.

use super::column::{count, items, number};
use super::writing::Writing;
use crate::spool::{Held, LeftOpen};
use bytes::Bytes;
use rusqlite::params;
use std::collections::{BTreeMap, HashMap};

/// What may wait for a disk that does not take it.
const MAX_WAITING: usize = 16 << 20;

/// What the file is to learn of open turns.
#[derive(Debug, Default)]
pub(super) struct OpenChanges {
    changes: BTreeMap<u64, Change>,
    /// How many items of each turn are in the file, or will be.
    known: HashMap<u64, u64>,
    /// Words of them since the last commit.
    said: u64,
}

#[derive(Debug)]
enum Change {
    Over,
    Whole(Held, Vec<Held>),
    Steps(Vec<Held>),
}

impl OpenChanges {
    pub(super) fn hold(&mut self, held: Held) {
        self.said += 1;
        let known = held.after.unwrap_or(0) + held.items;
        if held.after.is_none() {
            self.known.insert(held.key, known);
            self.changes
                .insert(held.key, Change::Whole(held, Vec::new()));
        } else if self.known.get(&held.key).copied() == held.after {
            self.known.insert(held.key, known);
            let change = self.changes.entry(held.key);
            match change.or_insert_with(|| Change::Steps(Vec::new())) {
                Change::Whole(_, steps) | Change::Steps(steps) => steps.push(held),
                Change::Over => {}
            }
        }
    }

    pub(super) fn close(&mut self, key: u64) {
        self.known.remove(&key);
        self.changes.insert(key, Change::Over);
    }

    /// Another process has left it, and the file has so many items of it.
    pub(super) fn adopt(&mut self, left: &LeftOpen) {
        self.known.insert(left.key, left.items);
    }

    /// How many turns are in the file, once all was written.
    pub(super) fn known(&self) -> u64 {
        u64::try_from(self.known.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn take_said(&mut self) -> u64 {
        std::mem::take(&mut self.said)
    }

    pub(super) fn written(&mut self) {
        self.changes.clear();
    }

    /// The disk took nothing. Whether too much waits for it: then it is
    /// forgotten, but for what is over.
    pub(super) fn give_up(&mut self) -> bool {
        let waiting: usize = self.changes.values().map(Change::weight).sum();
        let is_too_much = waiting > MAX_WAITING;
        if is_too_much {
            self.known.clear();
            self.changes
                .retain(|_, change| matches!(change, Change::Over));
        }
        is_too_much
    }
}

impl Change {
    fn weight(&self) -> usize {
        let of = |steps: &[Held]| steps.iter().map(|step| step.body.len()).sum::<usize>();
        match self {
            Self::Over => 0,
            Self::Whole(whole, steps) => whole.body.len() + of(steps),
            Self::Steps(steps) => of(steps),
        }
    }
}

impl Writing<'_> {
    pub(super) fn keep_open(&self, open: &OpenChanges) -> rusqlite::Result<()> {
        for (key, change) in &open.changes {
            match change {
                // Its rounds go with it.
                Change::Over => {
                    let over = "DELETE FROM open_turn WHERE key = ?1";
                    self.transaction.execute(over, [number(*key)])?;
                }
                Change::Whole(whole, steps) => {
                    self.replace_open(whole)?;
                    self.add_rounds(steps)?;
                }
                Change::Steps(steps) => self.add_rounds(steps)?,
            }
        }
        Ok(())
    }

    fn replace_open(&self, whole: &Held) -> rusqlite::Result<()> {
        let key = number(whole.key);
        self.transaction
            .execute("DELETE FROM open_turn WHERE key = ?1", [key])?;
        let mut insert = self.transaction.prepare(
            "INSERT INTO open_turn (key, owner, holder, items, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let items = number(whole.items);
        let body = whole.body.as_ref();
        insert.execute(params![key, self.owner, self.holder, items, body])?;
        Ok(())
    }

    /// Unless somebody has deleted the turn meanwhile.
    fn add_rounds(&self, steps: &[Held]) -> rusqlite::Result<()> {
        let mut insert = self.transaction.prepare(
            "INSERT OR REPLACE INTO open_round (turn, after, items, body)
             SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM open_turn WHERE key = ?1)",
        )?;
        for step in steps {
            let after = number(step.after.unwrap_or_default());
            let (key, items) = (number(step.key), number(step.items));
            insert.execute(params![key, after, items, step.body.as_ref()])?;
        }
        Ok(())
    }

    pub(super) fn adopt_open_from(&self, holder: Option<i64>) -> rusqlite::Result<Vec<LeftOpen>> {
        let mut statement = self.transaction.prepare(
            "UPDATE open_turn SET holder = ?1 WHERE owner = ?2 AND holder IS ?3
             RETURNING key, items, body",
        )?;
        let rows = statement.query_map(params![self.holder, self.owner, holder], |row| {
            Ok(LeftOpen {
                key: count(row.get(0)?),
                items: items(row.get(1)?),
                whole: Bytes::from(row.get::<_, Vec<u8>>(2)?),
                steps: Vec::new(),
            })
        })?;
        let mut left: Vec<LeftOpen> = rows.collect::<Result<_, _>>()?;
        for turn in &mut left {
            self.read_rounds(turn)?;
        }
        Ok(left)
    }

    fn read_rounds(&self, turn: &mut LeftOpen) -> rusqlite::Result<()> {
        let mut statement = self
            .transaction
            .prepare("SELECT items, body FROM open_round WHERE turn = ?1 ORDER BY after")?;
        let mut rows = statement.query([number(turn.key)])?;
        while let Some(row) = rows.next()? {
            turn.items += items(row.get(0)?);
            turn.steps.push(Bytes::from(row.get::<_, Vec<u8>>(1)?));
        }
        Ok(())
    }
}
