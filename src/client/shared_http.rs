//! The HTTP client of clients that bring none.

use std::sync::{Arc, OnceLock};

/// One for all that a telemetry wraps: each HTTP client has a pool of connections
/// and reads the system's certificates.
#[derive(Clone, Default)]
pub(crate) struct SharedHttp(Arc<OnceLock<reqwest::Client>>);

impl SharedHttp {
    /// With reqwest's defaults, as async-openai's own.
    pub(crate) fn client(&self) -> reqwest::Client {
        self.0.get_or_init(reqwest::Client::new).clone()
    }
}

impl std::fmt::Debug for SharedHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedHttp").finish_non_exhaustive()
    }
}
