
# What follows `explain --` is a command line of its own.
_onramp_analytics_explain() {
    local i explains=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        explain) explains=1 ;;
        --)
            [[ -n $explains ]] || break
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" next-words -- "${COMP_WORDS[@]:i+1:COMP_CWORD-i-1}" 2>/dev/null)" \
                -- "${COMP_WORDS[COMP_CWORD]}"))
            return
            ;;
        esac
    done
    _onramp__analytics "$@"
}
complete -F _onramp_analytics_explain -o nosort -o bashdefault -o default onramp-analytics
