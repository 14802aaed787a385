//! Values behind a name that says that they open something: in headers, in
//! settings, in queries of URLs, in what people and programs say of them.

use super::{Found, Pattern, compiled, has_digit, slice};
use std::ops::Range;

/// Names of keys, perhaps within longer ones as in `OPENAI_API_KEY`.
macro_rules! names {
    () => {
        concat!(
            r"api[ _-]?key",
            r"|(?:access|account|master|secret|service|signing|subscription)[ _-]?key",
            r"|(?:secret|shared)[ _-]?access[ _-]?key",
            r"|(?:api|app|client|consumer|signing|webhook)[ _-]?secret",
            r"|(?:access|api|auth|bearer|bot|private|refresh|security|session|vault)[ _-]?token",
            r"|authorization|helicone-auth",
        )
    };
}

macro_rules! names_of_passwords {
    () => {
        r"passw(?:or)?d|passphrase|pwd"
    };
}

/// A name, what may stand between, the value. Blanks and signs of equality end
/// a value, so the search can go on behind a name whose value was none without
/// reading anything twice.
static NAMED: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?i-u:(?<name>",
        names!(),
        r")(?:[ _-](?:header|id|given|is|provided|value|was)){0,2}",
        r#"(?:(?<sign>[\\"'`]{0,3}\s{0,3}(?:=>|:=|[:=])\s{0,3}[\\"'`]{0,3})|[\s"'`]{1,3})"#,
        r"(?:(?:api-?key|key|token|splunk)\s{1,3})?",
        r"(?<value>[a-z0-9+/_.~%-]{7,}[a-z0-9+/_-]={0,2}))",
    ))
});

/// Whether a name alone is one of these.
static NAME: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?i-u:",
        names!(),
        "|",
        names_of_passwords!(),
        ")"
    ))
});

/// Passwords may have any sign but these. As a name may stand within one, what
/// is looked at has a bound, and what is found goes on behind it.
static PASSWORD: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?i-u:(?<name>",
        names_of_passwords!(),
        r"))",
        r#"(?<sign>[\\"'`]{0,3}\s{0,3}(?:=>|:=|[:=])\s{0,3}[\\"'`]{0,3})"#,
        r#"(?<value>[^\s\\"'`,;&<>]{8,64})"#,
    ))
});

/// What a URL was signed with.
static SIGNATURE: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?:^|[^A-Za-z0-9_])(?i-u:(?<name>sig|signature|x-(?:amz|goog)-signature)(?<sign>=)",
        r"(?<value>[a-z0-9+/_.~%-]{7,}[a-z0-9+/_-]={0,2}))",
    ))
});

/// What is long enough for a key that no sign sets apart from a sentence.
const LONG: usize = 16;

/// What is long enough for any.
const SHORT: usize = 8;

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    let key =
        |value: Range<usize>, least| has_random_run(slice(text, &value), least).then_some(value);
    find_by(&NAMED, text, key, found);
    find_by(&SIGNATURE, text, key, found);
    let password = |value: Range<usize>, least| {
        let is_one = is_password(slice(text, &value), least);
        is_one.then(|| value.start..end_of_password(text, value.end))
    };
    find_by(&PASSWORD, text, password, found);
}

/// Tells of places in a value that stands under a name of its own, as in JSON.
pub(in crate::redact) fn find_under(name: &str, value: &str, found: &mut Found<'_>) {
    if !NAME.as_ref().is_some_and(|it| it.is_match(name)) {
        return;
    }
    let joined = format!("{name}: {value}");
    let start = joined.len() - value.len();
    find(&joined, &mut |place| {
        if place.start >= start {
            found(place.start - start..place.end - start);
        }
    });
}

/// Tells of what `place` makes of each value, given the least length of one.
fn find_by(
    pattern: &'static Pattern,
    text: &str,
    place: impl Fn(Range<usize>, usize) -> Option<Range<usize>>,
    found: &mut Found<'_>,
) {
    let Some(regex) = &**pattern else { return };
    let mut at = 0;
    while let Some(captures) = regex.captures_at(text, at) {
        let (Some(name), Some(value)) = (captures.name("name"), captures.name("value")) else {
            return;
        };
        let least = captures.name("sign").map_or(LONG, |_| SHORT);
        at = match place(value.range(), least) {
            Some(place) => {
                let end = place.end;
                found(place);
                end
            }
            None => name.end(),
        };
    }
}

/// Names of variables and files, which stand there too, are made of words and
/// numbers; what was made at random mixes them.
fn has_random_run(value: &str, least: usize) -> bool {
    let is_random = |run: &str| {
        let has_cases = run.bytes().any(|byte| byte.is_ascii_lowercase())
            && run.bytes().any(|byte| byte.is_ascii_uppercase());
        // With a slash it is a path, unless it is base64.
        run.len() >= least && is_mixed(run) && (has_cases || !run.contains(['/', '+']))
    };
    value.split(['-', '_', '.', '~', '%']).any(is_random)
}

/// No call, no variable, and nothing that is hidden already.
fn is_password(value: &str, least: usize) -> bool {
    let is_code = value.starts_with('$') || value.contains(['(', '{', '[']);
    value.len() >= least && is_mixed(value) && !is_code && !value.contains("***")
}

fn end_of_password(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let ends = |char: char| char.is_whitespace() || r#"\"'`,;&<>"#.contains(char);
    from + rest.find(ends).unwrap_or(rest.len())
}

fn is_mixed(text: &str) -> bool {
    has_digit(text) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Finding::ApiKey;
    use crate::redact::patterns::tests::{all, assert_none};

    const HEX: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn values_behind_names_of_keys_are_found() {
        for name in [
            "api-key: ",
            "API_KEY=",
            "OPENAI_API_KEY=",
            "x-api-key:",
            "\"apiKey\": \"",
            "Ocp-Apim-Subscription-Key: ",
            "{\\\"subscription_key\\\":\\\"",
            "client_secret => '",
            "accessToken := `",
            "X-Vault-Token: ",
            "?api-key=",
            "SharedAccessKey=",
            "Authorization: Token ",
            "authorization: ",
            "Incorrect API key provided: ",
            "the API key is ",
            "Your api key '",
        ] {
            let text = format!("curl {name}{HEX}");
            assert_eq!(all(ApiKey, &text), [HEX], "{text}");
            assert_eq!(all(ApiKey, &format!("{text}. Then")), [HEX], "{text}");
        }
    }

    #[test]
    fn secrets_of_aws_and_uuids_are_keys_behind_their_names() {
        const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        for name in [
            "aws_secret_access_key = ",
            "AWS_SECRET_ACCESS_KEY=",
            "\"SecretAccessKey\": \"",
        ] {
            assert_eq!(all(ApiKey, &format!("{name}{SECRET}")), [SECRET]);
        }
        let uuid = "550e8400-e29b-41d4-a716-446655440000";
        assert_eq!(all(ApiKey, &format!("api_key: {uuid}")), [uuid]);
    }

    #[test]
    fn signatures_of_urls_are_found() {
        for (text, signature) in [
            (
                "https://a.example/b?sv=1&sig=ab%2B0123456789cd%3D&se=2",
                "ab%2B0123456789cd%3D",
            ),
            ("?X-Amz-Signature=0123456789abcdef", "0123456789abcdef"),
            ("Signature=0123456789abcdef", "0123456789abcdef"),
        ] {
            assert_eq!(all(ApiKey, text), [signature], "{text}");
        }
    }

    #[test]
    fn passwords_are_found_with_every_sign() {
        for (text, password) in [
            ("password=s3cr$t!pass;Server=db", "s3cr$t!pass"),
            ("\"passwd\": \"s3cret:pass=word\"", "s3cret:pass=word"),
            ("PWD: 's3cretpass'", "s3cretpass"),
        ] {
            assert_eq!(all(ApiKey, text), [password], "{text}");
        }
        let long = "a1".repeat(200);
        assert_eq!(all(ApiKey, &format!("password: {long} and on")), [long]);
    }

    fn places<'v>(name: &str, value: &'v str) -> Vec<&'v str> {
        let mut places = Vec::new();
        find_under(name, value, &mut |place| places.push(slice(value, &place)));
        places
    }

    #[test]
    fn a_value_under_a_name_of_its_own_is_found() {
        assert_eq!(places("api-key", HEX), [HEX]);
        assert_eq!(places("clientSecret", &format!("Token {HEX}")), [HEX]);
        assert!(places("id", HEX).is_empty());
        assert!(places("api-key: 0123456789abcdef", "x").is_empty());
    }

    #[test]
    fn words_names_and_numbers_are_none() {
        assert_none(
            ApiKey,
            &[
                "api-key: required, API_KEY=YOUR_API_KEY_HERE, api_key = os.environ[\"OPENAI_API_KEY\"]",
                "api_key: str = None, apiKey: process.env.OPENAI_API_KEY_2, api_key=settings.key_v2",
                "api_key=self.get_api_key_v2(), \"api_key\": null, api_key: <key>, api_key=${API_KEY_1}",
                "the api key gpt-4o-2024-08-06 asks for, access token expires2024",
                "access token: 12345678, session token: abcdefghijklmnop",
                "secret key: /etc/keys/server1/private.key",
                "max_tokens: 1024abcd, token: 0123456789abcdef, tokens=0123456789abcdef",
                "\"signature\": \"0123456789abcdef\", design=0123456789abcdef",
                "authorization: required, Authorization: Bearer token, authorization header is missing",
                "authorization: AWS4-HMAC-SHA256 Credential",
                "password: required, password=hunter, password: must have 8 signs, pwd=$PASSWORD1",
                "password = getpass1(), password: abc****123, password={secret1}, passwords: s3cr",
                "api_key: sk-****, api-key: ********************",
                "keyboard: 0123456789abcdef, monkey=0123456789abcdef",
            ],
        );
    }
}
