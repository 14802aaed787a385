//! Makes every LLM call of a program visible.
//!
//! A wrapped client opens an OpenTelemetry span for every call, with the
//! `gen_ai.*` attributes of the GenAI semantic conventions, and records the
//! call's life as span events: prompt sent, first token, retry, tool call,
//! response received. Finished spans leave by OTLP (to Jaeger, Tempo, any
//! Collector), and become `CHAT_TURN` events at TES, a conversation-analytics
//! service. The name says it: *spans* become *turns*.
//!
//! ```text
//!  on the caller's task                             │ on turnspan's own threads
//!  call ─▶ instrument ─▶ api ─▶ operation ─▶ span ──┼─▶ pipeline ─┬─▶ OTLP
//!          the seams     bytes  facts        OTel   │  one queue  │   without content, unless let
//!          of clients    into                span   │             └─▶ turn ─▶ spool ─▶ delivery ─▶ TES
//!                        facts                      │
//! ```
//!
//! # Quick start
//!
//! ```no_run
//! use async_openai::config::OpenAIConfig;
//! use async_openai::types::chat::{
//!     ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
//! };
//! use turnspan::Conversation;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let telemetry = turnspan::init()?; // OTEL_*, TES_*; flushes on drop
//!     let ai = telemetry.openai(OpenAIConfig::default()).client();
//!
//!     Conversation::new("conv-123").user("u_1").scope(answer(&ai, "Hello!")).await
//! }
//!
//! #[tracing::instrument(skip_all)] // an ordinary span around the call
//! async fn answer(
//!     ai: &async_openai::Client<OpenAIConfig>,
//!     question: &str,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let request = CreateChatCompletionRequestArgs::default()
//!         .model("gpt-4o-mini")
//!         .messages([ChatCompletionRequestUserMessage::from(question).into()])
//!         .build()?;
//!     println!("{:?}", ai.chat().create(request).await?.choices);
//!     Ok(())
//! }
//! ```
//!
//! [`init`] says which variables it reads. The same without account and network,
//! a call that is told by hand and a span that is read back:
//!
//! ```
//! use opentelemetry_sdk::trace::InMemorySpanExporter;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//!
//! let exporter = InMemorySpanExporter::default();
//! let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
//! let url = "https://api.anthropic.com/v1/messages";
//! let call = telemetry.record(url, r#"{"model": "claude-sonnet-4-5", "max_tokens": 100}"#);
//! call.response(r#"{"content": [], "usage": {"input_tokens": 12, "output_tokens": 7}}"#);
//! telemetry.flush(std::time::Duration::from_secs(5))?;
//! let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
//! assert!(tree.contains("gen_ai.provider.name = anthropic"));
//! assert!(tree.contains("gen_ai.usage.output_tokens = 7"));
//! # Ok(()) }
//! ```
//!
//! # Every client
//!
//! - [`Telemetry::openai`]: an `async_openai::Client` that is observed from the start;
//! - [`Telemetry::wrap`]: an `async_openai::Client` that is there already, a
//!   `reqwest::Client`, a `reqwest_middleware::ClientWithMiddleware`;
//! - [`Telemetry::send`]: one `reqwest` request;
//! - [`Telemetry::operation_layer`] and [`Telemetry::attempt_layer`]: stacks of
//!   `tower` services, outside and inside their retries;
//! - [`Telemetry::record`]: any other client, told what happens;
//! - [`Telemetry::session`]: turns told by hand, for services of turns alone;
//! - [`Telemetry::interaction`]: what somebody wanted of an agent, around all of it;
//! - [`Telemetry::layer`]: `#[instrument]` functions with `gen_ai.*` fields
//!   become typed spans, and [`lifecycle`] has the events for them.
//!
//! What each of them says of broken streams, refusals and callers that let go
//! is in the table of [nine cases](https://github.com/turnspan/turnspan/blob/main/docs/nine-cases.md).
//!
//! # Tasks, streams and servers
//!
//! A [`Conversation`] belongs to the running task. Into others it is carried by
//! [`Conversation::spawn`] and [`Conversation::carry`] (`JoinSet`,
//! `FuturesUnordered`), over a stream by [`Conversation::scope_stream`], and a
//! [`ConversationLayer`] holds it for a server's request, response body included.
//! [`Telemetry`] is a guard and not `Clone`: share it in an `Arc`.
//!
//! # Every service
//!
//! Requests to hosts of [`Builder::propagate_to`] carry the trace, and the
//! conversation if [`Builder::propagate_baggage`] lists it;
//! [`Telemetry::inject`] does it for clients that are not wrapped.
//! [`Telemetry::extract`] takes them from requests that come, so that a trace
//! is one tree across processes.
//!
//! # What leaves the process
//!
//! By OTLP: names, numbers and ids. Prompts, answers, tool arguments and
//! error texts only if [`CaptureMode`] says so
//! (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`), on spans or in log
//! records; `user.id` and
//! `tes.*` only with [`Builder::identity_on_spans`]. To TES: content too,
//! unless [`Tes::capture_content`] is off. With nothing configured: nothing.
//!
//! Of what leaves, personal data and keys are taken out where [`Tes::redact`] or
//! [`Builder::redact_spans`] ask for it, by the rules of a [`Redaction`].
//!
//! # What never happens
//!
//! The caller's call is never failed, altered or held up: same request, same
//! response, same error, same stream. What goes wrong in here is swallowed and
//! counted, and so is everything that is lost on its way: see
//! [`Telemetry::stats`]. What a program can mend, such as a call that is not
//! recorded or a guard that was dropped too early, is one line in the log, with
//! what to do ([`Warning`]).
//!
//! # Features
//!
//! | name | default | what it does |
//! |---|---|---|
//! | `async-openai` | yes | [`Telemetry::openai`], and [`Telemetry::wrap`] for `async_openai::Client` (0.43) |
//! | `config-file` | yes | [`Builder::file`]: settings in TOML |
//! | `reqwest-middleware` | yes | [`Telemetry::wrap`] for `reqwest::Client` and `ClientWithMiddleware` (0.5), [`Telemetry::middleware`] |
//! | `otlp-grpc` | yes | OTLP over gRPC ([`OtlpProtocol`]) |
//! | `otlp-json` | no | OTLP over HTTP as JSON |
//! | `rustls` | yes | TLS for OTLP and for TES |
//! | `diagnosis` | no | the module `diagnosis`: which settings are set, and whether receivers answer |
//! | `sqlite` | yes | [`SpoolSettings::durable`]: turns that were not delivered survive the process |
//!
//! # Missing
//!
//! Formats other than OpenAI's, Anthropic's and those of the providers in the list of
//! [operations](https://github.com/turnspan/turnspan/blob/main/docs/operations.md).
//! The output of a prediction at Replicate, and its stream, are not read.
//! A response that is made in the background is a turn without an answer: what is
//! fetched later has a span only. The model of a form that `reqwest` streams is not
//! known.

mod background;
mod by_hand;
mod client;
mod config;
mod context;
mod conventions;
mod conversation;
mod delivery;
mod destination;
#[cfg(feature = "diagnosis")]
pub mod diagnosis;
mod dialect;
mod escape;
mod format;
mod framing;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod normalize;
mod once;
mod operation;
mod pipeline;
mod process;
mod propagation;
mod provider;
mod record;
mod redact;
mod repair;
pub mod semconv;
mod settings;
mod span;
mod spool;
mod stats;
mod subscriber;
mod telemetry;
mod turn;
mod urls;
mod user_ids;

pub use by_hand::{
    ChatTurn, Decision, Interaction, InteractionBuilder, Session, SessionUsage, ToolCall,
    ToolUseEvent,
};
#[cfg(feature = "async-openai")]
pub use client::OpenAiBuilder;
#[cfg(feature = "reqwest-middleware")]
pub use client::TurnspanMiddleware;
pub use client::{
    AttemptLayer, AttemptService, OperationLayer, OperationService, Recorder, Wrap, Wrappable,
};
pub use config::{CaptureMode, ConfigError};
pub use conventions::Conventions;
pub use conversation::{
    Conversation, ConversationLayer, ConversationService, Entered, Scoped, ScopedBody,
    ScopedResponse, ScopedStream,
};
pub use destination::{
    Dialect, Lines, Otlp, OtlpProtocol, OtlpSettings, OtlpSignal, SampledOnly, Tes, TesExporter,
    TurnGrouping, WithoutContent,
};
pub use normalize::{NormalizedResponse, normalize_response};
pub use operation::Usage;
pub use propagation::RemoteContext;
pub use record::ObservedBody;
pub use redact::{Action, Field, FieldRule, Finding, Redaction};
pub use span::events as lifecycle;
pub use span::{SpanTree, TurnSampler, span_tree};
#[cfg(feature = "sqlite")]
pub use spool::{
    SpoolEvent, SpoolFile, SpoolFileError, SpoolFilter, SpoolHolder, SpoolMove, SpoolOwner,
    SpoolPurge, SpoolRefusal, SpoolState, SpoolStatus,
};
pub use spool::{SpoolSettings, WhenFull};
pub use stats::{AccountSnapshot, DropReason, Fault, StatsSnapshot, Warning};
pub use telemetry::{Builder, FlushError, Telemetry, builder, init};
pub use turn::{ToolResult, ToolUse, Turn, TurnError};
pub use user_ids::UserIds;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
