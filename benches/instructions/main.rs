//! What calls cost by instructions, which are the same on a machine that is busy.
//!
//! Without an argument it runs itself under callgrind: bodies that are made to
//! hurt, beside `serde_json::Value`, and ten ordinary calls, beside the committed
//! numbers ([`numbers`]). `scripts/instructions` is the way to call it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a bench prints and may stop"
)]

mod callgrind;
mod calls;
mod hostile;
mod numbers;
#[path = "../support/mod.rs"]
mod support;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["features"] => numbers::print_features(),
        ["count", "hostile"] => hostile::count(),
        ["count", name] => calls::count(name),
        _ => return measure(),
    }
    ExitCode::SUCCESS
}

fn measure() -> ExitCode {
    let is_bounded = hostile::compare();
    let is_same = calls::numbers().hold();
    if is_bounded && is_same {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
