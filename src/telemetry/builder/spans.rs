//! The destinations of spans: OTLP, the console, exporters of the user's.

use super::Builder;
use crate::background::runtime::Runtime;
use crate::config::ConfigError;
use crate::destination::console::Console;
use crate::destination::exporter::SpanDestination;
use crate::settings;
use crate::stats::{Account, Fault, Stats};
use opentelemetry_sdk::Resource;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Builder {
    pub(super) fn span_destinations(
        &mut self,
        mut names: BTreeSet<String>,
        resource: &Resource,
        runtime: &Runtime,
        stats: &Arc<Stats>,
    ) -> Result<Vec<SpanDestination>, ConfigError> {
        let otlp = self
            .settings
            .otlp
            .take()
            .and_then(|otlp| otlp.spans(runtime.handle()));
        let otlp = otlp.transpose()?;
        let mut destinations = Vec::new();
        if let Some(mut exporter) = otlp {
            exporter.set_resource(resource);
            let account = Account::new("otlp");
            let otlp =
                SpanDestination::start(account, exporter, self.settings.batching, runtime, stats);
            let own_only = self.settings.otlp_is_of_variables;
            destinations.push(otlp.shedding().of_own_spans(own_only));
        }
        if self.settings.console {
            let console = Box::new(Console::on_stderr(settings::no_color()));
            let account = Account::new("console");
            let console =
                SpanDestination::start_apart(account, console, self.settings.batching, stats);
            destinations.push(console.map_err(ConfigError::Thread)?);
        }
        for (name, mut exporter) in self.exporters.drain(..) {
            stats.guard(Fault::ExporterPanicked, || exporter.set_resource(resource));
            let account = Account::new(name_beside(&mut names, &name));
            let theirs =
                SpanDestination::start_apart(account, exporter, self.settings.batching, stats);
            destinations.push(theirs.map_err(ConfigError::Thread)?);
        }
        Ok(destinations)
    }
}

/// The name, or the first with a number that nobody has.
pub(super) fn name_beside(taken: &mut BTreeSet<String>, name: &str) -> String {
    let numbered = (2_u64..).map(|number| format!("{name}_{number}"));
    let mut names = [name.to_owned()].into_iter().chain(numbered);
    let free = names.find(|name| taken.insert(name.clone()));
    free.unwrap_or_default()
}
