//! Bytes that stand in texts: found, and replaced by stubs in place.
//!
//! Every function reads a text once, however it is made.

use super::stub::Stub;
use memchr::memmem;
use std::borrow::Cow;

/// The shortest data of a `data:` URL in a text that is replaced: what is shorter
/// is an example in prose rather than an image.
const MIN_URL_DATA: usize = 24;

/// The same of data that is no base64, which may be a word of a text.
const MIN_PLAIN_DATA: usize = 128;

/// The shortest base64 that is taken for bytes where nothing says so. Digests
/// and ids are shorter.
const MIN_BASE64: usize = 128;

/// The most that stands before the comma of a `data:` URL.
const MAX_HEAD_BYTES: usize = 256;

/// How long the lines of base64 are, where it has lines (RFC 2045, RFC 7468).
const LINES: [usize; 2] = [76, 64];

/// The text with stubs for the `data:` URLs in it, or nothing if it has none.
pub(super) fn without_urls(text: &str) -> Option<String> {
    let mut urls = memmem::find_iter(text.as_bytes(), b"data:");
    replaced(text, |from| {
        urls.by_ref()
            .filter(|at| *at >= from)
            .find_map(|at| url(text, at))
    })
}

/// JSON, or any text of a program, with stubs for `data:` URLs and for base64
/// that is long enough to be nothing else.
pub(super) fn without_bytes(text: &str) -> Option<String> {
    let without = without_urls(text);
    let left = without.as_deref().unwrap_or(text);
    let mut at = 0;
    let without_runs = replaced(left, |_| {
        while let Some(start) = next_base64(left, at) {
            let run = Run::at(left, start);
            at = run.end;
            if run.is_bytes(left, start) {
                let stub = Stub::of_base64(None, &run.data);
                return Some((start, run.end, stub));
            }
        }
        None
    });
    without_runs.or(without)
}

/// A place in a text, and what it becomes.
type Place = (usize, usize, Stub);

/// The text with each place that `next` finds replaced. It is asked for the next
/// one from a position on.
fn replaced(text: &str, mut next: impl FnMut(usize) -> Option<Place>) -> Option<String> {
    let (mut without, mut kept) = (String::new(), 0);
    while let Some((start, end, stub)) = next(kept) {
        without.push_str(text.get(kept..start).unwrap_or_default());
        without.push_str(&stub.to_string());
        kept = end;
    }
    without.push_str(text.get(kept..).filter(|_| kept > 0)?);
    Some(without)
}

/// The `data:` URL that begins at `at`, if it carries enough to be replaced.
fn url(text: &str, at: usize) -> Option<Place> {
    let start = at + "data:".len();
    let after = text.as_bytes().get(start..)?;
    let of_head = |byte: &u8| byte.is_ascii_alphanumeric() || b"/+-.;=_*\"\\".contains(byte);
    let mut near = after.iter().take(MAX_HEAD_BYTES);
    let length = near.position(|byte| !of_head(byte))?;
    let head = text.get(start..start + length)?;
    if after.get(length) != Some(&b',') {
        return None;
    }
    // Some writers of JSON escape slashes.
    let head = head.replace('\\', "");
    let data = start + length + 1;
    if head.to_ascii_lowercase().ends_with("base64") {
        let run = Run::at(text, data);
        let is_long = run.data.len() >= MIN_URL_DATA;
        return is_long.then(|| (at, run.end, Stub::of_data(&head, &run.data)));
    }
    let rest = text.get(data..).filter(|_| head.contains('/'))?;
    let is_end = |c: char| c.is_whitespace() || c.is_control() || "\"'`()<>\\".contains(c);
    let end = rest.find(is_end).unwrap_or(rest.len());
    let is_long = end >= MIN_PLAIN_DATA;
    is_long.then(|| {
        (
            at,
            data + end,
            Stub::of_data(&head, rest.get(..end).unwrap_or_default()),
        )
    })
}

/// Where the next base64 begins, if anywhere.
fn next_base64(text: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    rest.iter()
        .position(|byte| is_base64(*byte))
        .map(|before| from + before)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}

/// Base64 in a text, over the ends of its lines and escapes of its slashes.
struct Run<'t> {
    end: usize,
    /// Without what is no base64.
    data: Cow<'t, str>,
}

impl<'t> Run<'t> {
    fn at(text: &'t str, start: usize) -> Self {
        let bytes = text.as_bytes();
        let mut joined = String::new();
        let (mut begun, mut line, mut at) = (start, start, start);
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            at += rest
                .iter()
                .position(|it| !is_base64(*it))
                .unwrap_or(rest.len());
            let rest = bytes.get(at..).unwrap_or_default();
            let Some((gap, is_line_end)) = gap(rest, at - line) else {
                break;
            };
            joined.push_str(text.get(begun..at).unwrap_or_default());
            at += gap;
            begun = at;
            line = if is_line_end { at } else { line + gap };
        }
        let last = text.get(begun..at).unwrap_or_default();
        let data = if begun == start {
            Cow::Borrowed(last)
        } else {
            Cow::Owned(joined + last)
        };
        Self { end: at, data }
    }

    /// Whether it is long enough and stands by itself, neither a number in
    /// hexadecimal nor a piece of an address or a signed token.
    fn is_bytes(&self, text: &str, start: usize) -> bool {
        let before = text.get(..start).and_then(|it| it.chars().next_back());
        let after = text.get(self.end..).and_then(|it| it.chars().next());
        let is_edge = |c: Option<char>| {
            c.is_none_or(|c| c.is_whitespace() || c.is_control() || "\"'`\\()[]{}<>,;".contains(c))
        };
        let has = |is: fn(&u8) -> bool| self.data.bytes().any(|byte| is(&byte));
        let is_mixed = self.data.contains(['+', '/']) && self.data.contains(['-', '_']);
        self.data.len() >= MIN_BASE64
            && (is_edge(before) || before == Some(':'))
            && is_edge(after)
            && !is_mixed
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
    }
}

/// How long what `rest` begins with is, if base64 goes on behind it, and whether
/// it ends a line: an escaped slash, or an end of a line that is full.
fn gap(rest: &[u8], line: usize) -> Option<(usize, bool)> {
    let escapes = rest.iter().take_while(|byte| **byte == b'\\').count();
    if escapes > 0 && rest.get(escapes) == Some(&b'/') {
        return Some((escapes, false));
    }
    let ends: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];
    let end = ends.iter().find(|end| rest.starts_with(end))?;
    let goes_on = rest.get(end.len()).is_some_and(|byte| is_base64(*byte));
    (goes_on && LINES.contains(&line)).then_some((end.len(), true))
}

#[cfg(test)]
mod tests {
    use super::{without_bytes, without_urls};
    use serde_json::{Value, json};

    /// Of 120 bytes that are all different.
    const DATA: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3";

    #[test]
    fn data_urls_become_stubs_wherever_they_stand() {
        let url = format!("data:image/png;base64,{DATA}");
        for text in [
            format!("Here: ![a]({url}) and <img src=\"{url}\"> end"),
            format!("{url} {url}"),
            format!("{url}\n\n{url}."),
        ] {
            let without = without_urls(&text).unwrap();
            assert!(!without.contains("AAEC"), "{without}");
            let size = without.matches("data:image/png;byte_size=120;sha256=");
            assert_eq!(size.count(), text.matches("data:").count());
            assert_eq!(without_urls(&without), None);
            assert!(without.starts_with(text.split("data:").next().unwrap()));
        }
        let svg = format!("![]('data:image/svg+xml,{}')", "%3Csvg".repeat(40));
        assert!(without_urls(&svg).unwrap().contains("byte_size=240;"));
    }

    #[test]
    fn what_is_no_data_stays() {
        for text in [
            "Write data:image/png;base64,... or data:,x",
            "data: one, two, three",
            "data:image/png;base64,",
            "the data:\n1,2,3",
        ] {
            assert_eq!(without_urls(text), None, "{text}");
        }
        let hexadecimal = "0123456789abcdef".repeat(64);
        let token = format!("ey{DATA}.{DATA}.abc");
        let address = format!("https://a.example/{DATA}?b={DATA}");
        let words = "several words of a text, none of them long ".repeat(40);
        for text in [hexadecimal, token, address, words] {
            assert_eq!(without_bytes(&json!(text).to_string()), None, "{text}");
        }
    }

    #[test]
    fn base64_in_what_tools_say_becomes_stubs_at_any_depth() {
        let image = json!({"type": "image", "data": DATA, "mimeType": "image/png"});
        let within = json!({"content": [{"type": "text", "text": image.to_string()}]});
        let lines: Vec<_> = DATA
            .as_bytes()
            .chunks(76)
            .map(String::from_utf8_lossy)
            .collect();
        let lines = json!({"file": lines.join("\n"), "size": 1});
        let escaped = image.to_string().replace('/', "\\/");
        for text in [
            image.to_string(),
            within.to_string(),
            lines.to_string(),
            escaped,
        ] {
            let without = without_bytes(&text).unwrap();
            assert!(without.contains("byte_size=120;sha256="), "{without}");
            assert!(
                !without.contains("AAEC") && !without.contains("Y2Rl"),
                "{without}"
            );
            serde_json::from_str::<Value>(&without).unwrap();
        }
    }

    #[test]
    fn a_text_full_of_beginnings_is_read_once() {
        let beginnings = "data:image/png;base64,".repeat(50_000);
        drop(without_bytes(&beginnings));
        let commas = "data:a/b,".repeat(100_000);
        assert!(without_bytes(&commas).unwrap().len() < commas.len());
    }
}
