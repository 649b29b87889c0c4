#!/usr/bin/env bash
# Builds the service's image and pushes it to IMAGE_REPOSITORY with its SBOM and its provenance, unless an image of the same content
# is there. Writes its reference, by digest, to the step's outputs.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Two lines: the platform of the nodes, and the hash of what is built.
{ read -r platform && read -r hash; } < <(node --require ./ops/preview/typescript.cjs ops/image-content.ts)
registry=${IMAGE_REPOSITORY%%/*}
name=${IMAGE_REPOSITORY#*/}
# Not the hash alone: that is the tag of an image that pulumi up builds, and the repository lets no tag be moved.
tag=ci-$hash

digest=$(aws ecr batch-get-image --repository-name "$name" --image-ids "imageTag=$tag" \
  --query 'images[0].imageId.imageDigest' --output text)
if [ "$digest" = None ]; then
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
  if [ "$platform" != "linux/$(dpkg --print-architecture)" ]; then
    sudo apt-get update && sudo apt-get install --yes --no-install-recommends qemu-user-static
  fi
  # The default builder makes no attestations.
  docker buildx create --driver docker-container --use
  metadata=$(mktemp)
  docker buildx build app --platform "$platform" --tag "$IMAGE_REPOSITORY:$tag" --push --metadata-file "$metadata" \
    --sbom=true --provenance=mode=max \
    --build-arg "SOURCE=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" --build-arg "REVISION=$GITHUB_SHA" --build-arg "VERSION=$tag"
  digest=$(jq -r '."containerimage.digest"' "$metadata")
fi
echo "reference=$IMAGE_REPOSITORY@$digest" >>"$GITHUB_OUTPUT"
