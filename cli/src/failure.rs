//! How a command ends.

use std::process::ExitCode;
use turnspan::{ConfigError, SpoolFileError};

/// An end that was reached; its number is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum End {
    Fine = 0,
    Warned = 1,
    Failed = 2,
    /// `EX_USAGE` of sysexits.h.
    Usage = 64,
    /// As shells say it of SIGINT.
    Interrupted = 130,
}

/// Why something could not be done, and what to do about it. Never holds a key
/// or a password.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) remedy: Option<String>,
    pub(crate) end: End,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: None,
            end: End::Failed,
        }
    }

    /// The arguments do not say what is needed.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self {
            end: End::Usage,
            ..Self::new(what)
        }
    }

    pub(crate) fn interrupted() -> Self {
        Self {
            end: End::Interrupted,
            ..Self::new("interrupted")
        }
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(end as u8)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string()).remedy("mend the setting; `turnspan doctor` shows them all")
    }
}

impl From<SpoolFileError> for Failure {
    fn from(error: SpoolFileError) -> Self {
        let failure = Self::new(error.to_string());
        match error {
            SpoolFileError::Missing { .. } => failure
                .remedy("nothing has waited there yet; if it lies elsewhere, name it with --path"),
            SpoolFileError::NoSpool { .. } => failure.remedy("name another file with --path"),
            SpoolFileError::Damaged { .. } => {
                failure.remedy("the next program that uses it sets it aside and begins it anew")
            }
            SpoolFileError::LaterVersion { .. } => {
                failure.remedy("use that version's command line")
            }
            _ => failure,
        }
    }
}
