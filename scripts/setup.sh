# shellcheck shell=sh
# Sourced by run and check: makes sure that commands are there.

# need COMMAND=PACKAGE...: installs the (Debian) packages whose commands are missing, through
# apt-get; elsewhere says what to install. Returns 1 where something is still missing.
need() {
    missing=
    for pair in "$@"; do
        command -v "${pair%%=*}" > /dev/null 2>&1 || missing="$missing ${pair#*=}"
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get > /dev/null 2>&1; then
        echo "missing here:$missing; install them with this system's package manager" >&2
        return 1
    fi
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo > /dev/null 2>&1; then
            echo "missing here:$missing; as root: apt-get install$missing" >&2
            return 1
        fi
        sudo=sudo
    fi
    echo "Installing:$missing" >&2
    # the index may be missing on a fresh machine, or too old to fetch from
    # shellcheck disable=SC2086
    apt_install $missing > "${TMPDIR:-/tmp}/rollcall-setup.$$" 2>&1 ||
        { $sudo apt-get update && apt_install $missing; } > "${TMPDIR:-/tmp}/rollcall-setup.$$" 2>&1 ||
        { cat "${TMPDIR:-/tmp}/rollcall-setup.$$" >&2; }
    rm -f "${TMPDIR:-/tmp}/rollcall-setup.$$"
    for pair in "$@"; do
        command -v "${pair%%=*}" > /dev/null 2>&1 && continue
        echo "cannot install ${pair#*=}: install it by hand, then try again" >&2
        return 1
    done
}

apt_install() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

need_compiler() {
    need cc=gcc make=make || return 1
    # a compiler without the C library's headers builds nothing
    if ! echo '#include <stdio.h>' | cc -E - > /dev/null 2>&1; then
        need "no-libc-headers=libc6-dev" 2> /dev/null || true
        echo '#include <stdio.h>' | cc -E - > /dev/null 2>&1 ||
            { echo "no C library headers: install libc6-dev" >&2; return 1; }
    fi
}
