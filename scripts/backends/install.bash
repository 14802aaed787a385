# To be sourced by the scripts beside it: what they run, installed once.
#
# shellcheck shell=bash
# shellcheck source=../server.bash
source "$(dirname "${BASH_SOURCE[0]}")/../server.bash"

backends=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shipped=$(cd "$backends/../../collector-config" && pwd)
cache=$(cache_folder backends)

# From 1.21 on Go fetches the newer one that a module asks for.
check_go() {
    command -v go >/dev/null || fail "go is missing (Debian: apt-get install golang-go)"
    [[ $(go env GOVERSION) =~ ^go1\.(2[1-9]|[3-9][0-9]) ]] ||
        fail "$(go env GOVERSION) is too old: go1.21 or newer is needed"
}

# Where something of a name belongs: decided by the files that decide what it is.
home_of() {
    local name=$1
    shift
    echo "$cache/$name-$(cat "$@" | cksum | tr ' ' -)"
}

# Go with its downloads and its build cache aside, as they are as large as
# twenty of the binaries; `forget_go` deletes them.
with_go() {
    GOMODCACHE="$cache/go/mod" GOCACHE="$cache/go/build" GOWORK=off \
        GOFLAGS="-modcacherw -buildvcs=false -trimpath -mod=readonly" "$@"
}

forget_go() {
    rm -rf "$cache/go"
}

# A program of a module that others wrote, in the versions of go.mod and go.sum:
# `install_program NAME PACKAGE TAGS FOLDER`.
install_program() {
    local name=$1 package=$2 tags=$3
    mkdir -p "$4"
    (cd "$backends/$name" && with_go go build -tags "$tags" -ldflags "-s -w" -o "$4/$name" "$package") >&2
}

# The Collector of collector-config/builder.yaml: the builder writes its
# sources, go.mod and go.sum come from here.
install_collector() {
    local sources="$1/sources"
    mkdir -p "$sources"
    cp "$backends"/collector/go.* "$sources"
    sed "s|output_path: .*|output_path: $sources|" "$shipped/builder.yaml" >"$1/builder.yaml"
    (
        cd "$sources"
        with_go go build -o "$1/builder" go.opentelemetry.io/collector/cmd/builder
        "$1/builder" --config "$1/builder.yaml" --skip-get-modules --skip-compilation
        with_go go build -ldflags "-s -w" -o "$1/otelcol" .
    ) >&2
    rm -rf "$sources" "$1/builder" "$1/builder.yaml"
}

install_phoenix() {
    "$python" -m venv "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-cache-dir --requirement "$backends/phoenix/requirements.txt" >&2
}

# What was built is called by these.
collector_home=$(home_of collector "$backends"/collector/go.* "$shipped/builder.yaml")
jaeger_home=$(home_of jaeger "$backends"/jaeger/go.*)
prometheus_home=$(home_of prometheus "$backends"/prometheus/go.*)
phoenix_home=$(home_of phoenix "$backends/phoenix/requirements.txt")

need_collector() {
    [[ -d $collector_home ]] || check_go
    install_once "$collector_home" install_collector
}

need_jaeger() {
    [[ -d $jaeger_home ]] || check_go
    install_once "$jaeger_home" install_program jaeger github.com/jaegertracing/jaeger/cmd/jaeger ""
}

# Without the ways to find targets in clouds, which are most of it.
need_prometheus() {
    [[ -d $prometheus_home ]] || check_go
    install_once "$prometheus_home" install_program prometheus \
        github.com/prometheus/prometheus/cmd/prometheus remove_all_sd,netgo
}

need_phoenix() {
    [[ -d $phoenix_home ]] || check_python
    install_once "$phoenix_home" install_phoenix
}

# One run at a time installs.
one_at_a_time() {
    exec 9>"$cache/lock"
    ! command -v flock >/dev/null || flock 9
}
