# One command per intent; the same here and in CI.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
CODE   := features propensity training
PYTHONS := 3.11 3.12 3.13 3.14 3.15
LOWEST := .venv-lowest
EMPTY  := .venv-package
QUICK  ?= quickstart

export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: help install browser spark docs quickstart test lowest package lint typecheck check format lock clean

help:            ## what each command does
	@grep -E '^[a-z]+: .*##' Makefile | sed -E 's/: .*## /\t/' | expand -t 14

install: $(STAMP) ## create .venv and install the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo 'There is no $(PYTHON) here: apt-get install python3 python3-venv' >&2; exit 1; }
	@$(PYTHON) -I features/machine.py $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -I features/machine.py $(VENV)
	@touch $@

browser:         ## what tests look at the pack with: Chromium, LibreOffice, Japanese fonts (Debian, as root; else they skip)
	@if command -v chromium && command -v pdftotext && command -v soffice && fc-list :lang=ja | grep -q .; then true; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk fontconfig poppler-utils \
	    libreoffice-calc-nogui libreoffice-impress-nogui \
	  || echo 'Browser and office could not be installed; their tests skip.' >&2; \
	else echo 'No browser or office, and no right to install them; their tests skip.' >&2; fi >/dev/null

spark: install   ## what the Spark tests need: PySpark, and Java 17 (Debian, as root; else they skip)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --build-constraints requirements-spark.lock \
	  -r requirements-spark.lock
	@if command -v java || [ -x "$$JAVA_HOME/bin/java" ]; then true; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends default-jre-headless \
	  || echo 'Java could not be installed; the Spark tests skip.' >&2; \
	else echo 'No Java, and no right to install it; the Spark tests skip.' >&2; fi >/dev/null

docs: install    ## the pages as a site in site/; a link that leads nowhere is an error
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --only-binary :all: --require-hashes -r requirements-docs.lock
	$(BIN)/python -m docs.site.build

quickstart: install ## simulate a company, train, register, score, and show the ten best leads
	$(BIN)/python -m training.quickstart $(QUICK)

test: install    ## the whole test suite, slow tests included
	$(BIN)/python -m pytest

lowest: install  ## the fast tests, with the oldest versions that pyproject.toml allows and that have a wheel for this Python
	$(PYTHON) -m venv --clear $(LOWEST)
	$(BIN)/uv pip install --quiet --python $(LOWEST) --only-binary :all: --resolution lowest-direct --extra training --extra postgresql --extra dev -r pyproject.toml
	$(BIN)/uv pip install --quiet --python $(LOWEST) --no-deps --no-build-isolation -e .
	$(LOWEST)/bin/python -m pytest -m "not slow"

package: install ## wheel and sdist in dist/, and the wheel used in an environment with nothing but what scoring needs
	rm -rf dist
	$(BIN)/uv build --quiet --offline --no-build-isolation --python $(BIN)/python --out-dir dist
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(EMPTY)
	$(BIN)/uv pip install --quiet --python $(EMPTY) --only-binary :all: --constraints requirements.lock dist/*.whl
	PACKAGE=$(EMPTY) $(BIN)/python -m pytest -n 0 tests/end_to_end/test_package.py

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
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra training --extra postgresql --extra dev --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock
	{ sed -n 's/^spark = \["\(.*\)"\]$$/\1/p' pyproject.toml; echo setuptools; } | $(BIN)/uv pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --upgrade --no-emit-index-url --no-header --no-annotate - -o requirements-spark.lock
	sed -n 's/^docs = \["\(.*\)"\]$$/\1/p' pyproject.toml | $(BIN)/uv pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --upgrade --constraints requirements.lock --no-emit-index-url --no-header --no-annotate - \
	  -o requirements-docs.lock
	@! grep -n '://' requirements.lock requirements-spark.lock requirements-docs.lock
	@for version in $(PYTHONS); do echo "Python $$version: a wheel of each?"; \
	  $(BIN)/uv pip install --quiet --dry-run --target .lock-check --python-version $$version --only-binary :all: \
	    --require-hashes -r requirements.lock -r requirements-docs.lock || exit 1; done; rm -rf .lock-check

clean:           ## remove what the quickstart and the tests wrote
	rm -rf $(QUICK) build dist site .cache .pytest_cache .mypy_cache .ruff_cache
