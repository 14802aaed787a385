# Every check, as CI runs them.
ci:
    .ci/run

test:
    cargo test

lint:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    cargo clippy --all-targets --test real_servers --all-features -- -D warnings
    cargo clippy -p turnspan --lib --no-default-features -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --all-features

deny:
    cargo deny --workspace check bans licenses sources

# Writes src/semconv.rs from semconv/.
semconv:
    TURNSPAN_UPDATE=1 cargo test --test it semconv

quickstart:
    cargo run --example quickstart

# What a new user waits for, step by step.
first-hour:
    scripts/first-hour

# The examples against a real llama.cpp server, and against aimock.
real-servers:
    scripts/llama/with-server cargo test --test real_servers llama::
    scripts/aimock/with-server cargo test --test real_servers aimock::

# From calls to what Jaeger, Phoenix, Prometheus and TES have of them, through
# the Collectors of collector-config; installs all of it first.
e2e:
    scripts/e2e

# Beside crates that turn on what could break the exporters.
coexistence:
    cargo run --manifest-path tests/coexistence/Cargo.toml --target-dir target

bench:
    cargo bench --bench call
    cargo bench --bench spool
    cargo bench --bench stream
    cargo bench --bench memory

# What hostile answers and ordinary calls cost by instructions; needs valgrind.
# With TURNSPAN_UPDATE=1 the committed numbers become those of this run.
instructions:
    scripts/instructions

# Any bytes, a minute for each target; longer by `just soak`.
fuzz:
    scripts/fuzz 60

# Kills, failures and loss windows for some hours at most, which write docs/soak.md
# and docs/loss-window.md; an hour for each fuzz target. What was found is to be
# committed.
soak: soak-durability
    scripts/fuzz 3600
    scripts/fuzz keep

soak-durability: soak-faults
    TURNSPAN_SOAK=1 TURNSPAN_UPDATE=1 cargo test --release --test durability -- --nocapture

# 200,000 calls, or TURNSPAN_SOAK_CALLS of them, whatever fails.
soak-faults:
    TURNSPAN_SOAK=1 cargo test --release --test it random_faults -- --nocapture

# The files of collector-config: by the real Collector, and beside real stores.
collectors:
    scripts/backends/validate
    cargo build --examples
    scripts/backends/with-servers scripts/aimock/with-server scripts/backends/check-dashboard
