#!/usr/bin/env bash
# Runs a pulumi command on the production stack as every workflow does: `ops/github/stack.sh preview|up [OPTION…]`, with both
# policy packs, and with IMAGE or, without it, the image that runs now: a workflow builds none by the program.
set -euo pipefail
cd "$(dirname "$0")/../.."

stack=${STACK:-prod}
image=${IMAGE:-$(pulumi stack output imageDigest --stack "$stack")}
exec pulumi "$@" --stack "$stack" --non-interactive --color never --suppress-progress \
  --config "pynomaly-infra:image=$image" \
  --policy-pack policy/resources --policy-pack-config "policy/config/$stack.json" \
  --policy-pack policy/security --policy-pack-config "policy/config/$stack.json"
