//! Settings while they are read.

use super::Settings;
use super::otlp::OtlpDraft;
use super::redact::RedactionDraft;
use crate::config::ConfigError;
use crate::destination::{Lines, Otlp, Tes};
use crate::spool::SpoolSettings;

/// Settings that are being read, and what is not whole yet.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) settings: Settings,
    pub(super) otlp: OtlpDraft,
    pub(super) account: Account,
    /// Made of the account, before anything else of TES is read.
    pub(super) tes: Option<Tes>,
    pub(super) lines: Option<Lines>,
    /// Where turns wait, wherever they go.
    pub(super) spool: SpoolSettings,
    pub(super) has_hmac_user_ids: bool,
    pub(super) user_id_key: Option<String>,
    pub(super) tes_redaction: RedactionDraft,
    pub(super) span_redaction: RedactionDraft,
    pub(super) sampler: Option<String>,
    pub(super) sampler_argument: Option<String>,
}

/// Of whom TES takes events.
#[derive(Default)]
pub(super) struct Account {
    pub(super) endpoint: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) api_key: Option<String>,
}

impl Draft {
    /// Of what was set before, for what is read to override.
    pub(super) fn of(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    pub(super) fn finish(self) -> Result<Settings, ConfigError> {
        let mut settings = self.settings;
        if let Some(otlp) = self.otlp.finish()? {
            settings.otlp = Some(otlp).filter(Otlp::goes_somewhere);
            settings.otlp_is_of_variables = true;
        }
        let spool = self.spool;
        let tes = self.tes.map(|tes| tes.spool(spool.clone()));
        settings.tes = tes.or(settings.tes);
        let lines = self.lines.map(|lines| lines.spool(spool));
        settings.lines = lines.or(settings.lines);
        Ok(settings)
    }

    /// Notes, once, what was said and is not followed. What a file says is read
    /// again behind the environment.
    pub(super) fn ignore(&mut self, setting: &str, value: &str) {
        self.note(format!(
            "{setting}: `{value}` is not supported and was ignored"
        ));
    }

    /// Notes, once, a value that is wrong and counts as unset.
    pub(super) fn pass_over(&mut self, error: &ConfigError) {
        self.note(format!("{error}; it was ignored"));
    }

    fn note(&mut self, what: String) {
        if !self.settings.ignored.contains(&what) {
            self.settings.ignored.push(what);
        }
    }

    pub(super) fn tes(&mut self, change: impl FnOnce(Tes) -> Tes) {
        self.tes = self.tes.take().map(change);
    }

    pub(super) fn try_tes(
        &mut self,
        change: impl FnOnce(Tes) -> Result<Tes, ConfigError>,
    ) -> Result<(), ConfigError> {
        self.tes = self.tes.take().map(change).transpose()?;
        Ok(())
    }

    pub(super) fn spool(&mut self, change: impl FnOnce(SpoolSettings) -> SpoolSettings) {
        self.spool = change(std::mem::take(&mut self.spool));
    }

    /// Whether turns go anywhere.
    pub(super) fn has_turns(&self) -> bool {
        self.tes.is_some() || self.lines.is_some()
    }
}
