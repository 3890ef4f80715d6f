#!/usr/bin/env bash
# Sees to it that Debian's Chromium is there: the browser tests drive it, nothing else needs it. Run by `make test-browser`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

command -v chromium >/dev/null || apt_install "Chromium for the browser tests" chromium fonts-dejavu-core
