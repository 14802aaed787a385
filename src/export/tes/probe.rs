//! Asking TES who it is, which makes no event.

use super::Tes;
use crate::export::probe::{Answer, Asked, TIMEOUT};
use crate::export::{http_client, innermost};
use http::HeaderMap;
use url::Url;

/// The one question that every GraphQL service answers.
const QUESTION: &str = r#"{"query":"query { __typename }"}"#;

/// A question to TES.
#[derive(Debug)]
pub(crate) struct TesProbe {
    url: Url,
    headers: HeaderMap,
}

impl TesProbe {
    pub(crate) fn new(tes: &Tes) -> Self {
        Self {
            url: tes.url.clone(),
            headers: tes.headers.clone(),
        }
    }

    pub(crate) async fn ask(&self) -> Asked {
        match self.answer().await {
            Ok(answer) => Asked::Answered(answer),
            Err(why) => Asked::Unreached(why),
        }
    }

    async fn answer(&self) -> Result<Answer, String> {
        let client = http_client(reqwest::Client::builder()).map_err(|error| error.to_string())?;
        let request = client.post(self.url.clone()).headers(self.headers.clone());
        let sent = request.timeout(TIMEOUT).body(QUESTION).send().await;
        let mut answer = sent.map_err(|error| innermost(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut said = Vec::new();
        while said.len() < MAX_ANSWER
            && let Ok(Some(chunk)) = answer.chunk().await
        {
            said.extend_from_slice(&chunk);
        }
        Ok(Answer::new(status, &headers, &said, &self.headers))
    }
}

/// More of an answer is not read.
const MAX_ANSWER: usize = 64 << 10;
