//! Data flows one way through the crate, and so do its imports.

use std::fs;
use std::path::{Path, PathBuf};

/// What each stage may use of this crate, besides itself and the leaves.
const MAY_USE: [(&str, &[&str]); 19] = [
    ("config", &[]),
    ("context", &[]),
    ("conventions", &[]),
    ("conversation", &[]),
    ("process", &[]),
    ("dialect", &[]),
    ("escape", &[]),
    ("semconv", &[]),
    ("stats", &[]),
    ("urls", &[]),
    ("user_ids", &[]),
    ("operation", &[]),
    ("api", &["operation"]),
    ("provider", &["operation"]),
    ("span", &["operation"]),
    ("turn", &["operation"]),
    ("redact", &["turn", "operation"]),
    (
        "instrument",
        &["api", "provider", "operation", "span", "redact"],
    ),
    ("export", &["turn", "redact", "operation"]),
];

const LEAVES: [&str; 11] = [
    "config",
    "context",
    "conventions",
    "conversation",
    "process",
    "dialect",
    "escape",
    "semconv",
    "stats",
    "urls",
    "user_ids",
];

#[test]
fn stages_use_only_what_the_flow_allows() {
    let mut seen = 0;
    for (stage, allowed) in MAY_USE {
        for file in files_of(stage) {
            let text = fs::read_to_string(&file).unwrap();
            for used in paths_in(&text) {
                seen += 1;
                assert!(
                    used == stage || allowed.contains(&used) || LEAVES.contains(&used),
                    "{}: `{stage}` must not use `{used}`",
                    file.display(),
                );
            }
        }
    }
    assert!(
        seen > 50,
        "only {seen} paths found: does the test still see them?"
    );
}

#[test]
fn inline_paths_and_imports_are_both_seen() {
    let text = "use crate::turn::Turn;\nfn f() { crate::export::g() }\n// crate::nothing here";
    assert_eq!(paths_in(text), ["turn", "export"]);
}

/// The first segment of every `crate::` path outside comments.
fn paths_in(text: &str) -> Vec<&str> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
        .filter(|name| name.starts_with(|c: char| c.is_lowercase()))
        .collect()
}

fn files_of(stage: &str) -> Vec<PathBuf> {
    let file = Path::new("src").join(format!("{stage}.rs"));
    if file.exists() {
        vec![file]
    } else {
        rust_files(&Path::new("src").join(stage))
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
