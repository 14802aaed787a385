//! A receiver that fails in every way that there is, until it is healed.
//!
//! It answers with TLS and by hand, down to the bytes, so that it can break off
//! anywhere. What it takes, a real GraphQL engine has executed.

use super::failure::{Failure, Refusal};
use super::provider::lock;
use super::tes_receiver::{Engine, TesReceiver};
use bytes::Bytes;
use rcgen::{CertifiedKey, KeyPair};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use std::{fs, thread};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

/// A running one; it ends with the process.
pub(crate) struct ChaosServer {
    pub(crate) receiver: TesReceiver,
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    engine: Engine,
    right: TlsAcceptor,
    wrong: TlsAcceptor,
    is_healed: AtomicBool,
    random: Mutex<fastrand::Rng>,
    failed: Mutex<BTreeMap<Failure, usize>>,
    /// How often it may let clients wait for their time limit.
    most_long: usize,
}

impl ChaosServer {
    /// What a client must trust is written to `certificate`.
    pub(crate) fn start(certificate: &Path, random: fastrand::Rng, most_long: usize) -> Self {
        let receiver = TesReceiver::start();
        let right = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let wrong = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(certificate, right.cert.pem()).unwrap();
        let state = Arc::new(State {
            engine: receiver.engine(),
            right: acceptor(&right),
            wrong: acceptor(&wrong),
            is_healed: AtomicBool::new(false),
            random: Mutex::new(random),
            failed: Mutex::default(),
            most_long,
        });
        let (tell, told) = mpsc::channel();
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(Arc::clone(&serving), stream));
                }
            });
        });
        Self {
            receiver,
            address: told.recv().unwrap(),
            state,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    pub(crate) fn heal(&self) {
        self.state.is_healed.store(true, Relaxed);
    }

    /// How often it has failed, and how.
    pub(crate) fn failed(&self) -> BTreeMap<Failure, usize> {
        lock(&self.state.failed).clone()
    }
}

fn acceptor(made: &CertifiedKey<KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

impl State {
    /// What goes wrong next, if anything does: of a connection one in three,
    /// of a request two in three.
    fn next(&self, is_connection: bool) -> Option<Failure> {
        let mut random = lock(&self.random);
        let is_spared = if is_connection {
            random.u8(..3) > 0
        } else {
            random.u8(..3) == 0
        };
        if is_spared || self.is_healed.load(Relaxed) {
            return None;
        }
        let mut failed = lock(&self.failed);
        let count = |failure: &Failure| failed.get(failure).copied().unwrap_or_default();
        let possible = Failure::ALL.into_iter().filter(|failure| {
            failure.is_of_connections() == is_connection
                && (!failure.is_long() || count(failure) < self.most_long)
        });
        let failure = random.choice(possible.collect::<Vec<_>>())?;
        *failed.entry(failure).or_default() += 1;
        Some(failure)
    }
}

async fn serve(state: Arc<State>, mut connection: TcpStream) {
    let acceptor = match state.next(true) {
        Some(Failure::WrongCertificate) => &state.wrong,
        Some(_) => {
            connection
                .write_all(b"220 mail.example ESMTP\r\n")
                .await
                .ok();
            return;
        }
        None => &state.right,
    };
    let Ok(mut stream) = acceptor.accept(connection).await else {
        return;
    };
    while let Some(body) = request(&mut stream).await {
        if answer(&state, &mut stream, body).await.is_none() {
            return;
        }
    }
}

/// The body of the next request.
async fn request(stream: &mut TlsStream<TcpStream>) -> Option<Bytes> {
    let mut read = Vec::new();
    let end_of_head = loop {
        if let Some(at) = read.windows(4).position(|it| it == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..end_of_head]).to_lowercase();
    let length = head.split("content-length:").nth(1)?.lines().next()?;
    let length: usize = length.trim().parse().ok()?;
    while read.len() < end_of_head + length {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    Some(Bytes::from(read.split_off(end_of_head)))
}

/// None if the connection is over.
async fn answer(state: &State, stream: &mut TlsStream<TcpStream>, body: Bytes) -> Option<()> {
    let Some(failure) = state.next(false) else {
        let answer = fair(state, &body).await;
        return stream.write_all(&answer).await.ok();
    };
    let busy = "429 Too Many Requests";
    let answer = match failure {
        Failure::TooManyRequests => response(busy, "", "slow down"),
        Failure::RetryAfter => response(busy, "retry-after: 1\r\n", "slow down"),
        Failure::ServerError => response("503 Service Unavailable", "", "<html>down</html>"),
        Failure::NotJson => fair_but(state, &body, "<html>thanks</html>").await,
        Failure::DataNull => fair_but(state, &body, r#"{"data": null}"#).await,
        Failure::HalfHead => b"HTTP/1.1 200 OK\r\ncontent-le".to_vec(),
        Failure::HalfBody | Failure::SlowLoris => fair(state, &body).await,
        Failure::Hangs | Failure::Reset | Failure::NoHandshake | Failure::WrongCertificate => {
            Vec::new()
        }
    };
    match failure {
        Failure::Hangs => drop(stream.read_u8().await),
        Failure::Reset => stream.get_ref().0.set_zero_linger().ok()?,
        Failure::HalfHead => stream.write_all(&answer).await.ok()?,
        Failure::HalfBody => stream.write_all(&answer[..answer.len() - 5]).await.ok()?,
        Failure::SlowLoris => drop(byte_by_byte(stream, &answer).await),
        _ => return stream.write_all(&answer).await.ok(),
    }
    None
}

/// Longer than any client waits for the whole.
async fn byte_by_byte(stream: &mut TlsStream<TcpStream>, answer: &[u8]) -> Option<()> {
    for byte in answer {
        stream.write_all(&[*byte]).await.ok()?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Some(())
}

/// The answer that its events deserve. A request with one that is refused is
/// refused as a whole, if there are others in it.
async fn fair(state: &State, body: &Bytes) -> Vec<u8> {
    let ids = ids(body);
    let refusal = ids.iter().find_map(|id| Refusal::of(id));
    match refusal {
        Some(_) if ids.len() > 1 => refused(Refusal::Status),
        Some(refusal) => refused(refusal),
        None => ok(&state.engine.execute(body).await),
    }
}

fn refused(refusal: Refusal) -> Vec<u8> {
    match refusal {
        Refusal::NotSuccessful => ok(&json!({"data": {"emitEvent":
                {"success": false, "eventId": null, "message": "no"}}})),
        Refusal::GraphqlError => ok(&json!({"data": null, "errors": [{"message": "no"}]})),
        Refusal::Redirect => response("307 Temporary Redirect", "location: /elsewhere\r\n", ""),
        Refusal::Status => response("400 Bad Request", "", ""),
    }
}

/// The same events are taken, and the answer says something else.
async fn fair_but(state: &State, body: &Bytes, said: &str) -> Vec<u8> {
    if ids(body).iter().any(|id| Refusal::of(id).is_some()) {
        return fair(state, body).await;
    }
    state.engine.execute(body).await;
    response("200 OK", "", said)
}

/// What the users said, which tests make unique.
fn ids(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let inputs = body["variables"].as_object().unwrap().values();
    let id = |input: &Value| {
        input["data"]["attributes"]["user_message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    inputs.map(id).collect()
}

fn ok(body: &Value) -> Vec<u8> {
    response(
        "200 OK",
        "content-type: application/json\r\n",
        &body.to_string(),
    )
}

fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}
