//! Values as the columns of the file have them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// States of an event.
pub(super) const WAITING: i64 = 0;
pub(super) const DEAD: i64 = 1;

/// `SQLite` has signed numbers alone.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// How many items something stands for. A file may say anything; so many that no
/// sum of them can overflow.
pub(super) fn items(number: i64) -> u64 {
    count(number).min(u64::from(u32::MAX))
}

/// Since 1970; the clocks of machines without a battery begin there.
pub(super) fn in_milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn of_milliseconds(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
}
