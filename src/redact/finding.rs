//! Kinds of what is found, and what takes its place.

use super::patterns::Custom;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

/// A kind of personal data, or of what opens something.
///
/// ```
/// use turnspan::{Action, Finding, Redaction};
///
/// let rules = Redaction::new().find(Finding::Phone, Action::Label);
/// assert_eq!(rules.text("order 4155552671, call 415-555-2671"), "order 4155552671, call [PHONE]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// Addresses of electronic mail: `[EMAIL]`.
    Email,
    /// Numbers of telephones, with a plus or with gaps: `[PHONE]`. Digits in a
    /// row, as in numbers of orders, are none.
    Phone,
    /// Social security numbers of the United States, with separators, that may
    /// have been issued: `[SSN]`.
    Ssn,
    /// Numbers of payment cards, of 13 to 19 digits, that an issuer may have
    /// given and whose check digit is right: `[CREDIT_CARD]`.
    CreditCard,
    /// Internet addresses of both versions: `[IP_ADDRESS]`. A version number of
    /// four parts looks the same, and is taken for one.
    IpAddress,
    /// What opens something: keys and tokens that say by how they begin whose
    /// they are, JSON Web Tokens, credentials behind `Bearer` and `Basic`,
    /// private keys in PEM, passwords and signatures in URLs, and values that
    /// look random behind a name such as `api-key`, `client_secret` or
    /// `password`: `[API_KEY]`.
    ApiKey,
}

impl Finding {
    /// Every kind.
    ///
    /// ```
    /// use turnspan::{Action, Finding, Redaction};
    ///
    /// let mask = |rules: Redaction, kind: &Finding| rules.find(*kind, Action::Mask);
    /// let rules = Finding::ALL.iter().fold(Redaction::new(), mask);
    /// assert_eq!(rules.text("ann@example.com"), "a****@example.com");
    /// ```
    pub const ALL: &'static [Self] = &[
        Self::Email,
        Self::Phone,
        Self::Ssn,
        Self::CreditCard,
        Self::IpAddress,
        Self::ApiKey,
    ];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Ssn => "SSN",
            Self::CreditCard => "CREDIT_CARD",
            Self::IpAddress => "IP_ADDRESS",
            Self::ApiKey => "API_KEY",
        }
    }
}

/// What becomes of a finding.
///
/// ```
/// use turnspan::{Action, Finding, Redaction};
///
/// let shown = |action| {
///     let rules = Redaction::new().find(Finding::Email, action).hash_key("sesame");
///     rules.text("to ann@example.com").into_owned()
/// };
/// assert_eq!(shown(Action::Label), "to [EMAIL]");
/// assert_eq!(shown(Action::Hash), "to [EMAIL:24169237e2dc09a4]");
/// assert_eq!(shown(Action::Remove), "to ");
/// assert_eq!(shown(Action::Mask), "to a****@example.com");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Its label stands there: `[EMAIL]`.
    #[default]
    Label,
    /// Its label and the first 16 hexadecimal digits of a keyed hash of it
    /// (HMAC-SHA256, [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104), see
    /// [`Redaction::hash_key`](super::Redaction::hash_key)); the next 16, were
    /// these all decimal. Wherever the same was found the same stands there:
    /// `[EMAIL:24169237e2dc09a4]`.
    Hash,
    /// Nothing stands there. A text of which nothing is left is `[REMOVED]`.
    Remove,
    /// A part stands there that tells little: `j****@example.com`, the last
    /// four digits of cards and of numbers of telephones and social security
    /// (`****1111`), the beginning of addresses (`10.*.*.*`, `2001:****`) and of
    /// keys (`sk-****`, of short ones less). Of what a pattern of yours finds, the last four
    /// characters if they are less than half of it.
    Mask,
}

/// What a field has that is hidden whole.
pub(crate) const HIDDEN: &str = "[REDACTED]";

/// What a text has of which nothing is left.
pub(super) const REMOVED: &str = "[REMOVED]";

/// Whose rule a place was found by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind<'r> {
    BuiltIn(Finding),
    Custom(&'r Custom),
}

impl<'r> Kind<'r> {
    pub(super) fn label(self) -> &'r str {
        match self {
            Self::BuiltIn(finding) => finding.label(),
            Self::Custom(custom) => &custom.label,
        }
    }

    /// What stands in the place of `text`.
    pub(super) fn replaced(self, action: Action, text: &str, key: &str) -> String {
        match action {
            Action::Label => format!("[{}]", self.label()),
            Action::Hash => format!("[{}:{}]", self.label(), hash(text, key)),
            Action::Remove => String::new(),
            Action::Mask => self.masked(text),
        }
    }

    fn masked(self, text: &str) -> String {
        match self {
            Self::BuiltIn(Finding::Email) => {
                let host = text.rsplit('@').next().unwrap_or_default();
                let host = host.rsplit("%40").next().unwrap_or_default();
                format!("{}****@{host}", first(text, 1))
            }
            Self::BuiltIn(Finding::Phone | Finding::Ssn | Finding::CreditCard) => {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                format!("****{}", last(&digits, 4))
            }
            Self::BuiltIn(Finding::IpAddress) => match text.split_once(':') {
                Some((head, _)) => format!("{head}:****"),
                None => format!("{}.*.*.*", text.split('.').next().unwrap_or_default()),
            },
            // Passwords may be short.
            Self::BuiltIn(Finding::ApiKey) => {
                format!("{}****", first(text, (text.len() / 6).min(3)))
            }
            Self::Custom(_) if text.chars().count() > 8 => format!("****{}", last(text, 4)),
            Self::Custom(_) => "****".to_owned(),
        }
    }
}

/// The first 16 hexadecimal digits of the HMAC that do not all look like a
/// decimal number: these could be taken for the number of a card.
pub(super) fn hash(text: &str, key: &str) -> String {
    let mut digits = String::new();
    // Keys of any length are taken.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        mac.update(text.as_bytes());
        for byte in mac.finalize().into_bytes() {
            write!(digits, "{byte:02x}").ok();
        }
    }
    let parts = (0..4).filter_map(|part| digits.get(part * 16..(part + 1) * 16));
    let mut parts = parts.filter(|part| !is_decimal(part));
    parts.next().unwrap_or("0000000000000000").to_owned()
}

/// What [`hash`] makes.
pub(super) fn is_hash(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 16 && text.bytes().all(is_hex) && !is_decimal(text)
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn first(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count);
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

fn last(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().nth(count.saturating_sub(1));
    start
        .and_then(|(start, _)| text.get(start..))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(finding: Finding, text: &str) -> String {
        Kind::BuiltIn(finding).replaced(Action::Mask, text, "")
    }

    #[test]
    fn masks_tell_little() {
        assert_eq!(
            masked(Finding::Email, "ann@example.com"),
            "a****@example.com"
        );
        assert_eq!(
            masked(Finding::Email, "ann%40example.com"),
            "a****@example.com"
        );
        assert_eq!(masked(Finding::Phone, "+1 (415) 555-2671"), "****2671");
        assert_eq!(masked(Finding::Ssn, "123-45-6789"), "****6789");
        assert_eq!(
            masked(Finding::CreditCard, "4111 1111 1111 1112"),
            "****1112"
        );
        assert_eq!(masked(Finding::IpAddress, "10.1.2.3"), "10.*.*.*");
        assert_eq!(masked(Finding::IpAddress, "2001:db8::1"), "2001:****");
        assert_eq!(masked(Finding::ApiKey, "sk-abcdefghijklmnop"), "sk-****");
        assert_eq!(masked(Finding::ApiKey, "s3cr3t-1"), "s****");
        assert_eq!(masked(Finding::ApiKey, "abc"), "****");
    }

    #[test]
    fn of_what_a_pattern_finds_a_mask_keeps_less_than_half() {
        let custom = Custom::new("ID", "x", Action::Mask).unwrap();
        let masked = |text| Kind::Custom(&custom).replaced(Action::Mask, text, "");
        assert_eq!(masked("ORD-2024-17"), "****4-17");
        assert_eq!(masked("ORD-2024"), "****");
        assert_eq!(
            masked("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{fc}"),
            "****\u{e9}\u{e9}\u{e9}\u{fc}"
        );
    }

    #[test]
    fn a_hash_is_that_of_the_standard_and_depends_on_the_key() {
        // RFC 4231, test case 2.
        assert_eq!(
            hash("what do ya want for nothing?", "Jefe"),
            "5bdcc146bf60754e"
        );
        assert_ne!(hash("a", "k"), hash("a", "l"));
        assert!(is_hash(&hash("a", "")));
        assert!(!is_hash("4111111111111111") && !is_hash("5BDCC146BF60754E"));
    }
}
