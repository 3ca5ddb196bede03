#!/usr/bin/env bats
# The session: names, status, messages, lines that are too long, refusals.

load helpers

@test "the original's session, line for line" {
    start
    connect one
    expect $one '220 Enter Client01'
    connect two
    expect $two '220 Enter Client02'
    say $two moo
    expect $two '200 moo ACK'
    expect_present $two Client01 Client02
    say $two list
    expect $two '212-3 files' ' Client.py' ' Server.py' ' meow.txt' '212 End'
    say $two file:
    expect $two '550 File not found.'
    say $two file:meow.txt
    expect $two '150 5 0 meow.txt' meow
    say $two exit
    expect $two '221 Bye.'
    expect_end $two
    logged 'Client02 connected at .* from 127.0.0.1:[0-9]'
    logged 'Sending file: meow.txt'
    logged 'Client02 disconnected at .*: exit'
}

@test "names: the lowest free number, given again" {
    start
    connect one && expect $one '220 Enter Client01'
    connect two && expect $two '220 Enter Client02'
    connect three && expect $three '220 Enter Client03'
    say $three exit
    expect $three '221 Bye.'
    connect four && expect $four '220 Enter Client03'
    say $one exit
    expect $one '221 Bye.'
    expect_present $two Client02 Client03
    connect five && expect $five '220 Enter Client01'
    expect_present $four Client01 Client02 Client03
}

@test "a client that just vanishes is gone from the table, and its number is free" {
    start
    connect one && expect $one '220 Enter Client01'
    connect two && expect $two '220 Enter Client02'
    disconnect $one
    logged 'Client01 disconnected at .*: closed the connection'
    expect_present $two Client02
    say $two history
    expect_like $two '211-1 sessions' \
        " Client01 connected: $time_re, disconnected: $time_re" '211 End'
}

@test "three at most by default; the fourth is told so" {
    start
    connect one && expect $one '220 Enter Client01'
    connect two && expect $two '220 Enter Client02'
    connect three && expect $three '220 Enter Client03'
    connect four
    expect $four '421 Server full.'
    expect_end $four
    logged 'Server full: 1 refused'
    expect_present $one Client01 Client02 Client03
}

@test "the refusal reaches a client that has already sent a lot" {
    start -m 1
    connect one && expect $one '220 Enter Client01'
    for _ in 1 2 3 4 5; do
        connect two
        head -c 20000 /dev/zero >&"$two" 2>/dev/null || true
        expect $two '421 Server full.'
        disconnect $two
    done
}

@test "refusals are logged once a second at most" {
    start -m 1
    connect one && expect $one '220 Enter Client01'
    for _ in {1..50}; do
        connect two
        expect $two '421 Server full.'
        disconnect $two
    done
    refused() { grep -o 'Server full: [0-9]* refused' "$log" | awk '{n += $3} END {print n + 0}'; }
    await '[ "$(refused)" -eq 50 ]'
    [ "$(grep -c 'Server full' "$log")" -le 20 ]
}

@test "more clients than three when told so" {
    start --max-clients 120
    declare -a fds
    for i in {1..120}; do
        connect "fds[$i]"
        expect "${fds[$i]}" "$(printf '220 Enter Client%02d' "$i")"
    done
    say "${fds[60]}" status
    expect "${fds[60]}" '211-120 clients'
    connect more
    expect $more '421 Server full.'
}

@test "messages: everything else is one, and acknowledged" {
    start
    connect a && expect $a '220 Enter Client01'
    say $a 'hello there' '' 'STATUS' 'status ' ' exit' 'msg:exit' 'msg:' 'tab	here' 'grüß 猫' '%s%n'
    expect $a '200 hello there ACK' '200  ACK' '200 STATUS ACK' '200 status  ACK' \
        '200  exit ACK' '200 exit ACK' '200  ACK' '200 tab	here ACK' '200 grüß 猫 ACK' '200 %s%n ACK'
}

@test "CRLF is accepted" {
    start
    connect a && expect $a '220 Enter Client01'
    printf 'moo\r\nexit\r\n' >&"$a"
    expect $a '200 moo ACK' '221 Bye.'
}

@test "long lines: 4096 bytes are fine, more gets 500 and the session goes on" {
    start
    connect a && expect $a '220 Enter Client01'
    fits=$(printf '%04096d' 0)
    say $a "$fits"
    expect $a "200 $fits ACK"
    printf '%s\r\n' "$fits" >&"$a"
    expect $a "200 $fits ACK"
    say $a "${fits}x" moo
    expect_like $a '500 .*at most 4096 bytes.*' '200 moo ACK'
    head -c 300000 /dev/zero | tr '\0' x >&"$a"
    say $a '' moo
    expect_like $a '500 .*' '200 moo ACK'
}

@test "control characters and broken UTF-8 get 501, and are stored nowhere" {
    start
    connect a && expect $a '220 Enter Client01'
    for bad in 'a\001b' '\033[31mred' 'nul\000nul' '\302\205' '\300\200' '\355\240\200' '\377' '\177'; do
        # shellcheck disable=SC2059
        printf "$bad\n" >&"$a"
        expect_like $a '501 .*'
    done
    say $a moo
    expect $a '200 moo ACK'
    run ! grep -q "$(printf '\033')" "$log"
}

@test "pipelined requests are answered whole and in order" {
    start
    connect a && expect $a '220 Enter Client01'
    { for i in {1..2000}; do echo "line $i"; done; echo file:meow.txt; echo exit; } >&"$a" &
    for i in {1..2000}; do
        expect $a "200 line $i ACK"
    done
    expect $a '150 5 0 meow.txt' meow '221 Bye.'
    expect_end $a
}

@test "a client that closes its half gets all its answers" {
    start
    run bash -c 'printf "one\ntwo\nstatus\n" | nc -N 127.0.0.1 "$1"' - "$port"
    [ "${lines[0]}" = '220 Enter Client01' ]
    [ "${lines[2]}" = '200 two ACK' ]
    [ "${lines[5]}" = '211 End' ]
}

@test "a torn last line is no request" {
    start
    run bash -c 'printf "one\nexit" | nc -N 127.0.0.1 "$1"' - "$port"
    [ "$output" = "220 Enter Client01
200 one ACK" ]
    logged 'Client01 disconnected at .*: closed the connection'
}

@test "what follows exit does not lose its answer" {
    start
    connect a && expect $a '220 Enter Client01'
    { echo exit; head -c 100000 /dev/zero | tr '\0' '\n'; } >&"$a" 2>/dev/null || true
    expect $a '221 Bye.'
}

@test "help names every request" {
    start
    connect a && expect $a '220 Enter Client01'
    say $a help
    expect $a '214-Requests'
    seen=
    while hear $a && [ "$line" != '214 End' ]; do
        seen+=$(cut -c 2-16 <<< "$line" | sed 's/ *$//; s/ /_/g')' '
    done
    [ "$seen" = "status history list list:DIR list-long list-long:DIR file:NAME rest:OFFSET pieces:SESSION sum:NAME got:HEX_NAME put:LENGTH_NAME msg:TEXT join leave tell:NAME_TEXT nick:NAME hand hand:TEXT unhand hands help exit TEXT " ]
}

@test "status from one address family shows the other's clients" {
    start
    connect four 127.0.0.1 && expect $four '220 Enter Client01'
    connect six ::1 && expect $six '220 Enter Client02'
    expect_present $six Client01 Client02
    expect_present $four Client01 Client02
    logged 'Client02 connected at .* from \[::1\]:[0-9]'
}
