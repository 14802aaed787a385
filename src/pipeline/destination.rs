//! What the pipeline knows of wherever finished spans go.

use crate::operation::{Conversed, Operation};
use crate::stats::{Account, DropReason, Stage};
use crate::turn::Reported;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

/// What a destination may want beyond spans that were sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// What travels beside a span: whose conversation it is, at least.
    Beside,
    /// What was said, beside the span.
    Content,
    /// That requests are read to know which of them belong together, also where
    /// content is not wanted.
    Histories,
    /// Turns: of calls that nobody sampled too, and those that are reported
    /// without a span.
    Turns,
    /// Spans of generative AI that nobody sampled: what is measured is whole.
    Unsampled,
}

impl Want {
    pub(super) const ALL: [Self; 5] = [
        Self::Beside,
        Self::Content,
        Self::Histories,
        Self::Turns,
        Self::Unsampled,
    ];
}

/// A finished span as one destination may see it.
pub(crate) struct Finished<'a> {
    /// Owned by the last that gets it: whoever keeps it need not clone it.
    pub(crate) span: Cow<'a, SpanData>,
    /// What it was, if anybody that it is due at makes turns: read once for all.
    pub(crate) operation: Option<&'a Operation<'a>>,
    pub(crate) conversed: Option<&'a Conversed>,
}

/// Where finished spans go.
///
/// [`takes_theirs`](Self::takes_theirs), [`is_due`](Self::is_due),
/// [`expect`](Self::expect) and [`lose`](Self::lose) are called on the caller's task: they neither wait nor fail. Everything else
/// is called on turnspan's own threads. Each `done` is told once, when what was
/// there before has left, and dropped if it never will.
pub(crate) trait Destination: Debug + Send + Sync {
    fn account(&self) -> &Arc<Account>;

    /// The same answer every time.
    fn wants(&self, _want: Want) -> bool {
        false
    }

    /// Whether spans of a provider of the user's come here too. The same answer
    /// every time.
    fn takes_theirs(&self) -> bool {
        true
    }

    /// From now on spans are of this service: a provider of the user's says so,
    /// when it is built.
    fn set_resource(&self, _resource: &Resource) {}

    /// Whether a span is to come here.
    fn is_due(&self, span: &SpanData) -> bool;

    /// One that is due is on its way: it is taken or lost, once.
    fn expect(&self) {
        self.account().enqueue();
    }

    /// One that was expected does not come.
    fn lose(&self, reason: DropReason) {
        self.account().lose(Stage::Queued, reason, 1);
    }

    /// Takes a span that was expected.
    fn take(&self, finished: Finished<'_>);

    /// Takes what was reported without a span, and expected; only of who wants
    /// [turns](Want::Turns).
    fn hear(&self, _reported: &Reported) {}

    fn flush(&self, done: Sender<()>);

    /// As [`flush`](Self::flush), and nothing follows: what is open ends.
    fn shut_down(&self, done: Sender<()>) {
        self.flush(done);
    }

    /// Ends the books, when nothing is under way any more: what is neither kept
    /// nor delivered is lost.
    fn close(&self, _deadline: Instant) {
        self.account().close();
    }

    /// Ends its own thread, if it has one, after all were closed: one that blocks
    /// takes all the time that is left.
    fn stop(&self, _deadline: Instant) {}

    /// How many items outlive the process, whatever happens to it now.
    fn kept(&self) -> u64 {
        0
    }

    /// Whether a flush may be over before everything has left.
    fn may_leave_some(&self) -> bool {
        false
    }

    /// Whether a flush or the end of what it drives went wrong since this was
    /// asked.
    fn take_failure(&self) -> bool {
        false
    }
}

#[cfg(test)]
pub(super) mod fake {
    //! A destination that only counts.

    use super::{Account, Arc, Destination, Finished, Reported, Sender, Stage, Want};
    use opentelemetry_sdk::trace::SpanData;
    use std::panic::resume_unwind;

    #[derive(Debug)]
    pub(in crate::pipeline) struct Fake {
        account: Arc<Account>,
        panics: bool,
    }

    impl Fake {
        pub(in crate::pipeline) fn new(name: &str) -> Self {
            Self {
                account: Account::new(name),
                panics: false,
            }
        }

        pub(in crate::pipeline) fn panicking(name: &str) -> Self {
            Self {
                panics: true,
                ..Self::new(name)
            }
        }

        fn deliver(&self) {
            if self.panics {
                resume_unwind(Box::new("on purpose"));
            }
            self.account.deliver(Stage::Queued, 1);
        }
    }

    impl Destination for Fake {
        fn account(&self) -> &Arc<Account> {
            &self.account
        }

        fn wants(&self, want: Want) -> bool {
            want == Want::Turns
        }

        fn is_due(&self, _span: &SpanData) -> bool {
            true
        }

        fn take(&self, _finished: Finished<'_>) {
            self.deliver();
        }

        fn hear(&self, _reported: &Reported) {
            self.deliver();
        }

        fn flush(&self, done: Sender<()>) {
            if self.panics {
                resume_unwind(Box::new("on purpose"));
            }
            done.send(()).unwrap();
        }
    }
}
