//! How user ids leave.

use crate::config::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What becomes of the user's id at a destination.
///
/// ```
/// use turnspan::{Tes, UserIds};
///
/// let tes = Tes::new("https://api.pentatonic.com", "acme", "tes_key")?
///     .user_ids(UserIds::hmac("pepper"));
/// assert!(!format!("{tes:?}").contains("pepper"));
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct UserIds(Kind);

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    Plain,
    Hmac(Secret),
    Sha256,
    Omitted,
}

impl UserIds {
    /// As they are, which is the default.
    pub fn plain() -> Self {
        Self(Kind::Plain)
    }

    /// As HMAC-SHA-256 with a key of yours
    /// ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)), 64 hexadecimal
    /// digits: the same user is the same, and nobody without the key can find
    /// out who.
    pub fn hmac(key: impl Into<String>) -> Self {
        Self(Kind::Hmac(Secret::new(key)))
    }

    /// As SHA-256, 64 hexadecimal digits, as other SDKs send them. Whoever has a
    /// list of ids can find out who is who: use it only where hashes must be the
    /// same as theirs.
    pub fn sha256() -> Self {
        Self(Kind::Sha256)
    }

    /// Not at all.
    pub fn omitted() -> Self {
        Self(Kind::Omitted)
    }

    pub(crate) fn apply(&self, id: &str) -> Option<String> {
        match &self.0 {
            Kind::Plain => Some(id.to_owned()),
            Kind::Hmac(key) => {
                // A key may have any length.
                let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).ok()?;
                mac.update(id.as_bytes());
                Some(hexadecimal(&mac.finalize().into_bytes()))
            }
            Kind::Sha256 => Some(hexadecimal(&Sha256::digest(id.as_bytes()))),
            Kind::Omitted => None,
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standards() {
        // RFC 4231, case 2, and FIPS 180-2, example 1.
        let hmac = UserIds::hmac("Jefe").apply("what do ya want for nothing?");
        assert_eq!(
            hmac.unwrap(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            UserIds::sha256().apply("abc").unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(UserIds::omitted().apply("abc"), None);
        assert_eq!(UserIds::plain().apply("abc").unwrap(), "abc");
    }

    #[test]
    fn a_key_is_never_printed() {
        assert!(!format!("{:?}", UserIds::hmac("sesame")).contains("sesame"));
    }
}
