//! What a wrapped call costs over a bare one, beside what must be paid anyway.
//!
//! All ways go through the same client and a transport in the process whose
//! answers are made beforehand, so that neither a socket nor the making of an
//! answer hides the difference. *Floor* is a bare call, an OpenTelemetry span
//! with the same attributes and events, which the SDK's batch processor takes,
//! and a typed parse of the answer. Absolute times depend on the machine, the
//! ratios much less.
#![expect(clippy::unwrap_used, reason = "a bench prints and may stop")]

mod floor;
#[path = "../support/mod.rs"]
mod support;

use floor::Floor;
use std::time::Duration;
use support::bodies::{CHUNKS, answer, question, stream};
use support::client::{Ai, Exchange};
use support::nowhere::{meters, spans};
use support::paired::{Claim, compare, timed};
use tokio::runtime::Runtime;
use turnspan::Telemetry;

/// Calls of one round.
const UNARY: usize = 200;
const STREAMED: usize = 20;

/// In each round: bare, bare again, with nothing configured, the floor, wrapped,
/// wrapped with metrics.
const CLAIMS: [Claim<6>; 6] = [
    Claim {
        name: "bare/bare, the machine's noise",
        of: |[bare, again, ..]| again / bare,
        within: 0.02,
    },
    Claim {
        name: "nothing configured/bare",
        of: |[bare, _, off, ..]| off / bare,
        within: 0.02,
    },
    Claim {
        name: "floor/bare",
        of: |[bare, _, _, floor, ..]| floor / bare,
        within: 0.05,
    },
    Claim {
        name: "turnspan/bare",
        of: |[bare, _, _, _, wrapped, _]| wrapped / bare,
        within: 0.05,
    },
    Claim {
        name: "turnspan with metrics/bare",
        of: |[bare, .., metered]| metered / bare,
        within: 0.05,
    },
    Claim {
        name: "turnspan's cost/floor's cost",
        of: |[bare, _, _, floor, wrapped, _]| (wrapped - bare) / (floor - bare),
        within: 0.1,
    },
];

struct Ways {
    runtime: Runtime,
    off: Telemetry,
    wrapped: Telemetry,
    metered: Telemetry,
}

fn main() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let ways = Ways {
        runtime: runtime.build().unwrap(),
        off: turnspan::builder().build().unwrap(),
        wrapped: spans().build().unwrap(),
        metered: spans().meter_provider(&meters()).build().unwrap(),
    };
    let unary = Exchange::whole(question(), answer());
    ways.compare("unary call", &unary, &Floor::whole(answer()), UNARY);
    let chunks = stream(CHUNKS);
    let streamed = Exchange::streamed(question(), chunks.clone());
    let title = "stream of 200 chunks";
    ways.compare(title, &streamed, &Floor::streamed(chunks), STREAMED);
}

impl Ways {
    fn compare(&self, title: &str, exchange: &Exchange, floor: &Floor, calls: usize) {
        let bare = exchange.bare();
        let [off, wrapped, metered] =
            [&self.off, &self.wrapped, &self.metered].map(|it| exchange.wrapped(it));
        let by = |ai: &Ai| self.calls(calls, || exchange.by(ai));
        compare(
            title,
            [
                &mut || by(&bare),
                &mut || by(&bare),
                &mut || by(&off),
                &mut || self.calls(calls, || floor.around(exchange.by(&bare))),
                &mut || by(&wrapped),
                &mut || by(&metered),
            ],
            &CLAIMS,
        );
    }

    fn calls<F: Future<Output = ()>>(&self, calls: usize, call: impl Fn() -> F) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                for _ in 0..calls {
                    call().await;
                }
            });
        })
    }
}
