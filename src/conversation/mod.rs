//! Whose call it is: the conversation, as context of the running task.
//!
//! A server has one client and many conversations, so the conversation belongs
//! to the task and not to the client. It is kept twice: in a thread-local that
//! is set at every poll (it survives entering an older tracing span, which
//! replaces the OpenTelemetry context), and as a value in the OpenTelemetry
//! context (it travels with `FutureExt::with_context` into spawned tasks).

mod body;
mod layer;
mod scope;
mod source;
mod stream;
mod totals;

pub use body::ScopedBody;
pub use layer::{ConversationLayer, ConversationService, ScopedResponse};
pub use scope::{Entered, Scoped};
pub use stream::ScopedStream;
pub(crate) use totals::Totals;

use crate::context;
use futures_core::Stream;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

/// A conversation: an id, a user, and metadata for every call made in it.
///
/// Cheap to clone. Set it for async code with [`scope`](Self::scope), for
/// synchronous code with [`enter`](Self::enter).
///
/// ```
/// use turnspan::Conversation;
///
/// let conversation = Conversation::new("conv-123").user("u_1").metadata("plan", "pro");
/// let _entered = conversation.enter();
/// assert_eq!(Conversation::current().unwrap().id(), Some("conv-123"));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversation {
    inner: Arc<Inner>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Inner {
    id: Option<String>,
    user: Option<String>,
    metadata: Vec<(String, Value)>,
    tags: Map<String, Value>,
    /// What its calls cost, for the interaction that they are made in.
    totals: Option<Totals>,
}

impl Conversation {
    /// A conversation with an id of yours:
    /// [`gen_ai.conversation.id`](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-spans.md#inference)
    /// on spans, `entity_id` of TES events.
    pub fn new(id: impl Into<String>) -> Self {
        Self::default().with(|inner| inner.id = Some(id.into()))
    }

    /// A conversation without an id: calls of one trace belong together by
    /// their trace id, but share this user and metadata.
    ///
    /// ```
    /// use turnspan::Conversation;
    ///
    /// let conversation = Conversation::anonymous().user("u_1");
    /// assert_eq!((conversation.id(), conversation.user_id()), (None, Some("u_1")));
    /// ```
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The user: `user.id` on spans (only with
    /// [`Builder::identity_on_spans`](crate::Builder::identity_on_spans)),
    /// `userId` at TES, where it stands instead of
    /// [`Tes::user_id`](crate::Tes::user_id).
    #[must_use]
    pub fn user(self, id: impl Into<String>) -> Self {
        self.with(|inner| inner.user = Some(id.into()))
    }

    /// A field for every TES event of this conversation, and `tes.metadata.*`
    /// on spans (only with
    /// [`Builder::identity_on_spans`](crate::Builder::identity_on_spans)). A key
    /// given twice keeps its place and takes the later value; one of a field
    /// that the event has anyhow (`model`, `usage`) changes nothing there.
    ///
    /// ```
    /// let conversation = turnspan::Conversation::new("c1")
    ///     .metadata("plan", "free")
    ///     .metadata("seats", 3)
    ///     .metadata("plan", "pro");
    /// let entries = [("plan".into(), "pro".into()), ("seats".into(), 3.into())];
    /// assert_eq!(conversation.metadata_entries(), entries);
    /// ```
    #[must_use]
    pub fn metadata(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(|inner| inner.set(key.into(), value.into()))
    }

    /// The route that the call serves: metadata `route`.
    #[must_use]
    pub fn route(self, route: impl Into<String>) -> Self {
        self.metadata("route", route.into())
    }

    /// The feature of the product that the call is for: metadata `feature`.
    #[must_use]
    pub fn feature(self, feature: impl Into<String>) -> Self {
        self.metadata("feature", feature.into())
    }

    /// A tag: an entry of the metadata `tags`. There are 32 at most, later ones
    /// are passed over; a text of more than 512 code points is cut.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let conversation = turnspan::Conversation::new("c1").tag("tenant", "acme").tag("beta", true);
    /// let tags = json!({"tenant": "acme", "beta": true});
    /// assert_eq!(conversation.metadata_entries(), [("tags".to_owned(), tags)]);
    /// ```
    #[must_use]
    pub fn tag(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let (key, value) = (key.into(), cut(value.into()));
        self.with(|inner| inner.add_tags([(key, value)]))
    }

    /// This conversation, with what it leaves open taken from the current one:
    /// id, user, and metadata and tags of other keys. Without it a scope within
    /// a scope begins from nothing.
    ///
    /// ```
    /// use turnspan::Conversation;
    ///
    /// let _outer = Conversation::new("c1").user("u_1").route("/chat").tag("a", 1).enter();
    /// let inner = Conversation::anonymous().route("/search").tag("b", 2).inherit();
    /// assert_eq!((inner.id(), inner.user_id()), (Some("c1"), Some("u_1")));
    /// let entries = serde_json::json!([["route", "/search"], ["tags", {"a": 1, "b": 2}]]);
    /// assert_eq!(serde_json::json!(inner.metadata_entries()), entries);
    /// ```
    #[must_use]
    pub fn inherit(self) -> Self {
        match Self::current() {
            Some(current) => self.over(&current),
            None => self,
        }
    }

    /// The first of these, with what it leaves open filled by the next ones:
    /// task, client, program.
    pub(crate) fn first_over<'a>(
        first: Option<Self>,
        defaults: impl IntoIterator<Item = Option<&'a Self>>,
    ) -> Option<Self> {
        let defaults = defaults.into_iter().flatten();
        defaults.fold(first, |merged, default| match merged {
            Some(merged) => Some(merged.over(default)),
            None => Some(default.clone()),
        })
    }

    /// What this says, and else what `default` says. Tags are joined; of all
    /// other metadata that are in both this one's hold.
    pub(crate) fn over(self, default: &Self) -> Self {
        let mut merged = (*default.inner).clone();
        let own = Arc::unwrap_or_clone(self.inner);
        merged.id = own.id.or(merged.id);
        merged.user = own.user.or(merged.user);
        merged.totals = own.totals.or(merged.totals);
        let has_tags = !own.tags.is_empty();
        let said = own.metadata.into_iter();
        merged.set_all(said.filter(|(key, _)| key != TAGS || !has_tags));
        if !own.tags.is_empty() {
            merged.add_tags(own.tags);
        }
        Self {
            inner: Arc::new(merged),
        }
    }

    /// Runs `future` within this conversation.
    ///
    /// A task that `future` spawns starts without it; see [`spawn`](Self::spawn)
    /// and [`carry`](Self::carry). Of a stream that is read later use
    /// [`scope_stream`](Self::scope_stream), in a server a
    /// [`ConversationLayer`](crate::ConversationLayer).
    ///
    /// ```
    /// use turnspan::Conversation;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let id = Conversation::new("c1")
    ///     .scope(async { Conversation::current().unwrap().id().map(str::to_owned) })
    ///     .await;
    /// assert_eq!(id.as_deref(), Some("c1"));
    /// assert!(Conversation::current().is_none());
    /// # }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> Scoped<F> {
        Scoped {
            future,
            conversation: self.clone(),
        }
    }

    /// Polls `stream` within this conversation, for what is streamed after the
    /// function that made it has returned: a body of a server's response, a
    /// channel of events.
    ///
    /// ```
    /// use futures::{StreamExt as _, stream};
    /// use turnspan::Conversation;
    ///
    /// let ids = stream::repeat_with(|| Conversation::current()?.id().map(str::to_owned));
    /// let ids = Conversation::new("c1").scope_stream(ids.take(2));
    /// let ids: Vec<_> = futures::executor::block_on(ids.collect());
    /// assert_eq!(ids, [Some("c1".to_owned()), Some("c1".to_owned())]);
    /// ```
    pub fn scope_stream<S: Stream>(&self, stream: S) -> ScopedStream<S> {
        ScopedStream {
            stream,
            conversation: self.clone(),
        }
    }

    /// Enters the conversation on this thread until the guard is dropped.
    ///
    /// For synchronous code; a guard held over an `.await` would leak the
    /// conversation into whatever runs on the thread next (and does not
    /// compile in a task that must be `Send`). Guards are dropped in the
    /// opposite order to that in which they were made.
    ///
    /// ```
    /// use turnspan::Conversation;
    ///
    /// let outer = Conversation::new("outer").enter();
    /// let inner = Conversation::new("inner").enter();
    /// assert_eq!(Conversation::current().unwrap().id(), Some("inner"));
    /// drop(inner);
    /// assert_eq!(Conversation::current().unwrap().id(), Some("outer"));
    /// # drop(outer);
    /// ```
    pub fn enter(&self) -> Entered {
        Entered::within(context::current(), Some(self.clone()))
    }

    /// The conversation of the running task or thread, if it is in one. An
    /// example is at [`scope`](Self::scope).
    pub fn current() -> Option<Self> {
        scope::current().or_else(|| context::current().get::<Self>().cloned())
    }

    /// Carries the current conversation and the current span into `future`,
    /// wherever it is polled: in a `JoinSet` or a `FuturesUnordered`, on another
    /// runtime or thread. Without it such a future has neither, and each of its
    /// calls becomes a conversation of its own at TES.
    ///
    /// For `tokio::spawn` alone there is [`spawn`](Self::spawn); to enter a
    /// conversation that is not the current one, use [`scope`](Self::scope).
    ///
    /// ```
    /// use tokio::task::JoinSet;
    /// use turnspan::Conversation;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    ///
    /// async fn id() -> Option<String> {
    ///     Conversation::current()?.id().map(str::to_owned)
    /// }
    /// let work = async {
    ///     let mut tasks = JoinSet::new();
    ///     tasks.spawn(Conversation::carry(id()));
    ///     tasks.join_all().await
    /// };
    /// assert_eq!(Conversation::new("c1").scope(work).await, [Some("c1".to_owned())]);
    /// # }
    /// ```
    pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
        use opentelemetry::trace::FutureExt as _;
        let future = future.with_context(context::current());
        let current = Self::current();
        async move {
            match current {
                Some(conversation) => conversation.scope(future).await,
                None => future.await,
            }
        }
    }

    /// Spawns `future` on tokio within the current conversation and under the
    /// current span, both of which `tokio::spawn` alone would lose.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, as `tokio::spawn` does.
    ///
    /// ```
    /// use turnspan::Conversation;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    ///
    /// async fn is_within() -> bool {
    ///     Conversation::current().is_some()
    /// }
    /// let spawned = async {
    ///     (Conversation::spawn(is_within()).await, tokio::spawn(is_within()).await)
    /// };
    /// let spawned = Conversation::new("c1").scope(spawned).await;
    /// assert!(matches!(spawned, (Ok(true), Ok(false))));
    /// # }
    /// ```
    pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(Self::carry(future))
    }

    /// The id that the caller gave; none of an [`anonymous`](Self::anonymous) one.
    pub fn id(&self) -> Option<&str> {
        self.inner.id.as_deref()
    }

    /// The user's id, if one was given.
    pub fn user_id(&self) -> Option<&str> {
        self.inner.user.as_deref()
    }

    /// The metadata, in the order it was given.
    pub fn metadata_entries(&self) -> &[(String, Value)] {
        &self.inner.metadata
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let Inner {
            id,
            user,
            metadata,
            tags,
            totals: _,
        } = &*self.inner;
        let metadata = metadata.iter().map(|(key, value)| key.len() + weigh(value));
        let tags = tags.iter().map(|(key, value)| key.len() + weigh(value));
        of(id) + of(user) + metadata.chain(tags).sum::<usize>()
    }

    /// The same conversation, whose calls add what they cost to `totals`.
    pub(crate) fn adding_to(self, totals: Totals) -> Self {
        self.with(|inner| inner.totals = Some(totals))
    }

    pub(crate) fn totals(&self) -> Option<&Totals> {
        self.inner.totals.as_ref()
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.inner));
        self
    }
}

impl Inner {
    fn set(&mut self, key: String, value: Value) {
        match self.metadata.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.metadata.push((key, value)),
        }
    }

    /// As [`set`](Self::set), of entries that all have other keys: each is found
    /// at once, however many there are.
    fn set_all(&mut self, entries: impl Iterator<Item = (String, Value)>) {
        let known = self.metadata.iter().enumerate();
        let mut known: HashMap<String, usize> =
            known.map(|(at, (key, _))| (key.clone(), at)).collect();
        for (key, value) in entries {
            match known.remove(&key).and_then(|at| self.metadata.get_mut(at)) {
                Some((_, old)) => *old = value,
                None => self.metadata.push((key, value)),
            }
        }
    }

    /// The tags are a metadata entry too, which is as they are.
    fn add_tags(&mut self, tags: impl IntoIterator<Item = (String, Value)>) {
        for (key, value) in tags {
            if self.tags.len() < MAX_TAGS || self.tags.contains_key(&key) {
                self.tags.insert(key, value);
            }
        }
        self.set(TAGS.to_owned(), Value::Object(self.tags.clone()));
    }
}

/// Whether a text of a stranger's looks like an id: it goes to receivers that did
/// not ask for it.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().nth(MAX_ID).is_none() && !text.chars().any(char::is_control)
}

/// The longest id that is believed, in code points.
const MAX_ID: usize = 256;

const TAGS: &str = "tags";
const MAX_TAGS: usize = 32;
const MAX_TAG_LENGTH: usize = 512;

fn cut(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().nth(MAX_TAG_LENGTH).is_some() => {
            let kept = text.chars().take(MAX_TAG_LENGTH - 1);
            Value::String(kept.chain(['\u{2026}']).collect())
        }
        value => value,
    }
}

/// About how many bytes a value takes.
pub(crate) fn weigh(value: &Value) -> usize {
    let held = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weigh).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| key.len() + weigh(value))
            .sum(),
    };
    size_of::<Value>() + held
}

/// By its id.
impl From<&str> for Conversation {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

/// By its id.
impl From<String> for Conversation {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}
