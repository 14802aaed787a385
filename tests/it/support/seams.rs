//! One call through any seam, its answer as a stream of bytes.

use super::harness::{Harness, ask};
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioExecutor;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use serde_json::{Value, json};
use std::time::Duration;
use tower::retry::Policy;
use tower::{Service as _, ServiceBuilder, ServiceExt as _};
use turnspan::Recorder;

/// What a caller gets: the answer's bytes, or the text of an error.
pub(crate) type Answer = Result<BoxStream<'static, Result<Bytes, String>>, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seam {
    /// A wrapped `async_openai::Client`; a client of `OpenAI`'s only.
    AsyncOpenai,
    /// `telemetry.send(request)`: no retries.
    Reqwest,
    /// A wrapped `ClientWithMiddleware` that retries.
    Middleware,
    /// The two layers around a tower retry layer.
    Tower,
    /// The same, around a client of hyper's.
    Hyper,
    /// A bare client, a loop that retries, and a recorder that is told.
    Recorder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    OpenAi,
    Anthropic,
}

impl Seam {
    pub(crate) const ALL: [Self; 6] = [
        Self::AsyncOpenai,
        Self::Reqwest,
        Self::Middleware,
        Self::Tower,
        Self::Hyper,
        Self::Recorder,
    ];

    pub(crate) fn speaks(self, format: Format) -> bool {
        self != Self::AsyncOpenai || format == Format::OpenAi
    }

    /// Makes a call with one user message.
    pub(crate) async fn call(self, harness: &Harness, format: Format, stream: bool) -> Answer {
        let body = format.request(stream).to_string();
        let url = format.url(harness);
        let request = || {
            let request = harness
                .http
                .post(&url)
                .header("content-type", "application/json");
            request.body(body.clone())
        };
        match self {
            Self::AsyncOpenai => async_openai(harness, stream).await,
            Self::Reqwest => bytes(harness.telemetry.send(request()).await),
            Self::Middleware => {
                let client = harness.telemetry.wrap(retrying(harness.http.clone()));
                bytes(client.execute(request().build().unwrap()).await)
            }
            Self::Tower => tower(harness, request().build().unwrap()).await,
            Self::Hyper => hyper(harness, request().build().unwrap()).await,
            Self::Recorder => {
                let call = harness.telemetry.record(&url, body.clone());
                recorded(call, request, stream).await
            }
        }
    }
}

impl Format {
    pub(crate) const ALL: [Self; 2] = [Self::OpenAi, Self::Anthropic];

    pub(crate) fn url(self, harness: &Harness) -> String {
        let path = match self {
            Self::OpenAi => "chat/completions",
            Self::Anthropic => "messages",
        };
        format!("{}/{path}", harness.provider.base_url())
    }

    pub(crate) fn request(self, stream: bool) -> Value {
        let (model, max_tokens) = match self {
            Self::OpenAi => ("gpt-4o", json!(null)),
            Self::Anthropic => ("claude-sonnet-4", json!(100)),
        };
        json!({"model": model, "max_tokens": max_tokens, "stream": stream,
            "messages": [{"role": "user", "content": "Hello!"}]})
    }
}

/// A client that retries thrice without waiting long.
pub(crate) fn retrying(client: Client) -> ClientWithMiddleware {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(20), Duration::from_millis(20))
        .build_with_max_retries(3);
    ClientBuilder::new(client)
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .build()
}

async fn async_openai(harness: &Harness, stream: bool) -> Answer {
    let ai = harness.same_ai();
    if stream {
        let answer = ai.chat().create_stream(ask("Hello!")).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let items = answer.map(|item| match item {
            Ok(chunk) => Ok(serde_json::to_vec(&chunk).unwrap().into()),
            Err(error) => Err(error.to_string()),
        });
        return Ok(items.boxed());
    }
    let answer = ai.chat().create(ask("Hello!")).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let bytes = Bytes::from(serde_json::to_vec(&answer).unwrap());
    Ok(futures::stream::iter([Ok(bytes)]).boxed())
}

/// Reads an answer to its end.
pub(crate) async fn drain(mut answer: BoxStream<'static, Result<Bytes, String>>) -> Bytes {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.next().await {
        bytes.extend(chunk.unwrap());
        tokio::task::yield_now().await;
    }
    bytes.into()
}

fn bytes<E: ToString>(answered: Result<Response, E>) -> Answer {
    let response = answered.map_err(|error| error.to_string())?;
    let chunks = response.bytes_stream();
    Ok(chunks
        .map(|chunk| chunk.map_err(|error| error.to_string()))
        .boxed())
}

/// Retries refusals thrice, at once.
#[derive(Clone)]
pub(crate) struct Thrice(pub(crate) u32);

impl<B: Clone, A, E> Policy<http::Request<B>, http::Response<A>, E> for Thrice {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut http::Request<B>,
        answered: &mut Result<http::Response<A>, E>,
    ) -> Option<Self::Future> {
        let answered = answered.as_ref();
        let failed = answered.map_or(true, |it| it.status().as_u16() >= 429);
        self.once_more(failed)
    }

    fn clone_request(&mut self, request: &http::Request<B>) -> Option<http::Request<B>> {
        Some(request.clone())
    }
}

impl Thrice {
    fn once_more(&mut self, failed: bool) -> Option<std::future::Ready<()>> {
        (failed && self.0 > 0).then(|| {
            self.0 -= 1;
            std::future::ready(())
        })
    }
}

impl Policy<Request, Response, reqwest::Error> for Thrice {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request,
        answered: &mut Result<Response, reqwest::Error>,
    ) -> Option<Self::Future> {
        let failed = answered
            .as_ref()
            .map_or(true, |response| response.status().as_u16() >= 429);
        self.once_more(failed)
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        request.try_clone()
    }
}

async fn tower(harness: &Harness, request: Request) -> Answer {
    let mut service = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .retry(Thrice(3))
        .layer(harness.telemetry.attempt_layer())
        .service(harness.http.clone());
    let ready = service.ready().await.map_err(|error| error.to_string())?;
    bytes(ready.call(request).await)
}

async fn hyper(harness: &Harness, request: Request) -> Answer {
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
    let mut service = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .retry(Thrice(3))
        .layer(harness.telemetry.attempt_layer())
        .service(client);
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap();
    let mut sent = http::Request::new(Full::from(body.to_vec()));
    *sent.method_mut() = request.method().clone();
    *sent.uri_mut() = request.url().as_str().parse().unwrap();
    sent.headers_mut().clone_from(request.headers());
    let ready = service.ready().await.map_err(|error| error.to_string())?;
    let answer = ready.call(sent).await.map_err(|error| error.to_string())?;
    let chunks = answer.into_body().into_data_stream();
    Ok(chunks
        .map(|chunk| chunk.map_err(|error| error.to_string()))
        .boxed())
}

/// What a client without a seam would do, and say.
async fn recorded(
    mut call: Recorder,
    request: impl Fn() -> reqwest::RequestBuilder,
    stream: bool,
) -> Answer {
    for attempt in 1.. {
        let response = match request().send().await {
            Ok(response) => response,
            Err(error) if attempt > 3 => {
                call.failed(&error);
                return Err(error.to_string());
            }
            Err(error) => {
                call.attempt_failed(&error);
                call.attempt_begins();
                continue;
            }
        };
        let status = response.status().as_u16();
        if status >= 429 && attempt <= 3 {
            call.attempt_refused(status);
            call.attempt_begins();
        } else if stream && status < 400 {
            return Ok(told(call, response).boxed());
        } else {
            let body = response.bytes().await.map_err(|error| error.to_string())?;
            if status < 400 {
                call.response(body.clone());
            } else {
                call.refused(status, body.clone());
            }
            return Ok(futures::stream::iter([Ok(body)]).boxed());
        }
    }
    Err("attempts never end".to_owned())
}

fn told(
    call: Recorder,
    response: Response,
) -> impl futures::Stream<Item = Result<Bytes, String>> + Send {
    let chunks = response.bytes_stream();
    futures::stream::unfold((Some(call), chunks), |(mut call, mut chunks)| async move {
        match chunks.next().await {
            Some(Ok(chunk)) => {
                if let Some(call) = &mut call {
                    call.chunk(chunk.clone());
                }
                Some((Ok(chunk), (call, chunks)))
            }
            Some(Err(error)) => {
                if let Some(call) = call.take() {
                    call.failed(&error);
                }
                Some((Err(error.to_string()), (call, chunks)))
            }
            None => {
                if let Some(call) = call {
                    call.finish();
                }
                None
            }
        }
    })
}
