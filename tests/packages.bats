#!/usr/bin/env bats
# The completions, and the Debian packages: built from the tarball, and installed, upgraded, removed and
# purged in a root of their own. The packages take minutes and a network, so only scripts/check --all
# builds them (ROLLCALL_PACKAGES=yes).

load helpers
load debian

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

# what is in a package: modes and paths, without directories
content() { # NAME
    dpkg-deb -c "$packages/$1"_*.deb | sed -n -E 's|^([-l][^ ]*) root/root .* \./([^ ]*)( -> (.*))?$|\1 \2\3|p' | LC_ALL=C sort -k 2
}

@test "the packages are built without a trace, lintian has nothing to say, and each file is in one of them" {
    need_debian git
    # lintian speaks before the list of what was built
    [ "$(sed 's|.*/\(rollcalld*\)_.*|\1|' "$packages/said")" = $'rollcall\nrollcalld' ] || { cat "$packages/said"; return 1; }
    [ ! -e "$sources/.git" ] || [ -z "$(git -C "$sources" status --porcelain --untracked-files=all -- debian scripts)" ]
    content rollcall > found
    diff - found <<END
-rwxr-xr-x usr/bin/rollcall
-rw-r--r-- usr/share/bash-completion/completions/rollcall
-rw-r--r-- usr/share/doc/rollcall/changelog.gz
-rw-r--r-- usr/share/doc/rollcall/copyright
-rw-r--r-- usr/share/fish/vendor_completions.d/rollcall.fish
-rw-r--r-- usr/share/man/man1/rollcall.1.gz
-rw-r--r-- usr/share/man/man7/rollcall-protocol.7.gz
-rw-r--r-- usr/share/zsh/vendor-completions/_rollcall
END
    content rollcalld > found
    diff - found <<END
-rw-r--r-- etc/logrotate.d/rollcall
-rw-r--r-- etc/rollcall/main.conf
-rw-r--r-- lib/systemd/system/rollcalld-web@.socket
-rw-r--r-- lib/systemd/system/rollcalld@.service
-rw-r--r-- lib/systemd/system/rollcalld@.socket
-rwxr-xr-x usr/bin/rollcallctl
-rw-r--r-- usr/lib/sysusers.d/rollcall.conf
-rwxr-xr-x usr/libexec/rollcall/rollcalld
lrwxrwxrwx usr/sbin/rollcalld -> ../libexec/rollcall/rollcalld
-rw-r--r-- usr/share/bash-completion/completions/rollcallctl
-rw-r--r-- usr/share/bash-completion/completions/rollcalld
-rw-r--r-- usr/share/doc/rollcalld/CHANGES.md.gz
-rw-r--r-- usr/share/doc/rollcalld/README.md.gz
-rw-r--r-- usr/share/doc/rollcalld/changelog.gz
-rw-r--r-- usr/share/doc/rollcalld/copyright
-rw-r--r-- usr/share/fish/vendor_completions.d/rollcallctl.fish
-rw-r--r-- usr/share/fish/vendor_completions.d/rollcalld.fish
-rw-r--r-- usr/share/lintian/overrides/rollcalld
-rw-r--r-- usr/share/man/man8/rollcallctl.8.gz
-rw-r--r-- usr/share/man/man8/rollcalld.8.gz
-rw-r--r-- usr/share/zsh/vendor-completions/_rollcallctl
END
    [ "$(dpkg-deb -I "$packages"/rollcalld_*.deb conffiles | sort)" = $'/etc/logrotate.d/rollcall\n/etc/rollcall/main.conf' ]
}

inside() { # COMMAND...
    chroot root env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}

# Without systemd as process 1: that is booted.bats.
@test "the packages install, run, upgrade under a session, and leave nothing but what was handed in" {
    need_debian
    ln -s "$BATS_FILE_TMPDIR/root" root
    unpack_debian "$BATS_FILE_TMPDIR/root"
    later_release "$packages"/rollcalld_*.deb root/root
    mount -t proc proc root/proc
    mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
    inside sh -c 'dpkg -i /root/rollcall*_0.1.0_*.deb'
    [ "$(inside id -gn rollcall)" = rollcall ]
    echo "port 0" >> root/etc/rollcall/main.conf
    inside install -d -o rollcall -g rollcall /run/rollcall /var/lib/rollcall/main/{share,inbox,journal}
    echo meow > root/var/lib/rollcall/main/share/meow.txt
    : > "$log"
    inside rollcalld --config /etc/rollcall/main.conf --name "$room" --runtime /run/rollcall 2> "$log" 3>&- &
    logged 'Waiting for client connection'
    port=$(sed -n 's/.*127.0.0.1 port //p' "$log")
    connect a && expect $a '220 Enter Client01'
    say $a nick:anna && expect_like $a '200 anna .*'
    [ "$(inside rollcall -h 127.0.0.1 -p "$port" get -o - meow.txt)" = meow ]
    inside sh -c 'echo work > /tmp/lab.c'
    inside rollcall -h 127.0.0.1 -p "$port" -n ben put /tmp/lab.c
    inside rollcallctl -n "$room" check
    # the program is replaced while the room runs
    inside sh -c 'dpkg -i /root/rollcalld_0.1.1_*.deb'
    inside rollcallctl -n "$room" upgrade
    file_has "$log" "Upgraded from 0\.1\.0 to 0\.1\.1"
    say $a hello && expect $a '200 hello ACK'
    inside rollcallctl -n "$room" status --json > seen
    [ "$(jq -r '.clients[].name' seen)" = anna ]
    grep -q '^port 0$' root/etc/rollcall/main.conf
    kill "$(jq .pid seen)"
    expect_like $a '421 .*'
    await '! kill -0 "$(jq .pid seen)"'
    inside dpkg --remove rollcall rollcalld
    [ ! -e root/usr/sbin/rollcalld ] && [ -e root/etc/rollcall/main.conf ]
    inside dpkg --purge rollcall rollcalld > purged
    grep -q '/var/lib/rollcall stays' purged
    [ ! -e root/etc/rollcall ] && [ ! -e root/etc/logrotate.d/rollcall ]
    [ "$(cat root/var/lib/rollcall/main/inbox/ben/lab.c)" = work ]
    [ -z "$(find root/usr/ root/lib/ root/etc/ -xdev -name '*rollcall*' ! -name 'rollcall*.list')" ]
}
