//! The client for what turnspan sends, and what its errors say.

use crate::config::ConfigError;
use crate::urls;
use std::error::Error;

/// The client for everything turnspan sends, from what `builder` says already.
///
/// Redirects are never followed: credentials in headers of our own would be
/// carried to wherever they lead. Proxies are those of the environment.
pub(crate) fn http_client(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ConfigError> {
    builder
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(std::time::Duration::from_secs(5))
        .user_agent(concat!("turnspan/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ConfigError::HttpClient(error.to_string()))
}

/// The innermost error's text: the outer ones say little, and repeat the URL. One
/// that is alone may have it too.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    urls::without_secrets(&innermost.to_string())
}
