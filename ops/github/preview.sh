#!/usr/bin/env bash
# Leaves in preview/ what preview-comment.yml posts on the pull request PULL_REQUEST: what it changes AGAINST its base, or why
# that cannot be said. Writes the preview's exit code to the step's outputs: the check fails by it after the upload.
set -euo pipefail
cd "$(dirname "$0")/../.."

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
mkdir -p preview
echo "$PULL_REQUEST" >preview/number

status=0
make -s preview AGAINST="$AGAINST" FORMAT=markdown >preview/comment.md 2>"$errors" || status=$?
cat "$errors" >&2
if [ ! -s preview/comment.md ]; then
  # Indented, so that nothing in it ends the block.
  { printf '**The preview failed:**\n\n' && tail -n 40 "$errors" | sed 's/^/    /'; } >preview/comment.md
fi
echo "status=$status" >>"$GITHUB_OUTPUT"
