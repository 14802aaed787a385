//! The pipeline's thread.

use super::Message;
use super::callers::{Callers, Told};
use super::destination::Destination;
use super::ended::Ended;
use super::queue::Held;
use super::rest::{Rest, Sleeper};
use super::seats::Seats;
use crate::once;
use crate::operation::OpenCall;
use crate::stats::{DropReason, Fault, Stats};
use crate::turn::Reported;
use opentelemetry::Context;
use opentelemetry::trace::SpanId;
use std::cell::Cell;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Weak};
use tracing::dispatcher;

/// Calls that are known to be open before the list is swept.
const SWEEP_AT: usize = 1024;

/// What the thread works with.
pub(super) struct Worker {
    seats: Arc<Seats>,
    /// What is in the queue, which the near end adds to.
    held: Arc<Held>,
    stats: Arc<Stats>,
    open: Vec<Weak<dyn OpenCall>>,
    sweep_at: usize,
    callers: Callers,
    /// Whether what was kept since the start is written.
    has_spoken: bool,
}

impl Worker {
    pub(super) fn new(seats: Arc<Seats>, held: Arc<Held>, stats: Arc<Stats>) -> Self {
        Self {
            seats,
            held,
            callers: Callers::new(Arc::clone(&stats)),
            stats,
            open: Vec::new(),
            sweep_at: SWEEP_AT,
            has_spoken: false,
        }
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>, sleeper: Arc<Sleeper>) {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let mut rest = Rest::of(sleeper);
        if dispatcher::has_been_set() {
            self.speak();
        }
        while let Some(message) = rest.next(messages) {
            self.taken_out(&message);
            self.speak();
            match message {
                Message::Opened(call, within) => self.list(call, within),
                Message::Ended(ended) => self.forward(*ended),
                Message::Reported(reported) => self.report(&reported),
                Message::Warn(line) => once::warn(&line),
                Message::Speak => {}
                Message::Flush(done) => self.flush(&done),
                Message::Shutdown(done) => return self.shut_down(messages, &done),
            }
        }
    }

    /// Writes what was kept since the start, once. With the first message at the
    /// latest: a program whose calls have begun has set its log up.
    fn speak(&mut self) {
        if !std::mem::replace(&mut self.has_spoken, true) {
            for line in self.stats.take_lines() {
                once::warn(&line);
            }
        }
    }

    fn taken_out(&self, message: &Message) {
        if message.is_due() {
            self.held.remove(message.weight());
        }
    }

    /// Finished calls leave the list when it has doubled since the last sweep.
    fn list(&mut self, call: Weak<dyn OpenCall>, within: Option<SpanId>) {
        if let Some(within) = within {
            self.callers.await_end(within, Told::default());
        }
        self.open.push(call);
        if self.open.len() >= self.sweep_at {
            self.open.retain(|call| call.strong_count() > 0);
            self.sweep_at = SWEEP_AT.max(self.open.len() * 2);
        }
    }

    fn forward(&mut self, ended: Ended) {
        let told = self.callers.told(&ended.span, ended.tells());
        // One span that cannot be handled must not end the thread for all.
        let (due, handed) = (ended.due.clone(), Cell::new(0));
        let taken = self.stats.guard(Fault::PipelinePanicked, || {
            self.seats.take(ended, told, &handed, &self.stats);
        });
        if taken.is_none() {
            let reason = DropReason::Unconvertible;
            self.seats.lose(&due, handed.get(), reason);
        }
    }

    fn report(&self, reported: &Reported) {
        for destination in self.seats.of_turns() {
            let hear = || destination.hear(reported);
            if self.stats.guard(Fault::PipelinePanicked, hear).is_none() {
                destination.lose(DropReason::Unconvertible);
            }
        }
    }

    fn flush(&self, done: &Sender<()>) {
        self.have_leave(done, |destination, done| destination.flush(done));
    }

    /// One that panics tells nothing, and whoever waits learns that.
    fn have_leave(&self, done: &Sender<()>, leave: impl Fn(&dyn Destination, Sender<()>)) {
        for destination in self.seats.destinations() {
            let done = done.clone();
            self.stats
                .guard(Fault::PipelinePanicked, || leave(destination, done));
        }
    }

    fn shut_down(mut self, messages: &Receiver<Message>, done: &Sender<()>) {
        // Their spans come back through the queue, which is emptied as it fills.
        for call in std::mem::take(&mut self.open) {
            if let Some(call) = call.upgrade() {
                call.end_for_shutdown();
            }
            self.drain(messages);
        }
        self.drain(messages);
        self.have_leave(done, |destination, done| destination.shut_down(done));
    }

    /// What is there now, and not what others may go on to send.
    fn drain(&mut self, messages: &Receiver<Message>) {
        let mut left = self.held.count();
        while left > 0
            && let Ok(message) = messages.try_recv()
        {
            if message.is_due() {
                left -= 1;
            }
            self.taken_out(&message);
            match message {
                Message::Ended(ended) => self.forward(*ended),
                Message::Reported(reported) => self.report(&reported),
                Message::Opened(call, _) => {
                    if let Some(call) = call.upgrade() {
                        call.end_for_shutdown();
                    }
                }
                Message::Warn(line) => once::warn(&line),
                Message::Speak => {}
                Message::Flush(done) | Message::Shutdown(done) => self.flush(&done),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::destination::fake::Fake;
    use crate::pipeline::processor::Origin;
    use crate::pipeline::queue::Queue;
    use crate::pipeline::seat::{Policy, Seat};
    use crate::stats::AccountSnapshot;
    use crate::turn::StartedSession;
    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
    use std::sync::mpsc::channel;

    struct Call;

    impl OpenCall for Call {
        fn end_for_shutdown(&self) {}
    }

    fn worker_of(fakes: Vec<Fake>) -> Worker {
        let seats = fakes.into_iter().map(|fake| Seat {
            destination: Arc::new(fake),
            policy: Policy::default(),
        });
        let seats = Arc::new(Seats::new(seats.collect()));
        Worker::new(seats, Arc::default(), Arc::default())
    }

    fn span() -> SpanData {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(kept.clone())
            .build();
        drop(provider.tracer("test").start("work"));
        kept.get_finished_spans().unwrap().remove(0)
    }

    /// What was delivered and lost at each.
    fn books(worker: &Worker) -> Vec<(u64, u64)> {
        let snapshots = worker.seats.accounts();
        let snapshots = snapshots.iter().map(|account| account.snapshot());
        let of_one = |books: AccountSnapshot| {
            assert!(books.balances() && books.queued == 0, "{books}");
            let unconvertible = books.dropped.get(&DropReason::Unconvertible);
            (books.delivered, unconvertible.copied().unwrap_or_default())
        };
        snapshots.map(of_one).collect()
    }

    #[test]
    fn a_flush_beside_the_end_takes_the_place_of_nothing_that_is_due() {
        let (queue, messages) = Queue::new(Arc::default());
        let seats = Arc::new(Seats::new(Vec::new()));
        let mut worker = Worker::new(seats, queue.held(), Arc::default());
        let (done, _flushed) = channel();
        queue.say(Message::Flush(done));
        let nobody: Weak<dyn OpenCall> = Weak::<Call>::new();
        let opened = queue.offer(Message::Opened(nobody, None));
        opened.map_err(|(_, reason)| reason).unwrap();
        worker.drain(&messages);
        assert_eq!(queue.held().count(), 0);
    }

    #[test]
    fn a_span_at_which_one_panics_is_lost_to_those_that_have_not_got_it() {
        let fakes = vec![Fake::new("a"), Fake::panicking("b"), Fake::new("c")];
        let mut worker = worker_of(fakes);
        let span = span();
        let due = worker.seats.due(&span, Origin::Ours);
        worker.seats.expect(&due);
        worker.forward(Ended {
            span,
            content: None,
            due,
        });
        assert_eq!(books(&worker), [(1, 0), (0, 1), (0, 1)]);
    }

    #[test]
    fn what_is_reported_is_lost_to_the_one_that_panics_alone() {
        let fakes = vec![Fake::new("a"), Fake::panicking("b"), Fake::new("c")];
        let worker = worker_of(fakes);
        worker.seats.of_turns().for_each(Destination::expect);
        worker.report(&Reported::SessionStart(StartedSession::default()));
        assert_eq!(books(&worker), [(1, 0), (0, 1), (1, 0)]);
    }

    #[test]
    fn one_that_panics_in_a_flush_tells_nothing_and_the_others_do() {
        let worker = worker_of(vec![Fake::panicking("a"), Fake::new("b")]);
        let (done, flushed) = channel();
        worker.flush(&done);
        drop(done);
        assert_eq!(flushed.iter().count(), 1);
    }
}
