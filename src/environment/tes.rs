//! `TES_*`.

use super::{Variables, redact};
use crate::config::ConfigError;
use crate::export::{Dialect, SpoolSettings, Tes, TurnGrouping, WhenFull};
use crate::user_ids::UserIds;
use std::time::Duration;

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
        if let Some(redaction) = self.redaction(&redact::TES)? {
            tes = tes.redact(redaction);
        }
        let tes = self.tes_making(self.tes_sending(tes)?)?;
        Ok(Some(tes.spool(self.tes_spool()?)))
    }

    fn tes_making(&self, mut tes: Tes) -> Result<Tes, ConfigError> {
        let groupings = [
            ("call", Some(TurnGrouping::Call)),
            ("turn", Some(TurnGrouping::Turn)),
        ];
        if let Some(user_ids) = self.user_ids()? {
            tes = tes.user_ids(user_ids);
        }
        if let Some(grouping) = self.one_of("TES_TURN_GROUPING", &groupings)? {
            tes = tes.turn_grouping(grouping);
        }
        if let Some(seconds) = self.number("TES_TURN_MAX_AGE")? {
            tes = tes.turn_max_age(Duration::from_secs(seconds));
        }
        if let Some(count) = self.bool("TES_TURN_NUMBERS")? {
            tes = tes.turn_numbers(count);
        }
        if let Some(send) = self.bool("TES_TOOL_USE")? {
            tes = tes.tool_use(send);
        }
        if let Some(send) = self.bool("TES_SESSION_START")? {
            tes = tes.session_start(send);
        }
        Ok(tes)
    }

    fn user_ids(&self) -> Result<Option<UserIds>, ConfigError> {
        const NAME: &str = "TES_USER_IDS";
        const KEY: &str = "TES_USER_ID_KEY";
        let kinds = [
            ("plain", Some(UserIds::plain())),
            (
                "hmac",
                Some(UserIds::hmac(self.text(KEY).unwrap_or_default())),
            ),
            ("sha256", Some(UserIds::sha256())),
            ("omit", Some(UserIds::omitted())),
        ];
        let is_keyed = self
            .text(NAME)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("hmac"));
        if is_keyed && self.text(KEY).is_none() {
            return Err(ConfigError::Missing {
                missing: KEY,
                present: NAME,
            });
        }
        self.one_of(NAME, &kinds)
    }

    fn tes_sending(&self, mut tes: Tes) -> Result<Tes, ConfigError> {
        let dialects = [
            ("emit_event", Some(Dialect::EmitEvent)),
            ("create_module_event", Some(Dialect::CreateModuleEvent)),
        ];
        if let Some(dialect) = self.one_of("TES_DIALECT", &dialects)? {
            tes = tes.dialect(dialect);
        }
        if let Some(events) = self.number("TES_BATCH_SIZE")? {
            tes = tes.batch_size(usize::try_from(events).unwrap_or(usize::MAX));
        }
        if let Some(milliseconds) = self.number("TES_FLUSH_INTERVAL")? {
            tes = tes.interval(Duration::from_millis(milliseconds));
        }
        Ok(tes)
    }

    fn tes_spool(&self) -> Result<SpoolSettings, ConfigError> {
        let durabilities = [
            ("durable", Some(SpoolSettings::durable())),
            ("best_effort", Some(SpoolSettings::best_effort())),
        ];
        let mut spool = self
            .one_of("TES_DURABILITY", &durabilities)?
            .unwrap_or_default();
        if let Some(path) = self.text("TES_SPOOL_PATH") {
            spool = spool.path(path);
        }
        if let Some(bytes) = self.number("TES_SPOOL_MAX_BYTES")? {
            spool = spool.max_bytes(bytes);
        }
        if let Some(seconds) = self.number("TES_SPOOL_MAX_AGE")? {
            spool = spool.max_age(Duration::from_secs(seconds));
        }
        let policies = [
            ("drop_oldest", Some(WhenFull::DropOldest)),
            ("drop_newest", Some(WhenFull::DropNewest)),
        ];
        if let Some(policy) = self.one_of("TES_DROP_POLICY", &policies)? {
            spool = spool.when_full(policy);
        }
        Ok(spool)
    }
}
