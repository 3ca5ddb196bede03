#!/usr/bin/env bats
# make install and uninstall, rebuilding, and scripts/run.

load helpers

# One build for all of them, without optimization, for nobody waits for these programs.
setup_file() {
    export CFLAGS='-O0 -g -U_FORTIFY_SOURCE' source=$BATS_FILE_TMPDIR/source
    mkdir -p "$source/tests"
    cd "$BATS_TEST_DIRNAME/.." || return 1
    cp -R Makefile server client shm man scripts "$source"
    make -s -C "$source" -j2
}

@test "install puts everything into its place, uninstall removes all of it" {
    make -s -C "$source" install DESTDIR="$PWD/root" prefix=/opt/r
    (cd root && find . -type f -printf '%m %p\n' | sort -k 2) > found
    cat > wanted <<END
644 ./etc/logrotate.d/rollcall
644 ./etc/rollcall/main.conf
755 ./opt/r/bin/rollcall
755 ./opt/r/bin/rollcallctl
644 ./opt/r/lib/systemd/system/rollcalld-web@.socket
644 ./opt/r/lib/systemd/system/rollcalld@.service
644 ./opt/r/lib/systemd/system/rollcalld@.socket
644 ./opt/r/lib/sysusers.d/rollcall.conf
755 ./opt/r/libexec/rollcall/rollcalld
644 ./opt/r/share/bash-completion/completions/rollcall
644 ./opt/r/share/bash-completion/completions/rollcallctl
644 ./opt/r/share/bash-completion/completions/rollcalld
644 ./opt/r/share/fish/vendor_completions.d/rollcall.fish
644 ./opt/r/share/fish/vendor_completions.d/rollcallctl.fish
644 ./opt/r/share/fish/vendor_completions.d/rollcalld.fish
644 ./opt/r/share/man/man1/rollcall.1
644 ./opt/r/share/man/man7/rollcall-protocol.7
644 ./opt/r/share/man/man8/rollcallctl.8
644 ./opt/r/share/man/man8/rollcalld.8
644 ./opt/r/share/zsh/site-functions/_rollcall
644 ./opt/r/share/zsh/site-functions/_rollcallctl
END
    diff wanted found
    [ "$(readlink root/opt/r/sbin/rollcalld)" = ../libexec/rollcall/rollcalld ]
    cmp root/opt/r/sbin/rollcalld "$source/build/rollcalld"
    grep -q '^ExecStart=/opt/r/sbin/rollcalld ' root/opt/r/lib/systemd/system/rollcalld@.service
    run ! grep -r '@[a-z]*@' root/opt/r/lib root/etc
    [ "$(root/opt/r/bin/rollcall --version)" = "$("$source/build/rollcall" --version)" ]
    touch root/opt/r/bin/other
    echo mine > root/etc/rollcall/main.conf
    make -s -C "$source" install DESTDIR="$PWD/root" prefix=/opt/r
    [ "$(cat root/etc/rollcall/main.conf)" = mine ]
    make -s -C "$source" uninstall DESTDIR="$PWD/root" prefix=/opt/r
    run find root ! -type d
    [ "$(sort <<< "$output")" = "root/etc/logrotate.d/rollcall
root/etc/rollcall/main.conf
root/opt/r/bin/other" ]
}

@test "whoever is not root installs under a home, checks it, and removes it" {
    home=$PWD/home
    who=()
    if [ "$(id -u)" -eq 0 ]; then
        mkdir -m 777 home
        chmod o+x . "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
        who=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    # writes nothing into the sources: all is built
    as() { "${who[@]}" make -s -C "$source" -o "$source/build/flags" "$1" prefix="$home"; }
    as install
    [ -e home/etc/rollcall/main.conf ]
    grep -q "^ExecStart=$home/sbin/rollcalld --config=$home/etc/rollcall/%i.conf " "home/lib/systemd/system/rollcalld@.service"
    [[ $(as installcheck) == "installcheck: rollcalld "* ]]
    as uninstall
    [ "$(find home ! -type d | sort)" = $'home/etc/logrotate.d/rollcall\nhome/etc/rollcall/main.conf' ]
}

@test "the GNU directory variables are honoured" {
    make -s -C "$source" install DESTDIR="$PWD/root" bindir=/b sbindir=/s libexecdir=/l mandir=/m unitdir=/u
    [ -x root/b/rollcall ] && [ -x root/l/rollcall/rollcalld ] && [ -L root/s/rollcalld ] && [ -e root/m/man7/rollcall-protocol.7 ]
    grep -q '^ExecStart=/s/rollcalld ' root/u/rollcalld@.service
}

@test "installcheck runs what is installed, and misses what is not" {
    make -s -C "$source" install DESTDIR="$PWD/root" prefix=/opt/r
    run make -s -C "$source" installcheck DESTDIR="$PWD/root" prefix=/opt/r
    [ "$status" -eq 0 ]
    [[ $output == "installcheck: rollcalld "*" works as it is installed" ]]
    sed -i 's|/opt/r|/opt/other|' root/opt/r/lib/systemd/system/rollcalld@.service
    run make -s -C "$source" installcheck DESTDIR="$PWD/root" prefix=/opt/r
    [ "$status" -ne 0 ]
    [[ $output == *"rollcalld@.service does not start /opt/r/sbin/rollcalld"* ]]
    rm root/opt/r/bin/rollcallctl
    run make -s -C "$source" installcheck DESTDIR="$PWD/root" prefix=/opt/r
    [ "$status" -ne 0 ]
    [[ $output == *"/opt/r/bin/rollcallctl does not run"* ]]
}

@test "a build in another directory is the same, byte for byte" {
    mkdir -p "elsewhere, with a longer path"
    cd "elsewhere, with a longer path"
    cp -R "$source"/{Makefile,server,client,shm,man,scripts} .
    make -s -j2
    for program in rollcall rollcallctl rollcalld; do
        cmp "build/$program" "$source/build/$program"
    done
}

@test "the tarball is the same from a clone, from itself, and in any directory" {
    command -v git > /dev/null || skip "git is not installed"
    [ -e "$BATS_TEST_DIRNAME/../.git" ] || skip "this is no clone"
    git clone -q "$BATS_TEST_DIRNAME/.." clone
    (cd clone && make -s dist && touch untracked && umask 077 && chmod -R go-rwx . && make -s dist)
    mkdir other
    tar -C other -xzf clone/build/rollcall-*.tar.gz
    cd other/rollcall-*
    [ -x scripts/check ] && [ ! -e untracked ]
    make -s dist
    cmp build/rollcall-*.tar.gz ../../clone/build/rollcall-*.tar.gz
    run diff -r . ../../clone
    [ "$output" = $'Only in ../../clone: .git\nOnly in ../../clone: untracked' ] || diff -r build ../../clone/build
    SOURCE_DATE_EPOCH=1000000000 make -s dist
    tar --utc -tvzf build/rollcall-*.tar.gz > list
    run ! grep -v '2001-09-09 01:46' list
    grep -q '^-rw-r--r-- 0/0 .*/README.md$' list
}

@test "a header that changes rebuilds what includes it, and other flags rebuild all" {
    cp -Rp "$source/." .
    run ! grep ' -c ' <(make)
    touch server/handler/verbs.h
    make | grep -o '[a-z_]*\.c$' | sort > rebuilt
    grep -q '^verbs.c$' rebuilt
    grep -q '^verb_files.c$' rebuilt
    run ! grep -q '^registry.c$' rebuilt
    make CFLAGS=-O1 | grep -q 'registry\.c$'
    make -s clean
    [ ! -e build ]
}

@test "scripts/run starts a room with the sample files" {
    cp -Rp "$source/." .
    launch ./scripts/run --port 0 --web 127.0.0.1:0 --name "$room"
    run ./build/rollcall -p "$port" list
    [ "$output" = "Client.py
Server.py
meow.txt" ]
    stop
    [ "$status" -eq 0 ]
}
