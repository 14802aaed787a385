//! OpenLLMetry, of Traceloop.

use crate::dialect::{Dialect, Field};

pub(super) const OPENLLMETRY: Dialect = Dialect {
    marks: &["llm.*", "traceloop.*"],
    scopes: &["@traceloop/", "traceloop."],
    names: &[
        "db.vector.query.id",
        "gen_ai.is_streaming",
        "llm.is_streaming",
        "llm.request.model",
        "llm.request.type",
        "llm.response.finish_reason",
        "llm.response.model",
        "llm.vendor",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.thread_id",
        "traceloop.correlation.id",
        "traceloop.entity.name",
        "traceloop.entity.path",
        "traceloop.entity.version",
        "traceloop.prompt.key",
        "traceloop.prompt.managed",
        "traceloop.prompt.version",
        "traceloop.prompt.version_hash",
        "traceloop.prompt.version_name",
        "traceloop.span.kind",
        "traceloop.workflow.name",
        "vector_db.vendor",
    ],
    people: &[
        ("llm.user", Field::OtherAttributes),
        (
            "traceloop.association.properties.customer_id",
            Field::OtherAttributes,
        ),
        (
            "traceloop.association.properties.user_id",
            Field::OtherAttributes,
        ),
        (
            "traceloop.association.properties.userId",
            Field::OtherAttributes,
        ),
    ],
    urls: &["gen_ai.request.base_url", "llm.openai.api_base"],
    secrets: &["llm.headers"],
    content: &[
        ("traceloop.entity.input", Field::UserMessage),
        ("traceloop.entity.output", Field::AssistantResponse),
        ("llm.completions", Field::AssistantResponse),
        ("traceloop.prompt.template", Field::SystemPrompt),
        ("traceloop.prompt.template_variables", Field::UserMessage),
        ("db.query.embeddings", Field::ToolArguments),
        ("db.query.result", Field::ToolResults),
        ("llm.chat.stop_sequences", Field::OtherAttributes),
        ("llm.request.functions", Field::OtherAttributes),
        ("traceloop.association.properties", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
