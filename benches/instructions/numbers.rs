//! The numbers that are committed, and whether those of this run are the same.

use crate::callgrind::{Count, run};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};
use toml::{Table, Value};

/// How far a number may be from the committed one, in percent.
const TOLERANCE: u64 = 3;

/// Instructions that the allocator may take more or less.
const SLACK: u64 = 100;

const FILE: &str = "benches/instructions/numbers.toml";

/// What each scenario took, and where.
pub(crate) struct Numbers {
    machine: BTreeMap<String, String>,
    calls: BTreeMap<String, Count>,
}

impl Numbers {
    pub(crate) fn of(calls: impl IntoIterator<Item = (String, Count)>) -> Self {
        Self {
            machine: machine(),
            calls: calls.into_iter().collect(),
        }
    }

    /// Compares with the committed numbers, or commits these, if that is asked.
    /// Returns whether they hold, as far as they can be compared here.
    pub(crate) fn hold(&self) -> bool {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        if env::var_os("TURNSPAN_UPDATE").is_some() {
            fs::write(path, self.written()).unwrap();
            return true;
        }
        let known: Table = fs::read_to_string(path).unwrap().parse().unwrap();
        let is_comparable = self.is_of_machine(&known);
        let mut holds = true;
        for (name, count) in &self.calls {
            let before = known.get(name).and_then(Value::as_table);
            let is_same = is_near(name, *count, before);
            holds &= is_same || !is_comparable;
        }
        if !holds {
            println!(
                "{FILE} is another: `TURNSPAN_UPDATE=1 scripts/instructions` if that is meant"
            );
        }
        holds
    }

    fn is_of_machine(&self, known: &Table) -> bool {
        let of = known.get("machine").and_then(Value::as_table);
        let mut is_same = true;
        for (key, here) in &self.machine {
            let there = of.and_then(|of| of.get(key)?.as_str()).unwrap_or("nothing");
            if there != here {
                println!("{key}: `{here}` here, `{there}` in {FILE}: nothing is asserted");
                is_same = false;
            }
        }
        is_same
    }

    fn written(&self) -> String {
        let mut text = format!(
            "# What a call costs the task that makes it, by `scripts/instructions`:\n\
             # instructions, and allocations, beyond those of a client that nobody watches.\n\
             # Written by `TURNSPAN_UPDATE=1 scripts/instructions`; asserted to \u{b1}{TOLERANCE} % \
             where the\n# machine is the same, and reported elsewhere.\n\n[machine]\n"
        );
        for (key, value) in &self.machine {
            writeln!(text, "{key} = \"{value}\"").unwrap();
        }
        for (name, count) in &self.calls {
            let Count {
                instructions,
                allocations,
            } = count;
            writeln!(
                text,
                "\n[{name}]\ninstructions = {instructions}\nallocations = {allocations}"
            )
            .unwrap();
        }
        text
    }
}

/// Prints a scenario's numbers beside the committed ones.
fn is_near(name: &str, count: Count, before: Option<&Table>) -> bool {
    let here = [
        ("instructions", count.instructions, SLACK),
        ("allocations", count.allocations, 0),
    ];
    let mut is_near = true;
    for (key, here, slack) in here {
        let there = before.and_then(|before| before.get(key)?.as_integer());
        let there = there.and_then(|there| u64::try_from(there).ok());
        let is_same = there.is_some_and(|there| {
            let allowed = (there * TOLERANCE / 100).max(slack);
            here.abs_diff(there) <= allowed
        });
        is_near &= is_same;
        let there = there.map_or_else(|| "nothing".to_owned(), |there| there.to_string());
        let mark = if is_same { "" } else { " DIFFERS" };
        println!("{name}: {here} {key} a call, committed: {there}{mark}");
    }
    is_near
}

/// What instructions depend on besides our sources.
fn machine() -> BTreeMap<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let features = run(&["features"]).printed;
    [
        ("compiler", first_line(Command::new(rustc).arg("--version"))),
        ("cpu", format!("{}: {}", env::consts::ARCH, features.trim())),
        ("libc", first_line(Command::new("ldd").arg("--version"))),
        (
            "valgrind",
            first_line(Command::new("valgrind").arg("--version")),
        ),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

/// What a program says of itself; nothing if there is none.
fn first_line(program: &mut Command) -> String {
    let output = program.output().map(|it| it.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    text.lines().next().unwrap_or_default().to_owned()
}

/// What the processor has of that by which libraries choose between their ways,
/// as valgrind shows it.
pub(crate) fn print_features() {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("erms", is_x86_feature_detected!("ermsb")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("sha", is_x86_feature_detected!("sha")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let features: [(&str, bool); 0] = [];
    let there = features.iter().filter(|(_, is_there)| *is_there);
    let names: Vec<&str> = there.map(|(name, _)| *name).collect();
    println!("{}", names.join(" "));
}
