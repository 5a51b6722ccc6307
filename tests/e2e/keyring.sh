#!/usr/bin/env bash
# Runs the tests that talk to a real keyring, on a session bus and a gnome-keyring of their own. Elsewhere they skip themselves
# and say so; here a skipped one is a failure.
set -euo pipefail
if [ "${1:-}" != --inner ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder" || true' EXIT
  mkdir -m 700 "$folder/run" "$folder/data"
  XDG_RUNTIME_DIR="$folder/run" XDG_DATA_HOME="$folder/data" dbus-run-session -- "$0" --inner "$folder/said"
  exit
fi
printf '%s' test | gnome-keyring-daemon --unlock --components=secrets >/dev/null
cargo test -p vodlift-app -p vodlift-cli keyring -- --nocapture 2>&1 | tee "$2"
if grep "^skipped: " "$2"; then
  echo "a test of the real keyring was skipped"
  exit 1
fi
