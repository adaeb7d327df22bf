# Each target does its own set-up. `make` alone says what there is.
SHELL := /bin/sh
COMPONENTS := catalog search cart orders payments users notifications reviews recommendations storefront backoffice gateway-sandbox gateway-stripe channel-log channel-email pricing-standard
.PHONY: help up test lint wasm browser postgres nats faketime bench
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

up: wasm ## run the shop at http://127.0.0.1:3000 (FLAGS="--listen ..." passes flags)
	@echo "setup: building the coordinator (minutes the first time, seconds later)" >&2
	cargo build --quiet --release --package merkato
	./target/release/merkato up $(FLAGS)

test: wasm browser postgres nats faketime ## run every test
	@echo "setup: building the tests and the shop that they run (ten minutes the first time)" >&2
	cargo test --workspace

lint: wasm ## check formatting and lints, native and wasm
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	setup/cargo-wasm clippy --profile wasm $(COMPONENTS:%=--package merkato-%) -- -D warnings

wasm: ## build the components
	@setup/wasm-target.sh
	@echo "setup: building the components (a minute the first time)" >&2
	setup/cargo-wasm build --quiet --profile wasm $(COMPONENTS:%=--package merkato-%) --package spinlet-test-guest --package spinlet-test-guest-greeter --package spinlet-test-guest-caller

browser: ## make sure that there is a browser for the tests, and what finds barriers in it
	@setup/browser.sh
	@setup/axe.sh

postgres: ## make sure that there is a PostgreSQL for the tests
	@setup/postgres.sh

faketime: ## make sure that the tests can set a program's clock
	@setup/faketime.sh

nats: ## make sure that there is a NATS server for the tests
	@setup/nats.sh

bench: wasm postgres ## measure (FLAGS=till for a part): figures here and in target/bench.json
	@echo "setup: building with optimisation (minutes the first time)" >&2
	cargo build --quiet --release --package merkato --package merkato-tests --bins --package spinlet --example serve
	./target/release/bench --json target/bench.json $(FLAGS)
