//! Each request of a server within its conversation.

use super::Conversation;
use super::body::ScopedBody;
use super::source::Source;
use http::request::Parts;
use http::{HeaderName, Request, Response};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tower_layer::Layer;
use tower_service::Service;

/// A `tower` layer for servers: answers each request within its conversation,
/// from the handler to the last byte of the response body.
///
/// The conversation comes from headers, from a request extension that an earlier
/// layer of yours has set, or from a closure. A request without one is answered
/// in whatever conversation is current. Fits axum, tonic and hyper, and every
/// other stack of `http` types.
///
/// # When should I use it rather than `Conversation::scope`?
///
/// For servers. A scope in a handler ends when the handler returns, and a body that
/// it streams is polled after that; the layer holds for the body too. What a
/// handler spawns starts outside: use [`Conversation::spawn`] or
/// [`Conversation::carry`] for it.
///
/// ```
/// use http::{HeaderName, Request, Response};
/// use tower::{ServiceBuilder, ServiceExt as _};
/// use turnspan::{Conversation, ConversationLayer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let layer = ConversationLayer::from_headers(
///     HeaderName::from_static("x-conversation-id"),
///     HeaderName::from_static("x-user-id"),
/// );
/// let service = ServiceBuilder::new().layer(layer).service_fn(async |_: Request<String>| {
///     let conversation = Conversation::current().unwrap_or_default();
///     Ok::<_, std::convert::Infallible>(Response::new(format!("{:?}", conversation.id())))
/// });
/// let request = Request::get("/chat").header("x-conversation-id", "conv-123");
/// let response = service.oneshot(request.body(String::new())?).await?;
/// # use http_body_util::BodyExt as _;
/// assert_eq!(response.into_body().collect().await?.to_bytes(), r#"Some("conv-123")"#);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ConversationLayer {
    source: Source,
}

/// The service that [`ConversationLayer`] makes.
#[derive(Debug, Clone)]
pub struct ConversationService<S> {
    inner: S,
    source: Source,
}

pin_project! {
    /// The response of a [`ConversationService`], on its way.
    #[derive(Debug)]
    pub struct ScopedResponse<F> {
        #[pin]
        response: F,
        conversation: Option<Conversation>,
    }
}

impl ConversationLayer {
    /// Takes the conversation from a closure, such as one that reads a session or
    /// the claims of a token; `None` leaves the request without one.
    ///
    /// ```
    /// use turnspan::{Conversation, ConversationLayer};
    ///
    /// let layer = ConversationLayer::new(|request| {
    ///     let id = request.uri.path().strip_prefix("/chats/")?;
    ///     Some(Conversation::new(id).route("/chats/{id}"))
    /// });
    /// # drop(layer);
    /// ```
    ///
    /// Behind services of yours that propagate baggage, the conversation is the
    /// sender's:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use turnspan::ConversationLayer;
    ///
    /// let builder = turnspan::builder().propagate_baggage(["gen_ai.conversation.id"]);
    /// let telemetry = Arc::new(builder.build()?);
    /// let layer = ConversationLayer::new(move |request| {
    ///     telemetry.extract(&request.headers).conversation().cloned()
    /// });
    /// # drop(layer); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn new(find: impl Fn(&Parts) -> Option<Conversation> + Send + Sync + 'static) -> Self {
        let source = Source::Closure(Arc::new(find));
        Self { source }
    }

    /// Takes the conversation's id and the user's id from headers, either of which
    /// may be missing (pass `None` if there is no header for users). A value that
    /// is empty, longer than 256 code points or has control characters counts as
    /// missing.
    ///
    /// Whoever sends a request chooses its headers: use it behind a gateway of
    /// yours that sets them.
    pub fn from_headers(conversation: HeaderName, user: impl Into<Option<HeaderName>>) -> Self {
        let user = user.into();
        let source = Source::Headers { conversation, user };
        Self { source }
    }

    /// Takes a [`Conversation`] from the extensions of the request, where an earlier
    /// layer of yours has put it (in axum: `Extension` or a middleware).
    pub fn from_extension() -> Self {
        let source = Source::Extension;
        Self { source }
    }
}

impl<S> Layer<S> for ConversationLayer {
    type Service = ConversationService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConversationService {
            inner,
            source: self.source.clone(),
        }
    }
}

impl<S, B, A> Service<Request<B>> for ConversationService<S>
where
    S: Service<Request<B>, Response = Response<A>>,
{
    type Response = Response<ScopedBody<A>>;
    type Error = S::Error;
    type Future = ScopedResponse<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let conversation = self.source.conversation(&parts);
        // Some services begin their work when they are called.
        let _entered = conversation.as_ref().map(Conversation::enter);
        let response = self.inner.call(Request::from_parts(parts, body));
        ScopedResponse {
            response,
            conversation,
        }
    }
}

impl<F, A, E> Future for ScopedResponse<F>
where
    F: Future<Output = Result<Response<A>, E>>,
{
    type Output = Result<Response<ScopedBody<A>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.conversation.as_ref().map(Conversation::enter);
        let response = ready!(this.response.poll(cx));
        let conversation = this.conversation.clone();
        Poll::Ready(response.map(|it| it.map(|body| ScopedBody { body, conversation })))
    }
}
