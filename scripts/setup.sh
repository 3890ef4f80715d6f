#!/usr/bin/env bash
# Makes .venv from requirements-dev.lock and proves that WeasyPrint can draw a PDF here.
# Run by `make setup`, which every other target depends on; a second run takes about a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

readonly venv=.venv lock=requirements-dev.lock

# Prints the first Python that is new enough and can make virtual environments with pip. The system's own goes before
# others: it was compiled with its optimisations, and one that wasn't takes half as long again for everything.
find_python() {
    local name
    for name in ${PYTHON:-} /usr/bin/python3 python3 python3.11 python3.12 python3.13 python3.14; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# A folder copied from elsewhere, or made by a Python that is gone, can't be trusted: its scripts name the old place.
venv_is_sound() {
    head -n 3 "$venv/bin/pip" 2>/dev/null | grep -qF "$PWD/$venv/bin/" &&
        "$venv/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

make_venv() {
    local python
    python=$(find_python) || {
        apt_install "Python 3.11 or newer with venv" python3 python3-venv
        python=$(find_python) ||
            fail "Python 3.11 or newer with venv: still not found. Name one yourself: make setup PYTHON=/path/to/python3"
    }
    say "Making $venv with $("$python" --version) ($python)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

# Installs only when the lock differs from the one of the last complete run, whose digest is the stamp.
install_locked() {
    local stamp=$venv/.stamp digest
    digest=$(sha256sum <"$lock")
    [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ] || return 0
    say "Installing the locked dependencies (a minute or two on the first run)"
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes \
        --requirement "$lock" </dev/null ||
        fail "the dependencies could not be installed (pip's reason is above). Check the network, then run the command again."
    printf '%s\n' "$digest" >"$stamp"
}

venv_is_sound || make_venv
install_locked
if ! "$venv/bin/python" scripts/can_draw_pdf.py >/dev/null 2>&1; then
    apt_install "WeasyPrint's system libraries" \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core
    "$venv/bin/python" scripts/can_draw_pdf.py || fail "WeasyPrint still can't draw a PDF; its reason is above."
fi
