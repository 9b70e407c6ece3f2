#!/bin/sh
# Takes what fuzz/run.sh has found into the committed corpus, minimised: fuzz/merge.sh [TARGET...]
#
# Of inputs that reach the same edges the smallest stays. The committed seeds are inputs like any other;
# those in fuzz/seeds are always kept.
set -eu
fuzz=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- $(cd "$fuzz/fuzz_targets" && ls -- *.rs | sed 's/\.rs$//')
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$fuzz/target}"
host=$(rustc -vV | sed -n 's/^host: //p')

for target in "$@"; do
    merged="$CARGO_TARGET_DIR/corpus/$target.merged"
    rm -rf "$merged"
    mkdir -p "$merged" "$CARGO_TARGET_DIR/corpus/$target" "$fuzz/corpus/$target"
    "$CARGO_TARGET_DIR/$host/release/$target" -set_cover_merge=1 -use_counters=0 -max_len=256 \
        "$merged" "$fuzz/corpus/$target" "$CARGO_TARGET_DIR/corpus/$target" 2>/dev/null
    rm -rf "$fuzz/corpus/$target"
    mv "$merged" "$fuzz/corpus/$target"
    printf '%-12s %4s inputs, %6s bytes\n' "$target" \
        "$(ls "$fuzz/corpus/$target" | wc -l)" "$(cat "$fuzz/corpus/$target"/* | wc -c)"
done
