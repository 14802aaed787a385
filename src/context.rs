//! OpenTelemetry's context of this thread, as long as the thread lives.
//!
//! When a thread ends, its thread-locals are destroyed one after the other, and
//! one of the user's may hold a call that is open. OpenTelemetry's context then
//! panics when it is asked for or left, in a destructor, which ends the process.
//! So all of turnspan asks here.

use opentelemetry::{Context, ContextGuard};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

thread_local! {
    /// Registered after OpenTelemetry's context, and so destroyed before it.
    static ALIVE: Alive = Alive::begin();
}

struct Alive {
    has_context: bool,
}

impl Alive {
    fn begin() -> Self {
        let asked = catch_unwind(|| Context::map_current(|_| ()));
        Self {
            has_context: asked.is_ok(),
        }
    }
}

/// Only what has a destructor is registered, and gone after it.
impl Drop for Alive {
    fn drop(&mut self) {}
}

/// The agent that everything in a context belongs to: a value of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AgentName(Arc<str>);

impl AgentName {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this thread has a context: none while it ends.
pub(crate) fn is_alive() -> bool {
    ALIVE.try_with(|alive| alive.has_context).unwrap_or(false)
}

/// The current context; an empty one while the thread ends.
pub(crate) fn current() -> Context {
    if is_alive() {
        Context::current()
    } else {
        Context::new()
    }
}

/// Makes `context` the current one until the guard is dropped; does nothing
/// while the thread ends.
pub(crate) fn attach(context: Context) -> Attached {
    Attached(is_alive().then(|| context.attach()))
}

/// Leaves the context when dropped. Not `Send`: the thread that entered must be
/// the one that leaves.
#[derive(Debug)]
pub(crate) struct Attached(Option<ContextGuard>);

impl Drop for Attached {
    fn drop(&mut self) {
        let Some(guard) = self.0.take() else { return };
        if is_alive() {
            // Platforms destroy thread-locals in an order of their own.
            drop(catch_unwind(AssertUnwindSafe(|| drop(guard))));
        } else {
            std::mem::forget(guard);
        }
    }
}
