//! A server that closes the first connections without a word, and answers the
//! next: what a provider does that restarts.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Starts one on a free loopback port; it serves until `breaks + answers`
/// connections have come.
pub(crate) fn start(breaks: usize, answers: usize, body: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for number in 0..breaks + answers {
            let Ok((connection, _)) = listener.accept() else {
                return;
            };
            serve(connection, (number >= breaks).then_some(&body));
        }
    });
    address
}

fn serve(mut connection: TcpStream, body: Option<&String>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    // Small requests: all of one has come when its JSON is closed.
    while !request.ends_with(b"}") {
        match connection.read(&mut buffer) {
            Ok(count) if count > 0 => request.extend(&buffer[..count]),
            _ => return,
        }
    }
    if let Some(body) = body {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        drop(connection.write_all(format!("{head}{body}").as_bytes()));
    }
}
