# make run needs Python 3.11+, make, a C++ compiler and perl, nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
STUDY  := results/study
SCORE  := results/scorecard
BENCH  := results/bench
DOCS   := results/docs
SETUP  := pyproject.toml setup.py

.PHONY: help run test check bench scorecard gui docs dist venv clean

help:
	@echo "make run    install and run the aniracetam study, ends in $(STUDY)/report.html"
	@echo "make test   install and run all tests"
	@echo "make check  format, lint, types, modlunit, layering, provenance, unit and invariant tests"
	@echo "make bench  how long things take beside their goals, and how often intervals hold the truth: $(BENCH)/measures.csv"
	@echo "make scorecard  hold the model against published measurements, writes $(SCORE)/scorecard.csv"
	@echo "make gui    open the cell in NEURON's own windows"
	@echo "make docs   build the documentation, without network: $(DOCS)/index.html"
	@echo "make dist   build the source archive and the wheel for this platform into dist/"
	@echo "make venv   only install"
	@echo "make clean  remove the environment and what was built (results stay)"

run: $(VENV)/installed
	$(BIN)/python experiments/study.py --out $(STUDY) --jobs $(JOBS)
	@echo "The report: $(STUDY)/report.html"

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit tests/invariants

bench: $(VENV)/installed
	$(BIN)/python -m cellmodel.bench --out $(BENCH)/measures.csv

scorecard: $(VENV)/installed
	$(BIN)/python experiments/scorecard.py --out $(SCORE) --jobs $(JOBS)
	@echo "The scorecard: $(SCORE)/scorecard.html"

gui: $(VENV)/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/nrngui mosinit.hoc

docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -W --keep-going --quiet --builder html docs $(DOCS)
	@echo "The documentation: $(DOCS)/index.html"

dist: $(VENV)/installed-test
	$(BIN)/python -m build --outdir dist

venv: $(VENV)/installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python $(SETUP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed $(SETUP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

# Not after $(VENV)/installed: to build the package twice takes a minute of a fresh clone.
$(VENV)/installed-test: $(BIN)/python $(SETUP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(VENV)/installed $@

clean:
	rm -rf $(VENV) build dist cellmodel.egg-info x86_64 arm64 aarch64 .pytest_cache .ruff_cache .mypy_cache
	find cellmodel tests experiments -name __pycache__ -type d -prune -exec rm -rf {} +
