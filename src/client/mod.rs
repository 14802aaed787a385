//! The seams of clients: where calls are seen, and told to a recording.
//!
//! To add a client: a file that implements [`Wrappable`] and feeds a
//! [`Recording`](crate::record::Recording).

mod around;
#[cfg(feature = "async-openai")]
mod async_openai;
mod attempt_layer;
mod http;
mod operation_layer;
mod recorder;
pub(crate) mod reqwest;
mod seam;
#[cfg(feature = "async-openai")]
mod shared_http;
mod wrap;

#[cfg(feature = "async-openai")]
pub use async_openai::OpenAiBuilder;
pub use attempt_layer::{AttemptLayer, AttemptService};
pub use operation_layer::{OperationLayer, OperationService};
pub use recorder::Recorder;
#[cfg(feature = "reqwest-middleware")]
pub use reqwest::TurnspanMiddleware;
pub(crate) use seam::Seam;
#[cfg(feature = "async-openai")]
pub(crate) use shared_http::SharedHttp;
pub use wrap::{Wrap, Wrappable};

/// The service that was polled ready; a clone of it takes its place.
fn ready_half<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}
