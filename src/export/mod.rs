//! Finished spans leave: one pipeline, then one destination a file or folder.
//!
//! Everything here runs on turnspan's own threads and sees finished spans
//! only. What a destination may see is decided in the pipeline, before any of
//! them.

mod accounted;
mod complaints;
mod delivery;
pub(crate) mod destination;
pub(crate) mod gate;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod otlp;
pub(crate) mod own_logs;
pub(crate) mod pipeline;
mod remembered;
pub(crate) mod runtime;
#[cfg(feature = "cli")]
mod probe;
mod sampled_only;
mod sampler;
mod spool;
pub(crate) mod tes;
mod tree;
mod weight;
mod without_content;

pub use otlp::{Otlp, OtlpProtocol, OtlpSettings, OtlpSignal};
#[cfg(feature = "cli")]
pub use probe::{Answer, Asked};
pub use sampled_only::SampledOnly;
pub use sampler::TurnSampler;
#[cfg(feature = "cli")]
pub(crate) use spool::check_place;
#[cfg(feature = "sqlite")]
pub use spool::{
    SpoolEvent, SpoolFile, SpoolFileError, SpoolFilter, SpoolHolder, SpoolOwner, SpoolPurge,
    SpoolRefusal, SpoolState, SpoolStatus,
};
pub use spool::{SpoolSettings, WhenFull};
pub use tes::{Dialect, Tes, TesExporter, TurnGrouping};
pub use tree::{SpanTree, span_tree};
pub use without_content::WithoutContent;

use crate::config::ConfigError;
use crate::urls;
use std::error::Error;

/// The client for everything turnspan sends, from what `builder` says already.
///
/// Redirects are never followed: credentials in headers of our own would be
/// carried to wherever they lead. Proxies are those of the environment.
pub(crate) fn http_client(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ConfigError> {
    builder
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(std::time::Duration::from_secs(5))
        .user_agent(concat!("turnspan/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ConfigError::HttpClient(error.to_string()))
}

/// The innermost error's text: the outer ones say little, and repeat the URL. One
/// that is alone may have it too.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    urls::without_secrets(&innermost.to_string())
}
