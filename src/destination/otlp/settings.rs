//! Where signals go by OTLP, and how.

use super::endpoint::Endpoint;
use super::place::Place;
#[cfg(feature = "rustls")]
use super::route::Pem;
use super::route::Route;
use super::{OtlpProtocol, OtlpSignal};
use crate::config::{ConfigError, Secret};
use opentelemetry_sdk::metrics::Temporality;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use url::Url;

/// Where spans, metrics and log records go by OTLP
/// ([the variables](https://opentelemetry.io/docs/specs/otel/protocol/exporter/)).
///
/// An export is tried again when the receiver or the network asks for it
/// ([the specification](https://opentelemetry.io/docs/specs/otlp/#failures)),
/// within its [`timeout`](Self::timeout); redirects are not followed. Metrics and
/// log records that a receiver of traces does not know (404, 405, 501,
/// `UNIMPLEMENTED`) are turned off after one warning. What a
/// receiver takes only in part is counted as
/// [`DropReason::Rejected`](crate::DropReason::Rejected).
///
/// ```
/// use std::time::Duration;
/// use turnspan::{Otlp, OtlpProtocol, OtlpSettings, OtlpSignal};
///
/// let otlp = Otlp::new("http://localhost:4318")?
///     .timeout(Duration::from_secs(3))
///     .endpoint_of(OtlpSignal::Metrics, "http://localhost:9090/api/v1/otlp/v1/metrics")?
///     .settings_of(OtlpSignal::Metrics, OtlpSettings::default().gzip(true))
///     .without(OtlpSignal::Logs);
/// let telemetry = turnspan::builder().otlp(otlp).build()?;
/// assert_eq!(telemetry.stats().destinations.len(), 2, "no log records");
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "hand it to a builder"]
pub struct Otlp {
    base: Option<Endpoint>,
    general: OtlpSettings,
    traces: Signal,
    metrics: Signal,
    logs: Signal,
    pub(super) interval: Option<Duration>,
    pub(super) temporality: Option<Temporality>,
    /// Whether traces were taken where they go.
    taken: Arc<AtomicBool>,
}

/// How OTLP is spoken, for every signal or for one. What is not set for one
/// signal is as for all.
///
/// ```
/// use turnspan::{Otlp, OtlpSettings, OtlpSignal};
///
/// let spans = OtlpSettings::default().gzip(true).header("x-api-key", "sesame");
/// assert!(!format!("{spans:?}").contains("sesame"));
/// let otlp = Otlp::new("http://localhost:4318")?.settings_of(OtlpSignal::Traces, spans);
/// # drop(otlp); Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "hand it to an `Otlp`"]
pub struct OtlpSettings {
    protocol: Option<OtlpProtocol>,
    gzip: Option<bool>,
    #[cfg(feature = "rustls")]
    certificate: Option<Pem>,
    #[cfg(feature = "rustls")]
    client_certificate: Option<Pem>,
    headers: Option<Vec<(String, Secret)>>,
    timeout: Option<Duration>,
}

/// One signal's own settings.
#[derive(Debug, Clone, Default)]
struct Signal {
    destination: Destination,
    settings: OtlpSettings,
}

#[derive(Debug, Clone, Default)]
enum Destination {
    /// Where the base endpoint says, if there is one.
    #[default]
    Base,
    At(Endpoint),
    Nowhere,
}

const AUTHORIZATION: &str = "authorization";

impl Otlp {
    /// A collector's base URL for every signal (`OTEL_EXPORTER_OTLP_ENDPOINT`),
    /// as `http://localhost:4318`, or `http://localhost:4317` for gRPC. Over
    /// HTTP `/v1/traces`, `/v1/metrics` and `/v1/logs` are added, as the
    /// [specification](https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp)
    /// asks. There is no default endpoint: without one nothing leaves by OTLP.
    ///
    /// User and password of a URL (`http://me:sesame@localhost:4318`, each
    /// percent-encoded) are sent as `authorization: Basic` of
    /// [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617), unless a
    /// [`header`](Self::header) of that name is set, and are printed nowhere.
    ///
    /// # Errors
    ///
    /// If `endpoint` is not an http or https URL.
    ///
    /// ```
    /// let error = turnspan::Otlp::new("localhost:4318").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL: `localhost:4318`",
    /// );
    /// ```
    pub fn new(endpoint: &str) -> Result<Self, ConfigError> {
        Self::default().base(endpoint)
    }

    pub(crate) fn base(mut self, endpoint: &str) -> Result<Self, ConfigError> {
        self.base = Some(Endpoint::parse("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)?);
        Ok(self)
    }

    /// The very URL to send traces to, and nothing else
    /// (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`). For a backend that takes spans
    /// alone, or under a path of its own.
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    ///
    /// ```
    /// let otlp = turnspan::Otlp::traces("http://localhost:3000/api/public/otel/v1/traces")?;
    /// let telemetry = turnspan::builder().otlp(otlp).build()?;
    /// assert!(telemetry.stats().destinations.keys().eq(&["otlp"]));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn traces(url: &str) -> Result<Self, ConfigError> {
        Self::default().endpoint_of(OtlpSignal::Traces, url)
    }

    /// The very URL to send one signal to
    /// (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `..._METRICS_ENDPOINT`,
    /// `..._LOGS_ENDPOINT`; default: below the base endpoint). Over HTTP
    /// nothing is added to it; over gRPC its path says nothing. Undoes
    /// [`without`](Self::without).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    ///
    /// ```
    /// use turnspan::{Otlp, OtlpSignal};
    ///
    /// let otlp = Otlp::new("http://localhost:4318")?
    ///     .endpoint_of(OtlpSignal::Traces, "http://localhost:9411/spans")?;
    /// let error = otlp.endpoint_of(OtlpSignal::Logs, "localhost").unwrap_err();
    /// assert!(error.to_string().starts_with("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn endpoint_of(mut self, signal: OtlpSignal, url: &str) -> Result<Self, ConfigError> {
        let setting = signal.endpoint_variable();
        self.signal_mut(signal).destination = Destination::At(Endpoint::parse(setting, url)?);
        Ok(self)
    }

    /// What is different for one signal (`OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`
    /// and its like); an example is at [`Otlp`]. Takes the place of what was
    /// given for the signal before.
    pub fn settings_of(mut self, signal: OtlpSignal, settings: OtlpSettings) -> Self {
        self.signal_mut(signal).settings = settings;
        self
    }

    /// What holds for every signal that says nothing else
    /// (`OTEL_EXPORTER_OTLP_PROTOCOL` and its like). Takes the place of what
    /// [`protocol`](Self::protocol), [`header`](Self::header) and their like
    /// said before, which set one thing each.
    pub fn settings(mut self, settings: OtlpSettings) -> Self {
        self.general = settings;
        self
    }

    /// Sends nothing of a signal (`OTEL_TRACES_EXPORTER=none`,
    /// `OTEL_METRICS_EXPORTER=none`, `OTEL_LOGS_EXPORTER=none`; default:
    /// [`otlp`](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#exporter-selection)).
    /// An example is at [`OtlpSignal`].
    pub fn without(mut self, signal: OtlpSignal) -> Self {
        self.signal_mut(signal).destination = Destination::Nowhere;
        self
    }

    /// As [`OtlpSettings::protocol`], for every signal that says nothing else
    /// (`OTEL_EXPORTER_OTLP_PROTOCOL`, default `http/protobuf`).
    pub fn protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.general = self.general.protocol(protocol);
        self
    }

    /// As [`OtlpSettings::gzip`], for every signal that says nothing else
    /// (`OTEL_EXPORTER_OTLP_COMPRESSION=gzip`, default `none`).
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.general = self.general.gzip(gzip);
        self
    }

    /// As [`OtlpSettings::certificate`], for every signal that says nothing
    /// else (`OTEL_EXPORTER_OTLP_CERTIFICATE` names the file).
    ///
    /// # Errors
    ///
    /// If there is no certificate in `pem`.
    #[cfg(feature = "rustls")]
    pub fn certificate(mut self, pem: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        self.general = self.general.certificate(pem)?;
        Ok(self)
    }

    /// As [`OtlpSettings::header`], for every signal that has no headers of its
    /// own (`OTEL_EXPORTER_OTLP_HEADERS`).
    ///
    /// ```
    /// let otlp = turnspan::Otlp::new("http://localhost:4318")?.header("api key", "sesame");
    /// let error = turnspan::builder().otlp(otlp).build().unwrap_err().to_string();
    /// assert!(error.contains("a name that no header can have: `api...`"), "{error}");
    /// assert!(!error.contains("sesame"));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.general = self.general.header(name, value);
        self
    }

    /// As [`OtlpSettings::timeout`], for every signal that says nothing else
    /// (`OTEL_EXPORTER_OTLP_TIMEOUT` in milliseconds, default 10 s).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.general = self.general.timeout(timeout);
        self
    }

    /// How often metrics leave (`OTEL_METRIC_EXPORT_INTERVAL` in milliseconds,
    /// default [one minute](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#periodic-exporting-metricreader)),
    /// beside when telemetry is flushed. Of a meter provider of yours its own
    /// reader decides.
    ///
    /// ```
    /// use opentelemetry_sdk::metrics::Temporality;
    /// use std::time::Duration;
    ///
    /// let otlp = turnspan::Otlp::new("http://localhost:4318")?
    ///     .metrics_interval(Duration::from_secs(15))
    ///     .metrics_temporality(Temporality::Delta);
    /// let telemetry = turnspan::builder().otlp(otlp).build()?;
    /// assert!(telemetry.stats().destinations.contains_key("metrics"));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn metrics_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Whether metrics leave as sums since the start or since the last export
    /// ([`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`](https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/#additional-environment-variable-configuration),
    /// one of `cumulative`, `delta` and `lowmemory`; default `cumulative`).
    pub fn metrics_temporality(mut self, temporality: Temporality) -> Self {
        self.temporality = Some(temporality);
        self
    }

    pub(crate) fn goes_somewhere(&self) -> bool {
        OtlpSignal::ALL
            .into_iter()
            .any(|signal| self.route(signal).is_some())
    }

    /// The way of a signal, if it goes anywhere.
    pub(super) fn route(&self, signal: OtlpSignal) -> Option<Route> {
        let Signal {
            destination,
            settings,
        } = self.signal(signal);
        let settings = settings.clone().or(self.general.clone());
        let protocol = settings.protocol.unwrap_or_default();
        let (endpoint, version) = match destination {
            Destination::Nowhere => return None,
            Destination::At(endpoint) => (endpoint, None),
            Destination::Base => (self.base.as_ref()?, Some("v1")),
        };
        let mut headers = settings.headers.unwrap_or_default();
        let is_set = |(name, _): &(String, Secret)| name.eq_ignore_ascii_case(AUTHORIZATION);
        if let (Some(credentials), false) = (&endpoint.credentials, headers.iter().any(is_set)) {
            headers.push((AUTHORIZATION.to_owned(), credentials.clone()));
        }
        Some(Route {
            signal,
            is_own: version.is_none(),
            url: protocol.url(&endpoint.url, version, signal),
            protocol,
            gzip: settings.gzip.unwrap_or_default(),
            headers,
            timeout: settings.timeout.unwrap_or(Duration::from_secs(10)),
            #[cfg(feature = "rustls")]
            certificate: settings.certificate,
            #[cfg(feature = "rustls")]
            client_certificate: settings.client_certificate,
        })
    }

    /// Where a signal goes, for who sends it there.
    pub(super) fn place(&self, route: &Route) -> Place {
        let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
        let traces = self.route(OtlpSignal::Traces);
        let is_same = traces.is_some_and(|it| origin(&it.url) == origin(&route.url));
        Place::of(route, is_same.then(|| Arc::clone(&self.taken)))
    }

    fn signal(&self, signal: OtlpSignal) -> &Signal {
        match signal {
            OtlpSignal::Traces => &self.traces,
            OtlpSignal::Metrics => &self.metrics,
            OtlpSignal::Logs => &self.logs,
        }
    }

    fn signal_mut(&mut self, signal: OtlpSignal) -> &mut Signal {
        match signal {
            OtlpSignal::Traces => &mut self.traces,
            OtlpSignal::Metrics => &mut self.metrics,
            OtlpSignal::Logs => &mut self.logs,
        }
    }
}

impl OtlpSettings {
    /// How OTLP is spoken (`OTEL_EXPORTER_OTLP_PROTOCOL`, and with the name of
    /// a signal after `OTLP_` for that signal, as all of these; default
    /// `http/protobuf`).
    pub fn protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Compresses what is sent (`OTEL_EXPORTER_OTLP_COMPRESSION=gzip`, default
    /// `none`). `false` switches off for one signal what is on for all.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = Some(gzip);
        self
    }

    /// Certificates in PEM that are trusted beside those of the system
    /// (`OTEL_EXPORTER_OTLP_CERTIFICATE` names their file).
    ///
    /// # Errors
    ///
    /// If there is no certificate in `pem`.
    ///
    /// ```
    /// use turnspan::OtlpSettings;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    /// # let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    ///
    /// let settings = OtlpSettings::default()
    ///     .certificate(certificate.as_str())?
    ///     .client_certificate(certificate, key.as_bytes())?;
    /// assert!(!format!("{settings:?}").contains("PRIVATE KEY"));
    /// assert!(OtlpSettings::default().certificate("no PEM").is_err());
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "rustls")]
    pub fn certificate(mut self, pem: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        let pem = pem.into();
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
        if certificates.is_empty() {
            let problem = "has no certificate in PEM";
            return Err(ConfigError::invalid(
                "OTEL_EXPORTER_OTLP_CERTIFICATE",
                problem,
            ));
        }
        self.certificate = Some(Pem(pem));
        Ok(self)
    }

    /// The certificate that a receiver may ask us for, and its key, both in
    /// PEM (`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `..._CLIENT_KEY` name
    /// their files; neither goes without the other). The key is treated as a
    /// secret. An example is at [`certificate`](Self::certificate).
    ///
    /// # Errors
    ///
    /// If they are no certificate and no key.
    #[cfg(feature = "rustls")]
    pub fn client_certificate(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: &[u8],
    ) -> Result<Self, ConfigError> {
        let mut pem = certificate.into();
        pem.push(b'\n');
        pem.extend_from_slice(key);
        if reqwest::Identity::from_pem(&pem).is_err() {
            return Err(ConfigError::invalid(
                "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
                "and OTEL_EXPORTER_OTLP_CLIENT_KEY have no certificate and key in PEM",
            ));
        }
        self.client_certificate = Some(Pem(pem));
        Ok(self)
    }

    /// A header of every request (`OTEL_EXPORTER_OTLP_HEADERS`, as
    /// `key=value,key=value` with
    /// [percent-encoded](https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables)
    /// values; here it is plain). Its value is treated as a secret; a name or
    /// a value that no header can have is an error of
    /// [`Builder::build`](crate::Builder::build). Headers of one signal stand
    /// instead of those of all, which may be for another receiver.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let headers = self.headers.get_or_insert_default();
        headers.push((name.into(), Secret::new(value)));
        self
    }

    /// The time limit of one export with all its attempts
    /// (`OTEL_EXPORTER_OTLP_TIMEOUT` in milliseconds, default 10 s).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What is set, and where nothing is, what the other says.
    fn or(self, other: Self) -> Self {
        Self {
            protocol: self.protocol.or(other.protocol),
            gzip: self.gzip.or(other.gzip),
            #[cfg(feature = "rustls")]
            certificate: self.certificate.or(other.certificate),
            #[cfg(feature = "rustls")]
            client_certificate: self.client_certificate.or(other.client_certificate),
            headers: self.headers.or(other.headers),
            timeout: self.timeout.or(other.timeout),
        }
    }
}
