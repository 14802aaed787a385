//! TLS before a plain loopback server, with a certificate of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A running server; it ends with the process.
pub(crate) struct TlsServer {
    address: SocketAddr,
    /// What a client must trust.
    pub(crate) certificate: String,
}

impl TlsServer {
    /// Passes on what it decrypts to the server at `plain`, an `http://` URL.
    pub(crate) fn before(plain: &str) -> Self {
        let plain = plain.trim_start_matches("http://").parse().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(pass(acceptor.clone(), stream, plain));
                }
            });
        });
        Self {
            address: told.recv().unwrap(),
            certificate: made.cert.pem(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

/// A client that trusts nobody like us is gone before anything is passed.
async fn pass(acceptor: TlsAcceptor, stream: TcpStream, plain: SocketAddr) {
    if let Ok(mut stream) = acceptor.accept(stream).await {
        let mut behind = TcpStream::connect(plain).await.unwrap();
        drop(copy_bidirectional(&mut stream, &mut behind).await);
    }
}
