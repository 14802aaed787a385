//! stub
#![allow(missing_docs)]
pub const SCHEMA_URL: &str = "x";
pub const CONTENT_ATTRIBUTES: &[&str] = &[];
pub mod attribute {
    pub const ERROR_TYPE: &str = "error_type";
    pub const EXCEPTION_MESSAGE: &str = "exception_message";
    pub const EXCEPTION_STACKTRACE: &str = "exception_stacktrace";
    pub const GEN_AI_CONVERSATION_ID: &str = "gen_ai_conversation_id";
    pub const GEN_AI_INPUT_MESSAGES: &str = "gen_ai_input_messages";
    pub const GEN_AI_OPERATION_NAME: &str = "gen_ai_operation_name";
    pub const GEN_AI_OUTPUT_MESSAGES: &str = "gen_ai_output_messages";
    pub const GEN_AI_OUTPUT_TYPE: &str = "gen_ai_output_type";
    pub const GEN_AI_PROVIDER_NAME: &str = "gen_ai_provider_name";
    pub const GEN_AI_REQUEST_CHOICE_COUNT: &str = "gen_ai_request_choice_count";
    pub const GEN_AI_REQUEST_FREQUENCY_PENALTY: &str = "gen_ai_request_frequency_penalty";
    pub const GEN_AI_REQUEST_MAX_TOKENS: &str = "gen_ai_request_max_tokens";
    pub const GEN_AI_REQUEST_MESSAGE_COUNT: &str = "gen_ai_request_message_count";
    pub const GEN_AI_REQUEST_MODEL: &str = "gen_ai_request_model";
    pub const GEN_AI_REQUEST_PRESENCE_PENALTY: &str = "gen_ai_request_presence_penalty";
    pub const GEN_AI_REQUEST_REASONING_LEVEL: &str = "gen_ai_request_reasoning_level";
    pub const GEN_AI_REQUEST_SEED: &str = "gen_ai_request_seed";
    pub const GEN_AI_REQUEST_STOP_SEQUENCES: &str = "gen_ai_request_stop_sequences";
    pub const GEN_AI_REQUEST_STREAM: &str = "gen_ai_request_stream";
    pub const GEN_AI_REQUEST_TEMPERATURE: &str = "gen_ai_request_temperature";
    pub const GEN_AI_REQUEST_TOP_K: &str = "gen_ai_request_top_k";
    pub const GEN_AI_REQUEST_TOP_P: &str = "gen_ai_request_top_p";
    pub const GEN_AI_RESPONSE_FINISH_REASONS: &str = "gen_ai_response_finish_reasons";
    pub const GEN_AI_RESPONSE_ID: &str = "gen_ai_response_id";
    pub const GEN_AI_RESPONSE_MODEL: &str = "gen_ai_response_model";
    pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai_response_time_to_first_chunk";
    pub const GEN_AI_TOOL_CALL_ARGUMENTS: &str = "gen_ai_tool_call_arguments";
    pub const GEN_AI_TOOL_CALL_ID: &str = "gen_ai_tool_call_id";
    pub const GEN_AI_TOOL_DEFINITIONS: &str = "gen_ai_tool_definitions";
    pub const GEN_AI_TOOL_NAME: &str = "gen_ai_tool_name";
    pub const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: &str =
        "gen_ai_usage_cache_creation_input_tokens";
    pub const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai_usage_cache_read_input_tokens";
    pub const GEN_AI_USAGE_INPUT_TOKENS: &str = "gen_ai_usage_input_tokens";
    pub const GEN_AI_USAGE_OUTPUT_TOKENS: &str = "gen_ai_usage_output_tokens";
    pub const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai_usage_reasoning_output_tokens";
    pub const HTTP_RESPONSE_STATUS_CODE: &str = "http_response_status_code";
    pub const OPENAI_API_TYPE: &str = "openai_api_type";
    pub const OPENAI_REQUEST_SERVICE_TIER: &str = "openai_request_service_tier";
    pub const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai_response_service_tier";
    pub const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "openai_response_system_fingerprint";
    pub const RETRY_ATTEMPT: &str = "retry_attempt";
    pub const RETRY_DELAY_MS: &str = "retry_delay_ms";
    pub const RETRY_REASON: &str = "retry_reason";
    pub const SERVER_ADDRESS: &str = "server_address";
    pub const SERVER_PORT: &str = "server_port";
    pub const TES_METADATA: &str = "tes_metadata";
    pub const TES_SESSION_ID: &str = "tes_session_id";
    pub const TES_TOOL_ANSWERED_IDS: &str = "tes_tool_answered_ids";
    pub const TURNSPAN_OUTCOME: &str = "turnspan_outcome";
    pub const TURNSPAN_PROVIDER_DURATION: &str = "turnspan_provider_duration";
    pub const TURNSPAN_RETRY_WAIT: &str = "turnspan_retry_wait";
    pub const USER_ID: &str = "user_id";
}
pub mod event {
    pub const GEN_AI_PROMPT_SENT: &str = "gen_ai_prompt_sent";
    pub const GEN_AI_RESPONSE_RECEIVED: &str = "gen_ai_response_received";
    pub const GEN_AI_RETRY: &str = "gen_ai_retry";
    pub const GEN_AI_STREAM_FIRST_TOKEN: &str = "gen_ai_stream_first_token";
    pub const GEN_AI_TOOL_CALL: &str = "gen_ai_tool_call";
}
pub mod value {
    pub mod error_type {
        pub const CANCELLED: &str = "cancelled";
        pub const CONNECTION: &str = "connection";
        pub const OTHER: &str = "other";
        pub const SHUTDOWN: &str = "shutdown";
        pub const TIMEOUT: &str = "timeout";
    }
    pub mod finish_reason {
        pub const ERROR: &str = "error";
        pub const TOOL_CALL: &str = "tool_call";
    }
    pub mod openai_api_type {
        pub const CHAT_COMPLETIONS: &str = "chat_completions";
    }
    pub mod operation {
        pub const CHAT: &str = "chat";
        pub const GENERATE_CONTENT: &str = "generate_content";
        pub const TEXT_COMPLETION: &str = "text_completion";
    }
    pub mod outcome {
        pub const COMPLETED: &str = "completed";
        pub const DEADLINE: &str = "deadline";
        pub const DROPPED: &str = "dropped";
        pub const PROVIDER_ERROR: &str = "provider_error";
        pub const SHUTDOWN: &str = "shutdown";
        pub const TRANSPORT_ERROR: &str = "transport_error";
    }
    pub mod output_type {
        pub const JSON: &str = "json";
        pub const SPEECH: &str = "speech";
        pub const TEXT: &str = "text";
    }
    pub mod provider {
        pub const OPENAI: &str = "openai";
    }
    pub mod retry_reason {
        pub const CONNECTION: &str = "connection";
        pub const PROVIDER_ERROR: &str = "provider_error";
        pub const RATE_LIMIT: &str = "rate_limit";
        pub const TIMEOUT: &str = "timeout";
    }
}
