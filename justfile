# `just NAME`; `just --list` lists them. CI runs .ci/run, which needs no just.

_default:
    @just --list

# What the README says; some names: `just test streaming`
test *names:
    cargo test {{ names }}

# Format and clippy, with all features and with none
lint:
    cargo fmt --all --check
    cargo clippy --all-targets --all-features -- -D warnings
    cargo clippy --test llama --all-features -- -D warnings
    cargo clippy --no-default-features --lib -- -D warnings

# Documentation, where a broken link is an error
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --all-features

# Licences, banned crates, sources (`cargo install cargo-deny --locked`)
deny:
    cargo deny check bans licenses sources

# The examples against a real llama.cpp server
llama:
    scripts/llama/with-server cargo test --test llama

# What a wrapped call costs; options go to criterion: `just bench --quick`
bench *options:
    cargo bench --bench call -- {{ options }}

# Everything at once, with nothing but a Rust toolchain
quickstart:
    cargo run --example quickstart

# Writes src/semconv.rs from semconv/
semconv:
    TURNSPAN_UPDATE=1 cargo test --test it semconv

# What CI runs, all of it
ci:
    .ci/run
