//! `TES_*`.

use super::Variables;
use crate::config::ConfigError;
use crate::export::Tes;

impl Variables<'_> {
    pub(super) fn tes(&self) -> Result<Option<Tes>, ConfigError> {
        const REQUIRED: [&str; 3] = ["TES_ENDPOINT", "TES_CLIENT_ID", "TES_API_KEY"];
        let Some(present) = REQUIRED.into_iter().find(|name| self.text(name).is_some()) else {
            return Ok(None);
        };
        let required = |missing| {
            self.text(missing)
                .ok_or(ConfigError::Missing { missing, present })
        };
        let [endpoint, client_id, api_key] = REQUIRED;
        let mut tes = Tes::new(
            &required(endpoint)?,
            &required(client_id)?,
            &required(api_key)?,
        )?;
        for (name, value) in self.pairs("TES_HEADERS")? {
            tes = tes.header(&name, &value)?;
        }
        if let Some(user_id) = self.text("TES_USER_ID") {
            tes = tes.user_id(user_id);
        }
        if let Some(source) = self.text("TES_SOURCE") {
            tes = tes.source(source);
        }
        if let Some(capture) = self.bool("TES_CAPTURE_CONTENT")? {
            tes = tes.capture_content(capture);
        }
        if let Some(failed) = self.bool("TES_FAILED_CALLS")? {
            tes = tes.failed_calls(failed);
        }
        if let Some(length) = self.number("TES_MAX_CONTENT_LENGTH")? {
            tes = tes.max_content_length(usize::try_from(length).unwrap_or(usize::MAX));
        }
        Ok(Some(tes))
    }
}
