#!/bin/sh
# Takes what fuzz/run.sh has found into the committed corpus: fuzz/merge.sh [TARGET...]
#
# Keeps few inputs: of all, again and again the one that reaches the most edges that no other has
# reached yet, the smallest first, and at most $KEEP (14) of each target.
set -eu
fuzz=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- $(cd "$fuzz/fuzz_targets" && ls -- *.rs | sed 's/\.rs$//')
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$fuzz/target}"
host=$(rustc -vV | sed -n 's/^host: //p')

for target in "$@"; do
    binary="$CARGO_TARGET_DIR/$host/release/$target"
    [ -x "$binary" ] || { echo "$binary: not built; fuzz/run.sh builds it" >&2; exit 1; }
    found="$CARGO_TARGET_DIR/corpus/$target"
    control="$CARGO_TARGET_DIR/corpus/$target.control"
    merged="$CARGO_TARGET_DIR/corpus/$target.merged"
    rm -rf "$merged" "$control"
    mkdir -p "$merged" "$merged.kept" "$found" "$fuzz/corpus/$target"
    "$binary" -set_cover_merge=1 -use_counters=0 -max_len=256 \
        -merge_control_file="$control" "$merged" "$fuzz/corpus/$target" "$found" 2>/dev/null
    # The control file: a count, the number of merged files, their names; then the edges of each.
    awk -v keep="${KEEP:-14}" '
        NR == 1 { files = $1; next }
        NR == 2 { next }
        NR <= 2 + files { name[NR - 3] = $0; next }
        $1 == "STARTED" { size[$2] = $3 }
        $1 == "FT" { edges[$2] = $0 }
        END {
            while (keep-- > 0) {
                best = 0
                for (file in edges) {
                    gain = 0
                    n = split(edges[file], edge, " ")
                    for (i = 3; i <= n; i++) gain += !(edge[i] in reached)
                    if (gain > best || (gain == best && gain && size[file] < size[pick])) {
                        best = gain; pick = file
                    }
                }
                if (!best) break
                print name[pick]
                n = split(edges[pick], edge, " ")
                for (i = 3; i <= n; i++) reached[edge[i]]
            }
        }' "$control" | while read -r input; do
        cp "$input" "$merged.kept/$(sha1sum <"$input" | cut -c 1-16)"
    done
    rm -rf "$fuzz/corpus/$target" "$merged"
    mv "$merged.kept" "$fuzz/corpus/$target"
    printf '%-16s %3s inputs, %6s bytes\n' "$target" \
        "$(ls "$fuzz/corpus/$target" | wc -l)" "$(cat "$fuzz/corpus/$target"/* | wc -c)"
done
