//! Where values come from. An empty one counts as unset, as the OpenTelemetry
//! specification asks.

use crate::config::Secret;
use std::collections::BTreeMap;
use std::env;

/// Variables of a file, by name. Their values may be secrets.
pub(crate) type FileVariables = BTreeMap<String, Secret>;

pub(super) fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
    filled(&env::var(name).ok()?)
}

/// The names of all variables that are set; one that is no text is no setting.
pub(super) fn environment_names() -> impl Iterator<Item = String> {
    env::vars_os().filter_map(|(name, _)| name.into_string().ok())
}

pub(super) fn of_file(file: &FileVariables, name: &str) -> Option<String> {
    filled(file.get(name)?.expose())
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether `NO_COLOR` asks for output without colors: any value but an empty one
/// ([no-color.org](https://no-color.org)).
pub(crate) fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// What `RUST_LOG` says.
pub(crate) fn log_filter() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
    env::var("RUST_LOG").ok()
}
