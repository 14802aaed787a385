//! To a loopback receiver, beside loops of a bare client.

use super::provider::Server;
use super::support::paired::{Claim, compare};
use super::writing::{runtime, spooled, wait_for};
use super::{EVENTS, file, tes};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use turnspan::{SpoolSettings, TesExporter};

/// As many as delivery has under way.
const CONCURRENCY: u32 = 4;

/// Takes everything, and keeps what was said first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receiver {
    /// Before every answer.
    thinks: Duration,
    first: Arc<Mutex<Option<Bytes>>>,
}

impl Receiver {
    pub(crate) fn start(&self, port: u16) -> Server {
        let app = Router::new().route("/api/graphql", post(take));
        Server::start_at(app.with_state(self.clone()), port)
    }
}

async fn take(State(receiver): State<Receiver>, body: Bytes) -> &'static str {
    receiver.first.lock().unwrap().get_or_insert(body);
    if !receiver.thinks.is_zero() {
        tokio::time::sleep(receiver.thinks).await;
    }
    r#"{"data":{"emitEvent":{"success":true,"eventId":"e","message":null}}}"#
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A process before has left them; this one sends them.
fn sent(events: u32, receiver: &Receiver) -> Duration {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let settings = SpoolSettings::durable().path(file("sending"));
    spooled(tes(&url, settings.clone()), events);
    let _running = receiver.start(port);
    let exporter = TesExporter::new(tes(&url, settings)).unwrap();
    let begun = Instant::now();
    wait_for(&exporter, |books| books.delivered == u64::from(events));
    begun.elapsed()
}

/// The same requests by a bare client, all at hand.
fn posted(events: u32, receiver: &Receiver) -> Duration {
    let body = receiver.first.lock().unwrap().clone().unwrap();
    let running = receiver.start(0);
    let url = format!("{}/api/graphql", running.url());
    let client = reqwest::Client::new();
    let begun = Instant::now();
    runtime().block_on(async {
        let loops = (0..CONCURRENCY).map(|_| async {
            for _ in 0..events / CONCURRENCY {
                let request = client.post(&url).body(body.clone());
                let request = request.header("content-type", "application/json");
                let answer = request.send().await.unwrap();
                assert!(!answer.bytes().await.unwrap().is_empty());
            }
        });
        futures::future::join_all(loops).await;
    });
    begun.elapsed()
}

/// To a receiver that needs no time, which nothing can hide behind, and to one
/// that thinks for a while, as every network does.
pub(crate) fn run(thinks: Duration) {
    let receiver = Receiver {
        thinks,
        ..Receiver::default()
    };
    // The spool's way is first: what it says, the other one repeats.
    compare(
        &format!("{EVENTS} events to a receiver that thinks for {thinks:?}"),
        [&mut || sent(EVENTS, &receiver), &mut || {
            posted(EVENTS, &receiver)
        }],
        &[Claim {
            name: "rate of the spool/rate of a bare client",
            of: |[spool, bare]| bare / spool,
            within: 0.1,
        }],
    );
}
