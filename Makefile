# The verbs of this project; what each does stands in scripts/.

# The one makefile's own folder, also where its path has spaces or `make -f` is called elsewhere.
RUN := cd "$$(dirname "$(strip $(MAKEFILE_LIST))")" && exec sh scripts

export BENCH BENCH_ROUNDS CHROMIUM DB PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo run test faults lint format bench lock clean

help: ## show this list
	@$(RUN)/help

demo: ## set up, play one incident from first notice to feedback, stay up (ARGS=--once ends by itself)
	@$(RUN)/run manage.py demo $(ARGS)

run: ## set up and start web, worker and beat on what is in var/
	@$(RUN)/run manage.py run $(ARGS)

test: ## everything, on both databases (ARGS="tests/incidents -k promise" or DB=sqlite|postgres: only pytest)
	@$(RUN)/test $(ARGS)

faults: ## kill, restart and break everything during a mass mailing, and count (ARGS="-k f5 --seed 7")
	@$(RUN)/faults $(ARGS)

lint: ## ruff, djlint, mypy, import-linter
	@$(RUN)/lint

format: ## put the code into its usual form
	@$(RUN)/format

bench: ## measure the sending engine beside raw SMTP and a peer (BENCH=full: a million rows; ARGS=--help)
	@$(RUN)/bench $(ARGS)

lock: ## pin the newest fitting versions in requirements/
	@$(RUN)/lock

clean: ## remove .venv, var/ and caches
	@$(RUN)/clean
