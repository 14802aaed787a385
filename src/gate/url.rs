//! URLs without what nobody else may know.

use opentelemetry::{Array, Value};

/// What stands where a value was.
const REDACTED: &str = "REDACTED";

const SCHEMES: [&str; 6] = ["http", "https", "ws", "wss", "grpc", "grpcs"];

/// URLs, or paths, without credentials and without the values of their query.
/// Nothing if one is neither: `data:` is a file, and a text may be anything.
pub(super) fn without_secrets(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => Some(clean(text.as_str())?.into()),
        Value::Array(Array::String(list)) => {
            let texts = list.iter().map(|text| Some(clean(text.as_str())?.into()));
            Some(Value::Array(Array::String(texts.collect::<Option<_>>()?)))
        }
        _ => None,
    }
}

fn clean(url: &str) -> Option<String> {
    if url.contains(char::is_whitespace) {
        return None;
    }
    let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let (url, query) = match url.split_once('?') {
        Some((url, query)) => (url, Some(query)),
        None => (url, None),
    };
    let mut cleaned = match url.split_once("://") {
        Some((scheme, rest)) if is_known(scheme) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if authority.contains('@') && path.contains('@') {
                // Where the password ends, nobody knows.
                return None;
            }
            format!("{scheme}://{}{path}", host(authority)?)
        }
        None if url.starts_with('/') && !url.starts_with("//") => url.to_owned(),
        _ => return None,
    };
    if let Some(query) = query {
        let pairs: Vec<String> = query.split('&').map(without_value).collect();
        cleaned = format!("{cleaned}?{}", pairs.join("&"));
    }
    Some(cleaned)
}

fn is_known(scheme: &str) -> bool {
    let mut known = SCHEMES.iter();
    known.any(|known| known.eq_ignore_ascii_case(scheme))
}

/// Host and port. What stands where a port should, and is none, may be a part of
/// a password that has a slash.
fn host(authority: &str) -> Option<&str> {
    let host = authority.rsplit_once('@');
    let host = host.map_or(authority, |(_, host)| host);
    let after_address = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    let port = after_address.rsplit_once(':').map_or("", |(_, port)| port);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    is_port.then_some(host)
}

fn without_value(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) => format!("{name}={REDACTED}"),
        None => REDACTED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_taken_out_of_a_url_and_the_rest_stays() {
        for (url, cleaned) in [
            (
                "https://h.example:8443/v1/chat",
                Some("https://h.example:8443/v1/chat"),
            ),
            ("https://u:p%40w@h.example/v1", Some("https://h.example/v1")),
            ("https://u:p@w@h.example", Some("https://h.example")),
            (
                "https://h.example/m:generate?key=AIza&alt=sse&what-is-it#frag",
                Some("https://h.example/m:generate?key=REDACTED&alt=REDACTED&REDACTED"),
            ),
            (
                "https://h.example?user=a@b",
                Some("https://h.example?user=REDACTED"),
            ),
            ("/v1/chat?q=shoes", Some("/v1/chat?q=REDACTED")),
            ("HTTPS://u@h.example", Some("HTTPS://h.example")),
            ("http://[::1]:80/v1", Some("http://[::1]:80/v1")),
            ("https://u:pa/ss@h.example", None),
            ("https://u:12@34/ss@h.example", None),
            (
                "https://h.example/@scope/name",
                Some("https://h.example/@scope/name"),
            ),
            ("//u:p@h.example", None),
            ("data:text/plain;base64,QQ==", None),
            ("what is https://h.example", None),
            ("shoes", None),
            ("file:///home/ann/diary", None),
        ] {
            assert_eq!(clean(url).as_deref(), cleaned, "{url}");
        }
    }
}
