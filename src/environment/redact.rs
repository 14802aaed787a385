//! `TES_REDACT*` and `TURNSPAN_REDACT*`.

use super::{Variables, alternatives};
use crate::config::ConfigError;
use crate::redact::{Action, Finding, Redaction};

/// The variables of one destination.
pub(super) struct Names {
    kinds: &'static str,
    mode: &'static str,
    key: &'static str,
}

pub(super) const TES: Names = Names {
    kinds: "TES_REDACT",
    mode: "TES_REDACT_MODE",
    key: "TES_REDACT_KEY",
};

pub(super) const SPANS: Names = Names {
    kinds: "TURNSPAN_REDACT",
    mode: "TURNSPAN_REDACT_MODE",
    key: "TURNSPAN_REDACT_KEY",
};

const ALL: &str = "all";

const KINDS: [(&str, Finding); 6] = [
    ("emails", Finding::Email),
    ("phones", Finding::Phone),
    ("ssns", Finding::Ssn),
    ("credit_cards", Finding::CreditCard),
    ("ip_addresses", Finding::IpAddress),
    ("api_keys", Finding::ApiKey),
];

const MODES: [(&str, Option<Action>); 4] = [
    ("label", Some(Action::Label)),
    ("hash", Some(Action::Hash)),
    ("remove", Some(Action::Remove)),
    ("mask", Some(Action::Mask)),
];

impl Variables<'_> {
    /// Hashes need a key here: one made at random would differ between the
    /// processes that share these variables.
    pub(super) fn redaction(&self, names: &Names) -> Result<Option<Redaction>, ConfigError> {
        let mode = self.one_of(names.mode, &MODES)?;
        let key = self.text(names.key);
        let missing = |missing, present| Err(ConfigError::Missing { missing, present });
        let Some(kinds) = self.text(names.kinds) else {
            return match (mode, key) {
                (Some(_), _) => missing(names.kinds, names.mode),
                (None, Some(_)) => missing(names.kinds, names.key),
                (None, None) => Ok(None),
            };
        };
        let action = mode.unwrap_or_default();
        if action == Action::Hash && key.is_none() {
            return missing(names.key, names.mode);
        }
        let mut redaction = Redaction::new().hash_key(key.unwrap_or_default());
        for kind in kinds
            .split(',')
            .map(str::trim)
            .filter(|kind| !kind.is_empty())
        {
            for finding in findings(names.kinds, kind)? {
                redaction = redaction.find(finding, action);
            }
        }
        Ok(Some(redaction))
    }
}

fn findings(name: &'static str, kind: &str) -> Result<Vec<Finding>, ConfigError> {
    if kind.eq_ignore_ascii_case(ALL) {
        return Ok(Finding::ALL.to_vec());
    }
    let found = KINDS.iter().find(|(it, _)| it.eq_ignore_ascii_case(kind));
    let finding = found.map(|(_, finding)| vec![*finding]);
    finding.ok_or_else(|| {
        let kinds = KINDS.iter().map(|(kind, _)| *kind);
        let known: Vec<&str> = kinds.chain([ALL]).collect();
        let problem = format!("must be {}, not `{kind}`", alternatives(&known));
        ConfigError::invalid(name, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ann@example.com 10.1.2.3";

    fn made(kinds: &str, mode: &str, key: &str) -> Result<Option<Redaction>, ConfigError> {
        let read = |name: &str| match name {
            "TES_REDACT" => Some(kinds.to_owned()),
            "TES_REDACT_MODE" => Some(mode.to_owned()),
            "TES_REDACT_KEY" => Some(key.to_owned()),
            _ => None,
        };
        Variables::read_by(&read).redaction(&TES)
    }

    fn shown(kinds: &str, mode: &str, key: &str) -> String {
        made(kinds, mode, key)
            .unwrap()
            .unwrap()
            .text(TEXT)
            .into_owned()
    }

    fn error(kinds: &str, mode: &str, key: &str) -> String {
        made(kinds, mode, key).unwrap_err().to_string()
    }

    #[test]
    fn kinds_and_their_action_are_as_the_variables_say() {
        assert_eq!(shown("emails", "", ""), "[EMAIL] 10.1.2.3");
        assert_eq!(
            shown(" Emails, ip_addresses,", "", ""),
            "[EMAIL] [IP_ADDRESS]"
        );
        assert_eq!(shown("all", "mask", ""), "a****@example.com 10.*.*.*");
        assert_eq!(
            shown("emails", "hash", "sesame"),
            "[EMAIL:24169237e2dc09a4] 10.1.2.3"
        );
        assert!(made("", "", "").unwrap().is_none());
    }

    #[test]
    fn what_is_unknown_or_missing_is_told_without_the_key() {
        assert_eq!(
            error("email", "", "sesame"),
            "TES_REDACT must be emails, phones, ssns, credit_cards, ip_addresses, api_keys or \
             all, not `email`"
        );
        assert_eq!(
            error("all", "blur", ""),
            "TES_REDACT_MODE must be label, hash, remove or mask, not `blur`"
        );
        assert_eq!(
            error("all", "hash", ""),
            "TES_REDACT_KEY is not set, but TES_REDACT_MODE is"
        );
        assert_eq!(
            error("", "mask", ""),
            "TES_REDACT is not set, but TES_REDACT_MODE is"
        );
        assert_eq!(
            error("", "", "sesame"),
            "TES_REDACT is not set, but TES_REDACT_KEY is"
        );
    }
}
