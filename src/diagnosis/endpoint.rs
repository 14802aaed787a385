//! Somewhere that data is sent to, and whether it answers.

use crate::destination::otlp::OtlpProbe;
use crate::destination::tes::TesProbe;
use crate::destination::{Otlp, ProbeError, ProbeResponse, Tes};
use crate::urls;
use tokio::runtime::Handle;

/// Somewhere that data is sent to: TES, or the receiver of one OTLP signal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Endpoint {
    /// `TES`, `OTLP traces`, `OTLP metrics` or `OTLP logs`.
    pub name: &'static str,
    /// Its URL without user, password and query.
    pub url: String,
    /// The variable that sets the URL.
    pub variable: &'static str,
    probe: Probe,
}

#[derive(Debug)]
enum Probe {
    Tes(TesProbe),
    Otlp(OtlpProbe),
}

impl Endpoint {
    pub(super) fn tes(tes: &Tes) -> Self {
        Self {
            name: "TES",
            url: tes.url.to_string(),
            variable: "TES_ENDPOINT",
            probe: Probe::Tes(TesProbe::new(tes)),
        }
    }

    pub(super) fn otlp(otlp: &Otlp) -> impl Iterator<Item = Self> {
        otlp.probes().map(|(name, probe)| Self {
            name,
            url: urls::shown(probe.url()),
            variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
            probe: Probe::Otlp(probe),
        })
    }

    /// Sends a request of which the receiver keeps nothing, with the headers
    /// and the protocol that are set: a query to TES, an empty export to a
    /// receiver of OTLP. Waits for at most 10 s. Needs a tokio runtime with I/O
    /// and time.
    ///
    /// # Errors
    ///
    /// If there is no answer. A refusal is an answer: see
    /// [`ProbeResponse::status`].
    pub async fn probe(&self) -> Result<ProbeResponse, ProbeError> {
        let runtime = Handle::try_current().map_err(|error| ProbeError(error.to_string()))?;
        match &self.probe {
            Probe::Tes(probe) => probe.send().await,
            Probe::Otlp(probe) => probe.send(&runtime).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    #[test]
    fn without_a_runtime_a_probe_is_an_error() {
        let tes = Tes::new("http://127.0.0.1:1", "acme", "tes_key").unwrap();
        let otlp = Otlp::new("http://127.0.0.1:1").unwrap();
        for endpoint in [Endpoint::tes(&tes)]
            .into_iter()
            .chain(Endpoint::otlp(&otlp))
        {
            let error = block_on(endpoint.probe()).unwrap_err().to_string();
            assert!(error.contains("no reactor running"), "{error}");
        }
    }
}
