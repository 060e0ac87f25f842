.PHONY: help setup demo test check bench soak fuzz-api conformance clauses acceptance messages security clean
PY := .venv/bin/python
WORKERS := -n auto --dist loadfile

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

setup: ## make the virtual environment with everything the platform needs
	@.ci/setup-venv run

demo: setup ## set up a demo city and serve it on http://127.0.0.1:8000 (make demo CLOCK=+3d moves its clock)
	@$(PY) -m web.serve demo $(if $(CLOCK),--clock $(CLOCK)) $(if $(PORT),--port $(PORT))

test: ## set up what the tests need and run all of them
	@.ci/setup-system
	@.ci/setup-venv test
	@$(PY) .ci/with-postgres --fast $(PY) -m pytest $(WORKERS) $(ARGS)

check: ## format, lint, import contracts, types, bill of materials, advisories (make check ADVISORIES=osv.zip), tests with coverage
	@.ci/setup-system
	@.ci/setup-venv test
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/lint-imports
	@.venv/bin/mypy
	@$(PY) .ci/sbom.py --check
	@$(PY) .ci/audit.py $(ADVISORIES)
	@$(PY) .ci/with-postgres --fast $(PY) -m pytest $(WORKERS) --cov $(ARGS)

bench: ## measure, as ratios in one run
	@.ci/setup-system
	@.ci/setup-venv test
	@$(PY) .ci/with-postgres $(PY) -m bench.complete_task --quick

soak: ## break things for minutes on both databases and count what was lost (make soak MINUTES=10)
	@.ci/setup-system
	@.ci/setup-venv test
	@$(PY) .ci/with-postgres $(PY) -m tests.faults.soak --minutes $(or $(MINUTES),10)

fuzz-api: ## let Schemathesis try the whole API for minutes (make fuzz-api MINUTES=10)
	@.ci/setup-venv test
	@$(PY) .ci/fuzz-api --minutes $(or $(MINUTES),10)

conformance: ## run the published cases of other engines, one line per suite
	@.ci/setup-venv test
	@$(PY) -m tests.conformance

clauses: ## write docs/clauses.md: clause, diagrams, tests, screens
	@.ci/setup-venv test
	@$(PY) .ci/clauses.py

acceptance: ## write docs/acceptance.md: acceptance point, tests
	@.ci/setup-venv test
	@$(PY) .ci/acceptance.py

messages: ## bring web/translations up to date after texts changed
	@.ci/setup-venv test
	@$(PY) .ci/messages.py

security: ## write the role x route matrix into docs/security.md
	@.ci/setup-venv test
	@$(PY) .ci/security.py

clean: ## remove the environment and the demo's data
	rm -rf .venv var .cache build *.egg-info
