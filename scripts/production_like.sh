#!/usr/bin/env bash
# Runs a command with the settings of a production installation, made up on the spot, so that what is checked is what
# would run. Usage: scripts/production_like.sh command...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
random() { head -c "$1" /dev/urandom | base64 -w 0; }

env DSR_ENV=production \
    DSR_SECRET_KEY="$(random 60)" DSR_MASTER_KEY="$(random 32)" DSR_SEARCH_KEY="$(random 32)" \
    DSR_ALLOWED_HOSTS=dsr.example.com DSR_BASE_URL=https://dsr.example.com \
    DSR_DATA_DIR="$data" DSR_LEDGER_DIR="$data/ledger" DSR_STATIC_ROOT="${DSR_STATIC_ROOT:-$data/static}" DATABASE_URL="sqlite:///$data/dsr.sqlite3" \
    DSR_ORGANISATION="Example Ltd" DSR_ALLOW_LOOPBACK=0 DSR_DEMO=0 \
    DSR_EMAIL_URL=smtp+tls://mail.example.com:587 DSR_EMAIL_FROM=dsr@example.com \
    "$@"
