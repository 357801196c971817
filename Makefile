# Everything starts from Python 3.11 (with venv) and make: uv is installed into .bootstrap, the locked packages into .venv.
PYTHON ?= python3
STUDY ?= nanchang
UV := .bootstrap/bin/uv
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help install report test lab check notebooks reports synthetic environment

help:  ## List what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python lacks venv (on Debian and Ubuntu: apt install python3-venv)"; exit 2; }
	$(PYTHON) -m venv .bootstrap
	.bootstrap/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.installed: $(UV) pyproject.toml uv.lock
	$(UV) sync --locked --quiet --python $(PYTHON)
	@touch $@

install: .venv/.installed  ## Install the locked packages into .venv

report: .venv/.installed  ## Make the report of a study (STUDY=nanchang)
	.venv/bin/study report $(STUDY)

test: .venv/.installed  ## Run all tests, the notebooks' outputs included
	.venv/bin/python -m pytest --nbval notebooks tests

lab: .venv/.installed  ## Open JupyterLab on the notebooks
	.venv/bin/jupyter lab notebooks

check: .venv/.installed  ## Lint, format and types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/python tools/environment.py --check

notebooks: .venv/.installed  ## Execute the committed notebooks again on the default study
	.venv/bin/study notebooks

reports: .venv/.installed  ## Make the committed reports again (DATA_DIR=folder of other people's data)
	.venv/bin/study report nanchang
	.venv/bin/study report tw_village_chiefs $(if $(DATA_DIR),--data-dir $(DATA_DIR))
	.venv/bin/study report juarez_aej_2021 $(if $(DATA_DIR),--data-dir $(DATA_DIR))
	.venv/bin/study report hansard_audit11_2013 $(if $(DATA_DIR),--data-dir $(DATA_DIR))

synthetic: .venv/.installed  ## Make the synthetic Nanchang data again, byte for byte
	.venv/bin/python -m analysis.simulate

environment: .venv/.installed  ## Write environment.yml from pyproject.toml
	.venv/bin/python tools/environment.py
