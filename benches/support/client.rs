//! async-openai over a transport in the process, so that no socket hides what
//! is measured.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::types::chat::CreateChatCompletionRequest;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use serde_json::Value;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use tower::{ServiceBuilder, service_fn};
use turnspan::Telemetry;

pub(crate) type Ai = Client<OpenAIConfig>;

/// What is asked, and the same answer each time, made beforehand.
#[derive(Clone)]
pub(crate) struct Exchange {
    request: CreateChatCompletionRequest,
    answer: Answer,
}

#[derive(Clone)]
enum Answer {
    Whole(Bytes),
    Streamed(Arc<[Bytes]>),
}

impl Exchange {
    pub(crate) fn whole(request: Value, answer: Bytes) -> Self {
        Self {
            request: serde_json::from_value(request).unwrap(),
            answer: Answer::Whole(answer),
        }
    }

    pub(crate) fn streamed(request: Value, chunks: Vec<Bytes>) -> Self {
        Self {
            request: serde_json::from_value(request).unwrap(),
            answer: Answer::Streamed(chunks.into()),
        }
    }

    /// A client that nobody watches.
    pub(crate) fn bare(&self) -> Ai {
        client().with_http_service(transport!(self.answer.clone()))
    }

    /// A client that is wrapped.
    pub(crate) fn wrapped(&self, telemetry: &Telemetry) -> Ai {
        let layers = ServiceBuilder::new()
            .layer(telemetry.operation_layer())
            .layer(telemetry.attempt_layer());
        client().with_http_service(layers.service(transport!(self.answer.clone())))
    }

    /// A call, and all of its answer.
    pub(crate) async fn by(&self, ai: &Ai) {
        match self.answer {
            Answer::Whole(_) => {
                black_box(ai.chat().create(self.request.clone()).await.unwrap());
            }
            Answer::Streamed(_) => {
                let chat = ai.chat();
                let mut stream = chat.create_stream(self.request.clone()).await.unwrap();
                while let Some(chunk) = stream.next().await {
                    black_box(chunk.unwrap());
                }
            }
        }
    }
}

macro_rules! transport {
    ($answer:expr) => {{
        let answer = $answer;
        service_fn(move |factory: HttpRequestFactory| {
            let answer = answer.clone();
            async move {
                black_box(factory.build().await?);
                Ok::<_, OpenAIError>(answer.response())
            }
        })
    }};
}
use transport;

impl Answer {
    fn response(self) -> reqwest::Response {
        let (kind, body) = match self {
            Self::Whole(bytes) => ("application/json", reqwest::Body::from(bytes)),
            Self::Streamed(chunks) => {
                let chunks = (0..chunks.len()).filter_map(move |at| chunks.get(at).cloned());
                let chunks = stream::iter(chunks.map(Ok::<_, Infallible>));
                ("text/event-stream", reqwest::Body::wrap_stream(chunks))
            }
        };
        let response = http::Response::builder().header("content-type", kind);
        response.body(body).unwrap().into()
    }
}

fn client() -> Ai {
    let config = OpenAIConfig::new().with_api_base("http://localhost/v1");
    Client::with_config(config.with_api_key("k"))
}
