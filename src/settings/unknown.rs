//! Names that are no setting, with the nearest one that is.

use super::rows;

/// Whose variables nobody else has.
const OURS: [&str; 3] = ["TES_", "TURNSPAN_", "OTEL_INSTRUMENTATION_GENAI_"];

/// What to tell of the variables among these that are meant for us and unknown.
pub(super) fn warnings(names: impl Iterator<Item = String>) -> Vec<String> {
    let is_ours = |name: &String| OURS.iter().any(|start| name.starts_with(start));
    let unknown = names.filter(|name| is_ours(name) && !is_known(name));
    let mut unknown: Vec<String> = unknown.collect();
    unknown.sort_unstable();
    let warnings = unknown.iter().map(|name| match nearest(name) {
        Some(nearest) => {
            format!("unknown variable `{name}` is ignored; did you mean `{nearest}`?")
        }
        None => {
            format!("unknown variable `{name}` is ignored; remove it, or see docs/variables.md")
        }
    });
    warnings.collect()
}

pub(super) fn is_known(name: &str) -> bool {
    rows::settings().any(|setting| setting.name == name)
}

/// The setting whose name is nearest, if it is near: what it begins with, all of
/// them begin with.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    let distance = |known: &str| strsim::damerau_levenshtein(known, &upper);
    let names = rows::settings().map(|setting| setting.name);
    let nearest = names.min_by_key(|name| (distance(name), *name));
    nearest.filter(|nearest| {
        let starts = ["OTEL_", "TES_", "TURNSPAN_"];
        let own = starts.iter().find_map(|start| nearest.strip_prefix(start));
        distance(nearest) <= own.unwrap_or(nearest).len() / 3
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unknown_names_that_are_meant_for_us_are_told() {
        let names = [
            "TES_ENDPONT",
            "TES_API_KEY",
            "TURNSPAN_CACHE",
            "TURNSPAN_COLOR_OF_THE_SKY",
            "OTEL_EXPORTER_OTLP_ENDPONT",
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE",
            "TESTING",
        ];
        assert_eq!(
            warnings(names.into_iter().map(str::to_owned)),
            [
                "unknown variable `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE` is ignored; did you \
                 mean `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`?",
                "unknown variable `TES_ENDPONT` is ignored; did you mean `TES_ENDPOINT`?",
                "unknown variable `TURNSPAN_CACHE` is ignored; remove it, or see docs/variables.md",
                "unknown variable `TURNSPAN_COLOR_OF_THE_SKY` is ignored; remove it, or see \
                 docs/variables.md",
            ]
        );
    }
}
