# shellcheck shell=bash
# Loaded by packages.bats and booted.bats: the Debian packages, and a clean Debian to install them in. Each
# takes half a minute, so both files share them: they lie in the build directory, the packages until a
# source changes, the Debian until `make clean`.

packages=$build/packages
debian=$build/debian.tar
sources=$BATS_TEST_DIRNAME/..

# need_debian TOOL...: makes the packages and the Debian, or skips the test.
need_debian() {
    [ "${ROLLCALL_PACKAGES:-}" = yes ] || skip "packages take minutes: scripts/check --all builds them"
    local tool lock
    for tool in dh lintian mmdebstrap "$@"; do
        command -v "$tool" > /dev/null || skip "$tool is not installed"
    done
    [ "$(id -u)" -eq 0 ] || skip "only root can make a root"
    # one of the two files at a time
    exec {lock}> "$build/debian.lock"
    flock "$lock"
    make_packages
    make_debian || skip "no packages for a clean root: $(tail -n 1 "$debian.log")"
    exec {lock}>&-
}

make_packages() {
    [ ! -e "$packages/said" ] || [ -n "$(cd "$sources" && find Makefile ./*.md LICENSE client man scripts server shm \
        -newer "$packages/began" -print -quit)" ] || return 0
    rm -rf "$packages"
    mkdir "$packages"
    touch "$packages/began"
    "$sources/scripts/package" "$packages" > "$packages/said.new" 2>&1 || { cat "$packages/said.new"; return 1; }
    mv "$packages/said.new" "$packages/said"
}

make_debian() {
    [ ! -e "$debian" ] || return 0
    mmdebstrap --variant=minbase --include=systemd,logrotate --format=tar bookworm "$debian.new" 2> "$debian.log" &&
        mv "$debian.new" "$debian"
}

unpack_debian() { # DIRECTORY: which gets the packages, too, in /root
    mkdir -p "$1"
    tar -C "$1" -xf "$debian"
    cp "$packages"/*.deb "$1/root"
}

# later_release DEB DIRECTORY: a package of rollcalld of the next version in the directory, whose program
# says so, and is the same otherwise.
later_release() {
    dpkg-deb -R "$1" later
    sed -i 's/^Version: 0\.1\.0$/Version: 0.1.1/' later/DEBIAN/control
    LC_ALL=C sed -i 's/0\.1\.0/0.1.1/g' later/usr/libexec/rollcall/rollcalld
    dpkg-deb -b later "$2" > built
}
