//! The seam of reqwest-middleware.
//!
//! One middleware sees attempts; the map of extensions, which a retrying
//! middleware hands to every one of them, tells which belong together.

use super::{observe, outgoing, prepare};
use crate::client::{AttemptLayer, OperationLayer, Seam, Wrap, Wrappable};
use crate::record::{Moment, Recording};
use ::reqwest::{Client, Request, Response};
use async_trait::async_trait;
use http::Extensions;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};

/// Records the calls of a `ClientWithMiddleware`.
///
/// Belongs at the end of the stack, so that it sees every attempt of a
/// retrying middleware before it: they join in one span. Made by
/// [`Telemetry::middleware`](crate::Telemetry::middleware).
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// # use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let telemetry =
/// #     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
/// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
///
/// let middleware: turnspan::TurnspanMiddleware = telemetry.middleware();
/// let client = ClientBuilder::new(reqwest::Client::new()).with(middleware).build();
/// let call = client.post(format!("http://{nobody}/v1/chat/completions")).body("{}");
/// assert!(call.send().await.is_err(), "nobody listens");
/// assert_eq!(telemetry.stats().destinations["exporter"].made, 1);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct TurnspanMiddleware {
    seam: Seam,
}

/// The call that a map of extensions belongs to: a recording of each telemetry.
/// When the map goes, with nobody reading an answer, the call is at its end.
#[derive(Debug, Clone, Default)]
struct Joined(Vec<Recording>);

impl Joined {
    fn of(&self, seam: &Seam) -> Option<&Recording> {
        self.0.iter().find(|recording| seam.records(recording))
    }

    fn replace(&mut self, seam: &Seam, recording: Recording) {
        self.0.retain(|known| !seam.records(known));
        self.0.push(recording);
    }
}

impl TurnspanMiddleware {
    pub(crate) fn new(seam: Seam) -> Self {
        Self { seam }
    }

    /// The recording that an attempt belongs to, if it is to be recorded.
    fn recording(
        &self,
        moment: &Moment,
        request: &Request,
        extensions: &mut Extensions,
    ) -> Option<Recording> {
        let joined: Option<&Joined> = extensions.get();
        match joined.and_then(|joined| joined.of(&self.seam)) {
            // Another of us, further out, has this attempt already.
            Some(recording) if recording.is_attempted() => None,
            Some(recording) if recording.awaits_retry() => {
                recording.learn_of(request);
                Some(recording.clone())
            }
            _ => {
                let recording = self.seam.record(moment, outgoing(request))?;
                let joined: &mut Joined = extensions.get_or_insert_default();
                joined.replace(&self.seam, recording.clone());
                Some(recording)
            }
        }
    }
}

#[async_trait]
impl Middleware for TurnspanMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let moment = Moment::now();
        let recording = self.recording(&moment, &request, extensions);
        prepare(&self.seam, &moment, recording.as_ref(), &mut request);
        let Some(recording) = recording else {
            return next.run(request, extensions).await;
        };
        let attempt = recording.attempt();
        let answered = next.run(request, extensions).await;
        match answered {
            Ok(response) => {
                attempt.answered(response.status().as_u16());
                Ok(observe(response, &recording))
            }
            Err(error) => {
                attempt.failed(&error);
                Err(error)
            }
        }
    }
}

impl Wrappable for Client {
    type Out = ClientWithMiddleware;

    fn wrapped(self, wrap: Wrap, operation: OperationLayer, attempt: AttemptLayer) -> Self::Out {
        ClientWithMiddleware::from(self).wrapped(wrap, operation, attempt)
    }
}

impl Wrappable for ClientWithMiddleware {
    type Out = Self;

    /// The client has its transport, so `Wrap::http` has nothing to say.
    fn wrapped(self, _wrap: Wrap, operation: OperationLayer, _attempt: AttemptLayer) -> Self {
        if operation.seam.is_off() {
            return self;
        }
        ClientBuilder::from_client(self)
            .with(TurnspanMiddleware::new(operation.seam))
            .build()
    }
}
