#!/usr/bin/env bats
# A kicked client learns the reason and does not reconnect, whatever its session is doing.

load helpers
load conversation

client() { # OPTION... COMMAND...: in the background
    "$build/rollcall" -h 127.0.0.1 -p "$port" "$@" > out 2> err &
    client=$!
}

arriving() { # some bytes of a hand-in have come
    local part
    for part in inbox/.part-*; do
        [ ! -s "$part" ] || return 0
    done
    return 1
}

# A client works for seconds at the digest of a large file before a byte arrives: minutes on a busy machine.
arrives() {
    patience=600 await 'arriving'
}

# Long enough to be under way for a while. With the sanitizers its digest takes ten times as long, and
# so does its way to the server.
work_to_hand_in() {
    case $build in
    *asan*) truncate -s 40M work ;;
    *) truncate -s 400M work ;;
    esac
}

# The client printed the reason, failed, did not reconnect more often than that, and no handler is left.
stays_away() { # TIMES-THAT-IT-MAY-HAVE-CONNECTED
    local status=0
    await '! kill -0 "$client"'
    wait "$client" || status=$?
    cat err
    [ "$status" -eq 1 ]
    grep -q 'too loud' err
    [ "$(grep -c ' connected from' "$log")" -le "$1" ]
    await 'has_handlers 0'
    ! kill -0 "$client" 2> /dev/null
}

@test "in the middle of a download" {
    truncate -s 8G share/big
    start
    client get big meow.txt
    await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
    ctl kick Client01 too loud
    stays_away 1
    grep -q '^rollcall: You were sent away: too loud$' err
    grep -q '^rollcall: big: [0-9]* of 8589934592 bytes received$' err
    [ -s big.part ]
    [ ! -e meow.txt ]
    grep -q 'Client01 disconnected: kicked' "$log"
}

@test "a reason that sounds like another end of a session" {
    local reason
    truncate -s 8G share/big
    start
    for reason in 'Too slow: too loud' 'Idle for too long: too loud' 'Server shutting down. too loud'; do
        : > "$log"
        client get big
        await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
        # shellcheck disable=SC2086
        ctl kick Client01 $reason
        stays_away 2 # on a busy machine the reason reaches it with its next connection
        grep -q "^rollcall: You were sent away: $reason\$" err
        rm big.part
    done
}

@test "in the middle of a slow client's download" {
    head -c 3000000 /dev/urandom > share/big
    start
    connect a && expect $a '220 Enter Client01'
    say $a pieces: file:big
    expect_like $a '216 [^ ]+' '150 3000000 0 big' '151 65536'
    # the client reads less than the socket holds, and then nothing until it is kicked
    head -c 65536 <&"$a" > piece
    ctl kick Client01 too loud
    cat <&"$a" > rest
    tail -c 100 rest | grep -a -q '421 You were sent away: too loud$'
}

@test "while the server digests a file" {
    truncate -s 8G share/big
    echo other > big
    start
    client -f get -r
    await 'status_has digesting'
    ctl kick Client01 too loud
    stays_away 1
    [ "$(cat big)" = other ]
}

@test "in the middle of a hand-in" {
    mkdir -m 777 inbox
    work_to_hand_in
    start --inbox inbox
    client --anonymous put work
    arrives
    kill -STOP "$client" # so that it is not done before it is kicked
    ctl kick Client01 too loud
    logged 'Client01 disconnected: kicked'
    kill -CONT "$client"
    stays_away 1
    [ -z "$(find inbox -type f -name '*work*')" ]
}

# bats test_tags=plain
@test "in the middle of a hand-in at full speed, and a shutdown there" {
    case $build in *asan*) skip "the digest takes too long with sanitizers" ;; esac
    mkdir -m 777 inbox
    truncate -s 800M work
    start --inbox inbox --inbox-file 4G --inbox-client 8G
    client --anonymous --retries 0 put work
    arrives
    ctl kick Client01 too loud
    stays_away 1
    grep -q 'Client01 disconnected: kicked' "$log"
    rm inbox/.part-* # else something seems to arrive before the client is there
    client --anonymous --retries 0 put work
    arrives
    stop TERM
    [ "$status" -eq 0 ]
    await '! kill -0 "$client"'
    grep -q 'Server shutting down' err
    ! grep -q 'killed by signal' "$log" || false
}

@test "between two files, and between two messages" {
    for i in {1..200}; do echo "$i" > "share/lab$i"; done
    start
    mkdir got
    client -o got get 'lab*'
    await '[ -e got/lab1 ]'
    kill -STOP "$client"
    if [ -n "$(handlers)" ]; then ctl kick Client01 too loud; fi
    kill -CONT "$client"
    stays_away 1
    [ "$(find got -name 'lab*' | wc -l)" -lt 200 ]
}

@test "a client that reads nothing is cut off, and is told why when it reconnects" {
    truncate -s 8G share/big
    start
    client get big
    await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
    kill -STOP "$client"
    ctl kick Client01 too loud
    logged 'Client01 disconnected: kicked'
    kill -CONT "$client"
    stays_away 2
}

@test "a stuck handler is killed, and its client is told why when it reconnects" {
    truncate -s 8G share/big
    start
    client get big
    await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
    read -r handler <<< "$(handlers)"
    kill -STOP "$handler"
    ctl kick Client01 too loud
    logged 'Client01 disconnected: handler killed'
    stays_away 2
}

@test "on a terminal, in the middle of a download" {
    truncate -s 8G share/big
    start
    columns=80 open one
    type_in one '/get big'
    await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
    ctl kick Client01 too loud
    sees one 'too loud'
    sees one '^status 1'
    [ "$(grep -c ' connected from' "$log")" -eq 1 ]
    stty_of one
}

@test "on a terminal, stopped by its user and kicked in that moment" {
    truncate -s 8G share/big
    start
    columns=80 open one
    type_in one '/get big'
    await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
    victim=$(pgrep -x rollcall -P "$(tm display -p -t one '#{pane_pid}')")
    kill -STOP "$victim"
    keys one C-c
    ctl kick Client01 too loud
    logged 'Client01 disconnected: kicked'
    kill -CONT "$victim"
    sees one 'too loud'
    sees one '^status 1'
}

@test "with --plain, stopped in the middle of a download and kicked meanwhile" {
    truncate -s 8G share/big
    start
    nowait=1 columns=80 open one --plain
    sees one 'Enter message'
    type_in one 'file:big'
    await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
    victim=$(pgrep -x rollcall -P "$(tm display -p -t one '#{pane_pid}')")
    kill -STOP "$victim"
    ctl kick Client01 too loud
    logged 'Client01 disconnected: kicked'
    kill -CONT "$victim"
    sees one '^You were sent away: too loud$'
    sees one '^status 1'
    [ "$(grep -c '^You were sent away: too loud$' <(screen one))" -eq 1 ]
}

@test "a session that was not kicked reconnects, also one that was replaced by its new connection" {
    start
    connect old && expect $old '220 Enter Client01'
    say $old pieces: nick:anna
    expect_like $old '216 [^ ]+'
    token=${line#* }
    expect_like $old '200 anna secret .*'
    secret=${line##* }
    connect new && expect $new '220 Enter Client02'
    say $new "pieces:$token" "nick:anna $secret"
    expect_like $new "216 ${token%.*}[.]2" '200 anna secret .*'
    expect $old '421 You are back with another connection.'
    connect third && expect_like $third '220 Enter Client0[13]'
    for other in "$token" 1.2.3 "${token%.*}.99" "${token%.*}." x 99999999999999999999999; do
        say $third "pieces:$other"
        expect_like $third '216 [^ ]+'
    done
    # and the session that was kicked
    ctl kick anna too loud
    expect $new '421 You were sent away: too loud'
    say $third "pieces:${token%.*}.2"
    expect $third '421 You were sent away: too loud'
    expect_end $third
}

@test "a file in pieces: its length, then each piece with its own" {
    start
    connect a && expect $a '220 Enter Client01'
    say $a pieces: file:meow.txt
    expect_like $a '216 [^ ]+'
    expect $a '150 5 0 meow.txt' '151 5' meow
    say $a rest:2 file:meow.txt
    expect $a '350 The next file begins at 2.' '150 3 2 meow.txt' '151 3' ow
    say $a rest:5 file:meow.txt status
    expect $a '350 The next file begins at 5.' '150 0 5 meow.txt'
    mapfile -t wanted < <(present Client01)
    expect_like $a "${wanted[@]}"
    head -c 1000000 /dev/urandom > share/big
    connect b && expect $b '220 Enter Client02'
    say $b pieces: file:big exit
    expect_like $b '216 [^ ]+' '150 1000000 0 big'
    while hear "$b" && [[ $line == '151 '* ]]; do
        [ "${line#* }" -gt 0 ]
        [ "${line#* }" -le 262144 ]
        head -c "${line#* }" <&"$b" >> big
    done
    [ "$line" = '221 Bye.' ]
    cmp big share/big
}

@test "a client that hit a time limit during a transfer was not kicked, and tries again" {
    mkdir -m 777 inbox
    start --inbox inbox --idle-limit 1
    { await 'file_has "$log" "disconnected: idle"'; echo work; } |
        "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous put --as lab1.c - > out 2> err || { cat err; false; }
    grep -q 'Idle for too long: 1 second' err
    grep -q 'trying again in 1 s' err
    [ "$(cat inbox/Client01/lab1.c)" = work ]
}

@test "a request that the client makes by itself is not sent for its user" {
    start
    run "$build/rollcall" -h 127.0.0.1 -p "$port" < <(printf 'pieces:\nrest:2\nmsg:pieces: three\nfile:meow.txt\n')
    [ "$status" -eq 1 ]
    [[ $output == *"not sent: 'pieces:' is a request that only rollcall itself sends"* ]]
    [[ $output == *"not sent: 'rest:' is a request that only rollcall itself sends"* ]]
    [[ $output == *"pieces: three ACK"* ]]
    [ "$(cat meow.txt)" = meow ]
    columns=80 open one
    type_in one 'pieces: three'
    sees one 'only rollcall itself sends'
    type_in one '/get meow.txt'
    sees one 'File received: meow.txt'
}

@test "whatever request is typed, with and without an argument: the session goes on" {
    mkdir -m 777 inbox
    start --inbox inbox --request-rate 0
    connect a
    hear "$a"
    say "$a" help exit
    sed -n 's/^ \([a-z-]*:*\).*/\1/p' <&"$a" | sort -u > requests
    disconnect "$a"
    [ "$(wc -l < requests)" -gt 20 ]
    { grep -v '^exit$' requests; sed -n 's/:$/:2/p' requests; sed -n 's/:$/:meow.txt/p' requests; } > typed
    echo file:meow.txt >> typed
    "$build/rollcall" -h 127.0.0.1 -p "$port" < typed > out 2> err || [ $? -eq 1 ]
    cat out err
    run -1 grep -e 'no rollcalld' -e 'closed' out err
    [ "$(tail -n 1 err)" = 'File received: meow.txt' ]
    columns=100 rows=200 open one
    rm meow.txt
    while read -r line; do type_in one "$line"; done < typed
    sees one 'File received: meow.txt'
    type_in one 'still here'
    sees one '<.*> still here'
    sees_no one 'no rollcalld'
}

@test "between a list and its files" {
    fake '220 Enter Client01\n216 1.2.3\n212-1 files\n x\n212 End\n421 too loud\n'
    run "$build/rollcall" -h 127.0.0.1 -p "$port" get '*'
    [ "$status" -eq 1 ]
    [ "$output" = 'rollcall: too loud' ]
}

@test "on a terminal, too, a time limit during a transfer is not a kick" {
    mkdir -m 777 inbox
    work_to_hand_in
    start --inbox inbox --patience 1 --min-rate 100K
    columns=80 open one --anonymous
    type_in one '/put work'
    arrives
    victim=$(pgrep -x rollcall -P "$(tm display -p -t one '#{pane_pid}')")
    kill -STOP "$victim"
    logged 'Client01 disconnected: '
    kill -CONT "$victim"
    sees one 'Too slow: expected'
    await 'file_has "$log" " connected from" 2'
    sees one "^\\[$room\\].* here"
}

@test "pieces do not make a slow client faster: its pace is that of the whole file" {
    truncate -s 500M share/big
    start --min-rate 4M --patience 2
    connect a && expect $a '220 Enter Client01'
    say $a pieces: file:big
    await 'head -c 6000 <&"$a" > /dev/null; file_has "$log" "disconnected: "'
    grep -q 'did not read' "$log"
}

@test "while the client computes the digest of what it has: told, without another session" {
    truncate -s 2G share/big
    start
    client get big
    await '[ "$(stat -c %s big.part)" -gt 200000000 ]'
    kill -9 "$client"
    all_left
    client get big
    await 'file_has "$log" "Client01 connected from" 2'
    kill -STOP "$client" # it is reading its part, or about to
    ctl kick Client01 too loud
    logged 'Client01 disconnected: kicked'
    kill -CONT "$client"
    stays_away 2
    columns=80 open one # the same in a conversation
    type_in one '/get big'
    sees one '^big, checking \['
    ctl kick Client01 too loud
    sees one '^-- You were sent away: too loud'
    sees one '^status 1'
    [ "$(grep -c ' connected from' "$log")" -eq 3 ]
}
