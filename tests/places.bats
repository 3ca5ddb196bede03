#!/usr/bin/env bats
# What changes under a running room: the shared directory, the inbox, the runtime directory, the rights
# of a file. It is noticed, and said once.

load helpers

# Whether this build and system confine files: then a new directory can only be opened by a restart.
confined() {
    ! file_has "$log" 'Not confined: files'
}

# ask CLIENT REQUEST REPLY: the reply, as a pattern, to its first line.
ask() {
    say "$1" "$2"
    hear "$1"
    # shellcheck disable=SC2053
    [[ $line == $3 ]] || { echo "to '$2' came '$line', expected '$3'"; return 1; }
}

again() { # makes $1 anew, with one file in it
    rm -rf "$1"
    mkdir -m 755 "$1"
    echo new > "$1/new.txt"
    chown -R "$me" "$1"
}

@test "the shared directory is removed and made again" {
    start --user "$me"
    connect a && expect $a '220 Enter Client01'
    ask $a file:none '550 File not found.'
    rm -r share
    ask $a list '451 The shared directory was removed; *'
    ask $a file:meow.txt '451 The shared directory was removed; *'
    logged "The shared directory $PWD/share was removed: make it again"
    again share
    if confined; then
        ask $a list '451 The shared directory was replaced, and the server must be restarted *'
        ask $a sum:new.txt '451 The shared directory was replaced, *'
        logged "The shared directory $PWD/share is another one now, which cannot be opened: Permission denied; restart rollcalld"
        code=1
    else
        ask $a sum:new.txt '213 sha256 * 4 new.txt'
        logged "The shared directory $PWD/share is another one now, and is used from now on"
        connect b && expect $b '220 Enter Client02'
        ask $b sum:new.txt '213 sha256 * 4 new.txt'
        code=0
    fi
    # once, however often it is looked at
    rest 2.5
    [ "$(grep -c 'The shared directory' "$log")" -eq 2 ]
    stop
    [ "$status" -eq "$code" ]
}

@test "the shared directory is moved away: it is served where it is; put back, nothing has happened" {
    start --user "$me"
    connect a && expect $a '220 Enter Client01'
    mv share elsewhere
    logged "The shared directory $PWD/share was moved, and is used where it is now"
    ask $a sum:meow.txt '213 *'
    mv elsewhere share
    logged "The shared directory $PWD/share is back"
    ask $a sum:meow.txt '213 *'
    stop
    [ "$status" -eq 0 ]
}

@test "the inbox is removed and made again" {
    mkdir inbox
    chown "$me" inbox
    start --user "$me" --inbox inbox
    connect a && expect $a '220 Enter Client01'
    rm -r inbox
    ask $a 'put:3 x' '451 The inbox was removed; *'
    logged "The inbox $PWD/inbox was removed: make it again"
    logged 'Client01 cannot hand in x, 3 bytes: No such file'
    mkdir inbox
    chown "$me" inbox
    if confined; then
        ask $a 'put:3 x' '451 The inbox was replaced, and the server must be restarted *'
        logged "The inbox $PWD/inbox is another one now, which cannot be opened: Permission denied; restart rollcalld"
    else
        logged "The inbox $PWD/inbox is another one now, and is used from now on"
        ask $a 'put:3 x' '451 The inbox was replaced: connect again.'
        connect b && expect $b '220 Enter Client02'
        ask $b 'put:3 x' '350 *'
        printf 'abc' >&$b
        expect_like $b '226 .*'
        [ "$(cat inbox/Client02/x)" = abc ]
        # and the new one is this daemon's
        run "$build/rollcalld" --port 0 --name "$room.2" --user "$me" --share share --inbox inbox
        [[ $output == *'another rollcalld does' ]]
    fi
}

@test "a file and a directory that the daemon's user may not read" {
    [ "$(id -u)" -eq 0 ] || skip "only root can become another user"
    mkdir -p share/open share/closed/in
    echo secret > share/secret.txt
    echo x > share/closed/in/x
    chmod 600 share/secret.txt
    chmod 700 share/closed
    chmod o+x .
    start --user nobody
    for i in 1 2; do
        connect a && hear $a
        ask $a file:secret.txt '451 The server may not read that file; *'
        ask $a sum:secret.txt '451 The server may not read that file; *'
        ask $a list:closed '451 The server may not read that directory; *'
        ask $a list:closed/in '451 The server may not read that directory; *'
        ask $a file:closed/in/x '451 The server may not read that file; *'
        ask $a file:none '550 File not found.'
        ask $a list:none '550 Directory not found.'
    done
    logged '^[-0-9: ]*secret.txt cannot be read by user nobody: '
    logged '^[-0-9: ]*closed cannot be read by user nobody: '
    [ "$(grep -c 'secret.txt cannot be read by' "$log")" -eq 1 ]
    [ "$(grep -c ' closed cannot be read by' "$log")" -eq 1 ]
    mkdir got
    cd got
    status=0
    "$build/rollcall" -p "$port" get -r > out 2> err || status=$?
    [ "$status" -eq 1 ]
    [ -e meow.txt ] && [ ! -e secret.txt ]
    grep -q 'secret.txt.*may not read that file' err
    grep -q 'closed.*may not read that directory' err
    for name in closed 'closed/*'; do
        await 'at_most 2' # the room has three places
        run "$build/rollcall" -p "$port" get -r "$name"
        [ "$status" -eq 1 ]
        [ "$output" = "rollcall: closed: The server may not read that directory; tell the room's operator." ]
    done
}

# reached: rollcallctl says something, and the client $1 hears it.
reached() {
    local text=t$RANDOM
    ctl say "$text" && expect "$1" "139 $text"
}

@test "the control socket is removed while the room runs: it is made again" {
    mkdir run
    chown "$me" run
    start --runtime "$PWD/run" --user "$me"
    connect a && hear $a
    say $a join
    hear $a
    reached $a
    rm "run/$room/control"
    logged "The socket in $PWD/run/$room was removed, and is made again"
    reached $a
    ctl kick Client01 enough
    expect $a '421 You were sent away: enough'
    stop
    [ "$status" -eq 0 ]
    [ ! -e "run/$room" ]
}

@test "the runtime directory is removed while the room runs: it is made again, in an empty room too" {
    mkdir tmp
    chown "$me" tmp
    export XDG_RUNTIME_DIR=$PWD/tmp
    start --user "$me"
    connect a && hear $a
    say $a join
    hear $a
    rm -r "tmp/rollcall/$room"
    logged "The socket in $PWD/tmp/rollcall/$room was removed, and is made again"
    reached $a
    say $a exit
    all_left
    rm -r "tmp/rollcall/$room"
    await '[ -S "tmp/rollcall/$room/control" ]'
    ctl say to nobody
    stop
    [ "$status" -eq 0 ]
    [ ! -e "tmp/rollcall/$room" ]
}

@test "what is above the runtime directory is removed: one error, in STATUS, and in the exit status" {
    command -v socat > /dev/null || skip "socat is not installed"
    mkdir -m 700 tmp
    chown "$me" tmp
    socat -u "ABSTRACT-RECV:$room" "OPEN:$PWD/notes,creat,append" 3>&- &
    listener=$!
    await 'file_has /proc/net/unix "@$room"'
    NOTIFY_SOCKET=@$room RUNTIME_DIRECTORY=$PWD/tmp launch "$build/rollcalld" --port 0 --name "$room" \
        --share share --user "$me"
    rm -r tmp
    logged "rollcallctl say and kick do not work: the socket in $PWD/tmp/$room was removed, and cannot be made again: No such file or directory; restart rollcalld"
    await 'read -r -d "" text < notes || [[ $text == *"STATUS=0 of 3 present; rollcallctl cannot reach the server"* ]]'
    connect a && expect $a '220 Enter Client01'
    rest 2.5
    [ "$(grep -c 'do not work' "$log")" -eq 1 ]
    stop
    [ "$status" -eq 1 ]
    kill "$listener"
}

@test "the table's object is removed: the room goes on, and it is one error" {
    [ -e /dev/shm ] || skip "the table is elsewhere on this system"
    start --user "$me"
    connect a && expect $a '220 Enter Client01'
    rm "/dev/shm/rollcall.$room"
    logged "The table /rollcall.$room was removed"
    ask $a hello '200 hello ACK'
    rest 2.5
    [ "$(grep -c 'The table' "$log")" -eq 1 ]
    # another daemon may have the name now, and keeps it
    mkdir run
    chown "$me" run
    "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime "$PWD/run" 2> next 3>&- &
    next=$!
    await 'file_has next "Waiting for client"'
    stop
    [ "$status" -eq 1 ]
    ctl status | grep -q "(pid $next)"
    kill "$next"
    wait "$next"
}
