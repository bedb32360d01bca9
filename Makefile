# demo, desk and test need nothing but Python 3.11+: every target first makes .venv with the pinned versions.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export DO_NOT_TRACK = 1
export GX_ANALYTICS_ENABLED = false

.PHONY: demo test lint desk bench bench-peers setup constraints torch clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@echo "Setting up .venv (three to four minutes, once) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Nanni needs Python 3.11 to 3.14, this is " + sys.version.split()[0]) if not (3, 11) <= sys.version_info[:2] < (3, 15) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/nanni demo

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

desk: $(STAMP)
	@test -f demo/.nanni-demo || $(BIN)/nanni demo
	@$(BIN)/nanni desk -w demo

bench: $(STAMP)
	$(BIN)/python -m benchmarks.ingest

# BERTopic is a peer of the benchmark of themes: it has an environment of its own, without torch, which it does not need here.
bench-peers:
	@test -x .bench-peers/bin/python || $(PYTHON) -m venv .bench-peers
	.bench-peers/bin/python -m pip install -q --no-deps bertopic umap-learn pynndescent numba llvmlite hdbscan plotly tqdm narwhals numpy scipy scikit-learn pandas joblib cloudpickle threadpoolctl python-dateutil pytz six tzdata packaging pyyaml typing_extensions

# The torch extra is for training and for Hugging Face models by name; nothing on the default path needs it.
torch: $(STAMP)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[torch]'

constraints: $(STAMP)
	@(head -1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu//' | grep -v '^nanni') > constraints.new && mv constraints.new constraints.txt

clean:
	rm -rf .venv .bench-peers demo
