//! What is said, as text or as JSON, and to whom: reports to standard output,
//! everything else to standard error. Whatever it is made of, it gives a terminal
//! no orders.

use crate::escape::{self, printable};
use crate::failure::Failure;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// What was asked for.
    pub(crate) fn report(&self, report: &(impl Serialize + Display)) -> Result<(), Failure> {
        let said = if self.json {
            let json = serde_json::to_string_pretty(report);
            escape::json(&json.map_err(|error| Failure::new(error.to_string()))?)
        } else {
            printable(&report.to_string())
        };
        self.raw(format!("{}\n", said.trim_end()).as_bytes())
    }

    /// The same, byte by byte.
    #[expect(clippy::unused_self, reason = "whoever writes has an output")]
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            // As with `| head`: nobody reads on.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::new(format!("standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Beside what was asked for: a question, or what goes on.
    #[expect(clippy::unused_self, reason = "whoever writes has an output")]
    pub(crate) fn aside(&self, text: &str) {
        let mut out = io::stderr().lock();
        // There is no other place to complain.
        drop(
            out.write_all(printable(text).as_bytes())
                .and_then(|()| out.flush()),
        );
    }

    pub(crate) fn fail(&self, failure: &Failure) {
        self.aside(&format!("error: {}\n", failure.what));
        if let Some(remedy) = &failure.remedy {
            self.aside(&format!("  {remedy}\n"));
        }
    }
}

/// Whether the answer to a question is yes. Nobody who could answer means no.
pub(crate) fn is_confirmed() -> bool {
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// `1 event`, `2 events`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// As `12.3 KiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.into_iter().find(|(_, size)| bytes >= *size);
    match unit {
        Some((unit, size)) => {
            let tenths = bytes.saturating_mul(10) / size;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} B"),
    }
}
