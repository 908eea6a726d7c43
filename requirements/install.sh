#!/usr/bin/env bash
# Make .venv from the lock, or do nothing when it is what the lock says. Called by the Makefile. A half-made one is mended.
set -euo pipefail
cd "$(dirname "$0")/.."
files=(requirements/uv.txt requirements/core.txt requirements/exports.txt requirements/stack.txt requirements/dev.txt)
wanted=$(cat "${files[@]}" | sha256sum)
stamp=.venv/.lock-installed
build_native() { .venv/bin/python -m native; } # its absence is no failure: there is a portable way
[ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && { build_native || true; exit 0; }
fail() { echo "environment: $1" >&2; exit 1; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
find_python() {
  for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
    if command -v "$candidate" >/dev/null && is_new_enough "$candidate"; then echo "$candidate"; return; fi
  done
  fail "Python 3.11 or newer is needed and none is in PATH: apt-get install python3 python3-venv"
}

if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  python=$(find_python)
  rm -rf .venv
  "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "this Python makes no virtual environments: apt-get install python3-venv"
  "$python" -m venv .venv || fail "the virtual environment could not be made (see above); is the disk full?"
fi
rm -f "$stamp"
install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt \
  && .venv/bin/python -m uv pip install --python .venv/bin/python --no-deps --require-hashes "${arguments[@]}"; }
arguments=(); for file in "${files[@]:1}"; do arguments+=(-r "$file"); done
install || fail "the packages could not be installed (see above): check the network and the disk, then run it again"
echo "$wanted" >"$stamp"
build_native || true
