# Trunkline. `make` alone lists what there is to do.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# How to build: debug or release.
CONFIGURATION ?= debug
# How many compilers at once; as many as there are processors when empty.
JOBS ?=
# Which tests: part of a suite's or a test's name; all when empty.
FILTER ?=
# What `make serve` reads.
CONFIG ?= Config/trunkline.json5
# More words for the program that run, serve and bench start.
ARGS ?=

sources := Sources Tests Package.swift
build_flags := $(if $(JOBS),--jobs $(JOBS))
# All tests are Swift Testing's; XCTest's runner would only add a second, empty summary.
test_flags := --disable-xctest $(if $(FILTER),--filter '$(FILTER)')
trunkline := .build/$(CONFIGURATION)/trunkline

.PHONY: help setup build run serve test lint format tsan asan cover bench soak check

help: ## List what there is to do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done
	@echo
	@echo "Variables: CONFIGURATION=release JOBS=1 FILTER=JSON CONFIG=my.json5 ARGS='--seed 7'"

setup: ## Check the toolchain and install missing Debian packages
	@Config/setup.sh swift build test

build: setup ## Build everything
	@swift build -c $(CONFIGURATION) $(build_flags)

run: build ## Build and start the demo: a daemon, simulated providers, a lifelike conversation
	@$(trunkline) demo $(ARGS)

serve: build ## Build and start the daemon with Config/trunkline.json5
	@TRUNKLINE_CONFIG='$(CONFIG)' $(trunkline) serve $(ARGS)

test: setup ## Build and run the whole test suite
	@swift build --build-tests $(build_flags)
	@swift test --skip-build $(test_flags)

lint: ## Check the style of the sources; make format mends most of it
	@Config/setup.sh swift
	@swift format lint --strict -r -p $(sources)

format: ## Write the sources in the project's style
	@Config/setup.sh swift
	@swift format -i -r -p $(sources)

# Each in a folder of its own, so that nothing is built anew when going back to `make test`. Without
# the end-to-end tests: ten times slower, the daemon would not answer its providers in time.
sanitizer_flags := --disable-xctest --filter '$(or $(FILTER),GatewayTests)'
tsan: setup ## Run the tests under the thread sanitizer
	@swift test --sanitize=thread --scratch-path .build-tsan $(build_flags) $(sanitizer_flags)

# LeakSanitizer takes what XCTest's runner never frees for leaks of ours: sanitizer_flags leaves it out.
# lld, because gold prints hundreds of warnings about the sanitizer's own symbols.
asan: setup ## Run the tests under the address and leak sanitizer
	@swift test --sanitize=address -Xswiftc -use-ld=lld --scratch-path .build-asan $(build_flags) $(sanitizer_flags)

# Only the toolchain's own llvm-cov is sure to know the format of its profiles.
cover: setup ## Run the tests and print how many lines of each file they reach
	@swift test --enable-code-coverage --scratch-path .build-cover $(build_flags) $(test_flags)
	@llvm_cov="$$(dirname "$$(readlink -f "$$(command -v swift)")")/llvm-cov"; \
	[ -x "$$llvm_cov" ] || llvm_cov=llvm-cov; \
	folder="$$(swift build --scratch-path .build-cover --show-bin-path)"; \
	"$$llvm_cov" report "$$folder/trunklinePackageTests.xctest" \
		-instr-profile "$$folder/codecov/default.profdata" \
		-ignore-filename-regex '(^|/)(\.build-cover|Tests)/' \
		-show-region-summary=false -show-branch-summary=false

bench: setup ## Measure, as a release build: a table, then one JSON object a scenario
	@swift build -c release --product trunkline-bench $(build_flags)
	@.build/release/trunkline-bench $(ARGS)

# Lasting tests: the daemon is killed under load, ten times instead of three, while it receives and
# while it sends; then 100,000 messages go out as fast as the provider allows.
soak: setup ## Kill the daemon under load ten times, and send 100,000 messages within the limits
	@swift build --build-tests $(build_flags)
	@TRUNKLINE_KILL_ROUNDS=10 swift test --skip-build --disable-xctest --filter CrashTests
	@TRUNKLINE_SOAK_MESSAGES=$${TRUNKLINE_SOAK_MESSAGES:-100000} \
		TRUNKLINE_SOAK_RATE=$${TRUNKLINE_SOAK_RATE:-100} \
		swift test --skip-build --disable-xctest --filter SendLimitTests

check: lint build test ## All that the continuous integration checks
