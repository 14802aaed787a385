//! `OTEL_TRACES_SAMPLER` and its argument.

use super::Variables;
use crate::config::ConfigError;
use opentelemetry_sdk::trace::Sampler;

impl Variables<'_> {
    /// By the specification's names.
    pub(super) fn sampler(&self) -> Result<Option<Sampler>, ConfigError> {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        let Some(name) = self.text(NAME).map(|name| name.to_ascii_lowercase()) else {
            return Ok(None);
        };
        let (parent_based, root) = match name.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, name.as_str()),
        };
        let root = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(self.ratio()?),
            "jaeger_remote" | "xray" => {
                self.ignore(NAME, &name);
                return Ok(None);
            }
            _ => {
                let problem = "must be always_on, always_off or traceidratio, or one of \
                    these with parentbased_ before it, not";
                return Err(ConfigError::invalid(NAME, format!("{problem} `{name}`")));
            }
        };
        Ok(Some(if parent_based {
            Sampler::ParentBased(Box::new(root))
        } else {
            root
        }))
    }

    fn ratio(&self) -> Result<f64, ConfigError> {
        const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(text) = self.text(NAME) else {
            return Ok(1.0);
        };
        let ratio = text
            .parse()
            .ok()
            .filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.ok_or_else(|| {
            ConfigError::invalid(NAME, format!("must be a number from 0 to 1, not `{text}`"))
        })
    }
}
