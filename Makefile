.PHONY: setup refresh dev catalog docs lint test test-all fuzz clean
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@echo "Installing what pyproject.toml asks for into .venv: about a minute, once."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

-include toys.mk

refresh: $(READY)
	$(BIN)/mega-toys refresh

dev: $(READY)
	$(BIN)/mega-toys dev

catalog: $(READY)
	$(BIN)/mega-toys catalog build
	$(BIN)/mega-toys catalog show

docs: $(READY)
	$(BIN)/python -m mega_toys.documentation
	$(BIN)/mega-toys contract export

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mega-toys contract check

test: lint
	$(BIN)/python -m pytest -m 'not slow'

test-all: lint
	$(BIN)/python -m pytest --durations=40

fuzz: $(READY)
	FUZZ_SEEDS=80 $(BIN)/python -m pytest mega_toys_tests/hostile/test_fuzz.py

clean:
	rm -rf .venv .mega_toys
