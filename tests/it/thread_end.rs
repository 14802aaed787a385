//! What is open when its thread ends, held by a thread-local of the user's:
//! everything thread-local of ours, and of OpenTelemetry's, may be gone by then.

use super::support::child;
use super::support::harness::{Kept, PATIENCE, ask, bare, tes_at};
use super::support::provider::{Provider, Reply, openai};
use super::support::tes_receiver::TesReceiver;
use futures::StreamExt as _;
use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{CaptureMode, Conversation, Telemetry};

thread_local! {
    /// What a program keeps for each of its threads.
    static HELD: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

const URL: &str = "https://api.openai.com/v1/chat/completions";
const REQUEST: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hello!"}]}"#;

/// One program.
struct Program {
    telemetry: Telemetry,
    provider: Provider,
}

/// What is left open, and how many turns come of it.
type Case = (&'static str, usize, fn(&Program) -> Box<dyn Any>);

const CASES: [Case; 11] = [
    ("a recorder", 1, |program| {
        Box::new(program.telemetry.record(URL, REQUEST))
    }),
    ("a response", 1, |program| {
        let url = format!("{}/chat/completions", program.provider.base_url());
        let request = reqwest::Client::new().post(url).body(REQUEST);
        let runtime = runtime();
        let response = runtime.block_on(program.telemetry.send(request)).unwrap();
        Box::new((response, runtime))
    }),
    ("a stream", 1, |program| {
        let runtime = runtime();
        let ai = program.telemetry.wrap(bare(&program.provider));
        let stream = async move {
            let mut stream = ai.chat().create_stream(ask("Hello!")).await.unwrap();
            stream.next().await.unwrap().unwrap();
            stream
        };
        let stream = runtime.block_on(stream);
        Box::new((stream, runtime))
    }),
    ("a task in the middle of a call", 1, |program| {
        let ai = program.telemetry.wrap(bare(&program.provider));
        held_in_a_runtime(program, async move {
            drop(ai.chat().create(ask("Hello!")).await);
        })
    }),
    (
        "a task in the middle of a call, in a conversation",
        1,
        |program| {
            let ai = program.telemetry.wrap(bare(&program.provider));
            held_in_a_runtime(
                program,
                Conversation::new("c1").scope(async move {
                    drop(ai.chat().create(ask("Hello!")).await);
                }),
            )
        },
    ),
    (
        "an instrumented task in the middle of a call",
        1,
        |program| {
            let ai = program.telemetry.wrap(bare(&program.provider));
            let span = tracing::info_span!("chat", gen_ai.operation.name = "invoke_agent");
            held_in_a_runtime(
                program,
                async move {
                    drop(ai.chat().create(ask("Hello!")).await);
                }
                .instrument(span),
            )
        },
    ),
    ("an entered span", 0, |_| {
        let span = tracing::info_span!("work", gen_ai.operation.name = "invoke_agent");
        Box::new(span.entered())
    }),
    ("an interaction", 0, |program| {
        Box::new(program.telemetry.interaction("orders").begin())
    }),
    ("what was entered", 0, |program| {
        let mut headers = http::HeaderMap::new();
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        headers.insert("traceparent", parent.parse().unwrap());
        Box::new((
            program.telemetry.extract(&headers).enter(),
            Conversation::new("c1").enter(),
        ))
    }),
    ("a session", 1, |program| {
        let session = program.telemetry.session("c1");
        Box::new(OnDrop(Some(move || {
            session.emit_chat_turn(turnspan::ChatTurn::new().user_message("Hello!"));
        })))
    }),
    // Nobody should, and nothing may break where somebody does.
    ("a call that begins in a destructor", 1, |program| {
        let telemetry = program.telemetry.operation_layer();
        let recorder = program.telemetry.record(URL, REQUEST);
        Box::new(OnDrop(Some(move || {
            let _entered = Conversation::new("c2").enter();
            assert!(Conversation::current().is_none_or(|it| it.id() == Some("c2")));
            recorder.response(openai::completion("Hi.").to_string());
            drop(telemetry);
        })))
    }),
];

struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

/// Promise, process: Whatever is open when its thread ends, also in a thread-local of
/// yours, the process goes on and the call is told.
/// Figure: 11 kinds of open things, in 3 orders of destruction
#[test]
fn what_is_open_when_its_thread_ends_does_not_abort_the_process() {
    let mut failed = Vec::new();
    for (number, (name, ..)) in CASES.iter().enumerate() {
        for order in [
            "held first",
            "held last",
            "held first, and the thread panics",
        ] {
            let case = format!("{number}|{order}");
            let output = child::run("thread_end::leaves_it_open", &case);
            let said = String::from_utf8_lossy(&output.stderr);
            if !output.status.success() {
                failed.push(format!("{name}, {order}: {:?}\n{said}", output.status));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
#[ignore = "a child of the test above"]
fn leaves_it_open() {
    let case = child::case();
    let (number, order) = case.split_once('|').unwrap();
    let (_, turns, leave_open) = CASES[number.parse::<usize>().unwrap()];
    let tes = TesReceiver::start();
    let hanging = Reply::sse(openai::stream(&["Hel", "lo."], true)).hang_after(1);
    let program = Arc::new(Program {
        telemetry: turnspan::builder()
            .span_exporter(Kept::default())
            .capture(CaptureMode::SpanOnly)
            .tes(tes_at(&tes.url(), "tes_key"))
            .build()
            .unwrap(),
        provider: Provider::start([hanging]),
    });
    let subscriber = tracing_subscriber::registry().with(program.telemetry.layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (is_first, panics) = (order.contains("first"), order.contains("panics"));
    let of_thread = Arc::clone(&program);
    let thread = std::thread::spawn(move || {
        if is_first {
            // What is registered first is destroyed last.
            HELD.with_borrow_mut(Vec::clear);
        }
        // All that is thread-local of us is there.
        let entered = Conversation::new("c0").enter();
        let call = of_thread.telemetry.record(URL, REQUEST);
        call.response(openai::completion("Hi.").to_string());
        drop(entered);
        let open = leave_open(&of_thread);
        HELD.with_borrow_mut(|held| held.push(open));
        if panics {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    });
    assert_eq!(thread.join().is_err(), panics);
    // A future that is lost, as tracing's registry panics when a task of a thread
    // that ends is dropped, ends with telemetry.
    program.telemetry.shutdown(PATIENCE).unwrap();
    assert_eq!(
        tes.accepted().len(),
        1 + turns,
        "{}",
        program.telemetry.stats()
    );
    for turn in tes.accepted() {
        assert_eq!(
            turn["data"]["attributes"]["user_message"], "Hello!",
            "{turn}"
        );
    }
}

/// A task, and the runtime of the thread that it is on.
fn held_in_a_runtime(program: &Program, task: impl Future<Output = ()> + 'static) -> Box<dyn Any> {
    let (runtime, local) = (runtime(), tokio::task::LocalSet::new());
    local.spawn_local(task);
    let is_asked = async {
        while program.provider.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    local.block_on(&runtime, is_asked);
    Box::new((local, runtime))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
