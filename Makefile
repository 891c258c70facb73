# Everything from nothing: needs Python 3.11 or newer with pip, make and git; no root, no daemon.
.DEFAULT_GOAL := help
.PHONY: help setup demo lint test cases lock bench clean

PYTHON ?= python3
BIN := .venv/bin
UV := .tools/bin/uv

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# pip --target needs neither a virtual environment nor the venv package, which Debian splits off.
$(UV):
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .tools 'uv>=0.9'

.venv/ready: $(UV) requirements.lock pyproject.toml
	$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --no-deps --python $(BIN)/python --editable .
	$(BIN)/python -m compileall -q src
	touch $@

setup: .venv/ready  ## Make the development environment in .venv

demo: .venv/ready  ## Run the example notebook in the environment of its own time (July 2023)
	$(BIN)/kagura run examples/titanic/titanic.ipynb

lint: .venv/ready  ## Check format, rules, types and floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: .venv/ready  ## Run all tests
	@tests/install-programs $(BIN)/python
	$(BIN)/python -m pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder --durations 15

bench: .venv/ready  ## Print the figures of the README, each a ratio to a named peer
	for file in benchmarks/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

lock: $(UV)  ## Resolve the dependencies anew, into requirements.lock
	$(UV) lock --quiet --upgrade
	$(UV) export --quiet --frozen --all-groups --all-extras --no-emit-project --no-header --output-file requirements.lock

clean:  ## Remove what make made here (not the store)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
