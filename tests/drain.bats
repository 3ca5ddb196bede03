#!/usr/bin/env bats
# rollcallctl drain: nobody is let in any more, and the daemon ends when those inside have left.

load helpers

drain() { # OUTPUT [OPTION...]
    local said=$1
    shift
    run ctl drain "$@"
    [ "$status" -eq 0 ] || { echo "status $status: $output"; return 1; }
    [ "$output" = "$said" ] || { echo "said: $output"; return 1; }
}

ended() { # the daemon, with status 0
    status=0
    wait "$server" || status=$?
    [ "$status" -eq 0 ]
    server=
}

@test "those inside go on, and the daemon ends with the last of them" {
    start --max-clients 9
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    drain '2 present: the server ends when they have left'
    logged 'Draining: nobody is let in any more, and the server ends with the last client .2 present.'
    run connect c
    [ "$status" -ne 0 ]
    say $a hello
    expect $a '200 hello ACK'
    say $b join
    expect_like $b '200 Joined .*'
    disconnect $a
    expect_like $b '138 .*' '133 Client01'
    say $b 'file:meow.txt'
    expect_like $b '150 .*' 'meow'
    say $b exit
    expect $b '221 Bye.'
    ended
    [ ! -e "/dev/shm/rollcall.$room" ]
}

@test "status, JSON, metrics and top show it" {
    start --max-clients 5
    status_has '^Room .*: 0 of 5 present, since'
    connect a && expect $a '220 Enter Client01'
    [ "$(ctl --json status | jq .draining)" = false ]
    drain '1 present: the server ends when that one has left'
    status_has '^Room .*: 1 of 5 present, draining, since'
    [ "$(ctl --json status | jq .draining)" = true ]
    ctl metrics > counted
    file_has counted '^rollcall_draining\{.*\} 1$'
    ctl top -b > page
    file_has page ': 1 of 5 present, draining, up'
    ctl check
}

@test "a successor listens at the same port at once" {
    start
    local old=$server
    connect a && expect $a '220 Enter Client01'
    drain '1 present: the server ends when that one has left'
    "$build/rollcalld" --port "$port" --name "$room.next" --share share 2> next.log 3>&- &
    local next=$!
    await 'file_has next.log "Waiting for client connection"'
    connect b && expect $b '220 Enter Client01'
    say $a exit
    expect $a '221 Bye.'
    server=$old
    ended
    say $b hello
    expect $b '200 hello ACK'
    kill "$next"
    wait "$next"
}

@test "the page is closed: its port is free, token: says what to do, and a file that is on its way comes whole" {
    head -c 30000000 /dev/zero > share/zeros
    start --web 127.0.0.1:0
    local old=$server web
    web=$(sed -n 's|.*Page at http://127.0.0.1:\([0-9]*\)/|\1|p' "$log")
    connect a && expect $a '220 Enter Client01'
    say $a token:
    expect_like $a '218 .*'
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    printf 'GET /files/zeros HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$fd"
    logged 'Sending file: zeros'
    drain '1 present: the server ends when that one has left'
    "$build/rollcalld" --port "$port" --web "127.0.0.1:$web" --name "$room.next" --share share 2> next.log 3>&- &
    local next=$!
    await 'file_has next.log "Waiting for client connection"'
    say $a token: file:meow.txt exit
    expect $a '550 The page is closed while the room drains; file: hands out its files.' '150 5 0 meow.txt' meow '221 Bye.'
    running
    [ "$(cat <&"$fd" | wc -c)" -gt 30000000 ]
    server=$old
    ended
    kill "$next"
    wait "$next"
}

@test "who waits to be let in is told, and no connection is cut" {
    start --max-clients 2
    connect a && expect $a '220 Enter Client01'
    kill -STOP "$server"
    await 'file_has "/proc/$server/status" "^State:[[:space:]]*T"'
    connect b
    connect c
    # as rollcallctl does, but the request is there before the daemon goes on
    perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; send($s, "drain 0", 0, sockaddr_un($ARGV[0])) or die "$!\n"' \
        "$(runtime)/control"
    kill -CONT "$server"
    expect $b '421 Server shutting down.'
    expect_end $b
    expect $c '421 Server shutting down.'
    expect_end $c
    [ "$(ctl --json status | jq .refused.draining)" = 2 ]
    say $a exit
    expect $a '221 Bye.'
    ended
}

runtime() {
    local found=(/tmp/rollcall-*/"$room" "${XDG_RUNTIME_DIR:-/nonesuch}/rollcall/$room")
    for runtime in "${found[@]}"; do [ ! -d "$runtime" ] || echo "$runtime"; done
}

@test "a room without anybody ends at once; the status is 0" {
    start
    drain 'nobody is present: the server ends'
    ended
}

@test "after the timeout those left are told, as at any shutdown" {
    start
    connect a && expect $a '220 Enter Client01'
    drain '1 present: the server ends when that one has left' --timeout 1
    logged 'Draining: .*, or in 1 second .1 present.'
    expect $a '421 Server shutting down.'
    expect_end $a
    ended
}

@test "once more, or SIGTERM, ends it" {
    start
    connect a && expect $a '220 Enter Client01'
    drain '1 present: the server ends when that one has left'
    drain 'the server ends now'
    expect $a '421 Server shutting down.'
    ended
    start
    connect a && expect $a '220 Enter Client01'
    drain '1 present: the server ends when that one has left'
    stop TERM
    [ "$status" -eq 0 ]
    expect $a '421 Server shutting down.'
}

@test "it can be announced to the room" {
    start
    connect a && expect $a '220 Enter Client01'
    say $a join
    expect_like $a '200 Joined .*'
    drain '1 present: the server ends when that one has left' --announce 'A new server comes, please come back.'
    expect_like $a '1.. .*A new server comes, please come back.'
    say $a exit
    expect $a '221 Bye.'
    ended
}

@test "an inherited socket stays open for the successor, and who waits there is not refused" {
    command -v perl > /dev/null || skip "perl is not installed"
    # the same socket for two daemons, one after the other
    perl -e "${activate/exec @ARGV or die;/}"'
        for my $n ("", ".next") { my $child = fork; if (!$child) { $ENV{LISTEN_PID} = $$;
            exec @ARGV, "--name", "'"$room"'$n" or die; } waitpid $child, 0; }' \
        "$build/rollcalld" --share share 2>> "$log" 3>&- &
    local manager=$!
    logged 'Waiting for client connection'
    port=$(sed -n 's/.*Listening on .* port //p' "$log" | head -n 1)
    connect a && expect $a '220 Enter Client01'
    drain '1 present: the server ends when that one has left'
    connect b
    say $a exit
    expect $a '221 Bye.'
    expect $b '220 Enter Client01'
    "$build/rollcallctl" --name "$room.next" drain
    say $b exit
    expect $b '221 Bye.'
    wait "$manager"
}

@test "wrong options are refused" {
    start
    run ctl drain --timeout 1x
    [ "$status" -eq 2 ]
    run ctl status --timeout 1
    [ "$status" -eq 2 ]
    [ "$output" = "rollcallctl: status: --timeout is for drain; see 'rollcallctl --help'" ]
    run ctl drain now
    [ "$status" -eq 2 ]
    run ctl drain --announce $'a\nb'
    [ "$status" -eq 2 ]
    status_has ': 0 of 3 present, since'
}
