//! All destinations, and how a finished span is handed on to them.

use super::callers::Told;
use super::destination::{Destination, Finished, Want};
use super::due::Due;
use super::ended::Ended;
use super::processor::Origin;
use super::seat::Seat;
use super::view;
use crate::dialect;
use crate::operation::Content;
use crate::redact;
use crate::stats::{Account, DropReason, Fault, Stats};
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;
use std::cell::Cell;
use std::sync::Arc;

/// Where finished spans go.
#[derive(Debug)]
pub(crate) struct Seats {
    /// Those of one policy side by side, and those first that see everything.
    seats: Vec<Seat>,
    /// What at least one of them wants.
    wants: Vec<Want>,
}

impl Seats {
    pub(crate) fn new(mut seats: Vec<Seat>) -> Self {
        seats.sort_by_key(|seat| seat.policy.place());
        let is_wanted = |want: &Want| seats.iter().any(|it| it.destination.wants(*want));
        let wants = Want::ALL.into_iter().filter(is_wanted).collect();
        Self { seats, wants }
    }

    pub(crate) fn destinations(&self) -> impl Iterator<Item = &dyn Destination> {
        self.seats.iter().map(|seat| seat.destination.as_ref())
    }

    pub(crate) fn accounts(&self) -> Vec<Arc<Account>> {
        let accounts = self.destinations().map(Destination::account);
        accounts.cloned().collect()
    }

    /// How many of them tell when what they had has left.
    pub(crate) fn count(&self) -> usize {
        self.seats.len()
    }

    pub(crate) fn wants(&self, want: Want) -> bool {
        self.wants.contains(&want)
    }

    /// Whether spans of generative AI are to be recorded that nobody sampled.
    pub(crate) fn wants_unsampled(&self) -> bool {
        self.wants(Want::Turns) || self.wants(Want::Unsampled)
    }

    /// Those that take what is reported without a span.
    pub(super) fn of_turns(&self) -> impl Iterator<Item = &dyn Destination> {
        self.destinations().filter(|it| it.wants(Want::Turns))
    }

    /// Where a span is due.
    pub(super) fn due(&self, span: &SpanData, origin: Origin) -> Due {
        let is_due = |destination: &dyn Destination| {
            (origin == Origin::Ours || destination.takes_theirs()) && destination.is_due(span)
        };
        let seats = self.destinations().enumerate();
        let due = seats.filter(|(_, destination)| is_due(*destination));
        due.map(|(seat, _)| seat).collect()
    }

    /// Whether one of these makes turns of it.
    fn makes_turn(&self, due: &Due) -> bool {
        self.at(due).any(|seat| seat.destination.wants(Want::Turns))
    }

    pub(super) fn expect(&self, due: &Due) {
        self.at(due).for_each(|seat| seat.destination.expect());
    }

    /// A span comes to none of those but the first `handed`.
    pub(super) fn lose(&self, due: &Due, handed: usize, reason: DropReason) {
        let others = self.at(due).skip(handed);
        others.for_each(|seat| seat.destination.lose(reason));
    }

    /// `told` is what the calls that the span is around told it. Counts in
    /// `handed` those that got it.
    pub(super) fn take(
        &self,
        ended: Ended,
        told: Option<Told>,
        handed: &Cell<usize>,
        stats: &Stats,
    ) {
        let Ended {
            mut span,
            content,
            due,
        } = ended;
        last_said(&mut span.attributes);
        let mut conversed = content.map(Content::read);
        if told.is_some_and(|told| told.a_secret) {
            redact::hide_errors_of_span(&mut span);
        } else if told.is_some() || dialect::is_gen_ai(&span) {
            redact::take_keys_of_span(&mut span);
        }
        if let Some(conversed) = &mut conversed {
            redact::take_keys(&mut conversed.error_message);
        }
        let conversed = conversed.as_ref();
        let read = || dialect::read(&span, conversed);
        let operation = self.makes_turn(&due).then(read).flatten();
        if operation
            .as_ref()
            .is_some_and(|it| it.has_implausible_usage)
        {
            stats.fault(Fault::ImplausibleUsage);
        }
        let operation = operation.as_ref();
        let seats: Vec<&Seat> = self.at(&due).collect();
        view::hand_out(span, &seats, told.is_some(), |span, seat| {
            seat.destination.take(Finished {
                span,
                operation,
                conversed,
            });
            handed.set(handed.get() + 1);
        });
    }

    fn at<'a>(&'a self, due: &'a Due) -> impl Iterator<Item = &'a Seat> {
        let seats = self.seats.iter().enumerate();
        seats.filter_map(|(number, seat)| due.contains(number).then_some(seat))
    }
}

/// Leaves of every attribute what was said of it last. The SDK keeps all that
/// was said, and the protocol forbids that.
fn last_said(attributes: &mut Vec<KeyValue>) {
    let mut kept: Vec<KeyValue> = Vec::with_capacity(attributes.len());
    for attribute in attributes.drain(..) {
        match kept.iter_mut().find(|known| known.key == attribute.key) {
            Some(known) => *known = attribute,
            None => kept.push(attribute),
        }
    }
    *attributes = kept;
}
