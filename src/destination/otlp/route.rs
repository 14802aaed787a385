//! The way of one signal.

use super::{OtlpProtocol, OtlpSignal};
use crate::config::Secret;
#[cfg(feature = "rustls")]
use std::fmt;
use std::time::Duration;

/// The way of one signal, with nothing left open. Without `Debug`, as a URL may
/// have a key in it.
pub(super) struct Route {
    pub(super) signal: OtlpSignal,
    /// Whether the URL is that signal's alone, and is taken as it is.
    pub(super) is_own: bool,
    pub(super) url: String,
    pub(super) protocol: OtlpProtocol,
    pub(super) gzip: bool,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) timeout: Duration,
    #[cfg(feature = "rustls")]
    pub(super) certificate: Option<Pem>,
    #[cfg(feature = "rustls")]
    pub(super) client_certificate: Option<Pem>,
}

/// Certificates in PEM, and perhaps a key.
#[cfg(feature = "rustls")]
#[derive(Clone)]
pub(super) struct Pem(pub(super) Vec<u8>);

#[cfg(feature = "rustls")]
impl Route {
    /// A client that trusts what is to be trusted, and shows who we are.
    pub(super) fn trusting(&self, client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        let pem = self.certificate.as_ref().map(|it| it.0.as_slice());
        let certificates = pem.map(reqwest::Certificate::from_pem_bundle);
        let certificates = certificates.and_then(Result::ok).unwrap_or_default();
        let client = certificates
            .into_iter()
            .fold(client, reqwest::ClientBuilder::add_root_certificate);
        let identity = self.client_certificate.as_ref();
        match identity.and_then(|pem| reqwest::Identity::from_pem(&pem.0).ok()) {
            Some(identity) => client.identity(identity),
            None => client,
        }
    }
}

#[cfg(feature = "rustls")]
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of PEM", self.0.len())
    }
}
