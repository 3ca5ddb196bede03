#!/usr/bin/env bats
# The packages in a machine whose process 1 is a systemd: units, sockets, reload, watchdog, credentials, an
# upgrade. The machine is a container of systemd-nspawn with a network of its own; like packages.bats this
# is run by scripts/check --all only.

load helpers
load debian

# One machine for all tests, one test at a time, each with a room of its own, on a port of its own.
setup_file() {
    export BATS_NO_PARALLELIZE_WITHIN_FILE=true
}

teardown_file() {
    local nspawn
    [ -e "$BATS_FILE_TMPDIR/nspawn" ] || return 0
    read -r nspawn < "$BATS_FILE_TMPDIR/nspawn"
    kill "$nspawn" 2> /dev/null || true
    await '! kill -0 "$nspawn"' || kill -9 "$nspawn"
    # where /run is on a disk, nspawn leaves this
    rmdir "/run/systemd/nspawn/propagate/rollcall-$nspawn" 2> /dev/null || true
}

# The container's own process 1 is the only child of systemd-nspawn.
process_1() { # sets $leader
    local nspawn
    read -r nspawn < "$BATS_FILE_TMPDIR/nspawn"
    read -r leader _ < "/proc/$nspawn/task/$nspawn/children" || [ -n "$leader" ] # no line feed at its end
}

is_up() {
    process_1 && inside systemctl is-system-running > state 2>&1
    file_has state '^(running|degraded)$'
}

# Boots the machine, once, and installs the packages.
booted() {
    need_debian systemd-nspawn nsenter nc
    machine=$BATS_FILE_TMPDIR/machine
    [ ! -e "$BATS_FILE_TMPDIR/booted" ] || { process_1; return; }
    [ ! -e "$machine" ] || skip "the machine does not boot: see the first test"
    unpack_debian "$machine"
    # the machine's name must be one that a teardown knows: a shell's pid stays when it becomes nspawn
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 bash -c 'echo $$ > "$1"; exec systemd-nspawn --quiet --boot --register=no \
        --keep-unit --private-network --console=pipe --machine="rollcall-$$" --directory="$2"' \
        - "$BATS_FILE_TMPDIR/nspawn" "$machine" < /dev/null > "$BATS_FILE_TMPDIR/console" 2>&1 3>&- &
    await '[ -s "$BATS_FILE_TMPDIR/nspawn" ]'
    await 'is_up || ! kill -0 $!'
    process_1 || skip "no systemd boots here: $(tail -n 1 "$BATS_FILE_TMPDIR/console")"
    inside sh -c 'dpkg -i /root/rollcall*_0.1.0_*.deb'
    echo '127.0.0.1 localhost' > "$machine/etc/hosts" # every installed Debian has one
    inside useradd -G rollcall teacher
    inside useradd -m stranger
    touch "$BATS_FILE_TMPDIR/booted"
}

inside() { # COMMAND...
    nsenter -t "$leader" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb DEBIAN_FRONTEND=noninteractive "$@"
}

as() { # USER COMMAND...
    inside runuser -u "$1" -- "${@:2}"
}

# prepare NAME PORT: settings for rollcalld@NAME, as main.conf says that they are made. ($room stays what
# it is: a teardown kills what has that in its command line.)
prepare() {
    unit=rollcalld@$1 port=$2 settings=$machine/etc/rollcall/$1.conf
    sed "s|/main/|/$1/|" "$machine/etc/rollcall/main.conf" > "$settings"
    set_to port "$2"
}

set_to() { # NAME VALUE: in the settings of the room
    sed -i "/^$1 /d" "$settings"
    echo "$1 $2" >> "$settings"
}

# add_to UNIT LINE...: what `systemctl edit` would write.
add_to() {
    mkdir -p "$machine/etc/systemd/system/$1.d"
    printf '%s\n' "[${1##*.}]" "${@:2}" | sed '1s/service/Service/; 1s/socket/Socket/' > "$machine/etc/systemd/system/$1.d/override.conf"
    inside systemctl daemon-reload
}

# is PROPERTY VALUE: of $unit
is() {
    [ "$(inside systemctl show --value -p "$1" "$unit")" = "$2" ]
}

main_pid() {
    inside systemctl show --value -p MainPID "$unit"
}

said() { # PATTERN [OPTION-OF-JOURNALCTL...]
    inside journalctl -u "$unit" -o cat --no-pager "${@:2}" > journal && file_has journal "$1"
}

# A client in the machine: hears from ${client[0]}, says to ${client[1]}.
client_inside() {
    coproc client { nsenter -t "$leader" -n nc 127.0.0.1 "$port" 3>&-; }
}

@test "rollcalld@NAME is ready when systemd says so; the group may look and read, others only take part" {
    booted
    prepare room 8001
    inside systemctl start rollcalld@room
    is ActiveState active
    [[ $(inside systemctl show --value -p StatusText rollcalld@room) == "0 of 100 present"* ]]
    echo meow > "$machine/home/lesson.txt"
    as teacher sh -c 'umask 022; cp /home/lesson.txt /var/lib/rollcall/room/share'
    [ "$(as stranger rollcall -p 8001 get -o - lesson.txt)" = meow ]
    as stranger sh -c 'echo work > ~/lab.c; rollcall -p 8001 -n anna put ~/lab.c'
    [ "$(as teacher cat /var/lib/rollcall/room/inbox/anna/lab.c)" = work ]
    as teacher rollcallctl -n room check
    as teacher rollcallctl -n room report > printed
    grep anna printed
    run ! as stranger cat /var/lib/rollcall/room/inbox/anna/lab.c
    run ! as stranger rollcallctl -n room status
    [ "$output" = "rollcallctl: room 'room' belongs to another user: run this as root, as the user of its rollcalld, \
or, with --group-access, as a member of its group" ]
    inside systemctl stop rollcalld@room
    is Result success
    [ ! -e "$machine/run/rollcall/room" ] && inside test ! -e /dev/shm/rollcall.room
}

@test "systemd-analyze finds little to say of the unit" {
    booted
    inside systemd-analyze security --no-pager rollcalld@room > found || true
    tail -n 1 found
    # 14 is a score of 1.4
    inside systemd-analyze security --no-pager --threshold=14 rollcalld@room > found
}

@test "reload changes a running room, and fails where it fails; wrong settings are not started again and again" {
    booted
    prepare again 8002
    inside systemctl start rollcalld@again
    client_inside
    expect "${client[0]}" '220 Enter Client01'
    pid=$(main_pid)
    set_to max-clients 50
    inside systemctl reload rollcalld@again
    inside rollcallctl -n again status | grep '1 of 50 present'
    set_to max-clients none
    run ! inside systemctl reload rollcalld@again
    is ActiveState active
    [ "$(main_pid)" = "$pid" ]
    say "${client[1]}" hello && expect "${client[0]}" '200 hello ACK'
    run ! inside systemctl restart rollcalld@again
    expect_like "${client[0]}" '421 .*'
    is ExecMainStatus 2 && is NRestarts 0 && is ActiveState failed
    said 'again.conf.*max-clients' -p err
}

# Restarts $unit under clients that come one after the other.
nobody_is_refused() {
    # a session that a restart interrupts is told so; every other error ends this
    inside rm -f /run/enough
    inside bash -c 'while [ ! -e /run/enough ]; do
        error=$(rollcall -p $1 list 2>&1 > /dev/null) || [[ $error == *"Server shutting down"* ]] || break
        echo
    done
    echo "$error" >&2' - "$port" > listed 2> last 3>&- &
    asker=$!
    for _ in 1 2 3; do
        [ -s listed ] && before=$(wc -l < listed) || before=0
        inside systemctl restart "$unit"
        await '[ "$(wc -l < listed)" -gt $((before + 2)) ] || ! kill -0 $asker'
    done
    inside touch /run/enough
    wait "$asker"
    [[ $(cat last) =~ ^(.*Server\ shutting\ down.*)?$ ]] || { cat last; return 1; }
    is Result success && is NRestarts 0
}

@test "a socket starts the room, and nobody is refused while it restarts" {
    booted
    prepare sock 8003
    for socket in rollcalld@sock.socket=8003 rollcalld-web@sock.socket=8083; do
        add_to "${socket%=*}" ListenStream= "ListenStream=127.0.0.1:${socket#*=}"
    done
    inside systemctl start rollcalld@sock.socket rollcalld-web@sock.socket
    is ActiveState inactive
    inside rollcall -p 8003 list
    is ActiveState active
    inside bash -c 'exec 9<> /dev/tcp/127.0.0.1/8083; printf "GET / HTTP/1.1\r\nHost: localhost:8083\r\n\r\n" >&9; head -n 1 <&9' > got
    [[ $(cat got) == "HTTP/1.1 200 "* ]]
    nobody_is_refused
}

@test "without a socket unit nobody is refused either while the room restarts, but after a stop" {
    booted
    prepare kept 8009
    inside systemctl start rollcalld@kept
    is NFileDescriptorStore 2
    nobody_is_refused
    is NFileDescriptorStore 2
    inside systemctl stop rollcalld@kept
    is NFileDescriptorStore 0
    run inside bash -c ': <> /dev/tcp/127.0.0.1/8009'
    [ "$status" -ne 0 ]
}

@test "a parent that stops or dies is started again, and the record goes on" {
    booted
    prepare dog 8004
    add_to rollcalld@dog.service WatchdogSec=1
    inside systemctl start rollcalld@dog
    client_inside
    expect "${client[0]}" '220 Enter Client01'
    inside sh -c 'kill -STOP "$1"' - "$(main_pid)"
    await 'is NRestarts 1 && is ActiveState active'
    said 'Watchdog timeout'
    inside sh -c 'kill -KILL "$1"' - "$(main_pid)"
    await 'is NRestarts 2 && is ActiveState active'
    inside rollcall -p 8004 list
    inside rollcallctl -n dog check
    [ "$(inside rollcallctl -n dog history --json | jq '.sessions | length')" -eq 2 ]
}

@test "what the unit hides is told with the line to add, and that line helps" {
    booted
    mkdir -p "$machine/home/lesson"
    echo meow > "$machine/home/lesson/meow.txt"
    (umask 077 && echo secret > "$machine/etc/rollcall/hidden.key")
    prepare hidden 8005
    set_to share /home/lesson
    run ! inside systemctl start rollcalld@hidden
    said 'add BindReadOnlyPaths=/home/lesson' -p err
    add_to rollcalld@hidden.service BindReadOnlyPaths=/home/lesson
    set_to key-file /etc/rollcall/hidden.key
    run ! inside systemctl start rollcalld@hidden
    said 'add LoadCredential=key:/etc/rollcall/hidden.key .*let key-file be /run/credentials/rollcalld@hidden.service/key' -p err
    add_to rollcalld@hidden.service BindReadOnlyPaths=/home/lesson LoadCredential=key:/etc/rollcall/hidden.key
    set_to key-file /run/credentials/rollcalld@hidden.service/key
    inside systemctl reset-failed rollcalld@hidden
    inside systemctl start rollcalld@hidden
    [ "$(inside rollcall -p 8005 --key-file /etc/rollcall/hidden.key get -o - meow.txt)" = meow ]
    run ! inside rollcall -p 8005 list
    inside systemctl reload rollcalld@hidden
}

@test "logrotate takes the journal away under a running room" {
    booted
    prepare turn 8006
    inside systemctl start rollcalld@turn
    inside rollcall -p 8006 -n anna list
    inside logrotate -f /etc/logrotate.d/rollcall
    inside rollcall -p 8006 -n ben list
    grep anna "$machine"/var/lib/rollcall/turn/journal/journal-*
    await 'file_has "$machine/var/lib/rollcall/turn/journal/journal" ben'
    run ! grep anna "$machine/var/lib/rollcall/turn/journal/journal"
}

# The last, because it takes the packages away.
@test "an upgrade of the package keeps the sessions, a removal ends them, a purge leaves the inbox" {
    booted
    prepare kept 8007
    inside systemctl enable --now rollcalld@kept
    client_inside
    expect "${client[0]}" '220 Enter Client01'
    say "${client[1]}" nick:anna && expect_like "${client[0]}" '200 anna .*'
    pid=$(main_pid)
    later_release "$packages"/rollcalld_*.deb "$machine/root"
    inside sh -c 'dpkg -i /root/rollcalld_0.1.1_*.deb' > installed
    grep 'room kept goes on with the new program' installed
    [ "$(main_pid)" = "$pid" ]
    said 'Upgraded from 0.1.0 to 0.1.1'
    say "${client[1]}" hello && expect "${client[0]}" '200 hello ACK'
    as stranger sh -c 'rollcall -p 8007 -n ben put ~/lab.c'
    inside systemctl reload rollcalld@kept
    inside dpkg --remove rollcall rollcalld
    expect_like "${client[0]}" '421 .*'
    [ -z "$(inside systemctl list-units --plain --no-legend --state=active 'rollcalld*')" ]
    inside sh -c 'ls /dev/shm /run/rollcall' > left 2> /dev/null || true
    run ! grep -v -x -e '' -e '/.*:' left
    inside dpkg --purge rollcall rollcalld > purged
    grep -q '/var/lib/rollcall stays' purged
    [ "$(cat "$machine/var/lib/rollcall/kept/inbox/ben/lab.c")" = work ]
}
