# One command per intent; the same here and in CI.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
CODE   := features propensity training
QUICK  ?= quickstart

export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: help install browser quickstart test lint typecheck check format lock clean

help:            ## what each command does
	@grep -E '^[a-z]+: .*##' Makefile | sed -E 's/: .*## /\t/' | expand -t 14

install: $(STAMP) ## create .venv and install the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else f"Propensity needs Python 3.11, 3.12 or 3.13; this is {v.major}.{v.minor}: make PYTHON=/path/to/python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

browser:         ## what tests look at the pack with: Chromium, LibreOffice, Japanese fonts (Debian, as root; else they skip)
	@if command -v chromium && command -v pdftotext && command -v soffice && fc-list :lang=ja | grep -q .; then true; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk fontconfig poppler-utils \
	    libreoffice-calc-nogui libreoffice-impress-nogui \
	  || echo 'Browser and office could not be installed; their tests skip.' >&2; \
	else echo 'No browser or office, and no right to install them; their tests skip.' >&2; fi >/dev/null

quickstart: install ## simulate a company, train, register, score, and show the ten best leads
	$(BIN)/python -m training.quickstart $(QUICK)

test: install    ## the whole test suite, slow tests included
	$(BIN)/python -m pytest

lint: install    ## style and security rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: install ## static types, strict
	$(BIN)/mypy

check: lint typecheck test ## everything CI checks but the quickstart

format: install  ## rewrite the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:            ## resolve pyproject.toml anew into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock
	@! grep -n '://' requirements.lock

clean:           ## remove what the quickstart and the tests wrote
	rm -rf $(QUICK) .pytest_cache .mypy_cache .ruff_cache
