//! The dialects, a file each.

mod anthropic_sdk;
mod braintrust;
mod claude_code;
mod codex;
mod core;
mod crewai;
mod gemini_cli;
mod gen_ai;
mod genkit;
mod google_adk;
mod haystack;
mod laminar;
mod langchain_rust;
mod langfuse;
mod langsmith;
mod litellm;
mod logfire;
mod mcp;
mod mlflow;
mod open_inference;
mod openlit;
mod openllmetry;
mod pydantic_ai;
mod semantic_kernel;
mod strands;
mod turnspan;
mod vercel;

use super::Dialect;

/// The first is what every span speaks, the second what ours do.
pub(super) const ROWS: [&Dialect; 27] = [
    &core::CORE,
    &gen_ai::GEN_AI,
    &turnspan::TURNSPAN,
    &anthropic_sdk::ANTHROPIC_SDK,
    &braintrust::BRAINTRUST,
    &claude_code::CLAUDE_CODE,
    &codex::CODEX,
    &crewai::CREWAI,
    &gemini_cli::GEMINI_CLI,
    &genkit::GENKIT,
    &google_adk::GOOGLE_ADK,
    &haystack::HAYSTACK,
    &laminar::LAMINAR,
    &langchain_rust::LANGCHAIN_RUST,
    &langfuse::LANGFUSE,
    &langsmith::LANGSMITH,
    &litellm::LITELLM,
    &logfire::LOGFIRE,
    &mcp::MCP,
    &mlflow::MLFLOW,
    &open_inference::OPEN_INFERENCE,
    &openlit::OPENLIT,
    &openllmetry::OPENLLMETRY,
    &pydantic_ai::PYDANTIC_AI,
    &semantic_kernel::SEMANTIC_KERNEL,
    &strands::STRANDS,
    &vercel::VERCEL,
];
