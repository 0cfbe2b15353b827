# onramp-analytics: the shims stand first on PATH inside OnRamp checkouts, and not at all elsewhere. Starts no process.
# Before every prompt, and with every change of folder.
function __onramp_analytics --on-variable PWD --on-event fish_prompt
    set -l ended $status
    set -l shims {folder of shims}
    set -l inside {everywhere}
    # Looked for once in a folder: a prompt costs some microseconds.
    if test -z "$inside" -a "$PWD" != "$__onramp_analytics_at"
        set --global __onramp_analytics_at $PWD
        set --global __onramp_analytics_in
        # A named group sets its variable: a substitution would cost several times as much.
        set -l folder $PWD
        while test -n "$folder"
            if test -d $folder/{mark folder} -a -f $folder/{mark file}
                set --global __onramp_analytics_in 1
                break
            end
            set -l above
            string match --quiet --regex '^(?<above>.*)/' -- $folder; or break
            set folder "$above"
        end
    end
    # They may have been uninstalled while this shell was open.
    if test -z "$inside$__onramp_analytics_in" -o ! -d $shims
        contains -- $shims $PATH; or return $ended
        set inside
    else
        test "$PATH[1]" = $shims; and return $ended
        set inside $shims
    end
    for entry in $PATH
        test "$entry" = $shims; or set --append inside $entry
    end
    set --global --export PATH $inside
    return $ended
end
__onramp_analytics
