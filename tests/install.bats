#!/usr/bin/env bats
# make install and uninstall, rebuilding, and scripts/run.

load helpers

# One build for all of them, without optimization, for nobody waits for these programs.
setup_file() {
    export CFLAGS='-O0 -U_FORTIFY_SOURCE' source=$BATS_FILE_TMPDIR/source
    mkdir -p "$source/tests"
    cd "$BATS_TEST_DIRNAME/.." || return 1
    cp -R Makefile server client shm man scripts "$source"
    make -s -C "$source" -j2
}

@test "install puts everything into its place, uninstall removes all of it" {
    make -s -C "$source" install DESTDIR="$PWD/root" prefix=/opt/r
    (cd root && find . -type f -printf '%m %p\n' | sort -k 2) > found
    cat > wanted <<END
755 ./opt/r/bin/rollcall
755 ./opt/r/bin/rollcallctl
644 ./opt/r/lib/systemd/system/rollcalld.service
644 ./opt/r/lib/systemd/system/rollcalld.socket
755 ./opt/r/sbin/rollcalld
644 ./opt/r/share/man/man1/rollcall.1
644 ./opt/r/share/man/man7/rollcall-protocol.7
644 ./opt/r/share/man/man8/rollcallctl.8
644 ./opt/r/share/man/man8/rollcalld.8
END
    diff wanted found
    grep -q '^ExecStart=/opt/r/sbin/rollcalld ' root/opt/r/lib/systemd/system/rollcalld.service
    run ! grep -r '@[a-z]*@' root/opt/r/lib
    [ "$(root/opt/r/bin/rollcall --version)" = "$("$source/build/rollcall" --version)" ]
    touch root/opt/r/bin/other
    make -s -C "$source" uninstall DESTDIR="$PWD/root" prefix=/opt/r
    [ "$(cd root && find . -type f)" = ./opt/r/bin/other ]
}

@test "the GNU directory variables are honoured" {
    make -s -C "$source" install DESTDIR="$PWD/root" bindir=/b sbindir=/s mandir=/m unitdir=/u
    [ -x root/b/rollcall ] && [ -x root/s/rollcalld ] && [ -e root/m/man7/rollcall-protocol.7 ]
    grep -q '^ExecStart=/s/rollcalld ' root/u/rollcalld.service
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
    launch ./scripts/run --port 0 --name "$room"
    run ./build/rollcall -p "$port" list
    [ "$output" = "Client.py
Server.py
meow.txt" ]
    stop
    [ "$status" -eq 0 ]
}
