//! A spool in memory: bounded by count and by bytes, lost with the process.

use super::{Full, Spool, SpooledEvent};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The bounds are those of the queue in front of it, times a long outage.
const MAX_EVENTS: usize = 10_000;
const MAX_BYTES: usize = 64 << 20;

/// Events by row, the oldest first.
#[derive(Debug)]
pub(crate) struct MemorySpool {
    rows: Mutex<Rows>,
    max_events: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Rows {
    waiting: BTreeMap<u64, Bytes>,
    taken: BTreeMap<u64, Bytes>,
    bytes: usize,
    next: u64,
}

impl MemorySpool {
    pub(crate) fn new() -> Self {
        Self::bounded(MAX_EVENTS, MAX_BYTES)
    }

    pub(crate) fn bounded(max_events: usize, max_bytes: usize) -> Self {
        Self {
            rows: Mutex::default(),
            max_events,
            max_bytes,
        }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // The rows are whole after every statement, a panic leaves none torn.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spool for MemorySpool {
    fn push(&self, body: Bytes) -> Result<(), Full> {
        let mut rows = self.rows();
        let full = rows.waiting.len() + rows.taken.len() >= self.max_events
            || rows.bytes + body.len() > self.max_bytes;
        if full {
            return Err(Full);
        }
        rows.bytes += body.len();
        let row = rows.next;
        rows.next += 1;
        rows.waiting.insert(row, body);
        Ok(())
    }

    fn take(&self) -> Option<SpooledEvent> {
        let mut rows = self.rows();
        let (row, body) = rows.waiting.pop_first()?;
        rows.taken.insert(row, body.clone());
        Some(SpooledEvent { row, body })
    }

    fn put_back(&self, row: u64) {
        let mut rows = self.rows();
        if let Some(body) = rows.taken.remove(&row) {
            rows.waiting.insert(row, body);
        }
    }

    fn remove(&self, row: u64) {
        let mut rows = self.rows();
        let removed = rows
            .taken
            .remove(&row)
            .or_else(|| rows.waiting.remove(&row));
        rows.bytes -= removed.map_or(0, |body| body.len());
    }

    fn is_empty(&self) -> bool {
        let rows = self.rows();
        rows.waiting.is_empty() && rows.taken.is_empty()
    }

    fn clear(&self) -> u64 {
        let mut rows = self.rows();
        let count = rows.waiting.len() + rows.taken.len();
        rows.waiting.clear();
        rows.taken.clear();
        rows.bytes = 0;
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_until_it_is_removed() {
        let spool = MemorySpool::new();
        spool.push(Bytes::from_static(b"a")).unwrap();
        spool.push(Bytes::from_static(b"b")).unwrap();
        let first = spool.take().unwrap();
        spool.put_back(first.row);
        assert_eq!(spool.take().unwrap().body, "a");
        assert!(!spool.is_empty());
        spool.remove(first.row);
        assert_eq!(spool.clear(), 1);
    }

    #[test]
    fn both_bounds_hold_with_taken_events_counted() {
        let spool = MemorySpool::bounded(2, 10);
        spool.push(Bytes::from_static(b"123456")).unwrap();
        assert_eq!(spool.push(Bytes::from_static(b"123456")), Err(Full));
        spool.take().unwrap();
        spool.push(Bytes::from_static(b"1")).unwrap();
        assert_eq!(spool.push(Bytes::from_static(b"1")), Err(Full));
    }
}
