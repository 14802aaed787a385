//! The probe of TES: a query, which makes no event.

use super::Tes;
use crate::background::{http_client, innermost};
use crate::destination::probe::{ProbeError, ProbeResponse, TIMEOUT};
use http::HeaderMap;
use url::Url;

/// The query that every GraphQL service answers.
const QUERY: &str = r#"{"query":"query { __typename }"}"#;

/// Where the query goes, with the credentials of events.
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

    pub(crate) async fn send(&self) -> Result<ProbeResponse, ProbeError> {
        let client = http_client(reqwest::Client::builder())
            .map_err(|error| ProbeError(error.to_string()))?;
        let request = client.post(self.url.clone()).headers(self.headers.clone());
        let sent = request.timeout(TIMEOUT).body(QUERY).send().await;
        let mut answer = sent.map_err(|error| ProbeError(innermost(&error)))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut body = Vec::new();
        while body.len() < MAX_ANSWER
            && let Ok(Some(chunk)) = answer.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
        Ok(ProbeResponse::new(status, &headers, &body, &self.headers))
    }
}

/// More of an answer is not read.
const MAX_ANSWER: usize = 64 << 10;
