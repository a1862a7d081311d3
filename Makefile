# CRM Suite: what a person types. Everything else is in scripts/.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help run stop clean test test-fast lint bench i18n setup

help: ## This list
	@echo "CRM Suite for Odoo 19"; echo
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@echo; echo "  ODOO_HOME=/path        an Odoo 19 source tree of yours instead of a download"
	@echo "  PGHOST=... PGUSER=...  a PostgreSQL server of yours instead of a private one"
	@echo "  PORT=8070              another port for make run"

run: ## Install what is missing, create a database with demo data, serve it (Ctrl-C stops)
	@scripts/run start

stop: ## Stop what `make run` started elsewhere
	@scripts/run stop

clean: ## Delete the databases of this checkout (asks first) and all that was installed into it
	@scripts/run clean

test: ## Run every test and linter, on databases of their own
	@scripts/test all

test-fast: ## Tests of one room: make test-fast ROOM=sla
	@scripts/test room "$(ROOM)"

lint: ## The linters alone
	@scripts/lint

bench: ## Measure: make bench, or make bench WORKLOAD=ticket_creation
	@scripts/bench $(WORKLOAD) $(OPTIONS)

i18n: ## Bring i18n/*.pot and ar.po up to date with the code
	@scripts/test i18n

setup: ## Only install what is missing
	@scripts/setup test
