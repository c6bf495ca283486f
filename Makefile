# Every command of this repository. On a bare machine with python3, python3-venv and make,
# each makes its own .venv first.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install demo test check fault bench docs lock clean

PYTHON ?= python3
BIN := .venv/bin
GROUPS_OF_TESTS := unit contract architecture spec deterministic integration fault e2e
CHECKS := format lint types imports spelling dependencies generated
# Pages with parts that cog writes.
COGGED = $(shell grep -rlsF '[[[cog' --include='*.md' README.md contracts docs deploy)
# Left set, every one of our processes would compile all our modules anew at its start.
unexport PYTHONDONTWRITEBYTECODE
# More options: for `dualwatch up --demo` in `make demo`, for pytest in `make test-…`.
ARGS ?=

help: ## Show this list
	@echo "Dualwatch. First: make demo, or make test."
	@awk -F ':[^#]*## ' '/^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/installed ## Make .venv with what requirements.lock names

.venv/installed: requirements.lock pyproject.toml .ci/install
	@PYTHON='$(PYTHON)' .ci/install

demo: install ## Run everything on real Kafka and MongoDB with the demo data (ARGS='--once --out DIR')
	@$(BIN)/dualwatch up --demo $(ARGS)

test: install ## Run all tests, group by group, with seconds per group
	@$(BIN)/python -m tests.support.groups $(GROUPS_OF_TESTS) -- $(ARGS)

check: install ## Check format, lint, types, imports, spelling, dependencies, generated files
	@$(MAKE) --no-print-directory --keep-going $(addprefix check-,$(CHECKS))

.PHONY: $(addprefix check-,$(CHECKS))
check-format: ; $(BIN)/ruff format --check --quiet
check-lint: ; $(BIN)/ruff check --quiet
check-types: ; $(BIN)/mypy
check-imports: ; $(BIN)/lint-imports --no-cache --no-logo
check-spelling: ; $(BIN)/codespell
check-dependencies: ; $(BIN)/deptry .
check-generated:
	$(BIN)/python -m contracts.generate --check
	$(BIN)/python -m contracts.released
	$(BIN)/python -m deploy.observe.boards --check
	$(BIN)/python -m deploy.helm --check
	$(BIN)/python -m tests.proof --check
	@[ -z '$(COGGED)' ] || $(BIN)/cog --check $(COGGED)

.PHONY: $(addprefix test-,$(GROUPS_OF_TESTS)) test-long

test-unit: install ## Pure functions and small parts, no network
test-contract: install ## Schemas, examples, topics
test-architecture: install ## Imports, rooms, docs and packaging
test-spec: install ## The regulation, article by article
test-deterministic: install ## A crash at every write, and state machines, on real MongoDB
test-integration: install ## One service at a time on real Kafka and MongoDB
test-fault: install ## Duplicates, crashes, lost brokers, hostile input
test-e2e: install ## Everything together, as a person sees it
test-long: install ## Tests marked long, which no other target runs
$(addprefix test-,$(GROUPS_OF_TESTS)) test-long:
	@$(BIN)/python -m tests.support.groups $(@:test-%=%) -- $(ARGS)

fault: install ## Real processes under a seed's faults (SEED='1 2' EVENTS= MINUTES= ARGS='--record F')
	@$(BIN)/python -m tests.fault.net --seed $(or $(SEED),1) $(if $(EVENTS),--events $(EVENTS)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

.PHONY: soak
soak: install ## Half an hour of load with some faults: memory flat, lag bounded (MINUTES= RATE= ARGS=)
	@$(BIN)/python -m tests.fault.soak $(if $(SEED),--seed $(SEED)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE)) $(ARGS)

bench: install ## Print our throughput beside the hand-written limit
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: bench-peers
bench-peers: install ## Print the same job done by Kafka Streams, Bytewax, Quix and others (ARGS=--kill)
	@$(BIN)/python -m tests.bench.peers $(ARGS)

.PHONY: bench-latency
bench-latency: install ## Print how long one event takes that waits for its verdict, on an idle stack
	@$(BIN)/python -m tests.bench.latency $(ARGS)

.PHONY: audit sbom
SBOM ?= dist/sbom.json

audit: install ## Ask what is known of the packages that the lock names (2: nobody could be asked)
	@.ci/audit

sbom: install ## List the packages that the lock names as CycloneDX, in dist/sbom.json
	@$(BIN)/python -m tests.support.sbom $(SBOM)

docs: install ## Write all generated docs and schemas anew
	@$(BIN)/python -m contracts.generate
	@$(BIN)/python -m deploy.observe.boards
	@$(BIN)/python -m deploy.helm
	@$(BIN)/python -m tests.proof
	@[ -z '$(COGGED)' ] || $(BIN)/cog -r $(COGGED)

lock: install ## Resolve requirements.lock anew (ARGS=--upgrade for newer versions)
	@.ci/install --lock $(ARGS)

clean: ## Remove .venv and everything that tools left behind
	rm -rf .venv .venv.lock dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
