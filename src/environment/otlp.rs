//! `OTEL_EXPORTER_OTLP_*` and what belongs to them.

use super::Variables;
use crate::config::ConfigError;
use crate::export::{Otlp, OtlpProtocol, OtlpSettings, OtlpSignal};
use opentelemetry_sdk::metrics::Temporality;
use percent_encoding::percent_decode_str;
use std::time::Duration;

/// The variables about one signal, or about all.
struct Names {
    endpoint: &'static str,
    protocol: &'static str,
    compression: &'static str,
    headers: &'static str,
    timeout: &'static str,
    #[cfg(feature = "rustls")]
    certificate: &'static str,
    #[cfg(feature = "rustls")]
    client_certificate: &'static str,
    #[cfg(feature = "rustls")]
    client_key: &'static str,
}

/// By the prefix that they share.
macro_rules! names {
    ($prefix:literal) => {
        Names {
            endpoint: concat!($prefix, "ENDPOINT"),
            protocol: concat!($prefix, "PROTOCOL"),
            compression: concat!($prefix, "COMPRESSION"),
            headers: concat!($prefix, "HEADERS"),
            timeout: concat!($prefix, "TIMEOUT"),
            #[cfg(feature = "rustls")]
            certificate: concat!($prefix, "CERTIFICATE"),
            #[cfg(feature = "rustls")]
            client_certificate: concat!($prefix, "CLIENT_CERTIFICATE"),
            #[cfg(feature = "rustls")]
            client_key: concat!($prefix, "CLIENT_KEY"),
        }
    };
}

const GENERAL: Names = names!("OTEL_EXPORTER_OTLP_");

#[cfg(feature = "rustls")]
type CertificateAndKey = (Vec<u8>, Vec<u8>);

impl OtlpSignal {
    fn names(self) -> Names {
        match self {
            Self::Traces => names!("OTEL_EXPORTER_OTLP_TRACES_"),
            Self::Metrics => names!("OTEL_EXPORTER_OTLP_METRICS_"),
            Self::Logs => names!("OTEL_EXPORTER_OTLP_LOGS_"),
        }
    }

    fn exporter(self) -> &'static str {
        match self {
            Self::Traces => "OTEL_TRACES_EXPORTER",
            Self::Metrics => "OTEL_METRICS_EXPORTER",
            Self::Logs => "OTEL_LOGS_EXPORTER",
        }
    }
}

impl Variables<'_> {
    /// Nothing if no endpoint is named; perhaps one whose signals are all off.
    pub(super) fn otlp(&self) -> Result<Option<Otlp>, ConfigError> {
        let mut otlp = match self.text(GENERAL.endpoint) {
            Some(base) => Otlp::new(&base)?,
            None => Otlp::default(),
        };
        otlp = otlp.settings(self.otlp_settings(&GENERAL)?);
        for signal in OtlpSignal::ALL {
            let names = signal.names();
            otlp = otlp.settings_of(signal, self.otlp_settings(&names)?);
            if let Some(url) = self.text(names.endpoint) {
                otlp = otlp.endpoint_of(signal, &url)?;
            }
            if !self.exports(signal.exporter())? {
                otlp = otlp.without(signal);
            }
        }
        if let Some(interval) = self.number("OTEL_METRIC_EXPORT_INTERVAL")? {
            otlp = otlp.metrics_interval(Duration::from_millis(interval));
        }
        if let Some(temporality) = self.temporality()? {
            otlp = otlp.metrics_temporality(temporality);
        }
        let endpoints = OtlpSignal::ALL.map(|signal| signal.names().endpoint);
        let mut endpoints = endpoints.into_iter().chain([GENERAL.endpoint]);
        let is_said = endpoints.any(|name| self.text(name).is_some());
        Ok(is_said.then_some(otlp))
    }

    fn otlp_settings(&self, names: &Names) -> Result<OtlpSettings, ConfigError> {
        let mut settings = OtlpSettings::default();
        if let Some(protocol) = self.protocol(names.protocol)? {
            settings = settings.protocol(protocol);
        }
        if let Some(gzip) = self.gzip(names.compression)? {
            settings = settings.gzip(gzip);
        }
        for (name, value) in self.pairs(names.headers)? {
            // Percent-encoded, as in baggage.
            let value = percent_decode_str(&value).decode_utf8_lossy();
            settings = settings.header(name, value);
        }
        if let Some(limit) = self.time_limit(names.timeout)? {
            settings = settings.timeout(limit);
        }
        #[cfg(feature = "rustls")]
        if let Some(certificate) = self.content(names.certificate)? {
            settings = settings.certificate(certificate)?;
        }
        #[cfg(feature = "rustls")]
        if let Some((certificate, key)) = self.client_certificate(names)? {
            settings = settings.client_certificate(certificate, &key)?;
        }
        Ok(settings)
    }

    /// Whether a signal is to leave by OTLP, as is the default.
    fn exports(&self, name: &'static str) -> Result<bool, ConfigError> {
        let known = [("otlp", Some(true)), ("none", Some(false))];
        let elsewhere = ["console", "logging", "zipkin", "prometheus"].map(|it| (it, None));
        let exports = self.one_of(name, &[&known[..], &elsewhere[..]].concat())?;
        Ok(exports.unwrap_or(true))
    }

    fn protocol(&self, name: &'static str) -> Result<Option<OtlpProtocol>, ConfigError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let problem = "must be http/protobuf, grpc (feature `otlp-grpc`) or http/json (feature \
            `otlp-json`), not";
        let protocol = OtlpProtocol::named(&text.to_ascii_lowercase());
        let unknown = || ConfigError::invalid(name, format!("{problem} `{text}`"));
        protocol.ok_or_else(unknown).map(Some)
    }

    fn gzip(&self, name: &'static str) -> Result<Option<bool>, ConfigError> {
        self.one_of(name, &[("gzip", Some(true)), ("none", Some(false))])
    }

    fn temporality(&self) -> Result<Option<Temporality>, ConfigError> {
        let known = [
            ("cumulative", Some(Temporality::Cumulative)),
            ("delta", Some(Temporality::Delta)),
            ("lowmemory", Some(Temporality::LowMemory)),
        ];
        self.one_of("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", &known)
    }

    #[cfg(feature = "rustls")]
    fn client_certificate(&self, names: &Names) -> Result<Option<CertificateAndKey>, ConfigError> {
        let (certificate, key) = (names.client_certificate, names.client_key);
        match (self.content(certificate)?, self.content(key)?) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (Some(_), None) => Err(ConfigError::Missing {
                missing: key,
                present: certificate,
            }),
            (None, Some(_)) => Err(ConfigError::Missing {
                missing: certificate,
                present: key,
            }),
        }
    }

    /// Of the file that a variable names.
    #[cfg(feature = "rustls")]
    fn content(&self, name: &'static str) -> Result<Option<Vec<u8>>, ConfigError> {
        let read = self.text(name).map(|path| {
            std::fs::read(&path).map_err(|error| {
                let problem = format!("names a file that cannot be read: {path}: {error}");
                ConfigError::invalid(name, problem)
            })
        });
        read.transpose()
    }
}
