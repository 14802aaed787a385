//! Sends a span by OTLP beside crates with other wishes, and sees it arrive.
//! A program of its own, so that its threads are its own too.

mod controls;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;
use turnspan::Otlp;

fn main() {
    nothing_configured_means_no_thread();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let address = listener.local_addr().expect("an address");
    let receiver = std::thread::spawn(move || answer_one(&listener));
    let otlp = Otlp::traces(&format!("http://{address}/v1/traces")).expect("a URL");
    let telemetry = turnspan::builder().otlp(otlp).build().expect("telemetry");
    let url = "https://api.openai.com/v1/chat/completions";
    let call = telemetry.record(url, r#"{"model":"m","messages":[]}"#);
    call.response(r#"{"choices":[]}"#);
    telemetry
        .flush(Duration::from_secs(10))
        .expect("a delivered span");
    let request = receiver.join().expect("a request");
    assert!(request.starts_with("POST /v1/traces"), "{request}");
    beside_a_database();
    controls::run();
    println!("all as it should be");
}

fn nothing_configured_means_no_thread() {
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let before = threads();
    let telemetry = turnspan::builder()
        .env()
        .expect("settings")
        .build()
        .expect("telemetry");
    let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    call.response("{}");
    assert_eq!(threads(), before);
}

/// Links the other SQLite, and uses it.
fn beside_a_database() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    let sum: i64 = runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:")
            .await
            .expect("a database");
        sqlx::query_scalar("SELECT 2 + 2")
            .fetch_one(&pool)
            .await
            .expect("a sum")
    });
    assert_eq!(sum, 4);
}

/// The head of the one request that comes.
fn answer_one(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut head = [0; 1024];
    let length = stream.read(&mut head).expect("a request");
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .expect("an answer");
    // What is left of the body is read, so that the answer arrives.
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .expect("a time limit");
    while stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {}
    String::from_utf8_lossy(&head[..length]).into_owned()
}
