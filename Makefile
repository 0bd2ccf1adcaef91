# Everything there is to do here. `make` lists it.
TARGET := $(or $(CARGO_TARGET_DIR),target)
export PATH := $(CURDIR)/.tools/cargo/bin:$(PATH)

# Of `make demo` and of the LocalStack part of `make test`: make demo ARGS=--seeded-bug=no-refund
ARGS ?=
# Of `make build` and `make deploy`: arm64 or x86_64; `make build` alone also native
ARCH ?= arm64
# Of `make deploy`, `register`, `secrets`, `drill` and `destroy`: an environment of infra/samconfig.toml
STAGE ?= dev
# Of `make fuzz`: how long each target runs, and which
FUZZ_SECS ?= 20
FUZZ ?= $(notdir $(wildcard infra/fuzz/corpus/*))

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

demo: ## the scenarios: sellers, orders, failures, refunds. No account, no network
	@cargo run $(QUIET) --package scenarios --bin demo -- $(ARGS)
# The first build takes minutes and is shown; later ones are not.
demo: QUIET = $(if $(wildcard $(TARGET)/debug/demo),--quiet)

test-fast: tools ## all tests that need no LocalStack
	@cargo nextest run --workspace --status-level slow

# `--bins --tests` adds six links to what was just tested. `--bins` alone has fewer features and compiles the SDK again.
test: ## all tests: those, then the SAM template deployed to LocalStack
	@scripts/doctor >/dev/null
	@$(MAKE) --no-print-directory test-fast
	@cargo build --workspace --bins --tests
	@scripts/stage $(TARGET)/debug
	@$(TARGET)/debug/localstack-tier $(ARGS)

check: tools ## format, lints, docs, licences, unused dependencies, the template
	cargo fmt --all --check
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps
	cargo deny --locked check --hide-inclusion-graph bans licenses sources
	cargo machete --with-metadata --skip-target-dir
	infra/lint/check

simulate: ## every call with every fault, pairs of faults, random workloads: half an hour. SEED=... repeats one run
	@cargo run --quiet --profile simulation --package simulation -- $(if $(SEED),--again=$(SEED),$(ARGS))

seeded-bugs: ## bugs seeded into a copy of the sources, each of which `make simulate` has to find: half an hour
	@infra/test/simulation/seeded-bugs/run

mutants: ## small changes to credits, jobs and invariants, each of which a test has to notice: an hour or two
	@scripts/tools mutants
	@cargo mutants --package domain --file shared/domain/src/credits.rs --file 'shared/domain/src/job/**/*.rs' --file shared/domain/src/invariants.rs \
	  --exclude-re 'impl .*(Display|Debug)' --test-tool nextest --baseline skip --timeout 150 --output $(TARGET)/mutants

explore: tools ## two deeper explorations of the job's protocol: minutes, and a gigabyte of memory
	@cargo nextest run --workspace --features domain/deep -E 'test(three_faults)' --success-output immediate

# What it finds new lies in target/fuzz; a crash says where its input is: it becomes a seed in infra/fuzz/corpus.
fuzz: ## what strangers send, changed by libFuzzer: FUZZ_SECS=20 a target, FUZZ=update for one. Minutes to build once
	@scripts/tools fuzz
	@set -e; for target in $(FUZZ); do \
	  echo "fuzz: $$target"; mkdir -p $(TARGET)/fuzz/corpus/$$target; \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir infra/fuzz/libfuzzer --target-dir $(TARGET)/fuzz $$target \
	    $(TARGET)/fuzz/corpus/$$target infra/fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECS) -print_final_stats=1 -verbosity=0; \
	done

cost: ## what an order and an idle month cost: measured requests times AWS's prices, into docs/cost.md
	@cargo run $(QUIET) --package cost
cost: QUIET = $(if $(wildcard $(TARGET)/debug/cost),--quiet)

audit: tools ## known vulnerabilities in dependencies; needs network for the advisory database
	cargo deny --locked check --hide-inclusion-graph advisories

build: ## the functions for AWS, into target/lambda (ARCH=arm64, x86_64 or native)
	@scripts/build $(ARCH)

sizes: ## how large each function and its zip is
	@scripts/sizes

deploy: ## one command up: build, deploy, register, health (STAGE=dev or prod, ARCH=arm64 or x86_64)
	@scripts/deploy $(STAGE) $(ARCH)

destroy: ## one command down: removes the stack and keeps the table; TABLE=delete asks, then deletes table, photos and videos too
	@scripts/destroy $(STAGE) $(or $(TABLE),keep)

secrets: ## write a stage's secrets: make secrets STAGE=dev < secrets.json, or asked for one by one
	@scripts/secrets $(STAGE)

drill: ## rehearse a refund for real, with a test account: make drill STAGE=dev PERSON=<its Telegram id>
	@scripts/drill $(STAGE) "$(PERSON)"

register: ## tell Telegram where the deployed bot lives and what it can do (STAGE=dev or prod)
	@scripts/register $(STAGE)

tools: ## the cargo tools of check and test, pinned, into .tools
	@scripts/tools

clean: ## what was built; .tools stays
	cargo clean
	rm -rf demo-out

.PHONY: help demo test-fast test check simulate seeded-bugs mutants explore fuzz cost audit build sizes deploy destroy secrets drill register tools clean
.DEFAULT_GOAL := help
