# onramp-analytics: the shims stand first on PATH inside OnRamp checkouts, and not at all elsewhere. Starts no process.
__onramp_analytics() {
    local ended=$? shims={folder of shims} inside={everywhere} folder rest=":$PATH:" links= tool
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
    if [[ -z $inside && $rest != *":$shims:"* ]]; then return "$ended"; fi
    if [[ -n $inside && $rest == ":$shims:"* ]]; then
        # A tool that came later has a shim since: this shell may remember where the tool itself lies.
        for tool in {tools}; do
            if [[ -e $shims/$tool ]]; then links+=" $tool"; fi
        done
        if [[ $links != "${__onramp_analytics_links-}" ]]; then
            __onramp_analytics_links=$links
            hash -r
        fi
        return "$ended"
    fi
    while [[ $rest == *":$shims:"* ]]; do rest=${rest/":$shims:"/:}; done
    rest=${rest#:}
    PATH=${inside:+$shims:}${rest%:}
    hash -r
    return "$ended"
}
# Before every prompt, behind whatever else changes PATH there; and with every change of folder, so that
# `cd onramp && make` is a run in OnRamp too. A line further down may set PROMPT_COMMAND anew: hence again with each cd.
__onramp_analytics_arm() {
    if [[ "${PROMPT_COMMAND[*]-}" == *__onramp_analytics* ]]; then return 0; fi
    if [[ -n ${PROMPT_COMMAND[1]-} ]]; then
        PROMPT_COMMAND+=(__onramp_analytics)
    else
        PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__onramp_analytics
    fi
}
# A cd of somebody else's stays as it is.
for __onramp_analytics_cd in cd pushd popd; do
    if ! declare -F "$__onramp_analytics_cd" >/dev/null && ! alias "$__onramp_analytics_cd" >/dev/null 2>&1; then
        eval "$__onramp_analytics_cd() { builtin $__onramp_analytics_cd \"\$@\" && __onramp_analytics_arm && __onramp_analytics; }"
    fi
done
unset __onramp_analytics_cd
__onramp_analytics_arm
__onramp_analytics
