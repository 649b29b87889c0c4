#!/bin/sh
# Lints the workflows by actionlint (types, expressions, shell) and zizmor (security). Both are installed once into .cache, at the
# versions pinned beside this. With --where-possible it says why it skips one that this machine cannot have, and goes on; in CI
# nothing is skipped.
set -eu
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
cache=$root/.cache

# missing WHAT TOOL: whether to go on without it.
missing() {
  if [ "${option:-}" = --where-possible ] && [ -z "${CI:-}" ]; then
    echo "skipped: $1, as there is no $2 to install it with" >&2
  else
    echo "$1 lints the workflows, and needs $2: install that" >&2
    exit 1
  fi
}
option=${1:-}

if command -v go >/dev/null; then
  # Go's own cache makes this a moment.
  mkdir -p "$cache/bin"
  go build -mod=readonly -o "$cache/bin/actionlint" github.com/rhysd/actionlint/cmd/actionlint
  (cd "$root" && "$cache/bin/actionlint")
else
  missing actionlint Go
fi

if python3 -c 'import ensurepip' 2>/dev/null; then
  if ! cmp -s requirements.txt "$cache/zizmor/requirements.txt"; then
    python3 -m venv --clear "$cache/zizmor"
    "$cache/zizmor/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt
    cp requirements.txt "$cache/zizmor/"
  fi
  (cd "$root" && "$cache/zizmor/bin/zizmor" --offline --no-progress --quiet --format plain .github)
else
  missing zizmor "python3 with its venv module"
fi
