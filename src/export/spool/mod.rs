//! Where events wait for delivery.
//!
//! An event is in the spool from the moment it is made until it was
//! acknowledged or refused for good: taking it for an attempt only marks it.

mod memory;

pub(crate) use memory::MemorySpool;

use bytes::Bytes;
use std::fmt::Debug;

/// An event, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct SpooledEvent {
    /// Position in the spool, given by it.
    pub(crate) row: u64,
    /// The request body.
    pub(crate) body: Bytes,
}

/// The spool has no room left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A bounded store of events; used from turnspan's own threads only.
pub(crate) trait Spool: Debug + Send + Sync {
    /// Stores an event.
    fn push(&self, body: Bytes) -> Result<(), Full>;

    /// Takes the oldest event that is not taken yet.
    fn take(&self) -> Option<SpooledEvent>;

    /// Puts a taken event back: its attempt failed.
    fn put_back(&self, row: u64);

    /// Removes an event: it was delivered, or never will be.
    fn remove(&self, row: u64);

    /// Whether no event is left, taken or not.
    fn is_empty(&self) -> bool;

    /// Removes all events; returns how many there were.
    fn clear(&self) -> u64;
}
