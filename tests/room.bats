# Messages that reach others: join, leave, tell, nick, hands, and what whoever runs the room says. The
# sessions stand in transcripts/room/; what is left here also needs a flood, a second daemon or the
# runtime directory.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
    export BATS_TEST_TIMEOUT=$((600 + ${ROLLCALL_BURSTS:-0} * 15))
}

# enter VARIABLE [NAME]: connects a client, which joins and takes the name
enter() {
    connect "$1"
    hear "${!1}"
    if [ $# -gt 1 ]; then
        say "${!1}" "nick:$2"
        expect_like "${!1}" "200 $2 secret [0-9a-f]{32}"
        secret=${line##* }
    fi
    say "${!1}" join
    expect "${!1}" "200 Joined $room"
}

expect_retired() { # FD; room lines, also about itself, may come first
    hear "$1"
    while [[ $line == 13* ]]; do hear "$1"; done
    [ "$line" = '421 You are back with another connection.' ]
}

@test "what is said reaches those who joined, and nobody else" {
    transcript room/said
}

@test "msg: says what looks like a request; an empty line goes no further" {
    transcript room/msg
}

@test "a client that says nothing is in the table, and not announced" {
    transcript room/silent
}

@test "HTTP, TLS, SSH, SMTP and RDP end at their first line, and the room hears nothing" {
    transcript room/knock
}

@test "another protocol at a room with a key, and curl" {
    printf 'secret' > key
    chmod 600 key
    chown "$me" key
    start --key-file key --user "$me"
    connect http
    expect_like "$http" '331 sha256 .*'
    printf 'GET / HTTP/1.1\r\n\r\n' >&"$http"
    expect "$http" $'HTTP/1.1 400 Bad Request\r'
    logged 'Another protocol from 127.0.0.1 port '
    [ "$(ctl status --json | jq -c '[.refused.protocol, .refused.key, .counters.accepted]')" = '[1,0,1]' ]
    stop

    command -v curl > /dev/null || skip "curl is not installed"
    start
    connect anna
    hear "$anna"
    say "$anna" join
    hear "$anna"
    curl -s --http0.9 -m 20 -d $'nick:teacher\nhand:x\nhello' "http://127.0.0.1:$port/" > answer
    file_has answer '^220 Enter Client02'
    file_has answer '^HTTP/1.1 400 '
    all_but_one() { has_handlers 1; }
    await all_but_one
    say "$anna" hands
    expect "$anna" '215-0 hands'
}

@test "a client that leaves hears nothing more, and may join again" {
    transcript room/leave
}

@test "tell reaches one client, and says who cannot be told" {
    transcript room/tell
}

@test "a client may tell itself; telling a stopped client is refused in the end" {
    transcript room/not-reading
}

@test "a client that did not read in time is told how many lines it missed" {
    transcript room/missed
}

@test "names: letters, digits, - and _, one of each whatever the capitals" {
    transcript room/names
}

@test "names: letters of all languages, 31 of them, one of each whatever the case" {
    transcript room/names-letters
}

@test "a name is free again when its client has gone" {
    transcript room/name-free
}

@test "fifty clients ask for one name at once: one gets it" {
    # one shell speaks for all clients, because fifty shells would take too long on a small machine
    start --max-clients 60
    local -a clients
    local given=0 taken=0
    for i in {1..50}; do
        connect "clients[$i]" && expect_like "${clients[$i]}" '220 Enter Client[0-9]+'
    done
    for i in {1..50}; do say "${clients[$i]}" nick:wanted; done
    for i in {1..50}; do
        hear "${clients[$i]}"
        case $line in
        '200 wanted secret '*) given=$((given + 1)) ;;
        '553 '*) taken=$((taken + 1)) ;;
        esac
    done
    [ "$given" -eq 1 ]
    [ "$taken" -eq 49 ]
}

@test "a client with the secret takes its name back from a session with a dead peer" {
    transcript room/back
}

@test "name and hand come back at once, even if the old handler is stuck" {
    transcript room/back-stopped
}

@test "no other client gets a name that is taken back" {
    start --max-clients 4 --request-rate 0
    enter old anna
    first=$secret
    connect thief
    hear "$thief"
    yes nick:anna 2> /dev/null >&"$thief" &
    flood=$!
    expect "$thief" '553 The name anna is taken.'
    (while hear "$thief"; do [ "$line" = '553 The name anna is taken.' ] || echo "$line"; done) > got 2>&1 &
    reader=$!
    for _ in {1..20}; do
        connect new
        hear "$new"
        say "$new" "nick:anna $first" ''
        expect_like "$new" '200 anna secret .*'
        first=${line##* }
        expect "$new" '200  ACK'
        expect_retired "$old"
        expect_end "$old"
        disconnect "$old"
        old=$new
        say "$old" join
        expect_like "$old" "200 Joined $room"
        await 'has_handlers 2'
    done
    kill "$flood" "$reader"
    [ ! -s got ]
}

@test "hands are raised, with a text, and lowered" {
    transcript room/hands
}

@test "a client that joins is shown the last lines, marked as earlier" {
    transcript room/earlier
}

@test "join: numbers the lines, and join:RUN NUMBER gives those that were missed" {
    transcript room/numbered
}

@test "whoever joins and comes back during a flood: no line twice, none missing but those told of" {
    start --request-rate 0 --max-clients 20
    { seq 100000; echo exit; } | nc 127.0.0.1 "$port" > /dev/null &
    local flood=$! run=0 next=1 turns=0
    while kill -0 "$flood" 2> /dev/null || [ "$turns" -lt 5 ]; do
        # in order, and as many as there are numbers, with those that 135 tells of
        { printf 'join:%s\n' "$run $next"; sleep 0.1; echo exit; } | nc 127.0.0.1 "$port" > heard
        awk -v next_one="$next" -v first=$((run == 0)) '
            $2 == "Joined" { run = $4; if (first) next_one = $5 }
            # the last 135 may stand behind the last line: that gap ends in the next session
            $1 == 135 { gap += $2 }
            $2 ~ /^@/ {
                number = substr($2, 2) + 0
                lost += gap
                gap = 0
                if (first && !last && $1 == 138) next_one = number
                if (number <= last) { print "after", last, "comes", $0; exit 1 }
                last = number; got++
            }
            END {
                if (last && got + lost != last + 1 - next_one) { print got, lost, next_one, last; exit 1 }
                print run, (last ? last + 1 : next_one)
            }' heard > place || { cat place; false; }
        read -r run next < place
        turns=$((turns + 1))
    done
    wait "$flood"
    echo "turns $turns, run $run, next $next"
    [ "$next" -ge 1000 ]
}

@test "with --earlier 0 no line is kept" {
    transcript room/earlier-none
}

@test "a private message is not shown to another client later" {
    transcript room/told
}

@test "no line splits a reply, a batch or a file" {
    head -c 30000000 /dev/zero | tr '\0' x > share/big
    transcript room/between
}

@test "50 talkers: each hears each other's lines in order, no reply and no batch is split" {
    start --max-clients 60 --request-rate 0
    "$build/tools/talk" "$port" 0 50 60 20 5 > talked || { cat talked; false; }
    cat talked
    grep -q ' 0 wrong' talked
    grep -q '147000 heard, 0 missed' talked
}

@test "50 talkers as fast as they can: missed lines are counted, the rest is in order" {
    start --max-clients 60 --request-rate 0 --earlier 0
    "$build/tools/talk" "$port" 0 50 40 0 10 > talked || { cat talked; false; }
    grep -q ' 0 wrong' talked
}

@test "a handler killed while it speaks leaves nobody deaf" {
    transcript room/killed
}

@test "rollcallctl say and kick" {
    transcript room/kick
    run -1 ctl kick nobody
    [ "$output" = 'rollcallctl: kick: nobody has that name' ]
    run -2 ctl kick
    run -2 ctl say
    run -2 ctl say $'two\nlines'
    run -2 ctl say "$(head -c 4097 /dev/zero | tr '\0' x)"
    run -2 ctl say ' ' ''
    run -2 ctl say "$(head -c 5000 /dev/zero | tr '\0' x)"
}

@test "rollcallctl: text and names that begin with -, and spaces at the end" {
    transcript room/dashes
}

@test "rollcallctl does not wait for ever for a daemon that is stopped" {
    start
    kill -STOP "$server"
    for i in {1..30}; do
        ctl say "$i" 2> "said.$i" || echo "$?" > "status.$i" &
        pids+=("$!")
    done
    wait "${pids[@]}"
    kill -CONT "$server"
    [ "$(cat status.* | sort -u)" = 1 ]
    run sort -u said.*
    [[ $output == "rollcallctl: room '$room' does not answer: "*" timed out" ]] # the C library's word
}

@test "kick ends a session in the middle of a file, and a stopped one" {
    truncate -s 1G share/huge
    transcript room/kick-busy
    await 'has_handlers 0'
}

@test "kick ends a session that is slowed down, with its reason" {
    transcript room/kick-slowed
}

@test "say and kick need a live daemon, and its user or root" {
    start
    kill -9 "$server"
    await '! kill -0 "$server"'
    run -4 ctl say hello
    [ "$output" = "rollcallctl: the daemon of room '$room' is gone" ]
    run -4 ctl kick Client01
    if [ "$(id -u)" -eq 0 ]; then
        rm -f "/dev/shm/rollcall.$room"
        start --user nobody
        connect fd
        hear "$fd"
        ctl kick Client01
        expect "$fd" '421 You were sent away.'
    fi
}

@test "a cleaner removes the runtime directory while the room runs: everybody hears" {
    mkdir run
    chown "$me" run
    start --runtime "$PWD/run" --user "$me"
    enter anna anna
    enter bob bob
    rm -r "run/$room"
    expect "$anna" '132 Client02' '134 Client02 bob'
    say "$bob" hello 'tell:anna psst'
    expect "$bob" '200 hello ACK' '200 Delivered to anna.'
    expect "$anna" '130 bob hello' '131 bob psst'
    enter carl carl
    expect "$anna" '132 Client03' '134 Client03 carl'
}

@test "handlers of a daemon that was killed do not disturb the next one" {
    start
    enter old anna
    victim=$(handlers)
    kill -STOP $victim
    kill -9 "$server"
    await '! kill -0 "$server"'
    start
    enter new zoe
    disconnect "$old"
    kill -CONT $victim
    await '! kill -0 $victim'
    connect bob
    hear "$bob"
    say "$bob" hello
    expect "$new" '132 Client02' '130 Client02 hello'
}

@test "the runtime directory is private, made and removed; another's is refused" {
    mkdir -m 755 run
    chown "$me" run
    start --runtime "$PWD/run" --user "$me"
    [ "$(stat -c %a "run/$room")" = 1700 ]
    [ -S "run/$room/control" ]
    enter fd
    holds_control_alone
    stop
    [ "$status" -eq 0 ]
    [ ! -e "run/$room" ]
    start --runtime run --user "$me" # relative, as --share is
    enter fd
    kill -9 "$server"
    await '! kill -0 "$server"'
    start --runtime "$PWD/run" --user "$me"
    touch "run/$room/notes"
    stop
    [ "$(ls "run/$room")" = notes ]
    run -1 "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime "$PWD/run"
    [[ ${lines[-1]} == *"/$room contains another file: 'notes'; move that away; see --runtime" ]]
    [ "$(ls "run/$room")" = notes ]
    rm "run/$room/notes"
    touch "run/$room/control" # a name that rollcalld uses, but not a socket
    run -1 "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime "$PWD/run"
    [ -e "run/$room/control" ]
    rm "run/$room/control"
    run -1 "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime "$PWD/none"
    [[ ${lines[-1]} == *"No such file or directory; see --runtime" ]]
    chmod 777 run
    run -1 "$build/rollcalld" --port 0 --name "$room" --share share --runtime "$PWD/run" --user "$me"
    [[ ${lines[-1]} == *"nobody else's to change; see --runtime" ]]
}

@test "a link where the daemon makes its runtime directory itself is not followed" {
    mkdir person mine
    mkdir -m 700 "mine/$room"
    chown "$me" person mine "mine/$room"
    ln -s ../mine person/rollcall
    export XDG_RUNTIME_DIR=$PWD/person
    start --user "$me"
    [ -z "$(ls "mine/$room")" ]
    [ -S "/tmp/rollcall-$(id -u)/$room/control" ]
}

holds_control_alone() {
    local files=("run/$room"/*)
    [ "${files[*]}" = "run/$room/control" ]
}

@test "the socket of a rollcallctl that was killed is removed" {
    mkdir run
    chown "$me" run
    start --runtime "$PWD/run" --user "$me"
    kill -STOP "$server"
    "$build/rollcallctl" --name "$room" say x &
    asking=$!
    await '[ -S "run/$room/asks.$asking" ]'
    await 'file_has "/proc/$asking/stat" "[)] S "' # has asked
    kill -9 "$asking"
    await '! kill -0 "$asking"'
    kill -CONT "$server"
    await 'holds_control_alone'
}

@test "the service's runtime directory, and the person's" {
    mkdir service person
    chown "$me" service person
    export RUNTIME_DIRECTORY=$PWD/service
    start --user "$me"
    [ -S "service/$room/control" ]
    stop
    unset RUNTIME_DIRECTORY
    export XDG_RUNTIME_DIR=$PWD/person
    start --user "$me"
    [ -S "person/rollcall/$room/control" ]
    stop
}

@test "handlers that are stopped make nobody else deaf" {
    transcript room/deaf
}

# bats test_tags=plain
@test "1,000 joined clients hear bursts to their last line" {
    case $build in *asan*) skip "1,000 handlers with sanitizers are too many for this" ;; esac
    # ROLLCALL_BURSTS=200 is the long form: then who has not heard all after a second of silence is behind
    local turn burst silence=20000
    [ -z "${ROLLCALL_BURSTS:-}" ] || silence=1000
    start --max-clients 1100 --earlier 0 --request-rate 0 --user "$me"
    for ((turn = 0; turn < ${ROLLCALL_BURSTS:-3}; turn++)); do
        burst=$((37 + turn * 64 % 500))
        "$build/tools/talk" "$port" 1000 1 "$burst" 0 1 "$silence" > talked || { cat talked; false; }
        grep -q "$((burst * 1000)) heard, 0 missed, 0 wrong" talked
        await 'has_handlers 0'
    done
    cat talked
}
