//! A large JSON document without what is long in its texts. What is left is a
//! document of the same shape: names, numbers and all that is short survive.
//!
//! Knows only quotes and backslashes, so that it passes over megabytes as fast
//! as they can be searched.

use memchr::{memchr, memchr2, memmem};

/// The most that is kept of a text while there is room.
const LONG_TEXT_BYTES: usize = 64 << 10;

/// The most that is kept of one once half of the room is used, and of one that
/// is bytes rather than words.
const SHORT_TEXT_BYTES: usize = 4 << 10;

/// How much of a text tells whether it is bytes.
const SIGN_BYTES: usize = 256;

/// What stands for the rest of a text.
const CUT: &[u8] = b"...[truncated]";

/// Shortens one document, as its bytes arrive.
#[derive(Debug)]
pub(crate) struct Shorten {
    /// The most that is kept in all.
    most: usize,
    kept: Vec<u8>,
    text: Option<Text>,
    is_exceeded: bool,
}

/// A text that has not ended.
#[derive(Debug, Default)]
struct Text {
    /// Where it begins in what is kept.
    begun: usize,
    /// How long it is, without escapes that base64 has no use for.
    length: usize,
    /// How many `=` it ends with so far.
    padding: usize,
    /// The next byte is escaped.
    is_escaped: bool,
    is_cut: bool,
}

impl Shorten {
    /// Of which no more than `most` bytes are kept.
    pub(crate) fn to(most: usize) -> Self {
        Self {
            most,
            kept: Vec::new(),
            text: None,
            is_exceeded: false,
        }
    }

    /// Takes the next bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.is_exceeded {
            bytes = match self.text.take() {
                Some(text) => self.within(text, bytes),
                None => self.outside(bytes),
            };
            if self.kept.len() > self.most {
                self.is_exceeded = true;
                self.kept = Vec::new();
            }
        }
    }

    /// What is left of the document, unless that is too much as well.
    pub(crate) fn kept(&self) -> Option<&[u8]> {
        (!self.is_exceeded).then_some(&*self.kept)
    }

    /// As [`kept`](Self::kept).
    pub(crate) fn into_kept(self) -> Option<Vec<u8>> {
        (!self.is_exceeded).then_some(self.kept)
    }

    /// Goes on to the next text.
    fn outside<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let quote = memchr(b'"', bytes);
        let (said, rest) = bytes.split_at(quote.map_or(bytes.len(), |quote| quote + 1));
        let room = self.most.saturating_sub(self.kept.len()) + 1;
        self.kept
            .extend_from_slice(said.get(..room).unwrap_or(said));
        self.text = quote.map(|_| Text {
            begun: self.kept.len(),
            ..Text::default()
        });
        rest
    }

    /// Goes on to the end of a text, or to an escape in it.
    fn within<'b>(&mut self, mut text: Text, bytes: &'b [u8]) -> &'b [u8] {
        let escaped = usize::from(std::mem::take(&mut text.is_escaped));
        let (escaped, after) = bytes.split_at(escaped);
        self.keep(&mut text, escaped);
        text.length += usize::from(escaped == b"/");
        let end = memchr2(b'"', b'\\', after).unwrap_or(after.len());
        let (said, rest) = after.split_at(end);
        self.keep(&mut text, said);
        text.measure(said);
        match rest.split_first() {
            Some((b'"', rest)) => {
                self.end(&text);
                rest
            }
            Some((escape, rest)) => {
                self.keep(&mut text, std::slice::from_ref(escape));
                text.is_escaped = true;
                self.text = Some(text);
                rest
            }
            None => {
                self.text = Some(text);
                rest
            }
        }
    }

    /// Keeps of the text what there is room for.
    fn keep(&mut self, text: &mut Text, piece: &[u8]) {
        if text.is_cut {
            return;
        }
        let is_crowded = self.kept.len() > self.most / 2;
        let most = if is_crowded {
            SHORT_TEXT_BYTES
        } else {
            LONG_TEXT_BYTES
        };
        let room = (text.begun + most).saturating_sub(self.kept.len());
        text.is_cut = piece.len() > room;
        self.kept
            .extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    fn end(&mut self, text: &Text) {
        let said = self.kept.get(text.begun..).unwrap_or_default();
        let is_long = text.is_cut || said.len() > SHORT_TEXT_BYTES;
        let bytes = is_long.then(|| Bytes::of(said)).flatten();
        if let Some(bytes) = bytes {
            let stub = bytes.stub(text);
            self.kept.truncate(text.begun);
            self.kept.extend_from_slice(stub.as_bytes());
        } else if text.is_cut {
            let whole = whole(said);
            self.kept.truncate(text.begun + whole);
            self.kept.extend_from_slice(CUT);
        }
        self.kept.push(b'"');
    }
}

impl Text {
    fn measure(&mut self, said: &[u8]) {
        self.length = self.length.saturating_add(said.len());
        let padding = said.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding < said.len() {
            self.padding = 0;
        }
        self.padding = self.padding.saturating_add(padding);
    }
}

/// A text that is bytes: what it says of itself before them.
struct Bytes {
    media_type: String,
    head: usize,
    is_base64: bool,
}

impl Bytes {
    fn of(text: &[u8]) -> Option<Self> {
        let sign = text.get(..SIGN_BYTES).unwrap_or(text);
        if !sign.starts_with(b"data:") {
            return is_base64(sign).then_some(Self {
                media_type: String::new(),
                head: 0,
                is_base64: true,
            });
        }
        let comma = memchr(b',', sign)?;
        let head = String::from_utf8_lossy(sign.get(..comma)?).replace('\\', "");
        let said = head.strip_prefix("data:").unwrap_or_default();
        let media_type = said.split(';').next().unwrap_or_default();
        let is_of_type = |c: char| c.is_ascii_alphanumeric() || "/+-.".contains(c);
        Some(Self {
            media_type: media_type.chars().filter(|c| is_of_type(*c)).collect(),
            head: head.len() + 1,
            is_base64: said.ends_with("base64"),
        })
    }

    /// A `data:` URL without data, which says how much there was: readers of
    /// formats take it for a stub. There is no time for its digest here.
    fn stub(&self, text: &Text) -> String {
        let data = text.length.saturating_sub(self.head);
        let size = if self.is_base64 {
            data.saturating_sub(text.padding).saturating_mul(3) / 4
        } else {
            data
        };
        format!("data:{};byte_size={size},", self.media_type)
    }
}

/// Whether a text that begins like this is base64: no words, no number in
/// hexadecimal, no character that is repeated.
fn is_base64(sign: &[u8]) -> bool {
    let is = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_\\".contains(byte);
    let has = |is: fn(&u8) -> bool| sign.iter().any(is);
    sign.iter().all(is)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// How much of a text that was cut is whole: no half of an escape or of a
/// character, and nothing of bytes that it ends with.
fn whole(text: &[u8]) -> usize {
    const BASE64: &[u8] = b";base64,";
    let mut at = 0;
    while let Some(escape) = memchr(b'\\', text.get(at..).unwrap_or_default()) {
        let is_code = text.get(at + escape + 1) == Some(&b'u');
        let after = at + escape + if is_code { 6 } else { 2 };
        if after > text.len() {
            return at + escape;
        }
        at = after;
    }
    let is_data = |from: &usize| text.get(*from..).is_some_and(is_base64_to_its_end);
    let data = memmem::rfind(text, BASE64).map(|at| at + BASE64.len());
    if let Some(data) = data.filter(is_data) {
        return data;
    }
    match str::from_utf8(text) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => text.len(),
    }
}

fn is_base64_to_its_end(rest: &[u8]) -> bool {
    let is = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_\\".contains(byte);
    rest.iter().all(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const MOST: usize = 1 << 20;

    fn shortened<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
        let mut shorten = Shorten::to(MOST);
        for chunk in chunks {
            shorten.push(chunk);
        }
        shorten.into_kept()
    }

    /// Base64 of so many bytes.
    fn base64(bytes: usize) -> String {
        let pattern = "iVBORw0KGgoAAAANSUhEUgAAAAUA/9j/".chars().cycle();
        let data: String = pattern.take((bytes + 1) * 4 / 3 - 1).collect();
        data + "="
    }

    #[test]
    fn what_is_short_stays_as_it_is() {
        let document = json!({"a": [1, -2.5e7, true, {"b": "\"\\\u{e9}\n"}], "": "x".repeat(60_000),
            "icon": base64(1001)});
        for text in [document.to_string(), format!("{document:#}")] {
            assert_eq!(shortened([text.as_bytes()]).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn bytes_become_stubs_and_long_texts_are_cut_wherever_the_chunks_end() {
        let data = base64(300_002);
        let text = "A \"word\"\\ \u{e9}\u{1f600}\u{1}".repeat(20_000);
        let document = json!({"url": format!("data:image/png;base64,{data}"), "data": data,
            "text": text, "prose": format!("See ![](data:image/png;base64,{data})"), "after": [1, "x"]});
        let json = document.to_string();
        for json in [json.clone(), json.replace('/', "\\/")] {
            let kept = shortened([json.as_bytes()]).unwrap();
            let read: Value = serde_json::from_slice(&kept).unwrap();
            assert_eq!(read["url"], "data:image/png;byte_size=300002,");
            assert_eq!(read["data"], "data:;byte_size=300002,");
            assert_eq!(
                read["prose"],
                "See ![](data:image/png;base64,...[truncated]"
            );
            assert_eq!(read["after"], document["after"]);
            let cut = read["text"]
                .as_str()
                .unwrap()
                .strip_suffix("...[truncated]");
            assert!(text.starts_with(cut.unwrap()) && cut.unwrap().len() > 40_000);
            assert_eq!(shortened(json.as_bytes().chunks(1)), Some(kept.clone()));
            assert_eq!(shortened(json.as_bytes().chunks(7)), Some(kept));
        }
    }

    #[test]
    fn a_text_may_be_cut_within_any_escape() {
        for shift in 0..12 {
            let text = format!("{}{}", "y".repeat(shift), "\u{1}\u{1f600}\"".repeat(30_000));
            for json in [
                json!(text).to_string(),
                json!(text)
                    .to_string()
                    .replace('\u{1f600}', "\\ud83d\\ude00"),
            ] {
                let kept = shortened([json.as_bytes()]).unwrap();
                let kept = crate::repair::text(&kept).into_owned();
                let read: String = serde_json::from_str(&kept).unwrap();
                assert!(read.ends_with("...[truncated]"));
            }
        }
    }

    #[test]
    fn texts_are_kept_shorter_as_room_runs_out_and_nothing_of_what_is_too_much() {
        let texts = vec!["word ".repeat(4_000); 100];
        let kept = shortened([json!(texts).to_string().as_bytes()]).unwrap();
        let read: Vec<String> = serde_json::from_slice(&kept).unwrap();
        assert_eq!(read.len(), 100);
        assert!(read[0] == texts[0] && read[99].len() < 5_000);
        assert_eq!(
            shortened([json!(vec![7; MOST]).to_string().as_bytes()]),
            None
        );
        assert_eq!(shortened([vec![b'x'; 2 * MOST].as_slice()]), None);
    }
}
