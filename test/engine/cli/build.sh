#!/bin/sh
# Builds the Pulumi CLI that the engine tests run, from its Go module as pinned in go.mod and go.sum, into
# $PULUMI_CLI_DIR/bin (default: .cache/bin of the repository). Does nothing when that version is already there.
#
# A Pulumi installation found on PATH is left alone: the language host that comes with it downloads the providers that the
# program names, some hundred megabytes, before the engine asks the stand-ins.
set -eu
cd "$(dirname "$0")"

bin="${PULUMI_CLI_DIR:-$(cd ../../.. && pwd)/.cache}/bin"
version=$(sed -n 's|.*github.com/pulumi/pulumi/pkg/v3 \(v[^ ]*\).*|\1|p' go.mod)

if [ -x "$bin/pulumi" ] && [ "$("$bin/pulumi" version 2>/dev/null)" = "$version" ]; then
  echo "pulumi $version is in $bin" >&2
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "The engine tests build the Pulumi CLI, which needs Go ($(sed -n 's/^go //p' go.mod) or newer): install it from https://go.dev/dl" >&2
  exit 1
fi

echo "Building pulumi $version into $bin (a few minutes the first time)" >&2
mkdir -p "$bin"
go build -mod=readonly -o "$bin/pulumi" \
  -ldflags "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version" \
  github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
