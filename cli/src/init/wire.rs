//! What calls of the service look like, field by field in their order.

use super::account::Account;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) const LOGIN: &str = "/api/enrollment/login";
pub(super) const SUBMIT: &str = "/api/enrollment/submit";
pub(super) const GRAPHQL: &str = "/api/graphql";

/// The text is part of the call: a service may allow it by its text.
const CREATE_API_TOKEN: &str =
    "mutation CreateApiToken($clientId: String!, $input: CreateApiTokenInput!) {
        createClientApiToken(clientId: $clientId, input: $input) {
          success
          plainTextToken
        }
      }";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Login<'a> {
    email: &'a str,
    password: &'a str,
    client_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Submit<'a> {
    client_id: &'a str,
    company_name: &'a str,
    industry_type: &'a str,
    auth_provider: &'a str,
    admin_email: &'a str,
    admin_password: &'a str,
    region: &'a str,
}

#[derive(Serialize)]
pub(super) struct CreateApiToken<'a> {
    query: &'a str,
    variables: Variables<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Variables<'a> {
    client_id: &'a str,
    input: Input<'a>,
}

#[derive(Serialize)]
struct Input<'a> {
    name: &'a str,
    role: &'a str,
}

impl<'a> Login<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        Self {
            email: &account.email,
            password: &account.password,
            client_id: &account.client_id,
        }
    }
}

impl<'a> Submit<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        Self {
            client_id: &account.client_id,
            company_name: &account.client_id,
            industry_type: "technology",
            auth_provider: "native",
            admin_email: &account.email,
            admin_password: &account.password,
            region: account.region.as_str(),
        }
    }
}

impl<'a> CreateApiToken<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        Self {
            query: CREATE_API_TOKEN,
            variables: Variables {
                client_id: &account.client_id,
                input: Input {
                    name: "ai-events-sdk",
                    role: "service-account",
                },
            },
        }
    }
}

/// What is read of answers, whichever call they are to.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Answer {
    tokens: Option<Tokens>,
    data: Option<Data>,
    errors: Value,
    error: Value,
    message: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    access_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    create_client_api_token: Option<Created>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    plain_text_token: Option<String>,
}

impl Answer {
    /// What lets in.
    pub(super) fn access_token(&mut self) -> Option<String> {
        self.tokens.take()?.access_token
    }

    /// The key that was made.
    pub(super) fn api_key(&mut self) -> Option<String> {
        self.data.take()?.create_client_api_token?.plain_text_token
    }

    /// Whether the account is one that was asked for before.
    pub(super) fn is_pending(&self) -> bool {
        let says = |field: &str, words: &str| {
            let said = self.errors.get(field).map(texts);
            said.is_some_and(|said| said.contains(words))
        };
        says("clientId", "already pending") || says("adminEmail", "already has a pending")
    }

    /// What went wrong, in the service's words; nothing if nothing did.
    pub(super) fn complaint(&self) -> String {
        [&self.errors, &self.error, &self.message]
            .into_iter()
            .map(texts)
            .find(|said| !said.is_empty())
            .unwrap_or_default()
    }

    pub(super) fn has_errors(&self) -> bool {
        !texts(&self.errors).is_empty()
    }
}

/// Errors come as a text, a list, or an object of fields.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(texts).collect();
            list.join("; ")
        }
        Value::Object(fields) if fields.contains_key("message") => {
            fields.get("message").map(texts).unwrap_or_default()
        }
        Value::Object(fields) => {
            let said = fields.iter();
            let said = said.map(|(field, what)| format!("{field}: {}", texts(what)));
            said.collect::<Vec<_>>().join("; ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}
