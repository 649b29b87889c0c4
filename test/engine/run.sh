#!/bin/sh
# Runs the tests on Pulumi's engine, with the CLI that cli/build.sh makes and the judge of Kubernetes objects that
# kubernetes/build.sh makes. With --where-possible it says why it skips them on a machine without Go, and succeeds; in CI nothing
# is skipped.
set -eu
cd "$(dirname "$0")/../.."

if [ "${1:-}" = --where-possible ] && [ -z "${CI:-}" ] && ! command -v go >/dev/null &&
  { [ ! -x .cache/bin/pulumi ] || [ ! -x .cache/bin/kubernetes-judge ]; }; then
  echo "skipped: the tests on Pulumi's engine, as there is no Go to build what they run with" >&2
  exit 0
fi
test/engine/cli/build.sh
test/engine/kubernetes/build.sh
exec mocha --config test/engine/.mocharc.json
