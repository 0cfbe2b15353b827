#!/bin/sh
# What the hook costs before a prompt and with a change of folder, two folders below a checkout, in each shell that is
# installed: the median of some rounds, with the hook less without it. Run: cargo build --release && sh benches/hook.sh
set -eu
program=${1:-$(cd "$(dirname "$0")/.." && pwd)/target/release/onramp-analytics}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME="$scratch" XDG_DATA_HOME="$scratch/data" XDG_STATE_HOME="$scratch/state" XDG_CONFIG_HOME="$scratch/config"
mkdir -p "$scratch/onramp/services-available" "$scratch/onramp/services-enabled/deep"
touch "$scratch/onramp/Makefile"
cd "$scratch/onramp/services-enabled/deep"
"$program" install >/dev/null

# Each script prints lines `WHAT WITH WITHOUT`, in nanoseconds, one a round.
cat >"$scratch/bash" <<'END'
now() { t=${EPOCHREALTIME/[.,]/}; }
spent() { now; local from=$t i; for ((i = 0; i < 500; i++)); do eval "$1"; done; now; spent=$(((t - from) * 2)); }
for ((round = 0; round < 15; round++)); do
    spent __onramp_analytics; with=$spent; spent :; echo "prompt $with $spent"
    spent "cd ..; cd deep"; with=$((spent / 2)); spent "builtin cd ..; builtin cd deep"; echo "cd $with $((spent / 2))"
done
END
cat >"$scratch/zsh" <<'END'
zmodload zsh/datetime
spent() { local -F from=$EPOCHREALTIME; for ((i = 0; i < 500; i++)); do eval "$1"; done
    spent=$(printf '%.0f' $(((EPOCHREALTIME - from) * 2e6))); }
hooks=("${chpwd_functions[@]}")
for ((round = 0; round < 15; round++)); do
    spent __onramp_analytics; with=$spent; spent :; echo "prompt $with $spent"
    spent "cd ..; cd deep"; with=$((spent / 2)); chpwd_functions=(); spent "cd ..; cd deep"; chpwd_functions=("${hooks[@]}")
    echo "cd $with $((spent / 2))"
done
END
cat >"$scratch/fish" <<'END'
function spent
    set -l from (date +%s%N); for i in (seq 300); eval $argv[1]; end; math --scale 0 "($(date +%s%N) - $from) / 300"
end
for round in (seq 15)
    echo prompt (spent __onramp_analytics) (spent :)
    set -l with (spent "builtin cd ..; builtin cd deep")
    functions --erase __onramp_analytics
    set -l without (spent "builtin cd ..; builtin cd deep")
    echo cd (math --scale 0 $with / 2) (math --scale 0 $without / 2)
    HOOK
end
END
for shell in bash zsh fish; do
    command -v "$shell" >/dev/null || continue
    case $shell in
    bash) "$shell" --norc -c "$("$program" init bash); . $scratch/bash" ;;
    zsh) "$shell" -f -c "$("$program" init zsh)
. $scratch/zsh" ;;
    fish) sed -i "s|HOOK|$program init fish \| source|" "$scratch/fish"
        "$shell" --no-config -c "$program init fish | source; source $scratch/fish" ;;
    esac | awk -v shell="$shell" '
        { n[$1]++; v[$1, n[$1]] = $2 - $3 }
        END { for (w in n) { c = n[w]; for (i = 1; i <= c; i++) for (j = i + 1; j <= c; j++) if (v[w, j] < v[w, i]) {
            t = v[w, i]; v[w, i] = v[w, j]; v[w, j] = t }; printf "%-5s %-7s %4.0f microseconds\n", shell, w, v[w, int((c + 1) / 2)] / 1000 } }' | sort -r
done
