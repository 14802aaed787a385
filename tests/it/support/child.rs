//! A test as a process of its own: one that may abort, fork or hang.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const CASE: &str = "TURNSPAN_TEST_CASE";

/// No child takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs an ignored test of this program in a process of its own.
pub(crate) fn run(test: &str, case: &str) -> Output {
    run_with(test, case, &[])
}

/// As [`run`], with these variables in its environment.
pub(crate) fn run_with(test: &str, case: &str, variables: &[(&str, &str)]) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CASE, case)
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().unwrap()
}

/// What the test that runs this child asked for.
#[expect(clippy::disallowed_methods, reason = "how a child is told its case")]
pub(crate) fn case() -> String {
    std::env::var(CASE).unwrap()
}
