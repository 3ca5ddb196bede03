#!/usr/bin/env bats
# A full room has a queue: who waits is told the place in it, and is let in in order, at once.

load helpers

# waits VARIABLE PLACE [LINE...]: connects, finds the room full, and waits; what is said in LINEs is
# sent together with the question.
waits() {
    connect "$1"
    local -n waiter=$1
    expect "$waiter" "421 Server full: $full."
    say "$waiter" wait: "${@:3}"
    expect "$waiter" "$(place "$2")"
}

place() {
    echo "120 $1 The room is full: you are number $1 in the queue."
}

# fill [OPTION...]: a room for one, which is full: $a is inside.
fill() {
    full='1 of 1'
    start --max-clients 1 "$@"
    connect a && expect "$a" '220 Enter Client01'
}

waiting() { # COUNT: that many, the table says
    await 'status_has ": '"$full present, $1 waiting"', since"'
}

@test "who waits moves up and is let in, in order; who comes later does not pass" {
    fill
    waits b 1
    waits c 2
    waits d 3
    waiting 3
    logged 'A client waits for a place: 1 of 1 are taken'
    connect late && expect "$late" '421 Server full: 1 of 1.'
    disconnect "$a"
    expect "$b" '220 Enter Client01'
    expect "$c" "$(place 1)"
    expect "$d" "$(place 2)"
    say "$b" hello exit
    expect "$b" '200 hello ACK' '221 Bye.'
    expect "$c" '220 Enter Client01'
    expect "$d" "$(place 1)"
    kill -9 "$(handlers)"
    expect "$d" '220 Enter Client01'
    await 'status_has ": 1 of 1 present, since"'
    grep -c 'A client waits' "$log"
    [ "$(grep -c 'A client waits' "$log")" -eq 1 ]
    ctl check
}

refused_full() { # COUNT: that many, the table and the log say
    local said
    said=$(sed -n 's/.*Server full: \([0-9]*\) refused.*/\1/p' "$log" | paste -sd+)
    [ "$(ctl --json status | jq .refused.full)" = "$1" ] && [ $((${said:-0})) -eq "$1" ]
}

@test "who waits is not refused; who does not ask, or has to leave the queue, is, once" {
    fill
    waits b 1
    waits c 2
    disconnect "$c"
    await '[ "$(ctl --json status | jq .waiting)" = 1 ]'
    refused_full 0
    # silence, a wrong word and a connection that closes
    connect late && expect "$late" '421 Server full: 1 of 1.' && expect_end "$late"
    await 'refused_full 1'
    connect late && expect "$late" '421 Server full: 1 of 1.' && say "$late" hello && expect_end "$late"
    await 'refused_full 2'
    connect late && expect "$late" '421 Server full: 1 of 1.' && disconnect "$late"
    await 'refused_full 3'
    printf '%05000d' 0 >&"$b"
    expect_like "$b" '421 Too much was sent .*'
    await 'refused_full 4'
    waits b 1
    disconnect "$a"
    expect "$b" '220 Enter Client01'
    refused_full 4
}

@test "a shutdown counts who could still have asked to wait" {
    fill
    connect b && expect "$b" '421 Server full: 1 of 1.'
    kill -TERM "$server"
    logged 'Server full: 1 refused'
}

@test "who leaves the queue makes those behind move up" {
    fill
    waits b 1
    waits c 2
    waits d 3
    disconnect "$c"
    expect "$d" "$(place 2)"
    disconnect "$b"
    expect "$d" "$(place 1)"
    waits e 2
    disconnect "$a"
    expect "$d" '220 Enter Client01'
    expect "$e" "$(place 1)"
}

@test "what is sent ahead is for the session, however the line ends" {
    fill
    connect b && printf 'wait:\r\nhello\nlist\n' >&"$b"
    expect "$b" '421 Server full: 1 of 1.' "$(place 1)"
    connect c && expect "$c" '421 Server full: 1 of 1.'
    for byte in w a i t : $'\n'; do printf %s "$byte" >&"$c"; done
    expect "$c" "$(place 2)"
    disconnect "$a"
    expect "$b" '220 Enter Client01' '200 hello ACK'
    expect_like "$b" '212-.*' '.*' '.*' '.*' '212 End'
    say "$b" wait:
    expect "$b" '200 You have a place.'
}

@test "another line, a part of one, an end or silence is no question: the connection ends" {
    fill
    for said in 'hello\n' 'wait\n' 'wait:x\n' 'wait:\r\r\n' 'Wait:\n' 'wai' '\n' ''; do
        connect b && expect "$b" '421 Server full: 1 of 1.'
        # shellcheck disable=SC2059
        printf "$said" >&"$b"
        expect_end "$b"
        disconnect "$b"
    done
    status_has ': 1 of 1 present, since'
    [ "$(ctl --json status | jq .waiting)" = 0 ]
}

@test "status, JSON, metrics and top show how many wait" {
    fill
    waits b 1
    waits c 2
    waiting 2
    [ "$(ctl --json status | jq .waiting)" = 2 ]
    ctl metrics > counted
    file_has counted '^rollcall_waiting\{.*\} 2$'
    ctl top -b > page
    file_has page ': 1 of 1 present, 2 waiting, up'
}

@test "the queue is full: one more is told so" {
    local fd fds=()
    fill --per-address 0 --address-rate 0
    for i in {1..64}; do
        waits fd "$i"
        fds+=("$fd")
    done
    connect late && expect "$late" '421 Server full: 1 of 1.'
    say "$late" wait:
    expect "$late" '421 Server full: 1 of 1, and 64 wait.'
    expect_end "$late"
    disconnect "${fds[0]}"
    expect "${fds[63]}" "$(place 63)"
    waits late 64
}

@test "who waits counts as a client of its address, also after a reload" {
    mkdir etc
    printf '%s\n' 'port 0' "name $room" "share $PWD/share" "user $me" 'max-clients 1' 'exempt 192.0.2.0/24' 'per-address 3' > etc/conf
    full='1 of 1'
    launch "$build/rollcalld" --config etc/conf
    connect a && expect "$a" '220 Enter Client01'
    waits b 1
    waits c 2
    connect d && expect "$d" '421 Too many clients from your address.'
    disconnect "$c"
    waiting 1
    waits d 2
    echo 'per-address 4' >> etc/conf
    sed -i '/per-address 3/d' etc/conf
    ctl reload
    waits e 3
    connect f && expect "$f" '421 Too many clients from your address.'
    disconnect "$a"
    expect "$b" '220 Enter Client01'
    waits g 3
    connect h && expect "$h" '421 Too many clients from your address.'
}

@test "a reload with more places lets the first ones in; one that denies an address refuses it in its turn" {
    mkdir etc
    settings() { printf '%s\n' 'port 0' "name $room" "share $PWD/share" "user $me" "$@" > etc/conf; }
    settings 'max-clients 3'
    launch "$build/rollcalld" --config etc/conf
    settings 'max-clients 1'
    ctl reload
    full='1 of 1'
    connect a && expect "$a" '220 Enter Client01'
    waits b 1
    waits c 2
    waits d 3
    settings 'max-clients 3'
    ctl reload
    expect "$b" '220 Enter Client02'
    expect "$c" '220 Enter Client03'
    expect "$d" "$(place 1)"
    settings 'max-clients 3' 'deny 127.0.0.0/8'
    ctl reload
    disconnect "$c"
    expect "$d" '421 You may not connect from there.'
    expect_end "$d"
}

@test "drain and shutdown tell those who wait" {
    fill
    waits b 1
    waits c 2
    connect asks && expect "$asks" '421 Server full: 1 of 1.'
    ctl drain
    say "$asks" wait:
    for fd in "$b" "$c" "$asks"; do
        expect "$fd" '421 Server shutting down.'
        expect_end "$fd"
    done
    say "$a" exit
    expect "$a" '221 Bye.'
    wait "$server"
    fill
    waits b 1
    stop
    [ "$status" -eq 0 ]
    expect "$b" '421 Server shutting down.'
    expect_end "$b"
}

@test "a kicked client that waits hears the reason in its turn" {
    fill
    say "$a" pieces:
    hear "$a"
    session=${line#216 }
    waits b 1
    ctl kick Client01 enough
    expect "$a" '421 You were sent away: enough'
    expect "$b" '220 Enter Client01'
    waits c 1 "pieces:$session"
    say "$b" exit
    expect "$c" '220 Enter Client01' '421 You were sent away: enough'
}

@test "a proxy's client waits, under its own address" {
    full='1 of 1'
    start --max-clients 1 --proxy 127.0.0.1
    connect a ::1 && expect "$a" '220 Enter Client01'
    connect b
    printf 'PROXY TCP4 192.0.2.7 127.0.0.1 5000 8000\r\n' >&"$b"
    expect "$b" '421 Server full: 1 of 1.'
    say "$b" wait:
    expect "$b" "$(place 1)"
    disconnect "$a"
    expect "$b" '220 Enter Client01'
    logged 'connected .*from 192\.0\.2\.7:5000'
}

@test "an upgrade keeps the queue, and who is about to join it" {
    mkdir bin && cp "$build/rollcalld" bin/
    full='1 of 1'
    launch "$PWD/bin/rollcalld" --port 0 --name "$room" --share share --max-clients 1
    connect a && expect "$a" '220 Enter Client01'
    waits b 1
    waits c 2 'said before'
    run ctl upgrade
    [[ $output != *"this system cannot do that"* ]] || skip "this build cannot upgrade"
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
    waits d 3
    disconnect "$b"
    expect "$c" "$(place 1)"
    expect "$d" "$(place 2)"
    disconnect "$a"
    expect "$c" '220 Enter Client01' '200 said before ACK'
    expect "$d" "$(place 1)"
    ctl check
}

@test "who sends too much while it waits is dropped, and others wait on" {
    fill
    waits b 1
    waits c 2
    head -c 5000 /dev/zero >&"$b"
    expect "$b" '421 Too much was sent ahead of a place in the room.'
    expect_end "$b"
    expect "$c" "$(place 1)"
    (yes >&"$c" 2> /dev/null) &
    yes=$!
    expect "$c" '421 Too much was sent ahead of a place in the room.'
    expect_end "$c"
    disconnect "$c"
    wait "$yes" || true
    await 'status_has ": 1 of 1 present, since"'
    say "$a" hello
    expect "$a" '200 hello ACK'
}

@test "who is gone leaves the queue, whatever was sent ahead" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "only Linux sees that behind bytes that nobody has read"
    local patience=20 # the place is told again after 30 s, which would show it, too
    fill
    connect b && expect "$b" '421 Server full: 1 of 1.'
    say "$b" wait: exit
    disconnect "$b"
    waits c 2
    waiting 1
    expect "$c" "$(place 1)"
}

@test "who half closes leaves the queue; behind what it sent ahead its session comes first" {
    command -v socat > /dev/null || skip "socat is not installed"
    fill
    printf 'wait:\n' | socat -t 60 - "TCP:127.0.0.1:$port" > left
    [ "$(wc -l < left)" -le 2 ]
    printf 'wait:\nhello\n' | socat -t 60 - "TCP:127.0.0.1:$port" > stayed &
    waiting 1
    say "$a" exit
    wait $!
    [ "$(cat stayed)" = "421 Server full: 1 of 1.
$(place 1)
220 Enter Client01
200 hello ACK" ]
}
