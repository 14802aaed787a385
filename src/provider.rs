//! Which provider answers, told by its host.

/// Hosts and the `gen_ai.provider.name` they stand for. A host matches when it
/// equals the entry or ends with `.` and the entry.
///
/// Names from the GenAI conventions 1.41 where they have one; `openrouter`,
/// `together_ai` and `cloudflare.workers_ai` are ours.
const HOSTS: [(&str, &str); 15] = [
    ("anthropic.com", "anthropic"),
    ("openai.com", "openai"),
    ("openai.azure.com", "azure.ai.openai"),
    ("services.ai.azure.com", "azure.ai.inference"),
    ("models.ai.azure.com", "azure.ai.inference"),
    ("groq.com", "groq"),
    ("mistral.ai", "mistral_ai"),
    ("deepseek.com", "deepseek"),
    ("perplexity.ai", "perplexity"),
    ("x.ai", "x_ai"),
    ("moonshot.ai", "moonshot_ai"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("openrouter.ai", "openrouter"),
    ("together.xyz", "together_ai"),
    ("api.cloudflare.com", "cloudflare.workers_ai"),
];

/// The provider behind `host`, if it is a known one.
pub(crate) fn by_host(host: &str) -> Option<&'static str> {
    HOSTS
        .iter()
        .find(|(entry, _)| is_within(host, entry))
        .map(|(_, provider)| *provider)
}

fn is_within(host: &str, entry: &str) -> bool {
    host.strip_suffix(entry)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::by_host;

    #[test]
    fn hosts_and_their_subdomains_are_known_by_name() {
        assert_eq!(by_host("api.openai.com"), Some("openai"));
        assert_eq!(by_host("acme.openai.azure.com"), Some("azure.ai.openai"));
        assert_eq!(by_host("api.groq.com"), Some("groq"));
    }

    #[test]
    fn a_host_that_only_ends_alike_is_not_taken_for_it() {
        assert_eq!(by_host("notopenai.com"), None);
        assert_eq!(by_host("127.0.0.1"), None);
    }
}
