//! What the examples share: an OpenAI client from the environment.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "each example uses a part of it, and examples may read the environment"
)]

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use std::env;

/// Why an example cannot run; printed as one line.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// A client for `OPENAI_BASE_URL` and `OPENAI_API_KEY`.
pub(crate) fn client() -> Result<Client<OpenAIConfig>, Failure> {
    let base = env::var("OPENAI_BASE_URL").unwrap_or_else(|_| "https://api.openai.com/v1".into());
    let key = match env::var("OPENAI_API_KEY") {
        Ok(key) => key,
        // A server of one's own asks for none.
        Err(_) if env::var_os("OPENAI_BASE_URL").is_some() => "none".into(),
        Err(_) => return Err("OPENAI_API_KEY is not set".into()),
    };
    let url = url::Url::parse(&base).ok().filter(url::Url::has_host);
    if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err("OPENAI_BASE_URL is not an http or https URL".into());
    }
    if key.is_empty()
        || key
            .chars()
            .any(|char| char.is_control() || !char.is_ascii())
    {
        return Err(
            "OPENAI_API_KEY is empty or has characters that no HTTP header may have".into(),
        );
    }
    let config = OpenAIConfig::new()
        .with_api_base(base.trim_end_matches('/'))
        .with_api_key(key);
    Ok(Client::with_config(config))
}

/// The model to ask: `OPENAI_MODEL`.
pub(crate) fn model() -> String {
    env::var("OPENAI_MODEL").unwrap_or_else(|_| "gpt-4o-mini".into())
}

/// The prompt: the program's arguments.
pub(crate) fn prompt() -> String {
    let prompt = env::args().skip(1).collect::<Vec<_>>().join(" ");
    if prompt.is_empty() {
        "Say hello.".into()
    } else {
        prompt
    }
}
