//! Where the conversation of a request is found.

use super::{Conversation, is_id};
use crate::stats::apart;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use std::fmt;
use std::sync::Arc;

type Find = dyn Fn(&Parts) -> Option<Conversation> + Send + Sync;

#[derive(Clone)]
pub(super) enum Source {
    Headers {
        conversation: HeaderName,
        user: Option<HeaderName>,
    },
    Extension,
    Closure(Arc<Find>),
}

impl Source {
    /// The conversation of a request, with what it leaves open taken from the one
    /// around it.
    pub(super) fn conversation(&self, request: &Parts) -> Option<Conversation> {
        let found = match self {
            Self::Headers { conversation, user } => {
                of_headers(&request.headers, conversation, user.as_ref())
            }
            Self::Extension => request.extensions.get::<Conversation>().cloned(),
            // It is the user's: a panic in it must not cost the request its answer.
            Self::Closure(find) => apart(|| find(request)).flatten(),
        };
        found.map(Conversation::inherit)
    }
}

fn of_headers(
    headers: &HeaderMap,
    conversation: &HeaderName,
    user: Option<&HeaderName>,
) -> Option<Conversation> {
    let value = |name: &HeaderName| headers.get(name)?.to_str().ok().filter(|it| is_id(it));
    let (id, user) = (value(conversation), user.and_then(value));
    let found = id.map(Conversation::new);
    match user {
        Some(user) => Some(found.unwrap_or_default().user(user)),
        None => found,
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headers { .. } => "Headers",
            Self::Extension => "Extension",
            Self::Closure(_) => "Closure",
        })
    }
}
