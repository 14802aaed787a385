//! Where finished spans go: one destination a file or folder.
//!
//! Everything here runs on turnspan's own threads and sees finished spans
//! only. What a destination may see is decided in the pipeline, before any of
//! them.

pub(crate) mod agents;
pub(crate) mod any_exporter;
pub(crate) mod batching;
pub(crate) mod console;
pub(crate) mod exporter;
mod lines;
pub(crate) mod logs;
pub(crate) mod otlp;
#[cfg(feature = "diagnosis")]
mod probe;
mod sampled_only;
pub(crate) mod tes;
pub(crate) mod turns;
mod without_content;

pub use lines::Lines;
pub use otlp::{Otlp, OtlpProtocol, OtlpSettings, OtlpSignal};
#[cfg(feature = "diagnosis")]
pub use probe::{ProbeError, ProbeResponse};
pub use sampled_only::SampledOnly;
pub use tes::{Dialect, Tes, TesExporter};
pub use turns::TurnGrouping;
pub use without_content::WithoutContent;
