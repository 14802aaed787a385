//! `turnspan doctor`: what is set, what answers, and what waits.
//!
//! Nothing is sent that a receiver would keep, unless a test event is asked
//! for.

mod answer;
mod endpoints;
mod finding;
mod spool;
mod test_event;

use crate::failure::{End, Failure};
use crate::output::Output;
use crate::until_interrupted;
use clap::Args;
use finding::{Finding, Report};
use std::path::PathBuf;
use turnspan::diagnosis::{Settings, Variables};

/// Says which settings are in force, whether destinations answer, and how the
/// spool is
#[derive(Args)]
#[command(after_help = "Exit codes: 0 all is well, 1 there are warnings, 2 there are problems")]
pub(crate) struct Doctor {
    /// A file of settings; the environment overrides it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sends TES an event, which it keeps
    #[arg(long)]
    send_test_event: bool,
}

impl Doctor {
    pub(crate) fn run(&self, output: &Output) -> Result<End, Failure> {
        let report = Report::of(self.findings(output)?);
        output.report(&report)?;
        Ok(report.end())
    }

    fn findings(&self, output: &Output) -> Result<Vec<Finding>, Failure> {
        let variables = match Variables::read(self.config.as_deref()) {
            Ok(variables) => variables,
            Err(error) => {
                let finding = Finding::problem("settings", error.to_string());
                return Ok(vec![
                    finding.remedy("mend the file, or name another with --config"),
                ]);
            }
        };
        let mut findings = listed(&variables);
        match variables.settings() {
            Ok(settings) => {
                findings.extend(self.settings(&settings));
                findings.extend(until_interrupted(output, endpoints::probe(&settings))?);
                if self.send_test_event {
                    findings.push(test_event::send(&settings));
                }
                findings.extend(spool::look(&variables, &settings));
            }
            Err(error) => {
                findings.extend(variables.unknown().iter().map(ignored));
                let finding = Finding::problem("settings", error.to_string());
                findings.push(finding.remedy("mend this first: no program starts with it"));
            }
        }
        Ok(findings)
    }

    #[expect(clippy::unused_self, reason = "a step of the diagnosis")]
    fn settings(&self, settings: &Settings) -> Vec<Finding> {
        let mut findings: Vec<Finding> = settings.ignored.iter().map(ignored).collect();
        if settings.is_disabled {
            let what = "OTEL_SDK_DISABLED is true, so nothing is sent";
            findings.push(Finding::warning("settings", what).remedy("take it away"));
        } else if settings.endpoints().is_empty() && !settings.console {
            let what = "nothing is configured, so nothing is sent";
            let remedy = "set OTEL_EXPORTER_OTLP_ENDPOINT, or TES_ENDPOINT, TES_CLIENT_ID and \
                          TES_API_KEY (`turnspan init` gets them)";
            findings.push(Finding::warning("settings", what).remedy(remedy));
        }
        findings
    }
}

/// A variable that does nothing.
fn ignored(what: &String) -> Finding {
    Finding::warning("settings", what)
        .remedy("correct it, or remove it if it is set for this program only")
}

/// Each variable that is set.
fn listed(variables: &Variables) -> Vec<Finding> {
    let variables = variables.list().into_iter();
    let findings = variables.map(|variable| {
        let source = if variable.is_from_environment {
            "environment"
        } else {
            "file"
        };
        let what = format!("{} = {} ({source})", variable.name, variable.value);
        Finding::fine("settings", what)
    });
    findings.collect()
}
