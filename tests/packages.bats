#!/usr/bin/env bats
# The completions, and the Debian packages: built from the tarball, and installed, upgraded, removed and
# purged in a root of their own. The packages take minutes and a network, so only scripts/check --all
# builds them (ROLLCALL_PACKAGES=yes).

load helpers

completions=$BATS_TEST_DIRNAME/../scripts/completions

# all options and commands, as the program's help has them
named() { # PROGRAM
    "$build/$1" --help | grep -o -e '^ \{2,6\}\(-., \)\?--[a-z-]*' -e '^  [a-z][a-z]* ' | sed 's/^ *\(-., \)*//; s/ $//'
}

# complete_all SHELL: each line of completions.PROGRAM is what was completed for "-" or for nothing.
check_all() { # COMMAND-THAT-COMPLETES...: gets PROGRAM and WORD, prints a completion a line
    for program in rollcall rollcalld rollcallctl; do
        { "$@" "$program" -; "$@" "$program" ''; } | cut -f 1 | sort -u > found
        named "$program" > wanted
        [ "$(wc -l < wanted)" -gt 8 ]
        while read -r word; do
            grep -q -x -e "$word" found || { echo "$program: $word is not completed"; cat found; return 1; }
        done < wanted
    done
}

in_bash() { # PROGRAM WORD
    PATH=$build:$PATH bash --norc -c '. "$1"; COMP_WORDS=("$2" "$3"); COMP_CWORD=1; _rollcall; printf "%s\n" "${COMPREPLY[@]}"' \
        - "$completions/bash" "$@"
}

in_fish() { # PROGRAM WORD
    HOME=$PWD PATH=$build:$PATH fish --no-config -c "source '$completions/fish'; complete -C '$1 $2'"
}

# zsh completes in an editor only: compadd is replaced by one that prints.
in_zsh() { # PROGRAM WORD
    PATH=$build:$PATH zsh -f -c 'compadd() { [[ $1 = -a ]] && print -l -- ${(P)2}; }; _files() { :; }
        PREFIX=$3; words=("$2" "$3"); CURRENT=2; set --; source "$0"' "$completions/zsh" - "$@"
}

@test "bash completes every option and command" {
    check_all in_bash
    run in_bash rollcall --no-p
    [ "$output" = --no-progress ]
}

@test "fish completes every option and command" {
    command -v fish > /dev/null || skip "fish is not installed"
    check_all in_fish
}

@test "zsh completes every option and command" {
    command -v zsh > /dev/null || skip "zsh is not installed"
    check_all in_zsh
}

teardown_file() {
    for mounted in "$BATS_FILE_TMPDIR"/root/{dev/shm,proc}; do
        ! mountpoint -q "$mounted" || umount -l "$mounted"
    done
}

inside() { # COMMAND...
    chroot root env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}

@test "the packages install, run, upgrade, and leave nothing but what was handed in" {
    [ "${ROLLCALL_PACKAGES:-}" = yes ] || skip "packages take minutes: scripts/check --all builds them"
    for tool in dh lintian mmdebstrap; do
        command -v "$tool" > /dev/null || skip "$tool is not installed"
    done
    [ "$(id -u)" -eq 0 ] || skip "only root can make a root"
    ln -s "$BATS_FILE_TMPDIR/root" root
    mmdebstrap --variant=minbase --include=systemd,logrotate bookworm "$BATS_FILE_TMPDIR/root" > log 2>&1 || { cat log; skip "no packages for a clean root"; }
    "$BATS_TEST_DIRNAME/../scripts/package" "$PWD/packages"
    built=(packages/*.deb)
    [ ${#built[@]} -eq 2 ]
    cp "${built[@]}" root/tmp
    mount -t proc proc root/proc
    mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
    inside sh -c 'dpkg -i /tmp/*.deb'
    [ "$(inside id -gn rollcall)" = rollcall ]
    inside test -e /lib/systemd/system/rollcalld@.service
    echo "port 0" >> root/etc/rollcall/main.conf
    inside install -d -o rollcall -g rollcall /run/rollcall /var/lib/rollcall/main/{share,inbox,journal}
    echo meow > root/var/lib/rollcall/main/share/meow.txt
    : > "$log"
    inside rollcalld --config /etc/rollcall/main.conf --name "$room" --runtime /run/rollcall 2> "$log" 3>&- &
    logged 'Waiting for client connection'
    port=$(sed -n 's/.*127.0.0.1 port //p' "$log")
    [ "$(inside rollcall -h 127.0.0.1 -p "$port" get -o - meow.txt)" = meow ]
    inside sh -c 'echo work > /tmp/lab.c'
    inside rollcall -h 127.0.0.1 -p "$port" -n anna put /tmp/lab.c
    inside rollcallctl -n "$room" check
    # the program is replaced while the room runs
    inside sh -c 'dpkg -i /tmp/rollcalld_*.deb'
    inside rollcallctl -n "$room" upgrade
    inside rollcallctl -n "$room" status | grep -q "Room $room: "
    grep -q '^port 0$' root/etc/rollcall/main.conf
    server=$(inside rollcallctl -n "$room" status --json | jq .pid)
    kill "$server"
    await '! kill -0 "$server"'
    server=
    inside dpkg --remove rollcall rollcalld
    [ ! -e root/usr/sbin/rollcalld ] && [ -e root/etc/rollcall/main.conf ]
    inside dpkg --purge rollcall rollcalld > purged
    grep -q '/var/lib/rollcall stays' purged
    [ ! -e root/etc/rollcall ] && [ ! -e root/etc/logrotate.d/rollcall ]
    [ "$(cat root/var/lib/rollcall/main/inbox/anna/lab.c)" = work ]
    [ -z "$(find root/usr/ root/lib/ root/etc/ -xdev -name '*rollcall*' ! -name 'rollcall*.list')" ]
}
