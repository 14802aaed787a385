//! What stands for bytes that do not travel.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};

/// Writers disagree on padding, and bytes are to be counted however they end.
const TOLERANT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, TOLERANT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, TOLERANT);

/// What bytes are, how many, and how to recognize them.
///
/// Its written form is a `data:` URL without data, with what is known as
/// parameters: it can stand wherever the URL stood, and is read back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stub {
    pub(crate) media_type: Option<String>,
    pub(crate) byte_size: Option<u64>,
    pub(crate) sha256: Option<String>,
}

impl Stub {
    /// Of a `data:` URL, if it is one.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        let url = url.trim_start();
        let scheme = url.get(..5)?;
        let data = url
            .get(5..)
            .filter(|_| scheme.eq_ignore_ascii_case("data:"))?;
        let (head, payload) = data.split_once(',').unwrap_or(("", data));
        Some(Self::of_data(head, payload))
    }

    /// Of what a `data:` URL says before its comma, and after it.
    pub(super) fn of_data(head: &str, payload: &str) -> Self {
        let mut parameters = head.split(';').map(str::trim);
        let media_type = parameters.next().filter(|it| !it.is_empty());
        let mut written = Self {
            media_type: media_type.map(str::to_owned),
            ..Self::default()
        };
        let mut is_base64 = head.is_empty();
        for parameter in parameters {
            match parameter.split_once('=') {
                Some(("byte_size", size)) => written.byte_size = size.parse().ok(),
                Some(("sha256", hash)) => written.sha256 = Some(hash.to_owned()),
                Some(_) => {}
                None => is_base64 |= parameter.eq_ignore_ascii_case("base64"),
            }
        }
        if payload.is_empty() {
            return written;
        }
        if is_base64 {
            Self::of_base64(written.media_type, payload)
        } else {
            Self::of_bytes(written.media_type, payload.as_bytes())
        }
    }

    /// Of bytes in base64; of what is none, as it is written.
    pub(crate) fn of_base64(media_type: Option<String>, base64: &str) -> Self {
        // A body that is too large comes with stubs already.
        if let Some(written) = Self::of_url(base64) {
            return Self {
                media_type: media_type.or(written.media_type),
                ..written
            };
        }
        let is_url_safe = base64.contains(['-', '_']);
        let engine = if is_url_safe { URL_SAFE } else { STANDARD };
        match engine.decode(base64) {
            Ok(bytes) => Self::of_bytes(media_type, &bytes),
            Err(_) => Self::of_bytes(media_type, base64.as_bytes()),
        }
    }

    fn of_bytes(media_type: Option<String>, bytes: &[u8]) -> Self {
        Self {
            media_type,
            byte_size: u64::try_from(bytes.len()).ok(),
            sha256: Some(hex(&Sha256::digest(bytes))),
        }
    }
}

impl fmt::Display for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data:{}", self.media_type.as_deref().unwrap_or_default())?;
        if let Some(size) = self.byte_size {
            write!(f, ";byte_size={size}")?;
        }
        if let Some(hash) = &self.sha256 {
            write!(f, ";sha256={hash}")?;
        }
        f.write_str(",")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_is_read_back_from_its_written_form() {
        let of_hi = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";
        let stub = Stub::of_url("data:image/png;base64,aGk=").unwrap();
        let written = format!("data:image/png;byte_size=2;sha256={of_hi},");
        assert_eq!(stub.to_string(), written);
        assert_eq!(Stub::of_url(&written), Some(stub.clone()));
        let again = Stub::of_base64(Some("image/png".to_owned()), &written);
        assert_eq!(again, stub);
    }

    #[test]
    fn base64_is_read_with_padding_or_without_and_in_both_alphabets() {
        let of = |base64| Stub::of_base64(None, base64);
        assert_eq!(of("aGk="), of("aGk"));
        assert_eq!(of("+/+/"), of("-_-_"));
        assert_eq!(of("no base64").byte_size, Some(9));
        let text = Stub::of_url("DATA:text/plain,aGk=").unwrap();
        assert_eq!(text.byte_size, Some(4));
        assert_eq!(Stub::of_url("https://a.example/data:"), None);
    }
}
