# Each command sets everything up by itself on a fresh machine with Python 3.11: make demo, make test, make docs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORK ?= work/demo
SITE ?= work/site
# Which build of torch: auto, cpu or index. README.md says what each loads.
TORCH ?= auto
READY := $(VENV)/ready-$(TORCH)
# One thread a worker: two test processes share the cores better than two thread pools. Every number must pass.
export OMP_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= $(OMP_NUM_THREADS)
export OPENBLAS_NUM_THREADS ?= $(OMP_NUM_THREADS)
# Compiled modules are kept: the tests start hundreds of processes, each of which would compile vcem anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo reader-study docs screenshots test test-all check clean

$(READY): pyproject.toml constraints.txt install-torch.sh
	$(PYTHON) -m venv $(VENV)
	rm -f $(VENV)/ready-*
	PIP=$(BIN)/pip bash install-torch.sh "$(TORCH)"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
# piq asks for torchvision, which has no CPU build; the tests that compare with it need only its plain-torch part
	$(BIN)/pip install --quiet --no-deps piq==0.8.0
	touch $@

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

test-all: check
	$(BIN)/pytest -n 2 --dist loadfile

# The whole river, small, on virtual women. DATA=folder takes a CDD-CESM release of real pairs instead.
demo: $(READY)
	BIN=$(BIN) DATA="$(DATA)" WORK="$(WORK)" bash examples/demo.sh

# Three small reader studies of the demo's models, read by scripts. The demo is made first if it is not there.
reader-study: $(READY)
	BIN=$(BIN) WORK="$(WORK)" bash examples/reader_study/run.sh

# The documentation as a site that needs no server. Warnings are errors, links to nothing are; no network is needed.
docs: $(READY)
	$(BIN)/sphinx-build -E -W --keep-going -q -c docs -d work/site-cache . "$(SITE)"
	@echo "Open $(SITE)/index.html"

# The screenshots of report, reading room and site anew, after make demo and make docs. SHOTS names some of them.
screenshots: $(READY)
	$(BIN)/python docs/_site/screenshots.py "$(WORK)" "$(SITE)" $(SHOTS)

clean:
	rm -rf $(VENV) $(WORK) work/reader-study work/site work/site-cache
