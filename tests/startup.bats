#!/usr/bin/env bats
# Starting: settings and their errors, two rooms of one name, leftovers of a crash, the background.

load helpers

refused() { # EXPECTED-STATUS WORDS OPTION...
    local code=$1 words=$2
    shift 2
    run "$build/rollcalld" "$@"
    [ "$status" -eq "$code" ] || { echo "status $status: $output"; return 1; }
    [ "${#lines[@]}" -eq 1 ] || { echo "not one line: $output"; return 1; }
    [[ $output == "rollcalld: "*"$words"* ]] || { echo "said: $output"; return 1; }
}

@test "help and version" {
    run "$build/rollcalld" --help
    [ "$status" -eq 0 ]
    [[ $output == *"--max-clients"*"--share"* ]]
    run "$build/rollcalld" -V
    [ "$status" -eq 0 ]
    [[ $output == "rollcalld "[0-9]* ]]
    for words in --help --version --print-config --check-config; do
        run bash -c '"$1" $2 > /dev/full' - "$build/rollcalld" $words
        [ "$status" -eq 1 ]
        [ "$output" = 'rollcalld: cannot write to standard output: No space left on device' ]
        run bash -c '"$1" $2 >&-' - "$build/rollcalld" $words
        [ "$status" -eq 1 ]
        [ "$output" = 'rollcalld: cannot write to standard output: Bad file descriptor' ]
    done
}

@test "a wrong setting is one clear line and status 2" {
    refused 2 "--prot: no such option (did you mean --port?); see 'rollcalld --help'" --prot 1
    refused 2 "-x: no such option; see 'rollcalld --help'" -x
    refused 2 "-x: no such option" -Dx
    refused 2 "--inbox-f: expected one of --inbox-file, --inbox-free, --inbox-files" --inbox-f 1
    refused 2 "unexpected argument 'hello'" hello
    refused 2 "from 0 to 65535" --port=65536
    refused 2 "from 0 to 65535" --port abc
    refused 2 "from 0 to 65535" -p -1
    refused 2 "--port: expected '--port PORT'" --port
    refused 2 "--port: expected '--port PORT'" -p
    refused 2 "--name: expected NAME, not nothing" --name=
    refused 2 "from 1 to" --max-clients 0
    refused 2 "from 1 to" -m 99999999999999999999
    refused 2 "expected 1 to 64" --name ../x
    refused 2 "expected stderr, syslog, or a file with a '/' in its path" --log file
    refused 2 "takes no value" --daemon=yes
    refused 2 "needs --share" --daemon
    refused 2 "no stderr" --daemon --share . --log stderr
    refused 2 "--bind 'localhost': expected a numeric IPv4 or IPv6 address" --bind localhost
    refused 2 "--user 'nosuchuser': expected a user of this machine" -u nosuchuser
    refused 2 "unexpected argument '--port'" -- --port
}

@test "a failed start is one clear line and status 1" {
    refused 1 "cannot share 'nowhere'" --port 0 --name "$room" --share nowhere
    refused 1 "cannot share 'share/meow.txt'" --port 0 --name "$room" -d share/meow.txt
    refused 1 "cannot listen on 192.0.2.1 port" --port 0 --name "$room" --bind 192.0.2.1
    refused 1 "numeric" --port 0 --name "$room" --bind fe80::1%nosuch
    start
    refused 1 "cannot listen on 127.0.0.1 port $port: Address already in use" \
        --port "$port" --name "$room.b"
    [ ! -e "/dev/shm/rollcall.$room.b" ]
}

@test "settings in every spelling" {
    start --max-clients=1 -b 127.0.0.1
    connect a
    expect $a '220 Enter Client01'
    connect b
    expect $b '421 Server full: 1 of 1.'
    stop
    launch "$build/rollcalld" -p0 -n "$room" -dshare -m 2
    connect c
    expect $c '220 Enter Client01'
    stop
    launch "$build/rollcalld" --po=0 --na "$room" --sha share --max 1 --
    connect d
    expect $d '220 Enter Client01'
    connect e
    expect $e '421 Server full: 1 of 1.'
}

@test "the log says what the daemon does, each line once" {
    start
    # a build without a sandbox first logs that (confine.bats)
    [ "$(sed -e 's/^[-0-9]* [0-9:]* //' -e '/^Not confined: /d' "$log")" = "Server initialized
Listening on 127.0.0.1 port $port
Listening on ::1 port $port
Waiting for client connection" ]
}

@test "without standard input, output and error nothing of the server takes their place" {
    start
    stop
    "$build/rollcalld" --port "$port" --name "$room" --share share <&- >&- 2>&- &
    server=$!
    await 'ctl status > present'
    for i in 1 2; do
        connect a && expect_like $a '220 Enter Client0.'
        say $a moo file:meow.txt exit
        expect $a '200 moo ACK' '150 5 0 meow.txt' meow '221 Bye.'
        expect_end $a
    done
    all_left
    ctl status | grep -q "^Room .*: 0 of 3 present"
    stop
    [ "$status" -eq 0 ]
}

@test "the current directory is shared by default" {
    cd share
    launch "$build/rollcalld" --port 0 --name "$room"
    connect a
    say $a list
    expect $a '220 Enter Client01' '212-3 files' ' Client.py' ' Server.py' ' meow.txt' '212 End'
}

@test "two daemons of one name cannot run" {
    start
    refused 1 "room '$room' is taken" --port 0 --name "$room"
    connect a
    expect $a '220 Enter Client01'
    expect_present $a Client01
}

@test "two daemons of two names can" {
    start
    connect a
    expect $a '220 Enter Client01'
    "$build/rollcalld" -p 0 -n "$room.b" -d share 2> other &
    await 'file_has other Waiting'
    run "$build/rollcallctl" -n "$room.b" status
    [ "$status" -eq 0 ]
    kill %2
    wait %2
}

@test "the table of a daemon that was killed is replaced" {
    start
    connect a
    expect $a '220 Enter Client01'
    stop KILL
    [ -e "/dev/shm/rollcall.$room" ]
    start
    connect b
    expect $b '220 Enter Client01'
    expect_present $b Client01
}

@test "a stranger's file in place of the table is refused, and left alone" {
    [ "$(id -u)" -eq 0 ] || skip "that takes root"
    echo mine > "/dev/shm/rollcall.$room"
    chown daemon "/dev/shm/rollcall.$room"
    for user in root nobody; do
        run "$build/rollcalld" --share share --port 0 --name "$room" --user "$user"
        [ "$status" -eq 1 ]
        [[ $output == "rollcalld: room '$room' belongs to another user: "* ]]
    done
    [ "$(cat "/dev/shm/rollcall.$room")" = mine ]
    # and rollcallctl does not trust it
    run "$build/rollcallctl" -n "$room" status
    [ "$status" -ne 0 ]
}

@test "the table is its user's alone" {
    start
    [ "$(stat -c %a "/dev/shm/rollcall.$room")" = 600 ]
}

@test "rubbish in place of the table is replaced" {
    head -c 5000 /dev/urandom > "/dev/shm/rollcall.$room"
    start --user "$me"
    connect a
    expect $a '220 Enter Client01'
}

@test "in the background: ready when the command returns, errors on the terminal" {
    run "$build/rollcalld" --daemon --port 0 --name "$room" --share nowhere
    [ "$status" -eq 1 ]
    [[ $output == "rollcalld: cannot share 'nowhere'"* ]]
    run "$build/rollcalld" --daemon --port 0 --name "$room" --share share
    [ "$status" -eq 0 ]
    said_nothing
    run "$build/rollcallctl" -n "$room" status --json
    [ "$status" -eq 0 ]
    server=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' <<< "$output" | head -n 1)
    [[ $(readlink "/proc/$server/cwd") == */"$room" ]] # the runtime directory, with the sockets
    [ "$(readlink "/proc/$server/fd/2")" = /dev/null ]
    run "$build/rollcalld" --daemon --port 0 --name "$room" --share share
    [ "$status" -eq 1 ]
    [[ $output == *"is taken"* ]]
    kill "$server"
    await '! kill -0 "$server"'
    [ ! -e "/dev/shm/rollcall.$room" ]
    server=
}

@test "closed standard descriptors become no sockets" {
    launch bash -c 'exec "$@" <&- >&-' - "$build/rollcalld" -p 0 -n "$room" -d share
    connect a
    expect $a '220 Enter Client01'
    [ "$(readlink "/proc/$server/fd/0")" = /dev/null ]
    [ "$(readlink "/proc/$server/fd/1")" = /dev/null ]
}

@test "more clients than one socket can queue get several, and the port still counts as taken" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "POSIX has one socket for each address"
    most=$(cat /proc/sys/net/core/somaxconn 2> /dev/null) || skip "only Linux says how many can wait"
    [ "$most" -lt 60000 ] || skip "all can wait at one socket here"
    start --bind 127.0.0.1 --max-clients $((most + 1)) --user "$me"
    [ "$(grep -c 'Listening on' "$log")" -eq 1 ]
    port_hex=$(printf '%04X' "$port")
    [ "$(grep -c "^ *[0-9]*: 0100007F:$port_hex 00000000:0000 0A" /proc/net/tcp)" -eq 2 ]
    for i in {1..12}; do # whichever listening socket each one reaches
        connect a && expect_like $a '220 Enter Client[0-9]+'
    done
    run -1 "$build/rollcalld" --bind 127.0.0.1 --port "$port" --name "$room.2" --share share \
        --max-clients $((most + 1))
    [ "$output" = "rollcalld: cannot listen on 127.0.0.1 port $port: Address already in use" ]
    stop TERM
    [ "$status" -eq 0 ]
}
