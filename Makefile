# Everything a contributor or a user types. `make` alone lists it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install dev run test format fix lint types layers cover external described soak peers bench-git bench-store \
	bench-logs bench-github bench-slack wheel lock
SHELL := /bin/sh
# Images often set it; a start has several processes, and each would compile the same modules anew.
unexport PYTHONDONTWRITEBYTECODE
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
REPO ?=
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock
PEERS := $(VENV)/peers
PEERS_LOCK := benchmarks/requirements.txt
PEERED := $(PEERS)/.installed
DESCRIBED := $(VENV)/described
DESCRIPTIONS := tests/described/package.json tests/described/package-lock.json tests/described/.npmrc
FUZZER := $(VENV)/fuzz
FUZZER_LOCK := tests/soak/requirements.txt
FUZZABLE := $(FUZZER)/.tried
SOAK_MINUTES ?= 30
# Many tests wait for processes and daemons: two workers a core keep two cores busy.
WORKERS ?= 4
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

# $(call fetch,LOCK,PYTHON): install what LOCK pins. uv takes a third of pip's time; where it cannot
# reach what pip is configured to reach, pip does the same from the same hashes. Both compile what they
# install: each start has several processes, which would all do so at once, and each time anew where
# PYTHONDONTWRITEBYTECODE is set.
fetch = $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(2) -r $(1) \
	|| { echo "uv could not; the same with pip" && $(2) -m pip install --quiet --require-hashes -r $(1); }

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 13

install: $(INSTALLED) ## Make .venv with the daybook command; nothing outside this directory
	@echo "Ready: $(BIN)/daybook"

dev: $(DEVELOPED) ## The same with the tools and libraries of the tests
	@echo "Ready: $(BIN)/daybook, and make test"

run: $(INSTALLED) ## Start Daybook here; REPO=/path for another git repository
	@exec $(BIN)/daybook up $(if $(REPO),--repo '$(REPO)')

test: $(DEVELOPED) ## Format, lint, types, layers, then the whole test suite with coverage
	@echo "== format: ruff format --check"; $(MAKE) format
	@echo "== lint: ruff check"; $(MAKE) lint
	@echo "== types: mypy, strict"; $(MAKE) types
	@echo "== layers: import-linter"; $(MAKE) layers
	@echo "== tests: pytest, branches counted"; $(MAKE) cover

format: $(DEVELOPED) ## Is everything formatted?
	@$(BIN)/ruff format --check .

fix: $(DEVELOPED) ## Put right what a tool can put right
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lint: $(DEVELOPED) ## Style
	@$(BIN)/ruff check .

types: $(DEVELOPED) ## Types, strict, tests included
	@$(BIN)/mypy

layers: $(DEVELOPED) ## Who may import whom
	@$(BIN)/lint-imports

# The suite starts a thousand processes, and NumPy in each of them threads for algebra that none does.
cover external: export OPENBLAS_NUM_THREADS = 1

cover: $(DEVELOPED) ## The test suite with coverage; PYTEST_ARGS for more
	@$(BIN)/python -m pytest -m "not network" -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --junitxml=reports/junit.xml $(PYTEST_ARGS)

external: $(DEVELOPED) ## The promises of the store on Debian's PostgreSQL 15 instead of the bundled one
	@DAYBOOK_TEST_EXTERNAL=1 $(BIN)/python -m pytest -n $(WORKERS) -k "not memory" --junitxml=reports/external.xml \
		tests/contract tests/unit/test_postgres_copying.py tests/unit/test_postgres_reader.py \
		tests/unit/test_postgres_schema.py tests/unit/test_postgres_upkeep.py $(PYTEST_ARGS)

described: $(DESCRIBED)/.installed ## GitHub's own description of its interfaces, which the tests hold theirs to; takes npm

soak: $(DEVELOPED) $(FUZZABLE) ## Kill syncs, rewrite histories, rotate logs and fuzz for SOAK_MINUTES; SOAK_ARGS for more
	@$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES) $(SOAK_ARGS)

peers: $(PEERED) ## What the benchmarks compare with, in an environment of its own

bench-git: $(PEERED) ## Git histories beside git, GitPython, PyDriller, Perceval; REPO=/path, BENCH_ARGS
	@$(BIN)/python -m benchmarks.git '$(or $(REPO),.)' $(BENCH_ARGS)

bench-store: $(PEERED) ## Writing to PostgreSQL beside dlt; BENCH_ARGS for more
	@$(BIN)/python -m benchmarks.store $(BENCH_ARGS)

bench-logs: $(DEVELOPED) ## Access logs beside GoAccess and a regular expression; BENCH_ARGS for more
	@$(BIN)/python -m benchmarks.logs $(BENCH_ARGS)

bench-github: $(PEERED) ## A repository on GitHub, played by this machine, beside Perceval; BENCH_ARGS for more
	@$(BIN)/python -m benchmarks.github $(BENCH_ARGS)

bench-slack: $(PEERED) ## A workspace of Slack, played by this machine, beside Perceval; BENCH_ARGS for more
	@$(BIN)/python -m benchmarks.slack $(BENCH_ARGS)

wheel: $(DEVELOPED) ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null && ls dist/*.whl

lock: $(DEVELOPED) ## Resolve the dependencies anew, with hashes, for every supported Python
	@$(COMPILE) $(LOCK_ARGS) --group dev pyproject.toml -o $(DEV_LOCK)
	@$(COMPILE) --group build -c $(DEV_LOCK) pyproject.toml -o $(LOCK)
	@$(COMPILE) --group peers -o $(PEERS_LOCK)
	@$(COMPILE) --group fuzz -o $(FUZZER_LOCK)

$(BIN)/uv: $(LOCK)
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there; name a Python: make install PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "Daybook needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make install PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module; install it (Debian: apt-get install python3-venv) or name another Python: PYTHON=..." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) -V)"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv --clear $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' $(LOCK) >$(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@touch $@

$(INSTALLED): pyproject.toml $(LOCK) $(BIN)/uv
	@echo "Installing Daybook and what it needs from $(LOCK)"
	@$(call fetch,$(LOCK),$(BIN)/python)
	@$(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --python $(BIN)/python -e .
	@touch $@

$(DEVELOPED): $(INSTALLED) $(DEV_LOCK)
	@echo "Installing the tools of the tests from $(DEV_LOCK)"
	@$(call fetch,$(DEV_LOCK),$(BIN)/python)
	@touch $@

$(PEERED): $(DEVELOPED) $(PEERS_LOCK)
	@echo "Installing the peers of the benchmarks from $(PEERS_LOCK)"
	@[ -x $(PEERS)/bin/python ] || $(BIN)/python -m venv --clear $(PEERS)
	@$(call fetch,$(PEERS_LOCK),$(PEERS)/bin/python)
	@touch $@

# Three files out of 400 MB; npm holds each package to the hash in the lock.
$(DESCRIBED)/.installed: $(DESCRIPTIONS)
	@command -v npm >/dev/null || { echo "npm is not there; it fetches what GitHub publishes (Debian: apt-get install npm)" >&2; exit 1; }
	@echo "Fetching GitHub's description of its interfaces"
	@rm -rf $(DESCRIBED) && mkdir -p $(DESCRIBED) && cp $(DESCRIPTIONS) $(DESCRIBED)
	@npm ci --prefix $(DESCRIBED) --ignore-scripts --no-audit --no-fund --silent
	@cd $(DESCRIBED) && mv node_modules/@octokit/openapi/generated/api.github.com.json rest.json \
		&& mv node_modules/@octokit/openapi-webhooks/generated/api.github.com.json webhooks.json \
		&& mv node_modules/@octokit/graphql-schema/schema.graphql . && rm -rf node_modules
	@touch $@

# Only packages, laid beside those of the tests for the fuzzing alone; where there is no build of them for
# this Python and machine, the soak goes on without.
$(FUZZABLE): $(DEVELOPED) $(FUZZER_LOCK)
	@echo "Installing the fuzzer from $(FUZZER_LOCK)"
	@rm -rf $(FUZZER) && mkdir -p $(FUZZER)
	@$(BIN)/uv pip install --quiet --require-hashes --only-binary :all: --python $(BIN)/python --target $(FUZZER) -r $(FUZZER_LOCK) \
		|| $(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: --target $(FUZZER) -r $(FUZZER_LOCK) \
		|| echo "No build of the fuzzer for this Python and machine: the soak leaves the fuzzing out"
	@touch $@
