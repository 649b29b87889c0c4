#!/bin/sh
# Builds the judge of Kubernetes objects (main.go) beside the Pulumi CLI (../cli/build.sh), from the API server's own modules
# as pinned in go.mod and go.sum. Go's own cache makes that a moment.
set -eu
cd "$(dirname "$0")"

bin="${PULUMI_CLI_DIR:-$(cd ../../.. && pwd)/.cache}/bin"
if command -v go >/dev/null; then
  mkdir -p "$bin"
  go build -mod=readonly -o "$bin/kubernetes-judge" .
elif [ ! -x "$bin/kubernetes-judge" ]; then
  echo "The engine tests build the judge of Kubernetes objects, which needs Go ($(sed -n 's/^go //p' go.mod) or newer): install it from https://go.dev/dl" >&2
  exit 1
fi
