# The commands a person types. Each makes what it needs, so any of them may come first.

PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
BENCH := .venv-bench
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

# "numpy>=1.26" in pyproject.toml becomes "numpy==1.26": the lower bounds are written in one place.
LOWER_BOUNDS := import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*(d.replace(">=", "==") for d in project["dependencies"]))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo compare fashion test test-oldest coverage lint format judges bench mutants fuzz \
	faults clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 20

demo: $(VENV)/.installed ## compare hand-set with learned filters on both data sets, into results/
	MPLBACKEND=Agg $(VENV)/bin/minitorchcnn compare --quick --output results

fashion: $(VENV)/.installed ## train on the 60,000 images of Fashion-MNIST, into results/fashion
	MPLBACKEND=Agg $(VENV)/bin/python experiments/fashion.py

# `make test WORKERS=2` gives every operation two threads, however small it is.
WORKERS ?=
THREADED := $(if $(WORKERS),--workers $(WORKERS))

compare: $(VENV)/.installed ## the same at full size, textures and faces too: into results/compare/report.html
	MPLBACKEND=Agg $(VENV)/bin/minitorchcnn compare --output results/compare

test: $(VENV)/.installed-test ## run the tests and the examples in the docstrings
	MPLBACKEND=Agg $(VENV)/bin/python -m pytest -q -n auto --dist loadgroup $(THREADED)

# Old releases use what newer neighbours deprecate (matplotlib 3.8 with pyparsing 3.3): not ours to fix.
test-oldest: $(OLDEST)/.installed-test ## run them with the oldest dependencies we support
	MPLBACKEND=Agg $(OLDEST)/bin/python -m pytest -q -n auto --dist loadgroup -W ignore::DeprecationWarning $(THREADED)

# A figure to look at, not a gate: what must be tested is tested by mutants.
coverage: $(VENV)/.installed-test $(VENV)/.installed-coverage ## run the tests and tell how much of the package they reach
	MPLBACKEND=Agg $(VENV)/bin/python -m pytest -q -n auto --cov=minitorchcnn --cov-report=term:skip-covered

format: $(VENV)/.installed-lint ## put imports in order and wrap lines, as lint wants them
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lint: $(VENV)/.installed-lint ## check style, formatting and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

judges: $(VENV)/.installed-test $(VENV)/.installed-judges ## put PyTorch's and ONNX's own test cases to our layers
	MPLBACKEND=Agg $(VENV)/bin/python -m pytest -q -rs -m "torch or long" --ignore=tests/judges
	MPLBACKEND=Agg $(VENV)/bin/python -m pytest -q -rs -s tests/judges
	MPLBACKEND=Agg CERTIFICATE_NETWORKS=1000 $(VENV)/bin/python -m pytest -q tests/certificate

mutants: $(VENV)/.installed-test ## spoil the operations in 2,000 ways: some test must notice each
	MPLBACKEND=Agg $(VENV)/bin/python -m tests.mutation

faults: $(VENV)/.installed-test ## kill 200 trainings while they save themselves, and train from a file of 4 GB
	FAULT_KILLS=200 $(VENV)/bin/python -m pytest -q -s tests/training/resume/test_kills.py
	FAULT_MEGABYTES=4096 $(VENV)/bin/python -m pytest -q -s tests/training/test_data.py -k fill_the_memory

fuzz: $(VENV)/.installed-test ## read 100,000 broken files, in a minute or two: each must be refused in good order
	$(VENV)/bin/python -m tests.fuzz

bench: $(BENCH)/.installed-bench ## time training and inference beside PyTorch and others, into benchmarks/RESULTS.md
	$(BENCH)/bin/python -m benchmarks

clean: ## remove what these commands made, environments included
	rm -rf $(VENV) $(OLDEST) $(BENCH) build dist results *.egg-info
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp per extra: a second call installs nothing unless pyproject.toml has changed.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python $(PIP_INSTALL) -e .
	touch $@

$(VENV)/.installed-%: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python $(PIP_INSTALL) -e ".[$*]"
	touch $@

$(BENCH)/.installed-bench: pyproject.toml
	$(PYTHON) -m venv --clear $(BENCH)
	$(BENCH)/bin/python $(PIP_INSTALL) -e ".[bench]"
	touch $@

$(OLDEST)/.installed-test: pyproject.toml
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python $(PIP_INSTALL) $$($(PYTHON) -c '$(LOWER_BOUNDS)') -e ".[test]"
	touch $@
