# Everything there is to do here. `make` lists it.
TARGET := $(or $(CARGO_TARGET_DIR),target)
export PATH := $(CURDIR)/.tools/cargo/bin:$(PATH)

# Of `make demo` and of the LocalStack part of `make test`: make demo ARGS=--plant=no-refund
ARGS ?=
# Of `make build`: arm64, x86_64 or native. `make deploy` is arm64, as the template is
ARCH ?= arm64
# Of `make deploy` and `make register`: an environment of infra/samconfig.toml
STAGE ?= dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: ## the stories: sellers, orders, failures, refunds. No account, no network
	@cargo run $(QUIET) --package stories --bin demo -- $(ARGS)
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

proof: ## every call with every fault, pairs of them, random histories: half an hour. SEED=... repeats one run
	@cargo run --quiet --profile proof --package proof -- $(if $(SEED),--again=$(SEED),$(ARGS))

explore: tools ## two deeper explorations of the job's protocol: minutes, and a gigabyte of memory
	@cargo nextest run --workspace --features domain/deep -E 'test(three_faults)' --success-output immediate

audit: tools ## known vulnerabilities in dependencies; needs network for the advisory database
	cargo deny --locked check --hide-inclusion-graph advisories

build: ## the functions for AWS, into target/lambda (ARCH=arm64, x86_64 or native)
	@scripts/build $(ARCH)

sizes: ## how large each function and its zip is
	@scripts/sizes

deploy: ## build for arm64, then sam deploy (STAGE=dev or prod)
	@$(MAKE) --no-print-directory build ARCH=arm64
	@infra/lint/setup
	@.tools/lint/venv/bin/sam deploy --template infra/template.yaml --config-env $(STAGE)

register: ## tell Telegram where the deployed bot lives and what it can do (STAGE=dev or prod)
	@scripts/register $(STAGE)

tools: ## the cargo tools of check and test, pinned, into .tools
	@scripts/tools

clean: ## what was built; .tools stays
	cargo clean
	rm -rf demo-out

.PHONY: help demo test-fast test check proof explore audit build sizes deploy register tools clean
.DEFAULT_GOAL := help
