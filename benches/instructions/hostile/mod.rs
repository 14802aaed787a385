//! Bodies that are made to hurt, beside what `serde_json::Value` takes for the
//! same bytes.

mod answers;
mod requests;
mod responses;
mod streams;

use crate::callgrind::{self, Count, counted};
use crate::support::bodies::{CHAT, MESSAGES, RESPONSES};
use crate::support::nowhere::{meters, spans, tes};
use bytes::Bytes;
use serde_json::Value;
use turnspan::{Telemetry, TurnGrouping};

/// How much more than `Value` a body may cost.
const MOST_TIMES: u64 = 2;

/// What a call costs whatever its body is, and each event of a stream.
const CALL: u64 = 100_000;
const EVENT: u64 = 1_000;

/// How long each body is.
const BYTES: usize = 256 << 10;

/// How much arrives at once of a stream.
const CHUNK: usize = 16 << 10;

/// Bodies of one kind.
struct Group {
    url: &'static str,
    arrives: Arrives,
    beside: Beside,
    /// What is between two items.
    between: &'static str,
    rows: &'static [Row],
}

/// A name, what is before and after the items, and what makes one.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    fn(usize) -> String,
);

/// As what a body arrives.
#[derive(Clone, Copy)]
enum Arrives {
    Request,
    Answer,
    Refusal,
    /// Each line an event.
    Events,
    /// As it is, on a stream.
    Stream,
}

/// What `Value` parses for comparison.
#[derive(Clone, Copy)]
enum Beside {
    Itself,
    /// It refuses what is no text, so what is left of that.
    Mended,
    /// It refuses all of it, so a list of numbers of the same length.
    Numbers,
}

/// Two ways to treat the same bytes.
struct Body {
    name: &'static str,
    url: &'static str,
    arrives: Arrives,
    chunks: Vec<Bytes>,
    /// Of one event each, if there are events.
    json: Vec<Bytes>,
}

/// Counts what each body takes. Printed is its name, and of how many pieces it is.
pub(crate) fn count() {
    let builder = spans().meter_provider(&meters());
    let telemetry = builder.tes(tes(TurnGrouping::Call)).build().unwrap();
    let groups = [
        answers::GROUPS,
        streams::GROUPS,
        responses::GROUPS,
        requests::GROUPS,
    ];
    for group in groups.into_iter().flatten() {
        for row in group.rows {
            let body = group.body(row);
            println!("{}\t{}", body.name, body.json.len());
            counted(|| body.read_by(&telemetry));
            counted(|| body.parsed());
        }
    }
}

/// Promise, process: Whatever a provider answers, reading it costs the task of
/// the call no more than twice what `serde_json` takes to parse it as a `Value`.
/// Figure: instructions of 117 hostile answers, streams and requests of 256 KiB;
/// 100,000 a call and 1,000 an event are free
pub(crate) fn compare() -> bool {
    let run = callgrind::run(&["count", "hostile"]);
    let mut pairs = run.counts.chunks_exact(2);
    let mut holds = true;
    for line in run.printed.lines() {
        let (name, events) = line.split_once('\t').unwrap();
        let [ours, value] = pairs.next().expect("two counts a body") else {
            unreachable!("chunks of two");
        };
        holds &= is_within(name, events.parse().unwrap(), *ours, *value);
    }
    holds
}

fn is_within(name: &str, events: u64, ours: Count, value: Count) -> bool {
    let most = MOST_TIMES * value.instructions + CALL + EVENT * (events - 1);
    let is_within = ours.instructions <= most;
    println!(
        "{name}: {} instructions, {} as a `Value`, {:.2} times{}",
        ours.instructions,
        value.instructions,
        ratio(ours.instructions, value.instructions),
        if is_within { "" } else { " TOO MANY" },
    );
    is_within
}

#[expect(clippy::cast_precision_loss, reason = "for a line of text")]
fn ratio(one: u64, other: u64) -> f64 {
    one as f64 / other as f64
}

impl Group {
    fn body(&self, (name, before, after, item): &Row) -> Body {
        let mut text = (*before).to_owned();
        for n in 0.. {
            if text.len() >= BYTES {
                break;
            }
            if n > 0 {
                text.push_str(self.between);
            }
            text.push_str(&item(n));
        }
        text.push_str(after);
        Body {
            name,
            url: self.url,
            arrives: self.arrives,
            chunks: self.arrives.chunks(&text),
            json: self.beside.json(self.arrives, &text),
        }
    }
}

impl Arrives {
    fn chunks(self, text: &str) -> Vec<Bytes> {
        let stream: Vec<u8> = match self {
            Self::Events => {
                let events = text.lines().map(|line| format!("data: {line}\n\n"));
                events.collect::<String>().into()
            }
            // A byte a character, which need be no text.
            Self::Stream => text.chars().map(|it| u8::try_from(it).unwrap()).collect(),
            _ => return vec![Bytes::from(text.to_owned())],
        };
        stream.chunks(CHUNK).map(Bytes::copy_from_slice).collect()
    }
}

impl Beside {
    fn json(self, arrives: Arrives, text: &str) -> Vec<Bytes> {
        let json = match self {
            Self::Itself => text.to_owned(),
            Self::Mended => text.replace(r"\ud83d", r"\ufffd"),
            Self::Numbers => format!("[{}0]", "0,".repeat(text.len() / 2)),
        };
        match arrives {
            Arrives::Events => json.lines().map(|it| Bytes::from(it.to_owned())).collect(),
            _ => vec![Bytes::from(json)],
        }
    }
}

impl Body {
    fn read_by(&self, telemetry: &Telemetry) {
        let asked = Bytes::from_static(br#"{"model":"m","stream":true,"messages":[]}"#);
        let body = || self.chunks.first().cloned().unwrap_or_default();
        match self.arrives {
            Arrives::Request => drop(telemetry.record(self.url, body())),
            Arrives::Answer => telemetry.record(self.url, asked).response(body()),
            Arrives::Refusal => telemetry.record(self.url, asked).refused(400, body()),
            Arrives::Events | Arrives::Stream => {
                let mut call = telemetry.record(self.url, asked);
                for chunk in &self.chunks {
                    call.chunk(chunk.clone());
                }
                call.finish();
            }
        }
    }

    fn parsed(&self) {
        for json in &self.json {
            // Some break off.
            drop(serde_json::from_slice::<Value>(json));
        }
    }
}

/// Items that many bodies are made of.
fn empty(_: usize) -> String {
    "{}".to_owned()
}

fn falling(n: usize) -> usize {
    1_000_000 - n
}

fn plain(_: usize) -> String {
    "aaaaaaaa".to_owned()
}

fn zero(_: usize) -> String {
    "0".to_owned()
}

fn field(n: usize) -> String {
    format!(r#""k{n}":0"#)
}
