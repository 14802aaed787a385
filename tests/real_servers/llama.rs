//! llama.cpp: a real model that counts real tokens, by both of its APIs.

use super::run::{Run, events, int};

/// What a provider calls its counts, which its turns keep.
struct Names {
    input: &'static str,
    output: &'static str,
    cached: [&'static str; 2],
}

const OPENAI: Names = Names {
    input: "prompt_tokens",
    output: "completion_tokens",
    cached: ["prompt_tokens_details", "cached_tokens"],
};
const ANTHROPIC: Names = Names {
    input: "input_tokens",
    output: "output_tokens",
    cached: ["cache_read_input_tokens", ""],
};

fn assert_openai_tokens(run: &Run) {
    let said = said(run, &OPENAI);
    assert_on_span(run, said, said.0);
    assert_in_turn(run, said);
    assert_eq!(
        run.turns[0]["usage"]["total_tokens"],
        run.usage["total_tokens"]
    );
}

/// Its input counts only what the cache had not; a span counts both.
fn assert_anthropic_tokens(run: &Run) {
    let said = said(run, &ANTHROPIC);
    assert_on_span(run, said, said.0 + said.2.unwrap_or(0));
    assert_in_turn(run, said);
}

/// Input, output and cached tokens, as the server counted them.
fn said(run: &Run, names: &Names) -> (i64, i64, Option<i64>) {
    let usage = &run.usage;
    let [cached, inner] = names.cached;
    let cached = &usage[cached];
    let cached = cached.as_i64().or_else(|| cached[inner].as_i64());
    let (Some(input), Some(output)) = (usage[names.input].as_i64(), usage[names.output].as_i64())
    else {
        panic!("no counts in {usage}");
    };
    assert!(input > 0 && output > 0, "{usage}");
    (input, output, cached)
}

fn assert_on_span(run: &Run, (_, output, cached): (i64, i64, Option<i64>), input: i64) {
    let span = run.span("chat");
    assert_eq!(int(span, "gen_ai.usage.input_tokens"), Some(input));
    assert_eq!(int(span, "gen_ai.usage.output_tokens"), Some(output));
    assert_eq!(int(span, "gen_ai.usage.cache_read.input_tokens"), cached);
}

fn assert_in_turn(run: &Run, (input, output, cached): (i64, i64, Option<i64>)) {
    let usage = &run.turns[0]["usage"];
    assert_eq!(usage["prompt_tokens"].as_i64(), Some(input));
    assert_eq!(usage["completion_tokens"].as_i64(), Some(output));
    assert_eq!(usage["cache_read_input_tokens"].as_i64(), cached);
}

#[test]
fn a_unary_call_reports_the_servers_tokens() {
    let run = Run::good("openai", "Tell me a story.");
    assert_openai_tokens(&run);
    assert_eq!(run.span("chat").name, "chat tiny-random-llama");
    assert_eq!(run.turns[0]["assistant_response"], run.printed());
    assert_eq!(run.turns[0]["user_message"], "Tell me a story.");
}

#[test]
fn a_streamed_call_reports_the_servers_tokens() {
    let run = Run::good("openai_stream", "Tell me another.");
    assert_openai_tokens(&run);
    assert!(events(run.span("chat")).contains(&"gen_ai.stream.first_token"));
    assert_eq!(run.turns[0]["assistant_response"], run.printed());
    assert!(run.turns[0]["time_to_first_token_ms"].is_u64());
}

#[test]
fn a_message_reports_the_servers_tokens() {
    let run = Run::good("anthropic", "Tell me a third.");
    assert_anthropic_tokens(&run);
    assert_eq!(run.span("chat").name, "chat tiny-random-llama");
    assert_eq!(run.turns[0]["assistant_response"], run.printed());
    assert_eq!(run.turns[0]["system_prompt"], "Be brief.");
}

#[test]
fn a_streamed_message_told_by_hand_reports_the_servers_tokens() {
    let run = Run::good("by_hand", "Tell me a fourth.");
    assert_anthropic_tokens(&run);
    assert!(events(run.span("chat")).contains(&"gen_ai.stream.first_token"));
    assert!(run.turns[0]["time_to_first_token_ms"].is_u64());
    let answer = run.turns[0]["assistant_response"].as_str().unwrap();
    assert!(!answer.is_empty());
}
