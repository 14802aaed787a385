//! What the examples share: settings from the environment.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "each example uses a part of it, and examples may read the environment and print"
)]

use async_openai::config::OpenAIConfig;
use serde_json::Value;
use std::env;
use std::process::ExitCode;

/// Why an example cannot run; printed as one line.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// Prints what a program answers, or why it cannot.
pub(crate) fn exit(result: Result<String, Failure>) -> ExitCode {
    match result {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line at once.
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Where chat completions are, and the key to them.
pub(crate) struct OpenAi {
    base: String,
    key: String,
}

impl OpenAi {
    /// By `OPENAI_BASE_URL` and `OPENAI_API_KEY`.
    pub(crate) fn from_env() -> Result<Self, Failure> {
        let (base, key) = settings("OPENAI", "https://api.openai.com/v1")?;
        Ok(Self { base, key })
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/chat/completions", self.base)
    }

    /// A request of a plain reqwest client.
    pub(crate) fn request(&self, body: &Value) -> reqwest::RequestBuilder {
        let request = reqwest::Client::new().post(self.url());
        let request = request.header("content-type", "application/json");
        request.bearer_auth(&self.key).body(body.to_string())
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// Where messages are, the key to them and the model to ask.
pub(crate) struct Anthropic {
    base: String,
    key: String,
    model: String,
}

impl Anthropic {
    /// By `ANTHROPIC_BASE_URL`, `ANTHROPIC_API_KEY` and `ANTHROPIC_MODEL`.
    pub(crate) fn from_env() -> Result<Self, Failure> {
        let (base, key) = settings("ANTHROPIC", "https://api.anthropic.com")?;
        let model = env::var("ANTHROPIC_MODEL").unwrap_or_else(|_| "claude-sonnet-4-5".into());
        Ok(Self { base, key, model })
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/v1/messages", self.base)
    }

    /// A request of a plain reqwest client.
    pub(crate) fn request(&self, body: &Value) -> reqwest::RequestBuilder {
        let request = reqwest::Client::new().post(self.url());
        let request = request.header("content-type", "application/json");
        let request = request.header("anthropic-version", "2023-06-01");
        request
            .header("x-api-key", &self.key)
            .body(body.to_string())
    }

    pub(crate) fn model(&self) -> &str {
        &self.model
    }
}

/// The configuration of an async-openai client: `OPENAI_BASE_URL` and
/// `OPENAI_API_KEY`.
pub(crate) fn config() -> Result<OpenAIConfig, Failure> {
    let OpenAi { base, key } = OpenAi::from_env()?;
    Ok(OpenAIConfig::new().with_api_base(base).with_api_key(key))
}

/// Where a server listens: `ADDRESS`.
pub(crate) fn address() -> String {
    env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".into())
}

/// The base URL and the key of a provider.
fn settings(provider: &str, default_base: &str) -> Result<(String, String), Failure> {
    let (base_name, key_name) = (
        format!("{provider}_BASE_URL"),
        format!("{provider}_API_KEY"),
    );
    let base = env::var(&base_name).unwrap_or_else(|_| default_base.into());
    let key = match env::var(&key_name) {
        Ok(key) => key,
        // A server of one's own asks for none.
        Err(_) if env::var_os(&base_name).is_some() => "none".into(),
        Err(_) => return Err(format!("{key_name} is not set").into()),
    };
    let url = url::Url::parse(&base).ok().filter(url::Url::has_host);
    if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(format!("{base_name} is not an http or https URL").into());
    }
    let fits_a_header = |char: char| !char.is_control() && char.is_ascii();
    if key.is_empty() || !key.chars().all(fits_a_header) {
        let what = "is empty or has characters that no HTTP header may have";
        return Err(format!("{key_name} {what}").into());
    }
    Ok((base.trim_end_matches('/').to_owned(), key))
}

/// What a good answer holds; a refusal is a failure.
pub(crate) async fn json(response: reqwest::Response) -> Result<Value, Failure> {
    let body = response.error_for_status()?.bytes().await?;
    Ok(serde_json::from_slice(&body)?)
}

/// The text at a place of an answer; empty where there is none.
pub(crate) fn text(answer: &Value, pointer: &str) -> String {
    let text = answer.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
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
