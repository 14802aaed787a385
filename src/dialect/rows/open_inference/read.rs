//! OpenInference's spans, read
//! ([conventions](https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md)).

use super::messages;
use crate::dialect::attributes::Attributes;
use crate::dialect::reading::{self, SpanReader};
use crate::operation::{Conversed, Input, Kind, Operation, ToolContent, Usage};
use crate::semconv::value;
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;

#[derive(Debug)]
pub(super) struct OpenInference;

impl SpanReader for OpenInference {
    fn kind(&self, attributes: &Attributes<'_>) -> Option<Kind> {
        match attributes.text("openinference.span.kind")? {
            "LLM" => Some(Kind::inference(value::operation::CHAT)),
            "TOOL" => Some(Kind::other(value::operation::EXECUTE_TOOL)),
            _ => None,
        }
    }

    fn read<'c>(
        &self,
        kind: Kind,
        span: &SpanData,
        beside: Option<&'c Conversed>,
    ) -> Operation<'c> {
        let attributes = Attributes::of(span);
        let conversed = said(&attributes, beside);
        let (usage, has_implausible_usage) = usage(&attributes).plausible();
        let finish_reason = attributes.word("llm.finish_reason");
        let outline = reading::outline(kind, span, &attributes, conversed);
        Operation {
            session_id: attributes.id("session.id").unwrap_or(outline.session_id),
            provider: attributes
                .word("llm.provider")
                .or_else(|| attributes.word("llm.system")),
            model: attributes.word("llm.model_name"),
            usage,
            has_implausible_usage,
            finish_reasons: finish_reason.into_iter().collect(),
            tool: attributes.word("tool.name").or(outline.tool),
            time_to_first_token: reading::time_to(span, "First Token Stream Event"),
            ..outline
        }
    }
}

/// As the conventions count: all of the input, and all of the output.
fn usage(attributes: &Attributes<'_>) -> Usage {
    Usage {
        input_tokens: attributes.count("llm.token_count.prompt"),
        output_tokens: attributes.count("llm.token_count.completion"),
        cache_read_input_tokens: attributes.count("llm.token_count.prompt_details.cache_read"),
        cache_creation_input_tokens: attributes.count("llm.token_count.prompt_details.cache_write"),
        reasoning_output_tokens: attributes.count("llm.token_count.completion_details.reasoning"),
    }
}

/// Of a tool the parameters that it was given, or the input of its span.
fn said<'c>(attributes: &Attributes<'_>, beside: Option<&Conversed>) -> Cow<'c, Conversed> {
    let on_span = Conversed {
        input: Input {
            messages: messages::of(attributes, "llm.input_messages."),
            ..Input::default()
        },
        output: messages::of(attributes, "llm.output_messages."),
        tool: Some(ToolContent {
            args: attributes
                .string("tool.parameters")
                .or_else(|| attributes.string("input.value")),
            result: attributes.string("output.value"),
        }),
        ..Conversed::default()
    };
    let on_span = on_span.tidied();
    Cow::Owned(match beside {
        Some(beside) => on_span.beside(beside),
        None => on_span,
    })
}
