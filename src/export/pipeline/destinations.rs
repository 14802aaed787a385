//! Where finished spans are due, and how each is handed on.

use super::callers::Told;
use crate::dialect;
use crate::export::destination::SpanDestination;
use crate::export::gate::Gate;
use crate::export::logs::LogLane;
use crate::export::tes::TesLane;
use crate::export::weight::held;
use crate::operation::Content;
use crate::redact::{self, Redaction};
use crate::stats::Account;
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;
use std::sync::Arc;

/// Where spans go.
#[derive(Debug)]
pub(crate) struct Destinations {
    pub(crate) tes: Option<TesLane>,
    pub(crate) logs: Option<LogLane>,
    pub(crate) spans: Vec<SpanDestination>,
    pub(crate) gate: Gate,
    /// Of spans and log records.
    pub(crate) redaction: Option<Redaction>,
}

/// A finished span, its content, and where it is due.
pub(super) struct Finished {
    pub(super) span: SpanData,
    pub(super) content: Option<Content>,
    pub(super) due_at_tes: bool,
    pub(super) due_as_log: bool,
    pub(super) due_as_span: bool,
}

impl Destinations {
    pub(crate) fn accounts(&self) -> Vec<Arc<Account>> {
        let tes = self.tes.iter().map(TesLane::account);
        let logs = self.logs.iter().map(|logs| &logs.account);
        let spans = self.spans.iter().map(SpanDestination::account);
        tes.chain(logs).chain(spans).cloned().collect()
    }

    /// The accounts that a finished span is due to.
    pub(super) fn due(&self, finished: &Finished) -> impl Iterator<Item = &Arc<Account>> {
        let tes = self
            .tes
            .iter()
            .filter(|_| finished.due_at_tes)
            .map(TesLane::account);
        let as_span = finished.due_as_span;
        tes.chain(
            self.spans
                .iter()
                .filter(move |_| as_span)
                .map(SpanDestination::account),
        )
    }

    /// `told` is what the calls that the span is around told it.
    pub(super) fn take(&self, finished: Finished, told: Option<Told>) {
        let Finished {
            mut span,
            content,
            due_at_tes,
            due_as_log,
            due_as_span,
        } = finished;
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
        if let Some(tes) = self.tes.as_ref().filter(|_| due_at_tes) {
            tes.take(&span, conversed.as_ref());
        }
        if let Some(redaction) = self
            .redaction
            .as_ref()
            .filter(|_| due_as_log || due_as_span)
        {
            redaction.span(&mut span);
        }
        if let Some(logs) = self.logs.as_ref().filter(|_| due_as_log) {
            logs.take(&span, conversed.as_ref());
        }
        if !due_as_span {
            return;
        }
        self.gate.strip(&mut span, told.is_some());
        if let Some((last, others)) = self.spans.split_last() {
            for destination in others {
                destination.take(span.clone());
            }
            last.take(span);
        }
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

impl Finished {
    /// What whoever is around the span has to know.
    pub(super) fn tells(&self) -> Told {
        let content = self.content.as_ref();
        Told {
            a_secret: content.is_some_and(|content| content.repeats_a_secret),
        }
    }

    /// What the queue's bound in bytes counts.
    pub(super) fn weight(&self) -> usize {
        held(&self.span) + self.content.as_ref().map_or(0, Content::weight)
    }
}
