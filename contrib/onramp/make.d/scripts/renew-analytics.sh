#!/bin/sh
# Pins a release in make.d/analytics.mk: its version, and the checksums from its SHA256SUMS. Run in an OnRamp checkout.
#
#   sh make.d/scripts/renew-analytics.sh VERSION SHA256SUMS
set -eu

file=make.d/analytics.mk

main() {
    [ $# -eq 2 ] || fail "usage: renew-analytics.sh VERSION SHA256SUMS"
    case $1 in
    '' | *[!0-9.]*) fail "that is no version: $1" ;;
    esac
    x86_64=$(sum "$1" x86_64 "$2")
    aarch64=$(sum "$1" aarch64 "$2")
    sed -e "s/^ANALYTICS_VERSION := .*/ANALYTICS_VERSION := $1/" \
        -e "s/^ANALYTICS_SHA256_X86_64 :=.*/ANALYTICS_SHA256_X86_64 := $x86_64/" \
        -e "s/^ANALYTICS_SHA256_AARCH64 :=.*/ANALYTICS_SHA256_AARCH64 := $aarch64/" "$file" >"$file.new"
    mv "$file.new" "$file"
    echo "$file names the release $1"
}

# The checksum of one archive: 64 hex digits and the very name, or nothing at all is changed.
sum() {
    found=$(sed -n "s/^\([0-9a-f]\{64\}\)  onramp-analytics-$1-$2-linux\.tar\.gz\$/\1/p" "$3")
    [ ${#found} -eq 64 ] || fail "there is no checksum for $2 in $3"
    echo "$found"
}

fail() {
    echo "renew-analytics.sh: $1" >&2
    exit 1
}

main "$@"
