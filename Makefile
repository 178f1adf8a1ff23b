# Two commands are enough: `make book` builds the book into _build/html, `make test` passes every test.
# Both set up everything they need in .venv, from requirements.lock.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.ONESHELL:
.SILENT:
.PHONY: book test test-elsewhere test-hard check tidy-data lint store pdf screenshots bench bench-slurm bench-growth mutate lab lock clean

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Personal settings of Python and pip do not reach the environment.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE PYTHONWARNINGS PYTHONINSPECT PYTHONSAFEPATH PYTHONHASHSEED
unexport VIRTUAL_ENV PIP_TARGET PIP_PREFIX
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
# An environment belongs to the folder and to the Python for which it was made; one that no longer fits is made anew.
FITS := $(shell test "$$(cat .venv/ready 2>/dev/null)" = "$(CURDIR)" \
  && $(BIN)/python -Ic 'import importlib.util as u; u.find_spec("snakemake") or exit(1)' 2>/dev/null && echo yes)
ifneq ($(FITS),yes)
.PHONY: .venv/ready
endif

book: .venv/ready  ## build the book
	$(BIN)/python -m hanoi.build book

test: .venv/ready  ## pass every test
	$(BIN)/python -m pytest --nbval --nbval-current-env --numprocesses 3 --dist loadscope --no-loadscope-reorder tests book

test-elsewhere: .venv/ready  ## compare stored outputs and pages as other processors
	$(BIN)/python -m pytest -m elsewhere -rP tests

test-hard: .venv/ready  ## pass the long attacks: shuffled rows, seeds
	$(BIN)/python -m pytest -m hard --numprocesses 2 tests

check: .venv/ready  ## validate the tables, in seconds
	$(BIN)/python -m hanoi.evidence

tidy-data: .venv/ready  ## undo what a spreadsheet did to the tables, where nothing is lost by it
	$(BIN)/python -m hanoi.evidence.tidy

lint: .venv/ready  ## format and lint: code, notebooks, workflows
	$(BIN)/ruff check --quiet --output-format concise .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/snakefmt --check Snakefile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

store: .venv/ready  ## run what changed and store its outputs in book/
	$(BIN)/python -m hanoi.build store

pdf: book  ## the built book as one PDF, through Chromium
	$(BIN)/python -m hanoi.build.paper pdf

screenshots: book  ## a picture of every page in light, dark and phone width
	$(BIN)/python -m hanoi.build.paper screenshots

lab: .venv/ready  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab book

bench: .venv/ready  ## time the commands beside a naive build of the first edition, as ratios
	$(BIN)/python -m benchmarks.compare

bench-slurm: .venv/ready  ## build on a Slurm of one node (as root, Debian), and compare with a local build
	$(BIN)/python -m benchmarks.slurm

bench-growth: .venv/ready  ## measure the check on 1, 10 and 100 times the rows, and books of 10, 50 and 200 chapters
	$(BIN)/python -m benchmarks.growth

mutate: .venv/ready  ## change one cell of the evidence at a time, and see who notices; make slips in rows, and see what is refused
	$(BIN)/python -m benchmarks.mutate
	$(BIN)/python -m benchmarks.slips

lock: .venv/ready  ## pin the newest versions that pyproject.toml admits
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-header --upgrade --output-file requirements.lock

clean:  ## remove what was built, keep the environment
	rm -rf _build .bench .snakemake

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	echo "Setting up .venv from requirements.lock (once, a few minutes)"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	echo '$(CURDIR)' > $@
