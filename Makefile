# Every target sets up what it needs, so each of them may be the first command on a new machine.
# `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?=
WEB_PORT ?= 8000
SANDBOX_PORT ?= 8787
DATA_DIR ?= ./data/demo
KILLS ?= 200
EVENTS ?=
SCALE ?= full
ONLY ?=
DATABASE_URL ?= postgresql://postgres@127.0.0.1:5432/postgres

VENV := .venv/bin
PYTEST := $(VENV)/python -m pytest
# One process for each core; tests that share a costly beginning stay together in one of them.
PARALLEL := -n auto --dist loadgroup
LOCK := $(VENV)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 --universal pyproject.toml

.PHONY: help setup demo test test-postgres test-browser check messages schemas pages smoke chaos bench thorough audit-deps sbom lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s%s\n", $$1, $$2 }' Makefile

setup: ## Make .venv, install the locked dependencies, check WeasyPrint's system libraries
	@PYTHON='$(PYTHON)' scripts/setup.sh

demo: setup ## Start the whole thing with a sandbox and demo people (WEB_PORT, SANDBOX_PORT, DATA_DIR)
	@exec $(VENV)/python -m dsr.demo --web-port '$(WEB_PORT)' --sandbox-port '$(SANDBOX_PORT)' --data-dir '$(DATA_DIR)'

test: setup ## Run the tests (SQLite, no service needed)
	env -u DATABASE_URL $(PYTEST) $(PARALLEL) -m 'not browser and not smoke'

test-postgres: setup ## Run on PostgreSQL every test that has a database (DATABASE_URL names a server where databases can be made)
	DATABASE_URL='$(DATABASE_URL)' $(PYTEST) $(PARALLEL) -m 'not browser and not smoke'

test-browser: setup ## Run the browser tests in Debian's Chromium; screenshots in build/screenshots
	@scripts/browser.sh
	$(PYTEST) -n0 -m browser

check: setup ## Lint, types, layers, migrations, and Django's deployment checks
	$(VENV)/python -m ruff check .
	$(VENV)/python -m ruff format --check .
	$(VENV)/python -m mypy .
	$(VENV)/lint-imports
	scripts/production_like.sh $(VENV)/python manage.py makemigrations --check --dry-run
	scripts/production_like.sh $(VENV)/python manage.py state_diagram --check
	scripts/production_like.sh $(VENV)/python manage.py segmetrics_schemas --check
	scripts/production_like.sh $(VENV)/python manage.py check --deploy --fail-level WARNING

messages: setup ## Renew the translations in dsr/locale from the sources of the documents (needs gettext)
	scripts/production_like.sh $(VENV)/python manage.py messages

schemas: setup ## Write docs/schemas/actions anew from the typed models of SegMetrics' actions
	scripts/production_like.sh $(VENV)/python manage.py segmetrics_schemas

pages: setup ## Draw the stored pictures of the documents anew, after a change of their look
	env -u DATABASE_URL DJANGO_SETTINGS_MODULE=tests.settings $(VENV)/python -m tests.evidence.renew_pages

smoke: setup ## Start the whole demo a few times and see that it keeps its word (a few minutes)
	$(PYTEST) -n0 -m smoke tests/smoke

chaos: setup ## Kill the worker KILLS times (200) in the middle of deletions, with faults, and look what became of them
	env -u DATABASE_URL $(VENV)/python -m tests.chaos --kills '$(KILLS)'

bench: setup ## Measure speed and memory, each against its floor: a table and build/bench.json (SCALE=ci, EVENTS, ONLY=calls,…)
	DATABASE_URL='$(DATABASE_URL)' $(VENV)/python -m tests.bench --scale '$(SCALE)' --only '$(ONLY)' $(if $(EVENTS),--events '$(EVENTS)')

thorough: setup ## Take hundreds of long random walks through the services, instead of the few of `make test` (for the night)
	env -u DATABASE_URL HYPOTHESIS_PROFILE=thorough $(PYTEST) -n0 tests/path/test_any_order.py

audit-deps: setup ## Ask pip-audit for known weaknesses in the locked dependencies (needs its database on the network)
	$(VENV)/python scripts/audit_deps.py

sbom: setup ## Write build/sbom.cdx.json: what an installation consists of, as CycloneDX
	@mkdir -p build
	$(VENV)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
		-o build/sbom.cdx.json
	@echo 'build/sbom.cdx.json is written.'

lock: setup ## Renew the lock files (versions and hashes, no address)
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --extra agents -o requirements-agents.lock
	$(LOCK) --upgrade --group dev --extra agents -o requirements-dev.lock

clean: ## Remove what the other targets made, but never data/ and never .env
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +
