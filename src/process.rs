//! The process that something belongs to.

/// A forked child has a copy of everything but the threads: what they are
/// needed for cannot be done there.
#[derive(Debug)]
pub(crate) struct Process(u32);

impl Process {
    /// The one that asks.
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// Whether this is a forked child of it.
    pub(crate) fn is_left(&self) -> bool {
        std::process::id() != self.0
    }
}
