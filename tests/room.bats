# Messages between clients: join, leave, tell, nick, hands, announcements, and kicks.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
    export BATS_TEST_TIMEOUT=120
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
    start --max-clients 4
    enter anna anna
    connect bob
    hear "$bob"
    expect "$anna" '132 Client02'
    say "$bob" hello
    expect "$bob" '200 hello ACK'
    expect "$anna" '130 Client02 hello'
    say "$anna" 'hello yourself' status
    expect "$anna" '200 hello yourself ACK'
    mapfile -t wanted < <(present anna Client02)
    expect_like "$anna" "${wanted[@]}"
    say "$bob" exit
    expect "$bob" '221 Bye.'
    expect "$anna" '133 Client02'
    expect_end "$bob"
}

@test "msg: says what looks like a request; an empty line goes no further" {
    start
    enter anna
    connect bob
    expect "$bob" '220 Enter Client02'
    say "$bob" msg:status '' 'msg:' 'the end'
    expect "$bob" '200 status ACK' '200  ACK' '200  ACK' '200 the end ACK'
    expect "$anna" '132 Client02' '130 Client02 status' '130 Client02 the end'
}

@test "who leaves hears no more, and may join again" {
    start --earlier 0
    enter anna anna
    enter bob bob
    expect "$anna" '132 Client02' '134 Client02 bob'
    say "$anna" leave
    expect "$anna" "200 Left $room"
    say "$bob" 'not for anna' status
    expect "$bob" '200 not for anna ACK' '211-2 clients'
    say "$anna" leave join
    expect "$anna" "200 Left $room" "200 Joined $room"
    say "$bob" again
    expect "$anna" '130 bob again'
    say "$anna" join
    expect "$anna" "200 Joined $room"
}

@test "tell reaches one, and says who cannot be told" {
    start
    enter anna anna
    enter bob bob
    connect third
    expect "$third" '220 Enter Client03'
    say "$third" 'tell:ANNA for you alone' 'tell:Client03 me' 'tell:nobody x' 'tell:anna' 'tell: x' 'tell:'
    expect "$third" '200 Delivered to anna.' '450 Client03 is here, but has not joined.' \
        '550 Nobody is called nobody.'
    for _ in 1 2 3; do expect "$third" '501 Expected tell:NAME TEXT.'; done
    expect "$anna" '132 Client02' '134 Client02 bob' '132 Client03' '131 Client03 for you alone'
    say "$third" all
    expect "$bob" '132 Client03' '130 Client03 all'
}

@test "a client may tell itself, and tell one that is stopped in its tracks is refused at last" {
    start
    enter anna anna
    enter bob bob
    expect "$anna" '132 Client02' '134 Client02 bob'
    say "$anna" 'tell:anna note'
    expect "$anna" '200 Delivered to anna.' '131 anna note'
    # bob's handler is the younger one
    victim=$(handlers | tr ' ' '\n' | grep . | tail -n 1)
    kill -STOP "$victim"
    for i in {1..6}; do
        for j in {1..100}; do echo "$i $j"; done >&"$anna"
        for _ in {1..100}; do hear "$anna"; done
    done
    say "$anna" 'tell:bob x'
    expect "$anna" '450 bob is here, but is not reading.'
    kill -CONT "$victim"
}

@test "who did not read in time is told how many lines it missed" {
    start --request-rate 0
    enter anna anna
    enter bob bob
    expect "$anna" '132 Client02' '134 Client02 bob'
    victim=$(handlers | tr ' ' '\n' | grep . | tail -n 1)
    kill -STOP "$victim"
    for i in {1..15}; do
        for j in {1..100}; do echo "$i $j"; done >&"$anna"
        for _ in {1..100}; do hear "$anna"; done
    done
    kill -CONT "$victim"
    hear "$bob"
    [[ $line =~ ^135\ [0-9]+$ ]]
    missed=${line#* }
    for ((n = missed; n < 1500; n++)); do expect "$bob" "130 anna $((n / 100 + 1)) $((n % 100 + 1))"; done
    [ "$missed" -ge 476 ]
}

@test "names: letters, digits, - and _, one of each whatever the capitals" {
    start --max-clients 4
    enter anna anna
    connect bob
    expect "$bob" '220 Enter Client02'
    say "$bob" nick:ANNA nick:Client03 nick:client02 nick:CLIENT99 nick:Clientele nick:Client02
    expect "$bob" '553 Somebody is called ANNA.' '553 Client03 is not yours to take.' \
        '553 client02 is not yours to take.' '553 CLIENT99 is not yours to take.'
    expect_like "$bob" '200 Clientele secret [0-9a-f]{32}' '200 Client02 secret [0-9a-f]{32}'
    expect "$anna" '132 Client02' '134 Client02 Clientele' '134 Clientele Client02'
    bad='501 Expected a name of 1 to 31 letters, digits, '\''-'\'' and '\''_'\''.'
    say "$bob" nick: 'nick: x' nick:a.b nick:$'\xc3\xa4' nick:a/b nick:12345678901234567890123456789012
    for _ in 1 2 3 4 5 6; do expect "$bob" "$bad"; done
    say "$bob" 'nick:bob zzz' nick:1234567890123456789012345678901
    expect "$bob" '501 Expected nick:NAME, or nick:NAME SECRET.'
    expect_like "$bob" '200 1234567890123456789012345678901 secret .*'
    expect_present "$bob" anna 1234567890123456789012345678901
    say "$bob" 'nick:anna 0123456789abcdef0123456789abcdef'
    expect "$bob" '553 Somebody is called anna.'
}

@test "a name is free again when its client has gone" {
    start
    enter anna anna
    say "$anna" exit
    expect "$anna" '221 Bye.'
    connect bob
    hear "$bob"
    say "$bob" nick:anna
    expect_like "$bob" '200 anna secret .*'
    logged 'Client0. is now called anna'
}

@test "fifty at once want one name: one gets it" {
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

@test "who comes back with the secret gets its name from the session that waits for a dead peer" {
    start
    enter old anna
    first=$secret
    enter watcher
    connect new
    expect "$new" '220 Enter Client03'
    expect "$old" '132 Client02' '132 Client03'
    say "$new" "nick:Anna $first"
    expect_like "$new" '200 Anna secret [0-9a-f]{32}'
    [ "${line##* }" != "$first" ]
    expect_retired "$old"
    expect_end "$old"
    expect "$watcher" '132 Client03' '134 anna Client01' '134 Client03 Anna' '133 Client01'
    expect_present "$new" Client02 Anna
    await '"$build/rollcallctl" --name "$room" status | grep -q "^left: .*sent away 1"'
}

@test "name and hand come back at once, also where the old handler does not move" {
    start --max-clients 4
    enter old anna
    first=$secret
    say "$old" 'hand:page two'
    expect "$old" '200 Your hand is up.'
    kill -STOP "$(handlers)"
    enter watcher zoe
    say "$watcher" hand
    expect "$watcher" '200 Your hand is up.'
    connect new
    expect "$new" '220 Enter Client03'
    say "$new" "nick:anna $first" hands
    expect_like "$new" '200 anna secret [0-9a-f]{32}' '215-2 hands' " anna raised: $time_re, page two" " zoe raised: $time_re"
    expect "$watcher" '132 Client03' '137 anna' '134 anna Client01' '134 Client03 anna' '136 anna page two'
    await '"$build/rollcallctl" --name "$room" status | grep -q "^left: .*handler died 1"'
}

@test "nobody else gets the name that is taken back" {
    start --max-clients 4 --request-rate 0
    enter old anna
    first=$secret
    connect thief
    hear "$thief"
    yes nick:anna 2> /dev/null >&"$thief" &
    flood=$!
    expect "$thief" '553 Somebody is called anna.'
    (while hear "$thief"; do [ "$line" = '553 Somebody is called anna.' ] || echo "$line"; done) > got 2>&1 &
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
        await '[ "$(handlers | wc -w)" -eq 2 ]'
    done
    kill "$flood" "$reader"
    [ ! -s got ]
}

@test "hands go up, with a word, and down again" {
    start --max-clients 4
    enter anna anna
    enter bob bob
    connect third
    hear "$third"
    say "$third" 'hand:my file does not open' hands
    expect "$third" '200 Your hand is up.' '215-1 hands'
    expect_like "$third" " Client03 raised: $time_re, my file does not open"
    expect "$third" '215 End'
    say "$bob" hand
    expect "$bob" '132 Client03' '136 Client03 my file does not open' '200 Your hand is up.'
    expect "$anna" '132 Client02' '134 Client02 bob' '132 Client03' '136 Client03 my file does not open' '136 bob'
    [[ $(ctl status) == *"hands: Client03 (my file does not open), bob"* ]]
    [ "$(ctl status --json | jq -c '[.clients[] | [.name, .hand, .hand_text]]')" = \
        '[["anna",null,null],["bob",2,null],["Client03",1,"my file does not open"]]' ]
    say "$third" hand:again unhand unhand
    expect "$third" '200 Your hand is up.' '200 Your hand is down.' '200 Your hand is not up.'
    expect "$anna" '136 Client03 again' '137 Client03'
    say "$bob" exit
    await '! "$build/rollcallctl" --name "$room" status | grep -q "^hands"'
}

@test "the last lines are shown to who joins, as earlier" {
    start --earlier 3
    connect bob
    hear "$bob"
    say "$bob" one two '' three four
    for _ in {1..5}; do hear "$bob"; done
    ctl say and the room
    enter anna
    expect_like "$anna" '138 2[0-9]{3}-..-..T..:..:..Z Client01 three' '138 .* Client01 four' '138 .* \* and the room'
    say "$bob" five
    expect "$anna" '130 Client01 five'
    say "$anna" 'tell:Client01 secret' leave join
    expect "$anna" '450 Client01 is here, but has not joined.' "200 Left $room" "200 Joined $room"
    expect_like "$anna" '138 .* Client01 four' '138 .* \* and the room' '138 .* Client01 five'
}

@test "with --earlier 0 nothing that was said is kept" {
    start --earlier 0
    connect bob
    hear "$bob"
    say "$bob" 'gone with the wind'
    hear "$bob"
    ctl say 'gone with the wind'
    run ! grep -a -q 'gone with the wind' "/dev/shm/rollcall.$room"
    enter anna
    say "$bob" now
    expect "$anna" '130 Client01 now'
}

@test "what is told to one is not shown to another one later" {
    start
    enter anna anna
    enter bob bob
    say "$bob" 'tell:anna between us'
    expect "$bob" '200 Delivered to anna.'
    connect third
    hear "$third"
    say "$third" join status
    expect "$third" "200 Joined $room" '211-3 clients'
}

@test "no line splits a reply, a batch or a file" {
    start --max-clients 4 --request-rate 0
    head -c 30000000 /dev/zero | tr '\0' x > share/big # more than the socket buffers hold
    enter anna
    connect bob
    hear "$bob"
    expect "$anna" '132 Client02'
    say "$anna" file:big list
    expect "$anna" '150 30000000 0 big'
    for i in {1..300}; do echo "$i"; done >&"$bob"
    for i in {1..300}; do expect "$bob" "200 $i ACK"; done
    head -c 30000000 <&"$anna" > big
    cmp big share/big
    expect "$anna" '212-4 files' ' Client.py' ' Server.py' ' big' ' meow.txt' '212 End'
    for i in {1..300}; do expect "$anna" "130 Client02 $i"; done
}

@test "50 talkers: each hears each other's lines in order, no reply and no batch is split" {
    start --max-clients 60 --request-rate 0
    "$build/tools/talk" "$port" 0 50 60 20 5 > talked || { cat talked; false; }
    cat talked
    grep -q ' 0 wrong' talked
    grep -q '147000 heard, 0 missed' talked
}

@test "50 talkers as fast as they can: what is missed is counted, the rest is in order" {
    start --max-clients 60 --request-rate 0 --earlier 0
    "$build/tools/talk" "$port" 0 50 40 0 10 > talked || { cat talked; false; }
    grep -q ' 0 wrong' talked
}

@test "a handler killed while it speaks leaves nobody deaf" {
    start --max-clients 20
    enter anna
    connect zoe
    hear "$zoe"
    say "$zoe" nick:zoe
    expect_like "$zoe" '200 zoe secret .*'
    expect "$anna" '132 Client02' '134 Client02 zoe'
    kill -9 "$(handlers | tr ' ' '\n' | grep . | tail -n 1)"
    expect "$anna" '133 zoe'
    logged 'zoe disconnected at .*: handler killed by signal 9'
    for _ in {1..10}; do
        connect bob
        hear "$bob"
        yes hello 2> /dev/null | head -n 2000 >&"$bob" &
        flood=$!
        expect_like "$anna" '132 .*'
        hear "$anna"
        for process in $(handlers | tr ' ' '\n' | tail -n 1); do kill -9 "$process"; done
        until [[ $line == 133* ]]; do hear "$anna"; done
        wait "$flood" || true
        disconnect "$bob"
    done
    ctl check
}

@test "rollcallctl say and kick" {
    start --max-clients 4
    enter anna anna
    enter bob bob
    ctl say five minutes 'to go'
    expect "$bob" '139 five minutes to go'
    logged 'Said to the room: five minutes to go'
    ctl kick BOB be back 'after lunch'
    expect "$bob" '421 You were sent away: be back after lunch'
    expect_end "$bob"
    logged 'bob is sent away: be back after lunch'
    logged 'bob disconnected at .*: sent away'
    connect third
    expect "$third" '220 Enter Client02'
    ctl kick Client02 "a$(printf '€%.0s' {1..100})"
    expect "$third" "421 You were sent away: a$(printf '€%.0s' {1..84})" # 253 bytes: the next character would not fit whole
    expect_end "$third"
    connect third
    hear "$third"
    ctl kick Client02
    expect "$third" '421 You were sent away.'
    expect_end "$third"
    run -1 ctl kick nobody
    [ "$output" = 'rollcallctl: kick: nobody has that name' ]
    run -2 ctl kick
    run -2 ctl say
    run -2 ctl say $'two\nlines'
    run -2 ctl say "$(head -c 4097 /dev/zero | tr '\0' x)"
    run -2 ctl say ' ' ''
    run -2 ctl say "$(head -c 5000 /dev/zero | tr '\0' x)"
    ctl say "$(head -c 4096 /dev/zero | tr '\0' x)"
    expect "$anna" '132 Client02' '134 Client02 bob' '139 five minutes to go' '133 bob' '132 Client02' '133 Client02' \
        '132 Client02' '133 Client02' \
        "139 $(head -c 4096 /dev/zero | tr '\0' x)"
}

@test "rollcallctl: text and names that begin with -, and spaces at the end" {
    start --max-clients 5
    enter anna anna
    enter minus -x
    connect help
    hear "$help"
    say "$help" nick:--help
    expect_like "$help" '200 --help secret .*'
    ctl say -1 is wrong
    ctl say -- '--name here' '' ''
    ctl say 'hi '
    ctl -- say --json
    expect "$minus" '132 Client03' '134 Client03 --help' '139 -1 is wrong' '139 --name here' '139 hi' '139 --json'
    ctl kick -x -h ''
    expect "$minus" '421 You were sent away: -h'
    ctl kick --help ''
    expect_like "$help" '421 You were sent away.'
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
    [ "$(cat said.* | sort -u)" = "rollcallctl: room '$room' does not answer: Connection timed out" ]
}

@test "kick ends a session in the middle of a file, and one that is stopped" {
    start
    truncate -s 1G share/huge
    connect reader
    hear "$reader"
    say "$reader" file:huge
    hear "$reader"
    ctl kick Client01
    await '[ -z "$(handlers)" ]'
    logged 'Client01 disconnected at .*: sent away'
    connect stopped
    hear "$stopped"
    kill -STOP "$(handlers)"
    ctl kick Client01 stop it
    await '[ -z "$(handlers)" ]'
}

@test "kick ends a session that is slowed down, with its reason" {
    start --request-rate 100
    connect fast
    hear "$fast"
    say "$fast" join
    expect "$fast" "200 Joined $room"
    say "$fast" "$(head -c 4000 /dev/zero | tr '\0' x)" # forty seconds' worth
    await '"$build/rollcallctl" --name "$room" status | grep -q "slowed down"'
    ctl kick Client01 not so fast
    expect "$fast" '421 You were sent away: not so fast'
    expect_end "$fast"
    logged 'Client01 disconnected at .*: sent away'
}

@test "say and kick want the daemon alive, and its user or root" {
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

@test "a handler of a daemon that was killed does not take the next one's bell away" {
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

@test "the runtime directory: private, made and removed; one that is not ours is refused" {
    mkdir -m 755 run
    chown "$me" run
    start --runtime "$PWD/run" --user "$me"
    [ "$(stat -c %a "run/$room")" = 700 ]
    [ -S "run/$room/control" ]
    enter fd
    [ -S "run/$room/$server.0" ]
    say "$fd" leave
    expect "$fd" "200 Left $room"
    [ ! -e "run/$room/$server.0" ]
    stop
    [ "$status" -eq 0 ]
    [ ! -e "run/$room" ]
    start --runtime "$PWD/run" --user "$me"
    enter fd
    kill -9 "$server"
    await '! kill -0 "$server"'
    left=$server
    start --runtime "$PWD/run" --user "$me"
    [ ! -e "run/$room/$left.0" ]
    touch "run/$room/notes"
    stop
    [ "$(ls "run/$room")" = notes ]
    run -1 "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime "$PWD/run"
    [[ ${lines[-1]} == *"/$room is not this room's alone: 'notes' is in it; move that away; see --runtime" ]]
    [ "$(ls "run/$room")" = notes ]
    rm "run/$room/notes"
    touch "run/$room/control" # a name that rollcalld uses, but not a socket
    run -1 "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime "$PWD/run"
    [ -e "run/$room/control" ]
    rm "run/$room/control"
    run -2 "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime nowhere
    [ "$output" = "rollcalld: --runtime 'nowhere': expected a path that begins with '/'" ]
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

@test "the sockets of handlers and of rollcallctl that were killed are removed" {
    mkdir run
    chown "$me" run
    start --runtime "$PWD/run" --user "$me"
    enter anna
    victim=$(handlers)
    kill -9 $victim
    await '[ -z "$(handlers)" ]'
    await '[ "$(ls "run/$room")" = control ]'
    kill -STOP "$server"
    "$build/rollcallctl" --name "$room" say x &
    asking=$!
    await '[ -S "run/$room/asks.$asking" ]'
    await '[ "$(cut -d " " -f 3 "/proc/$asking/stat")" = S ]' # it sleeps, so it has asked
    kill -9 "$asking"
    await '! kill -0 "$asking"'
    kill -CONT "$server"
    await '[ "$(ls "run/$room")" = control ]'
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
    # Each stopped handler leaves ten wake-ups unread, until the talker's socket cannot send any more.
    start --max-clients 60
    local -a stopped
    for i in {1..40}; do enter "stopped[$i]"; done
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    enter live
    enter talker
    local line_number=0 until=$((${EPOCHREALTIME/./} + 2500000))
    while [ "${EPOCHREALTIME/./}" -lt "$until" ]; do # a reader is woken at most once in 100 ms
        line_number=$((line_number + 1))
        say "$talker" "line $line_number"
        hear "$talker"
        while [ "$line" != "200 line $line_number ACK" ]; do hear "$talker"; done
        hear "$live"
        while [[ $line != 130*" line $line_number" ]]; do hear "$live"; done
    done
    # the stopped handlers get the newest line when they continue
    # shellcheck disable=SC2046
    kill -CONT $(handlers)
    for i in {1..40}; do
        hear "${stopped[$i]}"
        while [[ $line != 130*" line $line_number" ]]; do hear "${stopped[$i]}"; done
    done
}

@test "800 who joined hear bursts to their last line" {
    case $build in *asan*) skip "800 handlers with sanitizers are too many for this" ;; esac
    start --max-clients 900 --earlier 0 --user "$me"
    for burst in 37 101 212; do
        "$build/tools/talk" "$port" 800 1 "$burst" 0 1 > talked || { cat talked; false; }
        grep -q "$((burst * 800)) heard, 0 missed, 0 wrong" talked
        await '[ -z "$(handlers)" ]'
    done
}
