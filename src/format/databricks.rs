//! Databricks: models that are served at paths of their own, by what is sent to
//! them in `OpenAI`'s forms or in those of their makers.
//!
//! Reference: <https://docs.databricks.com/api/workspace/servingendpoints/query>.

use super::marks::has_any;
use super::route::{Route, Sent};
use super::{Format, Reader, Unreadable, openai, plain};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};

const PROVIDER: &str = "databricks";
const PATH: &str = "/serving-endpoints/{model}/invocations";

const fn served(kind: Kind) -> Route {
    Route::anywhere(kind, PATH).of_provider(PROVIDER)
}

#[derive(Debug)]
pub(crate) struct Chat;

/// Every other task.
#[derive(Debug)]
pub(crate) struct Task;

impl Format for Chat {
    fn routes(&self) -> &'static [Route] {
        const CHAT: Kind = Kind::inference(value::operation::CHAT);
        const ROUTES: [Route; 1] = [served(CHAT).only_if(|sent| has_any(sent.body, &["messages"]))];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        openai::Chat.read_request(sent, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        openai::Chat.read_input(body)
    }

    fn reader(&self, kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        openai::Chat.reader(kind, keep_content)
    }
}

impl Format for Task {
    fn routes(&self) -> &'static [Route] {
        const EMBEDDINGS: Kind = Kind::other(value::operation::EMBEDDINGS);
        const ROUTES: [Route; 2] = [
            served(EMBEDDINGS).only_if(|sent| has_any(sent.body, &["input"])),
            served(Kind::other(name::RUN_MODEL)),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        plain::read_request(sent, asked)
    }

    fn reader(&self, _kind: Kind, _keep_content: bool) -> Box<dyn Reader> {
        plain::reader()
    }
}
