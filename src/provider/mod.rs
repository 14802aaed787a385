//! Which provider answers, told by its host.

mod rows;

use rows::ROWS;
use std::borrow::Cow;

/// The hosts that are known: the [rows](rows), and before them what the user
/// has said of hosts of their own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Providers {
    own: Vec<(String, String)>,
}

/// Hosts of one provider.
#[derive(Debug)]
enum Hosts {
    /// This host and all below it.
    Below(&'static str),
    /// Those that begin and end so, with a region or an account between.
    Between(&'static str, &'static str),
}

impl Providers {
    /// Adds a host of the user's, with all below it, before those that are known.
    pub(crate) fn add(&mut self, host: impl Into<String>, provider: impl Into<String>) {
        let host = host.into().to_ascii_lowercase();
        self.own.retain(|(known, _)| *known != host);
        self.own.push((host, provider.into()));
    }

    /// Who answers at this host; the last that was said of it holds.
    pub(crate) fn of(&self, host: &str) -> Option<Cow<'static, str>> {
        let mut own = self.own.iter().rev();
        let own = own.find(|(known, _)| is_below(host, known));
        own.map(|(_, provider)| Cow::Owned(provider.clone()))
            .or_else(|| known(host).map(Cow::Borrowed))
    }
}

fn known(host: &str) -> Option<&'static str> {
    // Of the system itself, as many in tests and in containers.
    if !host.contains('.') {
        return None;
    }
    let mut rows = ROWS.iter();
    let row = rows.find(|(hosts, _)| hosts.have(host))?;
    Some(row.1)
}

impl Hosts {
    fn have(&self, host: &str) -> bool {
        match self {
            Self::Below(known) => is_below(host, known),
            Self::Between(start, end) => {
                let rest = host.strip_prefix(start);
                rest.and_then(|rest| rest.strip_suffix(end)).is_some()
            }
        }
    }
}

fn is_below(host: &str, known: &str) -> bool {
    host.strip_suffix(known)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_those_below_them_are_known_by_name() {
        for (host, provider) in [
            ("api.openai.com", "openai"),
            ("acme.openai.azure.com", "azure.ai.openai"),
            ("acme.openai.azure.us", "azure.ai.openai"),
            ("api.groq.com", "groq"),
            ("bedrock-runtime.eu-central-1.amazonaws.com", "aws.bedrock"),
            ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "aws.bedrock"),
            ("us-central1-aiplatform.googleapis.com", "gcp.vertex_ai"),
            ("aiplatform.googleapis.com", "gcp.vertex_ai"),
            ("generativelanguage.googleapis.com", "gcp.gemini"),
            ("us-south.ml.cloud.ibm.com", "ibm.watsonx.ai"),
            ("eu-de.ml.cloud.ibm.com", "ibm.watsonx.ai"),
            ("ap-south-1.aws.wxai.ibm.com", "ibm.watsonx.ai"),
            ("api.cohere.ai", "cohere"),
            ("api.cohere.com", "cohere"),
            ("acme.openai.azure.cn", "azure.ai.openai"),
            ("acme.cognitiveservices.azure.cn", "azure.ai.openai"),
            ("acme.services.ai.azure.com", "azure.ai.inference"),
            ("e.westeurope.inference.ml.azure.com", "azure.ai.inference"),
            ("m.eastus2.models.ai.azure.com", "azure.ai.inference"),
            (
                "bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
                "aws.bedrock",
            ),
            ("bedrock-mantle.us-east-1.api.aws", "aws.bedrock"),
            (
                "bedrock-agent-runtime.us-east-1.amazonaws.com",
                "aws.bedrock",
            ),
            ("aiplatform.eu.rep.googleapis.com", "gcp.vertex_ai"),
            ("api.moonshot.ai", "moonshot_ai"),
            ("api.moonshot.cn", "moonshot_ai"),
            ("api.perplexity.ai", "perplexity"),
            ("api.x.ai", "x_ai"),
            ("us-east-1.api.x.ai", "x_ai"),
            ("api.deepseek.com", "deepseek"),
            ("api.mistral.ai", "mistral_ai"),
            ("codestral.mistral.ai", "mistral_ai"),
            ("api.anthropic.com", "anthropic"),
        ] {
            assert_eq!(known(host), Some(provider), "{host}");
        }
    }

    #[test]
    fn a_host_that_only_looks_alike_is_not_taken_for_it() {
        for host in [
            "notopenai.com",
            "openai.com.evil.example",
            "127.0.0.1",
            "s3.eu-central-1.amazonaws.com",
            "storage.googleapis.com",
            "bedrock-runtime.amazonaws.com.evil.example",
        ] {
            assert_eq!(known(host), None, "{host}");
        }
    }

    #[test]
    fn what_a_user_says_of_a_host_holds_before_what_is_known() {
        let mut providers = Providers::default();
        providers.add("LLM.internal", "anthropic");
        providers.add("eu.llm.internal", "mistral_ai");
        providers.add("api.openai.com", "my_proxy");
        for (host, provider) in [
            ("llm.internal", Some("anthropic")),
            ("a.llm.internal", Some("anthropic")),
            ("eu.llm.internal", Some("mistral_ai")),
            ("api.openai.com", Some("my_proxy")),
            ("openai.com", Some("openai")),
            ("allm.internal", None),
        ] {
            assert_eq!(providers.of(host).as_deref(), provider, "{host}");
        }
    }
}
