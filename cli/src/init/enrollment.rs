//! The calls of the service: sign in, sign up, get a key.

use super::account::Account;
use super::wire::{self, Answer, CreateApiToken, GRAPHQL, LOGIN, SUBMIT, Submit};
use crate::failure::Failure;
use crate::output::Output;
use indicatif::ProgressBar;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::Serialize;
use std::error::Error;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A new account is asked for again and again until it is ready.
pub(super) struct Patience {
    pub(super) interval: Duration,
    pub(super) limit: Duration,
}

pub(super) struct Service {
    endpoint: String,
    client: Client,
}

/// What lets in for a while; without `Debug`.
pub(super) struct AccessToken(String);

/// What came of an attempt to sign in.
pub(super) enum Login {
    In(AccessToken),
    /// What to say, unless a new account is wanted.
    Refused(Failure),
}

/// What came of an attempt to sign up.
enum Submitted {
    New,
    Pending,
}

const TIME_LIMIT: Duration = Duration::from_secs(20);

/// More of an answer is not read, and of its words not shown.
const MAX_ANSWER: usize = 1 << 20;
const MAX_SAID: usize = 300;

impl Service {
    /// Redirects are not followed: the password would go with them.
    pub(super) fn new(endpoint: &str) -> Result<Self, Failure> {
        let client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(TIME_LIMIT)
            .user_agent(concat!("turnspan/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::new(format!("HTTP client: {}", innermost(&error))))?;
        Ok(Self {
            endpoint: endpoint.to_owned(),
            client,
        })
    }

    /// Asks for an account and waits until it is ready.
    pub(super) async fn sign_up(
        &self,
        account: &Account,
        patience: &Patience,
        output: &Output,
    ) -> Result<AccessToken, Failure> {
        let (id, limit) = (&account.client_id, patience.limit.as_secs());
        let what = match self.submit(account).await? {
            Submitted::New => format!("a new account `{id}` was asked for"),
            Submitted::Pending => format!("the account `{id}` was asked for before"),
        };
        output.aside(&format!(
            "{what}: waiting until it is ready, {limit} s at most (a mail may ask to be confirmed)\n"
        ));
        self.wait(account, patience).await
    }

    /// Makes a key.
    pub(super) async fn api_key(
        &self,
        account: &Account,
        token: &AccessToken,
    ) -> Result<String, Failure> {
        let body = CreateApiToken::of(account);
        let (status, mut answer) = self.post(GRAPHQL, &body, Some(token)).await?;
        match answer.api_key().filter(|key| !key.is_empty()) {
            Some(key) if status.is_success() => Ok(key),
            _ => {
                let said = said(account, &answer, Some(token));
                Err(
                    Failure::new(format!("no key was made: status {status}{said}")).remedy(
                        "the account may lack the right to make keys: ask its administrator",
                    ),
                )
            }
        }
    }

    pub(super) async fn login(&self, account: &Account) -> Result<Login, Failure> {
        let body = wire::Login::of(account);
        let (status, mut answer) = self.post(LOGIN, &body, None).await?;
        if !status.is_success() && !status.is_client_error() {
            return Err(refusal("sign-in", status, &said(account, &answer, None)));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(
                refusal("sign-in", status, "").remedy("wait a while before the next attempt")
            );
        }
        let token = answer.access_token().filter(|_| status.is_success());
        if let Some(token) = token {
            return Ok(Login::In(AccessToken(token)));
        }
        let refused = refusal("sign-in", status, &said(account, &answer, None));
        Ok(Login::Refused(refused.remedy(
            "the e-mail, the client id or the password is wrong; if you have no account yet, \
             --create asks for one",
        )))
    }

    async fn submit(&self, account: &Account) -> Result<Submitted, Failure> {
        let (status, answer) = self.post(SUBMIT, &Submit::of(account), None).await?;
        if answer.is_pending() {
            return Ok(Submitted::Pending);
        }
        if status.is_success() && !answer.has_errors() {
            return Ok(Submitted::New);
        }
        let said = said(account, &answer, None);
        Err(refusal("sign-in, and then a new account,", status, &said).remedy(
            "if the account exists, its e-mail, client id or password is another; else mend what \
             is said here",
        ))
    }

    /// Whatever fails on the way may be over with the next attempt.
    async fn wait(&self, account: &Account, patience: &Patience) -> Result<AccessToken, Failure> {
        // Seen on a terminal alone.
        let bar = ProgressBar::new_spinner().with_message("waiting for the account");
        bar.enable_steady_tick(Duration::from_millis(200));
        let deadline = Instant::now() + patience.limit;
        while Instant::now() < deadline {
            sleep(patience.interval).await;
            if let Ok(Login::In(token)) = self.login(account).await {
                bar.finish_and_clear();
                return Ok(token);
            }
        }
        bar.finish_and_clear();
        let id = &account.client_id;
        Err(Failure::new(format!("the account `{id}` is not ready yet")).remedy(
            "confirm it where a mail asks for that, and run `turnspan init --create` again: it goes \
             on from here, with the password that was given first",
        ))
    }

    async fn post(
        &self,
        path: &str,
        body: &impl Serialize,
        token: Option<&AccessToken>,
    ) -> Result<(StatusCode, Answer), Failure> {
        let url = format!("{}{path}", self.endpoint);
        let body = serde_json::to_vec(body).map_err(|error| Failure::new(error.to_string()))?;
        let request = self.client.post(&url).body(body);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = match token {
            Some(AccessToken(token)) => request.bearer_auth(token),
            None => request,
        };
        let mut answer = request.send().await.map_err(|error| {
            let why = innermost(&error);
            Failure::new(format!("{url} cannot be reached: {why}")).remedy(
                "is the client id right? It is part of the host, unless --endpoint names another",
            )
        })?;
        let status = answer.status();
        if status.is_redirection() {
            let to = answer
                .headers()
                .get(LOCATION)
                .and_then(|to| to.to_str().ok());
            let to = to.unwrap_or("nowhere");
            return Err(Failure::new(format!("{url} redirects to {to}"))
                .remedy("redirects are never followed: name where it leads with --endpoint"));
        }
        let mut read = Vec::new();
        while read.len() < MAX_ANSWER
            && let Ok(Some(chunk)) = answer.chunk().await
        {
            read.extend_from_slice(&chunk);
        }
        Ok((status, serde_json::from_slice(&read).unwrap_or_default()))
    }
}

fn refusal(what: &str, status: StatusCode, said: &str) -> Failure {
    Failure::new(format!("{what} was refused: status {status}{said}"))
        .remedy("try again later; is --endpoint right?")
}

/// The service's words, without what was said in confidence.
fn said(account: &Account, answer: &Answer, token: Option<&AccessToken>) -> String {
    let mut said = answer.complaint().replace(&account.password, "***");
    if let Some(AccessToken(token)) = token {
        said = said.replace(token, "***");
    }
    let said: String = said.chars().take(MAX_SAID).collect();
    if said.is_empty() {
        said
    } else {
        format!(": {said}")
    }
}

/// The outer errors say little, and repeat the URL.
fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
