//! TES as a service of turns.

use super::dialect::TesReceiver;
use super::{EventSettings, Tes, event};
use crate::background::http_client;
use crate::config::ConfigError;
use crate::delivery::HttpCarrier;
use crate::destination::turns::{IntoLane, LaneParts, TurnService};
use crate::spool::Owner;
use crate::turn::{StartedSession, ToolRun, Turn};
use bytes::Bytes;
use std::sync::Arc;

/// Makes the events of TES.
#[derive(Debug)]
struct TesEvents(EventSettings);

impl TurnService for TesEvents {
    fn turn(&self, turn: &Turn) -> serde_json::Result<Bytes> {
        event::chat_turn(turn, &self.0)
    }

    fn tool_run(&self, run: &ToolRun) -> serde_json::Result<Bytes> {
        event::tool_use(run, &self.0)
    }

    fn session_start(&self, session: &StartedSession) -> serde_json::Result<Bytes> {
        event::session_start(session, &self.0)
    }
}

impl IntoLane for Tes {
    fn lane_parts(self: Box<Self>) -> Result<LaneParts, ConfigError> {
        let owner = Owner {
            endpoint: self.url.to_string(),
            client_id: self.client_id,
        };
        let carrier = HttpCarrier {
            url: self.url,
            headers: self.headers,
            client: http_client(reqwest::Client::builder())?,
            receiver: Box::new(TesReceiver(self.dialect)),
        };
        Ok(LaneParts {
            policy: self.policy,
            service: Box::new(TesEvents(self.event)),
            carrier: Arc::new(carrier),
            pace: self.pace,
            owner,
            spool: self.spool,
        })
    }
}
