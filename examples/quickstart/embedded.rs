//! The embedded parts: a provider and a TES receiver on loopback.

#[path = "../../tests/it/support/provider.rs"]
mod provider;
#[path = "../../tests/it/support/tes_receiver.rs"]
mod tes_receiver;

use async_openai::config::OpenAIConfig;
use provider::{Provider, Reply, openai};
use std::time::Duration;
use tes_receiver::TesReceiver;

pub(crate) struct Embedded {
    pub(crate) provider: Option<Provider>,
    pub(crate) receiver: Option<TesReceiver>,
}

impl Embedded {
    /// Starts what the environment does not replace.
    pub(crate) fn start(own_provider: bool, own_tes: bool) -> Self {
        Self {
            provider: (!own_provider).then(|| Provider::start(script())),
            receiver: (!own_tes).then(TesReceiver::start),
        }
    }
}

pub(crate) fn config(base_url: &str) -> OpenAIConfig {
    OpenAIConfig::new()
        .with_api_base(base_url)
        .with_api_key("sk-embedded")
}

/// What the provider answers, one after the other.
fn script() -> Vec<Reply> {
    vec![
        Reply::json(openai::completion("Hello there.")),
        Reply::sse(openai::stream(&["Once", " upon", " a", " time."], true))
            .delay_each(Duration::from_millis(20)),
        Reply::json(openai::tool_call(
            "call_1",
            "search",
            r#"{"q":"running shoes"}"#,
        )),
        Reply::json(openai::completion(
            "Two pairs: Road runner and Trail runner.",
        )),
        openai::error(429, "rate_limit_error", "Slow down.").header("retry-after", "0"),
        Reply::json(openai::completion("Yes, I am.")),
    ]
}
