//! Log lines of libraries that write prompts, answers or texts of errors.

use opentelemetry::{KeyValue, Value};

/// Targets of such lines, and of the modules below them. Libraries beneath that
/// write lengths, states and names alone (hyper, h2, rustls, tower-http,
/// reqwest-middleware, reqwest-retry) are not here: their lines are as harmless as
/// anybody's.
const TARGETS: [&str; 8] = [
    // What a provider said of an error, and answers that cannot be read.
    "async_openai",
    // Requests and answers as they travel, with `connection_verbose`.
    "reqwest::connect",
    // Requests and answers as JSON.
    "rig",
    "rig_core",
    // Requests of tools and their results.
    "rmcp",
    // Requests and answers of AWS Bedrock, and what is signed of them.
    "aws_smithy_runtime",
    "aws_sigv4",
    // Messages of realtime connections.
    "tungstenite",
];

/// Whether an event is such a line, by the target that tracing-opentelemetry
/// writes of every line.
pub(super) fn is_one(attributes: &[KeyValue]) -> bool {
    let target = attributes.iter().find(|it| it.key.as_str() == "target");
    target.is_some_and(|target| match &target.value {
        Value::String(target) => writes_texts(target.as_str()),
        _ => false,
    })
}

fn writes_texts(target: &str) -> bool {
    TARGETS.iter().any(|library| {
        let rest = target.strip_prefix(library);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_means_a_library_and_its_modules() {
        for target in [
            "async_openai",
            "async_openai::client",
            "reqwest::connect::verbose",
        ] {
            assert!(writes_texts(target), "{target}");
        }
        for target in [
            "async_openai_shop",
            "reqwest",
            "reqwest::retry",
            "reqwest_retry::middleware",
            "hyper::proto::h1::io",
            "right",
            "shop::orders",
        ] {
            assert!(!writes_texts(target), "{target}");
        }
    }

    #[test]
    fn only_the_target_tells_a_line() {
        assert!(is_one(&[KeyValue::new("target", "async_openai::error")]));
        assert!(!is_one(&[KeyValue::new("module", "async_openai::error")]));
        assert!(!is_one(&[KeyValue::new("target", 1)]));
    }
}
