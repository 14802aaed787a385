//! Variables before they are parsed.

use super::settings::Settings;
use crate::config::ConfigError;
use crate::settings::{self, FileVariables, Variable};
use crate::spool::SpoolFile;
use std::path::{Path, PathBuf};

/// The variables that the environment and a settings file set, not parsed yet.
#[derive(Debug)]
pub struct Variables {
    file: FileVariables,
}

impl Variables {
    /// Reads the file, if one is named. The environment overrides it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not valid TOML, or sets an unknown
    /// variable.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = file.map(settings::read_file).transpose()?;
        Ok(Self {
            file: file.unwrap_or_default(),
        })
    }

    /// Those that are set, sorted by name.
    pub fn list(&self) -> Vec<Variable> {
        settings::variables(&self.file)
    }

    /// Variables of the environment whose names begin with `TES_`, `TURNSPAN_` or
    /// `OTEL_INSTRUMENTATION_GENAI_` and are unknown: a message for each, with the
    /// nearest name. [`Settings::ignored`] has them too, where settings are valid.
    #[expect(clippy::unused_self, reason = "a file with such a name is refused")]
    pub fn unknown(&self) -> Vec<String> {
        settings::unknown_variables()
    }

    /// Parses them, as [`Builder::env`](crate::Builder::env) does.
    ///
    /// # Errors
    ///
    /// If a variable has an invalid value, or one that others need is not set.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let settings = settings::Settings::default().with_env(&self.file)?;
        Ok(Settings::from(settings))
    }

    /// The path of the spool, even where other variables are invalid:
    /// `TES_SPOOL_PATH`, default
    /// [`SpoolFile::default_path`](crate::SpoolFile::default_path).
    pub fn spool_path(&self) -> Option<PathBuf> {
        settings::value("TES_SPOOL_PATH", &self.file)
            .map(PathBuf::from)
            .or_else(SpoolFile::default_path)
    }
}
