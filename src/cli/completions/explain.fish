
# What follows `explain --` is a command line of its own.
function __onramp_analytics_names
    set -l words (commandline --cut-at-cursor --current-process --tokenize)
    set -l program $words[1]
    set -l at (contains --index -- -- $words); or return 1
    contains -- explain $words[1..$at]; or return 1
    set -e words[1..$at]
    $program next-words -- $words 2>/dev/null
end
complete -c onramp-analytics -n '__onramp_analytics_names >/dev/null' -f -a '(__onramp_analytics_names)'
