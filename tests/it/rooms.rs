//! Data flows one way through the crate, and so do its imports; and a file is one
//! thing.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// What each room may use of this crate, besides itself and the leaves.
const MAY_USE: [(&str, &[&str]); 21] = [
    ("operation", &[]),
    ("framing", &[]),
    ("background", &[]),
    ("provider", &[]),
    ("propagation", &[]),
    ("format", &["operation", "framing"]),
    ("dialect", &["operation"]),
    ("span", &["operation"]),
    ("turn", &["operation", "dialect"]),
    ("redact", &["operation", "dialect", "turn"]),
    ("gate", &["dialect", "redact"]),
    (
        "record",
        &[
            "operation",
            "framing",
            "format",
            "provider",
            "propagation",
            "span",
            "redact",
        ],
    ),
    ("client", &["operation", "format", "propagation", "record"]),
    ("subscriber", &["operation"]),
    ("spool", &["background"]),
    ("delivery", &["background", "redact", "spool"]),
    (
        "pipeline",
        &[
            "operation",
            "background",
            "dialect",
            "gate",
            "redact",
            "span",
            "turn",
        ],
    ),
    (
        "destination",
        &[
            "operation",
            "background",
            "delivery",
            "dialect",
            "gate",
            "pipeline",
            "redact",
            "span",
            "spool",
            "turn",
        ],
    ),
    (
        "settings",
        &[
            "destination",
            "gate",
            "propagation",
            "provider",
            "redact",
            "spool",
        ],
    ),
    (
        "by_hand",
        &[
            "operation",
            "normalize",
            "pipeline",
            "record",
            "span",
            "turn",
        ],
    ),
    ("diagnosis", &["destination", "settings", "spool"]),
];

/// What everybody may use, and what uses nothing but its like.
const LEAVES: [&str; 12] = [
    "config",
    "context",
    "conventions",
    "conversation",
    "escape",
    "once",
    "process",
    "repair",
    "semconv",
    "stats",
    "urls",
    "user_ids",
];

/// Where everything is put together.
const ABOVE: [&str; 4] = ["fuzzing", "lib", "normalize", "telemetry"];

/// The crates that a room must not use, by how they begin.
const NOT_WITH: [(&str, &[&str]); 9] = [
    (
        "operation",
        &["opentelemetry", "http", "reqwest", "tokio", "tracing"],
    ),
    (
        "framing",
        &[
            "opentelemetry",
            "http",
            "reqwest",
            "tokio",
            "tracing",
            "serde",
        ],
    ),
    ("format", &["opentelemetry", "reqwest", "tokio", "tracing"]),
    (
        "provider",
        &["opentelemetry", "reqwest", "tokio", "tracing"],
    ),
    ("dialect", &["http", "reqwest", "tokio"]),
    ("turn", &["http", "reqwest", "tokio"]),
    ("pipeline", &["http", "reqwest", "rusqlite"]),
    ("spool", &["opentelemetry", "reqwest", "http"]),
    ("delivery", &["opentelemetry"]),
];

/// Lines of code that one file may have.
const MAX_LINES: usize = 250;

/// Written by a program.
const GENERATED: [&str; 1] = ["src/semconv.rs"];

#[test]
fn rooms_use_only_what_the_flow_allows() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (room, file, used) in rooms() {
        let allowed = MAY_USE.iter().find(|(name, _)| *name == room);
        let allowed = allowed.map_or(&[][..], |(_, allowed)| allowed);
        let not_with = NOT_WITH.iter().find(|(name, _)| *name == room);
        let not_with = not_with.map_or(&[][..], |(_, crates)| crates);
        for path in &used {
            seen += 1;
            let is_fine = match path {
                Used::Room(name) => {
                    *name == room || allowed.contains(&&**name) || LEAVES.contains(&&**name)
                }
                Used::Crate(name) => {
                    let is_one =
                        |start: &&str| name == start || name.starts_with(&format!("{start}_"));
                    !not_with.iter().any(is_one)
                }
            };
            if !is_fine && !ABOVE.contains(&&*room) {
                wrong.push(format!("{file}: `{room}` must not use `{path:?}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        seen > 1000,
        "only {seen} paths found: does the test still see them?"
    );
}

#[test]
fn every_room_has_its_row() {
    let known: BTreeSet<&str> = MAY_USE
        .iter()
        .map(|(room, _)| *room)
        .chain(LEAVES)
        .chain(ABOVE)
        .collect();
    let there: BTreeSet<String> = rooms().into_iter().map(|(room, ..)| room).collect();
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(there, known);
}

#[test]
fn paths_are_seen_however_they_are_written() {
    let text = "
        use crate::{turn::{Turn, ToolRun}, export};
        use super::super::gate::Gate;
        fn f() -> crate::stats::Stats { crate::spool::open(vec![crate::delivery::Pace]) }
        #[cfg(test)]
        mod tests { use crate::nothing::Here; }
    ";
    let used = used_in(text, &["pipeline", "seats"]);
    let rooms = ["delivery", "export", "gate", "spool", "stats", "turn"];
    assert_eq!(used, rooms.map(|it| Used::Room(it.to_owned())).into());
    let used = used_in("use tokio_util::x; use self::y::z;", &["pipeline"]);
    let expected = [
        Used::Room("pipeline".to_owned()),
        Used::Crate("tokio_util".to_owned()),
    ];
    assert_eq!(used, expected.into());
}

#[test]
fn a_file_is_no_longer_than_can_be_read_at_once() {
    let mut long = BTreeMap::new();
    for folder in ["src", "cli/src"] {
        let files = rust_files(Path::new(folder)).into_iter();
        for file in files.filter(|file| !is_of_tests(file)) {
            let lines = lines_of_code(&fs::read_to_string(&file).unwrap());
            let file = file.display().to_string();
            if lines > MAX_LINES && !GENERATED.contains(&&*file) {
                long.insert(file, lines);
            }
        }
    }
    assert!(
        long.is_empty(),
        "more than {MAX_LINES} lines of code: {long:#?}"
    );
}

/// Those that are neither empty nor comments, up to the tests.
fn lines_of_code(text: &str) -> usize {
    let lines = text.lines().map(str::trim);
    let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//");
    let lines: Vec<&str> = lines.filter(is_code).collect();
    let begins_tests = |pair: &[&str]| matches!(pair, ["#[cfg(test)]", module] if module.ends_with('{') && module.contains("mod "));
    let tests = lines.windows(2).position(begins_tests);
    tests.unwrap_or(lines.len())
}

/// What a path begins with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Used {
    Room(String),
    Crate(String),
}

/// Each file, its room, and what it uses but for its tests.
fn rooms() -> Vec<(String, String, BTreeSet<Used>)> {
    let files = rust_files(Path::new("src")).into_iter();
    let files = files.filter(|file| !is_of_tests(file));
    let room = |file: PathBuf| {
        let within = file.strip_prefix("src").unwrap().with_extension("");
        let module: Vec<String> = within
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .filter(|part| part != "mod")
            .collect();
        let text = fs::read_to_string(&file).unwrap();
        let parts: Vec<&str> = module.iter().map(String::as_str).collect();
        let used = used_in(&text, &parts);
        (module[0].clone(), file.display().to_string(), used)
    };
    files.map(room).collect()
}

/// Whether a file is a module of tests alone, by its name.
fn is_of_tests(file: &Path) -> bool {
    let name = file.file_stem().unwrap().to_str().unwrap();
    name == "tests" || name.ends_with("_tests")
}

fn used_in(text: &str, module: &[&str]) -> BTreeSet<Used> {
    let mut paths = Paths {
        module: module.iter().map(|part| (*part).to_owned()).collect(),
        used: BTreeSet::new(),
    };
    paths.visit_file(&syn::parse_file(text).unwrap());
    paths.used
}

struct Paths {
    module: Vec<String>,
    used: BTreeSet<Used>,
}

impl Paths {
    fn take(&mut self, path: &[String]) {
        let mut rest = path;
        let mut module = self.module.as_slice();
        match path.first().map(String::as_str) {
            Some("crate") => (module, rest) = (&[], &path[1..]),
            Some("self") => rest = &path[1..],
            Some("super") => {}
            Some(name) if path.len() > 1 && name.starts_with(char::is_lowercase) => {
                self.used.insert(Used::Crate(name.to_owned()));
                return;
            }
            _ => return,
        }
        while let Some(("super", others)) = rest.split_first().map(|(it, rest)| (&**it, rest)) {
            module = &module[..module.len() - 1];
            rest = others;
        }
        let room = module.first().or_else(|| rest.first());
        // What stands at the root is for those who use the crate.
        let room = room.filter(|room| room.starts_with(char::is_lowercase));
        self.used.extend(room.cloned().map(Used::Room));
    }

    fn take_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.take_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.take(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.take(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.take(&[before, &["*".to_owned()]].concat()),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_tree(before, tree);
                }
            }
        }
    }

    /// Paths between the tokens of a macro, which nobody has parsed.
    fn take_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if path.is_empty() || colons == 2 => {
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.take_tokens(group.stream()),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            self.take(&std::mem::take(&mut path));
            colons = 0;
        }
        self.take(&path);
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.take_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        let segments: Vec<String> = segments.map(|it| it.ident.to_string()).collect();
        self.take(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.take_tokens(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            let tokens = attribute
                .meta
                .require_list()
                .map(|list| list.tokens.to_string());
            attribute.path().is_ident("cfg") && tokens.is_ok_and(|it| it == "test")
        };
        if item.attrs.iter().any(is_test) {
            return;
        }
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| {
        if path.is_dir() {
            rust_files(&path)
        } else {
            vec![path]
        }
    });
    let mut files: Vec<PathBuf> = files
        .filter(|it| it.extension().is_some_and(|it| it == "rs"))
        .collect();
    files.sort();
    files
}
