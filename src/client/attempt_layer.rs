//! The position inside the client's retries: one attempt after the other.

use super::Seam;
use std::fmt;
use tower_layer::Layer;

/// Tells the attempts of a call apart: retries, waiting, provider time.
///
/// Belongs inside the retry layer. Without an
/// [`OperationLayer`](super::OperationLayer) of the same telemetry outside it
/// does nothing. Made by
/// [`Telemetry::attempt_layer`](crate::Telemetry::attempt_layer).
///
/// ```
/// use tower::ServiceExt as _;
/// use tower::{ServiceBuilder, retry::RetryLayer};
/// # use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # use std::{future::{Ready, ready}, io, sync::atomic::{AtomicBool, Ordering::Relaxed}};
/// # #[derive(Clone)]
/// # struct Once;
/// # impl<T> tower::retry::Policy<reqwest::Request, T, io::Error> for Once {
/// #     type Future = Ready<()>;
/// #     fn retry(&mut self, _: &mut reqwest::Request, it: &mut io::Result<T>) -> Option<Ready<()>> {
/// #         it.is_err().then(|| ready(()))
/// #     }
/// #     fn clone_request(&mut self, request: &reqwest::Request) -> Option<reqwest::Request> {
/// #         request.try_clone()
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
/// # static TRIED: AtomicBool = AtomicBool::new(false);
/// # async fn send_failing_once(_: reqwest::Request) -> io::Result<reqwest::Response> {
/// #     match TRIED.swap(true, Relaxed) {
/// #         false => Err(io::ErrorKind::ConnectionReset.into()),
/// #         true => Ok(http::Response::new("{}").into()),
/// #     }
/// # }
///
/// let service = ServiceBuilder::new()
///     .layer(telemetry.operation_layer())
///     .layer(RetryLayer::new(Once))
///     .layer(telemetry.attempt_layer())
///     .service_fn(send_failing_once);
/// let url = "https://api.openai.com/v1/chat/completions";
/// let request = reqwest::Client::new().post(url).body("{}").build()?;
/// service.oneshot(request).await?.text().await?;
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
/// assert!(tree.contains("gen_ai.retry") && tree.contains("retry.reason=connection"), "{tree}");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct AttemptLayer {
    seam: Seam,
}

/// The service that [`AttemptLayer`] makes: a `tower::Service` of the requests
/// that the inner one takes.
///
/// ```
/// use tower::{Layer as _, Service as _, ServiceExt as _};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let telemetry = turnspan::builder().build()?;
///
/// let inner = tower::service_fn(|_: reqwest::Request| async {
///     Ok::<_, std::io::Error>(reqwest::Response::from(http::Response::new("{}")))
/// });
/// let mut service: turnspan::AttemptService<_> = telemetry.attempt_layer().layer(inner);
/// let request = reqwest::Client::new().post("https://api.openai.com/v1/chat/completions");
/// let answer = service.ready().await?.call(request.build()?).await?;
/// assert_eq!(answer.text().await?, "{}", "without an operation layer it passes as it is");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AttemptService<S> {
    pub(super) inner: S,
    pub(super) seam: Seam,
}

impl<S> fmt::Debug for AttemptService<S> {
    /// A client in it would show its default headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptService").finish_non_exhaustive()
    }
}

impl AttemptLayer {
    pub(crate) fn new(seam: &Seam) -> Self {
        Self { seam: seam.clone() }
    }
}

impl<S> Layer<S> for AttemptLayer {
    type Service = AttemptService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AttemptService {
            inner,
            seam: self.seam.clone(),
        }
    }
}
