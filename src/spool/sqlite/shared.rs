//! What both ends of a spool know, and its books.

use super::ready::Ready;
use super::tally::Tally;
use crate::spool::{Fate, LeftOpen, SpooledEvent, Told};
use crate::stats::{DropReason, Stage};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What both ends know.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) told: Told,
    pub(super) ready: Ready,
    /// Flushes that are not over.
    pub(super) flushes: AtomicUsize,
    /// Bytes on their way to the file.
    pub(super) uncommitted: AtomicU64,
    /// Words of open turns that are not in the file yet.
    pub(super) unsaved: AtomicU64,
    /// Something of open turns was not kept: they are to be written anew.
    pub(super) has_lost_open: AtomicBool,
    /// The disk took nothing last time.
    pub(super) is_failing: AtomicBool,
    /// The file is not in its place any more, and there is no other.
    pub(super) is_away: AtomicBool,
    /// Open turns that other processes left.
    pub(super) recovered: Mutex<Vec<LeftOpen>>,
}

impl Shared {
    pub(super) fn new(told: Told) -> Self {
        Self {
            told,
            ready: Ready::default(),
            flushes: AtomicUsize::new(0),
            uncommitted: AtomicU64::new(0),
            unsaved: AtomicU64::new(0),
            has_lost_open: AtomicBool::new(false),
            is_failing: AtomicBool::new(false),
            is_away: AtomicBool::new(false),
            recovered: Mutex::default(),
        }
    }

    /// The books of an event that came to its end. One in memory alone cannot
    /// be kept when it is refused.
    pub(super) fn settle(&self, event: &SpooledEvent, fate: &Fate, is_in_file: bool) {
        let account = &self.told.account;
        match fate {
            Fate::Delivered => account.deliver(Stage::Spooled, event.items),
            Fate::Refused(..) if is_in_file => account.bury(Stage::Spooled, event.items),
            Fate::Refused(reason, _) => account.lose(Stage::Spooled, *reason, event.items),
        }
    }

    /// How many items are in the file and have not come to their end.
    pub(super) fn kept(&self) -> u64 {
        self.kept_events() + self.kept_open()
    }

    pub(super) fn kept_events(&self) -> u64 {
        if self.is_away.load(Relaxed) {
            0
        } else {
            self.ready.in_file().items
        }
    }

    /// None, as long as something of open turns is not: it may be of any.
    pub(super) fn kept_open(&self) -> u64 {
        let [is_failing, is_away, is_lost] =
            [&self.is_failing, &self.is_away, &self.has_lost_open].map(|it| it.load(Relaxed));
        if is_failing || is_away || is_lost || self.unsaved.load(Relaxed) > 0 {
            0
        } else {
            self.told.account.at(Stage::Open)
        }
    }

    /// What the file does not have is lost with the process.
    pub(super) fn give_up(&self) {
        let account = &self.told.account;
        for (stage, kept) in [
            (Stage::Spooled, self.kept_events()),
            (Stage::Open, self.kept_open()),
        ] {
            let lost = account.at(stage).saturating_sub(kept);
            account.lose(stage, DropReason::Shutdown, lost);
        }
    }

    /// Something has come that may be waited for.
    pub(super) fn tell_ready(&self) {
        if self.ready.is_awaited() {
            self.told.ready.notify_one();
        }
    }

    pub(super) fn lose(&self, stage: Stage, reason: DropReason, lost: Tally) {
        self.told.account.lose(stage, reason, lost.items);
    }
}
