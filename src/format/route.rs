//! Where requests of a format go, as data.
//!
//! A path can be distinctive, or be everybody's: `/v1/messages` is also where
//! services of text messages are asked. So a route says what its path is worth.

use super::pattern::{Matched, Pattern};
use crate::operation::Kind;
use http::{HeaderMap, Method};
use std::borrow::Cow;
use url::Url;

/// A request, as far as it tells what it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a HeaderMap,
    /// Empty where it is not at hand, as that of an upload is.
    pub(crate) body: &'a [u8],
}

/// A row: requests that go there are of its format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    kind: Kind,
    method: &'static Method,
    /// The end of a path, part by part. `{model}` stands for what names the
    /// model, and `{}` for anything. A model with an owner takes a `{model}` for
    /// each part of its name.
    path: &'static str,
    place: Place,
    /// What the request must have besides, where a path has several meanings.
    condition: Option<fn(&Sent<'_>) -> bool>,
    /// Who answers there, if the path tells it.
    provider: Option<&'static str>,
    /// The answer is a stream, whatever the request says.
    streams: bool,
}

/// Where the path means the format.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Wherever it is asked.
    Anywhere,
    /// At the hosts of known providers; elsewhere only if the request has the
    /// format's own mark.
    Marked(fn(&Sent<'_>) -> bool),
    /// At the hosts of known providers alone: the path is everybody's.
    KnownHosts,
    /// At the hosts of this provider alone: others mean something else by it.
    HostsOf(&'static str),
}

/// What is known of the host that is asked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Host<'a> {
    /// Whoever sends the request has said that it asks a model.
    pub(crate) is_meant: bool,
    /// Who answers there.
    pub(crate) provider: Option<&'a str>,
}

impl Host<'_> {
    fn is_known(self) -> bool {
        self.is_meant || self.provider.is_some()
    }
}

/// What the way of a request tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Routed {
    pub(crate) kind: Kind,
    pub(crate) model: Option<String>,
    pub(crate) provider: Option<Cow<'static, str>>,
    pub(crate) streams: bool,
}

impl Route {
    const fn new(kind: Kind, path: &'static str, place: Place) -> Self {
        Self {
            kind,
            method: &Method::POST,
            path,
            place,
            condition: None,
            provider: None,
            streams: false,
        }
    }

    pub(super) const fn anywhere(kind: Kind, path: &'static str) -> Self {
        Self::new(kind, path, Place::Anywhere)
    }

    pub(super) const fn marked(
        kind: Kind,
        path: &'static str,
        mark: fn(&Sent<'_>) -> bool,
    ) -> Self {
        Self::new(kind, path, Place::Marked(mark))
    }

    pub(super) const fn at_known_hosts(kind: Kind, path: &'static str) -> Self {
        Self::new(kind, path, Place::KnownHosts)
    }

    pub(super) const fn at_hosts_of(
        provider: &'static str,
        kind: Kind,
        path: &'static str,
    ) -> Self {
        Self::new(kind, path, Place::HostsOf(provider))
    }

    pub(super) const fn only_if(mut self, condition: fn(&Sent<'_>) -> bool) -> Self {
        self.condition = Some(condition);
        self
    }

    pub(super) const fn of_provider(mut self, provider: &'static str) -> Self {
        self.provider = Some(provider);
        self
    }

    pub(super) const fn method(mut self, method: &'static Method) -> Self {
        self.method = method;
        self
    }

    pub(super) const fn streams(mut self) -> Self {
        self.streams = true;
        self
    }

    pub(super) fn pattern(&self) -> Pattern {
        Pattern::new(self.path)
    }

    /// What the way of a request tells, if it goes there. Its path is matched.
    pub(super) fn of<'h>(
        &self,
        matched: Matched,
        sent: &Sent<'_>,
        host: &dyn Fn() -> Host<'h>,
    ) -> Option<Routed> {
        if sent.method != self.method {
            return None;
        }
        let is_there = match self.place {
            Place::Anywhere => true,
            Place::Marked(has_mark) => host().is_known() || has_mark(sent),
            Place::KnownHosts => host().is_known(),
            Place::HostsOf(provider) => host().provider == Some(provider),
        };
        let is_meant = is_there && self.condition.is_none_or(|condition| condition(sent));
        is_meant.then(|| Routed {
            kind: self.kind,
            model: matched.model,
            provider: self.provider.map(Cow::Borrowed),
            streams: self.streams,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::pattern::Path;

    const CHAT: Kind = Kind::inference("chat");

    fn host(is_known: bool) -> Host<'static> {
        Host {
            provider: is_known.then_some("known"),
            ..Host::default()
        }
    }

    fn told(route: &Route, sent: &Sent<'_>, is_known_host: bool) -> Option<Routed> {
        let matched = route.pattern().matched(&Path::new(sent.url.path()))?;
        route.of(matched, sent, &|| host(is_known_host))
    }

    fn routed(route: &Route, url: &str, is_known_host: bool) -> Option<Routed> {
        let sent = Sent {
            method: &Method::POST,
            url: &Url::parse(url).unwrap(),
            headers: &HeaderMap::new(),
            body: b"",
        };
        told(route, &sent, is_known_host)
    }

    #[test]
    fn a_path_matches_by_its_last_parts() {
        let route = Route::anywhere(CHAT, "/chat/completions");
        for path in [
            "/chat/completions",
            "/v1/chat/completions/",
            "/a/b/chat/completions",
        ] {
            let url = format!("http://localhost{path}?api-version=1");
            assert!(routed(&route, &url, false).is_some(), "{path}");
        }
        for path in [
            "/completions",
            "/v1/achat/completions",
            "/chat/completions/7",
        ] {
            let url = format!("http://localhost{path}");
            assert_eq!(routed(&route, &url, true), None, "{path}");
        }
    }

    #[test]
    fn a_part_may_be_the_model() {
        let route =
            Route::anywhere(CHAT, "/deployments/{model}/chat/completions").of_provider("azure");
        let url = "https://a.example/openai/deployments/my%20gpt/chat/completions";
        let expected = Routed {
            kind: CHAT,
            model: Some("my gpt".to_owned()),
            provider: Some("azure".into()),
            streams: false,
        };
        assert_eq!(routed(&route, url, false), Some(expected));
        let url = "https://a.example/deployments//chat/completions";
        assert_eq!(routed(&route, url, false), None);
    }

    #[test]
    fn what_is_asked_of_a_model_may_stand_behind_it_in_its_part() {
        let route = Route::anywhere(CHAT, "/models/{model}:streamGenerateContent").streams();
        let url = "https://a.example/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse";
        let told = routed(&route, url, false).unwrap();
        assert_eq!(told.model.as_deref(), Some("gemini-2.5-pro"));
        assert!(told.streams);
        for other in ["gemini-2.5-pro:generateContent", ":streamGenerateContent"] {
            let url = format!("https://a.example/v1beta/models/{other}");
            assert_eq!(routed(&route, &url, false), None, "{other}");
        }
    }

    #[test]
    fn a_path_without_any_mark_means_nothing_elsewhere() {
        let route = Route::at_known_hosts(CHAT, "/files/{}/content");
        let url = "https://a.example/v1/files/file-1/content";
        assert!(routed(&route, url, true).is_some());
        assert_eq!(routed(&route, url, false), None);
    }

    #[test]
    fn a_path_of_everybodys_needs_a_known_host_or_the_mark() {
        let url = "https://a.example/v1/messages";
        for (has_mark, is_known_host) in [(true, false), (false, true), (true, true)] {
            let mark: fn(&Sent<'_>) -> bool = if has_mark { |_| true } else { |_| false };
            let route = Route::marked(CHAT, "/v1/messages", mark);
            assert!(routed(&route, url, is_known_host).is_some());
        }
        let route = Route::marked(CHAT, "/v1/messages", |_| false);
        assert_eq!(routed(&route, url, false), None);
    }

    #[test]
    fn what_is_not_posted_is_no_request_of_a_model() {
        let sent = Sent {
            method: &Method::GET,
            url: &Url::parse("https://a.example/v1/chat/completions").unwrap(),
            headers: &HeaderMap::new(),
            body: b"",
        };
        let route = Route::anywhere(CHAT, "/chat/completions");
        assert_eq!(told(&route, &sent, true), None);
    }

    #[test]
    fn a_model_may_have_an_owner() {
        let route = Route::anywhere(CHAT, "/run/{model}/{model}/{model}");
        let told = routed(&route, "https://a.example/ai/run/@cf/meta/llama%203", false);
        assert_eq!(told.unwrap().model.as_deref(), Some("@cf/meta/llama 3"));
        let url = "https://a.example/run/meta/llama-3";
        assert_eq!(routed(&route, url, false), None);
    }

    #[test]
    fn a_path_may_mean_something_at_one_provider_alone() {
        let url = "https://a.example/v1/chat";
        let known = Route::at_hosts_of("known", CHAT, "/v1/chat");
        assert!(routed(&known, url, true).is_some());
        assert_eq!(routed(&known, url, false), None);
        let other = Route::at_hosts_of("other", CHAT, "/v1/chat");
        assert_eq!(routed(&other, url, true), None);
    }

    #[test]
    fn a_condition_is_asked_besides() {
        let url = "https://a.example/v1/chat";
        for is_met in [true, false] {
            let condition: fn(&Sent<'_>) -> bool = if is_met { |_| true } else { |_| false };
            let route = Route::anywhere(CHAT, "/v1/chat").only_if(condition);
            assert_eq!(routed(&route, url, true).is_some(), is_met);
        }
    }
}
