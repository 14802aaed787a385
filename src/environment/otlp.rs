//! `OTEL_EXPORTER_OTLP_*` and what belongs to them.

use super::Variables;
use crate::config::ConfigError;
use crate::export::Otlp;
use percent_encoding::percent_decode_str;
use std::time::Duration;

impl Variables<'_> {
    pub(super) fn otlp(&self) -> Result<Option<Otlp>, ConfigError> {
        let mut otlp = match self.text("OTEL_EXPORTER_OTLP_ENDPOINT") {
            Some(base) => Otlp::new(&base)?,
            None => Otlp::nowhere(),
        };
        if let Some(traces) = self.traces("ENDPOINT") {
            otlp = otlp.traces_endpoint(&traces)?;
        }
        if let Some(metrics) = self.text("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") {
            otlp = otlp.metrics_endpoint(&metrics)?;
        }
        if let Some(logs) = self.text("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT") {
            otlp = otlp.logs_endpoint(&logs)?;
        }
        if !self.exports("OTEL_LOGS_EXPORTER")? {
            otlp = otlp.without_logs();
        }
        if !self.exports("OTEL_TRACES_EXPORTER")? {
            otlp = otlp.without_traces();
        }
        if !self.exports("OTEL_METRICS_EXPORTER")? {
            otlp = otlp.without_metrics();
        }
        if !otlp.goes_somewhere() {
            return Ok(None);
        }
        let general = self.text("OTEL_EXPORTER_OTLP_PROTOCOL");
        if let Some(protocol) = self.traces("PROTOCOL").or(general) {
            otlp = otlp.protocol(protocol.parse()?);
        }
        otlp = otlp.gzip(self.gzip()?);
        #[cfg(feature = "rustls")]
        if let Some(certificate) = self.certificate()? {
            otlp = otlp.certificate(certificate)?;
        }
        for (name, value) in self.headers()? {
            otlp = otlp.header(name, value);
        }
        let timeout = match self.number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")? {
            Some(timeout) => Some(timeout),
            None => self.number("OTEL_EXPORTER_OTLP_TIMEOUT")?,
        };
        Ok(Some(match timeout {
            Some(milliseconds) => otlp.timeout(Duration::from_millis(milliseconds)),
            None => otlp,
        }))
    }

    /// Whether a signal is to leave by OTLP, as is the default.
    fn exports(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.text(name).as_deref() {
            None | Some("otlp") => Ok(true),
            Some("none") => Ok(false),
            Some(other) => Err(ConfigError::invalid(
                name,
                format!("must be otlp or none, not `{other}`"),
            )),
        }
    }

    fn traces(&self, what: &str) -> Option<String> {
        self.text(&format!("OTEL_EXPORTER_OTLP_TRACES_{what}"))
    }

    /// Those of a file; values are percent-encoded, as in baggage. What the
    /// environment says of headers the exporters read, which know that those of
    /// one signal stand instead of the general ones, not beside them: they may
    /// be for another receiver.
    fn headers(&self) -> Result<Vec<(String, String)>, ConfigError> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_HEADERS";
        if (self.is_exported)(NAME) {
            return Ok(Vec::new());
        }
        let decoded = self.pairs(NAME)?.into_iter().map(|(name, value)| {
            let value = percent_decode_str(&value).decode_utf8_lossy();
            (name, value.into_owned())
        });
        Ok(decoded.collect())
    }

    fn gzip(&self) -> Result<bool, ConfigError> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_COMPRESSION";
        match self
            .traces("COMPRESSION")
            .or_else(|| self.text(NAME))
            .as_deref()
        {
            None | Some("none") => Ok(false),
            Some("gzip") => Ok(true),
            Some(other) => Err(ConfigError::invalid(
                NAME,
                format!("must be gzip or none, not `{other}`"),
            )),
        }
    }

    /// The file's content.
    #[cfg(feature = "rustls")]
    fn certificate(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
        let path = self.traces("CERTIFICATE").or_else(|| self.text(NAME));
        let read = path.map(|path| {
            std::fs::read(&path).map_err(|error| {
                ConfigError::invalid(
                    NAME,
                    format!("names a file that cannot be read: {path}: {error}"),
                )
            })
        });
        read.transpose()
    }
}
