//! A server that answers every connection with the same bytes: another protocol
//! than the client speaks.
#![allow(
    dead_code,
    reason = "helpers of tests, of which each program uses a part"
)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// What a server of HTTP/1.1 says to what is no HTTP/1.1.
pub(crate) const HTTP_1: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// How a server of HTTP/2, and so of gRPC, begins: with its settings.
pub(crate) const HTTP_2: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// Answers, on a thread that ends with the process.
pub(crate) fn answering(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, bytes));
        }
    });
    address
}

/// Answers, and lets the client end the connection.
fn answer(mut stream: TcpStream, bytes: &[u8]) {
    let mut part = [0; 1024];
    if stream.read(&mut part).is_ok_and(|length| length > 0) {
        stream.write_all(bytes).ok();
        while stream.read(&mut part).is_ok_and(|length| length > 0) {}
    }
}
