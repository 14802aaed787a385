//! Where a receiver of OTLP is, and what its URL says to be let in there.

use crate::config::{ConfigError, Secret};
use crate::urls;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use std::fmt;
use url::Url;

/// The URL of a receiver. User and password are kept apart from it: they are
/// sent as a header, and wherever the URL is printed they are not.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) url: Url,
    /// The value of `authorization`.
    pub(super) credentials: Option<Secret>,
}

impl Endpoint {
    pub(super) fn parse(setting: &'static str, text: &str) -> Result<Self, ConfigError> {
        let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let url = Url::parse(text).ok().filter(is_http);
        let mut url = url.ok_or_else(|| ConfigError::endpoint(setting, text))?;
        let credentials = basic(&url);
        // These fail for URLs without a host alone.
        url.set_username("").unwrap_or_default();
        url.set_password(None).unwrap_or_default();
        Ok(Self { url, credentials })
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = self
            .credentials
            .as_ref()
            .map_or("", |_| " with credentials");
        write!(f, "{}{credentials}", urls::shown(self.url.as_str()))
    }
}

/// User and password of a URL as RFC 7617 sends them.
fn basic(url: &Url) -> Option<Secret> {
    let password = url.password().unwrap_or_default();
    if url.username().is_empty() && password.is_empty() {
        return None;
    }
    let mut both: Vec<u8> = percent_decode_str(url.username()).collect();
    both.push(b':');
    both.extend(percent_decode_str(password));
    Some(Secret::new(format!("Basic {}", STANDARD.encode(both))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> (String, Option<String>) {
        let endpoint = Endpoint::parse("X", url).unwrap();
        assert!(!format!("{endpoint:?}").contains("sesame"), "{endpoint:?}");
        let credentials = endpoint.credentials.map(|it| it.expose().to_owned());
        (endpoint.url.into(), credentials)
    }

    #[test]
    fn user_and_password_become_a_header() {
        let basic = |both: &str| Some(format!("Basic {}", STANDARD.encode(both)));
        for (url, left, both) in [
            ("http://x.example/a", "http://x.example/a", None),
            ("http://:@x.example/a", "http://x.example/a", None),
            (
                "http://ann:sesame@x.example/",
                "http://x.example/",
                basic("ann:sesame"),
            ),
            (
                "http://a%40b:s%3Asesame@x.example/",
                "http://x.example/",
                basic("a@b:s:sesame"),
            ),
            (
                "http://sesame@x.example/",
                "http://x.example/",
                basic("sesame:"),
            ),
            (
                "http://:sesame@x.example/",
                "http://x.example/",
                basic(":sesame"),
            ),
        ] {
            assert_eq!(parsed(url), (left.to_owned(), both), "{url}");
        }
        parsed("http://x.example/?key=sesame");
    }

    #[test]
    fn an_endpoint_that_is_none_shows_no_password() {
        let error = Endpoint::parse("X", "ftp://ann:sesame@x.example?key=sesame").unwrap_err();
        let expected = "X is not an http or https URL: `ftp://x.example?...`";
        assert_eq!(error.to_string(), expected);
    }
}
