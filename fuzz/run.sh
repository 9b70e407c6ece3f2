#!/bin/sh
# Fuzzes each target for a number of seconds: fuzz/run.sh SECONDS [TARGET...]
#
# Builds once (a nightly toolchain and cargo-fuzz), runs every target with its dictionary from the
# committed corpus, and prints one line each. What is new goes to $CARGO_TARGET_DIR/corpus/TARGET,
# where the next run finds it; fuzz/merge.sh takes it into the committed corpus. A crash leaves its input
# in fuzz/artifacts/TARGET, its log beside it, and the script exits with 1. With FUZZ_SEED the same
# executions come in the same order, so that another machine can find what this one found.
set -eu
fuzz=$(cd "$(dirname "$0")" && pwd)
seconds=${1:?"usage: $0 SECONDS [TARGET...]"}
shift
[ $# -gt 0 ] || set -- $(cd "$fuzz/fuzz_targets" && ls -- *.rs | sed 's/\.rs$//')
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$fuzz/target}"
host=$(rustc -vV | sed -n 's/^host: //p')

if [ -z "${FUZZ_BUILT:-}" ]; then
    (cd "$fuzz/.." && cargo +nightly fuzz build --fuzz-dir fuzz --features libfuzzer)
fi

crashed=0
for target in "$@"; do
    mkdir -p "$CARGO_TARGET_DIR/corpus/$target" "$fuzz/corpus/$target" "$fuzz/artifacts/$target"
    log="$fuzz/artifacts/$target.log"
    if "$CARGO_TARGET_DIR/$host/release/$target" \
        -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -dict="$fuzz/dictionaries/$target.dict" \
        -max_len=256 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="$fuzz/artifacts/$target/" \
        "$CARGO_TARGET_DIR/corpus/$target" "$fuzz/corpus/$target" >"$log" 2>&1
    then found=nothing
    else
        found="a crash: $log"; crashed=1
        # What is left of the run where nobody can read the log: the broken law and the input.
        grep -E -A 4 'panicked at|^SUMMARY|^Base64|ERROR: libFuzzer' "$log" | cut -c 1-2000 | head -n 40
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    printf '%-16s %10s executions, %5s edges, found %s\n' \
        "$target" "${runs:-?}" "${covered:-?}" "$found"
done
exit $crashed
