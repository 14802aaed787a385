//! A loopback service that enrolls clients of TES, with a real GraphQL engine
//! behind its keys.
#![allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    reason = "how the engine wants resolvers"
)]

use super::provider::{Server, lock, wait_for};
use async_graphql::{
    EmptySubscription, InputObject, Object, Request as GraphqlRequest, Schema, SimpleObject,
};
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Condvar, Mutex};

type KeySchema = Schema<Query, Mutation, EmptySubscription>;

pub(crate) const PASSWORD: &str = "hunter22 sesame";
pub(crate) const API_KEY: &str = "tes_acme-corp_sesame";
const ACCESS_TOKEN: &str = "fake_access_token";

/// A running service; stops when dropped.
pub(crate) struct Enrollment {
    server: Server,
    state: Arc<Service>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What there is before anybody calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// An account with [`PASSWORD`].
    Account,
    /// None; one that is asked for is ready at so manieth sign-in.
    Nothing { ready_at: usize },
    /// One that was asked for, as said of its client or of its administrator.
    Pending {
        ready_at: usize,
        of: &'static str,
        says: &'static str,
    },
    /// Nothing but a way elsewhere.
    Redirect,
}

struct Service {
    known: Known,
    schema: KeySchema,
    called: Mutex<Vec<Called>>,
    arrived: Condvar,
}

impl Enrollment {
    pub(crate) fn with(known: Known) -> Self {
        let state = Arc::new(Service {
            known,
            schema: Schema::build(Query, Mutation, EmptySubscription).finish(),
            called: Mutex::default(),
            arrived: Condvar::new(),
        });
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        let server = Server::start(app);
        Self { server, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn called(&self) -> Vec<Called> {
        lock(&self.state.called).clone()
    }

    pub(crate) fn wait_for(&self, count: usize) -> Vec<Called> {
        let Service {
            called, arrived, ..
        } = &*self.state;
        wait_for(called, arrived, (count, "calls"), Vec::len).clone()
    }
}

async fn answer(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = head.uri.path().to_owned();
    lock(&service.called).push(Called {
        method: head.method,
        path: path.clone(),
        headers: head.headers.clone(),
        body: body.clone(),
    });
    service.arrived.notify_all();
    if service.known == Known::Redirect {
        let to = [("location", "https://elsewhere.example/login")];
        return (StatusCode::TEMPORARY_REDIRECT, to).into_response();
    }
    let json: Value = serde_json::from_slice(&body).unwrap();
    match path.as_str() {
        "/api/enrollment/login" => service.login(&json),
        "/api/enrollment/submit" => service.submit(&json),
        "/api/graphql" => service.execute(&head.headers, json).await,
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Service {
    fn login(&self, body: &Value) -> Response {
        let called = lock(&self.called);
        let logins = called.iter().filter(|it| it.path.ends_with("/login"));
        let is_ready = match self.known {
            Known::Account => true,
            Known::Nothing { ready_at } | Known::Pending { ready_at, .. } => {
                logins.count() >= ready_at
            }
            Known::Redirect => false,
        };
        if is_ready && body["password"] == PASSWORD {
            let tokens = json!({"accessToken": ACCESS_TOKEN, "refreshToken": "r"});
            return Json(json!({"success": true, "tokens": tokens})).into_response();
        }
        // A service that repeats what it got.
        let message = format!("no account for {}", body["password"]);
        (StatusCode::UNAUTHORIZED, Json(json!({"message": message}))).into_response()
    }

    fn submit(&self, _: &Value) -> Response {
        let refused = |errors: Value| {
            let body = Json(json!({"success": false, "errors": errors}));
            (StatusCode::BAD_REQUEST, body).into_response()
        };
        match self.known {
            Known::Account => refused(json!({"clientId": "This client ID is taken"})),
            Known::Pending { of, says, .. } => refused(json!({of: says})),
            Known::Nothing { .. } => Json(json!({"success": true})).into_response(),
            Known::Redirect => StatusCode::NOT_FOUND.into_response(),
        }
    }

    async fn execute(&self, headers: &HeaderMap, body: Value) -> Response {
        let expected = HeaderValue::from_str(&format!("Bearer {ACCESS_TOKEN}")).unwrap();
        if headers.get("authorization") != Some(&expected) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let request: GraphqlRequest = serde_json::from_value(body).unwrap();
        Json(self.schema.execute(request).await).into_response()
    }
}

struct Query;

#[Object]
impl Query {
    async fn service(&self) -> &'static str {
        "enrollment"
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn create_client_api_token(
        &self,
        client_id: String,
        input: CreateApiTokenInput,
    ) -> async_graphql::Result<CreatedToken> {
        if input.role != "service-account" || input.name.is_empty() {
            return Err("no such role".into());
        }
        Ok(CreatedToken {
            success: true,
            plain_text_token: API_KEY.replace("acme-corp", &client_id),
        })
    }
}

#[derive(InputObject)]
struct CreateApiTokenInput {
    name: String,
    role: String,
}

#[derive(SimpleObject)]
struct CreatedToken {
    success: bool,
    plain_text_token: String,
}
