//! How a stream is cut into frames, as its bytes arrive. What they say is the
//! format's.

mod form_skim;
mod json_array;
mod kept;
mod lines;
mod shorten;
mod sift;
mod skim;
mod sse;

use json_array::JsonArray;
use lines::Lines;
use sse::Sse;

pub(crate) use form_skim::FormSkim;
pub(crate) use shorten::Shorten;
pub(crate) use sift::Sift;
pub(crate) use skim::Skim;

/// The most that is kept of one frame. A longer one is passed over and counted.
const MAX_FRAME_BYTES: usize = 8 << 20;

/// A piece of a stream that means something by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// Its name, where frames have names.
    pub(crate) name: Option<&'a str>,
    pub(crate) data: &'a [u8],
}

/// In which way streams are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Sse,
    /// A line each.
    Lines,
    /// The elements of one JSON array.
    JsonArray,
}

/// Cuts one stream.
#[derive(Debug)]
pub(crate) enum Cutter {
    Sse(Sse),
    Lines(Lines),
    JsonArray(JsonArray),
}

impl<'a> Frame<'a> {
    /// One of which nothing but its data is known.
    pub(crate) fn unnamed(data: &'a [u8]) -> Self {
        Self { name: None, data }
    }
}

impl Framing {
    /// The framing that a content type names, which may have parameters.
    pub(crate) fn of_content_type(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        let is = |name: &&str| kind.eq_ignore_ascii_case(name);
        if is(&"text/event-stream") {
            return Some(Self::Sse);
        }
        let lines = [
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonl",
            "application/json-lines",
            "application/stream+json",
        ];
        lines.iter().any(is).then_some(Self::Lines)
    }

    pub(crate) fn cutter(self) -> Cutter {
        match self {
            Self::Sse => Cutter::Sse(Sse::default()),
            Self::Lines => Cutter::Lines(Lines::default()),
            Self::JsonArray => Cutter::JsonArray(JsonArray::default()),
        }
    }
}

impl Cutter {
    /// Takes the next bytes and calls `frame` with each frame that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8], frame: impl FnMut(Frame<'_>)) {
        match self {
            Self::Sse(sse) => sse.push(bytes, frame),
            Self::Lines(lines) => lines.push(bytes, frame),
            Self::JsonArray(array) => array.push(bytes, frame),
        }
    }

    /// No further bytes come: calls `frame` with what is left.
    pub(crate) fn end(&mut self, frame: impl FnMut(Frame<'_>)) {
        match self {
            Self::Sse(sse) => sse.end(frame),
            Self::Lines(lines) => lines.end(frame),
            // What is not closed is no element.
            Self::JsonArray(_) => {}
        }
    }

    /// How many frames were too long to keep.
    pub(crate) fn passed_over(&self) -> u64 {
        match self {
            Self::Sse(sse) => sse.passed_over(),
            Self::Lines(lines) => lines.passed_over(),
            Self::JsonArray(array) => array.passed_over(),
        }
    }
}

impl Default for Cutter {
    fn default() -> Self {
        Framing::Sse.cutter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_names_its_framing_whatever_its_case_and_parameters() {
        for (content_type, expected) in [
            ("text/event-stream", Some(Framing::Sse)),
            ("Text/Event-Stream; charset=utf-8", Some(Framing::Sse)),
            ("application/x-ndjson", Some(Framing::Lines)),
            ("application/json", None),
            ("text/event-streams", None),
            ("", None),
        ] {
            assert_eq!(
                Framing::of_content_type(content_type),
                expected,
                "{content_type}"
            );
        }
    }

    /// What every framing makes of its stream, cut anywhere.
    #[test]
    fn frames_are_the_same_wherever_the_bytes_are_cut() {
        let streams: [(Framing, &str); 3] = [
            (
                Framing::Sse,
                "event: a\r\ndata: {\"1\":\r\ndata: 2}\r\n\r\ndata: x\n\n",
            ),
            (Framing::Lines, "{\"a\": 1}\r\n\n  {\"b\": \"\\n\"}\nlast"),
            (
                Framing::JsonArray,
                " [ {\"a\": \"]},{\\\"\"} ,\n[1, [2]], {\"b\": {\"c\": []}}, 7, \"x,y\" ] ",
            ),
        ];
        for (framing, stream) in streams {
            let whole = frames(framing, [stream.as_bytes()]);
            assert!(whole.len() > 1, "{whole:?}");
            for at in 0..=stream.len() {
                let (one, two) = stream.as_bytes().split_at(at);
                assert_eq!(frames(framing, [one, two]), whole, "{framing:?} at {at}");
            }
            let bytes = stream.as_bytes().chunks(1);
            assert_eq!(frames(framing, bytes), whole, "{framing:?}");
        }
    }

    fn frames<'a>(framing: Framing, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut cutter = framing.cutter();
        let mut frames = Vec::new();
        let mut take = |frame: Frame<'_>| {
            let data = String::from_utf8_lossy(frame.data);
            frames.push(format!("{}: {data}", frame.name.unwrap_or_default()));
        };
        for chunk in chunks {
            cutter.push(chunk, &mut take);
        }
        cutter.end(&mut take);
        frames
    }
}
