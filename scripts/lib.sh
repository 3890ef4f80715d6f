# Shared by the scripts in this folder. Sourced, never run.

say() { printf '%s\n' "$*"; }

fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# Installs Debian packages when this can be done without asking for a password; else ends with the command to type.
# Usage: apt_install "what they are for" package...
apt_install() {
    local purpose=$1 as_root=()
    shift
    command -v apt-get >/dev/null ||
        fail "$purpose: not found, and this system has no apt-get. Install what Debian 12 calls: $*. Then run the command again."
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            fail "$purpose: not found. Run: sudo apt-get install --no-install-recommends $*
Then run the command again."
        fi
        as_root=(sudo -n)
    fi
    say "$purpose: installing $*"
    local log
    log=$(mktemp)
    # Another apt, such as the daily one, may hold the lock for a while.
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
    if ! { { "${as_root[@]}" "${apt[@]}" update || { sleep 20 && "${as_root[@]}" "${apt[@]}" update; }; } &&
        "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "$@"; } \
        </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "$purpose: apt-get could not install $* (its last lines are above). Mend that, then run the command again."
    fi
    rm -f "$log"
}
