# Befehle für Betrieb und Entwicklung; „make“ allein zeigt sie.
# Es braucht nur Python ab 3.11, make und git. Alles liegt in diesem Ordner.

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM ?= /usr/bin/chromium

# uv ist schneller, wenn es da ist; nötig ist es nur für „make lock“.
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
  CREATE = $(UV) venv --quiet --python "$$(command -v $(PYTHON))" $(VENV)
  INSTALL = $(UV) pip install --quiet --python $(BIN)/python
  OFFLINE = --offline
else
  CREATE = $(PYTHON) -m venv $(VENV)
  INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check
  OFFLINE = --no-index
endif

# Die erste Marke hält fest, für welchen Ordner installiert wurde: Eine kopierte
# Umgebung würde sonst weiter das Programm im alten Ordner starten.
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev
STALE := $(shell [ ! -e $(STAMP) ] || \
  { [ -x $(BIN)/python ] && [ "$$(cat $(STAMP))" = "$(CURDIR)" ]; } || echo stale)

.PHONY: help install install-dev run test lint bench learn soak slow-line lock clean stale

help:
	@echo "make install  richtet die Umgebung in $(VENV)/ ein"
	@echo "make run      startet die Hotline (richtet vorher ein, wenn nötig)"
	@echo "make test     prüft alles: Stil, Typen, Tests, Tests im Browser"
	@echo "make lint     prüft nur Stil, Typen und Importe"
	@echo "make bench    misst Durchsatz und Wartezeiten"
	@echo "make learn    lernt neu, wie sicher ein Treffer ist (nach größeren Änderungen)"
	@echo "make soak     quält das Programm fünf Minuten lang mit Abstürzen"
	@echo "make slow-line  prüft im Browser, ob alles auch über eine langsame Leitung geht"
	@echo "make lock     schreibt die Versionen der Pakete neu fest (braucht uv;"
	@echo "              mit UPGRADE=1 auf den neuesten Stand)"
	@echo "make clean    löscht Umgebung und Zwischenspeicher, nie die Daten"

install: $(STAMP)

install-dev: $(STAMP_DEV)

run: $(STAMP)
	@exec $(BIN)/hotline serve

# Das Projekt selbst wird ohne Netz eingerichtet; womit, steht im Schloss.
define install_from
	@echo "Pakete aus $(1) werden eingerichtet …"
	@$(INSTALL) --require-hashes -r $(1)
	@$(INSTALL) $(OFFLINE) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q bot handlers knowledge storage
	@$(BIN)/python -m knowledge.dictionary
	@$(BIN)/python -m knowledge.prepared
	@printf '%s' "$(CURDIR)" > $(STAMP)
endef

$(STAMP): requirements.txt pyproject.toml $(STALE) | $(BIN)/python
	$(call install_from,requirements.txt)

$(STAMP_DEV): requirements-dev.txt requirements.txt pyproject.toml $(STALE) | $(BIN)/python
	$(call install_from,requirements-dev.txt)
	@touch $@

stale:
	@echo "Die Umgebung passt nicht mehr (anderer Ordner oder anderes Python) und wird neu angelegt …"
	@rm -rf $(VENV)

$(BIN)/python: $(STALE)
	@command -v $(PYTHON) >/dev/null || \
	  { echo "Es fehlt Python 3.11 oder neuer: „$(PYTHON)“ ist nicht installiert." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Es fehlt Python 3.11 oder neuer: „$(PYTHON)“ ist $$($(PYTHON) --version 2>&1)." \
	    "Ein anderes wählen: make PYTHON=python3.12 …" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(CREATE) || { rm -rf $(VENV); echo "Die Umgebung lässt sich nicht anlegen." \
	    "Auf Debian und Ubuntu hilft: apt install python3-venv" >&2; exit 1; }

# Was gelingt, schweigt.
quietly = @out=$$($(1) 2>&1) || { printf '%s\n' "$$out"; exit 1; }

lint: $(STAMP_DEV)
	$(call quietly,$(BIN)/ruff check)
	$(call quietly,$(BIN)/ruff format --check)
	$(call quietly,$(BIN)/mypy)
	$(call quietly,$(BIN)/lint-imports --no-logo)
	@echo "Stil, Typen und Importe: in Ordnung"

# So viele Tests zugleich, wie der Rechner Kerne hat; wer früher fertig ist, hilft den
# anderen. Mehr als vier stören einander nur. Einer nach dem anderen: make test WORKERS=0
WORKERS ?= auto
PYTEST = $(BIN)/pytest --quiet --numprocesses $(WORKERS) --maxprocesses 4 --dist worksteal

# Die Tests legen Tausende kleiner Datenspeicher an. Auf mancher Platte dauert das so lange
# wie alles andere; im Arbeitsspeicher liegen sie, wenn er als Ordner da ist und Platz hat.
IN_MEMORY = room=$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $$4 }'); \
  if [ -z "$$TMPDIR" ] && [ -w /dev/shm ] && [ "$${room:-0}" -gt 4000000 ]; then \
    TMPDIR=/dev/shm; export TMPDIR; fi

# Der Browser kommt in einem zweiten Aufruf: Er würde die anderen Tests stören.
# Ob er da ist, zeigt sich vorher, damit am Ende die Zahlen der Tests stehen.
# Viele Tests starten das Programm; jeder Start würde sonst alles neu übersetzen.
test: export PYTHONHASHSEED := 0
test: export PYTHONDONTWRITEBYTECODE :=
test: lint
	@$(IN_MEMORY); \
	  if [ ! -d tests/browser ]; then browser=; \
	    echo "Tests im Browser: übersprungen, es gibt tests/browser nicht"; \
	  elif [ -x $(CHROMIUM) ]; then browser=yes; \
	  elif [ "$$CI" = true ]; then \
	    echo "Tests im Browser: $(CHROMIUM) fehlt (apt install chromium)" >&2; exit 1; \
	  else browser=; \
	    echo "Tests im Browser: übersprungen, $(CHROMIUM) fehlt (apt install chromium)"; \
	  fi; \
	  $(PYTEST) tests --ignore=tests/browser && \
	  { [ -z "$$browser" ] || $(PYTEST) tests/browser; }

soak: $(STAMP_DEV)
	@RIG_KILLS=500 RIG_UPDATES=10000 RIG_SEED=$${RIG_SEED:-$$(date +%j)} \
	  $(BIN)/pytest --quiet tests/rigs/test_kills.py -k thirty

# Eine Seite ist hier erst zu sehen und dann erst ganz da; wer zu früh drückt, fällt auf.
slow-line: $(STAMP_DEV)
	@$(IN_MEMORY); SLOW_LINE=1 $(PYTEST) tests/browser

bench: $(STAMP_DEV)
	@$(BIN)/python -m tests.bench

learn: $(STAMP_DEV)
	@$(BIN)/python -m tests.learning

# Ohne Adressen, damit das Schloss überall gilt, und für alle Systeme zugleich.
LOCK = "$$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate \
  $(if $(UPGRADE),--upgrade) --group build pyproject.toml

lock:
	@uv=$$(command -v uv || ls $(BIN)/uv 2>/dev/null) || \
	  { echo "Für „make lock“ wird uv gebraucht (pipx install uv)." >&2; exit 1; }; \
	  $(LOCK) --output-file requirements.txt && \
	  $(LOCK) --extra semantik --constraint requirements.txt --output-file requirements-semantik.txt && \
	  $(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

clean:
	@rm -rf $(VENV) build dist htmlcov .coverage *.egg-info \
	  .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find bot handlers knowledge storage tests -name __pycache__ -type d -prune -exec rm -rf {} +
