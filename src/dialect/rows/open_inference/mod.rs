//! OpenInference: Phoenix, Arize.

mod messages;
mod read;

use crate::dialect::{Dialect, Field};
use read::OpenInference;

pub(super) const OPEN_INFERENCE: Dialect = Dialect {
    reader: Some(&OpenInference),
    marks: &["openinference.*"],
    scopes: &["openinference."],
    titles: &["First Token Stream Event"],
    names: &[
        "agent.name",
        "embedding.model_name",
        "graph.node.id",
        "graph.node.name",
        "graph.node.parent_id",
        "input.mime_type",
        "llm.finish_reason",
        "llm.model_name",
        "llm.prompt_template.version",
        "llm.provider",
        "llm.request.model_name",
        "llm.response.model_name",
        "llm.system",
        "openinference.span.kind",
        "output.mime_type",
        "prompt.id",
        "prompt.vendor",
        "reranker.model_name",
        "tool.id",
        "tool.name",
    ],
    urls: &["prompt.url"],
    content: &[
        ("input.audio", Field::UserMessage),
        ("input.documents", Field::UserMessage),
        ("input.images", Field::UserMessage),
        ("input.value", Field::UserMessage),
        ("llm.input_messages", Field::UserMessage),
        ("llm.prompts", Field::UserMessage),
        ("embedding.embeddings", Field::UserMessage),
        ("llm.choices", Field::AssistantResponse),
        ("llm.function_call", Field::AssistantResponse),
        ("llm.output_messages", Field::AssistantResponse),
        ("output.audio", Field::AssistantResponse),
        ("output.documents", Field::AssistantResponse),
        ("output.images", Field::AssistantResponse),
        ("output.value", Field::AssistantResponse),
        ("llm.prompt_template", Field::SystemPrompt),
        ("reranker.query", Field::ToolArguments),
        ("tool.parameters", Field::ToolArguments),
        ("reranker.input_documents", Field::ToolResults),
        ("reranker.output_documents", Field::ToolResults),
        ("retrieval.documents", Field::ToolResults),
        ("embedding.invocation_parameters", Field::OtherAttributes),
        ("llm.invocation_parameters", Field::OtherAttributes),
        ("llm.tools", Field::OtherAttributes),
        ("tool.json_schema", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
