//! Lines of the log that a process writes once.
//!
//! A log may wait, and a caller may not: so they are written by threads of
//! turnspan's own, and where none runs any more by one that is started for it.

use crate::stats::apart;
use std::collections::BTreeSet;
use std::sync::{Mutex, TryLockError};
use std::thread;

/// Lines that one process writes. Each has a cause that a person can mend, so
/// more of them are no help.
const MAX_LINES: usize = 256;

static WRITTEN: Mutex<Written> = Mutex::new(Written::new(0));

/// What was written, and by which process: a forked child has written nothing.
#[derive(Debug)]
struct Written {
    process: u32,
    lines: BTreeSet<String>,
}

impl Written {
    const fn new(process: u32) -> Self {
        let lines = BTreeSet::new();
        Self { process, lines }
    }

    /// Whether the line is new to this process.
    fn add(&mut self, process: u32, line: &str) -> bool {
        if self.process != process {
            *self = Self::new(process);
        }
        self.lines.len() < MAX_LINES && self.lines.insert(line.to_owned())
    }
}

/// Writes a warning, unless this process has written it. Not for a caller's
/// task.
pub(crate) fn warn(line: &str) {
    if is_new(line) {
        apart(|| tracing::warn!(target: "turnspan", "{line}"));
    }
}

/// As [`warn`], on a thread for this line alone.
pub(crate) fn warn_on_a_thread(line: String) {
    let thread = thread::Builder::new().name("turnspan-warning".to_owned());
    // Without a thread the line is lost, as there is nobody else to write it. Asked
    // for where a span is dropped too, perhaps while its thread ends.
    apart(|| drop(thread.spawn(move || warn(&line))));
}

/// Not waited for: in a forked child nobody may be left to free the lock, and a
/// line is better written twice than never.
fn is_new(line: &str) -> bool {
    let process = std::process::id();
    match WRITTEN.try_lock() {
        Ok(mut written) => written.add(process, line),
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().add(process, line),
        Err(TryLockError::WouldBlock) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_new_once_in_each_process() {
        let mut written = Written::new(1);
        assert!(written.add(1, "a") && written.add(1, "b") && !written.add(1, "a"));
        assert!(written.add(2, "a"));
    }

    #[test]
    fn no_more_lines_are_written_than_are_kept() {
        let mut written = Written::new(1);
        let new = (0..2 * MAX_LINES).filter(|line| written.add(1, &line.to_string()));
        assert_eq!(new.count(), MAX_LINES);
    }
}
