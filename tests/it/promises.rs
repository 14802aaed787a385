//! `docs/promises.md`: what is promised, and the test that would fail.
//!
//! A test, or a check of a bench, that proves a promise says so above itself: `Promise, <part>: ...`,
//! and perhaps `Figure: ...`. The page is written from these.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/promises.md";

const HEAD: &str = "\
# Promises

What turnspan promises, and the test that fails when a promise is broken. This
page is written from the tests (`TURNSPAN_UPDATE=1 cargo test --test it promises`).
";

/// The parts of the page, in their order.
const PARTS: [(&str, &str); 4] = [
    ("process", "Your call and your process"),
    ("leaves", "What leaves the process"),
    ("kept", "What is kept and delivered"),
    ("cost", "What it costs"),
];

/// A promise as a test has it.
#[derive(Debug, Default)]
struct Promise {
    part: String,
    sentence: String,
    figure: String,
    test: String,
}

#[test]
fn the_page_says_what_the_tests_prove() {
    let promises = promises();
    let mut page = HEAD.to_owned();
    for (part, title) in PARTS {
        let of_part = promises.iter().filter(|promise| promise.part == part);
        writeln!(
            page,
            "\n## {title}\n\n| promise | figure | test |\n|---|---|---|"
        )
        .unwrap();
        for promise in of_part {
            let Promise {
                sentence,
                figure,
                test,
                ..
            } = promise;
            writeln!(page, "| {sentence} | {figure} | `{test}` |").unwrap();
        }
    }
    let unknown = promises
        .iter()
        .find(|it| PARTS.iter().all(|(part, _)| *part != it.part));
    assert!(unknown.is_none(), "of no part of the page: {unknown:?}");
    if std::env::var_os("TURNSPAN_UPDATE").is_some() {
        return fs::write(PAGE, page).unwrap();
    }
    let known = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        known == page,
        "{PAGE} is not what the tests say: run `TURNSPAN_UPDATE=1 cargo test --test it promises`",
    );
}

#[test]
fn a_promise_is_read_with_its_figure_and_its_test() {
    let text =
        "/// Promise, kept: One\n/// sentence.\n/// Figure: two.\n#[test]\nfn it_holds() {}\n";
    let mut found = Vec::new();
    read(text, "it::kept", &mut found);
    let [promise] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(promise.part, "kept");
    assert_eq!(promise.sentence, "One sentence.");
    assert_eq!(promise.figure, "two.");
    assert_eq!(promise.test, "it::kept::it_holds");
}

/// By file and line, so that the page does not change by itself.
fn promises() -> Vec<Promise> {
    let mut files = BTreeMap::new();
    for (folder, prefix) in [
        ("tests", ""),
        ("src", "turnspan::"),
        ("cli/src", "cli::"),
        ("cli/tests", "cli::tests::"),
        ("benches", "benches::"),
    ] {
        for file in rust_files(Path::new(folder)) {
            let module = file.strip_prefix(folder).unwrap().with_extension("");
            let module = module.to_str().unwrap().replace('/', "::");
            let module = module.trim_end_matches("::mod").trim_end_matches("::main");
            files.insert(
                format!("{prefix}{module}"),
                fs::read_to_string(&file).unwrap(),
            );
        }
    }
    let mut promises = Vec::new();
    for (module, text) in &files {
        read(text, module, &mut promises);
    }
    promises
}

fn read(text: &str, module: &str, promises: &mut Vec<Promise>) {
    let mut promise: Option<Promise> = None;
    let mut in_figure = false;
    for line in text.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("/// Promise, ") {
            let (part, sentence) = said.split_once(": ").unwrap();
            in_figure = false;
            promise = Some(Promise {
                part: part.to_owned(),
                sentence: sentence.to_owned(),
                ..Promise::default()
            });
        } else if let Some(known) = &mut promise {
            if let Some(figure) = line.strip_prefix("/// Figure: ") {
                in_figure = true;
                figure.clone_into(&mut known.figure);
            } else if let Some(more) = line.strip_prefix("/// ") {
                let said = if in_figure {
                    &mut known.figure
                } else {
                    &mut known.sentence
                };
                said.push(' ');
                said.push_str(more);
            } else if let Some((_, rest)) = line.split_once("fn ") {
                let name = rest.split_once('(').unwrap().0;
                known.test = format!("{module}::{name}");
                promises.extend(promise.take());
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => rust_files(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}
