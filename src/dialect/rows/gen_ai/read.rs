//! Spans of the conventions, read: ours, and everybody's who keeps to them.

use crate::conventions::SCOPE;
use crate::dialect::attributes::Attributes;
use crate::dialect::reading::{self, SpanReader};
use crate::operation::{Conversed, Input, Json, Kind, Operation, ToolCall, ToolContent, Usage};
use crate::semconv::{attribute, event, value};
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;

#[derive(Debug)]
pub(super) struct GenAi;

const KINDS: [Kind; 4] = [
    Kind::inference(value::operation::CHAT),
    Kind::inference(value::operation::GENERATE_CONTENT),
    Kind::inference(value::operation::TEXT_COMPLETION),
    Kind::other(value::operation::EXECUTE_TOOL),
];

impl SpanReader for GenAi {
    fn kind(&self, attributes: &Attributes<'_>) -> Option<Kind> {
        let named = attributes.text(attribute::GEN_AI_OPERATION_NAME)?;
        KINDS.into_iter().find(|kind| kind.name == named)
    }

    fn read<'c>(
        &self,
        kind: Kind,
        span: &SpanData,
        beside: Option<&'c Conversed>,
    ) -> Operation<'c> {
        let attributes = Attributes::of(span);
        let conversed = said(&attributes, beside);
        let uncached_input = conversed.uncached_input_tokens;
        let is_ours = span.instrumentation_scope.name() == SCOPE;
        let (usage, has_implausible_usage) =
            usage(&attributes, uncached_input, is_ours).plausible();
        let outline = reading::outline(kind, span, &attributes, conversed);
        Operation {
            provider: attributes.word(attribute::GEN_AI_PROVIDER_NAME),
            model: attributes
                .word(attribute::GEN_AI_RESPONSE_MODEL)
                .or_else(|| attributes.word(attribute::GEN_AI_REQUEST_MODEL)),
            usage,
            has_implausible_usage,
            finish_reasons: attributes.words(attribute::GEN_AI_RESPONSE_FINISH_REASONS),
            response_id: attributes.id(attribute::GEN_AI_RESPONSE_ID),
            previous_response_id: attributes.id(attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID),
            tool_calls: tool_calls(span),
            tool: attributes
                .word(attribute::GEN_AI_TOOL_NAME)
                .or(outline.tool),
            time_to_first_token: reading::time_to(span, event::GEN_AI_STREAM_FIRST_TOKEN),
            retries: retries(span),
            ..outline
        }
    }
}

/// What was said: what came beside the span, else what is on it.
fn said<'c>(attributes: &Attributes<'_>, beside: Option<&'c Conversed>) -> Cow<'c, Conversed> {
    match beside {
        Some(beside) if beside.is_silent() => Cow::Owned(on_span(attributes).beside(beside)),
        Some(beside) => Cow::Borrowed(beside),
        None => Cow::Owned(on_span(attributes)),
    }
}

fn on_span(attributes: &Attributes<'_>) -> Conversed {
    Conversed {
        input: Input {
            messages: attributes.list(attribute::GEN_AI_INPUT_MESSAGES),
            system_instructions: attributes.list(attribute::GEN_AI_SYSTEM_INSTRUCTIONS),
            tool_definitions: attributes.list(attribute::GEN_AI_TOOL_DEFINITIONS),
        },
        output: attributes.list(attribute::GEN_AI_OUTPUT_MESSAGES),
        answered_ids: attributes.ids(attribute::TES_TOOL_ANSWERED_IDS),
        tool: Some(ToolContent {
            args: attributes.string(attribute::GEN_AI_TOOL_CALL_ARGUMENTS),
            result: attributes.string(attribute::GEN_AI_TOOL_CALL_RESULT),
        }),
        ..Conversed::default()
    }
    .tidied()
}

/// In the provider's own counting: of the input it is known beside the span, or
/// on it.
fn usage(attributes: &Attributes<'_>, uncached_input: Option<u64>, is_ours: bool) -> Usage {
    Usage {
        input_tokens: uncached_input
            .or_else(|| attributes.count(attribute::TES_USAGE_INPUT_TOKENS))
            .or_else(|| input_as_counted(attributes, is_ours)),
        output_tokens: attributes.count(attribute::GEN_AI_USAGE_OUTPUT_TOKENS),
        cache_read_input_tokens: attributes.count(attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS),
        cache_creation_input_tokens: attributes
            .count(attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS),
        reasoning_output_tokens: attributes.count(attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS),
    }
}

/// Spans of ours have all of the input, as the conventions ask, and Anthropic
/// counts without its cache.
fn input_as_counted(attributes: &Attributes<'_>, is_ours: bool) -> Option<u64> {
    let all = attributes.count(attribute::GEN_AI_USAGE_INPUT_TOKENS)?;
    let provider = attributes.text(attribute::GEN_AI_PROVIDER_NAME);
    if !is_ours || provider != Some(value::provider::ANTHROPIC) {
        return Some(all);
    }
    let cached = [
        attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
        attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    ];
    let cached = cached.iter().filter_map(|key| attributes.count(key));
    Some(cached.fold(all, u64::saturating_sub))
}

/// Without content the lifecycle events still name the tools.
fn tool_calls(span: &SpanData) -> Vec<ToolCall> {
    let events = span.events.iter();
    let calls = events.filter(|it| it.name == event::GEN_AI_TOOL_CALL);
    calls
        .map(|call| {
            let attributes = Attributes::new(&call.attributes);
            let arguments = attributes.text(attribute::GEN_AI_TOOL_CALL_ARGUMENTS);
            ToolCall {
                id: attributes.id(attribute::GEN_AI_TOOL_CALL_ID),
                name: attributes
                    .word(attribute::GEN_AI_TOOL_NAME)
                    .unwrap_or_default(),
                arguments: arguments.map(|text| Json::or_text(text).as_str().to_owned()),
            }
        })
        .collect()
}

fn retries(span: &SpanData) -> u64 {
    let events = span.events.iter();
    let retries = events.filter(|it| it.name == event::GEN_AI_RETRY).count();
    u64::try_from(retries).unwrap_or(u64::MAX)
}
