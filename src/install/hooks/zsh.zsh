# onramp-analytics: the shims stand first on PATH inside OnRamp checkouts, and not at all elsewhere. Starts no process.
__onramp_analytics() {
    local ended=$?
    emulate -L zsh
    local shims={folder of shims} inside={everywhere} folder links= tool
    # Looked for once in a folder: a prompt costs some microseconds.
    if [[ -z $inside && $PWD != "$__onramp_analytics_at" ]]; then
        typeset -g __onramp_analytics_at=$PWD __onramp_analytics_in=
        folder=$PWD
        while [[ -z $__onramp_analytics_in && -n $folder ]]; do
            if [[ -d $folder/{mark folder} && -f $folder/{mark file} ]]; then __onramp_analytics_in=1; fi
            folder=${folder%/*}
        done
    fi
    inside=${inside:-$__onramp_analytics_in}
    # They may have been uninstalled while this shell was open.
    [[ -d $shims ]] || inside=
    if [[ -n $inside && $path[1] != $shims ]]; then
        path=("$shims" "${(@)path:#$shims}")
        rehash
    elif [[ -n $inside ]]; then
        # A tool that came later has a shim since: this shell may remember where the tool itself lies.
        for tool in {tools}; do
            if [[ -e $shims/$tool ]]; then links+=" $tool"; fi
        done
        if [[ $links != "$__onramp_analytics_links" ]]; then
            typeset -g __onramp_analytics_links=$links
            rehash
        fi
    elif (( ${path[(Ie)$shims]} )); then
        path=("${(@)path:#$shims}")
        rehash
    fi
    return $ended
}
# Before every prompt, and with every change of folder.
() {
    emulate -L zsh
    typeset -ga precmd_functions chpwd_functions
    precmd_functions=("${(@)precmd_functions:#__onramp_analytics}" __onramp_analytics)
    chpwd_functions=("${(@)chpwd_functions:#__onramp_analytics}" __onramp_analytics)
}
__onramp_analytics
