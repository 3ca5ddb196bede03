#!/usr/bin/env bats
# rollcallctl: reading the table from outside.

load helpers

ctl() {
    run "$build/rollcallctl" --name "$room" "$@"
}

json() { # JQ-EXPRESSION: it is true of the output
    jq -e "$1" <<< "$output" > /dev/null || { echo "not so: $1"; echo "$output"; return 1; }
}

@test "status shows who is here, from where and what they do" {
    start
    connect a && expect $a '220 Enter Client01'
    connect b ::1 && expect $b '220 Enter Client02'
    say $b one two
    expect $b '200 one ACK' '200 two ACK'
    ctl status
    [ "$status" -eq 0 ]
    [[ $output == *Client01*127.0.0.1* ]]
    [[ $output == *Client02*::1* ]]
    [[ $output == *"2 of 3"* ]]
}

@test "status --json and history --json are JSON" {
    command -v jq > /dev/null || skip "jq is not installed"
    start
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    say $a hello
    expect $a '200 hello ACK'
    say $b exit
    expect $b '221 Bye.'
    ctl status --json
    [ "$status" -eq 0 ]
    json '.room == "'"$room"'" and .alive == true and .places == 3'
    json '(.clients | length) == 1 and .clients[0].name == "Client01"'
    json '.clients[0].messages == 1 and .clients[0].doing == null'
    ctl history --json
    [ "$status" -eq 0 ]
    json '.sessions[0].name == "Client02" and .sessions[0].why == "exit"'
    json '.sessions[0].left | endswith("Z")'
}

@test "a hostile file name is valid JSON and harmless text" {
    command -v jq > /dev/null || skip "jq is not installed"
    evil='a"b\c'
    truncate -s 200M "share/$evil"
    start
    connect a && expect $a '220 Enter Client01'
    say $a "hand:$(printf 'x\342\200\256d')" "file:$evil" # the share serves no name that turns a line around
    await 'status_has sending'
    ctl status
    [[ $output != *$(printf '\342\200\256')* && $output == *'x\u{202E}d'* ]]
    ctl status --json
    json '.clients[0].doing | startswith("sending a\"b\\c")'
}

@test "no such room" {
    ctl status
    [ "$status" -eq 3 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "rollcallctl: "*"$room"* ]]
    ctl history --json
    [ "$status" -eq 3 ]
}

@test "the daemon is gone: the table that it left is shown" {
    start
    connect a && expect $a '220 Enter Client01'
    stop KILL
    ctl status
    [ "$status" -eq 4 ]
    [[ $output == *gone* ]]
    [[ $output == *"$room"* ]]
}

@test "damaged" {
    head -c 100000 /dev/urandom > "/dev/shm/rollcall.$room"
    ctl status
    [ "$status" -eq 5 ]
    [[ $output == "rollcallctl: "*damaged* ]]
    : > "/dev/shm/rollcall.$room"
    ctl status
    [ "$status" -eq 5 ]
}

@test "usage" {
    for wrong in '' 'stats' 'history extra' '--jsons status' '--json=1 status' '-x status' '--name' 'say' 'say --' \
        'history -- --json' '-- --json'; do
        # shellcheck disable=SC2086
        run "$build/rollcallctl" $wrong
        [ "$status" -eq 2 ] || { echo "$wrong: $status"; return 1; }
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "rollcallctl: "* ]]
    done
    run "$build/rollcallctl" --name ../x status
    [ "$status" -eq 2 ]
    run "$build/rollcallctl" status --xyz
    [ "$output" = "rollcallctl: --xyz: no such option; see 'rollcallctl --help'" ]
    run "$build/rollcallctl" sttus
    [ "$status" -eq 2 ]
    [ "$output" = "rollcallctl: sttus: no such command (did you mean status?); see 'rollcallctl --help'" ]
    run "$build/rollcallctl" ''
    [ "$status" -eq 2 ]
    [ "$output" = "rollcallctl: expected a command, not an empty word; see 'rollcallctl --help'" ]
    for helps in --help 'status --help' 'say --help' 'kick --help' '-jh status' '--he'; do
        # shellcheck disable=SC2086
        run "$build/rollcallctl" $helps
        [ "$status" -eq 0 ] || { echo "$helps: $status"; return 1; }
        [[ $output == "usage: rollcallctl "*"--help"* ]]
    done
    run "$build/rollcallctl" kick --help
    [ "${lines[0]}" = 'usage: rollcallctl [OPTION...] kick NAME [REASON...]' ]
    [[ $output != *--json* && $output != *history* ]]
    run "$build/rollcallctl" history --na "$room" -- --
    [ "$status" -eq 2 ]
    run "$build/rollcallctl" status -jn"$room" --
    [ "$status" -eq 3 ]
    run bash -c '"$1" --help > /dev/full' - "$build/rollcallctl"
    [ "$status" -eq 1 ]
}

@test "without standard output or error nothing is written into the table or to the daemon" {
    start
    connect a && expect $a '220 Enter Client01'
    run bash -c '"$1" --name "$2" status >&-' - "$build/rollcallctl" "$room"
    [ "$status" -eq 1 ]
    [ "$output" = 'rollcallctl: cannot write to standard output: Bad file descriptor' ]
    run bash -c '"$1" --name "$2" kick nobody <&- >&- 2>&-' - "$build/rollcallctl" "$room"
    [ "$status" -eq 1 ]
    ctl check
    [ "$status" -eq 0 ]
    say $a moo
    expect $a '200 moo ACK'
}

@test "a reader delays nobody, and can read while the lock is held" {
    start
    connect a && expect $a '220 Enter Client01'
    read -r handler <<< "$(handlers)"
    kill -STOP "$handler" "$server"
    ctl status
    [ "$status" -eq 0 ]
    [[ $output == *Client01* ]]
    kill -CONT "$handler" "$server"
}

@test "check: a table in use is intact, and a damaged table is reported" {
    start --max-clients 2
    connect a && expect $a '220 Enter Client01'
    say $a moo exit
    expect $a '200 moo ACK' '221 Bye.'
    ctl check
    [ "$status" -eq 0 ]
    [ "$output" = "Room $room: the table is intact" ]

    # the last slot claims to be at the lock, in a future epoch
    table=/dev/shm/rollcall.$room
    read -r place store < <(od -An -tu4 -j12 -N8 "$table")
    printf '\377\377\377\177' |
        dd of="$table" bs=1 seek=$(($(stat -c %s "$table") - store - place)) conv=notrunc status=none
    ctl check
    [ "$status" -eq 5 ]
    [[ $output == *"slot 2 is at the lock's epoch 2147483647 of 1"* ]]
}

@test "names beyond ASCII: in columns, in JSON, and to kick" {
    start
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    connect c && expect $c '220 Enter Client03'
    say $a nick:José && expect_like $a '200 José .*'
    say $b nick:王小明 && expect_like $b '200 王小明 .*'
    say $c nick:anna123 && expect_like $c '200 anna123 .*'
    ctl status
    grep -q '^José     127' <<< "$output" # the column is seven wide
    grep -q '^王小明   127' <<< "$output"
    grep -q '^anna123  127' <<< "$output"
    ctl status --json
    jq -e '[.clients[].name] == ["José", "王小明", "anna123"]' <<< "$output"
    ctl kick JOSÉ too late
    expect $a '421 You were sent away: too late'
    logged 'José is kicked: too late'
    logged 'José disconnected.*: kicked'
    ctl history --json
    jq -e '.sessions[0].name == "José"' <<< "$output"
    ctl kick jose
    [ "$status" -eq 1 ]
}

@test "status and count of some: by name, by pattern, by network" {
    start
    connect a && expect $a '220 Enter Client01'
    connect b ::1 && expect $b '220 Enter Client02'
    connect c && expect $c '220 Enter Client03'
    say $a nick:José 'hand:help' && expect_like $a '200 José .*' '200 .*'
    say $b nick:joan && expect_like $b '200 joan .*'
    say $c 'hand:me too' && expect $c '200 Your hand is up.'
    counts() { # COUNT WORD...
        ctl count "${@:2}"
        [ "$status" -eq 0 ] && [ "$output" = "$1" ] || { echo "count ${*:2}: $output"; return 1; }
    }
    counts 3
    counts 1 JOSÉ
    counts 2 'jo*'
    counts 1 'JO?É'
    counts 0 'jo?'
    counts 1 '*n'
    counts 3 '*'
    counts 3 '**o**' 'c*3'
    counts 0 'c*3*4'
    counts 2 127.0.0.0/8
    counts 2 0.0.0.0/0
    counts 1 ::1
    counts 2 ::1 José
    counts 0 10.0.0.0/8 fd00::/8 nobody
    ctl status joan
    [[ ${lines[0]} == "Room $room: 3 of "*" present, 1 shown, since "* ]]
    [[ $output == *joan* && $output != *José* ]]
    ctl status client03 # its hand is the second, whoever is shown
    [[ $output == *'hands: Client03 (me too)'* ]]
    ctl status --json 127.0.0.1 -- joan
    json '.present == 3 and ([.clients[].name] == ["José", "joan", "Client03"]) and .clients[2].hand == 2'
    for wrong in 10.0.0.1/8 10.0.0 a.b a:b / 'a b' ''; do
        ctl count "$wrong"
        [ "$status" -eq 2 ]
        [ "$output" = "rollcallctl: count: expected up to 64 names (b*) and networks (10.0.0.0/8), not '$wrong'; see 'rollcallctl --help'" ]
    done
    ctl history joan
    [ "$status" -eq 2 ]
    stop KILL
    ctl count '*'
    [ "$status" -eq 4 ]
    [[ $output =~ (^|$'\n')[0-3]($|$'\n') ]] # handlers leave when the daemon dies
}
