//! What callgrind counts of a run of this program: on the thread that calls
//! [`counted`], inside of it.

use std::collections::HashMap;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is measured is done in here: callgrind knows the function by its name.
#[inline(never)]
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

/// As callgrind writes it.
const COUNTED: &str = "instructions::callgrind::counted";

/// What was done in one [`counted`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) instructions: u64,
    pub(crate) allocations: u64,
}

impl Count {
    /// What this costs beyond `other`, a share of `calls`.
    pub(crate) fn beyond(self, other: Self, calls: u64) -> Self {
        Self {
            instructions: self.instructions.saturating_sub(other.instructions) / calls,
            allocations: self.allocations.saturating_sub(other.allocations) / calls,
        }
    }
}

/// What a run printed, and what each of its [`counted`] took, in their order.
pub(crate) struct Run {
    pub(crate) printed: String,
    pub(crate) counts: Vec<Count>,
}

/// Runs this program with these arguments under callgrind.
pub(crate) fn run(arguments: &[&str]) -> Run {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("instructions");
    let folder = folder.join(arguments.join("-").replace(['/', ' '], "_"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let out = folder.join("out");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--separate-threads=yes"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().unwrap())
        .args(arguments)
        .output()
        .expect("valgrind is installed");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complaints}");
    Run {
        printed: String::from_utf8(output.stdout).unwrap(),
        counts: profiles(&folder).iter().map(|it| count(it)).collect(),
    }
}

/// One file a region of the first thread, numbered from 1. What follows the last
/// is of no region.
fn profiles(folder: &Path) -> Vec<PathBuf> {
    let numbered = (1..).map(|number| folder.join(format!("out.{number}-01")));
    let profiles = numbered.take_while(|path| path.exists());
    profiles.filter(|path| is_of_a_region(path)).collect()
}

fn is_of_a_region(profile: &Path) -> bool {
    let text = fs::read_to_string(profile).unwrap();
    text.contains(&format!("Trigger: --dump-after={COUNTED}"))
}

/// Reads a profile in callgrind's
/// [format](https://valgrind.org/docs/manual/cl-format.html).
fn count(profile: &Path) -> Count {
    let text = fs::read_to_string(profile).unwrap();
    let mut count = Count::default();
    let mut names = HashMap::new();
    let mut is_allocator = false;
    for line in text.lines() {
        if let Some(total) = line.strip_prefix("totals: ") {
            count.instructions = total.parse().unwrap();
        } else if let Some(function) = line.strip_prefix("fn=") {
            name(function, &mut names);
        } else if let Some(called) = line.strip_prefix("cfn=") {
            is_allocator = ALLOCATORS.contains(&&*name(called, &mut names));
        } else if let Some(calls) = line.strip_prefix("calls=").filter(|_| is_allocator) {
            let times = calls.split(' ').next().unwrap();
            count.allocations += times.parse::<u64>().unwrap();
        }
    }
    count
}

const ALLOCATORS: [&str; 5] = [
    "malloc",
    "calloc",
    "realloc",
    "aligned_alloc",
    "posix_memalign",
];

/// A name is written once, with a number that stands for it from then on.
fn name(written: &str, names: &mut HashMap<String, String>) -> String {
    match written.split_once(") ") {
        Some((number, name)) => {
            names.insert(format!("{number})"), name.to_owned());
            name.to_owned()
        }
        None => names.get(written).cloned().unwrap_or_default(),
    }
}
