//! Spans as other instrumentations of generative AI make them.

use opentelemetry::trace::{Span as _, SpanBuilder, Tracer as _, TracerProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, Span, SpanData};
use turnspan::WithoutContent;

/// What stands in every text.
pub(crate) const CANARY: &str = "canary";

/// Which attributes an instrumentation writes.
pub(crate) struct Maker {
    pub(crate) name: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) span: &'static str,
    /// Names, ids and enumerations.
    pub(crate) names: &'static [&'static str],
    /// What was said, by whom, and with which key.
    pub(crate) content: &'static [&'static str],
}

impl Maker {
    /// The keys that are left of a span that has all of them, as of its event.
    pub(crate) fn left(&self) -> Vec<String> {
        let keys = self.names.iter().chain(self.content);
        let attributes: Vec<KeyValue> = keys.map(|key| KeyValue::new(*key, CANARY)).collect();
        let span = without_content(self.scope, self.span, |span| {
            span.set_attributes(attributes.clone());
            span.add_event("gen_ai.choice", attributes);
        });
        let keys = |list: &[KeyValue]| list.iter().map(|it| it.key.to_string()).collect();
        let (of_span, of_event): (Vec<_>, Vec<_>) =
            (keys(&span.attributes), keys(&span.events[0].attributes));
        assert_eq!(of_span, of_event, "{}", self.name);
        of_span
    }
}

/// A finished span, as an exporter of the user's own gets it.
pub(crate) fn without_content(
    scope: &'static str,
    name: impl Into<std::borrow::Cow<'static, str>>,
    write: impl FnOnce(&mut Span),
) -> SpanData {
    through(WithoutContent::new, scope, name, write)
}

/// The same, with a gate that is made otherwise.
pub(crate) fn through(
    gate: impl FnOnce(InMemorySpanExporter) -> WithoutContent<InMemorySpanExporter>,
    scope: &'static str,
    name: impl Into<std::borrow::Cow<'static, str>>,
    write: impl FnOnce(&mut Span),
) -> SpanData {
    let kept = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(gate(kept.clone()))
        .with_max_attributes_per_span(1024)
        .with_max_attributes_per_event(1024)
        .build();
    let scope = InstrumentationScope::builder(scope).build();
    let tracer = provider.tracer_with_scope(scope);
    let mut span = tracer.build(SpanBuilder::from_name(name));
    write(&mut span);
    span.end();
    kept.get_finished_spans().unwrap().remove(0)
}

/// As their newest versions write.
pub(crate) const MAKERS: [Maker; 26] = [
    Maker {
        name: "OpenTelemetry's conventions, all states",
        scope: "opentelemetry.instrumentation.openai_v2",
        span: "chat",
        names: &[
            "gen_ai.operation.name",
            "gen_ai.provider.name",
            "gen_ai.system",
            "gen_ai.request.model",
            "gen_ai.response.model",
            "gen_ai.response.id",
            "gen_ai.response.finish_reasons",
            "gen_ai.request.reasoning.level",
            "gen_ai.conversation.id",
            "gen_ai.agent.id",
            "gen_ai.agent.name",
            "gen_ai.tool.name",
            "gen_ai.tool.call.id",
            "gen_ai.prompt.name",
            "gen_ai.prompt.version",
            "gen_ai.data_source.id",
            "gen_ai.memory.store.id",
            "gen_ai.evaluation.name",
            "gen_ai.evaluation.score.label",
            "openai.response.system_fingerprint",
            "aws.bedrock.guardrail.id",
            "server.address",
            "error.type",
            "exception.type",
            "session.id",
        ],
        content: &[
            "gen_ai.input.messages",
            "gen_ai.output.messages",
            "gen_ai.system_instructions",
            "gen_ai.prompt",
            "gen_ai.prompt.0.content",
            "gen_ai.prompt.variable.city",
            "gen_ai.completion",
            "gen_ai.event.content",
            "gen_ai.tool.definitions",
            "gen_ai.tool.description",
            "gen_ai.agent.description",
            "gen_ai.tool.call.arguments",
            "gen_ai.tool.call.result",
            "gen_ai.request.stop_sequences",
            "gen_ai.retrieval.query.text",
            "gen_ai.retrieval.documents",
            "gen_ai.memory.query.text",
            "gen_ai.memory.records",
            "gen_ai.evaluation.explanation",
            "exception.message",
            "exception.stacktrace",
            "error.message",
            "user.id",
            "user.email",
            "user.name",
            "enduser.id",
            "client.address",
        ],
    },
    Maker {
        name: "Model Context Protocol",
        scope: "mcp",
        span: "tools/call",
        names: &[
            "mcp.method.name",
            "mcp.session.id",
            "jsonrpc.request.id",
            "network.transport",
        ],
        content: &["mcp.resource.uri"],
    },
    Maker {
        name: "HTTP, on such spans",
        scope: "anybody",
        span: "POST",
        names: &[
            "gen_ai.operation.name",
            "http.request.method",
            "http.route",
            "url.scheme",
            "http.response.header.x-request-id",
            "http.response.header.x-ratelimit-remaining-tokens",
            "http.response.header.anthropic_ratelimit_requests_limit",
            "http.response.header.retry-after",
        ],
        content: &[
            "http.request.header.authorization",
            "http.request.header.x-api-key",
            "http.request.header.x-ratelimit",
            "http.response.header.set-cookie",
            "http.response.header.location",
            "rpc.request.metadata.authorization",
            "url.query",
            "url.full",
            "db.query.text",
            "user_agent.original",
        ],
    },
    Maker {
        name: "OpenInference",
        scope: "openinference.instrumentation.openai",
        span: "ChatCompletion",
        names: &[
            "openinference.span.kind",
            "llm.system",
            "llm.provider",
            "llm.model_name",
            "llm.finish_reason",
            "llm.prompt_template.version",
            "embedding.model_name",
            "reranker.model_name",
            "tool.id",
            "tool.name",
            "agent.name",
            "input.mime_type",
            "graph.node.id",
            "session.id",
        ],
        content: &[
            "input.value",
            "output.value",
            "llm.input_messages.0.message.content",
            "llm.output_messages.0.message.content",
            "llm.prompts.0.prompt.text",
            "llm.choices",
            "llm.choices.0.completion.text",
            "llm.function_call",
            "llm.invocation_parameters",
            "llm.tools.0.tool.json_schema",
            "llm.prompt_template.template",
            "retrieval.documents.0.document.content",
            "embedding.embeddings.0.embedding.text",
            "reranker.query",
            "reranker.input_documents.0.document.content",
            "tool.parameters",
            "tool.description",
            "metadata",
            "tag.tags",
            "annotations.0.annotation.explanation",
            "user.id",
        ],
    },
    Maker {
        name: "OpenLLMetry",
        scope: "opentelemetry.instrumentation.openai.v1",
        span: "openai.chat",
        names: &[
            "gen_ai.system",
            "traceloop.span.kind",
            "traceloop.workflow.name",
            "traceloop.entity.name",
            "traceloop.association.properties.session_id",
            "llm.request.type",
        ],
        content: &[
            "traceloop.entity.input",
            "traceloop.entity.output",
            "traceloop.prompt.template_variables",
            "traceloop.association.properties.user_id",
            "traceloop.association.properties.plan",
            "gen_ai.content.completion.chunk",
            "llm.request.functions.0.name",
            "llm.headers",
            "llm.user",
        ],
    },
    Maker {
        name: "AI SDK of Vercel",
        scope: "ai",
        span: "ai.streamText",
        names: &[
            "ai.operationId",
            "ai.model.id",
            "ai.model.provider",
            "ai.response.finishReason",
            "ai.response.id",
            "ai.response.model",
            "ai.telemetry.functionId",
            "ai.telemetry.metadata.sessionId",
            "ai.toolCall.name",
            "ai.toolCall.id",
            "operation.name",
            "resource.name",
        ],
        content: &[
            "ai.prompt",
            "ai.prompt.messages",
            "ai.request.text",
            "ai.request.headers.authorization",
            "ai.value",
            "ai.values",
            "ai.documents",
            "ai.decision.questions",
            "ai.decision.answers",
            "ai.response.files",
            "ai.response.text",
            "ai.response.object",
            "ai.response.toolCalls",
            "ai.response.providerMetadata",
            "ai.toolCall.args",
            "ai.toolCall.result",
            "ai.embedding",
            "ai.telemetry.metadata.userId",
            "ai.telemetry.metadata.plan",
        ],
    },
    Maker {
        name: "Pydantic AI",
        scope: "pydantic-ai",
        span: "invoke_agent",
        names: &[
            "gen_ai.agent.name",
            "gen_ai.agent.call.id",
            "agent_name",
            "model_name",
        ],
        content: &[
            "pydantic_ai.all_messages",
            "final_result",
            "tool_arguments",
            "tool_response",
            "model_request_parameters",
            "logfire.json_schema",
        ],
    },
    Maker {
        name: "Logfire",
        scope: "logfire.openai",
        span: "chat",
        names: &[
            "gen_ai.request.model",
            "logfire.msg_template",
            "logfire.span_type",
        ],
        content: &[
            "request_data",
            "response_data",
            "logfire.msg",
            "logfire.tags",
            "events",
            "all_messages_events",
            "gen_ai.usage.raw",
        ],
    },
    Maker {
        name: "LangSmith",
        scope: "langsmith",
        span: "ChatOpenAI",
        names: &[
            "langsmith.span.kind",
            "langsmith.trace.session_id",
            "langsmith.metadata.thread_id",
            "gen_ai.serialized.name",
        ],
        content: &[
            "langsmith.metadata.x",
            "langsmith.span.tags",
            "langsmith.request.headers",
            "gen_ai.serialized.doc",
            "gen_ai.request.extra_body",
            "gen_ai.request.extra_headers",
        ],
    },
    Maker {
        name: "Langfuse",
        scope: "langfuse-sdk",
        span: "generation",
        names: &[
            "langfuse.observation.type",
            "langfuse.observation.model.name",
            "langfuse.session.id",
            "langfuse.trace.name",
        ],
        content: &[
            "langfuse.observation.input",
            "langfuse.observation.output",
            "langfuse.observation.metadata.x",
            "langfuse.observation.status_message",
            "langfuse.trace.input",
            "langfuse.trace.output",
            "langfuse.trace.metadata.x",
            "langfuse.trace.tags",
            "langfuse.user.id",
        ],
    },
    Maker {
        name: "swiftide",
        scope: "anybody",
        span: "prompt",
        names: &["langfuse.type", "langfuse.model"],
        content: &[
            "langfuse.input",
            "langfuse.output",
            "langfuse.status_message",
            "langfuse.usage",
        ],
    },
    Maker {
        name: "langchain-rust",
        scope: "anybody",
        span: "llm.generate",
        names: &["provider", "model"],
        content: &["error", "prompt", "question"],
    },
    Maker {
        name: "Google ADK, adk-rust",
        scope: "gcp.vertex.agent",
        span: "call_llm",
        names: &[
            "gen_ai.system",
            "gcp.vertex.agent.session_id",
            "gcp.vertex.agent.invocation_id",
            "gcp.vertex.agent.event_id",
            "gen_ai.tool.call_id",
        ],
        content: &[
            "gcp.vertex.agent.llm_request",
            "gcp.vertex.agent.llm_response",
            "gcp.vertex.agent.tool_call_args",
            "gcp.vertex.agent.tool_response",
            "gcp.vertex.agent.data",
        ],
    },
    Maker {
        name: "Strands Agents",
        scope: "strands.telemetry.tracer",
        span: "chat",
        names: &[
            "gen_ai.system",
            "event_loop.cycle_id",
            "role",
            "id",
            "finish_reason",
        ],
        content: &[
            "content",
            "message",
            "system_prompt",
            "tool.result",
            "gen_ai.agent.tools",
            "gen_ai.tool.json_schema",
        ],
    },
    Maker {
        name: "Claude Code",
        scope: "com.anthropic.claude_code.tracing",
        span: "claude_code.llm_request",
        names: &[
            "gen_ai.system",
            "model",
            "span.type",
            "stop_reason",
            "query_source",
            "tool_name",
            "session.id",
        ],
        content: &[
            "user_prompt",
            "full_command",
            "file_path",
            "system_prompt",
            "new_context",
            "tool_input",
            "response.model_output",
            "error",
            "user.email",
            "user.account_uuid",
            "organization.id",
        ],
    },
    Maker {
        name: "Codex",
        scope: "codex_cli_rs",
        span: "run_sampling_request",
        names: &["conversation.id", "model", "codex.request.reasoning_effort"],
        content: &["prompt", "arguments", "output", "user.account_id", "cwd"],
    },
    Maker {
        name: "Gemini CLI",
        scope: "gemini-cli",
        span: "llm_call",
        names: &["gen_ai.operation.name", "prompt_id", "installation.id"],
        content: &[
            "prompt",
            "request_text",
            "response_text",
            "function_args",
            "user.email",
        ],
    },
    Maker {
        name: "CrewAI",
        scope: "crewai.telemetry",
        span: "Task Execution",
        names: &[
            "gen_ai.operation.name",
            "crew_key",
            "task_id",
            "crewai.version",
        ],
        content: &[
            "crewai.task.description",
            "crewai.task.output",
            "crewai.agent.goal",
            "crewai.agent.backstory",
            "crew_agents",
            "crew_tasks",
            "formatted_description",
        ],
    },
    Maker {
        name: "OpenLIT",
        scope: "openlit.instrumentation.openai",
        span: "chat",
        names: &[
            "gen_ai.request.model",
            "gen_ai.sdk.version",
            "openlit.agent.version_hash",
        ],
        content: &["gen_ai.request.user", "gen_ai.tool.args"],
    },
    Maker {
        name: "LiteLLM",
        scope: "litellm",
        span: "litellm_request",
        names: &["gen_ai.system", "gen_ai.framework", "litellm.call_id"],
        content: &[
            "hidden_params",
            "metadata.user_api_key_alias",
            "litellm.end_user.id",
            "litellm.api_key.hash",
            "llm.openai.messages",
        ],
    },
    Maker {
        name: "Semantic Kernel, Agent Framework",
        scope: "semantic_kernel",
        span: "chat",
        names: &["gen_ai.system", "gen_ai.response.finish_reason"],
        content: &["sk.available_functions", "gen_ai.event.content"],
    },
    Maker {
        name: "Genkit",
        scope: "genkit-tracer",
        span: "generate",
        names: &["genkit:name", "genkit:type", "genkit:state"],
        content: &["genkit:input", "genkit:output", "genkit:metadata:subtype"],
    },
    Maker {
        name: "Haystack",
        scope: "haystack",
        span: "haystack.component.run",
        names: &["haystack.component.name", "haystack.component.type"],
        content: &[
            "haystack.component.input",
            "haystack.component.output",
            "haystack.pipeline.input_data",
            "haystack.pipeline.output_data",
        ],
    },
    Maker {
        name: "Laminar",
        scope: "lmnr.sdk",
        span: "run",
        names: &["lmnr.span.type", "lmnr.association.properties.session_id"],
        content: &[
            "lmnr.span.input",
            "lmnr.span.output",
            "lmnr.association.properties.user_id",
            "lmnr.association.properties.plan",
        ],
    },
    Maker {
        name: "MLflow",
        scope: "mlflow.tracing",
        span: "predict",
        names: &["mlflow.spanType", "mlflow.experimentId"],
        content: &[
            "mlflow.spanInputs",
            "mlflow.spanOutputs",
            "mlflow.chat.messages",
        ],
    },
    Maker {
        name: "Braintrust",
        scope: "braintrust",
        span: "chat",
        names: &["braintrust.parent"],
        content: &[
            "braintrust.input_json",
            "braintrust.output_json",
            "braintrust.expected",
            "braintrust.metadata.plan",
        ],
    },
];
