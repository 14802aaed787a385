//! A span layer that outlives the thread-locals of its thread.
//!
//! tracing-opentelemetry keeps what is entered in thread-locals. A span that is
//! left when these are gone, because a thread-local of the user's holds its
//! guard, would make it panic in a destructor, which ends the process. So on a
//! thread that ends nothing is entered or left; spans end all the same.

use crate::context::is_alive;
use std::cell::Cell;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

thread_local! {
    static HAS_ENTERED: Cell<bool> = const { Cell::new(false) };
    /// Registered after what the layer keeps, and so destroyed before it.
    static AFTER: Registered = const { Registered };
}

struct Registered;

/// Only what has a destructor is registered, and gone after it.
impl Drop for Registered {
    fn drop(&mut self) {}
}

/// The layer, but on a thread that ends.
#[derive(Debug)]
pub(super) struct Surviving<L>(pub(super) L);

impl<L> Surviving<L> {
    fn may_enter() -> bool {
        is_alive() && (!HAS_ENTERED.get() || AFTER.try_with(|_| ()).is_ok())
    }
}

impl<S: Subscriber, L: Layer<S>> Layer<S> for Surviving<L> {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if is_alive() {
            self.0.on_new_span(attributes, id, context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.0.on_record(id, values, context);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        self.0.on_follows_from(id, follows, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.0.on_event(event, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if Self::may_enter() {
            self.0.on_enter(id, context);
            if !HAS_ENTERED.replace(true) {
                AFTER.try_with(|_| ()).ok();
            }
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if Self::may_enter() {
            self.0.on_exit(id, context);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.0.on_close(id, context);
    }
}
