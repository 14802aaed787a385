//! A loopback TES: a real GraphQL engine with the schema of the service.
//!
//! What it accepts, the engine has parsed, validated and executed as text.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    reason = "helpers of tests, of which each program uses a part"
)]

use super::provider::{Server, finish, lock, wait_for};
use async_graphql::{
    EmptySubscription, InputObject, Json, Name, Object, Request as GraphqlRequest, Schema,
    SimpleObject, Value as GraphqlValue,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use futures::stream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

type TesSchema = Schema<Query, Mutation, EmptySubscription>;

/// A running receiver; stops when dropped.
pub(crate) struct TesReceiver {
    server: Server,
    state: Arc<Receiver>,
}

/// A request as it arrived, and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) answered: u16,
    pub(crate) accepted: bool,
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// The engine executes it.
    Accept,
    Status(u16),
    StatusWithHeader(u16, &'static str, String),
    Redirect(String),
    /// Status 200 with `errors` and no data.
    GraphqlError(String),
    /// Status 200 with `success: false`.
    NotSuccessful(String),
    /// The connection breaks before an answer; `answered` is then 503.
    Close,
    /// The engine executes it, later.
    Slow(Duration),
    /// Status 200, a body that is not JSON; the event is taken all the same.
    NotJson,
    /// Status 200 and `success: false`, but the connection breaks before the end.
    HalfRefusal,
    /// The engine executes it, and the connection breaks before an answer.
    Unsaid,
}

struct Receiver {
    schema: TesSchema,
    script: Mutex<VecDeque<Answer>>,
    received: Mutex<Vec<Received>>,
    accepted: Arc<Accepted>,
    arrived: Condvar,
}

/// The inputs that the engine has accepted.
type Accepted = Mutex<Vec<GraphqlValue>>;

impl TesReceiver {
    pub(crate) fn start() -> Self {
        Self::scripted([])
    }

    /// Answers by script, then accepts.
    pub(crate) fn scripted(script: impl IntoIterator<Item = Answer>) -> Self {
        Self::scripted_at(0, script)
    }

    /// At a port where nobody listened before.
    pub(crate) fn at(port: u16) -> Self {
        Self::scripted_at(port, [])
    }

    pub(crate) fn scripted_at(port: u16, script: impl IntoIterator<Item = Answer>) -> Self {
        let accepted = Arc::new(Accepted::default());
        let schema = Schema::build(Query, Mutation, EmptySubscription)
            .data(Arc::clone(&accepted))
            .finish();
        let state = Arc::new(Receiver {
            schema,
            script: Mutex::new(script.into_iter().collect()),
            received: Mutex::default(),
            accepted,
            arrived: Condvar::new(),
        });
        let app = Router::new()
            .route("/api/graphql", post(receive))
            .with_state(Arc::clone(&state));
        let server = Server::start_at(app, port);
        Self { server, state }
    }

    /// Accepts from now on.
    pub(crate) fn heal(&self) {
        lock(&self.state.script).clear();
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }

    /// What executes, for servers that answer in their own way.
    pub(crate) fn engine(&self) -> Engine {
        Engine(Arc::clone(&self.state))
    }

    /// The `input` objects that were accepted, in their order.
    pub(crate) fn accepted(&self) -> Vec<Value> {
        lock(&self.state.accepted).iter().map(json_of).collect()
    }

    /// The same, and forgets them: for tests that send more than one wants to
    /// keep.
    pub(crate) fn take_accepted(&self) -> Vec<Value> {
        lock(&self.state.received).clear();
        let accepted = std::mem::take(&mut *lock(&self.state.accepted));
        accepted.iter().map(json_of).collect()
    }

    /// The same as text for people, fields in the order they were sent.
    pub(crate) fn accepted_as_text(&self) -> Vec<String> {
        let inputs = lock(&self.state.accepted);
        inputs
            .iter()
            .filter_map(|input| serde_json::to_string_pretty(input).ok())
            .collect()
    }

    /// Waits until `count` requests have been accepted and recorded.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Value> {
        let state = &self.state;
        let wanted = (count, "accepted requests");
        drop(wait_for(
            &state.received,
            &state.arrived,
            wanted,
            |received| received.iter().filter(|one| one.accepted).count(),
        ));
        self.accepted()
    }

    /// Waits until `count` requests have been answered, accepted or not.
    pub(crate) fn wait_for_requests(&self, count: usize) -> Vec<Received> {
        let state = &self.state;
        wait_for(
            &state.received,
            &state.arrived,
            (count, "requests"),
            Vec::len,
        )
        .clone()
    }
}

/// The engine of a receiver.
pub(crate) struct Engine(Arc<Receiver>);

impl Engine {
    /// Executes the body of a request; gives the answer.
    pub(crate) async fn execute(&self, body: &Bytes) -> Value {
        let answer = execute(&self.0, body).await.into_body();
        let answer = axum::body::to_bytes(answer, usize::MAX).await;
        serde_json::from_slice(&answer.unwrap_or_default()).unwrap_or_default()
    }
}

struct Query;

#[Object]
impl Query {
    async fn service(&self) -> &'static str {
        "tes"
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn emit_event(
        &self,
        context: &async_graphql::Context<'_>,
        input: EventInput,
    ) -> async_graphql::Result<EmitEventResult> {
        let event_id = accept(context, input.into_value())?;
        Ok(EmitEventResult {
            success: true,
            event_id: Some(event_id),
            message: None,
        })
    }

    async fn create_module_event(
        &self,
        context: &async_graphql::Context<'_>,
        module_id: String,
        input: ModuleEventInput,
    ) -> async_graphql::Result<ModuleEventResult> {
        let event_id = accept(context, input.into_value(module_id))?;
        Ok(ModuleEventResult {
            success: true,
            event_id: Some(event_id),
        })
    }
}

/// Keeps an event, unless it asks to be refused; gives it an id.
fn accept(
    context: &async_graphql::Context<'_>,
    input: GraphqlValue,
) -> async_graphql::Result<String> {
    if json_of(&input)["data"]["attributes"]["user_message"] == "refuse this" {
        return Err("refused, as asked".into());
    }
    let mut inputs = lock(context.data::<Arc<Accepted>>()?);
    inputs.push(input);
    let event_id = format!("evt-{}", inputs.len());
    drop(inputs);
    context
        .data::<Arc<AtomicBool>>()?
        .store(true, Ordering::Relaxed);
    Ok(event_id)
}

#[derive(InputObject)]
struct ModuleEventInput {
    event_type: String,
    data: EventDataInput,
}

impl ModuleEventInput {
    fn into_value(self, module_id: String) -> GraphqlValue {
        object([
            ("moduleId", module_id.into()),
            ("eventType", self.event_type.into()),
            ("data", self.data.into_value()),
        ])
    }
}

#[derive(SimpleObject)]
struct ModuleEventResult {
    success: bool,
    event_id: Option<String>,
}

#[derive(InputObject)]
struct EventInput {
    event_type: String,
    entity_type: String,
    data: EventDataInput,
}

#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
struct EventDataInput {
    entity_id: String,
    attributes: Json<GraphqlValue>,
}

#[derive(SimpleObject)]
struct EmitEventResult {
    success: bool,
    event_id: Option<String>,
    message: Option<String>,
}

impl EventInput {
    fn into_value(self) -> GraphqlValue {
        object([
            ("eventType", self.event_type.into()),
            ("entityType", self.entity_type.into()),
            ("data", self.data.into_value()),
        ])
    }
}

impl EventDataInput {
    fn into_value(self) -> GraphqlValue {
        object([
            ("entity_id", self.entity_id.into()),
            ("attributes", self.attributes.0),
        ])
    }
}

fn object<const N: usize>(fields: [(&str, GraphqlValue); N]) -> GraphqlValue {
    let fields = fields
        .into_iter()
        .map(|(name, value)| (Name::new(name), value));
    GraphqlValue::Object(fields.collect())
}

fn json_of(value: &GraphqlValue) -> Value {
    value.clone().into_json().unwrap_or_default()
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let answer = lock(&receiver.script).pop_front().unwrap_or(Answer::Accept);
    let response = answer_with(&receiver, answer, &body).await;
    let accepted = response.extensions().get::<Taken>().is_some();
    let answered = response.status().as_u16();
    lock(&receiver.received).push(Received {
        headers,
        body,
        answered,
        accepted,
    });
    receiver.arrived.notify_all();
    response
}

/// Marks an answer whose event was taken.
#[derive(Clone)]
struct Taken;

async fn answer_with(receiver: &Receiver, answer: Answer, body: &Bytes) -> Response<Body> {
    match answer {
        Answer::Accept => execute(receiver, body).await,
        Answer::Slow(delay) => {
            tokio::time::sleep(delay).await;
            execute(receiver, body).await
        }
        Answer::Status(status) => respond(status, &[], Body::empty()),
        Answer::StatusWithHeader(status, name, value) => {
            respond(status, &[(name, value)], Body::empty())
        }
        Answer::Redirect(location) => respond(307, &[("location", location)], Body::empty()),
        Answer::GraphqlError(message) => respond_json(&json!({
            "data": null, "errors": [{"message": message}],
        })),
        Answer::NotSuccessful(message) => {
            let no = json!({"success": false, "eventId": null, "message": message});
            let fields = fields(body).into_iter().map(|field| (field, no.clone()));
            respond_json(&json!({"data": fields.collect::<serde_json::Map<_, _>>()}))
        }
        Answer::NotJson => execute(receiver, body)
            .await
            .map(|_json| Body::from("<html>thanks</html>")),
        Answer::Close => broken(503, ""),
        Answer::Unsaid => {
            execute(receiver, body).await;
            broken(200, r#"{"data":{"emitEvent":{"success":tr"#)
        }
        Answer::HalfRefusal => broken(200, r#"{"data":{"emitEvent":{"success":fal"#),
    }
}

/// What a request asks for: `e0`, `e1` and so on, if it has several events.
fn fields(body: &[u8]) -> Vec<String> {
    let body = String::from_utf8_lossy(body);
    let fields = (0..).map(|index| format!("e{index}"));
    let fields: Vec<_> = fields
        .take_while(|field| body.contains(&format!("{field}: ")))
        .collect();
    if fields.is_empty() {
        vec!["emitEvent".to_owned()]
    } else {
        fields
    }
}

/// An answer of 99 bytes that ends after these.
fn broken(status: u16, begun: &'static str) -> Response<Body> {
    let end = Err(io::Error::other("closed, as scripted"));
    let chunks = [Ok(Bytes::from_static(begun.as_bytes())), end];
    let body = Body::from_stream(stream::iter(chunks));
    respond(status, &[("content-length", "99".to_owned())], body)
}

async fn execute(receiver: &Receiver, body: &Bytes) -> Response<Body> {
    let Ok(request) = serde_json::from_slice::<GraphqlRequest>(body) else {
        return respond(400, &[], Body::from("not a GraphQL request"));
    };
    let taken = Arc::new(AtomicBool::new(false));
    let request = request.data(Arc::clone(&taken));
    let answer = receiver.schema.execute(request).await;
    let mut response = respond_json(&serde_json::to_value(&answer).unwrap_or_default());
    if taken.load(Ordering::Relaxed) {
        response.extensions_mut().insert(Taken);
    }
    response
}

fn respond_json(body: &Value) -> Response<Body> {
    respond(
        200,
        &[("content-type", "application/json".to_owned())],
        Body::from(body.to_string()),
    )
}

fn respond(status: u16, headers: &[(&str, String)], body: Body) -> Response<Body> {
    let builder = headers.iter().fold(
        Response::builder().status(status),
        |builder, (name, value)| builder.header(*name, value),
    );
    finish(builder, body)
}
