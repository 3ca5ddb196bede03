#!/usr/bin/env bats
# pieces: between two pieces of a file, either way, the session goes on.

load helpers

# Reads what comes: pieces go to the file `bytes`, other lines into `lines`, until one matches.
hear_until() { # FD REGEX
    while hear "$1"; do
        if [[ $line == '151 '* ]]; then
            head -c "${line#* }" <&"$1" >> bytes
            continue
        fi
        lines+=("$line")
        [[ ! $line =~ $2 ]] || return 0
    done
    echo "nothing matches $2"
    return 1
}

in_pieces() { # NAME: a client that has asked for pieces; $NAME is its descriptor
    connect "$1"
    hear "${!1}"
    say "${!1}" pieces:
    expect_like "${!1}" '216 [^ ]+'
}

give() { # FD COUNT FILE: the next bytes of it, which stands at descriptor 7
    say "$1" "piece:$2"
    head -c "$2" <&7 >&"$1"
}

setup_file() {
    export BATS_TEST_TIMEOUT=120
}

@test "while a file comes: others are heard, requests are answered, and the file is whole" {
    local lines=()
    head -c 60000000 /dev/urandom > share/big
    start --max-clients 4
    in_pieces anna
    say $anna join file:big status hello
    connect bob && expect $bob '220 Enter Client02'
    say $bob 'fire alarm' nick:bob
    hear $bob && hear $bob
    # in which order these come is the machine's
    while [[ " ${lines[*]} " != *' 200 hello ACK '* || " ${lines[*]} " != *' 134 Client02 bob '* ]]; do
        hear_until $anna '^(200 hello ACK|134 Client02 bob)$'
    done
    [[ " ${lines[*]} " == *" 150 60000000 0 big "* ]]
    [[ " ${lines[*]} " == *" 130 Client02 fire alarm "* ]]
    [ "$(stat -c %s bytes)" -lt 60000000 ] # all that was in the middle of it
    say $anna 'at the end' exit
    hear_until $anna '^221'
    cmp bytes share/big
    run ctl handouts
    [[ $output == *big* ]]
}

@test "stop: ends the file and nothing else; what was sent is written down" {
    local lines=()
    truncate -s 8G share/huge
    start
    in_pieces anna
    say $anna nick:anna hand:why file:huge
    hear_until $anna '^150'
    say $anna stop: hands
    hear_until $anna '^215 End'
    [[ " ${lines[*]} " == *" 152 Stopped. 217 Stopped. 215-1 hands  anna raised: "* ]]
    say $anna stop: stop:now file:meow.txt
    expect $anna '217 No transfer was running.' '501 Expected stop: without an argument.' '150 5 0 meow.txt' '151 5' meow
    ctl status --json | jq -e ".clients[0].doing == null and .clients[0].hand_raised != null" > /dev/null
}

@test "what needs the end of a file waits for it, and the rest behind that" {
    local lines=()
    head -c 9000000 /dev/urandom > share/big
    start
    in_pieces anna
    say $anna file:big file:meow.txt hello exit
    hear_until $anna '^221'
    [ "${lines[*]}" = '150 9000000 0 big 150 5 0 meow.txt 200 hello ACK 221 Bye.' ]
    cat share/big share/meow.txt | cmp - bytes
}

@test "a file that shrinks is cut, and the session goes on" {
    local lines=()
    truncate -s 8G share/huge
    start
    in_pieces anna
    say $anna file:huge
    hear_until $anna '^150'
    : > share/huge
    hear_until $anna '^152'
    [ "$line" = '152 The file has changed.' ]
    say $anna hello
    expect $anna '200 hello ACK'
}

@test "while a file goes: others are heard, requests are answered, and the receipt is right" {
    head -c 1000000 /dev/urandom > work
    mkdir -m 777 inbox
    start --inbox inbox --max-clients 4
    in_pieces anna
    connect bob && expect $bob '220 Enter Client02'
    say $anna nick:anna join
    expect_like $anna '200 anna secret .*' '200 Joined .*'
    exec 7< work
    say $anna 'put:1000000 work'
    expect $anna '350 Send 1000000 bytes.'
    give $anna 1 && give $anna 99999
    say $bob 'fire alarm'
    expect $anna '132 Client02' '130 Client02 fire alarm'
    give $anna 262144
    say $anna 'still here' file:meow.txt 'put:5 other'
    expect $anna '200 still here ACK' '451 Another transfer is running: wait for its end, or send stop:' \
        '451 Another transfer is running: wait for its end, or send stop:'
    give $anna 262144 && give $anna 262144
    give $anna 113568
    expect_like $anna "226 sha256 $(sha256sum < work | cut -c 1-64) 1000000 .* new work"
    cmp work inbox/anna/work
}

@test "pieces that cannot be: told, and the session goes on" {
    head -c 100000 /dev/urandom > work
    mkdir -m 777 inbox
    start --inbox inbox
    in_pieces anna
    say $anna piece:0 piece:262145 piece:x piece:
    for _ in 1 2 3 4; do expect $anna '501 Expected piece:COUNT, and 1 to 262144 bytes after it.'; done
    exec 7< work
    give $anna 10 # belongs to nothing
    say $anna 'put:10 short'
    expect $anna '350 Send 10 bytes.'
    give $anna 11
    expect $anna '501 Only 10 bytes are to come.'
    say $anna 'put:100 stopped'
    expect $anna '350 Send 100 bytes.'
    give $anna 50
    say $anna stop:
    expect $anna '217 Stopped.'
    give $anna 50 # was on its way
    say $anna 'put:0 empty' hello
    expect_like $anna '350 .*' '226 .* 0 .* new empty' '200 hello ACK'
    [ "$(ls inbox/Client01)" = empty ]
    [ -z "$(find inbox -name '.incoming*')" ]
}

@test "a client that stops in the middle of its pieces is no idle one, and is cut off in time" {
    mkdir -m 777 inbox
    start --inbox inbox --idle-limit 1 --patience 2 --min-rate 1000
    in_pieces anna
    say $anna 'put:1000000 work'
    expect $anna '350 Send 1000000 bytes.'
    exec 7< /dev/zero
    give $anna 100000
    expect_like $anna '421 Too slow: .*'
    expect_end $anna
    [ -z "$(find inbox -name '.incoming*')" ]
}

@test "a client that closes its sending side still gets what it asked for, in pieces" {
    head -c 20000000 /dev/urandom > share/big
    start
    printf '%s\n' pieces: file:big file:big | nc -N 127.0.0.1 "$port" > replies
    [ "$(wc -c < replies)" -gt 40000000 ]
    [ "$(grep -ao '150 20000000 0 big' replies | wc -l)" = 2 ]
}

@test "a hand-in in pieces is stored under the name it began with, which its client keeps until then" {
    local lines=()
    mkdir -m 777 inbox
    start --inbox inbox
    in_pieces anna
    say $anna nick:anna
    hear_until $anna '^200 anna secret'
    say $anna 'put:10 work' 'nick:evil'
    expect $anna '350 Send 10 bytes.'
    expect_like $anna '451 Finish or stop the hand-in first.*'
    connect ben && expect $ben '220 Enter Client02'
    say $ben nick:anna
    expect_like $ben '553 .*'
    exec 7< <(printf 0123456789)
    give $anna 10
    hear_until $anna '^226 .* new work$'
    say $anna nick:evil
    hear_until $anna '^200 evil secret'
    [ "$(cat inbox/anna/work)" = 0123456789 ]
}

# bats test_tags=plain
@test "while a digest is computed the server says so, and others are heard" {
    local lines=()
    truncate -s 1500M share/huge
    start
    in_pieces anna
    say $anna join sum:huge
    connect bob && expect $bob '220 Enter Client02'
    say $bob 'fire alarm'
    hear_until $anna '^130 Client02 fire alarm'
    hear_until $anna '^140 [0-9]+ 1572864000$'
    hear_until $anna '^213 sha256 [0-9a-f]* 1572864000 huge$'
    [[ "${lines[*]}" == *'fire alarm'*'140 '*'213 '* ]]
}

# bats test_tags=plain
@test "stop: ends a digest that is being computed, and what was sent before it is answered" {
    local lines=()
    truncate -s 8G share/huge
    start
    in_pieces anna
    say $anna sum:huge
    hear_until $anna '^140 [0-9]+ 8589934592$'
    say $anna 'no stop: yet' stop: after
    lines=()
    hear_until $anna '^200 after ACK$'
    [ "$(printf '%s\n' "${lines[@]}" | sed '/^140 /d; s/^\(14[12]\) .*/\1/')" = '141
200 no stop: yet ACK
142
451 Stopped.
217 Stopped.
200 after ACK' ]
    say $anna 'got:00 huge' && hear_until $anna '^501 .*'
    say $anna sum:huge stop:
    expect $anna '451 Stopped.' '217 Stopped.'
}

@test "a session that ends with a file under way leaves nothing" {
    local lines=()
    truncate -s 8G share/huge
    mkdir -m 777 inbox
    start --inbox inbox
    in_pieces anna
    say $anna file:huge
    hear_until $anna '^150'
    disconnect $anna
    in_pieces ben
    say $ben 'put:1000 work'
    expect $ben '350 Send 1000 bytes.'
    exec 7< /dev/zero
    give $ben 500
    disconnect $ben
    await 'has_handlers 0'
    [ -z "$(find inbox -name '.incoming*')" ]
    ctl check
}
