//! TES: finished inference spans become `CHAT_TURN` events.
//!
//! TES is a conversation-analytics service with a GraphQL API. What is sent is
//! what its own SDK (agent-events 0.3) sends, field for field and in its
//! order, with the additions that [`event`] lists after them.

mod dialect;
mod event;
mod exporter;
mod pace;
mod policy;
#[cfg(feature = "diagnosis")]
mod probe;
mod service;

pub use dialect::Dialect;
pub use exporter::TesExporter;
#[cfg(feature = "diagnosis")]
pub(crate) use probe::TesProbe;

use crate::config::{ConfigError, Secret};
use crate::delivery::Pace;
use crate::destination::turns::TurnPolicy;
use crate::spool::SpoolSettings;
use crate::turn::HistoryKey;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

/// Settings of a TES destination, which gets a `CHAT_TURN` event a call. For
/// [`Builder::tes`](crate::Builder::tes) or a [`TesExporter`].
///
/// An event is sent until TES acknowledges it or refuses it for good, 10 s an
/// attempt: after a status 408, 425, 429 or 5xx, or no answer, again. Before
/// that all events wait as long as TES asks for (`Retry-After` of
/// [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)), else a
/// random time below 500 ms, a bound that doubles with every failure; 300 s at
/// most. How many may wait, and where, [`SpoolSettings`] say. An event that is
/// sent twice has the same `event_id`.
///
/// ```
/// use turnspan::Tes;
///
/// let tes = Tes::new("https://api.pentatonic.com", "acme", "tes_acme_key")?
///     .user_id("u_1")
///     .max_content_length(1024);
/// assert!(!format!("{tes:?}").contains("tes_acme_key"));
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Tes {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) client_id: String,
    pub(crate) event: EventSettings,
    pub(crate) policy: TurnPolicy,
    pub(crate) dialect: Dialect,
    pub(crate) pace: Pace,
    pub(crate) spool: SpoolSettings,
}

/// What every event says beside what happened.
#[derive(Debug, Clone)]
pub(crate) struct EventSettings {
    pub(crate) source: String,
    /// Among the attributes, where the dialect wants it there.
    pub(crate) client_id: Option<String>,
}

/// What the TES SDKs use.
const DEFAULT_MAX_CONTENT_LENGTH: usize = 4096;

impl Tes {
    /// A TES endpoint (`TES_ENDPOINT`), a client id (`TES_CLIENT_ID`) and a key
    /// (`TES_API_KEY`).
    ///
    /// A key that starts with `tes_` is sent as `Authorization: Bearer`, any
    /// other as `x-service-key`. The endpoint must be https; plain http is
    /// allowed for `localhost`, `127.0.0.1` (and the rest of its network) and
    /// `[::1]` alone. `/api/graphql` is added to it.
    ///
    /// # Errors
    ///
    /// If one of the three is empty or unusable. The message never holds the key.
    ///
    /// ```
    /// use turnspan::Tes;
    ///
    /// assert!(Tes::new("http://localhost:4999", "acme", "tes_key").is_ok());
    /// let error = Tes::new("https://tes.example", "acme", "").unwrap_err();
    /// assert_eq!(error.to_string(), "TES_API_KEY is empty");
    /// ```
    pub fn new(endpoint: &str, client_id: &str, api_key: &str) -> Result<Self, ConfigError> {
        let url = graphql_url(endpoint)?;
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(CLIENT_ID, header_value("TES_CLIENT_ID", client_id)?);
        let (name, value) = credentials(api_key)?;
        headers.insert(name, value);
        let event = EventSettings {
            source: "turnspan".to_owned(),
            client_id: None,
        };
        let policy = TurnPolicy {
            max_content_length: Some(DEFAULT_MAX_CONTENT_LENGTH),
            ..TurnPolicy::of(HistoryKey::of(api_key))
        };
        Ok(Self {
            url,
            headers,
            client_id: client_id.to_owned(),
            event,
            policy,
            dialect: Dialect::default(),
            pace: pace::ONE_BY_ONE,
            spool: SpoolSettings::default(),
        })
    }

    /// A header of every request (`TES_HEADERS`, as `key=value,key=value`;
    /// default: none). It may override `x-client-id`, but never the credentials:
    /// such a one is passed over. Its value is treated as a secret.
    ///
    /// # Errors
    ///
    /// If name or value is not one of an HTTP header, or the value is empty.
    ///
    /// ```
    /// let tes = turnspan::Tes::new("https://tes.example", "acme", "tes_key")?;
    /// let tes = tes.header("x-tenant-token", "sesame")?;
    /// assert!(!format!("{tes:?}").contains("sesame"));
    /// assert!(tes.header("x tenant", "1").is_err());
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        let parsed = HeaderName::try_from(name)
            .map_err(|_| ConfigError::invalid("TES_HEADERS", "a header name is not valid"))?;
        if parsed != http::header::AUTHORIZATION && parsed != SERVICE_KEY {
            let mut value = header_value("TES_HEADERS", value)?;
            value.set_sensitive(true);
            self.headers.insert(parsed, value);
        }
        Ok(self)
    }

    /// The `source` of every event (`TES_SOURCE`, default `turnspan`).
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.event.source = source.into();
        self
    }
}

const CLIENT_ID: HeaderName = HeaderName::from_static("x-client-id");
const SERVICE_KEY: HeaderName = HeaderName::from_static("x-service-key");

fn credentials(api_key: &str) -> Result<(HeaderName, HeaderValue), ConfigError> {
    let (name, value) = if api_key.starts_with("tes_") {
        (
            http::header::AUTHORIZATION,
            Secret::new(format!("Bearer {api_key}")),
        )
    } else {
        (SERVICE_KEY, Secret::new(api_key))
    };
    let mut value = header_value("TES_API_KEY", value.expose())?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The value itself is not repeated in the error: it may be a secret.
fn header_value(setting: &'static str, value: &str) -> Result<HeaderValue, ConfigError> {
    if value.trim().is_empty() {
        return Err(ConfigError::invalid(setting, "is empty"));
    }
    HeaderValue::from_str(value)
        .map_err(|_| ConfigError::invalid(setting, "has characters that no HTTP header may have"))
}

fn graphql_url(endpoint: &str) -> Result<Url, ConfigError> {
    let refuse = |_| ConfigError::endpoint("TES_ENDPOINT", endpoint);
    let url =
        Url::parse(&format!("{}/api/graphql", endpoint.trim_end_matches('/'))).map_err(refuse)?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let asks = endpoint.contains(['?', '#']);
    match url.scheme() {
        _ if !is_plain || asks || !url.has_host() => Err(ConfigError::invalid(
            "TES_ENDPOINT",
            "must be a plain URL without user, password or query",
        )),
        "https" => Ok(url),
        "http" if is_local(&url) => Ok(url),
        "http" => Err(ConfigError::invalid(
            "TES_ENDPOINT",
            "must be https (http is for localhost alone)",
        )),
        _ => Err(ConfigError::endpoint("TES_ENDPOINT", endpoint)),
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(endpoint: &str) -> Result<Tes, ConfigError> {
        Tes::new(endpoint, "acme", "tes_key")
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for good in [
            "https://x.example",
            "http://localhost:1/",
            "http://127.0.0.1",
            "http://[::1]:80",
        ] {
            assert!(made(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "x.example",
            "ftp://x",
            "http://example.com",
            "http://localhost.evil.com",
            "http://127.0.0.1.evil.com",
            "http://localhost:99@evil.com/",
            "https://user:secret@x",
            "https://x.example?key=secret",
            "https://x.example/#secret",
        ] {
            let error = made(bad).unwrap_err().to_string();
            assert!(error.contains("TES_ENDPOINT"), "{bad}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn extra_headers_override_the_client_id_but_never_the_credentials() {
        let tes = made("https://x.example").unwrap();
        let tes = tes.header("x-client-id", "other").unwrap();
        let tes = tes
            .header("Authorization", "mine")
            .unwrap()
            .header("X-Service-Key", "mine")
            .unwrap();
        assert_eq!(tes.headers.get("x-client-id").unwrap(), "other");
        assert_eq!(tes.headers.get("authorization").unwrap(), "Bearer tes_key");
        assert!(tes.headers.get("x-service-key").is_none());
    }

    #[test]
    fn a_key_that_is_not_a_tes_key_is_a_service_key_and_neither_is_ever_printed() {
        let tes = Tes::new("https://x.example", "acme", "svc-sesame").unwrap();
        assert_eq!(tes.headers.get("x-service-key").unwrap(), "svc-sesame");
        assert!(!format!("{tes:?}").contains("sesame"));
        let error = Tes::new("https://x.example", "acme", "bad\nsesame").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sesame"));
    }
}
