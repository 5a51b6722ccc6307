#!/usr/bin/env bash
# Builds every fuzz target and runs each for SECONDS (5 unless told). Needs cargo; installs cargo-fuzz if it is missing.
set -u
cd "$(dirname "$0")" || exit 1
seconds=${1:-5}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/vodlift/fuzz
# cargo-fuzz asks for unstable flags; this lets the stable compiler take them.
export RUSTC_BOOTSTRAP=1
if ! cargo fuzz --version >/dev/null 2>&1; then
    if ! cargo install cargo-fuzz --locked >/dev/null 2>&1; then
        echo "skipped: cargo-fuzz is not here and cannot be installed"
        exit 0
    fi
fi
mkdir -p "$cache"
# No sanitizer: our crates forbid unsafe code, so panics and broken properties are what is looked for.
if ! cargo fuzz build --sanitizer none --fuzz-dir . --target-dir "$cache/target"; then
    echo "0 passed, 1 failed"
    exit 1
fi
host=$(rustc -vV | sed -n 's/^host: //p')
passed=0 failed=0
for source in fuzz_targets/*.rs; do
    target=$(basename "$source" .rs)
    # What was found stays in the cache; the seeds here are only read.
    mkdir -p "$cache/corpus/$target" "$cache/found/$target"
    log=$cache/$target.log
    if "$cache/target/$host/release/$target" "$cache/corpus/$target" "seeds/$target" -max_total_time="$seconds" \
        -max_len=4096 -timeout=20 -rss_limit_mb=4096 -artifact_prefix="$cache/found/$target/" >"$log" 2>&1; then
        echo "ok      $target: $(grep -a '^Done' "$log")"
        passed=$((passed + 1))
    else
        echo "FAILED  $target: $(grep -a -m1 -A1 'panicked at' "$log" | tr '\n' ' ')"
        grep -a 'Test unit written to' "$log"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
