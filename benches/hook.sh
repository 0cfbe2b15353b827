#!/bin/sh
# What the hook costs before a prompt and with a change of folder, inside a checkout, in each shell that is installed.
# Prints a table; starts no timer in any test. Run: cargo build --release && sh benches/hook.sh
set -eu
program=$(cd "$(dirname "$0")/.." && pwd)/target/release/onramp-analytics
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME="$scratch" XDG_DATA_HOME="$scratch/data" XDG_STATE_HOME="$scratch/state"
mkdir -p "$scratch/onramp/services-available" "$scratch/onramp/services-enabled/deep"
touch "$scratch/onramp/Makefile"
cd "$scratch/onramp/services-enabled/deep"
"$program" install >/dev/null

# Each loop twice: once with the hook, once without. `$1` runs are timed.
posix_loops='
now() { t=${EPOCHREALTIME-}; t=${t%[.,]*}${t#*[.,]}; }
loop() { n=$1; now; start=$t; while [ "$n" -gt 0 ]; do eval "$2"; n=$((n - 1)); done; now; spent=$((t - start)); }
per() { loop "$2" "$3"; with=$spent; loop "$2" "$4"; echo "$1 $(((with - spent) * 1000 / $2)) ns"; }
per "prompt" 5000 __onramp_analytics :
per "cd" 2000 "cd ..; cd deep" "builtin cd ..; builtin cd deep"
'
for shell in bash zsh; do
    command -v "$shell" >/dev/null || continue
    case $shell in
    bash) flags=--norc more= ;;
    zsh) flags=-f more='zmodload zsh/datetime; chpwd_hook=("${chpwd_functions[@]}")' ;;
    esac
    line="eval \"\$('$program' init $shell)\""
    if [ "$shell" = zsh ]; then
        # A builtin cd calls chpwd_functions too: the second loop is without them.
        loops=$(printf '%s' "$posix_loops" | sed 's/builtin cd \.\.; builtin cd deep/chpwd_functions=(); cd ..; cd deep; chpwd_functions=("${chpwd_hook[@]}")/')
    else
        loops=$posix_loops
    fi
    "$shell" "$flags" -c "$line
$more
$loops" | sed "s/^/$shell /"
done
if command -v fish >/dev/null; then
    fish --no-config -c "
        function per
            set -l s (date +%s%N); for i in (seq \$argv[2]); eval \$argv[3]; end; set -l m (date +%s%N)
            for i in (seq \$argv[2]); eval \$argv[4]; end; set -l e (date +%s%N)
            echo fish \$argv[1] (math --scale 0 \"((\$m - \$s) - (\$e - \$m)) / \$argv[2]\") ns
        end
        function plain; builtin cd ..; builtin cd deep; end
        set -l s (date +%s%N); for i in (seq 1000); plain; end; set -l m (date +%s%N)
        '$program' init fish | source
        set -l e (date +%s%N); for i in (seq 1000); plain; end; set -l f (date +%s%N)
        per prompt 2000 __onramp_analytics :
        echo fish cd (math --scale 0 \"((\$f - \$e) - (\$m - \$s)) / 1000\") ns
    "
fi
