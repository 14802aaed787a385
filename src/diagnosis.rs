//! What the command line asks of the library: which settings are in force, and
//! what destinations say when they are asked. No part of what this crate
//! promises.

pub use crate::environment::Given;
pub use crate::export::{Answer, Asked};

use crate::config::ConfigError;
use crate::environment::{self, FileVariables};
use crate::escape;
use crate::export::otlp::OtlpProbe;
use crate::export::tes::TesProbe;
use crate::export::{Otlp, SpoolFile, Tes};
use crate::urls;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a file and the environment say, not yet understood.
#[derive(Debug)]
pub struct Found {
    file: FileVariables,
}

/// Settings that were understood.
#[derive(Debug)]
pub struct InForce {
    /// Everything is switched off.
    pub disabled: bool,
    /// What was said and is not followed.
    pub ignored: Vec<String>,
    /// Where turns go.
    pub tes: Option<Tes>,
    otlp: Option<Otlp>,
}

/// How events wait.
#[derive(Debug)]
pub struct Waiting {
    /// In a file, or in memory.
    pub durable: bool,
    /// How much of them.
    pub max_bytes: u64,
    /// How long.
    pub max_age: Duration,
}

/// Somewhere to send to.
#[derive(Debug)]
pub struct Destination {
    /// `TES`, `OTLP traces` and so on.
    pub name: &'static str,
    /// Where it is, without what may be a secret.
    pub url: String,
    /// Its settings are of these variables.
    pub variables: &'static str,
    probe: Probe,
}

#[derive(Debug)]
enum Probe {
    Tes(TesProbe),
    Otlp(OtlpProbe),
}

impl Found {
    /// Reads the file, if one is named.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = file.map(environment::read_file).transpose()?;
        Ok(Self {
            file: file.unwrap_or_default(),
        })
    }

    /// The variables that say something, and where they do.
    pub fn given(&self) -> Vec<Given> {
        environment::given(&self.file)
    }

    /// Where a spool lies by these settings, whatever else they say.
    pub fn spool_path(&self) -> Option<PathBuf> {
        environment::value("TES_SPOOL_PATH", &self.file)
            .map(PathBuf::from)
            .or_else(SpoolFile::default_path)
    }

    /// Whether a spool may lie there; gives its folder if others may write in
    /// it. Nothing is made.
    pub fn check_spool_path(path: &Path) -> Result<Option<PathBuf>, String> {
        crate::export::check_place(path)
    }

    /// Understands them, as a program does at its start.
    pub fn understand(&self) -> Result<InForce, ConfigError> {
        let settings = environment::Settings::from_env(&self.file)?;
        Ok(InForce {
            disabled: settings.disabled.unwrap_or_default(),
            ignored: settings.ignored,
            tes: settings.tes,
            otlp: settings.otlp,
        })
    }
}

impl InForce {
    /// Everywhere something goes.
    pub fn destinations(&self) -> Vec<Destination> {
        let tes = self.tes.as_ref().map(|tes| Destination {
            name: "TES",
            url: tes.url.to_string(),
            variables: "TES_ENDPOINT",
            probe: Probe::Tes(TesProbe::new(tes)),
        });
        let otlp = self.otlp.iter().flat_map(Otlp::probes);
        let otlp = otlp.map(|(name, probe)| Destination {
            name,
            url: urls::shown(probe.url()),
            variables: "OTEL_EXPORTER_OTLP_ENDPOINT",
            probe: Probe::Otlp(probe),
        });
        tes.into_iter().chain(otlp).collect()
    }

    /// How events for TES wait.
    pub fn waiting(&self) -> Option<Waiting> {
        let spool = &self.tes.as_ref()?.spool;
        Some(Waiting {
            durable: spool.durable,
            max_bytes: spool.max_bytes,
            max_age: spool.max_age,
        })
    }

    /// TES, with its events in this file.
    pub fn tes_at(&self, spool: &Path) -> Option<Tes> {
        let tes = self.tes.clone()?;
        let mut settings = tes.spool.clone().path(spool);
        settings.durable = true;
        Some(tes.spool(settings))
    }

    /// Whose events go there: endpoint and client id, as a spool has them.
    pub fn owner(&self) -> Option<(String, String)> {
        let tes = self.tes.as_ref()?;
        Some((tes.url.to_string(), tes.client_id.clone()))
    }
}

impl Destination {
    /// Sends what changes nothing there.
    pub async fn ask(&self) -> Asked {
        match &self.probe {
            Probe::Tes(probe) => probe.ask().await,
            Probe::Otlp(probe) => probe.ask().await,
        }
    }
}

/// Text of others as it may be shown, line by line.
pub fn printable(text: &str) -> String {
    escape::printable(text)
}

/// Whether a terminal takes a character for an order, or text is turned by it.
pub fn is_order(c: char) -> bool {
    escape::is_order(c)
}
