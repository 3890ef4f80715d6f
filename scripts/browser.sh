#!/usr/bin/env bash
# Sees to it that Debian's Chromium is there, and what Playwright's driver needs: the browser tests need both, nothing
# else does. Run by `make test-browser`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

can_drive_chromium() {
    command -v chromium && .venv/bin/python -m playwright --version
} >/dev/null 2>&1

if ! can_drive_chromium; then
    apt_install "Chromium for the browser tests" chromium fonts-dejavu-core libatomic1
    can_drive_chromium || fail "Chromium for the browser tests: Playwright's driver still doesn't start.
See what it says: .venv/bin/python -m playwright --version"
fi
