//! The child that makes its calls and waits until they have arrived.

use super::child::{MOST_QUEUED, books, call, say, user};
use super::failure::Refusal;
use super::provider::openai;
use serde_json::json;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};
use turnspan::Telemetry;

const PATIENCE: Duration = Duration::from_secs(600);

/// One call of so many is refused for good.
const REFUSED: u64 = 25;

/// The id of a call by its number; those that the receiver refuses say so.
pub(crate) fn id(name: &str, number: u64) -> String {
    let mut refusals = Refusal::ALL.into_iter().cycle();
    let refusal = refusals.nth(usize::try_from(number / REFUSED).unwrap());
    let is_refused = number.is_multiple_of(REFUSED);
    let mark = refusal.filter(|_| is_refused).map_or("", Refusal::mark);
    format!("{name}-{number}{mark}")
}

pub(crate) fn run(telemetry: &Telemetry, name: &str, calls: u64) {
    let idle = resident("VmRSS:");
    let answer = openai::completion("Hi.");
    let mut times = Vec::new();
    for number in 0..calls {
        let messages = json!([user(&id(name, number))]);
        let begun = Instant::now();
        call(telemetry, &messages, &answer);
        times.push(begun.elapsed());
        while books(telemetry).queued > MOST_QUEUED {
            thread::sleep(Duration::from_micros(200));
        }
    }
    times.sort_unstable();
    let of = |share: usize| times[(times.len() - 1) * share / 100].as_nanos();
    say("made", &format!("{} {}", of(50), of(99)));
    // Refusals are told as an error.
    drop(telemetry.flush(PATIENCE));
    say(
        "grown",
        &resident("VmHWM:").saturating_sub(idle).to_string(),
    );
    drop(telemetry.shutdown(PATIENCE));
    let books = books(telemetry);
    assert!(books.balances(), "{books}");
    say(
        "books",
        &format!("{} {} {}", books.made, books.delivered, books.dead_lettered),
    );
    say("faults", &format!("{:?}", telemetry.stats().faults));
}

/// Memory of this process in KiB; where the system does not tell, none.
fn resident(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.map_or(0, |number| number.parse().unwrap())
}
