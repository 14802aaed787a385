//! OpenTelemetry's conventions of generative AI: newer names than telemetry
//! writes, and older ones.

mod read;

use crate::dialect::{Dialect, Field};
use crate::semconv::attribute;
use read::GenAi;

pub(super) const GEN_AI: Dialect = Dialect {
    reader: Some(&GenAi),
    marks: &["gen_ai.*", "openai.*", "aws.bedrock.*", "azure.ai.*"],
    scopes: &[
        "opentelemetry.instrumentation.genai",
        "opentelemetry.util.genai",
    ],
    names: &[
        "aws.bedrock.guardrail.id",
        "aws.bedrock.knowledge_base.id",
        "azure.resource_provider.namespace",
        "gen_ai.agent.call.id",
        "gen_ai.evaluation.name",
        "gen_ai.evaluation.score.label",
        "gen_ai.framework",
        "gen_ai.memory.record.id",
        "gen_ai.memory.store.id",
        "gen_ai.memory.store.name",
        "gen_ai.openai.request.response_format",
        "gen_ai.openai.request.service_tier",
        "gen_ai.openai.response.service_tier",
        "gen_ai.openai.response.system_fingerprint",
        "gen_ai.prompt.name",
        "gen_ai.prompt.version",
        "gen_ai.request.is_stream",
        "gen_ai.request.service_tier",
        "gen_ai.request.stream_cursor",
        "gen_ai.response.finish_reason",
        "gen_ai.response.service_tier",
        "gen_ai.response.status",
        "gen_ai.response.system_fingerprint",
        "gen_ai.skill.name",
        "gen_ai.system",
        "gen_ai.tool.call_id",
        "gen_ai.tool.status",
    ],
    people: &[
        ("gen_ai.openai.request.user", Field::OtherAttributes),
        ("gen_ai.request.user", Field::OtherAttributes),
        ("gen_ai.user", Field::OtherAttributes),
    ],
    urls: &["gen_ai.openai.api_base"],
    secrets: &[
        "gen_ai.request.extra_headers",
        "gen_ai.request.extra_query",
        "gen_ai.request.headers",
    ],
    content: &[
        (attribute::GEN_AI_INPUT_MESSAGES, Field::UserMessage),
        ("gen_ai.prompt", Field::UserMessage),
        (attribute::GEN_AI_OUTPUT_MESSAGES, Field::AssistantResponse),
        ("gen_ai.completion", Field::AssistantResponse),
        ("gen_ai.content.completion", Field::AssistantResponse),
        ("gen_ai.content.prompt", Field::UserMessage),
        ("gen_ai.event.content", Field::UserMessage),
        (attribute::GEN_AI_SYSTEM_INSTRUCTIONS, Field::SystemPrompt),
        (attribute::GEN_AI_TOOL_CALL_ARGUMENTS, Field::ToolArguments),
        (attribute::GEN_AI_RETRIEVAL_QUERY_TEXT, Field::ToolArguments),
        ("gen_ai.tool.arguments", Field::ToolArguments),
        ("gen_ai.tool.args", Field::ToolArguments),
        ("gen_ai.memory.query.text", Field::ToolArguments),
        (attribute::GEN_AI_TOOL_CALL_RESULT, Field::ToolResults),
        (attribute::GEN_AI_RETRIEVAL_DOCUMENTS, Field::ToolResults),
        ("gen_ai.memory.records", Field::ToolResults),
        ("gen_ai.tool.message", Field::ToolResults),
        // What a program says of its tools and agents is its own.
        (attribute::GEN_AI_TOOL_DEFINITIONS, Field::OtherAttributes),
        (attribute::GEN_AI_TOOL_DESCRIPTION, Field::OtherAttributes),
        (attribute::GEN_AI_AGENT_DESCRIPTION, Field::OtherAttributes),
        (
            attribute::GEN_AI_REQUEST_STOP_SEQUENCES,
            Field::OtherAttributes,
        ),
        ("gen_ai.agent.tools", Field::OtherAttributes),
        ("gen_ai.tool.json_schema", Field::OtherAttributes),
        ("gen_ai.evaluation.explanation", Field::OtherAttributes),
        ("gen_ai.request.extra_body", Field::OtherAttributes),
        ("gen_ai.embeddings.vector", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
