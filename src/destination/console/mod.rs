//! Calls as lines on standard error, for whoever runs the program.
//!
//! An exporter of spans like any other: it has the bounds, the books and the
//! thread of its own that those of users have, as a terminal may block. It sees
//! what OTLP sees.

mod line;
mod paint;
mod said;

use crate::span::forest::in_order;
use line::Line;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use paint::Paint;
use std::fmt::{self, Debug, Formatter, Write as _};
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

/// Writes a line for each span, below the line of its parent.
pub(crate) struct Console {
    /// Locked on the exporter's thread alone.
    out: Mutex<Box<dyn Write + Send>>,
    paint: Paint,
}

impl Console {
    /// On standard error; with colors where that is a terminal, unless the user
    /// wants none.
    pub(crate) fn on_stderr(no_color: bool) -> Self {
        let paint = Paint::of(io::stderr().is_terminal(), no_color);
        Self::on(io::stderr(), paint)
    }

    fn on(out: impl Write + Send + 'static, paint: Paint) -> Self {
        Self {
            out: Mutex::new(Box::new(out)),
            paint,
        }
    }

    fn text(&self, batch: &[SpanData]) -> String {
        let mut text = String::new();
        for placed in in_order(batch) {
            let line = Line::new(placed, self.paint);
            // A string takes everything.
            writeln!(text, "{line}").ok();
        }
        text
    }
}

impl SpanExporter for Console {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let text = self.text(&batch);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // Whole trees at once: log lines do not come between their lines.
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }
}

impl Debug for Console {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
