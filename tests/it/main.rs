//! Behaviour seen through the public door.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests; in tests themselves these are allowed"
)]

mod support;

mod answer_headers;
mod anthropic;
mod bounds;
mod canaries;
mod chat;
mod dialects;
mod conformance;
mod console;
mod context;
mod conversation;
mod credentials;
mod every_program;
mod exit;
mod export_errors;
#[cfg(unix)]
mod foreign_turns;
mod fork;
mod handover;
mod gate;
mod gemini;
mod gemini_interactions;
mod gathering;
mod gathering_properties;
mod oldest_compiler;
mod open_turns;
mod operations;
mod other_streams;
mod otlp;
mod otlp_grpc;
mod include_usage;
mod init;
mod instrument_fields;
mod interactions;
mod large_bodies;
mod layers;
mod lines;
mod log_records;
mod losses;
mod metrics;
mod native;
mod nine_cases;
mod normalize;
mod bad_input;
mod outcomes;
mod own_provider;
mod own_secrets;
mod panics;
mod parents;
mod paused_answers;
mod promises;
mod propagation;
mod random_faults;
mod recorded;
mod redaction;
mod remote_context;
#[path = "../durability/report.rs"]
mod report;
mod reports;
mod responses;
mod retries;
mod rooms;
mod routes;
mod safe_exit;
mod semconv;
mod services;
mod session;
mod signals_off;
mod settings_file;
mod spool;
mod spool_gone;
mod spool_place;
mod stream_properties;
mod streamed_requests;
mod streaming;
mod tasks;
mod tes_delivery;
mod tes_dialects;
mod tes_events;
mod tes_turns;
mod their_lines;
mod thread_end;
mod time_limits;
mod transparency;
mod transport;
mod warnings;
