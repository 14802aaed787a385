//! Reranking: which of some documents answer a query best.
//!
//! Cohere's form, which Voyage, Together, Jina, vLLM, llama.cpp and others take.
//! They count in different ways: tokens, all tokens, or searches.

use super::marks::has_all;
use super::plain;
use super::route::{Route, Sent};
use super::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};

#[derive(Debug)]
pub(crate) struct Rerank;

impl Format for Rerank {
    fn routes(&self) -> &'static [Route] {
        const ROUTES: [Route; 1] = [Route::marked(
            Kind::other(name::RERANK_DOCUMENTS),
            "/rerank",
            |sent| has_all(sent.body, &["query", "documents"]),
        )];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::COHERE
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        plain::read_request(sent, asked)
    }

    fn reader(&self, _kind: Kind, _keep_content: bool) -> Box<dyn Reader> {
        plain::reader()
    }
}
