//! What makes no model say anything: counting tokens, and batches of messages.
//!
//! Reference: the Claude API's `POST /v1/messages/count_tokens` and
//! `/v1/messages/batches`. Files and models lie where `OpenAI`'s do, and are read
//! there.

use super::{has_mark, has_version};
use crate::format::lenient::Text;
use crate::format::object::{Holds, ObjectReader};
use crate::format::route::{Route, Sent};
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};
use http::Method;
use serde::Deserialize;

const RESULTS: Kind = Kind::kept(name::RETRIEVE_BATCH_RESULTS);

/// The format of what is kept.
#[derive(Debug)]
pub(crate) struct Stored;

impl Format for Stored {
    fn routes(&self) -> &'static [Route] {
        const COUNT: Kind = Kind::kept(name::COUNT_TOKENS);
        const ROUTES: [Route; 7] = [
            Route::marked(COUNT, "/v1/messages/count_tokens", has_mark),
            batches(name::CREATE_BATCH, "/v1/messages/batches"),
            batches(name::LIST_BATCHES, "/v1/messages/batches").method(&Method::GET),
            Route::marked(RESULTS, "/v1/messages/batches/{}/results", has_version)
                .method(&Method::GET),
            batches(name::CANCEL_BATCH, "/v1/messages/batches/{}/cancel"),
            batches(name::RETRIEVE_BATCH, "/v1/messages/batches/{}").method(&Method::GET),
            batches(name::DELETE_BATCH, "/v1/messages/batches/{}").method(&Method::DELETE),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::ANTHROPIC
    }

    /// The requests of a batch have a model each, so it has none.
    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        if sent.body.trim_ascii().is_empty() {
            return Ok(());
        }
        let named: Named<'_> = serde_json::from_slice(sent.body)?;
        asked.name_model(named.model.and_then(Text::into_word));
        Ok(())
    }

    fn reader(&self, kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        let holds = if kind == RESULTS {
            Holds::Answers
        } else {
            Holds::Things
        };
        Box::new(ObjectReader::new(holds, keep_content))
    }
}

const fn batches(operation: &'static str, path: &'static str) -> Route {
    Route::marked(Kind::kept(operation), path, has_version)
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
}
