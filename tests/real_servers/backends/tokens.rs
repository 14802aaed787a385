//! A real model's tokens: what the server counted is what Jaeger has.

use super::jaeger::{self, of_operation};
use super::said;
use crate::run::{Run, events, int, text};

#[test]
fn a_real_answers_tokens_are_on_its_span() {
    for (example, prompt) in [
        ("openai", "Tell me of a fox."),
        ("openai_stream", "Tell me of a crow."),
    ] {
        let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", said("COLLECTOR_HTTP_URL"))];
        let run = Run::with(example, prompt, &endpoint);
        let turn = &run.turns[0];
        let spans = jaeger::trace(turn["trace_id"].as_str().unwrap(), 1);
        let [call] = of_operation(&spans, "chat")[..] else {
            panic!("no call");
        };
        assert_eq!(call.name, "chat tiny-random-llama");
        let counted = ["prompt_tokens", "completion_tokens"].map(|it| run.usage[it].as_i64());
        assert!(
            counted
                .iter()
                .all(|count| count.is_some_and(|count| count > 0))
        );
        let names = ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"];
        assert_eq!(names.map(|name| int(call, name)), counted);
        assert_eq!(
            text(&call.attributes, "gen_ai.response.model"),
            "tiny-random-llama"
        );
        let streamed = events(call).contains(&"gen_ai.stream.first_token");
        assert_eq!(streamed, example == "openai_stream");
    }
}
