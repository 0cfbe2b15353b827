#!/bin/sh
# Installs onramp-analytics for one person: fetches one release, verifies it, and puts it below ~/.local.
#
#   sh install.sh              install this release, or upgrade to it while commands run
#   sh install.sh --remove     take away all that was put there
#
# Nothing is unpacked before its SHA-256 is the expected one, nothing is put in place before the program has run once,
# and a refusal leaves nothing behind. No start-up file is changed, and nothing comes to stand in front of docker or
# make: that is `onramp-analytics install`, which the person types afterwards.
set -eu

# Filled in when a release is made; until then --version names one, and its SHA256SUMS has the checksums.
version=
sums=
from=https://github.com/traefikturkey/onramp-analytics/releases/download
prefix=${HOME:+$HOME/.local}
unpacked=
task=install

usage='usage: sh install.sh [--prefix DIR] [--version X.Y.Z] [--from URL] [--sha256 ARCH=HEX]... [--unpacked DIR] [--remove]

  --prefix DIR        where to install: DIR/bin, DIR/share (default: ~/.local)
  --version X.Y.Z     which release
  --from URL          the folder that holds the releases (https, or this machine)
  --sha256 ARCH=HEX   the checksum to hold the archive for ARCH to, instead of that in SHA256SUMS
  --unpacked DIR      install from a release that is unpacked already
  --remove            remove what was installed below the prefix'

main() {
    read_options "$@"
    case $prefix in
    /*) ;;
    *) fail "could not find a folder to install into: $prefix" "name one: --prefix DIR" ;;
    esac
    list=$prefix/share/doc/onramp-analytics/installed
    if [ "$task" = remove ]; then
        remove
        return
    fi
    scratch=$(mktemp -d) || fail "could not make a folder for what is fetched"
    trap 'leave' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    if [ -z "$unpacked" ]; then
        arch=$(machine)
        fetch_release
    fi
    place
    tell
}

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --remove) task=remove ;;
        --help | -h) printf '%s\n' "$usage" && exit 0 ;;
        --prefix | --version | --from | --sha256 | --unpacked)
            [ $# -ge 2 ] || misused "$1 needs a value"
            set_option "$1" "$2"
            shift
            ;;
        *) misused "unknown option: $1" ;;
        esac
        shift
    done
}

set_option() {
    case $1 in
    --prefix) prefix=$2 ;;
    --from) from=${2%/} ;;
    --unpacked) unpacked=$2 ;;
    # The checksums that came with this script are those of its own release.
    --version)
        [ "$2" = "$version" ] || sums=
        version=$2
        ;;
    --sha256)
        [ "$2" != "${2#*=}" ] || misused "--sha256 takes ARCH=HEX, not: $2"
        pinned="${pinned:-} $2"
        ;;
    esac
}

# ---- fetching and verifying -----------------------------------------------------------------------------------------

machine() {
    [ "$(uname -s)" = Linux ] || fail "there is no release for this system: $(uname -s)"
    case $(uname -m) in
    x86_64 | amd64) echo x86_64 ;;
    aarch64 | arm64) echo aarch64 ;;
    *) fail "there is no release for this machine: $(uname -m)" "build it: cargo install --path ." ;;
    esac
}

fetch_release() {
    [ -n "$version" ] || fail "could not tell which release to install" "name one: --version X.Y.Z"
    name=onramp-analytics-$version-$arch-linux
    expected=$(expected_sum)
    fetch "$from/v$version/$name.tar.gz" "$scratch/$name.tar.gz"
    found=$(sum_of "$scratch/$name.tar.gz")
    [ "$found" = "$expected" ] ||
        fail "the checksum of $name.tar.gz is not the expected one: nothing was unpacked
  expected $expected
  found    $found" "try again later; if it stays so, tell the maintainers"
    say "verified: $name.tar.gz has the SHA-256 $expected"
    tar -xzf "$scratch/$name.tar.gz" -C "$scratch" || fail "could not unpack: $name.tar.gz"
    unpacked=$scratch/$name
}

# From the command line, else from this script, else from the release's own list.
expected_sum() {
    sum=
    for pair in ${pinned:-$sums}; do
        [ "${pair%%=*}" != "$arch" ] || sum=${pair#*=}
    done
    if [ -z "$sum" ] && [ -z "${pinned:-$sums}" ]; then
        fetch "$from/v$version/SHA256SUMS" "$scratch/SHA256SUMS"
        sum=$(sed -n "s/^\([0-9a-f]*\)  $name\.tar\.gz\$/\1/p" "$scratch/SHA256SUMS")
    fi
    case $sum in
    *[!0-9a-f]* | '') fail "there is no checksum for $name.tar.gz: it was not fetched" ;;
    esac
    [ ${#sum} -eq 64 ] || fail "that is no SHA-256: $sum"
    echo "$sum"
}

fetch() {
    case $1 in
    https://*) protocol=https ;;
    http://127.0.0.1[:/]* | http://localhost[:/]* | 'http://[::1]'[:/]*) protocol=http ;;
    *) fail "could not fetch: $1" "only https is fetched, and plain http from this machine" ;;
    esac
    if has curl; then
        curl --fail --silent --show-error --location --proto "=$protocol" --proto-redir "=$protocol" \
            --connect-timeout 20 --max-time 900 --output "$2" "$1"
    elif has wget; then
        wget -q -T 60 -O "$2" "$1"
    else
        fail "could not fetch: $1" "install curl or wget"
    fi || fail "could not fetch: $1"
}

sum_of() {
    if has sha256sum; then
        sum=$(sha256sum <"$1")
    elif has shasum; then
        sum=$(shasum -a 256 <"$1")
    elif has openssl; then
        sum=$(openssl dgst -sha256 -r <"$1")
    else
        fail "could not verify: there is neither sha256sum nor shasum nor openssl"
    fi
    echo "${sum%% *}"
}

# ---- putting in place, and taking away ------------------------------------------------------------------------------

# What goes where, as `FROM TO`; ours are plain names without blanks.
files() (
    cd "$unpacked" || exit
    for file in bin/*; do echo "$file $file"; done
    for file in docs/man/*.1; do echo "$file share/man/man1/${file##*/}"; done
    echo completions/onramp-analytics.bash share/bash-completion/completions/onramp-analytics
    echo completions/_onramp-analytics share/zsh/site-functions/_onramp-analytics
    echo completions/onramp-analytics.fish share/fish/vendor_completions.d/onramp-analytics.fish
    for file in LICENSE* README.md CHANGELOG.md install.sh; do echo "$file share/doc/onramp-analytics/$file"; done
)

# All are copied beside their places first, tried, and then renamed: a full disk changes nothing, and a command that runs
# from an older file goes on with it.
place() {
    files >"$scratch/files" || fail "could not find a release in: $unpacked"
    : >"$scratch/made"
    while read -r file to; do
        [ ! -d "$prefix/$to" ] || fail "a folder is in the way: $prefix/$to"
        make_folder "$prefix/${to%/*}"
        { cp "$unpacked/$file" "$prefix/$to.new" && chmod "$(mode "$to")" "$prefix/$to.new"; } ||
            fail "could not write: $prefix/$to"
    done <"$scratch/files"
    try
    trap '' INT TERM HUP
    placed=yes
    while read -r file to; do
        mv -f "$prefix/$to.new" "$prefix/$to" || fail "could not put in place: $prefix/$to"
    done <"$scratch/files"
    write_list
}

# Whether it runs here at all: another machine's program, or one made for a newer libc, ends here.
try() {
    runs=$("$prefix/bin/onramp-analytics.new" --version 2>&1) ||
        fail "the program does not run here: $runs" "build it on this machine: cargo install --path ."
    [ -z "$version" ] || [ "$runs" = "onramp-analytics $version" ] ||
        fail "this is not the release $version: $runs"
}

mode() {
    case $1 in
    bin/*) echo 755 ;;
    *) echo 644 ;;
    esac
}

# Notes each folder that was not there, so that only these are removed again.
make_folder() {
    [ ! -d "$1/" ] || return 0
    make_folder "${1%/*}"
    mkdir "$1" || fail "could not make folder: $1"
    echo "folder $1" >>"$scratch/made"
}

# What this release has, the folders that were made then and now; files that only an older release had go.
write_list() {
    : >"$scratch/before"
    [ ! -f "$list" ] || cp "$list" "$scratch/before"
    sed -n 's/^file //p' "$scratch/before" | while read -r old; do
        grep -q " $old\$" "$scratch/files" || rm -f "$prefix/$old"
    done
    {
        sed 's/^[^ ]* /file /' "$scratch/files"
        sed -n '/^folder /p' "$scratch/before" "$scratch/made"
    } >"$list.new"
    mv -f "$list.new" "$list"
}

remove() {
    [ -f "$list" ] || fail "nothing was installed below $prefix by this script"
    listed=$(cat "$list")
    rm -f "$list"
    echo "$listed" | sed -n 's/^file //p' | while read -r file; do rm -f "$prefix/$file"; done
    echo "$listed" | remove_folders
    say "removed: onramp-analytics from $prefix"
}

# Deepest first; one that holds something else stays.
remove_folders() {
    sed -n 's/^folder //p' | LC_ALL=C sort -r | while read -r folder; do
        rmdir "$folder" 2>/dev/null || true
    done
}

# ---- words ----------------------------------------------------------------------------------------------------------

tell() {
    say "installed: $runs in $prefix/bin, its man pages and completions in $prefix/share"
    program=$prefix/bin/onramp-analytics
    case ":$PATH:" in
    *":$prefix/bin:"*) program=onramp-analytics ;;
    *) say "note: $prefix/bin is not on your PATH; nothing needs it to be" ;;
    esac
    say "next, in your OnRamp checkout:  $program install
to take it away again:  $program uninstall  and what that names
Nothing is recorded, and nothing is sent, before you say yes."
}

# Half of an installation is taken back, whatever ended it.
leave() {
    if [ -z "${placed:-}" ] && [ -f "$scratch/made" ]; then
        while read -r _ to; do rm -f "$prefix/$to.new"; done <"$scratch/files"
        remove_folders <"$scratch/made"
    fi
    rm -rf "$scratch"
}

has() { command -v "$1" >/dev/null 2>&1; }

say() { printf '%s\n' "$1"; }

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf 'help: %s\n' "$2" >&2
    exit 1
}

misused() {
    printf 'install.sh: %s\n%s\n' "$1" "$usage" >&2
    exit 2
}

# The last line: what arrived in part does nothing.
main "$@"
