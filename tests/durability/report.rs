//! What a test found, for people: printed, and kept in `docs/soak.md` by
//! `just soak`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// How much more `just soak` asks for.
pub(crate) fn is_soak() -> bool {
    std::env::var_os("TURNSPAN_SOAK").is_some()
}

/// Where the random choices of a test begin: `TURNSPAN_SEED`, else anywhere.
pub(crate) fn seed(report: &mut Report) -> fastrand::Rng {
    let given = std::env::var_os("TURNSPAN_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    report.say(format!("TURNSPAN_SEED={seed}"));
    fastrand::Rng::with_seed(seed)
}

pub(crate) struct Report {
    title: &'static str,
    lines: String,
}

impl Report {
    pub(crate) fn of(title: &'static str) -> Self {
        Self {
            title,
            lines: String::new(),
        }
    }

    #[expect(clippy::print_stdout, reason = "for people")]
    pub(crate) fn say(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        println!("{}: {line}", self.title);
        writeln!(self.lines, "- {line}").unwrap();
    }

    /// All went well. The section of the page is that of the last soak.
    pub(crate) fn keep(self) {
        if !is_soak() {
            return;
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/soak.md");
        let there = fs::read_to_string(&path).unwrap_or_default();
        let mut sections: Vec<(&str, &str)> = there
            .split("\n## ")
            .skip(1)
            .filter_map(|section| section.split_once('\n'))
            .collect();
        sections.retain(|(title, _)| *title != self.title);
        sections.push((self.title, &self.lines));
        sections.sort_unstable();
        let mut page = String::from(PAGE_HEAD);
        for (title, lines) in sections {
            write!(page, "\n## {title}\n\n{}\n", lines.trim()).unwrap();
        }
        fs::write(path, page).unwrap();
    }
}

const PAGE_HEAD: &str = "\
# The last soak

What the long runs of `tests/durability/` and `tests/it/random_faults/` found,
written by `just soak`; every run of `cargo test` does the same in small. A
failure writes nothing here.
";
