//! Keys that say whose they are by how they begin.

use super::{Found, Pattern, before, compiled, is_random, is_word, runs, slice};

/// Forms as their issuers and the public rule sets of secret scanners give
/// them; shorter ones count too, as keys are cut. What has letters of one case
/// at its beginning may have been written in capitals.
static KEY: Pattern = Pattern::new(|| {
    compiled(concat!(
        // OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse and many after them.
        r"(?i-u:sk-[a-z0-9_-]{16,}",
        // Groq, xAI, Perplexity, Replicate, Hugging Face, Fireworks, Cerebras, Jina, Tavily.
        r"|(?:gsk_|xai-|pplx-|r8_|hf_|api_org_|fw_|csk-|jina_|tvly-(?:dev-|prod-)?)[a-z0-9]{20,}",
        // NVIDIA, Together, LangSmith, PostHog.
        r"|(?:nvapi-|tgp_v1_|lsv2_[ps][kt]_|ph[cx]_)[a-z0-9_-]{20,}",
        // GitHub, GitLab.
        r"|gh[pousr]_[a-z0-9]{20,}|github_pat_[a-z0-9_]{20,}",
        r"|gl(?:pat|ptt|rt|dt|ft|soat|cbt|agent|imt|oas|ffct)-[a-z0-9_.-]{16,}",
        // npm, PyPI, RubyGems, Docker.
        r"|npm_[a-z0-9]{20,}|pypi-age[a-z0-9_-]{16,}|rubygems_[0-9a-f]{32,}|dckr_pat_[a-z0-9_-]{20,}",
        // Slack.
        r"|xox[a-z](?:\.xox[a-z])?-[a-z0-9-]{10,}|xapp-[a-z0-9-]{10,}",
        r"|hooks\.slack\.com/(?:services|workflows|triggers)/[a-z0-9+/]{20,}",
        // Stripe, Square, Shopify.
        r"|[prs]k_(?:live|test)_[a-z0-9]{10,}|whsec_[a-z0-9+/]{20,}",
        r"|sq0[a-z]{3}-[a-z0-9_-]{20,}|shp(?:at|ca|pa|ss)_[0-9a-f]{32}",
        // Databricks, DigitalOcean, Pulumi, Mailgun, Brevo, Postman.
        r"|dapi[0-9a-f]{32}|do[opr]_v1_[0-9a-f]{32,}|pul-[0-9a-f]{40}|key-[0-9a-f]{32}",
        r"|xkeysib-[0-9a-f]{32,}(?:-[a-z0-9]+)?|pmak-[0-9a-f]{24}-[0-9a-f]{34}",
        // Vault, Doppler, PlanetScale, Grafana, Sentry, Figma, Linear, Notion, Atlassian, age.
        r"|hv[bsr]\.[a-z0-9_-]{20,}|dp\.[a-z]{2,5}\.[a-z0-9.]{20,}",
        r"|pscale_(?:tkn|pw|oauth)_[a-z0-9_.-]{20,}|gl(?:sa|c)_[a-z0-9_+/=]{30,}",
        r"|sntry[su]_[a-z0-9_+/=]{30,}|figd_[a-z0-9_-]{20,}|lin_api_[a-z0-9]{20,}",
        r"|ntn_[a-z0-9]{30,}|atatt3[a-z0-9_=-]{20,}|age-secret-key-1[a-z0-9]{40,})",
        // TES.
        r"|tes_[A-Za-z0-9_-]{8,}",
        // AWS: ids, with the secret if it follows, and keys of Bedrock.
        r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?:[\s:,;|]{1,3}[A-Za-z0-9/+]{40})?",
        r"|ABSK[A-Za-z0-9+/]{40,}={0,2}|bedrock-api-key-[A-Za-z0-9+/]{20,}={0,2}",
        // Google: keys of both forms, tokens of OAuth, secrets of its clients.
        r"|AIza[A-Za-z0-9_-]{30,}|AQ\.[A-Za-z0-9_-]{20,}",
        r"|ya29\.[A-Za-z0-9_.-]{20,}|1//0[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",
        // SendGrid, Twilio, Telegram, Azure's identities.
        r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|SK[0-9a-f]{32}",
        r"|[0-9]{8,10}:AA[A-Za-z0-9_-]{33}|[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
        // JSON Web Tokens, whose head is an object in base64.
        r"|eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}",
    ))
});

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    for range in runs(&KEY, text) {
        let (near, _) = before(text, range.start);
        if !is_word(near) && may_be_key(slice(text, &range)) {
            found(range);
        }
    }
}

/// No key is shorter.
const MIN_KEY: usize = "tes_".len() + 8;

/// Whether there is one in a word. Words of a language, and numbers, need no
/// expression to be told from keys.
pub(crate) fn has_key(word: &str) -> bool {
    let mut is_there = false;
    if word.len() >= MIN_KEY && may_be_key(word) {
        find(word, &mut |_| is_there = true);
    }
    is_there
}

fn may_be_key(text: &str) -> bool {
    text.contains("tes_") || is_random(text)
}

#[cfg(test)]
mod tests {
    use crate::redact::Finding::ApiKey;
    use crate::redact::patterns::tests::{all, assert_none, assert_whole};

    const HEX: &str = "0123456789abcdef0123456789abcdef";
    const BODY: &str = "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2Yz3Ab4Cd5Ef6";

    #[test]
    fn keys_are_found() {
        assert_whole(
            ApiKey,
            &[
                "sk-abcdefghijklmnopqrstuvwx",
                "sk-abcdefghijklmnop",
                "sk-proj-Ab12Cd34Ef56Gh78Ij90",
                "sk-ant-api03-Ab12Cd34_Ef56-Gh78",
                "tes_acme_fakekey",
                "AKIAIOSFODNN7EXAMPLE",
                "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "ghp_0123456789abcdefghijABCDEFGHIJ012345",
                "github_pat_11ABCDEFG0123456789_abcdef",
                "glpat-Ab12Cd34Ef56Gh78Ij90",
                "xoxb-123456789012-abcdefABCDEF",
                "AIzaSyA0123456789abcdefghijklmnopqrstuv",
                "sk_live_0123456789abcdef",
                "hf_abcdefghijABCDEFGHIJ0123456789",
                "1234567890:AAabcdefghijklmnopqrstuvwxyz0123456",
                "abc8Q~0123456789abcdefghijklmnopqrstuv",
                "hooks.slack.com/services/T0123ABCD/B0123ABCD/abcdefghij0123456789",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP_mB92K27uhbUJU1p1r-w",
            ],
        );
    }

    #[test]
    fn keys_of_every_issuer_are_found_by_how_they_begin() {
        for begin in [
            "gsk_",
            "xai-",
            "pplx-",
            "r8_",
            "fw_",
            "csk-",
            "jina_",
            "tvly-dev-",
            "nvapi-",
            "tgp_v1_",
            "lsv2_pt_",
            "phx_",
            "gho_",
            "glrt-",
            "npm_",
            "pypi-AgE",
            "dckr_pat_",
            "xapp-",
            "rk_live_",
            "whsec_",
            "sq0atp-",
            "hvs.",
            "dp.pt.",
            "pscale_tkn_",
            "glsa_",
            "sntryu_",
            "figd_",
            "lin_api_",
            "ntn_",
            "ATATT3",
            "ABSK",
            "bedrock-api-key-",
            "AQ.",
            "ya29.",
            "1//0",
            "GOCSPX-",
        ] {
            assert_whole(ApiKey, &[&format!("{begin}{BODY}")]);
        }
        for begin in ["shpat_", "dapi", "key-", "SK", "xkeysib-"] {
            assert_whole(ApiKey, &[&format!("{begin}{HEX}")]);
        }
        for begin in ["rubygems_", "dop_v1_", "pul-"] {
            assert_whole(ApiKey, &[&format!("{begin}{HEX}01234567")]);
        }
        assert_whole(ApiKey, &[&format!("SG.Ab1Cd2Ef3Gh4Ij5Kl6Mn.{BODY}")]);
    }

    #[test]
    fn capitals_hide_no_key() {
        assert_whole(
            ApiKey,
            &[
                "SK-PROJ-AB12CD34EF56GH78IJ90",
                "Sk-proj-Ab12Cd34Ef56Gh78Ij90",
                "GHP_0123456789ABCDEFGHIJABCDEFGHIJ012345",
                "NPM_0123456789ABCDEFGHIJABCDEFGHIJ012345",
            ],
        );
        // The sign of Kelvin is no K.
        assert_eq!(all(ApiKey, "s\u{212a}-proj-ab12cd34ef56gh78ij90"), [""; 0]);
    }

    #[test]
    fn words_and_ids_are_none() {
        assert_none(
            ApiKey,
            &[
                "sk-learn-for-beginners-and-others",
                "ask-me-anything-you-like-to-know-1",
                "the_tes_session_identifier",
                "TES_CLIENT_ID, TES_API_KEY, GITHUB_PAT_FOR_RELEASES",
                "AKIA",
                "AKIAIOSFODNN7EXAMPL",
                "eyJust.a",
                "chatcmpl-0123456789abcdef",
                "ghp_short",
                "npm_package_version, npm_config_registry",
                "hf_hub_download_with_retries_2",
                "r8_register, r8_0123456789",
                "FAQ.Answers_to_what_is_asked_2024",
                "AQ.short, SG.one.two, SG.10.20",
                "ya29.short, pplx-online, pplx-70b-online",
                "key-value-pairs-0123456789, monkey-0123456789abcdef0123456789abcdef",
                "SK0123456789, SKU0123456789abcdef0123456789abcdef",
                "xapp-one, xoxo-kisses-and-hugs",
                "12345678:AAshort, 10:AA",
                "pulse-0123456789abcdef0123456789abcdef01234567",
                "1//0, a//0b",
                "glass-pane-with-a-long-name",
            ],
        );
    }
}
