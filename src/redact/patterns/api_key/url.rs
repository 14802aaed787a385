//! What URLs have before their host.

use super::{Found, Pattern, compiled, has_digit, is_random, runs, slice};

/// Up to the last sign before the host. No part of one URL is of another.
static AUTHORITY: Pattern = Pattern::new(|| compiled(r#"://[^\s/?#\\"'`<>]+@"#));

/// A user's name of this length and with digits is a token.
const MIN_TOKEN: usize = 16;

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    for range in runs(&AUTHORITY, text) {
        let inside = range.start + "://".len()..range.end - "@".len();
        let userinfo = slice(text, &inside);
        match userinfo.split_once(':') {
            Some((user, password)) if is_password(password) => {
                found(inside.start + user.len() + 1..inside.end);
            }
            None if is_token(userinfo) => found(inside),
            _ => {}
        }
    }
}

/// Not what stands for one, or is hidden already.
fn is_password(password: &str) -> bool {
    let is_said = password.bytes().any(|byte| byte.is_ascii_alphanumeric());
    is_said && !password.starts_with(['$', '{', '[', '%', '*']) && !password.contains("***")
}

fn is_token(user: &str) -> bool {
    user.len() >= MIN_TOKEN && has_digit(user) && is_random(user) && !user.contains('@')
}

#[cfg(test)]
mod tests {
    use crate::redact::Finding::ApiKey;
    use crate::redact::patterns::tests::{all, assert_none};

    #[test]
    fn passwords_and_tokens_of_urls_are_found() {
        for (text, secret) in [
            ("postgres://ann:sesame@db.example/x", "sesame"),
            ("see https://ann:s:e%40s@a.example:443/?q=1, and", "s:e%40s"),
            ("redis://:sesame@localhost:6379", "sesame"),
            ("{\"url\":\"mongodb+srv://a:b@c\"}", "b"),
            ("https://a:b@c@d.example/", "b@c"),
            (
                "https://0123456789abcdef0123@sentry.example/1",
                "0123456789abcdef0123",
            ),
        ] {
            assert_eq!(all(ApiKey, text), [secret], "{text}");
        }
        assert_eq!(all(ApiKey, "amqp://a:b@c amqp://d:e@f"), ["b", "e"]);
    }

    #[test]
    fn other_urls_have_none() {
        assert_none(
            ApiKey,
            &[
                "https://a.example/b:c@d, https://a.example:443/@scope/name",
                "https://ann@a.example, ssh://git@github.com:22/x",
                "mailto:ann@example.com, ann:sesame@example.com",
                "https://user:$PASSWORD@a, https://user:{password}@a, https://u:****@a",
                "https://u:@a.example, ://@",
            ],
        );
    }
}
