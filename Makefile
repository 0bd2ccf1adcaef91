# The project's commands. `make` lists them; CONTRIBUTING.md says how long each takes.
TARGET := $(or $(CARGO_TARGET_DIR),target)
export PATH := $(CURDIR)/.tools/cargo/bin:$(PATH)

# Arguments of `make demo`, `make simulate` and the LocalStack part of `make test`, for example: make demo ARGS=--seeded-bug=no-refund
ARGS ?=
# Processor for `make build` and `make deploy`: arm64 or x86_64. `make build` also takes native.
ARCH ?= arm64
# Stage for `make deploy`, `register`, `secrets`, `drill` and `destroy`: an environment of infra/samconfig.toml.
STAGE ?= dev
# For `make fuzz`: the seconds that each target runs, and the targets.
FUZZ_SECS ?= 20
FUZZ ?= $(notdir $(wildcard infra/fuzz/corpus/*))

help: ## Lists the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: ## Runs the whole bot on this machine, with a chat in the browser. Needs no account. PORT=8788 for another port.
	@cargo run $(QUIET_RUN) --package run
# The first build takes minutes, so cargo shows its progress; later builds are quiet.
run test-browser: QUIET_RUN = $(if $(wildcard $(TARGET)/debug/run),--quiet)

demo: ## Plays the twenty scenarios: orders, failures, refunds. Needs no account and no network.
	@cargo run $(QUIET) --package scenarios --bin demo -- $(ARGS)
# The first build takes minutes, so cargo shows its progress; later builds are quiet.
demo: QUIET = $(if $(wildcard $(TARGET)/debug/demo),--quiet)

test-fast: tools ## Runs every test that needs no LocalStack.
	@cargo nextest run --workspace --status-level slow

# `--bins --tests` only links six binaries more after test-fast. `--bins` alone selects fewer features and compiles the SDK again.
test: ## Runs test-fast and test-browser, then deploys the SAM template to LocalStack and tests the real binaries there.
	@scripts/doctor >/dev/null
	@$(MAKE) --no-print-directory test-fast
	@cargo build --workspace --bins --tests
	@infra/test/browser/run $(TARGET)/debug/run
	@scripts/stage $(TARGET)/debug
	@$(TARGET)/debug/localstack-tier $(ARGS)

test-browser: ## Plays sellers on the page of `make run` in a real Chromium. Screenshots: target/browser.
	@cargo build $(QUIET_RUN) --package run
	@infra/test/browser/run $(TARGET)/debug/run

check: tools ## Checks format, lints, import circles, old words, docs, licences, unused dependencies, the template, the CDK app.
	cargo fmt --all --check
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps
	cargo deny --locked check --hide-inclusion-graph bans licenses sources
	cargo machete --with-metadata --skip-target-dir
	infra/lint/check

simulate: ## Injects every fault at every call, then pairs of faults and random workloads. 40 to 55 minutes. SEED=... repeats one run.
	@cargo run --quiet --profile simulation --package simulation -- $(if $(SEED),--again=$(SEED),$(ARGS))

seeded-bugs: ## Puts eighteen bugs into a copy of the sources, one at a time; the simulation has to find each. Half an hour.
	@infra/test/simulation/seeded-bugs/run

kills: ## Kills make run at 200 random moments with orders under way; no credit may be lost or made. Ten minutes.
	@cargo build $(QUIET_BINS) --workspace --bins --tests
	@$(TARGET)/debug/kills $(ARGS)

load: ## Measures what one machine carries: orders a second, CPU an order, memory after ARGS=10000 orders. Ten minutes and more.
	@cargo build $(QUIET_BINS) --workspace --bins --tests
	@$(TARGET)/debug/load $(ARGS)
kills load: QUIET_BINS = $(if $(wildcard $(TARGET)/debug/kills),--quiet)

backup: ## Copies the data of make run into the new folder TO=..., also while it runs.
	@cargo run $(QUIET_RUN) --package run -- backup "$(TO)"
backup: QUIET_RUN = $(if $(wildcard $(TARGET)/debug/run),--quiet)

mutants: ## Changes credits, jobs and invariants in small ways; a test has to notice each change. An hour or two.
	@scripts/tools mutants
	@cargo mutants --package domain --file shared/domain/src/credits.rs --file 'shared/domain/src/job/**/*.rs' --file shared/domain/src/invariants.rs \
	  --exclude-re 'impl .*(Display|Debug)' --test-tool nextest --baseline skip --timeout 150 --output $(TARGET)/mutants

explore: tools ## Explores the job's protocol in two deeper ways, up to three faults. Minutes, and a gigabyte of memory.
	@cargo nextest run --workspace --features domain/deep -E 'test(three_faults)' --success-output immediate

# New inputs are stored in target/fuzz. A crash prints the path of its input; add that input to infra/fuzz/corpus as a seed.
fuzz: ## Feeds inputs that libFuzzer changes to the parsers: FUZZ_SECS=20 a target, FUZZ=update for one. The first build takes minutes.
	@scripts/tools fuzz
	@set -e; for target in $(FUZZ); do \
	  echo "fuzz: $$target"; mkdir -p $(TARGET)/fuzz/corpus/$$target; \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir infra/fuzz/libfuzzer --target-dir $(TARGET)/fuzz $$target \
	    $(TARGET)/fuzz/corpus/$$target infra/fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECS) -print_final_stats=1 -verbosity=0; \
	done

cost: ## Measures the requests of an order and of an idle month, and writes their cost at AWS's prices to docs/cost.md.
	@cargo run $(QUIET) --package cost
cost: QUIET = $(if $(wildcard $(TARGET)/debug/cost),--quiet)

audit: tools ## Lists known vulnerabilities of the dependencies. Needs a network.
	cargo deny --locked check --hide-inclusion-graph advisories

build: ## Builds the six functions for AWS into target/lambda (ARCH=arm64, x86_64 or native).
	@scripts/build $(ARCH)

sizes: ## Prints the size of each function's binary and zip.
	@scripts/sizes

deploy: ## Builds, deploys, registers the bot at Telegram, prints a health line (STAGE=dev or prod, ARCH=arm64 or x86_64).
	@scripts/deploy $(STAGE) $(ARCH)

destroy: ## Removes the stack and keeps the table. TABLE=delete asks first, then deletes the table, photos and videos too.
	@scripts/destroy $(STAGE) $(or $(TABLE),keep)

secrets: ## Writes a stage's secrets: asks for each, or reads them: make secrets STAGE=dev < secrets.json.
	@scripts/secrets $(STAGE)

drill: ## Rehearses a held film on a deployed stage with a test account: make drill STAGE=dev PERSON=<its Telegram id>.
	@scripts/drill $(STAGE) "$(PERSON)"

register: ## Registers the deployed bot's address and commands at Telegram (STAGE=dev or prod).
	@scripts/register $(STAGE)

tools: ## Installs the cargo tools of check and test, pinned, into .tools.
	@scripts/tools

clean: ## Deletes everything that was built, except .tools.
	cargo clean
	rm -rf demo-out

.PHONY: help run backup kills load demo test-fast test test-browser check simulate seeded-bugs mutants explore fuzz cost audit build sizes deploy destroy secrets drill register tools clean
.DEFAULT_GOAL := help
