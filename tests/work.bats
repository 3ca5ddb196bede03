#!/usr/bin/env bats
# Long work for a request (a digest, a long list) does not make its session deaf, dumb or undead.

load helpers

setup_file() {
    export BATS_TEST_TIMEOUT=180
}

# A digest of this takes most of a minute, so what ends before has not waited for it.
huge() { # FILE
    truncate -s 8G "$1"
}

# What a client without pieces has sent, and how its connection ends.
leaves() { # FD close|reset: a reset, where the greeting was not read
    [ "$2" = reset ] || expect_like "$1" '220 .*'
}

doing() { # JQ-CONDITION
    ctl status --json | jq -e "$1" > /dev/null
}

in_pieces() { # NAME: a client that has asked for pieces; $NAME is its descriptor
    connect "$1"
    hear "${!1}"
    say "${!1}" pieces:
    expect_like "${!1}" '216 [^ ]+'
}

hear_until() { # FD REGEX: other lines go into `lines`
    while hear "$1"; do
        lines+=("$line")
        [[ ! $line =~ $2 ]] || return 0
    done
    return 1
}

digest_of_nothing=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

@test "who closes, or resets the connection, is gone within a second, whatever digest is computed" {
    local patience=10 end request behind=$'sum:huge\nhello\nlist'
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || behind=sum:huge # only Linux sees an end behind bytes that nobody has read
    huge share/huge
    mkdir -m 777 inbox
    mkdir -m 777 inbox/Client01
    huge inbox/Client01/work
    start --inbox inbox
    for end in close reset; do
        for request in sum:huge "got:$digest_of_nothing huge" "put:8589934592:$digest_of_nothing work" \
            "put:8589934592:$digest_of_nothing: work" "$behind"; do
            connect a
            leaves $a $end
            say $a "$request"
            await 'doing ".clients[0].doing_done > 0"'
            disconnect $a
            await 'has_handlers 0'
        done
    done
    ctl check
}

# bats test_tags=plain
@test "who has handed in all bytes and leaves while they are compared is gone within a second" {
    local patience=10 lines=()
    mkdir -m 777 inbox inbox/Client01
    truncate -s 300M inbox/Client01/work
    start --inbox inbox
    connect a && expect $a '220 Enter Client01'
    say $a 'put:314572800 work' && expect $a '350 Send 314572800 bytes.'
    head -c 314572800 /dev/zero >&"$a"
    await 'doing ".clients[0].doing | startswith(\"receiving\")"'
    disconnect $a
    await 'has_handlers 0'
    ls inbox/Client01
    [ -z "$(find inbox -name '.incoming*')" ]
}

@test "who waits for another's digest and leaves is gone within a second, and so is the other" {
    local patience=10
    huge share/huge
    older_than 3 share/huge
    start
    connect a && expect $a '220 Enter Client01'
    say $a sum:huge
    await 'doing ".clients[0].doing_done > 0"'
    connect b && expect $b '220 Enter Client02'
    say $b sum:huge
    await 'doing ".clients[1].doing == \"digesting huge\" and .clients[1].doing_done == 0"'
    disconnect $b
    await 'has_handlers 1'
    disconnect $a
    await 'has_handlers 0'
}

# bats test_tags=plain
@test "who sends nothing more but reads gets its digest, and is told meanwhile that it is computed" {
    truncate -s 600M share/large
    start
    printf '%s\n' sum:large hello | nc -N 127.0.0.1 "$port" > replies
    sed '/^140 [0-9]* 629145600$/d' replies > other
    [ "$(wc -l < other)" -lt "$(wc -l < replies)" ]
    [ "$(sed 's/ [0-9a-f]* / HEX /' other)" = '220 Enter Client01
213 sha256 HEX 629145600 large
200 hello ACK' ]
    # a client that may still ask hears no line that stands for none of its requests
    connect a && expect $a '220 Enter Client01'
    touch share/large
    say $a sum:large hello
    expect_like $a '213 sha256 .*' '200 hello ACK'
}

@test "a kick, stop: and a shutdown end each kind of work at once" {
    local patience=10 request
    huge share/huge
    mkdir -m 777 inbox inbox/Client01
    huge inbox/Client01/work
    start --inbox inbox
    for request in sum:huge "got:$digest_of_nothing huge" "put:8589934592:$digest_of_nothing: work"; do
        connect a && expect $a '220 Enter Client01'
        say $a "$request" hello
        await 'doing ".clients[0].doing_done > 0"'
        say $a stop: again
        expect $a '451 Stopped.' '200 hello ACK' '217 No transfer was running.' '200 again ACK'
        say $a "$request"
        await 'doing ".clients[0].doing_done > 0"'
        ctl kick Client01 too loud
        expect $a '421 You were sent away: too loud'
        expect_end $a
        await 'has_handlers 0'
    done
    connect a && expect $a '220 Enter Client01'
    in_pieces b
    say $a sum:huge && say $b sum:huge hello
    expect_like $b '141 .*' '200 hello ACK'
    stop
    [ "$status" -eq 0 ]
    expect $a '421 Server shutting down.'
    [[ $(cat <&$b) == *'421 Server shutting down.' ]]
}

@test "who is waited for is not idle" {
    local lines=()
    huge share/huge
    start --idle-limit 1
    connect a && expect $a '220 Enter Client01'
    in_pieces b
    connect c && expect $c '220 Enter Client03'
    say $a sum:huge && say $b sum:huge
    expect_like $c '421 .*' # which has asked for nothing, a second and more later
    doing '.clients | length == 2'
    say $b stop: && hear_until $b '^217 Stopped.'
    [[ " ${lines[*]} " == *' 451 Stopped. 217 Stopped. ' ]]
}

@test "in pieces: others are heard and requests answered while a digest is computed, which comes late" {
    local lines=()
    truncate -s 60M share/large
    start
    in_pieces a
    connect b && expect $b '220 Enter Client02'
    say $a join && expect_like $a '200 Joined .*'
    say $a sum:large hello status
    expect_like $a '141 .*' '200 hello ACK' '211-2 clients' ' Client01 .*' ' Client02 .*' '211 End'
    say $b 'fire alarm'
    hear_until $a '^142'
    expect_like $a '213 sha256 [0-9a-f]{64} 62914560 large'
    [[ " ${lines[*]} " == *' 132 Client02 130 Client02 fire alarm '* ]]
    # what is known at once keeps its place
    older_than 1 share/large
    lines=()
    say $a sum:large && hear_until $a '^213'
    lines=()
    say $a sum:large hello && expect_like $a '213 .*' '200 hello ACK'
}

@test "in pieces: a second digest, a list and exit wait for the first digest, and what is behind them" {
    local lines=()
    huge share/huge
    start
    in_pieces a
    say $a sum:huge hello list:nowhere sum:meow.txt after
    expect_like $a '141 .*' '200 hello ACK'
    say $a stop:
    hear_until $a '^217'
    [ "$(printf '%s\n' "${lines[@]}" | sed '/^14[02] /d; s/ [0-9a-f]\{64\} / HEX /')" = '451 Stopped.
550 Directory not found.
213 sha256 HEX 5 meow.txt
200 after ACK
217 No transfer was running.' ]
    say $a sum:huge exit
    say $a stop:
    expect $a '451 Stopped.' '221 Bye.'
    expect_end $a
}

@test "in pieces: a hand-in is compared while others are heard, under the name it began with" {
    local lines=()
    mkdir -m 777 inbox inbox/Client01
    huge inbox/Client01/work
    start --inbox inbox --inbox-file 10G --inbox-client 20G
    in_pieces a
    say $a "put:8589934592:$digest_of_nothing: work" hello nick:anna
    expect_like $a '141 .*' '200 hello ACK' '451 Finish or stop the hand-in first.*'
    say $a stop: 'put:5 other'
    hear_until $a '^350'
    [ "$(printf '%s\n' "${lines[@]}" | sed '/^14[02] /d')" = '451 Stopped.
217 Stopped.
350 Send 5 bytes.' ]
    say $a piece:5 && printf hello >&"$a"
    hear_until $a '^226 .* other'
    [ "$(cat inbox/Client01/other)" = hello ]
}

@test "in pieces: the last piece waits for a digest, if the hand-in must be compared" {
    local lines=()
    truncate -s 60M share/large
    mkdir -m 777 inbox inbox/Client01
    printf hello > inbox/Client01/work
    start --inbox inbox
    in_pieces a
    say $a 'put:5 work' && expect $a '350 Send 5 bytes.'
    say $a sum:large piece:2 && printf he >&"$a"
    say $a piece:3 && printf llo >&"$a"
    hear_until $a '^226'
    [[ " ${lines[*]} " =~ ' 213 sha256 '[0-9a-f]*' 62914560 large 226 sha256 '.*' same work ' ]]
}

# bats test_tags=plain
@test "nobody waits longer than a second for the digest of a handler that is stopped" {
    local children
    truncate -s 400M share/large
    older_than 1 share/large
    start
    connect a && expect $a '220 Enter Client01'
    list_handlers
    say $a sum:large
    await 'doing ".clients[0].doing_done > 0"'
    kill -STOP "${children[0]}"
    connect b && expect $b '220 Enter Client02'
    say $b sum:large
    await 'doing ".clients[1].doing_done > 0"'
    kill -CONT "${children[0]}"
    expect_like $b '213 .*'
    expect_like $a '213 .*'
}

# Attaches to the only handler, whose client is FD: each name that it looks at takes a hundredth of a second.
slow_names() { # FD
    local children fd=$1
    command -v strace > /dev/null || skip "strace is not installed"
    list_handlers
    strace -qq -o trace -e trace=newfstatat,fstatat64 -e inject=newfstatat,fstatat64:delay_enter=10000 -p "${children[0]}" 2> refused 3>&- {fd}>&- &
    tracer=$!
    await 'file_has "/proc/${children[0]}/status" "^TracerPid:[[:space:]]*[1-9]" || ! kill -0 "$tracer"'
    kill -0 "$tracer" 2> /dev/null || skip "this system lets nobody trace a handler"
}

# bats test_tags=plain
@test "a long list on a slow disk: told, others heard, kicked and closed within a second" {
    local lines=() patience=10
    mkdir share/many
    (cd share/many && seq -f name%05g 1 20000 | xargs touch)
    start
    in_pieces a
    slow_names $a
    say $a join && expect_like $a '200 Joined .*'
    say $a list:many hello
    expect_like $a '141 .*' '200 hello ACK'
    connect b && expect $b '220 Enter Client02'
    say $b 'fire alarm' && disconnect $b
    hear_until $a '^140 [0-9]+ 0$'
    doing '.clients[0].doing == "listing many"'
    say $a stop:
    hear_until $a '^217'
    [[ " ${lines[*]} " == *' 130 Client02 fire alarm '*' 451 Stopped. 217 Stopped. '* ]]
    say $a list:many again && hear_until $a '^200 again ACK'
    ctl kick Client01 too loud
    hear_until $a '^421'
    await 'has_handlers 0'
    connect c && expect $c '220 Enter Client01'
    slow_names $c
    say $c list-long:many
    await 'doing ".clients[0].doing == \"listing many\""'
    disconnect $c
    await 'has_handlers 0'
}
