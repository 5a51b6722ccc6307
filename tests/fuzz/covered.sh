#!/bin/sh
# Runs the compiler it is given, with the coverage libFuzzer steers by. As cargo's workspace wrapper it meets our own crates
# only: everything below them is what the other tests have built already.
exec "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
