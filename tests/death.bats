#!/usr/bin/env bats
# The daemon's shutdown, and the deaths of handlers and of the parent.

load helpers

@test "SIGTERM: every client is told, the table is removed, status 0" {
    start
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    say $b moo
    expect $b '200 moo ACK'
    stop TERM
    [ "$status" -eq 0 ]
    expect $a '421 Server shutting down.'
    expect_end $a
    expect $b '421 Server shutting down.'
    expect_end $b
    [ ! -e "/dev/shm/rollcall.$room" ]
    grep -q 'Client01 disconnected: server shut down' "$log"
    tail -n 1 "$log" | grep -q 'Server stopped'
}

@test "SIGINT and SIGQUIT do the same, also in an empty room" {
    start
    stop TERM
    [ "$status" -eq 0 ]
    [ ! -e "/dev/shm/rollcall.$room" ]
    for signal in INT QUIT; do
        # a shell starts background jobs with these signals ignored
        launch env --default-signal=INT,QUIT "$build/rollcalld" -p 0 -n "$room" -d share
        connect a && expect $a '220 Enter Client01'
        stop "$signal"
        [ "$status" -eq 0 ]
        expect $a '421 Server shutting down.'
        disconnect $a
        [ ! -e "/dev/shm/rollcall.$room" ]
    done
}

@test "SIGHUP and SIGUSR2 are logged, and the service goes on; other signals change nothing" {
    start
    connect a && expect $a '220 Enter Client01'
    read -r handler <<< "$(handlers)"
    for signal in HUP USR2 USR1 PIPE ALRM VTALRM PROF XFSZ; do
        kill -s "$signal" "$server"
        kill -s "$signal" "$handler"
    done
    logged 'There is nothing to reload: the server was started without --config'
    logged 'SIGUSR2 ignored: it has no meaning here'
    say $a moo
    expect $a '200 moo ACK'
    connect b && expect $b '220 Enter Client02'
    expect_present $b Client01 Client02
    stop TERM
    [ "$status" -eq 0 ]
    expect $a '421 Server shutting down.'
}

@test "a stray SIGUSR1 makes no later session more expensive" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "only Linux tells a handler of its parent's end"
    start
    kill -USR1 "$server"
    connect a && expect $a '220 Enter Client01'
    say $a moo
    expect $a '200 moo ACK'
    read -r handler <<< "$(handlers)"
    [ "$(uname -m)" = x86_64 ] || skip "the number of read(2) is another one here"
    cat "/proc/$handler/syscall" > /dev/null || skip "this system does not show system calls"
    await 'read -r call _ < "/proc/$handler/syscall" && [ "$call" = 0 ]' # it waits in read(2), not in pselect(2)
}

@test "if its terminal is closed, the daemon ends as after SIGTERM" {
    command -v tmux > /dev/null || skip "tmux is not installed"
    tmux -L "$room" -f /dev/null new-session -d \
        "exec $build/rollcalld --port 0 --name $room --share share 2> $log"
    await 'file_has "$log" "Waiting for client connection"'
    port=$(sed -n 's/.*Listening on .* port //p' "$log" | head -n 1)
    connect a && expect $a '220 Enter Client01'
    tmux -L "$room" kill-server
    expect $a '421 Server shutting down.'
    logged 'The terminal is gone'
    logged 'Server stopped'
    [ ! -e "/dev/shm/rollcall.$room" ]
}

@test "shutdown takes at most five seconds" {
    truncate -s 200M share/big
    start
    connect a && expect $a '220 Enter Client01'
    say $a file:big
    connect b && expect $b '220 Enter Client02'
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    began=$SECONDS
    stop TERM
    [ "$status" -eq 0 ]
    [ $((SECONDS - began)) -le 30 ] # five, on a machine that is not busy
    [ ! -e "/dev/shm/rollcall.$room" ]
}

@test "a client that does not read its file is cut off at shutdown, and never sent a line in it" {
    truncate -s 200M share/big
    start
    connect a && expect $a '220 Enter Client01'
    say $a file:big
    expect $a '150 209715200 0 big'
    stop TERM
    [ "$status" -eq 0 ]
    [ "$(tr -d '\0' <&"$a" | wc -c)" -eq 0 ]
}

@test "the parent is killed: its handlers end, and the next one starts" {
    start
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    pids=$(handlers)
    stop KILL
    expect $a '421 Server shutting down.'
    expect_end $a
    expect $b '421 Server shutting down.'
    for pid in $pids; do
        await "! kill -0 $pid"
    done
    start
    connect c && expect $c '220 Enter Client01'
    expect_present $c Client01
}

@test "a handler is killed: its client leaves the table within a second" {
    start
    connect a && expect $a '220 Enter Client01'
    read -r victim <<< "$(handlers)"
    connect b && expect $b '220 Enter Client02'
    kill -9 "$victim"
    logged 'Client01 disconnected: handler killed by signal 9'
    expect_present $b Client02
    say $b history
    expect $b '211-1 sessions'
    connect c && expect $c '220 Enter Client01'
    expect_end $a
}

@test "the table stays correct while many handlers are killed" {
    transcript death/storm
    ctl status
}

@test "a stopped handler delays nobody" {
    start
    connect a && expect $a '220 Enter Client01'
    read -r stopped <<< "$(handlers)"
    kill -STOP "$stopped"
    connect b && expect $b '220 Enter Client02'
    expect_present $b Client01 Client02
    kill -CONT "$stopped"
    say $a moo
    expect $a '200 moo ACK'
}

@test "signals are heard while connections keep coming" {
    local i
    start --max-clients 1
    connect a && expect $a '220 Enter Client01'
    for i in 1 2 3 4; do
        while :; do
            exec {fd}<> "/dev/tcp/127.0.0.1/$port" || break
            exec {fd}>&-
        done 2> /dev/null 3>&- &
        load+=("$!")
    done
    logged 'Server full: [0-9]* refused'
    kill -HUP "$server"
    logged 'There is nothing to reload'
    kill -TERM "$server"
    await '! kill -0 "$server"'
    kill "${load[@]}" 2> /dev/null || true
    logged 'Server stopped'
}

@test "a restart during a hand-in: the client is told to come back, not that it failed" {
    mkdir inbox
    chown "$me" inbox
    start --inbox inbox --user "$me"
    connect a && expect $a '220 Enter Client01'
    say $a 'put:6 x'
    expect_like $a '350 .*'
    printf abc >&$a
    await "status_has 'receiving x'"
    # the next daemon removes what the last one left unfinished, while this handler still has it
    local handler
    handler=$(handlers)
    kill -STOP "$handler"
    kill -9 "$server"
    await '! kill -0 "$server"'
    start --inbox inbox --user "$me"
    printf def >&$a
    kill -CONT "$handler"
    expect $a '421 Server shutting down.'
    expect_end $a
    connect b && expect $b '220 Enter Client01'
    say $b 'put:6 x'
    expect_like $b '350 .*'
    printf abcdef >&$b
    expect_like $b '226 sha256 .* new x'
}
