# shellcheck shell=sh
# Sourced by run and check: makes sure that commands are there.

# need COMMAND=PACKAGE...: installs the (Debian) packages whose commands are missing. Returns 1
# where something is still missing, having said what.
need() {
    missing=
    for pair in "$@"; do
        command -v "${pair%%=*}" > /dev/null 2>&1 || missing="$missing ${pair#*=}"
    done
    # shellcheck disable=SC2086
    [ -z "$missing" ] || add_packages $missing
}

# A compiler without the C library's headers builds nothing.
need_compiler() {
    need cc=gcc make=make || return 1
    has_headers || add_packages libc6-dev || return 1
    has_headers || { echo "the C compiler finds no <stdio.h>: install the C library's headers" >&2; return 1; }
}

has_headers() {
    echo '#include <stdio.h>' | cc -E - > /dev/null 2>&1
}

add_packages() {
    sudo=
    if ! command -v apt-get > /dev/null 2>&1; then
        echo "missing here: $*; install them with this system's package manager" >&2
        return 1
    elif [ "$(id -u)" -ne 0 ] && ! command -v sudo > /dev/null 2>&1; then
        echo "missing here: $*; as root: apt-get install $*" >&2
        return 1
    elif [ "$(id -u)" -ne 0 ]; then
        sudo=sudo
    fi
    echo "Installing: $*" >&2
    setup_log=$(mktemp) || return 1
    # the index is missing on a fresh machine, or too old to fetch from
    if { apt_install "$@" || { $sudo apt-get update && apt_install "$@"; }; } > "$setup_log" 2>&1; then
        rm -f "$setup_log"
        return 0
    fi
    tail -n 20 "$setup_log" >&2
    rm -f "$setup_log"
    # one that cannot be had does not keep the others away
    setup_left=
    for setup_package in "$@"; do
        [ $# -gt 1 ] && apt_install "$setup_package" > /dev/null 2>&1 || setup_left="$setup_left $setup_package"
    done
    [ -n "$setup_left" ] || return 0
    echo "cannot install:$setup_left; install by hand, then try again" >&2
    return 1
}

apt_install() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# get_program PACKAGE PATH DIRECTORY: takes one file out of a (Debian) package that is not installed, for a
# program that needs nothing of the rest, and whose installation would start a service.
get_program() {
    command -v apt-get > /dev/null 2>&1 && command -v dpkg-deb > /dev/null 2>&1 || return 1
    echo "Fetching: ${2##*/} of $1" >&2
    setup_at=$(mktemp -d) || return 1
    # apt writes into the working directory
    if (cd "$setup_at" && timeout 120 apt-get download "$1" && dpkg-deb --fsys-tarfile ./"$1"_*.deb | tar -x "./$2") \
        > /dev/null 2>&1 && mkdir -p "$3" && cp "$setup_at/$2" "$3"; then
        rm -rf "$setup_at"
        return 0
    fi
    rm -rf "$setup_at"
    return 1
}
