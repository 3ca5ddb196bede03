#!/usr/bin/env bats
# The ways to run the daemon: in the foreground, in the background, and as each systemd unit starts it.
# All of them pass the same tests.

load helpers

# The daemon alone in its directory, as it is installed, so that it can be replaced.
install_daemon() {
    mkdir bin
    cp "$build/rollcalld" bin/rollcalld
    daemon=$PWD/bin/rollcalld
}

# Prints the port of 127.0.0.N on which this process listens, because a log in syslog cannot be read here.
listening_port() { # PID N
    local link inode rest fields
    local -A ours=()
    for link in /proc/"$1"/fd/*; do
        inode=$(readlink "$link") || continue
        [[ $inode != socket:* ]] || ours[${inode//[^0-9]/}]=yes
    done
    while read -r -a fields; do
        # 0A is LISTEN; the tenth field is the inode; the address has the machine's order of bytes
        [ "${fields[3]}" = 0A ] && [ -n "${ours[${fields[9]}]:-}" ] || continue
        [[ ${fields[1]} == "0${2}00007F:"* || ${fields[1]} == "7F00000$2:"* ]] || continue
        rest=${fields[1]#*:}
        echo $((16#$rest))
        return
    done < /proc/net/tcp
    return 1
}

# Makes a directory for a daemon that has given up root, because the tests' own belong to root.
base_for_daemon() {
    base=/tmp/rollcall-$room
    mkdir -m 755 "$base"
    [ "$(id -u)" -ne 0 ] || chown "$(id -un rollcall 2> /dev/null || echo nobody)" "$base"
}

in_foreground() {
    launch "$daemon" --port 0 --name "$room" --share share "$@"
}

in_background() {
    run "$daemon" --daemon --port 0 --name "$room" --share share "$@"
    [ "$status" -eq 0 ]
    said_nothing
    run "$build/rollcallctl" -n "$room" status --json
    [ "$status" -eq 0 ]
    server=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' <<< "$output" | head -n 1)
    port=$(listening_port "$server" 1)
}

# Runs the unit's own command line, with what a service manager gives a service: / as working
# directory, a state directory, a runtime directory, and a socket for notifications.
as_unit() { # PREFIX-COMMAND... -- OPTION...
    local before=() command
    while [ "$1" != -- ]; do
        before+=("$1")
        shift
    done
    shift
    command -v socat > /dev/null || skip "socat is not installed"
    base_for_daemon
    mv share state
    ln -s state share
    mkdir manager
    mkdir -m 777 manager/journal
    mv state manager/share
    ln -s manager/share state
    sed "s|/var/lib/rollcall/main/inbox|$PWD/inbox|; s|/var/lib/rollcall/main|$PWD/manager|" \
        "$BATS_TEST_DIRNAME/../scripts/main.conf" > "manager/$room.conf"
    socat -u "ABSTRACT-RECV:$room" "OPEN:$PWD/notes,creat,append" 3>&- &
    listener=$!
    await 'file_has /proc/net/unix "@$room$"'
    command=$(sed -n -e "s|@sbindir@|$PWD/bin|; s|@sysconfdir@/rollcall|$PWD/manager|; s|%i|$room|g" \
        -e 's/^ExecStart=//p' "$BATS_TEST_DIRNAME/../scripts/systemd/rollcalld@.service")
    [[ $command == "$daemon --config=$PWD/manager/$room.conf --name=$room --group-access" ]]
    # shellcheck disable=SC2086
    launch env -C / RUNTIME_DIRECTORY="$base" NOTIFY_SOCKET="@$room" "${before[@]}" \
        $command "$@"
    await 'file_has notes READY=1'
}

as_service() {
    as_unit -- --port 0 "$@"
}

as_socket_service() {
    as_unit perl -e "$activate" -- "$@"
}

# The tests that every mode must pass.
matrix() { # MODE
    mkdir -m 777 inbox
    install_daemon
    "$1" --inbox "$PWD/inbox" --web 127.0.0.2:0

    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    say $a join
    expect $a "200 Joined $room"
    say $b join
    expect $b "200 Joined $room"
    say $b hello
    expect $b '200 hello ACK'
    expect $a '132 Client02' '130 Client02 hello'
    say $a 'tell:Client02 psst'
    expect $a '200 Delivered to Client02.'
    expect $b '131 Client01 psst'

    run ctl upgrade
    if [ "$status" -eq 0 ]; then
        [ -z "${listener:-}" ] || await 'read -r -d "" text < notes || [[ $text == *READY=1*RELOADING=1*MONOTONIC_USEC=*READY=1* ]]'
    else
        [[ $output == *': this system cannot do that: restart the daemon' ]]
    fi

    ctl say five minutes to go
    expect $a '139 five minutes to go'
    expect $b '139 five minutes to go'

    say $b hand:help nick:ben
    expect $b '200 Your hand is up.'
    expect_like $b '200 ben secret .*'
    expect $a '136 Client02 help' '134 Client02 ben'
    ctl kick ben too loud
    expect $b '421 You were sent away: too loud'
    expect_end $b
    expect $a '133 ben'

    kill -HUP "$server"
    echo work > lab1.c
    run "$build/rollcall" -p "$port" --anonymous put lab1.c
    [ "$status" -eq 0 ]
    [ "$(cat inbox/Client0?/lab1.c)" = work ]
    run "$build/rollcall" -p "$port" get meow.txt
    [ "$status" -eq 0 ]
    [ "$(cat meow.txt)" = meow ]
    run curl -sS "http://127.0.0.2:$(listening_port "$server" 2)/files/meow.txt"
    [ "$status" -eq 0 ] && [ "$output" = meow ]
    # put and get are a client each, which comes and goes; a visit is none
    expect_like $a '132 Client0.' '133 Client0.' '132 Client0.' '133 Client0.'
    say $a 'still here'
    expect $a '200 still here ACK'
    ctl check

    runtime=$(readlink "/proc/$server/cwd")
    [ -S "$runtime/control" ]
    kill -TERM "$server"
    expect $a '421 Server shutting down.'
    expect_end $a
    await '! kill -0 "$server"'
    [ ! -e "$runtime" ]
    [ -z "$(find /dev/shm -name "rollcall.$room*")" ]
    [ -z "$(find inbox -name '.incoming*')" ]
    server=
    [ -z "${listener:-}" ] || kill "$listener"
}

@test "in the foreground" {
    matrix in_foreground
}

@test "in the background, with --daemon" {
    matrix in_background
}

@test "as rollcalld@.service has it" {
    matrix as_service
}

@test "as rollcalld@.socket has it" {
    matrix as_socket_service
}

@test "an error in the background is reported before the command returns, and nothing is left behind" {
    echo mine > inbox
    for wrong in "--runtime $PWD/nowhere" "--inbox inbox" "--bind 192.0.2.1"; do
        # shellcheck disable=SC2086
        run "$build/rollcalld" --daemon --port 0 --name "$room" --share share $wrong
        [ "$status" -eq 1 ] || { echo "$wrong: status $status: $output"; false; }
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "rollcalld: cannot "* ]]
        [ -z "$(find /dev/shm -name "rollcall.$room*")" ]
    done
}

@test "a room's directory with another file is not touched; without one it is made and removed" {
    base_for_daemon
    mkdir -m 700 "$base/$room"
    [ "$(id -u)" -ne 0 ] || chown --reference="$base" "$base/$room"
    mkdir "$base/$room/control"
    run "$build/rollcalld" --daemon --port 0 --name "$room" --share share --runtime "$base"
    [ "$status" -eq 1 ]
    [[ $output == *"contains another file: 'control'; move that away"* ]]
    [ -d "$base/$room/control" ]
    [ -z "$(find /dev/shm -name "rollcall.$room*")" ]
    rmdir "$base/$room/control"
    install_daemon
    mkdir "$base/share"
    cd "$base" # a relative path begins where the command was given
    in_background --runtime .
    [ -S "$base/$room/control" ]
    "$build/rollcallctl" -n "$room" say hello
    kill "$server"
    await '! kill -0 "$server"'
    server=
    [ "$(ls "$base")" = share ]
}
