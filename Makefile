# demo   try everything on this machine: http://127.0.0.1:8080
# test   everything: format, lints, licences, Rust, JavaScript, browser
# check  the quick half, while writing: format, lints, Rust tests
# peers  what others' programs say, in Python: τ-ARGUS and the ONS package of disclosure control, the libraries of those who get
#        the exports, pyxform of XLSForms, a PDF/UA validator of paper
# ddi    the questionnaire in DDI against the schema of the DDI Alliance, which it downloads
# fuzz   each parser for a while, with a nightly compiler (FUZZ_SECONDS=60 each)
# bench  ratios against a baseline, measured in one run (PART=analysis for one part of it, BENCH_LARGE=0 for a million
#        responses at most)
# Each target installs what it needs first (see scripts/setup).

CARGO_TARGET_DIR ?= target
export CARGO_TARGET_DIR
export ISOLOIR_BIN = $(abspath $(CARGO_TARGET_DIR))/debug/isoloir

# Always the whole workspace: another selection of packages would build other features of the same dependencies.
BUILD = cargo build --workspace --all-targets --locked

.PHONY: demo test check bench peers ddi fuzz

demo:
	scripts/setup build
	cargo build --workspace --locked
	$(ISOLOIR_BIN) demo

check:
	scripts/setup check
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	$(BUILD)
	cargo test --workspace --locked

test:
	scripts/setup test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	cargo deny --locked check bans licenses sources
	$(BUILD)
	cargo test --workspace --locked
	node --test tests/browser/*.test.mjs
	node --test tests/browser/*.spec.mjs

bench:
	scripts/setup bench
	cargo bench --workspace --bench ratios --locked -- $(PART)

PEERS = tests/peers/.venv/bin/python
PEERS_EXAMPLES = $(CARGO_TARGET_DIR)/release/examples

peers:
	scripts/setup peers
	cargo build --release --package isoloir-disclosure --examples --locked
	$(PEERS) tests/peers/suppression.py $(PEERS_EXAMPLES)/suppress
	$(PEERS) tests/peers/cell_key.py $(PEERS_EXAMPLES)/cell_keys
	cargo build --workspace --locked
	$(PEERS) tests/peers/exports.py $(ISOLOIR_BIN)
	$(PEERS) tests/peers/xlsform.py $(ISOLOIR_BIN)
	$(PEERS) tests/peers/pdf_ua.py $(ISOLOIR_BIN)

ddi:
	scripts/setup peers
	cargo build --workspace --locked
	$(PEERS) tests/peers/ddi.py $(ISOLOIR_BIN)

FUZZ_SECONDS ?= 60

fuzz:
	scripts/setup build
	cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
	for target in $$(cargo +nightly fuzz list --fuzz-dir tests/fuzz); do \
	  cargo +nightly fuzz run --fuzz-dir tests/fuzz $$target -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done
