
# What follows `explain --` is a command line of its own.
_onramp_analytics_explain() {
    local at=${words[(i)--]}
    if (( at < CURRENT && ${words[(Ie)explain]} && ${words[(Ie)explain]} < at )); then
        compadd -- ${(f)"$($words[1] next-words -- "${(@)words[at+1,CURRENT-1]}" 2>/dev/null)"}
    else
        _onramp-analytics "$@"
    fi
}
compdef _onramp_analytics_explain onramp-analytics
