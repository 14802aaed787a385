//! What a request says to be let in, until its call has ended.
//!
//! Kept as it is in the request, by reference: it is looked into only when
//! there is the text of an error, as providers repeat keys in these.

use crate::operation::{Failure, Outcome};
use crate::redact;
use crate::semconv::value;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::collections::BTreeSet;
use url::{Url, form_urlencoded};

/// The secrets of a call's requests. Without `Debug`.
#[derive(Default)]
pub(super) struct Secrets {
    values: Vec<HeaderValue>,
    urls: Vec<Url>,
    has_more: bool,
}

/// Of a call with more than these no text of an error is shown, and no type.
const MAX_SECRETS: usize = 64;

/// What the name of a header, or of a key in a query, has if it opens something.
const WORDS: [&str; 7] = [
    "key",
    "token",
    "secret",
    "auth",
    "sig",
    "credential",
    "password",
];

impl Secrets {
    pub(super) fn of(headers: &HeaderMap, url: &Url) -> Self {
        let mut secrets = Self::default();
        secrets.learn(headers, Some(url));
        secrets
    }

    /// Adds those of another request of the call: attempts may differ.
    pub(super) fn learn(&mut self, headers: &HeaderMap, url: Option<&Url>) {
        for (name, value) in headers {
            if value.len() >= redact::MIN_CHARS && opens(name, value) {
                add(&mut self.values, value, &mut self.has_more);
            }
        }
        if let Some(url) = url.filter(|url| may_open(url)) {
            add(&mut self.urls, url, &mut self.has_more);
        }
    }

    /// Takes them from what a call has come to. Returns whether the text of its
    /// error, as the caller has it, tells one.
    pub(super) fn take_from(&self, outcome: &mut Outcome) -> bool {
        match outcome {
            Outcome::ProviderError(failure) => self.take_from_failure(failure),
            // Errors of clients have the URL in them, of which we keep none.
            Outcome::TransportError(failure) | Outcome::Deadline(failure) => {
                self.take_from_failure(failure) || !self.urls.is_empty()
            }
            Outcome::Completed | Outcome::Dropped | Outcome::Shutdown => false,
        }
    }

    fn take_from_failure(&self, failure: &mut Failure) -> bool {
        let texts = self.texts();
        let without = |text: &str| {
            if self.has_more {
                Some(redact::HIDDEN.to_owned())
            } else {
                redact::without(text, &texts)
            }
        };
        let tells = |word: &str| without(word).is_some() || redact::has_key(word);
        if tells(&failure.error_type) {
            failure.error_type = Cow::Borrowed(value::error_type::OTHER);
        }
        failure.code = failure.code.take().filter(|code| !tells(code));
        let new = failure.message.as_deref().and_then(without);
        let is_new = new.is_some();
        failure.message = new.or_else(|| failure.message.take());
        is_new
    }

    /// As they may be repeated.
    fn texts(&self) -> BTreeSet<String> {
        let of_headers = self.values.iter().flat_map(redact::of_header);
        of_headers
            .chain(self.urls.iter().flat_map(of_url))
            .collect()
    }
}

fn add<T: Clone + PartialEq>(kept: &mut Vec<T>, new: &T, has_more: &mut bool) {
    if kept.contains(new) {
        return;
    }
    *has_more |= kept.len() >= MAX_SECRETS;
    if !*has_more {
        kept.push(new.clone());
    }
}

fn opens(name: &HeaderName, value: &HeaderValue) -> bool {
    [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(name)
        || value.is_sensitive()
        || has_word(name.as_str())
}

fn may_open(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some() || url.query().is_some_and(has_word)
}

fn has_word(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut rests = (0..bytes.len()).filter_map(|at| bytes.get(at..));
    rests.any(begins_with_word)
}

/// Every header of every attempt is asked: most bytes begin no word.
fn begins_with_word(text: &[u8]) -> bool {
    let first = text.first().map(u8::to_ascii_lowercase);
    if !first.is_some_and(|first| b"ktsacp".contains(&first)) {
        return false;
    }
    let is_at_start = |word: &str| {
        let start = text.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    WORDS.iter().any(|word| is_at_start(word))
}

fn of_url(url: &Url) -> Vec<String> {
    let userinfo = [Some(url.username()), url.password()];
    let query = url.query().unwrap_or_default().split('&');
    let pairs = query.filter_map(|pair| pair.split_once('='));
    let values = pairs
        .filter(|(name, _)| has_word(name))
        .map(|(_, value)| value);
    let values: Vec<&str> = userinfo.into_iter().flatten().chain(values).collect();
    values.into_iter().flat_map(decoded).collect()
}

/// A blank may be written as a plus, and a plus as itself.
fn decoded(text: &str) -> Vec<String> {
    let plain = percent_decode_str(text).decode_utf8_lossy().into_owned();
    let of_a_form = form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned());
    of_a_form.chain([plain, text.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(secrets: &Secrets, message: &str) -> String {
        let mut outcome = Outcome::ProviderError(Failure {
            error_type: Cow::Borrowed("401"),
            code: None,
            message: Some(message.to_owned()),
        });
        assert!(secrets.take_from(&mut outcome));
        let kind = if secrets.has_more { "_OTHER" } else { "401" };
        assert_eq!(outcome.error_type().unwrap(), kind);
        outcome.message().unwrap().to_owned()
    }

    #[test]
    fn a_request_is_kept_by_reference_and_only_as_far_as_it_opens_something() {
        let url = Url::parse("https://a.example/v1?api-version=1&page=2").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-key", HeaderValue::from_static("1234567"));
        headers.insert("x-api-key", HeaderValue::from_static("open-sesame"));
        let mut secrets = Secrets::of(&headers, &url);
        secrets.learn(&headers, Some(&url));
        assert_eq!((secrets.values.len(), secrets.urls.len()), (1, 0));
        assert_eq!(
            refused(&secrets, "no open-sesame, 1234567"),
            "no [REDACTED], 1234567"
        );
    }

    #[test]
    fn names_of_what_opens_something_have_one_of_the_words() {
        let firsts: Vec<u8> = WORDS
            .iter()
            .filter_map(|word| word.bytes().next())
            .collect();
        assert!(firsts.iter().all(|first| b"ktsacp".contains(first)));
        for name in [
            "X-API-Key",
            "sig",
            "authorization",
            "my_Secret",
            "access_token",
            "passwords",
        ] {
            assert!(has_word(name), "{name}");
        }
        for name in [
            "",
            "content-type",
            "user-agent",
            "api-version",
            "ke",
            "toke",
        ] {
            assert!(!has_word(name), "{name}");
        }
    }

    #[test]
    fn a_header_of_the_old_charset_is_read() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"s\xe9same-opens").unwrap();
        headers.insert("x-api-key", value);
        let secrets = Secrets::of(&headers, &Url::parse("https://a.example").unwrap());
        assert_eq!(refused(&secrets, "no s\u{e9}same-opens"), "no [REDACTED]");
    }

    #[test]
    fn of_a_call_with_more_secrets_than_are_kept_no_text_is_shown() {
        let mut secrets = Secrets::default();
        for number in 0..=MAX_SECRETS {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_str(&format!("sesame-{number:04}")).unwrap();
            headers.insert("x-api-key", value);
            secrets.learn(&headers, None);
        }
        assert_eq!(secrets.values.len(), MAX_SECRETS);
        assert_eq!(refused(&secrets, "no sesame-0064"), "[REDACTED]");
    }
}
