//! Redaction while its settings are read.

use super::value::Value;
use crate::config::ConfigError;
use crate::redact::{Action, Finding, Redaction};

/// What is looked for, and what becomes of it.
#[derive(Default)]
pub(super) struct RedactionDraft {
    pub(super) findings: Option<Vec<Finding>>,
    pub(super) action: Option<Action>,
    pub(super) key: Option<String>,
}

const ALL: &str = "all";

const KINDS: [(&str, Finding); 6] = [
    ("emails", Finding::Email),
    ("phones", Finding::Phone),
    ("ssns", Finding::Ssn),
    ("credit_cards", Finding::CreditCard),
    ("ip_addresses", Finding::IpAddress),
    ("api_keys", Finding::ApiKey),
];

impl RedactionDraft {
    pub(super) fn find(&mut self, kinds: &Value<'_>) -> Result<(), ConfigError> {
        let mut findings = Vec::new();
        for kind in kinds.items() {
            findings.extend(findings_of(kind, kinds)?);
        }
        self.findings = Some(findings);
        Ok(())
    }

    pub(super) fn finish(self) -> Option<Redaction> {
        let action = self.action.unwrap_or_default();
        let redaction = Redaction::new().hash_key(self.key.unwrap_or_default());
        let findings = self.findings?.into_iter();
        Some(findings.fold(redaction, |redaction, it| redaction.find(it, action)))
    }
}

fn findings_of(kind: &str, kinds: &Value<'_>) -> Result<Vec<Finding>, ConfigError> {
    if kind.eq_ignore_ascii_case(ALL) {
        return Ok(Finding::ALL.to_vec());
    }
    let found = KINDS.iter().find(|(it, _)| it.eq_ignore_ascii_case(kind));
    let finding = found.map(|(_, finding)| vec![*finding]);
    finding.ok_or_else(|| {
        let known = KINDS.iter().map(|(kind, _)| *kind).chain([ALL]);
        kinds.is_none_of(&known.collect::<Vec<_>>(), kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    const TEXT: &str = "ann@example.com 10.1.2.3";

    fn made(kinds: &str, mode: &str, key: &str) -> Result<Option<Redaction>, ConfigError> {
        let settings = Settings::default().with(|name| {
            let value = match name {
                "TES_ENDPOINT" => "https://tes.example",
                "TES_CLIENT_ID" | "TES_API_KEY" => "acme",
                "TES_REDACT" => kinds,
                "TES_REDACT_MODE" => mode,
                "TES_REDACT_KEY" => key,
                _ => "",
            };
            (!value.is_empty()).then(|| value.to_owned())
        });
        Ok(settings?.tes.unwrap().policy.redaction)
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
