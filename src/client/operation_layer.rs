//! The position outside the client's retries: one call, one span.

use super::Seam;
use std::fmt;
use tower_layer::Layer;

/// Opens the span of a logical call and follows its response to the end.
///
/// Belongs outside the retry layer, with an [`AttemptLayer`](super::AttemptLayer)
/// inside it. Made by [`Telemetry::operation_layer`](crate::Telemetry::operation_layer).
/// Request, response and error pass as they are, but that async-openai's
/// services end with its `OpenAIError`.
///
/// ```
/// use tower::{ServiceBuilder, ServiceExt as _};
/// # use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
///
/// let service = ServiceBuilder::new()
///     .layer(telemetry.operation_layer())
///     .layer(telemetry.attempt_layer())
///     .service_fn(|_: reqwest::Request| async {
///         Ok::<_, std::io::Error>(reqwest::Response::from(http::Response::new("{}")))
///     });
/// let url = "https://api.openai.com/v1/chat/completions";
/// let request = reqwest::Client::new().post(url).body(r#"{"model": "m"}"#).build()?;
/// let answer = service.oneshot(request).await?;
/// assert_eq!(answer.text().await?, "{}");
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(exporter.get_finished_spans()?[0].name, "chat m");
/// # Ok(()) }
/// ```
///
/// Services of `http::Request<B>`, as hyper's clients are, are seen too. Of their
/// requests that is read which a body has at hand (`Full`, `Empty`: a body that
/// can be cloned); their answers have an [`ObservedBody`](crate::ObservedBody).
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use hyper_util::client::legacy::Client;
/// use hyper_util::rt::TokioExecutor;
/// use tower::{ServiceBuilder, ServiceExt as _};
/// # use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
/// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
/// # let server = format!("http://{nobody}");
///
/// let client = Client::builder(TokioExecutor::new()).build_http();
/// let service = ServiceBuilder::new()
///     .layer(telemetry.operation_layer())
///     .layer(telemetry.attempt_layer())
///     .service(client);
/// let request = http::Request::post(format!("{server}/v1/chat/completions"))
///     .body(Full::<Bytes>::from(r#"{"model": "m", "messages": []}"#))?;
/// assert!(service.oneshot(request).await.is_err(), "nobody listens");
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(exporter.get_finished_spans()?[0].name, "chat m");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct OperationLayer {
    pub(super) seam: Seam,
}

/// The service that [`OperationLayer`] makes: a `tower::Service` of the
/// requests that the inner one takes.
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
/// let mut service: turnspan::OperationService<_> = telemetry.operation_layer().layer(inner);
/// let request = reqwest::Client::new().get("https://api.openai.com/v1/models").build()?;
/// let answer = service.ready().await?.call(request).await?;
/// assert_eq!(answer.text().await?, "{}", "what is no call passes as it is");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct OperationService<S> {
    pub(super) inner: S,
    pub(super) seam: Seam,
}

impl<S> fmt::Debug for OperationService<S> {
    /// A client in it would show its default headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationService").finish_non_exhaustive()
    }
}

impl OperationLayer {
    pub(crate) fn new(seam: Seam) -> Self {
        Self { seam }
    }
}

impl<S> Layer<S> for OperationLayer {
    type Service = OperationService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        OperationService {
            inner,
            seam: self.seam.clone(),
        }
    }
}
