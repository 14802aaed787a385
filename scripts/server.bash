# To be sourced by the with-server scripts: servers beside a command.
#
# shellcheck shell=bash

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Where the project's scripts keep what they install; made if need be.
cache_folder() {
    local cache=${TURNSPAN_CACHE:-$(dirname "${BASH_SOURCE[0]}")/../.cache}
    mkdir -p "$cache/$1"
    (cd "$cache/$1" && pwd)
}

# Installs something once: `install_once FOLDER COMMAND...`. The command gets
# a folder aside as its last argument, which is renamed when it is finished, so
# that what lies at FOLDER is whole.
install_once() {
    local folder=$1 unfinished="$1.$$"
    shift
    [[ -d $folder ]] && return
    rm -rf "$unfinished"
    echo "$(basename "$0"): installing into $folder" >&2
    "$@" "$unfinished"
    # Another run may have been faster.
    if [[ -d $folder ]]; then rm -rf "$unfinished"; else mv "$unfinished" "$folder"; fi
}

# What packages of `package-lock.json` in a folder say, with their digests
# checked: `install_once HOME install_node_packages FOLDER`.
install_node_packages() {
    mkdir "$2"
    cp "$1/package.json" "$1/package-lock.json" "$2"
    npm ci --prefix "$2" --cache "$(cache_folder npm)" --no-audit --no-fund --silent >&2
}

# shellcheck disable=SC2034 # for the scripts that source this
python=${PYTHON:-python3}

check_python() {
    command -v "$python" >/dev/null || fail "$python is missing (Debian: apt-get install python3 python3-venv)"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$("$python" --version) is too old: 3.11 or newer is needed; name another with PYTHON="
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments (Debian: apt-get install python3-venv)"
}

# Starts a server whose first line on standard output, its base URL or several,
# `url` holds then: `start_server SECONDS COMMAND...`. It is stopped when the
# script ends, whatever happens; what was started last is stopped first.
start_server() {
    local within=$1 run
    shift
    run=$(mktemp -d)
    runs=("$run" ${runs[@]+"${runs[@]}"})
    mkfifo "$run/url"
    "$@" >"$run/url" 2>"$run/log" </dev/null &
    servers=("$!" ${servers[@]+"${servers[@]}"})
    # The one line comes when the server is healthy; the end, when it has died.
    exec 3<"$run/url"
    if ! read -r -t "$within" -u 3 url; then
        cat "$run/log" >&2
        fail "the server did not start"
    fi
    exec 3<&-
}

servers=()
runs=()
# shellcheck disable=SC2329 # called by the trap
stop_servers() {
    local server
    for server in ${servers[@]+"${servers[@]}"}; do
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    if ((${#runs[@]} > 0)); then rm -rf "${runs[@]}"; fi
}
trap stop_servers EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
