//! Names of attributes, events, metrics and values: for filters, exporters and
//! dashboards that are to agree with what telemetry writes.
//!
//! *published* are those of the
//! [GenAI conventions 1.41.1](https://github.com/open-telemetry/semantic-conventions/tree/v1.41.1/docs/gen-ai),
//! *newer* those that their own repository has since, *latest* those that it has
//! instead of published ones ([`Conventions`](crate::Conventions)), *core* those
//! of OpenTelemetry at large, *ours* those that turnspan adds.
//!
//! Generated from `semconv/` by `TURNSPAN_UPDATE=1 cargo test --test it semconv`;
//! do not edit.
//!
//! ```
//! use turnspan::semconv::{CONTENT_ATTRIBUTES, attribute, value};
//!
//! assert_eq!(attribute::GEN_AI_REQUEST_MODEL, "gen_ai.request.model");
//! assert_eq!(value::operation::CHAT, "chat");
//! assert!(CONTENT_ATTRIBUTES.contains(&attribute::GEN_AI_INPUT_MESSAGES));
//! ```

/// The published conventions that spans follow: the
/// [schema URL](https://opentelemetry.io/docs/specs/otel/schemas/#schema-url) of
/// turnspan's scope.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.41.1";

/// Published attributes that the GenAI repository's main calls otherwise, and how.
pub const LATEST_ATTRIBUTES: &[(&str, &str)] = &[(
    attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
)];

/// Published metrics that it calls otherwise, and how.
pub const LATEST_METRICS: &[(&str, &str)] = &[
    (
        metric::GEN_AI_CLIENT_OPERATION_DURATION,
        metric::GEN_AI_CLIENT_INFERENCE_DURATION,
    ),
    (
        metric::GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK,
        metric::GEN_AI_CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK,
    ),
    (
        metric::GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK,
        metric::GEN_AI_CLIENT_INFERENCE_TIME_PER_OUTPUT_CHUNK,
    ),
];

/// Attributes that are whole numbers there.
pub const LATEST_INT_ATTRIBUTES: &[&str] = &[attribute::GEN_AI_REQUEST_TOP_K];

/// Operations whose spans name their conversation only there.
pub const LATEST_CONVERSATION_OPERATIONS: &[&str] = &[
    value::operation::EXECUTE_TOOL,
    value::operation::INVOKE_WORKFLOW,
];

/// Attributes that hold what was said, of those that telemetry writes: they pass
/// only through the content gate. Those of other instrumentations are known to
/// [`WithoutContent`](crate::WithoutContent).
pub const CONTENT_ATTRIBUTES: &[&str] = &[
    attribute::GEN_AI_REQUEST_STOP_SEQUENCES,
    attribute::GEN_AI_INPUT_MESSAGES,
    attribute::GEN_AI_OUTPUT_MESSAGES,
    attribute::GEN_AI_SYSTEM_INSTRUCTIONS,
    attribute::GEN_AI_TOOL_DEFINITIONS,
    attribute::GEN_AI_TOOL_DESCRIPTION,
    attribute::GEN_AI_TOOL_CALL_ARGUMENTS,
    attribute::GEN_AI_TOOL_CALL_RESULT,
    attribute::GEN_AI_AGENT_DESCRIPTION,
    attribute::GEN_AI_RETRIEVAL_DOCUMENTS,
    attribute::GEN_AI_RETRIEVAL_QUERY_TEXT,
    attribute::TURNSPAN_INTERACTION_FAILURE_REASON,
    attribute::TURNSPAN_DECISION_REASONING,
    attribute::TURNSPAN_DECISION_ALTERNATIVES,
];

/// Attributes that hold names, ids and numbers: neither a free text nor a person.
pub const PLAIN_ATTRIBUTES: &[&str] = &[
    attribute::GEN_AI_OPERATION_NAME,
    attribute::GEN_AI_PROVIDER_NAME,
    attribute::GEN_AI_REQUEST_MODEL,
    attribute::GEN_AI_REQUEST_CHOICE_COUNT,
    attribute::GEN_AI_REQUEST_FREQUENCY_PENALTY,
    attribute::GEN_AI_REQUEST_MAX_TOKENS,
    attribute::GEN_AI_REQUEST_PRESENCE_PENALTY,
    attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID,
    attribute::GEN_AI_REQUEST_REASONING_LEVEL,
    attribute::GEN_AI_REQUEST_SEED,
    attribute::GEN_AI_REQUEST_STREAM,
    attribute::GEN_AI_REQUEST_TEMPERATURE,
    attribute::GEN_AI_REQUEST_TOP_K,
    attribute::GEN_AI_REQUEST_TOP_P,
    attribute::GEN_AI_REQUEST_ENCODING_FORMATS,
    attribute::GEN_AI_OUTPUT_TYPE,
    attribute::GEN_AI_RESPONSE_ID,
    attribute::GEN_AI_RESPONSE_MODEL,
    attribute::GEN_AI_RESPONSE_FINISH_REASONS,
    attribute::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
    attribute::GEN_AI_USAGE_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
    attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    attribute::GEN_AI_CONVERSATION_ID,
    attribute::GEN_AI_TOKEN_TYPE,
    attribute::GEN_AI_TOKEN_MODALITY,
    attribute::GEN_AI_WORKFLOW_NAME,
    attribute::GEN_AI_TOOL_NAME,
    attribute::GEN_AI_TOOL_TYPE,
    attribute::GEN_AI_TOOL_CALL_ID,
    attribute::GEN_AI_AGENT_ID,
    attribute::GEN_AI_AGENT_NAME,
    attribute::GEN_AI_AGENT_VERSION,
    attribute::GEN_AI_DATA_SOURCE_ID,
    attribute::GEN_AI_RETRIEVAL_TOP_K,
    attribute::GEN_AI_EMBEDDINGS_DIMENSION_COUNT,
    attribute::OPENAI_API_TYPE,
    attribute::OPENAI_REQUEST_SERVICE_TIER,
    attribute::OPENAI_RESPONSE_SERVICE_TIER,
    attribute::OPENAI_RESPONSE_SYSTEM_FINGERPRINT,
    attribute::ERROR_TYPE,
    attribute::SERVER_ADDRESS,
    attribute::SERVER_PORT,
    attribute::HTTP_RESPONSE_STATUS_CODE,
    attribute::EXCEPTION_TYPE,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_APIM_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_CF_RAY,
    attribute::HTTP_RESPONSE_HEADER_MISTRAL_CORRELATION_ID,
    attribute::HTTP_RESPONSE_HEADER_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_RETRY_AFTER,
    attribute::HTTP_RESPONSE_HEADER_RETRY_AFTER_MS,
    attribute::HTTP_RESPONSE_HEADER_X_AMZN_REQUESTID,
    attribute::HTTP_RESPONSE_HEADER_X_DEBUG_TRACE_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GENERATION_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GLOBAL_TRANSACTION_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GOOG_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GROQ_ID,
    attribute::HTTP_RESPONSE_HEADER_X_MS_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_REQUEST_ID,
    attribute::TURNSPAN_OUTCOME,
    attribute::TURNSPAN_ERROR_CODE,
    attribute::TURNSPAN_PROVIDER_DURATION,
    attribute::TURNSPAN_RETRY_WAIT,
    attribute::TURNSPAN_SERVER_DURATION,
    attribute::TURNSPAN_SERVER_LOAD_DURATION,
    attribute::TURNSPAN_SERVER_PROMPT_DURATION,
    attribute::TURNSPAN_SERVER_GENERATION_DURATION,
    attribute::TURNSPAN_USAGE_BILLED_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_BILLED_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_BILLED_SEARCH_UNITS,
    attribute::TURNSPAN_USAGE_TOTAL_TOKENS,
    attribute::TURNSPAN_USAGE_PAGES,
    attribute::TURNSPAN_INTERACTION_SUCCESS,
    attribute::TURNSPAN_COST_USD,
    attribute::TURNSPAN_DECISION_CONFIDENCE,
    attribute::TES_SESSION_PARENT_ID,
    attribute::TURNSPAN_DESTINATION,
    attribute::TURNSPAN_DROP_REASON,
    attribute::TURNSPAN_FAULT_TYPE,
    attribute::TES_SESSION_ID,
    attribute::TES_USAGE_INPUT_TOKENS,
    attribute::TES_CLIENT_ID,
    attribute::TES_TURN_NUMBER,
    attribute::TES_TOOL_ANSWERED_IDS,
    attribute::RETRY_ATTEMPT,
    attribute::RETRY_REASON,
    attribute::RETRY_DELAY_MS,
    attribute::GEN_AI_REQUEST_MESSAGE_COUNT,
    attribute::GEN_AI_STREAM_TOKENS_SO_FAR,
    attribute::TURNSPAN_RESPONSE_BLOCK_REASON,
    attribute::TURNSPAN_RESPONSE_CONTAINER_ID,
    attribute::TURNSPAN_RESPONSE_REFUSAL_CATEGORY,
    attribute::TURNSPAN_RESPONSE_NATIVE_FINISH_REASONS,
    attribute::TURNSPAN_USAGE_TOOL_USE_INPUT_TOKENS,
    attribute::TURNSPAN_RESPONSE_STATUS,
    attribute::TURNSPAN_RESPONSE_ITEM_COUNT,
    attribute::TURNSPAN_BATCH_REQUEST_COUNT_TOTAL,
    attribute::TURNSPAN_BATCH_REQUEST_COUNT_COMPLETED,
    attribute::TURNSPAN_BATCH_REQUEST_COUNT_FAILED,
    attribute::TURNSPAN_USAGE_SECONDS,
    attribute::TURNSPAN_USAGE_TEXT_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_TEXT_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_IMAGE_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_IMAGE_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_AUDIO_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_AUDIO_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_VIDEO_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_VIDEO_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_DOCUMENT_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_ACCEPTED_PREDICTION_TOKENS,
    attribute::TURNSPAN_USAGE_REJECTED_PREDICTION_TOKENS,
    attribute::TURNSPAN_USAGE_CACHE_CREATION_5M_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_CACHE_CREATION_1H_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_WEB_SEARCH_REQUESTS,
    attribute::TURNSPAN_USAGE_WEB_FETCH_REQUESTS,
    attribute::TURNSPAN_USAGE_CODE_EXECUTION_REQUESTS,
];

/// Those of them that are texts: names, ids and enumerations.
pub const NAME_ATTRIBUTES: &[&str] = &[
    attribute::GEN_AI_OPERATION_NAME,
    attribute::GEN_AI_PROVIDER_NAME,
    attribute::GEN_AI_REQUEST_MODEL,
    attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID,
    attribute::GEN_AI_REQUEST_REASONING_LEVEL,
    attribute::GEN_AI_REQUEST_ENCODING_FORMATS,
    attribute::GEN_AI_OUTPUT_TYPE,
    attribute::GEN_AI_RESPONSE_ID,
    attribute::GEN_AI_RESPONSE_MODEL,
    attribute::GEN_AI_RESPONSE_FINISH_REASONS,
    attribute::GEN_AI_CONVERSATION_ID,
    attribute::GEN_AI_TOKEN_TYPE,
    attribute::GEN_AI_TOKEN_MODALITY,
    attribute::GEN_AI_WORKFLOW_NAME,
    attribute::GEN_AI_TOOL_NAME,
    attribute::GEN_AI_TOOL_TYPE,
    attribute::GEN_AI_TOOL_CALL_ID,
    attribute::GEN_AI_AGENT_ID,
    attribute::GEN_AI_AGENT_NAME,
    attribute::GEN_AI_AGENT_VERSION,
    attribute::GEN_AI_DATA_SOURCE_ID,
    attribute::OPENAI_API_TYPE,
    attribute::OPENAI_REQUEST_SERVICE_TIER,
    attribute::OPENAI_RESPONSE_SERVICE_TIER,
    attribute::OPENAI_RESPONSE_SYSTEM_FINGERPRINT,
    attribute::ERROR_TYPE,
    attribute::SERVER_ADDRESS,
    attribute::EXCEPTION_TYPE,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_APIM_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_CF_RAY,
    attribute::HTTP_RESPONSE_HEADER_MISTRAL_CORRELATION_ID,
    attribute::HTTP_RESPONSE_HEADER_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_RETRY_AFTER,
    attribute::HTTP_RESPONSE_HEADER_RETRY_AFTER_MS,
    attribute::HTTP_RESPONSE_HEADER_X_AMZN_REQUESTID,
    attribute::HTTP_RESPONSE_HEADER_X_DEBUG_TRACE_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GENERATION_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GLOBAL_TRANSACTION_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GOOG_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GROQ_ID,
    attribute::HTTP_RESPONSE_HEADER_X_MS_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_REQUEST_ID,
    attribute::TURNSPAN_OUTCOME,
    attribute::TURNSPAN_ERROR_CODE,
    attribute::TES_SESSION_PARENT_ID,
    attribute::TURNSPAN_DESTINATION,
    attribute::TURNSPAN_DROP_REASON,
    attribute::TURNSPAN_FAULT_TYPE,
    attribute::TES_SESSION_ID,
    attribute::TES_CLIENT_ID,
    attribute::TES_TOOL_ANSWERED_IDS,
    attribute::RETRY_REASON,
    attribute::TURNSPAN_RESPONSE_BLOCK_REASON,
    attribute::TURNSPAN_RESPONSE_CONTAINER_ID,
    attribute::TURNSPAN_RESPONSE_REFUSAL_CATEGORY,
    attribute::TURNSPAN_RESPONSE_NATIVE_FINISH_REASONS,
    attribute::TURNSPAN_RESPONSE_STATUS,
];

/// `gen_ai.*` attributes that are texts.
pub const STRING_ATTRIBUTES: &[&str] = &[
    attribute::GEN_AI_OPERATION_NAME,
    attribute::GEN_AI_PROVIDER_NAME,
    attribute::GEN_AI_REQUEST_MODEL,
    attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID,
    attribute::GEN_AI_REQUEST_REASONING_LEVEL,
    attribute::GEN_AI_OUTPUT_TYPE,
    attribute::GEN_AI_RESPONSE_ID,
    attribute::GEN_AI_RESPONSE_MODEL,
    attribute::GEN_AI_CONVERSATION_ID,
    attribute::GEN_AI_TOKEN_TYPE,
    attribute::GEN_AI_TOKEN_MODALITY,
    attribute::GEN_AI_WORKFLOW_NAME,
    attribute::GEN_AI_TOOL_NAME,
    attribute::GEN_AI_TOOL_TYPE,
    attribute::GEN_AI_TOOL_DESCRIPTION,
    attribute::GEN_AI_TOOL_CALL_ID,
    attribute::GEN_AI_AGENT_ID,
    attribute::GEN_AI_AGENT_NAME,
    attribute::GEN_AI_AGENT_DESCRIPTION,
    attribute::GEN_AI_AGENT_VERSION,
    attribute::GEN_AI_DATA_SOURCE_ID,
    attribute::GEN_AI_RETRIEVAL_QUERY_TEXT,
];

/// `gen_ai.*` attributes that are whole numbers.
pub const INT_ATTRIBUTES: &[&str] = &[
    attribute::GEN_AI_REQUEST_CHOICE_COUNT,
    attribute::GEN_AI_REQUEST_MAX_TOKENS,
    attribute::GEN_AI_REQUEST_SEED,
    attribute::GEN_AI_USAGE_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
    attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
    attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    attribute::GEN_AI_RETRIEVAL_TOP_K,
    attribute::GEN_AI_EMBEDDINGS_DIMENSION_COUNT,
];

/// `gen_ai.*` attributes that are numbers.
pub const DOUBLE_ATTRIBUTES: &[&str] = &[
    attribute::GEN_AI_REQUEST_FREQUENCY_PENALTY,
    attribute::GEN_AI_REQUEST_PRESENCE_PENALTY,
    attribute::GEN_AI_REQUEST_TEMPERATURE,
    attribute::GEN_AI_REQUEST_TOP_K,
    attribute::GEN_AI_REQUEST_TOP_P,
    attribute::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
];

/// `gen_ai.*` attributes that are flags.
pub const BOOLEAN_ATTRIBUTES: &[&str] = &[attribute::GEN_AI_REQUEST_STREAM];

/// `gen_ai.*` attributes that are lists of texts.
pub const STRING_LIST_ATTRIBUTES: &[&str] = &[
    attribute::GEN_AI_REQUEST_STOP_SEQUENCES,
    attribute::GEN_AI_REQUEST_ENCODING_FORMATS,
    attribute::GEN_AI_RESPONSE_FINISH_REASONS,
];

/// Operations, the attribute that follows them in the name of their spans, and
/// whether those are of kind client (else internal) if nobody says otherwise.
pub const SPAN_FORMS: &[(&str, &str, bool)] = &[
    (
        value::operation::CHAT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation::GENERATE_CONTENT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation::TEXT_COMPLETION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation::EMBEDDINGS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation::RETRIEVAL,
        attribute::GEN_AI_DATA_SOURCE_ID,
        true,
    ),
    (
        value::operation::EXECUTE_TOOL,
        attribute::GEN_AI_TOOL_NAME,
        false,
    ),
    (
        value::operation::INVOKE_WORKFLOW,
        attribute::GEN_AI_WORKFLOW_NAME,
        false,
    ),
    (
        value::operation::CREATE_AGENT,
        attribute::GEN_AI_AGENT_NAME,
        true,
    ),
    (
        value::operation::INVOKE_AGENT,
        attribute::GEN_AI_AGENT_NAME,
        false,
    ),
    (
        value::operation_of_ours::COUNT_TOKENS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_RESPONSE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_RESPONSE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_RESPONSE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_RESPONSE_INPUT_ITEMS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_CHAT_COMPLETIONS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_CHAT_COMPLETION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_CHAT_COMPLETION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_CHAT_COMPLETION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_CHAT_COMPLETION_MESSAGES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_CONVERSATION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_CONVERSATION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_CONVERSATION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_CONVERSATION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_CONVERSATION_ITEMS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_CONVERSATION_ITEMS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_CONVERSATION_ITEM,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_CONVERSATION_ITEM,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::GENERATE_IMAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::EDIT_IMAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::VARY_IMAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::SYNTHESIZE_SPEECH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::TRANSCRIBE_AUDIO,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::TRANSLATE_AUDIO,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_VIDEO,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_VIDEOS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_VIDEO,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_VIDEO,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DOWNLOAD_VIDEO,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::REMIX_VIDEO,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::MODERATE_CONTENT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RECOGNIZE_TEXT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPLOAD_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_FILES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DOWNLOAD_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_UPLOAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::ADD_UPLOAD_PART,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::COMPLETE_UPLOAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_UPLOAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_UPLOAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_BATCH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_BATCHES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_BATCH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_BATCH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_BATCH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::ADD_BATCH_REQUESTS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_BATCH_REQUESTS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_BATCH_RESULTS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_FINE_TUNING_JOB,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_FINE_TUNING_JOBS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_FINE_TUNING_JOB,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_FINE_TUNING_JOB,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::PAUSE_FINE_TUNING_JOB,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RESUME_FINE_TUNING_JOB,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_FINE_TUNING_EVENTS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_FINE_TUNING_CHECKPOINTS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RUN_GRADER,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::VALIDATE_GRADER,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_VECTOR_STORE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_VECTOR_STORES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_VECTOR_STORE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_VECTOR_STORE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_VECTOR_STORE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::ADD_VECTOR_STORE_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_VECTOR_STORE_FILES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_VECTOR_STORE_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_VECTOR_STORE_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_VECTOR_STORE_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_VECTOR_STORE_FILE_CONTENT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_VECTOR_STORE_FILE_BATCH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_VECTOR_STORE_FILE_BATCH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_VECTOR_STORE_FILE_BATCH,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_VECTOR_STORE_FILE_BATCH_FILES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_CONTAINER,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_CONTAINERS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_CONTAINER,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_CONTAINER,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::ADD_CONTAINER_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_CONTAINER_FILES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_CONTAINER_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_CONTAINER_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DOWNLOAD_CONTAINER_FILE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_SKILL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_SKILLS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_SKILL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_SKILL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_SKILL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_SKILL_VERSION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_SKILL_VERSIONS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_SKILL_VERSION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_SKILL_VERSION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_EVAL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_EVALS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_EVAL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_EVAL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_EVAL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_EVAL_RUN,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_EVAL_RUNS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_EVAL_RUN,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_EVAL_RUN,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_EVAL_RUN,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_EVAL_RUN_OUTPUT_ITEMS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_EVAL_RUN_OUTPUT_ITEM,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_AGENTS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_AGENT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_AGENT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_AGENT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_THREAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_THREAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_THREAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_THREAD,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_MESSAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_MESSAGES,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_MESSAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_MESSAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_MESSAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_RUNS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_RUN,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::UPDATE_RUN,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_RUN,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_RUN_STEPS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_RUN_STEP,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_REALTIME_SECRET,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_REALTIME_SESSION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_MODELS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_MODEL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DELETE_MODEL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_USAGE,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RERANK_DOCUMENTS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::TOKENIZE_TEXT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::DETOKENIZE_TEXT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CLASSIFY_TEXT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::SUMMARIZE_TEXT,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RUN_MODEL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_PREDICTION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_PREDICTIONS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_PREDICTION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CANCEL_PREDICTION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_MODEL_VERSIONS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_MODEL_VERSION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_TRAINING,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_RUNNING_MODELS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_MODEL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::COPY_MODEL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::PULL_MODEL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::PUSH_MODEL,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_VERSION,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CHECK_API_KEY,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::CREATE_EMBED_JOB,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::LIST_EMBED_JOBS,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
    (
        value::operation_of_ours::RETRIEVE_EMBED_JOB,
        attribute::GEN_AI_REQUEST_MODEL,
        true,
    ),
];

/// Operations whose spans name their conversation.
pub const CONVERSATION_OPERATIONS: &[&str] = &[
    value::operation::CHAT,
    value::operation::GENERATE_CONTENT,
    value::operation::TEXT_COMPLETION,
    value::operation::INVOKE_AGENT,
    value::operation_of_ours::COUNT_TOKENS,
    value::operation_of_ours::RETRIEVE_RESPONSE,
    value::operation_of_ours::CANCEL_RESPONSE,
    value::operation_of_ours::DELETE_RESPONSE,
    value::operation_of_ours::LIST_RESPONSE_INPUT_ITEMS,
    value::operation_of_ours::LIST_CHAT_COMPLETIONS,
    value::operation_of_ours::RETRIEVE_CHAT_COMPLETION,
    value::operation_of_ours::UPDATE_CHAT_COMPLETION,
    value::operation_of_ours::DELETE_CHAT_COMPLETION,
    value::operation_of_ours::LIST_CHAT_COMPLETION_MESSAGES,
    value::operation_of_ours::CREATE_CONVERSATION,
    value::operation_of_ours::RETRIEVE_CONVERSATION,
    value::operation_of_ours::UPDATE_CONVERSATION,
    value::operation_of_ours::DELETE_CONVERSATION,
    value::operation_of_ours::CREATE_CONVERSATION_ITEMS,
    value::operation_of_ours::LIST_CONVERSATION_ITEMS,
    value::operation_of_ours::RETRIEVE_CONVERSATION_ITEM,
    value::operation_of_ours::DELETE_CONVERSATION_ITEM,
    value::operation_of_ours::GENERATE_IMAGE,
    value::operation_of_ours::EDIT_IMAGE,
    value::operation_of_ours::VARY_IMAGE,
    value::operation_of_ours::SYNTHESIZE_SPEECH,
    value::operation_of_ours::TRANSCRIBE_AUDIO,
    value::operation_of_ours::TRANSLATE_AUDIO,
    value::operation_of_ours::CREATE_VIDEO,
    value::operation_of_ours::LIST_VIDEOS,
    value::operation_of_ours::RETRIEVE_VIDEO,
    value::operation_of_ours::DELETE_VIDEO,
    value::operation_of_ours::DOWNLOAD_VIDEO,
    value::operation_of_ours::REMIX_VIDEO,
    value::operation_of_ours::MODERATE_CONTENT,
    value::operation_of_ours::RECOGNIZE_TEXT,
    value::operation_of_ours::UPLOAD_FILE,
    value::operation_of_ours::LIST_FILES,
    value::operation_of_ours::RETRIEVE_FILE,
    value::operation_of_ours::DELETE_FILE,
    value::operation_of_ours::DOWNLOAD_FILE,
    value::operation_of_ours::CREATE_UPLOAD,
    value::operation_of_ours::ADD_UPLOAD_PART,
    value::operation_of_ours::COMPLETE_UPLOAD,
    value::operation_of_ours::CANCEL_UPLOAD,
    value::operation_of_ours::RETRIEVE_UPLOAD,
    value::operation_of_ours::CREATE_BATCH,
    value::operation_of_ours::LIST_BATCHES,
    value::operation_of_ours::RETRIEVE_BATCH,
    value::operation_of_ours::CANCEL_BATCH,
    value::operation_of_ours::DELETE_BATCH,
    value::operation_of_ours::ADD_BATCH_REQUESTS,
    value::operation_of_ours::LIST_BATCH_REQUESTS,
    value::operation_of_ours::RETRIEVE_BATCH_RESULTS,
    value::operation_of_ours::CREATE_FINE_TUNING_JOB,
    value::operation_of_ours::LIST_FINE_TUNING_JOBS,
    value::operation_of_ours::RETRIEVE_FINE_TUNING_JOB,
    value::operation_of_ours::CANCEL_FINE_TUNING_JOB,
    value::operation_of_ours::PAUSE_FINE_TUNING_JOB,
    value::operation_of_ours::RESUME_FINE_TUNING_JOB,
    value::operation_of_ours::LIST_FINE_TUNING_EVENTS,
    value::operation_of_ours::LIST_FINE_TUNING_CHECKPOINTS,
    value::operation_of_ours::RUN_GRADER,
    value::operation_of_ours::VALIDATE_GRADER,
    value::operation_of_ours::CREATE_VECTOR_STORE,
    value::operation_of_ours::LIST_VECTOR_STORES,
    value::operation_of_ours::RETRIEVE_VECTOR_STORE,
    value::operation_of_ours::UPDATE_VECTOR_STORE,
    value::operation_of_ours::DELETE_VECTOR_STORE,
    value::operation_of_ours::ADD_VECTOR_STORE_FILE,
    value::operation_of_ours::LIST_VECTOR_STORE_FILES,
    value::operation_of_ours::RETRIEVE_VECTOR_STORE_FILE,
    value::operation_of_ours::UPDATE_VECTOR_STORE_FILE,
    value::operation_of_ours::DELETE_VECTOR_STORE_FILE,
    value::operation_of_ours::RETRIEVE_VECTOR_STORE_FILE_CONTENT,
    value::operation_of_ours::CREATE_VECTOR_STORE_FILE_BATCH,
    value::operation_of_ours::RETRIEVE_VECTOR_STORE_FILE_BATCH,
    value::operation_of_ours::CANCEL_VECTOR_STORE_FILE_BATCH,
    value::operation_of_ours::LIST_VECTOR_STORE_FILE_BATCH_FILES,
    value::operation_of_ours::CREATE_CONTAINER,
    value::operation_of_ours::LIST_CONTAINERS,
    value::operation_of_ours::RETRIEVE_CONTAINER,
    value::operation_of_ours::DELETE_CONTAINER,
    value::operation_of_ours::ADD_CONTAINER_FILE,
    value::operation_of_ours::LIST_CONTAINER_FILES,
    value::operation_of_ours::RETRIEVE_CONTAINER_FILE,
    value::operation_of_ours::DELETE_CONTAINER_FILE,
    value::operation_of_ours::DOWNLOAD_CONTAINER_FILE,
    value::operation_of_ours::CREATE_SKILL,
    value::operation_of_ours::LIST_SKILLS,
    value::operation_of_ours::RETRIEVE_SKILL,
    value::operation_of_ours::UPDATE_SKILL,
    value::operation_of_ours::DELETE_SKILL,
    value::operation_of_ours::CREATE_SKILL_VERSION,
    value::operation_of_ours::LIST_SKILL_VERSIONS,
    value::operation_of_ours::RETRIEVE_SKILL_VERSION,
    value::operation_of_ours::DELETE_SKILL_VERSION,
    value::operation_of_ours::CREATE_EVAL,
    value::operation_of_ours::LIST_EVALS,
    value::operation_of_ours::RETRIEVE_EVAL,
    value::operation_of_ours::UPDATE_EVAL,
    value::operation_of_ours::DELETE_EVAL,
    value::operation_of_ours::CREATE_EVAL_RUN,
    value::operation_of_ours::LIST_EVAL_RUNS,
    value::operation_of_ours::RETRIEVE_EVAL_RUN,
    value::operation_of_ours::CANCEL_EVAL_RUN,
    value::operation_of_ours::DELETE_EVAL_RUN,
    value::operation_of_ours::LIST_EVAL_RUN_OUTPUT_ITEMS,
    value::operation_of_ours::RETRIEVE_EVAL_RUN_OUTPUT_ITEM,
    value::operation_of_ours::LIST_AGENTS,
    value::operation_of_ours::RETRIEVE_AGENT,
    value::operation_of_ours::UPDATE_AGENT,
    value::operation_of_ours::DELETE_AGENT,
    value::operation_of_ours::CREATE_THREAD,
    value::operation_of_ours::RETRIEVE_THREAD,
    value::operation_of_ours::UPDATE_THREAD,
    value::operation_of_ours::DELETE_THREAD,
    value::operation_of_ours::CREATE_MESSAGE,
    value::operation_of_ours::LIST_MESSAGES,
    value::operation_of_ours::RETRIEVE_MESSAGE,
    value::operation_of_ours::UPDATE_MESSAGE,
    value::operation_of_ours::DELETE_MESSAGE,
    value::operation_of_ours::LIST_RUNS,
    value::operation_of_ours::RETRIEVE_RUN,
    value::operation_of_ours::UPDATE_RUN,
    value::operation_of_ours::CANCEL_RUN,
    value::operation_of_ours::LIST_RUN_STEPS,
    value::operation_of_ours::RETRIEVE_RUN_STEP,
    value::operation_of_ours::CREATE_REALTIME_SECRET,
    value::operation_of_ours::CREATE_REALTIME_SESSION,
    value::operation_of_ours::LIST_MODELS,
    value::operation_of_ours::RETRIEVE_MODEL,
    value::operation_of_ours::DELETE_MODEL,
    value::operation_of_ours::RETRIEVE_USAGE,
    value::operation_of_ours::RERANK_DOCUMENTS,
    value::operation_of_ours::TOKENIZE_TEXT,
    value::operation_of_ours::DETOKENIZE_TEXT,
    value::operation_of_ours::CLASSIFY_TEXT,
    value::operation_of_ours::SUMMARIZE_TEXT,
    value::operation_of_ours::RUN_MODEL,
    value::operation_of_ours::CREATE_PREDICTION,
    value::operation_of_ours::LIST_PREDICTIONS,
    value::operation_of_ours::RETRIEVE_PREDICTION,
    value::operation_of_ours::CANCEL_PREDICTION,
    value::operation_of_ours::LIST_MODEL_VERSIONS,
    value::operation_of_ours::RETRIEVE_MODEL_VERSION,
    value::operation_of_ours::CREATE_TRAINING,
    value::operation_of_ours::LIST_RUNNING_MODELS,
    value::operation_of_ours::CREATE_MODEL,
    value::operation_of_ours::COPY_MODEL,
    value::operation_of_ours::PULL_MODEL,
    value::operation_of_ours::PUSH_MODEL,
    value::operation_of_ours::RETRIEVE_VERSION,
    value::operation_of_ours::CHECK_API_KEY,
    value::operation_of_ours::CREATE_EMBED_JOB,
    value::operation_of_ours::LIST_EMBED_JOBS,
    value::operation_of_ours::RETRIEVE_EMBED_JOB,
];

/// Headers of a response that become attributes, sorted.
pub const RESPONSE_HEADERS: &[&str] = &[
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_RESET,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_RESET,
    attribute::HTTP_RESPONSE_HEADER_APIM_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_CF_RAY,
    attribute::HTTP_RESPONSE_HEADER_MISTRAL_CORRELATION_ID,
    attribute::HTTP_RESPONSE_HEADER_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_RETRY_AFTER,
    attribute::HTTP_RESPONSE_HEADER_RETRY_AFTER_MS,
    attribute::HTTP_RESPONSE_HEADER_X_AMZN_REQUESTID,
    attribute::HTTP_RESPONSE_HEADER_X_DEBUG_TRACE_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GENERATION_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GLOBAL_TRANSACTION_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GOOG_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_X_GROQ_ID,
    attribute::HTTP_RESPONSE_HEADER_X_MS_REQUEST_ID,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS_DAY,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS,
    attribute::HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS_MINUTE,
    attribute::HTTP_RESPONSE_HEADER_X_REQUEST_ID,
];

/// Attribute keys, with their type and the state of their name.
pub mod attribute {
    /// The kind of operation. (`string`, published)
    pub const GEN_AI_OPERATION_NAME: &str = "gen_ai.operation.name";
    /// Whose flavour of the API this is. (`string`, published)
    pub const GEN_AI_PROVIDER_NAME: &str = "gen_ai.provider.name";
    /// The model that was asked. (`string`, published)
    pub const GEN_AI_REQUEST_MODEL: &str = "gen_ai.request.model";
    /// How many answers were asked for, unless one. (`int`, published)
    pub const GEN_AI_REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";
    /// Sampling parameter. (`double`, published)
    pub const GEN_AI_REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
    /// The longest answer that was asked for. (`int`, published)
    pub const GEN_AI_REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
    /// Sampling parameter. (`double`, published)
    pub const GEN_AI_REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
    /// The response that the request goes on from. (`string`, newer)
    pub const GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";
    /// Reasoning effort, as it was sent. (`string`, newer)
    pub const GEN_AI_REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";
    /// Sampling seed. (`int`, published)
    pub const GEN_AI_REQUEST_SEED: &str = "gen_ai.request.seed";
    /// Texts that end an answer. (`string[]`, published)
    pub const GEN_AI_REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
    /// True if the answer was asked for as a stream, else absent. (`boolean`, published)
    pub const GEN_AI_REQUEST_STREAM: &str = "gen_ai.request.stream";
    /// Sampling parameter. (`double`, published)
    pub const GEN_AI_REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
    /// Sampling parameter. (`double`, published)
    pub const GEN_AI_REQUEST_TOP_K: &str = "gen_ai.request.top_k";
    /// Sampling parameter. (`double`, published)
    pub const GEN_AI_REQUEST_TOP_P: &str = "gen_ai.request.top_p";
    /// Encodings that embeddings were asked for in. (`string[]`, published)
    pub const GEN_AI_REQUEST_ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";
    /// The kind of content that was asked for. (`string`, published)
    pub const GEN_AI_OUTPUT_TYPE: &str = "gen_ai.output.type";
    /// The provider's id of the answer. (`string`, published)
    pub const GEN_AI_RESPONSE_ID: &str = "gen_ai.response.id";
    /// The model that answered. (`string`, published)
    pub const GEN_AI_RESPONSE_MODEL: &str = "gen_ai.response.model";
    /// Why generation ended, by choice, in the provider's words. (`string[]`, published)
    pub const GEN_AI_RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
    /// From the request to the first chunk of its stream, in seconds. (`double`, published)
    pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
    /// Tokens of the request, cached ones included. (`int`, published)
    pub const GEN_AI_USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
    /// Tokens of the answer, reasoning included. (`int`, published)
    pub const GEN_AI_USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
    /// Input tokens that came from the provider's cache. (`int`, published)
    pub const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
    /// Input tokens that went into the provider's cache. (`int`, published)
    pub const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: &str =
        "gen_ai.usage.cache_creation.input_tokens";
    /// Input tokens that went into the provider's cache. (`int`, latest)
    pub const GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
    /// Output tokens that were spent on reasoning. (`int`, published)
    pub const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
    /// The conversation, by an id that the caller gave. (`string`, published)
    pub const GEN_AI_CONVERSATION_ID: &str = "gen_ai.conversation.id";
    /// What was said to the model, as JSON. (`any`, published)
    pub const GEN_AI_INPUT_MESSAGES: &str = "gen_ai.input.messages";
    /// What the model said, as JSON. (`any`, published)
    pub const GEN_AI_OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
    /// Instructions given apart from the messages, as JSON. (`any`, published)
    pub const GEN_AI_SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";
    /// The tools that were offered, as JSON. (`any`, published)
    pub const GEN_AI_TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
    /// Which tokens a metric counts. (`string`, published)
    pub const GEN_AI_TOKEN_TYPE: &str = "gen_ai.token.type";
    /// The modality of the tokens that a metric counts. (`string`, latest)
    pub const GEN_AI_TOKEN_MODALITY: &str = "gen_ai.token.modality";
    /// The workflow's name. (`string`, published)
    pub const GEN_AI_WORKFLOW_NAME: &str = "gen_ai.workflow.name";
    /// The tool. (`string`, published)
    pub const GEN_AI_TOOL_NAME: &str = "gen_ai.tool.name";
    /// The kind of tool. (`string`, published)
    pub const GEN_AI_TOOL_TYPE: &str = "gen_ai.tool.type";
    /// What the tool does. (`string`, published)
    pub const GEN_AI_TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
    /// The call of the tool. (`string`, published)
    pub const GEN_AI_TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
    /// What the tool was called with, as JSON. (`any`, published)
    pub const GEN_AI_TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
    /// What the tool gave back, as JSON. (`any`, published)
    pub const GEN_AI_TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";
    /// The hosted agent. (`string`, published)
    pub const GEN_AI_AGENT_ID: &str = "gen_ai.agent.id";
    /// The agent's name. (`string`, published)
    pub const GEN_AI_AGENT_NAME: &str = "gen_ai.agent.name";
    /// What the agent is for. (`string`, published)
    pub const GEN_AI_AGENT_DESCRIPTION: &str = "gen_ai.agent.description";
    /// The agent's version. (`string`, published)
    pub const GEN_AI_AGENT_VERSION: &str = "gen_ai.agent.version";
    /// What was searched. (`string`, published)
    pub const GEN_AI_DATA_SOURCE_ID: &str = "gen_ai.data_source.id";
    /// What a search found, as JSON. (`any`, published)
    pub const GEN_AI_RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";
    /// What was searched for. (`string`, published)
    pub const GEN_AI_RETRIEVAL_QUERY_TEXT: &str = "gen_ai.retrieval.query.text";
    /// How many documents were asked for. (`int`, newer)
    pub const GEN_AI_RETRIEVAL_TOP_K: &str = "gen_ai.retrieval.top_k";
    /// The length of an embedding. (`int`, published)
    pub const GEN_AI_EMBEDDINGS_DIMENSION_COUNT: &str = "gen_ai.embeddings.dimension.count";
    /// Which of OpenAI's APIs. (`string`, published)
    pub const OPENAI_API_TYPE: &str = "openai.api.type";
    /// The service tier that was asked for, unless auto. (`string`, published)
    pub const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";
    /// The service tier that answered. (`string`, published)
    pub const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
    /// The configuration that answered. (`string`, published)
    pub const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";
    /// Why an operation failed. (`string`, core)
    pub const ERROR_TYPE: &str = "error.type";
    /// The host that was asked. (`string`, core)
    pub const SERVER_ADDRESS: &str = "server.address";
    /// The port that was asked. (`int`, core)
    pub const SERVER_PORT: &str = "server.port";
    /// The user, where the gate lets it. (`string`, core)
    pub const USER_ID: &str = "user.id";
    /// The status of an attempt that failed. (`int`, core)
    pub const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";
    /// The text of an error. (`string`, core)
    pub const EXCEPTION_MESSAGE: &str = "exception.message";
    /// Where an error came from. (`string`, core)
    pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
    /// The type of an error. (`string`, core)
    pub const EXCEPTION_TYPE: &str = "exception.type";
    /// The header `anthropic-ratelimit-input-tokens-limit` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_LIMIT: &str =
        "http.response.header.anthropic-ratelimit-input-tokens-limit";
    /// The header `anthropic-ratelimit-input-tokens-remaining` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_REMAINING: &str =
        "http.response.header.anthropic-ratelimit-input-tokens-remaining";
    /// The header `anthropic-ratelimit-input-tokens-reset` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_INPUT_TOKENS_RESET: &str =
        "http.response.header.anthropic-ratelimit-input-tokens-reset";
    /// The header `anthropic-ratelimit-output-tokens-limit` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_LIMIT: &str =
        "http.response.header.anthropic-ratelimit-output-tokens-limit";
    /// The header `anthropic-ratelimit-output-tokens-remaining` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_REMAINING: &str =
        "http.response.header.anthropic-ratelimit-output-tokens-remaining";
    /// The header `anthropic-ratelimit-output-tokens-reset` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_OUTPUT_TOKENS_RESET: &str =
        "http.response.header.anthropic-ratelimit-output-tokens-reset";
    /// The header `anthropic-ratelimit-requests-limit` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_LIMIT: &str =
        "http.response.header.anthropic-ratelimit-requests-limit";
    /// The header `anthropic-ratelimit-requests-remaining` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_REMAINING: &str =
        "http.response.header.anthropic-ratelimit-requests-remaining";
    /// The header `anthropic-ratelimit-requests-reset` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_REQUESTS_RESET: &str =
        "http.response.header.anthropic-ratelimit-requests-reset";
    /// The header `anthropic-ratelimit-tokens-limit` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_LIMIT: &str =
        "http.response.header.anthropic-ratelimit-tokens-limit";
    /// The header `anthropic-ratelimit-tokens-remaining` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_REMAINING: &str =
        "http.response.header.anthropic-ratelimit-tokens-remaining";
    /// The header `anthropic-ratelimit-tokens-reset` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_ANTHROPIC_RATELIMIT_TOKENS_RESET: &str =
        "http.response.header.anthropic-ratelimit-tokens-reset";
    /// The header `apim-request-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_APIM_REQUEST_ID: &str = "http.response.header.apim-request-id";
    /// The header `cf-ray` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_CF_RAY: &str = "http.response.header.cf-ray";
    /// The header `mistral-correlation-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_MISTRAL_CORRELATION_ID: &str =
        "http.response.header.mistral-correlation-id";
    /// The header `request-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_REQUEST_ID: &str = "http.response.header.request-id";
    /// The header `retry-after` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_RETRY_AFTER: &str = "http.response.header.retry-after";
    /// The header `retry-after-ms` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_RETRY_AFTER_MS: &str = "http.response.header.retry-after-ms";
    /// The header `x-amzn-requestid` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_AMZN_REQUESTID: &str = "http.response.header.x-amzn-requestid";
    /// The header `x-debug-trace-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_DEBUG_TRACE_ID: &str = "http.response.header.x-debug-trace-id";
    /// The header `x-generation-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_GENERATION_ID: &str = "http.response.header.x-generation-id";
    /// The header `x-global-transaction-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_GLOBAL_TRANSACTION_ID: &str =
        "http.response.header.x-global-transaction-id";
    /// The header `x-goog-request-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_GOOG_REQUEST_ID: &str =
        "http.response.header.x-goog-request-id";
    /// The header `x-groq-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_GROQ_ID: &str = "http.response.header.x-groq-id";
    /// The header `x-ms-request-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_MS_REQUEST_ID: &str = "http.response.header.x-ms-request-id";
    /// The header `x-ratelimit-limit` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT: &str =
        "http.response.header.x-ratelimit-limit";
    /// The header `x-ratelimit-limit-requests` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS: &str =
        "http.response.header.x-ratelimit-limit-requests";
    /// The header `x-ratelimit-limit-requests-day` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_REQUESTS_DAY: &str =
        "http.response.header.x-ratelimit-limit-requests-day";
    /// The header `x-ratelimit-limit-tokens` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS: &str =
        "http.response.header.x-ratelimit-limit-tokens";
    /// The header `x-ratelimit-limit-tokens-minute` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_LIMIT_TOKENS_MINUTE: &str =
        "http.response.header.x-ratelimit-limit-tokens-minute";
    /// The header `x-ratelimit-remaining` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING: &str =
        "http.response.header.x-ratelimit-remaining";
    /// The header `x-ratelimit-remaining-requests` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS: &str =
        "http.response.header.x-ratelimit-remaining-requests";
    /// The header `x-ratelimit-remaining-requests-day` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_REQUESTS_DAY: &str =
        "http.response.header.x-ratelimit-remaining-requests-day";
    /// The header `x-ratelimit-remaining-tokens` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS: &str =
        "http.response.header.x-ratelimit-remaining-tokens";
    /// The header `x-ratelimit-remaining-tokens-minute` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_REMAINING_TOKENS_MINUTE: &str =
        "http.response.header.x-ratelimit-remaining-tokens-minute";
    /// The header `x-ratelimit-reset` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET: &str =
        "http.response.header.x-ratelimit-reset";
    /// The header `x-ratelimit-reset-requests` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS: &str =
        "http.response.header.x-ratelimit-reset-requests";
    /// The header `x-ratelimit-reset-requests-day` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_REQUESTS_DAY: &str =
        "http.response.header.x-ratelimit-reset-requests-day";
    /// The header `x-ratelimit-reset-tokens` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS: &str =
        "http.response.header.x-ratelimit-reset-tokens";
    /// The header `x-ratelimit-reset-tokens-minute` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_RATELIMIT_RESET_TOKENS_MINUTE: &str =
        "http.response.header.x-ratelimit-reset-tokens-minute";
    /// The header `x-request-id` of the response. (`string[]`, core)
    pub const HTTP_RESPONSE_HEADER_X_REQUEST_ID: &str = "http.response.header.x-request-id";
    /// How the call ended. (`enum`, ours)
    pub const TURNSPAN_OUTCOME: &str = "turnspan.outcome";
    /// The provider's own code or type of an error, beside the status in error.type. (`string`, ours)
    pub const TURNSPAN_ERROR_CODE: &str = "turnspan.error.code";
    /// Time within attempts, in seconds. (`double`, ours)
    pub const TURNSPAN_PROVIDER_DURATION: &str = "turnspan.provider.duration";
    /// Time outside attempts, in seconds, between them and before the first; only on a call that had a retry. (`double`, ours)
    pub const TURNSPAN_RETRY_WAIT: &str = "turnspan.retry.wait";
    /// Time that the server says the call took, in seconds. (`double`, ours)
    pub const TURNSPAN_SERVER_DURATION: &str = "turnspan.server.duration";
    /// Time that the server says it took to load the model, in seconds. (`double`, ours)
    pub const TURNSPAN_SERVER_LOAD_DURATION: &str = "turnspan.server.load.duration";
    /// Time that the server says it took to read the prompt, in seconds. (`double`, ours)
    pub const TURNSPAN_SERVER_PROMPT_DURATION: &str = "turnspan.server.prompt.duration";
    /// Time that the server says it took to generate the answer, in seconds. (`double`, ours)
    pub const TURNSPAN_SERVER_GENERATION_DURATION: &str = "turnspan.server.generation.duration";
    /// Input tokens that the provider bills, where it counts them apart. (`int`, ours)
    pub const TURNSPAN_USAGE_BILLED_INPUT_TOKENS: &str = "turnspan.usage.billed.input_tokens";
    /// Output tokens that the provider bills, where it counts them apart. (`int`, ours)
    pub const TURNSPAN_USAGE_BILLED_OUTPUT_TOKENS: &str = "turnspan.usage.billed.output_tokens";
    /// Searches that the provider bills. (`int`, ours)
    pub const TURNSPAN_USAGE_BILLED_SEARCH_UNITS: &str = "turnspan.usage.billed.search_units";
    /// Tokens of a call whose provider counts them in no other way. (`int`, ours)
    pub const TURNSPAN_USAGE_TOTAL_TOKENS: &str = "turnspan.usage.total_tokens";
    /// Pages that were read. (`int`, ours)
    pub const TURNSPAN_USAGE_PAGES: &str = "turnspan.usage.pages";
    /// Whether the interaction came to what it was for. (`boolean`, ours)
    pub const TURNSPAN_INTERACTION_SUCCESS: &str = "turnspan.interaction.success";
    /// Why it did not. (`string`, ours)
    pub const TURNSPAN_INTERACTION_FAILURE_REASON: &str = "turnspan.interaction.failure.reason";
    /// A measurement that the caller has a name for. (`template[double]`, ours)
    pub const TURNSPAN_METRIC: &str = "turnspan.metric";
    /// What it cost, in US dollars, as the caller says. (`double`, ours)
    pub const TURNSPAN_COST_USD: &str = "turnspan.cost.usd";
    /// Why this was decided. (`string`, ours)
    pub const TURNSPAN_DECISION_REASONING: &str = "turnspan.decision.reasoning";
    /// What else there was. (`string[]`, ours)
    pub const TURNSPAN_DECISION_ALTERNATIVES: &str = "turnspan.decision.alternatives";
    /// How sure it was, from 0 to 1. (`double`, ours)
    pub const TURNSPAN_DECISION_CONFIDENCE: &str = "turnspan.decision.confidence";
    /// The session that this one came of. (`string`, ours)
    pub const TES_SESSION_PARENT_ID: &str = "tes.session.parent_id";
    /// Where an item was to go. (`string`, ours)
    pub const TURNSPAN_DESTINATION: &str = "turnspan.destination";
    /// Why an item never reached its destination. (`string`, ours)
    pub const TURNSPAN_DROP_REASON: &str = "turnspan.drop.reason";
    /// What went wrong. (`string`, ours)
    pub const TURNSPAN_FAULT_TYPE: &str = "turnspan.fault.type";
    /// The session of a call whose conversation has no id of the caller's. (`string`, ours)
    pub const TES_SESSION_ID: &str = "tes.session.id";
    /// Input tokens in the provider's own counting, where that leaves cached ones out. (`int`, ours)
    pub const TES_USAGE_INPUT_TOKENS: &str = "tes.usage.input_tokens";
    /// The tenant at TES. (`string`, ours)
    pub const TES_CLIENT_ID: &str = "tes.client.id";
    /// Position of the turn in its session, from 1. (`int`, ours)
    pub const TES_TURN_NUMBER: &str = "tes.turn.number";
    /// A field that the caller gave for every event of a conversation. (`template[string]`, ours)
    pub const TES_METADATA: &str = "tes.metadata";
    /// Ids of the tool calls whose results the request carries. (`string[]`, ours)
    pub const TES_TOOL_ANSWERED_IDS: &str = "tes.tool.answered_ids";
    /// Which attempt failed, from 1. (`int`, ours)
    pub const RETRY_ATTEMPT: &str = "retry.attempt";
    /// Why an attempt failed. (`enum`, ours)
    pub const RETRY_REASON: &str = "retry.reason";
    /// Time from the failure to the next attempt, in milliseconds. (`int`, ours)
    pub const RETRY_DELAY_MS: &str = "retry.delay_ms";
    /// How many messages a request carries. (`int`, ours)
    pub const GEN_AI_REQUEST_MESSAGE_COUNT: &str = "gen_ai.request.message_count";
    /// Tokens that had been generated by then. (`int`, ours)
    pub const GEN_AI_STREAM_TOKENS_SO_FAR: &str = "gen_ai.stream.tokens_so_far";
    /// Why the prompt was not answered at all, in the provider's word. (`string`, ours)
    pub const TURNSPAN_RESPONSE_BLOCK_REASON: &str = "turnspan.response.block_reason";
    /// The container of the provider's in which code of the answer ran. (`string`, ours)
    pub const TURNSPAN_RESPONSE_CONTAINER_ID: &str = "turnspan.response.container.id";
    /// What a refusal was about, in the provider's word. (`string`, ours)
    pub const TURNSPAN_RESPONSE_REFUSAL_CATEGORY: &str = "turnspan.response.refusal.category";
    /// Why the choices ended, in the words of the server behind a gateway. (`string[]`, ours)
    pub const TURNSPAN_RESPONSE_NATIVE_FINISH_REASONS: &str =
        "turnspan.response.native_finish_reasons";
    /// Tokens that tools of the provider's added to the prompt, beside those of the input, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_TOOL_USE_INPUT_TOKENS: &str = "turnspan.usage.tool_use.input_tokens";
    /// How far what the answer shows has got, in the provider's word. (`string`, ours)
    pub const TURNSPAN_RESPONSE_STATUS: &str = "turnspan.response.status";
    /// How many entries the answer has: images, embeddings, files of a list. (`int`, ours)
    pub const TURNSPAN_RESPONSE_ITEM_COUNT: &str = "turnspan.response.item_count";
    /// How many requests a batch has. (`int`, ours)
    pub const TURNSPAN_BATCH_REQUEST_COUNT_TOTAL: &str = "turnspan.batch.request_count.total";
    /// How many requests of a batch have succeeded. (`int`, ours)
    pub const TURNSPAN_BATCH_REQUEST_COUNT_COMPLETED: &str =
        "turnspan.batch.request_count.completed";
    /// How many requests of a batch have failed. (`int`, ours)
    pub const TURNSPAN_BATCH_REQUEST_COUNT_FAILED: &str = "turnspan.batch.request_count.failed";
    /// What was used, where a provider counts seconds and no tokens. (`double`, ours)
    pub const TURNSPAN_USAGE_SECONDS: &str = "turnspan.usage.seconds";
    /// Input tokens that were text, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_TEXT_INPUT_TOKENS: &str = "turnspan.usage.text.input_tokens";
    /// Output tokens that were text, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_TEXT_OUTPUT_TOKENS: &str = "turnspan.usage.text.output_tokens";
    /// Input tokens that were image, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_IMAGE_INPUT_TOKENS: &str = "turnspan.usage.image.input_tokens";
    /// Output tokens that were image, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_IMAGE_OUTPUT_TOKENS: &str = "turnspan.usage.image.output_tokens";
    /// Input tokens that were audio, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_AUDIO_INPUT_TOKENS: &str = "turnspan.usage.audio.input_tokens";
    /// Output tokens that were audio, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_AUDIO_OUTPUT_TOKENS: &str = "turnspan.usage.audio.output_tokens";
    /// Input tokens that were video, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_VIDEO_INPUT_TOKENS: &str = "turnspan.usage.video.input_tokens";
    /// Output tokens that were video, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_VIDEO_OUTPUT_TOKENS: &str = "turnspan.usage.video.output_tokens";
    /// Input tokens that were documents, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_DOCUMENT_INPUT_TOKENS: &str = "turnspan.usage.document.input_tokens";
    /// Tokens of the prediction in a request that stood in the answer, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_ACCEPTED_PREDICTION_TOKENS: &str =
        "turnspan.usage.accepted_prediction_tokens";
    /// Tokens of the prediction in a request that did not, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_REJECTED_PREDICTION_TOKENS: &str =
        "turnspan.usage.rejected_prediction_tokens";
    /// Input tokens that were written to a cache for five minutes, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_CACHE_CREATION_5M_INPUT_TOKENS: &str =
        "turnspan.usage.cache_creation_5m.input_tokens";
    /// Input tokens that were written to a cache for an hour, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_CACHE_CREATION_1H_INPUT_TOKENS: &str =
        "turnspan.usage.cache_creation_1h.input_tokens";
    /// How many times a tool of the provider searched the web, unless never. (`int`, ours)
    pub const TURNSPAN_USAGE_WEB_SEARCH_REQUESTS: &str = "turnspan.usage.web_search.requests";
    /// How many pages a tool of the provider fetched, unless none. (`int`, ours)
    pub const TURNSPAN_USAGE_WEB_FETCH_REQUESTS: &str = "turnspan.usage.web_fetch.requests";
    /// How many times a tool of the provider ran code, unless never. (`int`, ours)
    pub const TURNSPAN_USAGE_CODE_EXECUTION_REQUESTS: &str =
        "turnspan.usage.code_execution.requests";
}

/// All events that telemetry writes.
pub const EVENTS: &[&str] = &[
    event::GEN_AI_PROMPT_SENT,
    event::GEN_AI_STREAM_FIRST_TOKEN,
    event::GEN_AI_RETRY,
    event::GEN_AI_TOOL_CALL,
    event::GEN_AI_RESPONSE_RECEIVED,
    event::TURNSPAN_DECISION,
    event::TURNSPAN_INTERACTION_ERROR,
    event::GEN_AI_CLIENT_INFERENCE_OPERATION_DETAILS,
    event::GEN_AI_CLIENT_OPERATION_EXCEPTION,
];

/// Names of events: of the lifecycle, and log records.
pub mod event {
    /// The request leaves; once a logical call. (ours)
    pub const GEN_AI_PROMPT_SENT: &str = "gen_ai.prompt.sent";
    /// The first chunk with generated content is here; a chunk with only a role is not. (ours)
    pub const GEN_AI_STREAM_FIRST_TOKEN: &str = "gen_ai.stream.first_token";
    /// An attempt failed and another is made; stamped at the end of the failed one. (ours)
    pub const GEN_AI_RETRY: &str = "gen_ai.retry";
    /// The model asks for a tool; once a call, when the call is complete. (ours)
    pub const GEN_AI_TOOL_CALL: &str = "gen_ai.tool.call";
    /// The whole response is here; not when the call was cancelled. (ours)
    pub const GEN_AI_RESPONSE_RECEIVED: &str = "gen_ai.response.received";
    /// Something was decided. (ours)
    pub const TURNSPAN_DECISION: &str = "turnspan.decision";
    /// An error inside an interaction that did not end it; only with the latest conventions, which have deprecated the exception event. (ours)
    pub const TURNSPAN_INTERACTION_ERROR: &str = "turnspan.interaction.error";
    /// What the inference span has, with content in structure. (log record, published)
    pub const GEN_AI_CLIENT_INFERENCE_OPERATION_DETAILS: &str =
        "gen_ai.client.inference.operation.details";
    /// An error that the caller got. (log record, newer)
    pub const GEN_AI_CLIENT_OPERATION_EXCEPTION: &str = "gen_ai.client.operation.exception";
}

/// Names of metrics, with their instrument and unit.
pub mod metric {
    /// How long the operation took. (histogram of `s`, published)
    pub const GEN_AI_CLIENT_OPERATION_DURATION: &str = "gen_ai.client.operation.duration";
    /// How long the operation took. (histogram of `s`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_DURATION: &str = "gen_ai.client.inference.duration";
    /// Tokens of one operation, as the provider counted them. (histogram of `{token}`, published)
    pub const GEN_AI_CLIENT_TOKEN_USAGE: &str = "gen_ai.client.token.usage";
    /// How long the first chunk of a stream took to arrive. (histogram of `s`, published)
    pub const GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK: &str =
        "gen_ai.client.operation.time_to_first_chunk";
    /// How long the first chunk of a stream took to arrive. (histogram of `s`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK: &str =
        "gen_ai.client.inference.time_to_first_chunk";
    /// How long each chunk after the first took to arrive. (histogram of `s`, published)
    pub const GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK: &str =
        "gen_ai.client.operation.time_per_output_chunk";
    /// How long each chunk after the first took to arrive. (histogram of `s`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_TIME_PER_OUTPUT_CHUNK: &str =
        "gen_ai.client.inference.time_per_output_chunk";
    /// Input tokens, cached ones included. (counter of `{token}`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_USAGE_INPUT_TOKENS: &str =
        "gen_ai.client.inference.usage.input_tokens";
    /// Output tokens, those of reasoning included. (counter of `{token}`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_USAGE_OUTPUT_TOKENS: &str =
        "gen_ai.client.inference.usage.output_tokens";
    /// Input tokens that came from the cache. (counter of `{token}`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS: &str =
        "gen_ai.client.inference.usage.cache_read.input_tokens";
    /// Input tokens that went into the cache. (counter of `{token}`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS: &str =
        "gen_ai.client.inference.usage.cache_write.input_tokens";
    /// Output tokens of reasoning. (counter of `{token}`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_USAGE_REASONING_OUTPUT_TOKENS: &str =
        "gen_ai.client.inference.usage.reasoning.output_tokens";
    /// Input tokens of one operation. (histogram of `{token}`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_OPERATION_INPUT_TOKENS: &str =
        "gen_ai.client.inference.operation.input_tokens";
    /// Output tokens of one operation. (histogram of `{token}`, latest)
    pub const GEN_AI_CLIENT_INFERENCE_OPERATION_OUTPUT_TOKENS: &str =
        "gen_ai.client.inference.operation.output_tokens";
    /// How long a tool ran. (histogram of `s`, latest)
    pub const GEN_AI_EXECUTE_TOOL_DURATION: &str = "gen_ai.execute_tool.duration";
    /// How long an invocation of an agent took. (histogram of `s`, latest)
    pub const GEN_AI_INVOKE_AGENT_DURATION: &str = "gen_ai.invoke_agent.duration";
    /// Calls of models in one invocation of an agent. (histogram of `{inference_call}`, latest)
    pub const GEN_AI_INVOKE_AGENT_INFERENCE_CALLS: &str = "gen_ai.invoke_agent.inference_calls";
    /// Tools that ran in one invocation of an agent. (histogram of `{tool_call}`, latest)
    pub const GEN_AI_INVOKE_AGENT_TOOL_CALLS: &str = "gen_ai.invoke_agent.tool_calls";
    /// Spans and turns that were due to a destination. (counter of `{item}`, ours)
    pub const TURNSPAN_ITEM_MADE: &str = "turnspan.item.made";
    /// Spans and turns that a destination acknowledged. (counter of `{item}`, ours)
    pub const TURNSPAN_ITEM_DELIVERED: &str = "turnspan.item.delivered";
    /// Spans and turns that never reached a destination. (counter of `{item}`, ours)
    pub const TURNSPAN_ITEM_DROPPED: &str = "turnspan.item.dropped";
    /// Spans and turns on their way to a destination. (updowncounter of `{item}`, ours)
    pub const TURNSPAN_ITEM_QUEUED: &str = "turnspan.item.queued";
    /// What went wrong inside turnspan and was swallowed. (counter of `{fault}`, ours)
    pub const TURNSPAN_FAULT: &str = "turnspan.fault";
    /// Requests through a wrapped client that were no call of a known API. (counter of `{request}`, ours)
    pub const TURNSPAN_REQUEST_UNRECOGNISED: &str = "turnspan.request.unrecognised";
}

/// Bucket boundaries of histograms in `s`, as the
/// [conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-metrics.md)
/// advise.
#[allow(clippy::unreadable_literal, reason = "generated")]
pub const SECONDS_BOUNDARIES: &[f64] = &[
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/// Bucket boundaries of histograms in `{token}`, as the
/// [conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-metrics.md)
/// advise.
#[allow(clippy::unreadable_literal, reason = "generated")]
pub const TOKENS_BOUNDARIES: &[f64] = &[
    1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0,
    16777216.0, 67108864.0,
];

/// Bucket boundaries of histograms in `s`, as the
/// [conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-metrics.md)
/// advise.
#[allow(clippy::unreadable_literal, reason = "generated")]
pub const AGENT_SECONDS_BOUNDARIES: &[f64] = &[
    0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6,
];

/// Bucket boundaries of histograms in `{tool_call}`, as the
/// [conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-metrics.md)
/// advise.
#[allow(clippy::unreadable_literal, reason = "generated")]
pub const AGENT_CALLS_BOUNDARIES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// Well-known values, by what they are values of. All lists but those of ours are
/// open: others may be met.
pub mod value {
    /// Well-known values of `error.type` that are neither a status nor a provider's own word.
    pub mod error_type {
        /// `timeout`.
        pub const TIMEOUT: &str = "timeout";
        /// `connection`.
        pub const CONNECTION: &str = "connection";
        /// `cancelled`.
        pub const CANCELLED: &str = "cancelled";
        /// `shutdown`.
        pub const SHUTDOWN: &str = "shutdown";
        /// `_OTHER`.
        pub const OTHER: &str = "_OTHER";
    }
    /// Well-known values of `finish_reason` in `gen_ai.output.messages`.
    pub mod finish_reason {
        /// `stop`.
        pub const STOP: &str = "stop";
        /// `length`.
        pub const LENGTH: &str = "length";
        /// `content_filter`.
        pub const CONTENT_FILTER: &str = "content_filter";
        /// `tool_call`.
        pub const TOOL_CALL: &str = "tool_call";
        /// `error`.
        pub const ERROR: &str = "error";
    }
    /// Well-known values of `openai.api.type`.
    pub mod openai_api_type {
        /// `chat_completions`.
        pub const CHAT_COMPLETIONS: &str = "chat_completions";
        /// `responses`.
        pub const RESPONSES: &str = "responses";
    }
    /// Well-known values of `gen_ai.operation.name`.
    pub mod operation {
        /// `chat`.
        pub const CHAT: &str = "chat";
        /// `generate_content`.
        pub const GENERATE_CONTENT: &str = "generate_content";
        /// `text_completion`.
        pub const TEXT_COMPLETION: &str = "text_completion";
        /// `embeddings`.
        pub const EMBEDDINGS: &str = "embeddings";
        /// `retrieval`.
        pub const RETRIEVAL: &str = "retrieval";
        /// `create_agent`.
        pub const CREATE_AGENT: &str = "create_agent";
        /// `invoke_agent`.
        pub const INVOKE_AGENT: &str = "invoke_agent";
        /// `execute_tool`.
        pub const EXECUTE_TOOL: &str = "execute_tool";
        /// `invoke_workflow`.
        pub const INVOKE_WORKFLOW: &str = "invoke_workflow";
    }
    /// Well-known values of `gen_ai.operation.name`, where the conventions have none.
    pub mod operation_of_ours {
        /// `count_tokens`.
        pub const COUNT_TOKENS: &str = "count_tokens";
        /// `retrieve_response`.
        pub const RETRIEVE_RESPONSE: &str = "retrieve_response";
        /// `cancel_response`.
        pub const CANCEL_RESPONSE: &str = "cancel_response";
        /// `delete_response`.
        pub const DELETE_RESPONSE: &str = "delete_response";
        /// `list_response_input_items`.
        pub const LIST_RESPONSE_INPUT_ITEMS: &str = "list_response_input_items";
        /// `list_chat_completions`.
        pub const LIST_CHAT_COMPLETIONS: &str = "list_chat_completions";
        /// `retrieve_chat_completion`.
        pub const RETRIEVE_CHAT_COMPLETION: &str = "retrieve_chat_completion";
        /// `update_chat_completion`.
        pub const UPDATE_CHAT_COMPLETION: &str = "update_chat_completion";
        /// `delete_chat_completion`.
        pub const DELETE_CHAT_COMPLETION: &str = "delete_chat_completion";
        /// `list_chat_completion_messages`.
        pub const LIST_CHAT_COMPLETION_MESSAGES: &str = "list_chat_completion_messages";
        /// `create_conversation`.
        pub const CREATE_CONVERSATION: &str = "create_conversation";
        /// `retrieve_conversation`.
        pub const RETRIEVE_CONVERSATION: &str = "retrieve_conversation";
        /// `update_conversation`.
        pub const UPDATE_CONVERSATION: &str = "update_conversation";
        /// `delete_conversation`.
        pub const DELETE_CONVERSATION: &str = "delete_conversation";
        /// `create_conversation_items`.
        pub const CREATE_CONVERSATION_ITEMS: &str = "create_conversation_items";
        /// `list_conversation_items`.
        pub const LIST_CONVERSATION_ITEMS: &str = "list_conversation_items";
        /// `retrieve_conversation_item`.
        pub const RETRIEVE_CONVERSATION_ITEM: &str = "retrieve_conversation_item";
        /// `delete_conversation_item`.
        pub const DELETE_CONVERSATION_ITEM: &str = "delete_conversation_item";
        /// `generate_image`.
        pub const GENERATE_IMAGE: &str = "generate_image";
        /// `edit_image`.
        pub const EDIT_IMAGE: &str = "edit_image";
        /// `vary_image`.
        pub const VARY_IMAGE: &str = "vary_image";
        /// `synthesize_speech`.
        pub const SYNTHESIZE_SPEECH: &str = "synthesize_speech";
        /// `transcribe_audio`.
        pub const TRANSCRIBE_AUDIO: &str = "transcribe_audio";
        /// `translate_audio`.
        pub const TRANSLATE_AUDIO: &str = "translate_audio";
        /// `create_video`.
        pub const CREATE_VIDEO: &str = "create_video";
        /// `list_videos`.
        pub const LIST_VIDEOS: &str = "list_videos";
        /// `retrieve_video`.
        pub const RETRIEVE_VIDEO: &str = "retrieve_video";
        /// `delete_video`.
        pub const DELETE_VIDEO: &str = "delete_video";
        /// `download_video`.
        pub const DOWNLOAD_VIDEO: &str = "download_video";
        /// `remix_video`.
        pub const REMIX_VIDEO: &str = "remix_video";
        /// `moderate_content`.
        pub const MODERATE_CONTENT: &str = "moderate_content";
        /// `recognize_text`.
        pub const RECOGNIZE_TEXT: &str = "recognize_text";
        /// `upload_file`.
        pub const UPLOAD_FILE: &str = "upload_file";
        /// `list_files`.
        pub const LIST_FILES: &str = "list_files";
        /// `retrieve_file`.
        pub const RETRIEVE_FILE: &str = "retrieve_file";
        /// `delete_file`.
        pub const DELETE_FILE: &str = "delete_file";
        /// `download_file`.
        pub const DOWNLOAD_FILE: &str = "download_file";
        /// `create_upload`.
        pub const CREATE_UPLOAD: &str = "create_upload";
        /// `add_upload_part`.
        pub const ADD_UPLOAD_PART: &str = "add_upload_part";
        /// `complete_upload`.
        pub const COMPLETE_UPLOAD: &str = "complete_upload";
        /// `cancel_upload`.
        pub const CANCEL_UPLOAD: &str = "cancel_upload";
        /// `retrieve_upload`.
        pub const RETRIEVE_UPLOAD: &str = "retrieve_upload";
        /// `create_batch`.
        pub const CREATE_BATCH: &str = "create_batch";
        /// `list_batches`.
        pub const LIST_BATCHES: &str = "list_batches";
        /// `retrieve_batch`.
        pub const RETRIEVE_BATCH: &str = "retrieve_batch";
        /// `cancel_batch`.
        pub const CANCEL_BATCH: &str = "cancel_batch";
        /// `delete_batch`.
        pub const DELETE_BATCH: &str = "delete_batch";
        /// `add_batch_requests`.
        pub const ADD_BATCH_REQUESTS: &str = "add_batch_requests";
        /// `list_batch_requests`.
        pub const LIST_BATCH_REQUESTS: &str = "list_batch_requests";
        /// `retrieve_batch_results`.
        pub const RETRIEVE_BATCH_RESULTS: &str = "retrieve_batch_results";
        /// `create_fine_tuning_job`.
        pub const CREATE_FINE_TUNING_JOB: &str = "create_fine_tuning_job";
        /// `list_fine_tuning_jobs`.
        pub const LIST_FINE_TUNING_JOBS: &str = "list_fine_tuning_jobs";
        /// `retrieve_fine_tuning_job`.
        pub const RETRIEVE_FINE_TUNING_JOB: &str = "retrieve_fine_tuning_job";
        /// `cancel_fine_tuning_job`.
        pub const CANCEL_FINE_TUNING_JOB: &str = "cancel_fine_tuning_job";
        /// `pause_fine_tuning_job`.
        pub const PAUSE_FINE_TUNING_JOB: &str = "pause_fine_tuning_job";
        /// `resume_fine_tuning_job`.
        pub const RESUME_FINE_TUNING_JOB: &str = "resume_fine_tuning_job";
        /// `list_fine_tuning_events`.
        pub const LIST_FINE_TUNING_EVENTS: &str = "list_fine_tuning_events";
        /// `list_fine_tuning_checkpoints`.
        pub const LIST_FINE_TUNING_CHECKPOINTS: &str = "list_fine_tuning_checkpoints";
        /// `run_grader`.
        pub const RUN_GRADER: &str = "run_grader";
        /// `validate_grader`.
        pub const VALIDATE_GRADER: &str = "validate_grader";
        /// `create_vector_store`.
        pub const CREATE_VECTOR_STORE: &str = "create_vector_store";
        /// `list_vector_stores`.
        pub const LIST_VECTOR_STORES: &str = "list_vector_stores";
        /// `retrieve_vector_store`.
        pub const RETRIEVE_VECTOR_STORE: &str = "retrieve_vector_store";
        /// `update_vector_store`.
        pub const UPDATE_VECTOR_STORE: &str = "update_vector_store";
        /// `delete_vector_store`.
        pub const DELETE_VECTOR_STORE: &str = "delete_vector_store";
        /// `add_vector_store_file`.
        pub const ADD_VECTOR_STORE_FILE: &str = "add_vector_store_file";
        /// `list_vector_store_files`.
        pub const LIST_VECTOR_STORE_FILES: &str = "list_vector_store_files";
        /// `retrieve_vector_store_file`.
        pub const RETRIEVE_VECTOR_STORE_FILE: &str = "retrieve_vector_store_file";
        /// `update_vector_store_file`.
        pub const UPDATE_VECTOR_STORE_FILE: &str = "update_vector_store_file";
        /// `delete_vector_store_file`.
        pub const DELETE_VECTOR_STORE_FILE: &str = "delete_vector_store_file";
        /// `retrieve_vector_store_file_content`.
        pub const RETRIEVE_VECTOR_STORE_FILE_CONTENT: &str = "retrieve_vector_store_file_content";
        /// `create_vector_store_file_batch`.
        pub const CREATE_VECTOR_STORE_FILE_BATCH: &str = "create_vector_store_file_batch";
        /// `retrieve_vector_store_file_batch`.
        pub const RETRIEVE_VECTOR_STORE_FILE_BATCH: &str = "retrieve_vector_store_file_batch";
        /// `cancel_vector_store_file_batch`.
        pub const CANCEL_VECTOR_STORE_FILE_BATCH: &str = "cancel_vector_store_file_batch";
        /// `list_vector_store_file_batch_files`.
        pub const LIST_VECTOR_STORE_FILE_BATCH_FILES: &str = "list_vector_store_file_batch_files";
        /// `create_container`.
        pub const CREATE_CONTAINER: &str = "create_container";
        /// `list_containers`.
        pub const LIST_CONTAINERS: &str = "list_containers";
        /// `retrieve_container`.
        pub const RETRIEVE_CONTAINER: &str = "retrieve_container";
        /// `delete_container`.
        pub const DELETE_CONTAINER: &str = "delete_container";
        /// `add_container_file`.
        pub const ADD_CONTAINER_FILE: &str = "add_container_file";
        /// `list_container_files`.
        pub const LIST_CONTAINER_FILES: &str = "list_container_files";
        /// `retrieve_container_file`.
        pub const RETRIEVE_CONTAINER_FILE: &str = "retrieve_container_file";
        /// `delete_container_file`.
        pub const DELETE_CONTAINER_FILE: &str = "delete_container_file";
        /// `download_container_file`.
        pub const DOWNLOAD_CONTAINER_FILE: &str = "download_container_file";
        /// `create_skill`.
        pub const CREATE_SKILL: &str = "create_skill";
        /// `list_skills`.
        pub const LIST_SKILLS: &str = "list_skills";
        /// `retrieve_skill`.
        pub const RETRIEVE_SKILL: &str = "retrieve_skill";
        /// `update_skill`.
        pub const UPDATE_SKILL: &str = "update_skill";
        /// `delete_skill`.
        pub const DELETE_SKILL: &str = "delete_skill";
        /// `create_skill_version`.
        pub const CREATE_SKILL_VERSION: &str = "create_skill_version";
        /// `list_skill_versions`.
        pub const LIST_SKILL_VERSIONS: &str = "list_skill_versions";
        /// `retrieve_skill_version`.
        pub const RETRIEVE_SKILL_VERSION: &str = "retrieve_skill_version";
        /// `delete_skill_version`.
        pub const DELETE_SKILL_VERSION: &str = "delete_skill_version";
        /// `create_eval`.
        pub const CREATE_EVAL: &str = "create_eval";
        /// `list_evals`.
        pub const LIST_EVALS: &str = "list_evals";
        /// `retrieve_eval`.
        pub const RETRIEVE_EVAL: &str = "retrieve_eval";
        /// `update_eval`.
        pub const UPDATE_EVAL: &str = "update_eval";
        /// `delete_eval`.
        pub const DELETE_EVAL: &str = "delete_eval";
        /// `create_eval_run`.
        pub const CREATE_EVAL_RUN: &str = "create_eval_run";
        /// `list_eval_runs`.
        pub const LIST_EVAL_RUNS: &str = "list_eval_runs";
        /// `retrieve_eval_run`.
        pub const RETRIEVE_EVAL_RUN: &str = "retrieve_eval_run";
        /// `cancel_eval_run`.
        pub const CANCEL_EVAL_RUN: &str = "cancel_eval_run";
        /// `delete_eval_run`.
        pub const DELETE_EVAL_RUN: &str = "delete_eval_run";
        /// `list_eval_run_output_items`.
        pub const LIST_EVAL_RUN_OUTPUT_ITEMS: &str = "list_eval_run_output_items";
        /// `retrieve_eval_run_output_item`.
        pub const RETRIEVE_EVAL_RUN_OUTPUT_ITEM: &str = "retrieve_eval_run_output_item";
        /// `list_agents`.
        pub const LIST_AGENTS: &str = "list_agents";
        /// `retrieve_agent`.
        pub const RETRIEVE_AGENT: &str = "retrieve_agent";
        /// `update_agent`.
        pub const UPDATE_AGENT: &str = "update_agent";
        /// `delete_agent`.
        pub const DELETE_AGENT: &str = "delete_agent";
        /// `create_thread`.
        pub const CREATE_THREAD: &str = "create_thread";
        /// `retrieve_thread`.
        pub const RETRIEVE_THREAD: &str = "retrieve_thread";
        /// `update_thread`.
        pub const UPDATE_THREAD: &str = "update_thread";
        /// `delete_thread`.
        pub const DELETE_THREAD: &str = "delete_thread";
        /// `create_message`.
        pub const CREATE_MESSAGE: &str = "create_message";
        /// `list_messages`.
        pub const LIST_MESSAGES: &str = "list_messages";
        /// `retrieve_message`.
        pub const RETRIEVE_MESSAGE: &str = "retrieve_message";
        /// `update_message`.
        pub const UPDATE_MESSAGE: &str = "update_message";
        /// `delete_message`.
        pub const DELETE_MESSAGE: &str = "delete_message";
        /// `list_runs`.
        pub const LIST_RUNS: &str = "list_runs";
        /// `retrieve_run`.
        pub const RETRIEVE_RUN: &str = "retrieve_run";
        /// `update_run`.
        pub const UPDATE_RUN: &str = "update_run";
        /// `cancel_run`.
        pub const CANCEL_RUN: &str = "cancel_run";
        /// `list_run_steps`.
        pub const LIST_RUN_STEPS: &str = "list_run_steps";
        /// `retrieve_run_step`.
        pub const RETRIEVE_RUN_STEP: &str = "retrieve_run_step";
        /// `create_realtime_secret`.
        pub const CREATE_REALTIME_SECRET: &str = "create_realtime_secret";
        /// `create_realtime_session`.
        pub const CREATE_REALTIME_SESSION: &str = "create_realtime_session";
        /// `list_models`.
        pub const LIST_MODELS: &str = "list_models";
        /// `retrieve_model`.
        pub const RETRIEVE_MODEL: &str = "retrieve_model";
        /// `delete_model`.
        pub const DELETE_MODEL: &str = "delete_model";
        /// `retrieve_usage`.
        pub const RETRIEVE_USAGE: &str = "retrieve_usage";
        /// `rerank_documents`.
        pub const RERANK_DOCUMENTS: &str = "rerank_documents";
        /// `tokenize_text`.
        pub const TOKENIZE_TEXT: &str = "tokenize_text";
        /// `detokenize_text`.
        pub const DETOKENIZE_TEXT: &str = "detokenize_text";
        /// `classify_text`.
        pub const CLASSIFY_TEXT: &str = "classify_text";
        /// `summarize_text`.
        pub const SUMMARIZE_TEXT: &str = "summarize_text";
        /// `run_model`.
        pub const RUN_MODEL: &str = "run_model";
        /// `create_prediction`.
        pub const CREATE_PREDICTION: &str = "create_prediction";
        /// `list_predictions`.
        pub const LIST_PREDICTIONS: &str = "list_predictions";
        /// `retrieve_prediction`.
        pub const RETRIEVE_PREDICTION: &str = "retrieve_prediction";
        /// `cancel_prediction`.
        pub const CANCEL_PREDICTION: &str = "cancel_prediction";
        /// `list_model_versions`.
        pub const LIST_MODEL_VERSIONS: &str = "list_model_versions";
        /// `retrieve_model_version`.
        pub const RETRIEVE_MODEL_VERSION: &str = "retrieve_model_version";
        /// `create_training`.
        pub const CREATE_TRAINING: &str = "create_training";
        /// `list_running_models`.
        pub const LIST_RUNNING_MODELS: &str = "list_running_models";
        /// `create_model`.
        pub const CREATE_MODEL: &str = "create_model";
        /// `copy_model`.
        pub const COPY_MODEL: &str = "copy_model";
        /// `pull_model`.
        pub const PULL_MODEL: &str = "pull_model";
        /// `push_model`.
        pub const PUSH_MODEL: &str = "push_model";
        /// `retrieve_version`.
        pub const RETRIEVE_VERSION: &str = "retrieve_version";
        /// `check_api_key`.
        pub const CHECK_API_KEY: &str = "check_api_key";
        /// `create_embed_job`.
        pub const CREATE_EMBED_JOB: &str = "create_embed_job";
        /// `list_embed_jobs`.
        pub const LIST_EMBED_JOBS: &str = "list_embed_jobs";
        /// `retrieve_embed_job`.
        pub const RETRIEVE_EMBED_JOB: &str = "retrieve_embed_job";
    }
    /// Well-known values of `gen_ai.output.type`.
    pub mod output_type {
        /// `text`.
        pub const TEXT: &str = "text";
        /// `json`.
        pub const JSON: &str = "json";
        /// `image`.
        pub const IMAGE: &str = "image";
        /// `speech`.
        pub const SPEECH: &str = "speech";
    }
    /// Well-known values of `gen_ai.provider.name`.
    pub mod provider {
        /// `openai`.
        pub const OPENAI: &str = "openai";
        /// `anthropic`.
        pub const ANTHROPIC: &str = "anthropic";
        /// `azure.ai.inference`.
        pub const AZURE_AI_INFERENCE: &str = "azure.ai.inference";
        /// `azure.ai.openai`.
        pub const AZURE_AI_OPENAI: &str = "azure.ai.openai";
        /// `aws.bedrock`.
        pub const AWS_BEDROCK: &str = "aws.bedrock";
        /// `cohere`.
        pub const COHERE: &str = "cohere";
        /// `deepseek`.
        pub const DEEPSEEK: &str = "deepseek";
        /// `gcp.gemini`.
        pub const GCP_GEMINI: &str = "gcp.gemini";
        /// `gcp.gen_ai`.
        pub const GCP_GEN_AI: &str = "gcp.gen_ai";
        /// `gcp.vertex_ai`.
        pub const GCP_VERTEX_AI: &str = "gcp.vertex_ai";
        /// `groq`.
        pub const GROQ: &str = "groq";
        /// `ibm.watsonx.ai`.
        pub const IBM_WATSONX_AI: &str = "ibm.watsonx.ai";
        /// `mistral_ai`.
        pub const MISTRAL_AI: &str = "mistral_ai";
        /// `moonshot_ai`.
        pub const MOONSHOT_AI: &str = "moonshot_ai";
        /// `perplexity`.
        pub const PERPLEXITY: &str = "perplexity";
        /// `x_ai`.
        pub const X_AI: &str = "x_ai";
    }
    /// Well-known values of `gen_ai.token.modality`.
    pub mod token_modality {
        /// `text`.
        pub const TEXT: &str = "text";
        /// `image`.
        pub const IMAGE: &str = "image";
        /// `audio`.
        pub const AUDIO: &str = "audio";
        /// `unknown`.
        pub const UNKNOWN: &str = "unknown";
    }
    /// Well-known values of `gen_ai.token.type`.
    pub mod token_type {
        /// `input`.
        pub const INPUT: &str = "input";
        /// `output`.
        pub const OUTPUT: &str = "output";
    }
    /// How the call ended.
    pub mod outcome {
        /// The whole answer arrived.
        pub const COMPLETED: &str = "completed";
        /// The caller let go of the call or its stream.
        pub const DROPPED: &str = "dropped";
        /// The provider refused, by status or inside a stream.
        pub const PROVIDER_ERROR: &str = "provider_error";
        /// The connection could not be made, or broke.
        pub const TRANSPORT_ERROR: &str = "transport_error";
        /// A time limit of the caller's client ran out.
        pub const DEADLINE: &str = "deadline";
        /// Telemetry was shut down while the call was open.
        pub const SHUTDOWN: &str = "shutdown";
    }
    /// Why an attempt failed.
    pub mod retry_reason {
        /// The provider asked for patience (429).
        pub const RATE_LIMIT: &str = "rate_limit";
        /// No answer came in time.
        pub const TIMEOUT: &str = "timeout";
        /// The provider failed.
        pub const PROVIDER_ERROR: &str = "provider_error";
        /// The connection could not be made, or broke.
        pub const CONNECTION: &str = "connection";
    }
}
