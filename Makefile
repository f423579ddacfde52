# make demo   sets up what is missing and runs the main job, end to end
# make up     starts the same services and leaves them running; Ctrl-C stops them
# make test   sets up what is missing and runs everything CI runs
# make help   lists every target

.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON := $(shell for p in python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

.PHONY: demo
demo: $(READY) ## set up, then run the main job on practice paper
	@$(BIN)/greffier demo

.PHONY: up
up: $(READY) ## start every service and leave them running; Ctrl-C stops them
	@$(BIN)/greffier up

.PHONY: test
test: $(READY) lint types contract ## set up, then tests, lint, types and the import contract
	$(BIN)/pytest -n 2 --dist loadfile

# MinIO publishes source only: this commit of it is built, and kept under var/.
MINIO := github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
.PHONY: test-minio
test-minio: $(READY) var/bin/minio ## the store's tests on a real MinIO as well (needs Go; builds it once: minutes)
	GREFFIER_TEST_MINIO=$(CURDIR)/var/bin/minio $(BIN)/pytest tests/storage
var/bin/minio:
	GOBIN=$(CURDIR)/var/bin go install $(MINIO)

.PHONY: chaos workers
chaos: $(READY) ## kill workers, browsers and targets 714 times, and count (hours; KILLS=, SEED=)
	$(BIN)/python -m bench.chaos --kills $(or $(KILLS),714) $(if $(SEED),--seed $(SEED))
workers: $(READY) ## one, two and four workers on one PostgreSQL ledger, 2,000 entries each
	$(BIN)/python -m bench.workers

.PHONY: lint types contract
lint: $(READY) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
types: $(READY) ## mypy, strict
	$(BIN)/mypy
contract: $(READY) ## imports go down only
	$(BIN)/lint-imports --no-cache

.PHONY: bench
bench: $(READY) ## measure: every bench/*.py; those without their data say so
	@for file in bench/*.py; do echo "== $$file"; PYTHONPATH=. $(BIN)/python $$file || exit 1; done

.PHONY: train-letters train-hand train-lines
train-letters: $(READY) ## teach the classifiers of forms and letters anew (docs/04-lettres.md)
	$(BIN)/python -m classifiers.train
train-hand: $(READY) ## teach the reader of hand-printed characters anew (DIGITS=images.npz; an hour)
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-train.lock
	$(BIN)/python -m extractors.hand_train --digits $(DIGITS)
train-lines: $(READY) ## teach the reader of lines anew (DIGITS=images.npz FONTS=folder; two hours)
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-train.lock
	$(BIN)/python -m extractors.line_train --digits $(DIGITS) $(if $(FONTS),--fonts $(FONTS))

.PHONY: lock
LOCK := uv pip compile pyproject.toml --group sandbox --group dev --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --python-version 3.11
lock: ## resolve the Python dependencies again (needs uv)
	$(LOCK) -o requirements.lock
	$(LOCK) --group train -c requirements.lock -o requirements-train.lock

.PHONY: clean
clean: ## forget the environment and the state of the demo; what else is in var/ stays
	rm -rf .venv var/demo

# The environment: system packages, then a virtual environment from the hash-pinned lock.
$(READY): requirements.lock system-packages.txt pyproject.toml
	@./setup.sh "$(PYTHON)"
	@touch $@
