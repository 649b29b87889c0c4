# Every target is one line to a script. Node 24 and the tools come from node_modules, before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export STACK ?= prod
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

preview: ## the whole stack offline: tree, capacity plan, policy verdicts (STACK=prod|dev, FORMAT=text|json)
	@ops/install preview && tsx ops/preview/main.ts

test: ## every test but the engine's
	@ops/install all && mocha && npm test --prefix app --silent

engine: ## the tests on the real Pulumi engine (builds the CLI with Go where there is none)
	@ops/install all && test/engine/cli/build.sh && mocha --config test/engine/.mocharc.json

check: ## types and lint
	@ops/install all && npm run --silent typecheck && npm run --silent lint && npm run --silent typecheck --prefix app

generate: ## rewrite the generated files: Pulumi.yaml's keys, docs/parameters.md, policy/RULES.md
	@ops/install all && tsx ops/generate.ts

snapshots: ## rewrite test/snapshots after an intended change
	@ops/install preview && tsx ops/preview/snapshots.ts

.PHONY: help preview test engine check generate snapshots
