# onramp-analytics: the shims stand first on PATH inside OnRamp checkouts, and not at all elsewhere. Starts no process.
__onramp_analytics() {
    local ended=$? shims={folder of shims} inside={everywhere} folder rest=":$PATH:"
    # Looked for once in a folder: a prompt costs some microseconds.
    if [[ -z $inside && $PWD != "${__onramp_analytics_at-}" ]]; then
        __onramp_analytics_at=$PWD __onramp_analytics_in= folder=$PWD
        while [[ -z $__onramp_analytics_in && -n $folder ]]; do
            if [[ -d $folder/{mark folder} && -f $folder/{mark file} ]]; then __onramp_analytics_in=1; fi
            folder=${folder%/*}
        done
    fi
    inside=${inside:-${__onramp_analytics_in-}}
    # They may have been uninstalled while this shell was open.
    [[ -d $shims ]] || inside=
    if [[ -n $inside && $rest == ":$shims:"* || -z $inside && $rest != *":$shims:"* ]]; then
        return "$ended"
    fi
    while [[ $rest == *":$shims:"* ]]; do rest=${rest/":$shims:"/:}; done
    rest=${rest#:}
    PATH=${inside:+$shims:}${rest%:}
    hash -r
    return "$ended"
}
# Before every prompt, behind whatever else changes PATH there; and with every change of folder, so that
# `cd onramp && make` is a run in OnRamp too. A cd of somebody else's stays as it is.
if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
    [[ " ${PROMPT_COMMAND[*]} " == *__onramp_analytics* ]] || PROMPT_COMMAND+=(__onramp_analytics)
elif [[ ${PROMPT_COMMAND-} != *__onramp_analytics* ]]; then
    PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__onramp_analytics
fi
for __onramp_analytics_cd in cd pushd popd; do
    if ! declare -F "$__onramp_analytics_cd" >/dev/null && ! alias "$__onramp_analytics_cd" >/dev/null 2>&1; then
        eval "$__onramp_analytics_cd() { builtin $__onramp_analytics_cd \"\$@\" && __onramp_analytics; }"
    fi
done
unset __onramp_analytics_cd
__onramp_analytics
