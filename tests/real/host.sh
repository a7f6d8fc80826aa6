# shellcheck shell=bash
# For the scripts beside this file, which source it: a temporary directory, packages, servers, a real host, calls to it,
# and assertions on their answers. A script can be started in any directory. It works in the checkout.
#
#   MORTISE   the host's executable; target/debug/mortise without it
set -euo pipefail

mortise=${MORTISE:+$(realpath -m "$MORTISE")}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mortise=${mortise:-$(realpath -m "${CARGO_TARGET_DIR:-target}/debug/mortise")}
[ -x "$mortise" ] || { echo "no host at ${mortise}: build it by 'cargo build -p mortise', or name another one in MORTISE" >&2; exit 1; }
# The host of a script has its own settings, database and key, and ignores the environment's.
while IFS='=' read -r name _; do
    case $name in MORTISE | MORTISE_* | DATABASE_URL) unset "$name" ;; esac
done < <(env)

work=$(mktemp -d "${TMPDIR:-/tmp}/mortise-real.XXXXXX")
servers=()
skipped=""
checks=0

# Ends the servers that this script started, and removes their files. Shows their logs if the script failed.
finish() {
    local status=$? log index
    # Even if the reader of the output is gone.
    set +e
    trap '' PIPE
    if [ "$status" -ne 0 ]; then
        for log in "$work"/*.log; do
            [ ! -s "$log" ] || { echo "--- the end of $(basename "$log")" && tail -n 20 "$log"; } >&2
        done
    elif [ -z "$skipped" ]; then
        echo "${checks} checks passed in ${SECONDS} s"
    fi
    # Ends the host before the servers that it calls.
    for ((index = ${#servers[@]} - 1; index >= 0; index--)); do
        kill "${servers[index]}" 2>/dev/null || true
        wait "${servers[index]}" 2>/dev/null || true
    done
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "$*" >&2
    exit 1
}

# Ends the script with success, because something that it needs is not available.
skip() {
    echo "SKIPPED: $*"
    skipped=yes
    exit 0
}

# Runs a command as root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Installs the Debian packages in `missing`, which the script has filled, or skips the script.
missing=()
install_missing() {
    [ "${#missing[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || skip "this machine has no apt-get, and lacks these packages of Debian: ${missing[*]}"
    as_root true 2>/dev/null || skip "nobody here is root or may become it without a password, and these packages of Debian are missing: ${missing[*]}"
    {
        as_root apt-get update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
    } >"$work/apt.log" 2>&1 || skip "apt-get cannot install ${missing[*]}: $(grep '^E:' "$work/apt.log" | head -n 1)"
}

# Prints a loopback port on which nobody listens. It is below 32768, where Linux takes no ports for outgoing
# connections.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# Starts a server, which ends with the script. Its output goes to $work/NAME.log.
start() {
    local name=$1
    shift
    "$@" >"$work/$name.log" 2>&1 </dev/null &
    servers+=("$!")
}

# Waits until a command succeeds, at most 30 s, while the last started server runs.
wait_for() {
    local what=$1
    shift
    for _ in $(seq 300); do
        ! "$@" >/dev/null 2>&1 || return 0
        kill -0 "${servers[-1]}" 2>/dev/null || fail "${what} ended"
        sleep 0.1
    done
    fail "${what} did not start in 30 s"
}

# Builds integrations and serves them, each with a local server as its origin: start_host canva=http://127.0.0.1:4010
# ...
start_host() {
    local integration slug component
    mkdir -p "$work/host/plugins"
    for integration in "$@"; do
        slug=${integration%%=*}
        component=target/plugins/components/$slug.wasm
        "$mortise" build "plugins/$slug" >"$work/build.log" 2>&1
        cp "$component" "$work/host/plugins/"
        printf '[integrations.%s]\norigin = "%s"\n' "$slug" "${integration#*=}" >>"$work/origins.toml"
    done
    {
        printf 'listen = "127.0.0.1:0"\nadmin_listen = "off"\n'
        printf 'data_dir = "%s/host/data"\nplugins_dir = "%s/host/plugins"\nlock_file = "%s/host/mortise.lock"\n' "$work" "$work" "$work"
        cat "$work/origins.toml"
    } >"$work/mortise.toml"
    export MORTISE_CONFIG=$work/mortise.toml
    "$mortise" key init >"$work/key.log" 2>&1
    for integration in "$@"; do "$mortise" grant "${integration%%=*}" --yes >>"$work/grant.log" 2>&1; done
    MORTISE_TOKEN=$("$mortise" token create --scope call --expires 1d 2>"$work/token.log")
    start host "$mortise" serve --log-format json
    wait_for "the host" grep -q '"message":"serving"' "$work/host.log"
    MORTISE_URL=http://$(sed -n 's/.*"message":"serving","address":"\([^"]*\)".*/\1/p' "$work/host.log")
    export MORTISE_TOKEN MORTISE_URL
}

# Makes an account for all further calls. Takes the arguments of `mortise account create`.
account=""
use_account() {
    account=$("$mortise" account create "$@" --tenant real --json 2>"$work/account.log" | jq -r .id) || fail "$(cat "$work/account.log")"
}

# Makes a call of the category user-directory: call STATUS create|get|list|update|delete [ARGUMENT ...]. Afterwards, the
# host's answer is in $work/answer, and the headers that the command shows are in $work/status.
call() {
    local expected=$1 operation=$2 status
    shift 2
    said="call $operation $*"
    "$mortise" call "$operation" user-directory --account "$account" "$@" >"$work/answer" 2>"$work/status" || true
    status=$(sed -n 's/.*HTTP \([0-9]\{3\}\).*/\1/p' "$work/status" | tail -n 1)
    checks=$((checks + 1))
    [ "$status" = "$expected" ] || differs "HTTP $expected" "HTTP ${status:-nothing}" "$(cat "$work/answer" "$work/status")"
}

# Asserts the result of a jq filter on the last answer: has FILTER JSON.
has() {
    compare "$1" "$2" "$work/answer"
}

# Asserts the result of a jq filter on a JSON document: compare FILTER JSON FILE.
compare() {
    local expected came
    expected=$(jq -cnS "$2")
    came=$(jq -cS "$1" "$3" 2>&1) || true
    checks=$((checks + 1))
    [ "$came" = "$expected" ] || differs "$expected at $1" "$came" "$(cat "$3")"
}

differs() {
    printf 'after: %s\n  expected: %s\n  came:     %s\n  of:       %s\n' "$said" "$1" "$2" "$3" >&2
    exit 1
}

# Prints the result of a jq filter on the last answer as text.
answered() {
    jq -er "$1" "$work/answer"
}
