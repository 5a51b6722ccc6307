#!/usr/bin/env bash
# Feeds every fuzz target for SECONDS (10 unless told), as many at a time as there are cores, and says how many held.
# What a target found worth keeping stays in the cache and is where the next run begins; the seeds here are only read.
# No sanitizer: our crates forbid unsafe code, so panics and broken properties are what is looked for.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-10}
export SECONDS_EACH=$seconds
export CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/vodlift/fuzz
export TARGET=${CARGO_TARGET_DIR:-target}
if ! RUSTC_WORKSPACE_WRAPPER="$PWD/tests/fuzz/covered.sh" cargo build --quiet -p vodlift-fuzz --features fuzz --bins; then
    echo "0 passed, 1 failed"
    exit 1
fi

feed() {
    local name=$1
    mkdir -p "$CACHE/corpus/$name" "$CACHE/found/$name"
    local log=$CACHE/$name.log
    if "$TARGET/debug/$name" "$CACHE/corpus/$name" "tests/fuzz/seeds/$name" -max_total_time="$SECONDS_EACH" -max_len=4096 \
        -timeout=60 -rss_limit_mb=4096 -artifact_prefix="$CACHE/found/$name/" >"$log" 2>&1; then
        echo "ok      $name: $(grep -a '^Done' "$log")"
    else
        echo "FAILED  $name: $(grep -a -m1 -A1 'panicked at' "$log" | tr '\n' ' ')"
        grep -a 'Test unit written to' "$log"
    fi
}
export -f feed

names=$(for source in tests/fuzz/fuzz_targets/*.rs; do basename "$source" .rs; done)
said=$(printf '%s\n' "$names" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I{} bash -c 'feed {}' | tee /dev/stderr)
passed=$(grep -c '^ok ' <<<"$said")
all=$(wc -l <<<"$names")
echo "$passed passed, $((all - passed)) failed"
[ "$passed" -eq "$all" ]
