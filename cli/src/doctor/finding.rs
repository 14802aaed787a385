//! What was found, how bad it is, and what to do about it.

use crate::escape::one_line;
use crate::failure::End;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

#[derive(Debug, Serialize)]
pub(super) struct Finding {
    level: Level,
    about: String,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// From the best to the worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    #[default]
    Ok,
    Warning,
    Problem,
}

#[derive(Serialize)]
pub(super) struct Report {
    worst: Level,
    findings: Vec<Finding>,
}

impl Finding {
    pub(super) fn fine(about: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Level::Ok, about, what)
    }

    pub(super) fn warning(about: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Level::Warning, about, what)
    }

    pub(super) fn problem(about: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Level::Problem, about, what)
    }

    fn new(level: Level, about: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            level,
            about: about.into(),
            what: what.into(),
            remedy: None,
        }
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl Report {
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        let worst = findings.iter().map(|finding| finding.level).max();
        Self {
            worst: worst.unwrap_or_default(),
            findings,
        }
    }

    pub(super) fn end(&self) -> End {
        match self.worst {
            Level::Ok => End::Fine,
            Level::Warning => End::Warned,
            Level::Problem => End::Failed,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = BTreeSet::new();
        for finding in &self.findings {
            let level = finding.level.word();
            let (about, what) = (&finding.about, one_line(&finding.what));
            writeln!(f, "{level:<8} {about:<13} {what}")?;
            let remedy = finding.remedy.as_ref();
            if let Some(remedy) = remedy.filter(|remedy| told.insert(*remedy)) {
                writeln!(f, "{:22} -> {}", "", one_line(remedy))?;
            }
        }
        Ok(())
    }
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}
