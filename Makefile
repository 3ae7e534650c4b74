# The everyday commands. `make` alone lists them. Debian 12; see README.md.
.DEFAULT_GOAL := help
.PHONY: help setup build run test matrix dev check fmt bench conformance torture faults scrub-test gc-model fuzz asan tsan clients screens package clean
SETUP := scripts/setup

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup:  ## Install everything a developer needs (Debian packages, Python tools)
	@$(SETUP) build test e2e check bench compat

build:  ## Install what the build needs and build the server: build/holt
	@$(SETUP) build
	@scripts/build holt

run: build  ## Build and start Holt on port 8080, with an administrator on a new data folder
	@scripts/run

test:  ## Install what is needed, build, and run every test
	@$(SETUP) build test e2e compat $(if $(HOLT_CHECK),check)
	@scripts/test

matrix: build  ## Ask every route as every caller and print the table: who gets what
	@$(SETUP) test
	@.venv/bin/python tests/matrix/matrix.py

dev:  ## Build quickly (preset dev) and serve a throw-away hub with demo data; rebuild on change
	@$(SETUP) build
	@scripts/dev

check:  ## Rooms, forms of co_await, formatting, headers alone, docs, generated files
	@$(SETUP) build check
	@scripts/check

fmt:  ## Format the C++ sources
	@$(SETUP) check
	@git ls-files -co --exclude-standard 'src/*.h' 'src/*.cpp' 'fuzz/*.cpp' | xargs clang-format-19 -i

bench: build  ## Measure against nginx, git and fsync of this machine, side by side
	@$(SETUP) bench compat
	@bench/run

conformance: build  ## Run huggingface_hub's own tests against a fresh Holt
	@$(SETUP) test
	@conformance/run

torture: build  ## Kill the server at random moments while many clients write; look for losses (KILLS=20)
	@$(SETUP) test compat
	@.venv/bin/python tests/torture/run

faults: build  ## Make system calls under the server fail one by one, and cut the power (LIMIT_S=60 for a sample)
	@$(SETUP) test
	@scripts/build holt_faults
	@.venv/bin/python tests/faults/run

scrub-test:  ## Flip one bit after another in every class of file: found, named, repaired (FLIPS=1000)
	@$(SETUP) build test
	@scripts/build upkeep_test
	@HOLT_FLIPS=$(or $(FLIPS),1000) build/src/domain/upkeep/upkeep_test --gtest_filter='FlipsTest.each*'

gc-model:  ## Random histories and collections against a model of what must be there (STEPS=1000000, SEED)
	@$(SETUP) build test
	@scripts/build upkeep_test
	@$(if $(SEED),HOLT_SEED=$(SEED)) HOLT_STEPS=$(or $(STEPS),1000000) build/src/domain/upkeep/upkeep_test \
	  --gtest_filter='HistoriesTest.*'

fuzz:  ## Fuzz every parser for SECONDS=60 each, JOBS=1 at once
	@$(SETUP) build test
	@FUZZ_SECONDS=$(or $(SECONDS),$(FUZZ_SECONDS),60) FUZZ_JOBS=$(or $(JOBS),$(FUZZ_JOBS),1) scripts/fuzz $(FUZZERS)

clients: build  ## Run what the pages offer to copy with transformers, diffusers, PEFT, llama.cpp, Ollama, Rust … (installs PyTorch)
	@$(SETUP) test compat clients
	@.venv/bin/python -m pytest tests/clients -q --timeout=1900

asan:  ## Every test against a build with the address and undefined-behaviour sanitizers (SUITES="unit api-sqlite")
	@$(SETUP) build test compat
	@scripts/sanitize asan $(SUITES)

tsan:  ## The same with the thread sanitizer
	@$(SETUP) build test compat
	@scripts/sanitize tsan $(SUITES)

screens: build  ## Photograph the web pages into docs/screens (light, dark, narrow)
	@$(SETUP) e2e
	@PATH="$$PWD/.venv/bin:$$PATH" node tests/e2e/screens.mjs docs/screens

package:  ## Make the Debian package: build-release/holt_*.deb
	@$(SETUP) build package
	@PRESET=release scripts/build package

clean:  ## Remove what was built (never data)
	@rm -rf build build-*
