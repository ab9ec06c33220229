# galactograph: set up, show, check. `make` alone says what there is.
#
# Needs Python 3.11 or newer and nothing else; everything lands in .venv.

PYTHON ?= python3
JOBS   ?= 2
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
FAST_SECONDS := 120

.DEFAULT_GOAL := help
.PHONY: help install demo lint types walls test quick bench docs clean

help:  ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

install: $(STAMP)  ## set up .venv with everything needed to run, test and document

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(MAKE) --no-print-directory venv-module
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint,docs]'
	$(BIN)/galactograph doctor --warm
	@$(MAKE) --no-print-directory archive-programs
	@touch $@

# Debian keeps the venv module in a package of its own.
.PHONY: venv-module
venv-module:
	@rm -rf $(VENV)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "python3-venv is missing: installing it with apt-get"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; \
	else \
	  echo "Python's venv module is missing; on Debian: sudo apt install python3-venv" >&2; exit 1; \
	fi
	@$(PYTHON) -m venv $(VENV)

# A real archive for the tests of the network, and what reads PDF; without them those
# tests are left out.
# policy-rc.d keeps Debian from starting it as a service of the machine.
ARCHIVE_PACKAGES := orthanc orthanc-dicomweb dcmtk openssl poppler-utils
.PHONY: archive-programs
archive-programs:
	@if command -v Orthanc >/dev/null && command -v dcmqrscp >/dev/null \
	    && command -v pdftotext >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing $(ARCHIVE_PACKAGES) for the tests of the network"; \
	  made=; [ -e /usr/sbin/policy-rc.d ] || { made=yes; \
	    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; \
	    chmod +x /usr/sbin/policy-rc.d; }; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	      --no-install-recommends $(ARCHIVE_PACKAGES) >/dev/null; } || \
	    echo "they could not be installed: tests against a real archive are left out" >&2; \
	  [ -z "$$made" ] || rm -f /usr/sbin/policy-rc.d; \
	else \
	  echo "tests against a real archive are left out; for them, on Debian:" \
	    "sudo apt install $(ARCHIVE_PACKAGES)" >&2; \
	fi

demo: $(STAMP)  ## simulate a patient, read her galactogram, write everything to demo/
	$(BIN)/galactograph demo -o demo
	@mkdir -p docs/_static
	@cmp -s demo/demo.png docs/_static/demo.png || cp demo/demo.png docs/_static/demo.png

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(STAMP)
	$(BIN)/mypy

walls: $(STAMP)
	$(BIN)/lint-imports

test: lint types walls  ## every check: style, types, walls, all tests, docs
	$(BIN)/python -m pytest -q -n $(JOBS)
	$(MAKE) --no-print-directory docs

quick: $(STAMP)  ## style and the fast tests, under two minutes
	$(BIN)/ruff check
	timeout $(FAST_SECONDS) $(BIN)/python -m pytest -q -n $(JOBS) -m "not slow"

bench: $(STAMP)  ## measure accuracy and speed; DATA=folder adds real pictures
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks.evaluate --jobs $(JOBS)
	$(BIN)/python -m benchmarks.scorecard --jobs $(JOBS)
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.classifiers
	$(BIN)/python -m benchmarks.stress
	$(BIN)/python -m benchmarks.peers $(if $(DATA),--data "$(DATA)")
	@if [ -n "$(DATA)" ]; then $(BIN)/python -m benchmarks.real --data "$(DATA)"; \
	else echo "real pictures: left out (make bench DATA=folder)"; fi

docs: $(STAMP)  ## build the documentation; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

clean:  ## remove what was built; keeps .venv
	rm -rf docs/_build build dist demo out bench-out .mypy_cache .ruff_cache \
	  .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
