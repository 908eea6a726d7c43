#!/usr/bin/env bash
# Compile the lock: one hash-pinned file per extra, no download addresses. Usage: requirements/compile.sh [--upgrade]
# Each file stands alone; all share the versions of core.txt, then of exports.txt and stack.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { # extra, earlier files as constraints…
  local extra=$1 arguments=(); shift
  [ "$extra" = core ] || arguments+=(--extra "$extra")
  for earlier in "$@"; do arguments+=(--constraint "requirements/$earlier.txt"); done
  .venv/bin/uv pip compile pyproject.toml "${arguments[@]}" "${upgrade[@]}" --quiet --universal \
    --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
    --no-emit-package scylla-driver --no-emit-package social-auth-app-django --output-file "requirements/$extra.txt"
}
upgrade=("$@")
# The installer itself, in the version that it has here.
.venv/bin/uv --version | sed -E 's/^uv ([0-9.]+).*/uv==\1/' | .venv/bin/uv pip compile - --quiet --universal \
  --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --output-file requirements/uv.txt
compile core
compile exports core
compile stack core exports
compile dev core exports stack
