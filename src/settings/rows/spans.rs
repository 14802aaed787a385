//! Where spans go.

use crate::config::ConfigError;
use crate::destination::OtlpSignal;
use crate::settings::draft::Draft;
use crate::settings::setting::{Kind, ROW, Setting};
use crate::settings::value::Value;
use std::collections::BTreeSet;

use Kind::List;

pub(super) const EXPORTER: Setting = Setting {
    name: "OTEL_TRACES_EXPORTER",
    kind: List("`otlp`, `console` or `none`", span_exporters),
    default: "`otlp`",
    help: "Where spans are exported: `otlp`, `console` (a line for each call on \
        standard error, where OpenTelemetry says standard output), both \
        (`otlp,console`) or `none`.",
    ..ROW
};

/// Which of those that there are get spans.
fn span_exporters(draft: &mut Draft, names: &Value<'_>) -> Result<(), ConfigError> {
    const KNOWN: [&str; 3] = ["otlp", "console", "none"];
    const ELSEWHERE: [&str; 4] = ["logging", "zipkin", "jaeger", "prometheus"];
    let (known, others): (BTreeSet<String>, BTreeSet<String>) = { names.items() }
        .map(str::to_ascii_lowercase)
        .partition(|name| KNOWN.contains(&name.as_str()));
    for other in others {
        if !ELSEWHERE.contains(&other.as_str()) {
            return Err(names.is_none_of(&KNOWN, &other));
        }
        draft.ignore(names.setting, &other);
    }
    if known.is_empty() {
        return Ok(());
    }
    draft.settings.console = known.contains("console");
    if !known.contains("otlp") {
        draft.otlp.change(|otlp| otlp.without(OtlpSignal::Traces));
    }
    Ok(())
}
