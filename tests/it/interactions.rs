//! What somebody wanted of an agent, from beginning to end.

use super::support::harness::{Kept, PATIENCE, attribute, tes_at};
use super::support::provider::openai;
use super::support::registry;
use super::support::tes_receiver::TesReceiver;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::json;
use std::time::Duration;
use turnspan::{
    Builder, CaptureMode, Conventions, Conversation, Decision, Interaction, Telemetry, ToolCall,
    Usage,
};

const URL: &str = "https://api.openai.com/v1/chat/completions";

struct Watched {
    telemetry: Telemetry,
    spans: Kept,
}

impl Watched {
    fn new(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let spans = Kept::default();
        let builder = turnspan::builder().span_exporter(spans.clone());
        Self {
            telemetry: configure(builder).build().unwrap(),
            spans,
        }
    }

    fn with_content() -> Self {
        Self::new(|builder| {
            builder
                .capture(CaptureMode::SpanOnly)
                .capture_error_texts(true)
                .identity_on_spans(true)
        })
    }

    fn begin(&self) -> Interaction {
        self.telemetry
            .interaction("orders")
            .conversation(Conversation::new("c1").user("u_1"))
            .parent_session("s0")
            .input("Where is my order?")
            .begin()
    }

    fn spans(&self) -> Vec<SpanData> {
        self.telemetry.flush(PATIENCE).unwrap();
        let spans = self.spans.finished();
        registry::assert_conforms(&spans);
        spans
    }

    /// The span of the interaction itself.
    fn agent(&self) -> SpanData {
        let mut spans = self.spans();
        spans.retain(|span| span.name == "invoke_agent orders");
        assert_eq!(spans.len(), 1);
        spans.remove(0)
    }
}

fn of(span: &SpanData, key: &str) -> Option<String> {
    attribute(&span.attributes, key)
}

#[tokio::test]
async fn calls_inside_are_children_and_its_sum() {
    let watched = Watched::new(|builder| builder);
    let interaction = watched.begin();
    interaction
        .scope(async {
            for _ in 0..2 {
                let call = watched.telemetry.record(URL, r#"{"model":"gpt-4o"}"#);
                tokio::task::yield_now().await;
                call.response(openai::completion("Hi.").to_string());
            }
        })
        .await;
    interaction.finish();
    let agent = watched.agent();
    let spans = watched.spans();
    let calls = spans.iter().filter(|span| span.name.starts_with("chat"));
    for call in calls.clone() {
        assert_eq!(call.parent_span_id, agent.span_context.span_id());
        assert_eq!(of(call, "gen_ai.conversation.id").as_deref(), Some("c1"));
    }
    assert_eq!(calls.count(), 2);
    assert_eq!(
        of(&agent, "gen_ai.usage.input_tokens").as_deref(),
        Some("24")
    );
    assert_eq!(
        of(&agent, "gen_ai.usage.output_tokens").as_deref(),
        Some("14")
    );
    assert_eq!(
        of(&agent, "turnspan.interaction.success").as_deref(),
        Some("true")
    );
    assert_eq!(agent.status, Status::Unset);
}

#[test]
fn everything_that_is_told_is_on_its_span() {
    let watched = Watched::with_content();
    let interaction = watched.begin();
    let within = interaction.enter();
    let decision = Decision::new("it is late").alternatives(["wait", "refund"]);
    interaction.decision(decision.confidence(0.8).cost(0.5));
    interaction.error("NotFound", "no such order");
    interaction.metric("nps", 9.0);
    interaction.set_cost(0.25);
    interaction.set_output("It is late.");
    drop(within);
    interaction.fail("no refund possible");
    let agent = watched.agent();
    assert_eq!(of(&agent, "turnspan.metric.nps").as_deref(), Some("9"));
    assert_eq!(of(&agent, "turnspan.cost.usd").as_deref(), Some("0.25"));
    assert_eq!(of(&agent, "tes.session.parent_id").as_deref(), Some("s0"));
    assert_eq!(of(&agent, "user.id").as_deref(), Some("u_1"));
    let reason = of(&agent, "turnspan.interaction.failure.reason");
    assert_eq!(reason.as_deref(), Some("no refund possible"));
    assert_eq!(agent.status, Status::error("no refund possible"));
    assert!(
        of(&agent, "gen_ai.input.messages")
            .unwrap()
            .contains("Where is my order?")
    );
    assert!(
        of(&agent, "gen_ai.output.messages")
            .unwrap()
            .contains("It is late.")
    );
    let names: Vec<&str> = agent
        .events
        .iter()
        .map(|event| event.name.as_ref())
        .collect();
    assert_eq!(names, ["turnspan.decision", "exception"]);
    let decision = &agent.events[0].attributes;
    assert_eq!(
        attribute(decision, "turnspan.decision.confidence").as_deref(),
        Some("0.8")
    );
    assert!(
        attribute(decision, "turnspan.decision.alternatives")
            .unwrap()
            .contains("refund")
    );
    // Nobody reported any.
    assert_eq!(of(&agent, "gen_ai.usage.input_tokens"), None);
}

#[test]
fn nothing_that_was_said_is_on_spans_by_default() {
    let watched = Watched::new(|builder| builder);
    let interaction = watched.begin();
    interaction.decision(Decision::new("canary").alternatives(["canary"]));
    interaction.error("kind", "canary");
    interaction.set_output("canary");
    let call = ToolCall::new("refund")
        .input(json!("canary"))
        .output(json!("canary"));
    interaction.tool_call(call.reasoning("canary").error("kind", "canary"));
    interaction.fail("canary");
    let spans = format!("{:?}", watched.spans());
    assert!(
        !spans.contains("canary") && !spans.contains("u_1"),
        "{spans}"
    );
}

#[test]
fn one_that_is_dropped_has_failed() {
    let watched = Watched::with_content();
    drop(watched.begin());
    let agent = watched.agent();
    assert_eq!(
        of(&agent, "turnspan.interaction.success").as_deref(),
        Some("false")
    );
    assert_eq!(
        of(&agent, "turnspan.interaction.failure.reason").as_deref(),
        Some("dropped")
    );
    assert_eq!(of(&agent, "error.type").as_deref(), Some("cancelled"));
}

#[test]
fn tools_inside_are_spans_and_tool_uses() {
    let receiver = TesReceiver::start();
    let watched = Watched::new(|builder| builder.tes(tes_at(&receiver.url(), "tes_key")));
    let interaction = watched.begin();
    let call = ToolCall::new("refund")
        .input(json!({"order": 17}))
        .output("refunded")
        .duration(Duration::from_millis(120));
    interaction.tool_call(call);
    interaction.finish();
    let agent = watched.agent();
    let spans = watched.spans();
    let tool = spans
        .iter()
        .find(|span| span.name == "execute_tool refund")
        .unwrap();
    assert_eq!(tool.parent_span_id, agent.span_context.span_id());
    let took = tool.end_time.duration_since(tool.start_time).unwrap();
    assert_eq!(took.as_millis(), 120);
    assert_eq!(of(tool, "gen_ai.tool.call.arguments"), None);
    let events = receiver.accepted();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["eventType"], "TOOL_USE");
    assert_eq!(events[0]["data"]["entity_id"], "c1");
    let sent = &events[0]["data"]["attributes"];
    assert_eq!(sent["args"], json!({"order": 17}));
    assert_eq!(sent["result_summary"], "refunded");
    assert_eq!(
        (&sent["duration_ms"], &sent["userId"]),
        (&json!(120), &json!("u_1"))
    );
}

#[test]
fn a_sum_of_the_callers_own_holds() {
    let watched = Watched::new(|builder| builder);
    let interaction = watched.begin();
    let mut usage = Usage::default();
    usage.output_tokens = Some(3);
    interaction.set_usage(usage);
    let within = interaction.enter();
    let call = watched.telemetry.record(URL, r#"{"model":"gpt-4o"}"#);
    call.response(openai::completion("Hi.").to_string());
    drop(within);
    interaction.finish();
    let agent = watched.agent();
    assert_eq!(
        of(&agent, "gen_ai.usage.output_tokens").as_deref(),
        Some("3")
    );
    assert_eq!(of(&agent, "gen_ai.usage.input_tokens"), None);
}

#[test]
fn interactions_beside_one_another_keep_their_own() {
    let watched = Watched::new(|builder| builder);
    let [one, two] = [watched.begin(), watched.begin()];
    for interaction in [&one, &two, &two] {
        let _within = interaction.enter();
        let call = watched.telemetry.record(URL, r#"{"model":"gpt-4o"}"#);
        call.response(openai::completion("Hi.").to_string());
    }
    one.finish();
    two.finish();
    let spans = watched.spans();
    let sums: Vec<_> = spans
        .iter()
        .filter_map(|span| {
            of(span, "turnspan.interaction.success")
                .and_then(|_| of(span, "gen_ai.usage.input_tokens"))
        })
        .collect();
    assert_eq!(sums, ["12", "24"]);
}

#[test]
fn without_telemetry_an_interaction_does_nothing() {
    let telemetry = turnspan::builder().build().unwrap();
    let interaction = telemetry.interaction("orders").input("Hi.").begin();
    drop(interaction.enter());
    interaction.tool_call(ToolCall::new("refund"));
    interaction.set_output("Hi.");
    interaction.finish();
}

#[test]
fn debug_of_an_interaction_says_nothing_of_what_was_said() {
    let watched = Watched::new(|builder| builder);
    let building = watched.telemetry.interaction("orders").input("canary");
    let before = format!("{building:?}");
    let interaction = building.begin();
    interaction.set_output("canary");
    let shown = format!("{before} {interaction:?}");
    assert!(
        shown.contains("orders") && !shown.contains("canary"),
        "{shown}"
    );
}

#[test]
fn an_error_inside_is_no_deprecated_event_in_the_latest_state() {
    for (conventions, expected) in [
        (Conventions::Published, "exception"),
        (Conventions::Latest, "turnspan.interaction.error"),
    ] {
        let watched = Watched::new(|builder| builder.semconv(conventions));
        let interaction = watched.begin();
        interaction.error("timeout", "canary");
        interaction.finish();
        let agent = watched.agent();
        let names: Vec<&str> = agent.events.iter().map(|it| it.name.as_ref()).collect();
        assert_eq!(names, [expected]);
        let attributes = &agent.events[0].attributes;
        assert!(format!("{attributes:?}").contains("timeout"));
        assert!(!format!("{attributes:?}").contains("canary"));
    }
}
