# Every target is one line to a script. Node 24 and the tools come from node_modules, before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export STACK ?= prod
# Everybody who lists processes sees make's command line.
ifeq ($(origin API_KEY),command line)
$(error API_KEY: found on the command line, where every user of the machine sees it; allowed: the environment, or API_KEY_FILE)
endif
TYPESCRIPT := node --require ./ops/preview/typescript.cjs
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

preview: ## the whole stack offline: tree, capacity plan, policy verdicts (STACK=prod|dev, AGAINST=origin/main, FORMAT=text|json|markdown|html)
	@exit $(or $(preview_STATUS),3)

policy: ## the policies' verdicts on a running stack, from its exported state (STATE=state.json, FORMAT=text|json)
	@exit $(or $(policy_STATUS),3)

prices: ## AWS's public prices of the stack's region, for the monthly cost in the preview and its cap (STACK=prod|dev)
	@ops/install preview && $(TYPESCRIPT) ops/prices/main.ts

checklist: ## the guide's pre-production checklist, verified (STACK, URL, DATABASE_URL, CACHE_URL, METRICS_URL, REPORT, FORMAT=text|markdown|json)
	@exit $(or $(checklist_STATUS),3)

capacity: ## what a load needs, what breaks first, and what the autoscaler makes of a step (RPS=20000, USERS, STACK, FORMAT=text|json|html)
	@ops/install preview && $(TYPESCRIPT) ops/capacity/main.ts

loadtest: ## the targets measured against URL=http://localhost:8000, key in API_KEY or API_KEY_FILE (TARGETS, SECONDS=60, FORMAT=text|json|html)
	@exit $(or $(loadtest_STATUS),3)

test: ## every test; those on the engine too, where Go can build the Pulumi CLI (once, some minutes)
	@ops/install all && mocha && npm test --prefix app --silent && test/engine/run.sh --where-possible

engine: ## the tests on the real Pulumi engine alone
	@ops/install all && test/engine/run.sh

run: ## the API on http://localhost:8000 with a PostgreSQL and a Redis of its own and demo data (PORT=8000); Ctrl-C stops it all
	@ops/install all && exec node app/local/run.ts

rehearse: ## a stack's tuned database, cache and service on this machine, measured against the targets (STACK, ANOMALIES=1000000, EXACT=1)
	@exit $(or $(rehearse_STATUS),3)

bench-api: ## the API against its peers, in ratios (ARGS="--seconds 2 --only cached,health", ARGS=--gate); minutes, needs wrk and python3
	@ops/install all && exec node bench/api/run.ts $(ARGS)

bench-api-counts: ## SQL statements, Redis commands and CPU of each kind of request, held to their limits
	@ops/install all && exec node bench/api/counts.ts

bench-database: ## the schema's indexes, views and functions on 1,000,000 anomalies (ARGS="--rows 20000 --executions 30"); minutes
	@ops/install all && exec node bench/database/run.ts $(ARGS)

check: ## types and lint; the workflows too, where Go and Python can install what lints them
	@ops/install all && npm run --silent typecheck && npm run --silent lint && npm run --silent typecheck --prefix app && test/github/lint/run.sh --where-possible

generate: ## rewrite the generated files: Pulumi.yaml's keys, docs/parameters.md, policy/RULES.md
	@ops/install preview && $(TYPESCRIPT) ops/generate.ts

new-rule: ## add a rule to a pack, with its cases and a mutation to fill in (NAME=kebab-case, PACK=security|resources)
	@ops/install all && $(TYPESCRIPT) ops/new-rule.ts

snapshots: ## rewrite test/snapshots after an intended change
	@ops/install preview && $(TYPESCRIPT) ops/preview/snapshots.ts

# Whatever a recipe exits with, make exits with 2. A judgement's 1 (a policy is violated) must stay apart from its 2 (the settings are
# wrong). So a command that judges runs as the remaking of an included makefile, which keeps its exit code; make then starts
# anew, and for a 1 it is told -q, with which it exits 1.
JUDGES := $(filter preview policy checklist rehearse loadtest,$(MAKECMDGOALS))
INSTALL_rehearse := all
# What runs is asked with what the service is installed with; a stack alone needs less.
INSTALL_checklist := $(if $(DATABASE_URL)$(CACHE_URL),all)
ifneq ($(JUDGES),)
# Named after make's process, which a restart keeps: commands at the same time don't read each other's.
PROCESS := $(shell echo $$PPID)
STATUS := $(JUDGES:%=.cache/%.$(PROCESS).mk)
-include $(STATUS)
ifeq ($(MAKE_RESTARTS),)
$(STATUS): .cache/%.$(PROCESS).mk: FORCE
	@mkdir -p $(@D) && : >$@ && { ops/install $(or $(INSTALL_$*),preview) && $(TYPESCRIPT) ops/$*/main.ts; echo "$*_STATUS := $$?" >$@; }
else
$(shell rm -f $(STATUS))
ifneq ($(filter 1,$(foreach judge,$(JUDGES),$($(judge)_STATUS))),)
MAKEFLAGS += -q
endif
endif
endif

FORCE:
.PHONY: help preview policy prices checklist capacity loadtest test engine run rehearse bench-api bench-api-counts bench-database check generate new-rule snapshots FORCE
