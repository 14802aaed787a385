//! How events reach TES: by which mutation, how many at once, and where they wait.

use super::{Dialect, Tes};
use crate::delivery::Pace;
use crate::spool::SpoolSettings;
use std::time::Duration;

/// As the SDKs send: every event at once, in a request of its own.
pub(super) const ONE_BY_ONE: Pace = Pace {
    interval: Duration::ZERO,
    max_events: 1,
    max_bytes: MAX_BATCH_BYTES,
};

/// What a request holds at most, unless one event is larger.
const MAX_BATCH_BYTES: usize = 256 << 10;

/// How long events wait for company, when they may have some.
const INTERVAL: Duration = Duration::from_secs(5);

impl Tes {
    /// The mutation by which events are sent (`TES_DIALECT`, default
    /// `emit_event`).
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        let client_id = dialect.mutation().names_client();
        self.event.client_id = client_id.then(|| self.client_id.clone());
        self
    }

    /// So many events may leave in one request, as aliases of one mutation
    /// (`TES_BATCH_SIZE`, default 1: each alone). A request that the receiver
    /// refuses as a whole is sent again event by event, with the same ids.
    ///
    /// Events then wait for company: until there are so many, or 256 KiB, or
    /// for the [`interval`](Self::interval).
    pub fn batch_size(mut self, events: usize) -> Self {
        self.pace.max_events = events.max(1);
        if events > 1 && self.pace.interval.is_zero() {
            self.pace.interval = INTERVAL;
        }
        self
    }

    /// How long an event waits for others, a fifth more or less
    /// (`TES_FLUSH_INTERVAL`, in milliseconds; default 5 s with batches, else
    /// none). A flush does not wait.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.pace.interval = interval;
        self
    }

    /// Where events wait for delivery (`TES_DURABILITY`, `TES_SPOOL_PATH`,
    /// `TES_SPOOL_MAX_BYTES`, `TES_SPOOL_MAX_AGE`, `TES_DROP_POLICY`).
    pub fn spool(mut self, spool: SpoolSettings) -> Self {
        self.spool = spool;
        self
    }
}
