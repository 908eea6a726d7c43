# The few words of daily work; `make help` lists them. Everything runs from .venv, which is made from the lock when it is missing.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
ARGS ?=
ONLY ?=
# A container may forbid Python to keep what it compiled: each of a hundred processes would then start three times as slowly.
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.PHONY: help up down status logs clean test faults lint bench lock env

help: ## list these words
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

up: env ## start the servers and the API, migrate, load demo data, show one mixed answer
	@$(PYTHON) -m stack up

down: ## stop the servers and the API; data stays
	@$(call if_env,down)

status: ## show the servers and the API; exit status 3 when one does not answer
	@$(call if_env,status)

logs: ## show the end of each log (ARGS=cassandra: of one)
	@$(call if_env,logs $(ARGS))

clean: ## stop every stack of this clone and remove its data and downloads
	@$(call if_env,clean --all)
	@rm -rf staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov

test: env ## run the whole suite in two processes on a stack of its own (ARGS='-k ledger': a part, in one)
	@TRIVIUM_ENV=test $(PYTHON) -m stack run --name test -- $(PYTHON) -m pytest $(or $(ARGS),-n 2)

faults: env ## freeze each store again and again while the API is asked
	@TRIVIUM_ENV=test TRIVIUM_FAULT_ROUNDS=10 $(PYTHON) -m stack run --name test -- $(PYTHON) -m pytest tests/faults $(ARGS)

lint: env ## style, types, import rules, migrations in sync
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy .
	PYTHONPATH=. .venv/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check

bench: env ## measure the claims (ONLY=events: one of them)
	@test -d benchmarks || { echo "bench: there are no benchmarks yet (no folder benchmarks/)" >&2; exit 1; }
	@$(PYTHON) -m benchmarks $(ONLY)

lock: env ## compile the lock anew (ARGS=--upgrade: with newer versions)
	@requirements/compile.sh $(ARGS)

env:
	@requirements/install.sh

# A word that only looks at or ends what runs needs no environment when there was never one.
if_env = if [ -x $(PYTHON) ]; then $(PYTHON) -m stack $(1); else echo "stack: never started here (no .venv): make up"; exit $(if $(findstring status,$(1)),3,0); fi
