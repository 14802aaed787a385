//! OTLP while its settings are read.

use super::value::{Value, decoded};
use crate::config::ConfigError;
use crate::destination::{Otlp, OtlpProtocol, OtlpSettings, OtlpSignal};
use std::mem;

/// OTLP, and how it is spoken for all signals and for each.
#[derive(Default)]
pub(super) struct OtlpDraft {
    otlp: Otlp,
    /// Whether any endpoint is named: without one nothing leaves by OTLP.
    has_endpoint: bool,
    pub(super) all: Exports,
    pub(super) traces: Exports,
    pub(super) metrics: Exports,
    pub(super) logs: Exports,
}

/// Exports of all signals, or of one.
#[derive(Default)]
pub(super) struct Exports {
    settings: OtlpSettings,
    /// In PEM, as the next two.
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) client_certificate: Option<Vec<u8>>,
    pub(super) client_key: Option<Vec<u8>>,
}

impl OtlpDraft {
    pub(super) fn change(&mut self, change: impl FnOnce(Otlp) -> Otlp) {
        self.otlp = change(mem::take(&mut self.otlp));
    }

    pub(super) fn base(&mut self, url: &Value<'_>) -> Result<(), ConfigError> {
        self.has_endpoint = true;
        self.otlp = mem::take(&mut self.otlp).base(url.text)?;
        Ok(())
    }

    pub(super) fn endpoint(
        &mut self,
        signal: OtlpSignal,
        url: &Value<'_>,
    ) -> Result<(), ConfigError> {
        self.has_endpoint = true;
        self.otlp = mem::take(&mut self.otlp).endpoint_of(signal, url.text)?;
        Ok(())
    }

    /// Nothing if no endpoint is named; perhaps one whose signals are all off.
    pub(super) fn finish(self) -> Result<Option<Otlp>, ConfigError> {
        let otlp = self
            .otlp
            .settings(self.all.finish()?)
            .settings_of(OtlpSignal::Traces, self.traces.finish()?)
            .settings_of(OtlpSignal::Metrics, self.metrics.finish()?)
            .settings_of(OtlpSignal::Logs, self.logs.finish()?);
        Ok(self.has_endpoint.then_some(otlp))
    }
}

impl Exports {
    pub(super) fn change(&mut self, change: impl FnOnce(OtlpSettings) -> OtlpSettings) {
        self.settings = change(mem::take(&mut self.settings));
    }

    pub(super) fn protocol(&mut self, value: &Value<'_>) -> Result<(), ConfigError> {
        let protocol = OtlpProtocol::named(&value.text.to_ascii_lowercase());
        let protocol = protocol.ok_or_else(|| {
            let problem = "must be http/protobuf, grpc (feature `otlp-grpc`) or http/json \
                (feature `otlp-json`), not";
            value.invalid(format!("{problem} `{}`", value.text))
        })?;
        self.change(|settings| settings.protocol(protocol));
        Ok(())
    }

    pub(super) fn headers(&mut self, value: &Value<'_>) -> Result<(), ConfigError> {
        for (name, value) in value.pairs()? {
            self.change(|settings| settings.header(name, decoded(value)));
        }
        Ok(())
    }

    #[cfg(feature = "rustls")]
    fn finish(self) -> Result<OtlpSettings, ConfigError> {
        let mut settings = self.settings;
        if let Some(certificate) = self.certificate {
            settings = settings.certificate(certificate)?;
        }
        if let (Some(certificate), Some(key)) = (self.client_certificate, self.client_key) {
            settings = settings.client_certificate(certificate, &key)?;
        }
        Ok(settings)
    }

    #[cfg(not(feature = "rustls"))]
    #[expect(clippy::unnecessary_wraps, reason = "with TLS it may fail")]
    fn finish(self) -> Result<OtlpSettings, ConfigError> {
        Ok(self.settings)
    }
}
