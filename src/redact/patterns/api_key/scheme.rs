//! Credentials behind the name of their scheme, as headers have them.

use super::{Found, Pattern, before, compiled, is_random, is_word, runs, slice};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::ops::Range;

/// The token of RFC 6750.
static BEARER: Pattern = Pattern::new(|| compiled(r"(?i-u:bearer)\s+[A-Za-z0-9._~+/-]{8,}=*"));

/// User and password of RFC 7617.
static BASIC: Pattern = Pattern::new(|| compiled(r"(?i-u:basic)\s+[A-Za-z0-9_+/-]{8,}={0,2}"));

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    find_behind(&BEARER, text, is_random, found);
    let is_basic = |token: &str| user_and_password(token).is_some();
    find_behind(&BASIC, text, is_basic, found);
}

/// User and password as the scheme `Basic` writes them, with the colon between
/// them. Words are hardly ever that.
pub(in crate::redact) fn user_and_password(token: &str) -> Option<String> {
    let token = token.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(token);
    let decoded = decoded.or_else(|_| URL_SAFE_NO_PAD.decode(token)).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let is_one = text.contains(':') && !text.contains(char::is_control);
    is_one.then_some(text)
}

fn find_behind(
    scheme: &'static Pattern,
    text: &str,
    accept: impl Fn(&str) -> bool,
    found: &mut Found<'_>,
) {
    for range in runs(scheme, text) {
        let (near, _) = before(text, range.start);
        let token = token(text, &range);
        if !is_word(near) && accept(slice(text, &token)) {
            found(token);
        }
    }
}

/// What stands behind the scheme.
fn token(text: &str, range: &Range<usize>) -> Range<usize> {
    let token = slice(text, range).split_whitespace().next_back();
    range.end - token.unwrap_or_default().len()..range.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Finding::ApiKey;
    use crate::redact::patterns::tests::{all, assert_none};

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP_mB92K27uhbUJU1p1r-w";

    #[test]
    fn of_a_bearer_the_token_is_found() {
        for text in [
            "Authorization: Bearer abc123def456==",
            "bearer  abc123def456==",
            "{\"authorization\":\"BEARER abc123def456==\"}",
        ] {
            assert_eq!(all(ApiKey, text), ["abc123def456=="], "{text}");
        }
        assert!(all(ApiKey, &format!("Bearer {JWT}")).contains(&JWT));
    }

    #[test]
    fn of_basic_credentials_user_and_password_are_found() {
        for text in [
            "Authorization: Basic YW5uOnNlc2FtZQ==",
            "proxy-authorization: basic YW5uOnNlc2FtZQ==",
            "BASIC  YW5uOnNlc2FtZQ==.",
        ] {
            assert_eq!(all(ApiKey, text), ["YW5uOnNlc2FtZQ=="], "{text}");
        }
        assert_eq!(user_and_password("YW5uOnNlc2FtZQ").unwrap(), "ann:sesame");
        assert_eq!(user_and_password("YTrDvzo_Pj4").unwrap(), "a:\u{ff}:?>>");
    }

    #[test]
    fn words_are_none() {
        assert_none(
            ApiKey,
            &[
                "bearer certificates",
                "Bearer of 12345678",
                "Basic authentication, basic understanding1, BASIC 12345678",
                "basic Q29uZmlndXJhdGlvbg==",
                "aerobic YW5uOnNlc2FtZQ==",
            ],
        );
    }
}
