//! Keys and tokens that open something.

use super::{Found, Pattern, before, compiled, is_word, runs, slice};

/// Keys that say whose they are by how they begin.
static KEY: Pattern = Pattern::new(|| {
    compiled(concat!(
        // OpenAI, Anthropic and many after them.
        r"sk-[A-Za-z0-9_-]{16,}",
        // TES.
        r"|tes_[A-Za-z0-9_-]{8,}",
        // AWS.
        r"|(?:AKIA|ASIA)[A-Z0-9]{16}",
        // GitHub, GitLab.
        r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}",
        // Slack.
        r"|xox[a-z]-[A-Za-z0-9-]{10,}",
        // Google.
        r"|AIza[A-Za-z0-9_-]{30,}",
        // Stripe.
        r"|[prs]k_(?:live|test)_[A-Za-z0-9]{10,}",
        // Hugging Face, Groq, xAI.
        r"|hf_[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}",
        // JSON Web Tokens, whose head is an object in base64.
        r"|eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}",
    ))
});

/// The token of RFC 6750.
static BEARER: Pattern = Pattern::new(|| compiled(r"(?i:bearer)\s+[A-Za-z0-9._~+/-]{8,}=*"));

/// What is no word of a language at this length.
const MIN_RANDOM: usize = 16;

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    for range in runs(&KEY, text) {
        let (near, _) = before(text, range.start);
        if !is_word(near) && is_random(slice(text, &range)) {
            found(range);
        }
    }
    for range in runs(&BEARER, text) {
        let token = slice(text, &range).split_whitespace().next_back();
        let token = token.unwrap_or_default();
        let (near, _) = before(text, range.start);
        if !is_word(near) && is_random(token) {
            found(range.end - token.len()..range.end);
        }
    }
}

/// Words, also several behind hyphens, have no digits and are not that long.
fn is_random(key: &str) -> bool {
    let is_long = |word: &str| word.len() >= MIN_RANDOM;
    key.starts_with("tes_")
        || key.bytes().any(|byte| byte.is_ascii_digit())
        || key.split(['-', '_']).any(is_long)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, assert_none, assert_whole};
    use crate::redact::Finding::ApiKey;

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP_mB92K27uhbUJU1p1r-w";

    #[test]
    fn keys_are_found() {
        assert_whole(
            ApiKey,
            &[
                "sk-abcdefghijklmnopqrstuvwx",
                "sk-abcdefghijklmnop",
                "sk-proj-Ab12Cd34Ef56Gh78Ij90",
                "sk-ant-api03-Ab12Cd34_Ef56-Gh78",
                "tes_acme_fakekey",
                "AKIAIOSFODNN7EXAMPLE",
                "ghp_0123456789abcdefghijABCDEFGHIJ012345",
                "github_pat_11ABCDEFG0123456789_abcdef",
                "glpat-Ab12Cd34Ef56Gh78Ij90",
                "xoxb-123456789012-abcdefABCDEF",
                "AIzaSyA0123456789abcdefghijklmnopqrstuv",
                "sk_live_0123456789abcdef",
                "hf_abcdefghijABCDEFGHIJ0123456789",
                JWT,
            ],
        );
    }

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
    fn words_and_ids_are_none() {
        assert_none(
            ApiKey,
            &[
                "sk-learn-for-beginners-and-others",
                "ask-me-anything-you-like-to-know-1",
                "bearer certificates",
                "Bearer of 12345678",
                "the_tes_session_identifier",
                "AKIA",
                "eyJust.a",
                "chatcmpl-0123456789abcdef",
                "ghp_short",
            ],
        );
    }
}
