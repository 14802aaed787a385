//! What is known of a resource, or of what was made of a request.

use super::routes::{
    COUNT_TOKENS, CREATE_BATCH, CREATE_CACHED_CONTENT, EMBEDDINGS, RETRIEVE_CACHED_CONTENT,
    UPDATE_CACHED_CONTENT,
};
use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Text};
use crate::format::room::Room;
use crate::format::{self, Completion, Progress, Reader, Unreadable};
use crate::framing::Frame;
use crate::operation::{Facts, Kind, Request, Response, Tokens, Usage};
use crate::semconv::attribute;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Reads one answer.
#[derive(Debug)]
pub(super) struct ResourceReader {
    kind: Kind,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    tokens: Tokens,
    /// How many embeddings were made.
    embeddings: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    usage_metadata: Option<UsageMetadata>,
    /// What a request would take; Anthropic's name is the other.
    #[serde(default, alias = "input_tokens", deserialize_with = "lenient::count")]
    total_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::objects")]
    predictions: Vec<Prediction>,
    #[serde(default, deserialize_with = "lenient::list")]
    embeddings: Vec<IgnoredAny>,
    embedding: Option<IgnoredAny>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageMetadata {
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_token_count: Option<u64>,
    #[serde(
        default,
        alias = "promptTokensDetails",
        deserialize_with = "lenient::objects"
    )]
    prompt_token_details: Vec<ModalityTokens>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModalityTokens {
    #[serde(default, deserialize_with = "lenient::count")]
    token_count: Option<u64>,
}

#[derive(Deserialize)]
struct Prediction {
    #[serde(default, deserialize_with = "lenient::object")]
    embeddings: Option<Embeddings>,
}

#[derive(Deserialize)]
struct Embeddings {
    #[serde(default, deserialize_with = "lenient::object")]
    statistics: Option<Statistics>,
}

#[derive(Deserialize)]
struct Statistics {
    #[serde(default, deserialize_with = "lenient::count")]
    token_count: Option<u64>,
}

impl Wire<'_> {
    fn embedding_count(&self) -> Option<i64> {
        let made = self.predictions.len() + self.embeddings.len();
        let made = made + usize::from(self.embedding.is_some());
        i64::try_from(made).ok().filter(|made| *made > 0)
    }

    /// Tokens of what was embedded: in all, by modality, or each by itself.
    fn embedded_tokens(&self) -> Option<u64> {
        let usage = self.usage_metadata.as_ref();
        let details = usage.map(|usage| &usage.prompt_token_details);
        let details = details.into_iter().flatten().map(|it| it.token_count);
        let predictions = self.predictions.iter().map(Prediction::token_count);
        let in_all = usage.and_then(|usage| usage.prompt_token_count);
        in_all.or_else(|| sum(details)).or_else(|| sum(predictions))
    }
}

impl Prediction {
    fn token_count(&self) -> Option<u64> {
        self.embeddings.as_ref()?.statistics.as_ref()?.token_count
    }
}

/// The sum of those that are known; none if none is.
fn sum(counts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    counts.flatten().reduce(u64::saturating_add)
}

impl ResourceReader {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            room: Room::default(),
            id: None,
            model: None,
            tokens: Tokens::default(),
            embeddings: None,
        }
    }

    fn absorb(&mut self, wire: Wire<'_>) {
        let input_tokens = match self.kind {
            EMBEDDINGS => wire.embedded_tokens(),
            COUNT_TOKENS => wire.total_tokens,
            _ => None,
        };
        if self.kind == EMBEDDINGS {
            self.embeddings = wire.embedding_count();
        }
        self.tokens.report(Usage {
            input_tokens,
            ..Usage::default()
        });
        // What was made has a name from now on; of what is only shown it says
        // nothing new.
        match self.kind {
            CREATE_CACHED_CONTENT | RETRIEVE_CACHED_CONTENT | UPDATE_CACHED_CONTENT => {
                self.room.fill_id(&mut self.id, wire.name);
                self.room.fill(&mut self.model, wire.model);
            }
            CREATE_BATCH => self.room.fill_id(&mut self.id, wire.name),
            _ => {}
        }
    }

    /// Whether an answer has to say something. Files may be anything, and what is
    /// deleted is nothing.
    fn must_be_read(&self) -> bool {
        [EMBEDDINGS, COUNT_TOKENS].contains(&self.kind)
    }
}

impl Reader for ResourceReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let mut wire: Wire<'_> = match format::object(&json) {
            Ok(wire) => wire,
            Err(_) if !self.must_be_read() => return Ok(Progress::default()),
            Err(error) => return Err(error),
        };
        let error = wire.error.take().and_then(ErrorObject::said);
        // An operation that failed is a fact about it, and no failure to show it.
        let error = error.filter(|_| self.must_be_read());
        self.absorb(wire);
        Ok(Progress {
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        self.document(frame.data)
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        Completion::Silent
    }

    fn finish(&mut self) -> Response {
        let mut facts = Facts::default();
        facts.know(attribute::TURNSPAN_RESPONSE_ITEM_COUNT, self.embeddings);
        Response {
            facts,
            id: self.id.take(),
            model: self.model.take(),
            tokens: self.tokens,
            is_truncated: self.room.is_exceeded(),
            ..Response::default()
        }
    }
}
