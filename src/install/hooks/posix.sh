# onramp-analytics: the shims stand first on PATH inside OnRamp checkouts, and not at all elsewhere. Starts no process.
__onramp_analytics() {
    __onramp_analytics_shims={folder of shims}
    __onramp_analytics_inside={everywhere}
    __onramp_analytics_folder=$PWD
    __onramp_analytics_rest=":$PATH:"
    while [ -z "$__onramp_analytics_inside" ] && [ -n "$__onramp_analytics_folder" ]; do
        if [ -d "$__onramp_analytics_folder/{mark folder}" ] && [ -f "$__onramp_analytics_folder/{mark file}" ]; then
            __onramp_analytics_inside=1
        fi
        __onramp_analytics_folder=${__onramp_analytics_folder%/*}
    done
    # They may have been uninstalled while this shell was open.
    [ -d "$__onramp_analytics_shims" ] || __onramp_analytics_inside=
    while :; do
        case $__onramp_analytics_rest in
        *":$__onramp_analytics_shims:"*) ;;
        *) break ;;
        esac
        __onramp_analytics_rest=${__onramp_analytics_rest%%":$__onramp_analytics_shims:"*}:${__onramp_analytics_rest#*":$__onramp_analytics_shims:"}
    done
    __onramp_analytics_rest=${__onramp_analytics_rest#:}
    __onramp_analytics_rest=${__onramp_analytics_inside:+$__onramp_analytics_shims:}${__onramp_analytics_rest%:}
    # Inside also where PATH stays: a tool that came later has a shim since.
    if [ "$PATH" != "$__onramp_analytics_rest" ] || [ -n "$__onramp_analytics_inside" ]; then
        PATH=$__onramp_analytics_rest
        hash -r
    fi
}
# With every change of folder: this shell tells nobody when it prompts. A cd of somebody else's stays as it is.
case $(command -V cd 2>/dev/null) in
*function* | *alias*) ;;
*) cd() { command cd "$@" && __onramp_analytics; } ;;
esac
__onramp_analytics
