# Every target is one line to a script. Node 24 and the tools come from node_modules, before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export STACK ?= prod
TYPESCRIPT := node --require ./ops/preview/typescript.cjs
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

preview: ## the whole stack offline: tree, capacity plan, policy verdicts (STACK=prod|dev, FORMAT=text|json)
	@exit $(or $(PREVIEW_STATUS),3)

test: ## every test; those on the engine too, where Go can build the Pulumi CLI (once, some minutes)
	@ops/install all && mocha && npm test --prefix app --silent && test/engine/run.sh --where-possible

engine: ## the tests on the real Pulumi engine alone
	@ops/install all && test/engine/run.sh

check: ## types and lint
	@ops/install all && npm run --silent typecheck && npm run --silent lint && npm run --silent typecheck --prefix app

generate: ## rewrite the generated files: Pulumi.yaml's keys, docs/parameters.md, policy/RULES.md
	@ops/install preview && $(TYPESCRIPT) ops/generate.ts

snapshots: ## rewrite test/snapshots after an intended change
	@ops/install preview && $(TYPESCRIPT) ops/preview/snapshots.ts

# Whatever a recipe exits with, make exits with 2. A preview's 1 (a policy is violated) must stay apart from its 2 (the settings are
# wrong). So the preview runs as the remaking of an included makefile, which keeps its exit code; make then starts anew,
# and for a 1 it is told -q, with which it exits 1.
ifneq ($(filter preview,$(MAKECMDGOALS)),)
# Named after make's process, which a restart keeps: previews at the same time don't read each other's.
STATUS := .cache/preview.$(shell echo $$PPID).mk
-include $(STATUS)
ifeq ($(MAKE_RESTARTS),)
$(STATUS): FORCE
	@mkdir -p $(@D) && : >$@ && { ops/install preview && $(TYPESCRIPT) ops/preview/main.ts; echo "PREVIEW_STATUS := $$?" >$@; }
else
$(shell rm -f $(STATUS))
ifeq ($(PREVIEW_STATUS),1)
MAKEFLAGS += -q
endif
endif
endif

FORCE:
.PHONY: help preview test engine check generate snapshots FORCE
