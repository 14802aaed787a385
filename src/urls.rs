//! URLs without what may be a secret: keys travel in queries, passwords before
//! the host.

use url::Url;

/// What a setting says of where something is. It need be no URL.
pub(crate) fn shown(url: &str) -> String {
    let is_one = Url::parse(url).is_ok_and(|url| url.has_host());
    match (is_one, url.split_once("://")) {
        (true, Some((scheme, rest))) => {
            let (authority, after) = split_before(rest, &['/', '?', '#']);
            format!("{scheme}://{}{}", host_of(authority), without_query(after))
        }
        // In what is no URL a password may have any sign.
        (_, Some((scheme, rest))) => format!("{scheme}://{}", without_query(host_of(rest))),
        (_, None) => without_query(host_of(url)),
    }
}

/// A text with the URLs in it cut down to what is no secret.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, url)) = next_url(rest) {
        let is_part = |char: char| !char.is_whitespace() && !"()<>\"'`".contains(char);
        let length = url.find(|char| !is_part(char)).unwrap_or(url.len());
        let (url, after) = url.split_at_checked(length).unwrap_or((url, ""));
        clean.push_str(before);
        clean.push_str(&without_secret(url));
        rest = after;
    }
    clean + rest
}

/// What stands behind the last sign that ends user and password.
fn host_of(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, host)| host)
}

fn without_query(text: &str) -> String {
    let (path, query) = split_before(text, &['?', '#']);
    let asks = if query.is_empty() { "" } else { "?..." };
    format!("{path}{asks}")
}

fn split_before<'t>(text: &'t str, signs: &[char]) -> (&'t str, &'t str) {
    let end = text.find(signs).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// What comes before the next URL, and the text from there. Nothing behind it is
/// looked at: a text may have a URL in every word.
fn next_url(text: &str) -> Option<(&str, &str)> {
    let is_url = |text: &str| {
        ["http://", "https://"]
            .iter()
            .any(|it| text.starts_with(it))
    };
    let mut starts = text.match_indices("http").map(|(at, _)| at);
    let start = starts.find(|at| text.get(*at..).is_some_and(is_url))?;
    text.split_at_checked(start)
}

fn without_secret(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return "(a URL)".to_owned();
    };
    url.set_query(None);
    url.set_fragment(None);
    // These fail for URLs that can have neither, and so have none.
    url.set_username("").unwrap_or_default();
    url.set_password(None).unwrap_or_default();
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for (url, expected) in [
            ("https://x.example", "https://x.example"),
            (
                "http://me:sesame@x.example:1/a@b/",
                "http://x.example:1/a@b/",
            ),
            ("http://sesame@x.example", "http://x.example"),
            (
                "https://me:s@sesame@x.example?q=a@b",
                "https://x.example?...",
            ),
            ("https://x.example/a?key=sesame", "https://x.example/a?..."),
            ("https://x.example/a#sesame", "https://x.example/a?..."),
            ("http://me:se/sa?me@x.example", "http://x.example"),
            ("http://me:sesame@[broken", "http://[broken"),
            ("me:sesame@x.example", "x.example"),
            ("localhost:4318", "localhost:4318"),
            ("x.example?key=sesame", "x.example?..."),
            ("", ""),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn urls_in_texts_keep_nothing_that_may_be_a_key() {
        for (text, clean) in [
            (
                "status 401 for url (https://u:pw@api.example/v1/x?key=sesame#f)",
                "status 401 for url (https://api.example/v1/x)",
            ),
            (
                "http://a/?k=1 and https://b/?k=2.",
                "http://a/ and https://b/",
            ),
            ("at http://[broken?key=1 there", "at (a URL) there"),
            ("nothing here: http", "nothing here: http"),
        ] {
            assert_eq!(without_secrets(text), clean);
        }
    }

    #[test]
    fn time_is_linear_in_the_number_of_urls() {
        let text = "https://a http ".repeat(100_000);
        let started = std::time::Instant::now();
        let clean = without_secrets(&text);
        assert_eq!(clean.matches("https://a/ http ").count(), 100_000);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
