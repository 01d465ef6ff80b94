# `make race` and `make test` set up all that they need in .venv, on any machine with Python 3.11+.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE := .venv-base
FRAMEWORKS := .venv-frameworks
PACKAGES := .venv-packages
WORKERS ?= 2
# each worker begins with a half of its own, so that what is compiled for one test serves the next
SHARED = -n $(WORKERS) --dist worksteal
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export MPLBACKEND := agg

.DEFAULT_GOAL := help
.PHONY: help race test test-base test-quick lint format bench claims conventions faults frameworks mutants packages proofs chromium clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ \t/'

$(VENV)/package: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[lab]'
	touch $@

$(VENV)/%-tools: $(VENV)/package
	$(BIN)/python -m pip install --quiet --group $*
	touch $@

race: $(VENV)/package  ## five optimizers race down hills_and_canyon: standings, race.png, race.mp4
	$(BIN)/slalom race hills_and_canyon --out race.png --out race.mp4

$(BASE)/package: pyproject.toml
	$(PYTHON) -m venv --clear $(BASE)
	$(BASE)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BASE)/bin/python -m pip install --quiet --editable '.[fused]' --group base
	touch $@

$(FRAMEWORKS)/package: pyproject.toml
	$(PYTHON) -m venv --clear $(FRAMEWORKS)
	$(FRAMEWORKS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(FRAMEWORKS)/bin/python -m pip install --quiet --editable '.[fused]' --group frameworks
	touch $@

$(PACKAGES)/package: pyproject.toml
	$(PYTHON) -m venv --clear $(PACKAGES)
	$(PACKAGES)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(PACKAGES)/bin/python -m pip install --quiet --editable '.[lab,optax]' --group packages
	touch $@

test: $(VENV)/test-tools chromium test-base  ## the whole test suite
	$(BIN)/python -m pytest $(SHARED)

test-quick: $(VENV)/test-tools  ## the tests that take no long time, about a fourth of the whole
	$(BIN)/python -m pytest $(SHARED) -m 'not slow'

test-base: $(BASE)/package  ## the tests of the base, where it, Numba and PyTorch alone are installed
	$(BASE)/bin/python -m pytest tests/base tests/adapters/pytorch -m 'not lab'

chromium:
	@command -v chromium || command -v chromium-browser || command -v google-chrome || { \
	  echo "installing Chromium, in which the tests open the gallery's pages"; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium >/dev/null; }

lint: $(VENV)/test-tools $(VENV)/lint-tools  ## ruff and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --pythonpath $(BIN)/python

bench: $(VENV)/test-tools $(VENV)/bench-tools  ## ratios against the named peers, as in benchmarks/README.md
	$(BIN)/python -m benchmarks

faults: $(VENV)/test-tools  ## full disks, killed and interrupted processes, at every moment
	$(BIN)/python -m pytest $(SHARED) -m faults tests/faults

claims: $(VENV)/test-tools  ## put all claims to the test: docs/claims.md
	$(BIN)/python -m tools.claims

conventions: $(VENV)/test-tools  ## every rule in other libraries: docs/conventions.md, docs/disagreements.md
	$(BIN)/python -m tools.conventions

frameworks: $(FRAMEWORKS)/package  ## Lightning, Transformers and others with a rule inside: docs/frameworks.md
	$(FRAMEWORKS)/bin/python -m pytest tests/frameworks --report docs/frameworks.md

packages: $(PACKAGES)/package  ## every rule beside the packages that have it: docs/packages.md
	$(PACKAGES)/bin/python -m tools.packages

mutants: $(VENV)/test-tools $(VENV)/mutants-tools  ## break rules and kernels, and see the tests notice: docs/mutants.md
	$(BIN)/python -m tools.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(MODULES)

proofs: $(VENV)/test-tools  ## rules and kernels drawn by the thousand: docs/proofs.md
	$(BIN)/python -m pytest $(SHARED) --hypothesis-profile=proofs tests/kernels/test_drawn.py tests/properties

format:  ## put every file into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove the environment and what was made
	rm -rf $(VENV) $(BASE) $(FRAMEWORKS) race.png race.mp4 .pytest_cache .ruff_cache .hypothesis mutants
