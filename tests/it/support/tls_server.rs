//! TLS before a plain loopback server, with a certificate of its own.
#![allow(
    dead_code,
    reason = "helpers of tests, of which each program uses a part"
)]

use rcgen::{CertifiedKey, KeyPair};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A running server; it ends with the process.
pub(crate) struct TlsServer {
    address: SocketAddr,
    /// What a client must trust.
    pub(crate) certificate: String,
    /// Whom it lets in, if not everybody.
    pub(crate) client: Option<Client>,
}

/// What a client shows, in PEM.
pub(crate) struct Client {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl TlsServer {
    /// Passes on what it decrypts to the server at `plain`, an `http://` URL.
    pub(crate) fn before(plain: &str) -> Self {
        Self::start(plain, None)
    }

    /// As [`before`](Self::before), for one client alone.
    pub(crate) fn asking_who_is_there(plain: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(["client".to_owned()]).unwrap();
        Self::start(plain, Some(&made))
    }

    fn start(plain: &str, client: Option<&CertifiedKey<KeyPair>>) -> Self {
        let plain = plain.trim_start_matches("http://").parse().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder();
        let config = match client {
            None => config.with_no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots.add(client.cert.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder(Arc::new(roots));
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let mut config = config
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
            client: client.map(|client| Client {
                certificate: client.cert.pem(),
                key: client.signing_key.serialize_pem(),
            }),
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
