//! A failed export, for people and for the books.

use crate::stats::DropReason;
use std::fmt;

/// Why an export failed, and how that is cured most likely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What was sent and where, without secrets: `traces to http://localhost:4318/v1/traces`.
    /// Empty where only somebody else's exporter knows it.
    pub(crate) sent: String,
    /// What came back, in words.
    pub(crate) said: String,
    pub(crate) cure: Option<String>,
    /// What losses are counted as.
    pub(crate) reason: DropReason,
}

/// What becomes of the items of a failed export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// They are lost.
    Lost,
    /// They wait in the file of a spool.
    Kept,
    /// They wait in memory.
    Waiting,
    /// The file of a spool keeps them as refused.
    DeadLettered,
}

/// Items of a destination, and what becomes of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items<'a> {
    pub(crate) destination: &'a str,
    pub(crate) count: u64,
    /// One of them: `span`.
    pub(crate) unit: &'a str,
    pub(crate) ends: Ends,
}

impl Trouble {
    /// The whole of it as one line.
    pub(crate) fn line(&self, items: Items<'_>) -> String {
        let mut line = "export failed: ".to_owned();
        if !self.sent.is_empty() {
            line = line + &self.sent + ": ";
        }
        line = format!("{line}{}; {items}", self.said);
        match &self.cure {
            Some(cure) => format!("{line}; {cure}"),
            None => line,
        }
    }
}

impl fmt::Display for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            destination,
            count,
            unit,
            ends,
        } = self;
        let plural = if *count == 1 { "" } else { "s" };
        match ends {
            Ends::Lost => write!(f, "{destination} lost {count} {unit}{plural}"),
            Ends::Kept => write!(
                f,
                "{destination} keeps {count} {unit}{plural} in the spool and tries again"
            ),
            Ends::Waiting => write!(
                f,
                "{destination} keeps {count} {unit}{plural} in memory and tries again"
            ),
            Ends::DeadLettered => write!(
                f,
                "{destination} keeps {count} {unit}{plural} as dead letters: see `turnspan spool`"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_where_what_came_back_how_many_and_the_cure() {
        let mut trouble = Trouble {
            sent: "traces to http://localhost:4318/v1/traces".to_owned(),
            said: "HTTP status 401 Unauthorized".to_owned(),
            cure: Some("set OTEL_EXPORTER_OTLP_HEADERS".to_owned()),
            reason: DropReason::Rejected,
        };
        let items = |count, ends| Items {
            destination: "otlp",
            count,
            unit: "span",
            ends,
        };
        assert_eq!(
            trouble.line(items(1, Ends::Lost)),
            "export failed: traces to http://localhost:4318/v1/traces: HTTP status 401 \
             Unauthorized; otlp lost 1 span; set OTEL_EXPORTER_OTLP_HEADERS"
        );
        (trouble.sent, trouble.cure) = (String::new(), None);
        assert_eq!(
            trouble.line(items(2, Ends::Kept)),
            "export failed: HTTP status 401 Unauthorized; otlp keeps 2 spans in the spool and \
             tries again"
        );
    }
}
