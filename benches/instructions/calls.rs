//! Ordinary calls: what each costs the task that makes it.

use crate::callgrind::{self, Count, counted};
use crate::numbers::Numbers;
use crate::support::bodies::{
    CHAT, CHUNKS, MESSAGES, answer, answer_with_tools, anthropic_stream, question,
    question_with_tools, stream,
};
use crate::support::client::{Ai, Exchange};
use crate::support::nowhere::{meters, spans, tes};
use bytes::Bytes;
use turnspan::{CaptureMode, Telemetry, TurnGrouping};

/// Calls of one count.
const CALLS: u64 = 50;

/// A scenario by its name: what each call of it costs is counted.
type Scenario = (&'static str, fn());

const SCENARIOS: [Scenario; 10] = [
    ("off", || {
        let exchange = Exchange::whole(question(), answer());
        through_a_client(&turnspan::builder().build().unwrap(), &exchange);
    }),
    ("unary", || {
        let exchange = Exchange::whole(question(), answer());
        through_a_client(&spans().build().unwrap(), &exchange);
    }),
    ("streamed", || {
        let exchange = Exchange::streamed(question(), stream(CHUNKS));
        through_a_client(&spans().build().unwrap(), &exchange);
    }),
    ("tools", || {
        let exchange = Exchange::whole(question_with_tools(), answer_with_tools());
        through_a_client(&spans().build().unwrap(), &exchange);
    }),
    ("content", || {
        let exchange = Exchange::whole(question(), answer());
        let builder = spans().capture(CaptureMode::SpanOnly);
        through_a_client(&builder.build().unwrap(), &exchange);
    }),
    ("metrics", || {
        let exchange = Exchange::whole(question(), answer());
        let builder = spans().meter_provider(&meters());
        through_a_client(&builder.build().unwrap(), &exchange);
    }),
    ("tes", || {
        let exchange = Exchange::whole(question(), answer());
        let builder = spans().tes(tes(TurnGrouping::Call));
        through_a_client(&builder.build().unwrap(), &exchange);
    }),
    ("turn", || {
        let exchange = Exchange::whole(question_with_tools(), answer_with_tools());
        let builder = spans().tes(tes(TurnGrouping::Turn));
        through_a_client(&builder.build().unwrap(), &exchange);
    }),
    ("anthropic", || {
        let chunks = anthropic_stream(CHUNKS);
        let request = Bytes::from(question().to_string());
        by_hand(&spans().build().unwrap(), |telemetry| {
            let mut call = telemetry.record(MESSAGES, request.clone());
            for chunk in &chunks {
                call.chunk(chunk.clone());
            }
            call.finish();
        });
    }),
    ("recorder", || {
        let (request, answer) = (Bytes::from(question().to_string()), answer());
        by_hand(&spans().build().unwrap(), |telemetry| {
            telemetry
                .record(CHAT, request.clone())
                .response(answer.clone());
        });
    }),
];

/// Counts calls by a client that nobody watches, and by a wrapped one.
fn through_a_client(telemetry: &Telemetry, exchange: &Exchange) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    let calls = |ai: &Ai| {
        runtime.block_on(async {
            for _ in 0..CALLS {
                exchange.by(ai).await;
            }
        });
    };
    for ai in [exchange.bare(), exchange.wrapped(telemetry)] {
        counted_twice(|| calls(&ai));
    }
}

/// Counts calls that are told to a recorder.
fn by_hand(telemetry: &Telemetry, call: impl Fn(&Telemetry)) {
    let calls = || {
        for _ in 0..CALLS {
            call(telemetry);
        }
    };
    counted_twice(|| ());
    counted_twice(calls);
}

/// The first count has all that is made once, and what callgrind has seen of
/// allocations before; it belongs to no call.
fn counted_twice(calls: impl Fn()) {
    counted(&calls);
    counted(&calls);
}

/// Counts the calls of one scenario.
pub(crate) fn count(name: &str) {
    let scenario = SCENARIOS.iter().find(|(known, _)| *known == name);
    let (_, run) = scenario.expect("a scenario of that name");
    run();
}

/// Promise, cost: What a call costs its task is committed as a number and held to
/// it.
/// Figure: instructions of ten scenarios, ±3 % where compiler and processor are
/// those of `benches/instructions/numbers.toml`
pub(crate) fn numbers() -> Numbers {
    let counts = SCENARIOS.map(|(name, _)| {
        let run = callgrind::run(&["count", name]);
        let [_, bare, _, watched] = run.counts[..] else {
            panic!("{name}: {:?}", run.counts);
        };
        (name.to_owned(), Count::beyond(watched, bare, CALLS))
    });
    Numbers::of(counts)
}
