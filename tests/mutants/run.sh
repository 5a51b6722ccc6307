#!/usr/bin/env bash
# Changes the pure heart of Vodlift in small ways and says which changes no test notices; ends badly when there is one
# that `explained.toml` does not know. By hand, some hours on two cores: tests/mutants/run.sh [FILE ...]
# Needs cargo-mutants (cargo install cargo-mutants).
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v cargo-mutants >/dev/null || { echo "skipped: cargo-mutants is not installed"; exit 0; }

heart=(
  src-tauri/crates/sign/src/*.rs
  src-tauri/crates/cloud/src/{grant,redact}.rs
  src-tauri/crates/engine/src/{machine,plan,meter}.rs
)
[ $# -eq 0 ] || heart=("$@")
files=()
for file in "${heart[@]}"; do files+=(--file "$file"); done
# A file is tested by the tests of its own package: the stories over sockets would take days.
exec cargo mutants --config tests/mutants/explained.toml --output target/mutants "${files[@]}"
