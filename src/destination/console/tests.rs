use super::*;
use opentelemetry::trace::{
    Event, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{IdGenerator, InMemorySpanExporter, SdkTracer, SdkTracerProvider};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

const PAGE: &str = "docs/console.md";

const HEAD: &str = "\
# The console

`OTEL_TRACES_EXPORTER=console`, or `builder().console()`, writes each span as a line
to standard error. This page is written from the code
(`TURNSPAN_UPDATE=1 cargo test --lib console`).

A line has, in this order and as far as there is any of it: the name of the span, how
it ended, how long it took, the time to the first token, the tokens, the tools that the
model wants, the retries, and of a root the first digits of its trace. Children are
below their parents. `within trace` marks a span whose parent was not finished when the
line was written.
";

/// Ids that are the same in every run.
#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl IdGenerator for Counting {
    fn new_trace_id(&self) -> TraceId {
        let number = u128::from(self.0.fetch_add(1, Relaxed) + 1);
        TraceId::from((number << 96) | number)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(self.0.fetch_add(1, Relaxed) + 1)
    }
}

/// Spans that are put down by hand, at times in milliseconds.
struct Desk {
    tracer: SdkTracer,
    kept: InMemorySpanExporter,
    provider: SdkTracerProvider,
}

/// A span while it is put down.
struct Draft {
    name: &'static str,
    times: [u64; 2],
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    status: Status,
}

fn at(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

fn draft(name: &'static str, times: [u64; 2]) -> Draft {
    Draft {
        name,
        times,
        attributes: Vec::new(),
        events: Vec::new(),
        status: Status::Unset,
    }
}

impl Draft {
    fn has(mut self, key: &'static str, value: impl Into<opentelemetry::Value>) -> Self {
        self.attributes.push(KeyValue::new(key, value));
        self
    }

    fn saw(
        mut self,
        name: &'static str,
        millis: u64,
        attributes: &[(&'static str, &'static str)],
    ) -> Self {
        let attributes = attributes
            .iter()
            .map(|(key, value)| KeyValue::new(*key, *value));
        self.events
            .push(Event::new(name, at(millis), attributes.collect(), 0));
        self
    }

    fn failed(mut self, text: &'static str) -> Self {
        self.status = Status::error(text);
        self
    }
}

impl Desk {
    fn new() -> Self {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_id_generator(Counting::default())
            .with_simple_exporter(kept.clone())
            .build();
        let tracer = provider.tracer("test");
        Self {
            tracer,
            kept,
            provider,
        }
    }

    /// A span within another one.
    fn put(&self, draft: Draft, parent: &Context) -> Context {
        let span = self
            .tracer
            .span_builder(draft.name)
            .with_kind(SpanKind::Client)
            .with_start_time(at(draft.times[0]))
            .with_attributes(draft.attributes)
            .with_events(draft.events)
            .start_with_context(&self.tracer, parent);
        let context = parent.with_span(span);
        context.span().set_status(draft.status);
        context.span().end_with_timestamp(at(draft.times[1]));
        context
    }

    fn spans(&self) -> Vec<SpanData> {
        self.provider.force_flush().unwrap();
        self.kept.get_finished_spans().unwrap()
    }
}

fn chat(times: [u64; 2]) -> Draft {
    draft("chat gpt-4o-mini", times)
        .has("turnspan.outcome", "completed")
        .has("gen_ai.usage.input_tokens", 12)
        .has("gen_ai.usage.output_tokens", 48)
}

/// An agent that looks something up, and a call that was refused at last.
fn a_program() -> Vec<SpanData> {
    let desk = Desk::new();
    let agent = desk.put(draft("invoke_agent shopper", [0, 3300]), &Context::new());
    desk.put(
        chat([10, 1210])
            .has("gen_ai.usage.cache_read.input_tokens", 8)
            .saw("gen_ai.stream.first_token", 330, &[])
            .saw("gen_ai.tool.call", 1200, &[("gen_ai.tool.name", "search")])
            .saw("gen_ai.tool.call", 1200, &[("gen_ai.tool.name", "prices")]),
        &agent,
    );
    desk.put(draft("execute_tool search", [1220, 1260]), &agent);
    desk.put(
        draft("execute_tool prices", [1220, 1221]).failed(""),
        &agent,
    );
    desk.put(
        chat([1270, 3290])
            .saw("gen_ai.retry", 1300, &[("error.type", "429")])
            .saw("gen_ai.retry", 1900, &[("retry.reason", "timeout")]),
        &agent,
    );
    desk.put(
        draft("chat gpt-4o-mini", [4000, 4000])
            .has("turnspan.outcome", "provider_error")
            .has("error.type", "401")
            .failed(""),
        &Context::new(),
    );
    let open = SpanContext::new(
        TraceId::from(7_u128 << 96),
        SpanId::from(77),
        TraceFlags::SAMPLED,
        false,
        TraceState::default(),
    );
    let open = Context::new().with_remote_span_context(open);
    desk.put(chat([5000, 5700]), &open);
    desk.spans()
}

fn with_content() -> Vec<SpanData> {
    let desk = Desk::new();
    let asked = r#"[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},
        {"role":"user","parts":[{"type":"text","content":"Hello!\nWhat is this?"},{"type":"blob"}]}]"#;
    let answered = r#"[{"role":"assistant","parts":[{"type":"text","content":"A picture."}]}]"#;
    desk.put(
        chat([0, 700])
            .has("gen_ai.input.messages", asked)
            .has("gen_ai.output.messages", answered),
        &Context::new(),
    );
    desk.put(
        draft("chat gpt-4o-mini", [800, 900])
            .has("turnspan.outcome", "provider_error")
            .has("error.type", "429")
            .failed("Rate limit reached"),
        &Context::new(),
    );
    desk.spans()
}

fn text(spans: &[SpanData], paint: Paint) -> String {
    Console::on(io::sink(), paint).text(spans)
}

fn plain(spans: &[SpanData]) -> String {
    text(spans, Paint::of(false, false))
}

#[test]
fn the_page_shows_what_the_console_writes() {
    let page = format!(
        "{HEAD}\n```text\n{}```\n\nWith content on spans \
         (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY`) the last message, the \
         answer and\ntexts of errors follow, of each the first 200 characters:\n\n```text\n{}```\n",
        plain(&a_program()),
        plain(&with_content()),
    );
    if std::env::var_os("TURNSPAN_UPDATE").is_some() {
        return fs::write(PAGE, page).unwrap();
    }
    let known = fs::read_to_string(PAGE).unwrap_or_default();
    assert_eq!(
        known, page,
        "{PAGE} is not what the console writes: run `TURNSPAN_UPDATE=1 cargo test --lib console`",
    );
}

#[test]
fn what_others_said_gives_a_terminal_no_orders() {
    let desk = Desk::new();
    let said =
        "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"\\u001b[2J\u{202e}\"}]}]";
    desk.put(
        draft("chat \u{1b}[2J\n", [0, 1])
            .has("error.type", "\u{9b}1m")
            .has("gen_ai.input.messages", said)
            .saw("gen_ai.tool.call", 0, &[("gen_ai.tool.name", "\u{7}")])
            .saw("gen_ai.retry", 0, &[("error.type", "\r")])
            .failed("\u{1b}]0;title\u{7}"),
        &Context::new(),
    );
    let written = plain(&desk.spans());
    let is_order = |c: char| c != '\n' && crate::escape::needs_escape(c);
    assert!(!written.contains(is_order), "{written:?}");
    assert_eq!(written.lines().count(), 3, "{written}");
}

#[test]
fn colors_are_on_a_terminal_only_and_never_with_no_color() {
    let spans = a_program();
    let is_colored = |is_terminal, no_color| {
        let written = text(&spans, Paint::of(is_terminal, no_color));
        written.contains('\u{1b}')
    };
    assert!(is_colored(true, false));
    assert!(!is_colored(true, true));
    assert!(!is_colored(false, false));
}

#[test]
fn a_chain_of_any_depth_is_written() {
    let desk = Desk::new();
    let mut around = Context::new();
    for _ in 0..20_000 {
        around = desk.put(draft("work", [0, 1]), &around);
    }
    let written = plain(&desk.spans());
    assert_eq!(written.lines().count(), 20_000);
    let widest = written.lines().map(str::len).max();
    assert!(widest < Some(100), "{widest:?}");
}

/// A terminal that is gone.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_an_error_that_the_account_counts() {
    let console = Console::on(Broken, Paint::of(false, false));
    let error = console.export(a_program()).await.unwrap_err();
    assert!(error.to_string().contains("broken pipe"), "{error}");
}
