#!/usr/bin/env bats
# Another program takes the place of the running one (rollcallctl upgrade), and no client notices. More
# upgrades than the quick check makes: ROLLCALL_UPGRADES=200.

load helpers

upgrades=${ROLLCALL_UPGRADES:-20}

# The daemon in a directory of its own, as it is installed.
install_daemon() {
    mkdir -p bin
    cp "$build/rollcalld" bin/rollcalld
}

# Puts another program in its place, as an installer does: under another name first.
replace_by() { # FILE
    cp "$1" bin/.new
    mv bin/.new bin/rollcalld
}

begin() { # OPTION...
    install_daemon
    launch "$PWD/bin/rollcalld" --port 0 --name "$room" --share share "$@"
}

can_upgrade() { # the build: without a system's extras it cannot
    run ctl upgrade
    [ "$status" -eq 0 ] || {
        [[ $output != *"this system cannot do that: restart the daemon"* ]] || skip "this build cannot upgrade"
        echo "$output"
        return 1
    }
}

# What an upgrade must leave as it is.
open_files() { # prints the parent's descriptors
    ls "/proc/$server/fd"
}

memory_kb() { # of the parent, without what it shares
    local name value rest total=0
    while read -r name value rest; do
        case $name in Private_Clean: | Private_Dirty:) total=$((total + value)) ;; esac
    done < "/proc/$server/smaps_rollup"
    echo "$total"
}

@test "names, hands, history and the process stay; the log says so" {
    begin
    connect a
    connect b
    expect $a '220 Enter Client01'
    expect $b '220 Enter Client02'
    say $a join nick:anna 'hand:help me'
    expect $a "200 Joined $room"
    expect_like $a '200 anna secret .*'
    expect $a '200 Your hand is up.'
    say $b one
    expect $b '200 one ACK'
    expect $a '132 Client02' '130 Client02 one'
    cp "/proc/$server/cmdline" before
    can_upgrade
    [ -z "$output" ]
    kill -0 "$server"
    cmp before "/proc/$server/cmdline"
    [ "$(cat "/proc/$server/comm")" = rollcalld ]
    logged 'Upgraded from [0-9.]+ to [0-9.]+$'
    say $b two
    expect $b '200 two ACK'
    expect $a '130 Client02 two'
    connect c
    expect $c '220 Enter Client03'
    say $c three
    expect $c '200 three ACK'
    expect $a '132 Client03' '130 Client03 three'
    status_has 'anna'
    status_has 'help me'
    ctl kick Client02 enough
    expect $b '421 You were sent away: enough'
    expect_end $b
    expect $a '133 Client02'
    ctl check
    disconnect $c
    expect $a '133 Client03'
    await 'has_handlers 1'
    stop
    [ "$status" -eq 0 ]
    expect $a '421 Server shutting down.'
    [ ! -e "/dev/shm/rollcall.$room" ]
}

@test "a hundred sessions, transfers and new clients go through many upgrades" {
    local churn part before
    mkdir -m 777 inbox
    head -c 30000000 /dev/urandom > share/big
    head -c 8000000 /dev/urandom > work.bin
    begin --max-clients 200 --inbox "$PWD/inbox" --user "$me"
    can_upgrade
    before=$(open_files) # now, because it also has each connection for a moment
    mkfifo end
    "$build/tools/churn" "$port" 50 < end > churn.out 3>&- &
    churn=$!
    exec {end}> end
    await 'file_has churn.out "^churn$"'
    # a download and a hand-in that last as long as the upgrades do
    connect slow
    expect_like $slow '220 Enter .*'
    say $slow file:big
    expect_like $slow '150 .*'
    connect put
    expect_like $put '220 Enter .*'
    say $put nick:putter
    expect_like $put '200 putter.*'
    say $put "put:8000000 work.bin"
    expect_like $put '350 .*'
    ctl upgrade
    kb=$(memory_kb)
    for ((part = 0; part < upgrades; part++)); do
        ctl upgrade
        ctl check > /dev/null
        tail -c "+$((part * (8000000 / upgrades) + 1))" work.bin | head -c $((8000000 / upgrades)) >&$put
        head -c $((30000000 / upgrades)) <&$slow >> got
    done
    tail -c "+$((upgrades * (8000000 / upgrades) + 1))" work.bin >&$put
    head -c $((30000000 % upgrades)) <&$slow >> got
    expect_like $put '226 .*'
    cmp work.bin inbox/putter/work.bin
    cmp share/big got
    exec {end}>&-
    wait "$churn" || { cat churn.out; false; }
    grep ' 0 failures' churn.out
    await '[ "$(open_files)" = "$before" ]'
    echo "memory: $kb KB, then $(memory_kb) KB"
    [[ $build == *asan* ]] || [ "$(memory_kb)" -le $((kb + 256)) ]
    file_has "$log" 'Upgraded' $((upgrades + 2))
    run ! grep -E 'died|error|damaged|recovered|rebuilt' "$log"
}

# Each version's rollcallctl asks this daemon, and does something to it.
both_ask() { # NAME ADDED-TO-NAMES
    local one
    for one in "$build/rollcallctl" "$build/upgrade/next/rollcallctl"; do
        one=("$one" --name "$room")
        "${one[@]}" status > status.now
        file_has status.now "$1"
        "${one[@]}" status --json | jq -e --arg name "$1" '.clients | map(.name) | index($name) != null'
        "${one[@]}" check
        "${one[@]}" metrics > metrics.now
        file_has metrics.now '^rollcall_clients\{room="'"$room"'"\} 3$' || { cat metrics.now; false; }
        "${one[@]}" history > /dev/null
        "${one[@]}" say well
        expect "$a" '139 well'
        run "${one[@]}" reload
        [ "$status" -eq 0 ]
    done
}

# A part of the work is handed in, and a part of the big file fetched.
go_on() { # HOW-MANIETH
    tail -c "+$((($1 - 1) * 1000000 + 1))" work.bin | head -c 1000000 >&"$put"
    head -c 10000000 <&"$slow" >> got
}

@test "to another version and back: sessions, transfers and the journal go on, and each version's rollcallctl is right" {
    local next old
    mkdir -m 777 inbox journal
    head -c 30000000 /dev/urandom > share/big
    head -c 3000000 /dev/urandom > work.bin
    printf 'max-clients 9\n' > conf
    begin --config conf --inbox "$PWD/inbox" --inbox-free 0 --journal journal/j --user "$me"
    old=$("$build/rollcalld" --version) next=$("$build/upgrade/next/rollcalld" --version)
    old=${old#rollcalld } next=${next#rollcalld }
    [ "$old" != "$next" ]
    can_upgrade
    connect a
    expect $a '220 Enter Client01'
    say $a join nick:anna
    expect $a "200 Joined $room"
    expect_like $a '200 anna secret .*'
    connect slow
    expect $slow '220 Enter Client02'
    say $slow file:big
    expect $slow '150 30000000 0 big'
    connect put
    expect $put '220 Enter Client03'
    say $put 'put:3000000 work.bin'
    expect_like $put '350 .*'
    expect $a '132 Client02' '132 Client03'
    go_on 1
    replace_by "$build/upgrade/next/rollcalld"
    ctl upgrade
    file_has "$log" "Upgraded from $old to $next\$"
    both_ask anna
    go_on 2
    connect b # has a handler of the new version
    expect $b '220 Enter Client04'
    say $b 'nick:ben' hello
    expect_like $b '200 ben secret .*' '200 hello ACK'
    expect $a '132 Client04' '134 Client04 ben' '130 ben hello'
    ctl kick ben enough
    expect $b '421 You were sent away: enough'
    expect_end $b
    expect $a '133 ben'
    await 'has_handlers 3'
    replace_by "$build/rollcalld"
    "$build/upgrade/next/rollcallctl" --name "$room" upgrade
    file_has "$log" "Upgraded from $next to $old\$"
    both_ask anna
    go_on 3
    expect_like $put '226 .*'
    cmp work.bin inbox/Client03/work.bin
    cmp share/big got
    ctl report | grep -q '^ben '
    stop
    [ "$status" -eq 0 ]
    [ "$(tail -n +2 journal/j | cut -f 4 | grep -v alive | sort | uniq -c | tr -s ' \n' ' ')" = ' 4 arrived 1 ended 1 fetched 1 handed-in 4 left 2 named 1 started ' ]
    run ! grep -E 'died|error|damaged|recovered|rebuilt' "$log"
}

@test "a version that hands over more: neither way, and each says which part and both versions" {
    local next old
    old=$("$build/rollcalld" --version) next=$("$build/upgrade/more" --version)
    begin
    connect a
    expect $a '220 Enter Client01'
    can_upgrade
    replace_by "$build/upgrade/more"
    refuses "cannot take over: the log differs between ${old#rollcalld } and ${next#rollcalld }: restart the daemon"
    disconnect $a
    stop
    cp "$build/upgrade/more" bin/rollcalld
    launch "$PWD/bin/rollcalld" --port 0 --name "$room" --share share
    connect a
    expect $a '220 Enter Client01'
    replace_by "$build/rollcalld"
    refuses "cannot take over: ${next#rollcalld } has more to take over than ${old#rollcalld } knows: restart the daemon"
}

# A program that cannot take over: the old one goes on, and says why.
refuses() { # PATTERN
    run ctl upgrade
    [ "$status" -eq 1 ] || { echo "status $status: $output"; false; }
    [ "${#lines[@]}" -eq 1 ]
    [[ $output =~ $1 ]] || { echo "got '$output', expected like '$1'"; false; }
    say $a still here
    expect $a '200 still ACK' '200 here ACK'
    connect c
    expect $c '220 Enter Client02'
    disconnect $c
    await 'has_handlers 1'
    ctl check
}

@test "a program that is missing, broken or another one: the old one goes on and says why" {
    begin
    connect a
    expect $a '220 Enter Client01'
    can_upgrade
    rm bin/rollcalld
    refuses 'cannot take over: No such file or directory'
    mkdir bin/rollcalld
    refuses 'cannot take over: '
    rmdir bin/rollcalld
    head -c 300000 "$build/rollcalld" > bin/rollcalld
    chmod +x bin/rollcalld
    refuses 'cannot take over: '
    : > bin/rollcalld
    refuses 'cannot take over: it is not a program for this machine'
    printf '#!/bin/sh\nexec rollcalld "$@"\n' > bin/rollcalld
    refuses 'cannot take over: it is a script, or needs a file that is missing'
    replace_by "$build/rollcalld"
    chmod -x bin/rollcalld
    refuses 'cannot take over: Permission denied'
    replace_by "$build/upgrade/aborts"
    refuses 'cannot take over: signal [0-9]+ ended it'
    replace_by "$build/upgrade/talks"
    refuses 'cannot take over: I am another program.'
    replace_by "$build/upgrade/lies"
    refuses 'cannot take over: it can take over'
    replace_by "$build/upgrade/layout"
    refuses 'cannot take over: the table differs between'
    logged 'Not upgraded, the new program cannot take over: the table differs'
    replace_by "$build/rollcalld"
    ctl upgrade
    say $a well
    expect $a '200 well ACK'
}

@test "a program that hangs is killed, and meanwhile everybody is served" {
    begin
    connect a
    expect $a '220 Enter Client01'
    can_upgrade
    local way
    for way in hangs closes; do
        replace_by "$build/upgrade/$way"
        ctl upgrade 2> said 3>&- &
        asked=$!
        await '[[ $(cat /proc/'"$server"'/task/*/children | wc -w) -eq 2 ]]'
        connect b
        expect $b '220 Enter Client02'
        say $b hello
        expect $b '200 hello ACK'
        run ctl upgrade
        [ "$status" -eq 1 ]
        [[ $output == *'another upgrade is under way'* ]]
        status=0
        wait "$asked" || status=$?
        [ "$status" -eq 1 ]
        [[ $(< said) == *'it did not answer within 4 seconds'* ]]
        disconnect $b
        await 'has_handlers 1'
    done
}

@test "a shutdown ends an upgrade that is under way" {
    begin
    can_upgrade
    replace_by "$build/upgrade/hangs"
    ctl upgrade 2> said 3>&- &
    asked=$!
    await '[[ $(cat /proc/'"$server"'/task/*/children | wc -w) -eq 1 ]]'
    stop
    [ "$status" -eq 0 ]
    status=0
    wait "$asked" || status=$?
    [ "$status" -eq 1 ]
    [[ $(< said) == *'the server is shutting down'* ]]
}

@test "the room, its inbox and its journal stay this daemon's, and the journal goes on" {
    mkdir -m 777 inbox journal
    begin --inbox inbox --inbox-free 0 --journal journal/j --user "$me"
    connect a
    expect $a '220 Enter Client01'
    can_upgrade
    run "$build/rollcalld" --port 0 --name "$room" --share share --user "$me"
    [ "$status" -eq 1 ]
    [[ $output == *"room '$room' is taken"* ]]
    run "$build/rollcalld" --port 0 --name "$room.other" --share share --inbox inbox --user "$me"
    [ "$status" -eq 1 ]
    [[ $output == *"another rollcalld does"* ]]
    ctl upgrade
    echo work > lab.c
    run "$build/rollcall" -p "$port" --anonymous put lab.c
    [ "$status" -eq 0 ]
    [ "$(cat inbox/Client0?/lab.c)" = work ]
    run "$build/rollcall" -p "$port" get meow.txt
    [ "$status" -eq 0 ]
    mv journal/j journal/old
    ctl reopen
    disconnect $a
    await 'has_handlers 0'
    stop
    [ "$status" -eq 0 ]
    [ "$(cut -f 4 journal/old | grep -c '^started$')" -eq 1 ]
    [ "$(cut -f 4 journal/old | grep -c '^arrived$')" -eq 3 ]
    grep -q "$(printf '\thanded-in\t')" journal/old
    [ "$(cut -f 4 journal/j | grep -c '^left$')" -eq 1 ]
    [ "$(cut -f 4 journal/j | grep -c '^ended$')" -eq 1 ]
    run ! grep -E 'killed|unclosed|lost' journal/old journal/j
}

@test "settings go on: the key, limits by address, the configuration file, the log's file and the time zone" {
    (umask 077 && echo secret > key)
    mkdir -m 777 logs
    printf '%s\n' 'max-clients 2' 'key-file key' 'per-address 1' 'exempt 192.0.2.1' > conf
    install_daemon
    TZ=Asia/Kathmandu launch "$PWD/bin/rollcalld" --port 0 --name "$room" --share share --config conf --user "$me"
    hello() { "$build/rollcall" -p "$port" --key-file key send hello; }
    connect a
    expect_like $a '331 sha256 .*'
    can_upgrade
    run hello # from the same address
    [ "$status" -ne 0 ]
    [[ $output == *'from your address'* ]] || { echo "$output"; false; }
    disconnect $a
    await 'has_handlers 0'
    run hello
    [ "$output" = 'hello ACK' ]
    printf '%s\n' 'max-clients 1' 'key-file key' > conf
    ctl reload
    ctl upgrade
    status_has ' 0 of 1 '
    run hello
    [ "$output" = 'hello ACK' ]
    now=$(TZ=Asia/Kathmandu date '+%F %H:%M')
    ctl upgrade
    [[ $(tail -n 1 "$log") == "$now"* || $(tail -n 1 "$log") == "$(TZ=Asia/Kathmandu date '+%F %H:%M')"* ]]
}

@test "the log's file can be opened anew, by the parent and by handlers of both versions" {
    mkdir -m 777 logs
    log=$PWD/logs/log
    begin --log "$log" --user "$me"
    connect a
    expect $a '220 Enter Client01'
    can_upgrade
    connect b
    expect $b '220 Enter Client02'
    mv logs/log logs/old
    ctl reopen
    say $a nick:anna
    say $b nick:ben
    expect_like $a '200 anna .*'
    expect_like $b '200 ben .*'
    await 'file_has logs/log "is now called anna" && file_has logs/log "is now called ben"'
}

@test "signals that come meanwhile are obeyed afterwards" {
    local round
    begin
    can_upgrade
    for round in 1 2 3 4 5; do
        connect a
        expect $a '220 Enter Client01'
        ctl upgrade 2> said 3>&- &
        asked=$!
        kill -HUP "$server"
        wait "$asked"
        say $a "round $round"
        expect $a "200 round $round ACK"
        disconnect $a
        await 'has_handlers 0'
    done
    file_has "$log" 'nothing to reload' 5
    for round in 1 2 3 4 5; do
        connect a
        expect $a '220 Enter Client01'
        ctl upgrade 2> said 3>&- &
        asked=$!
        [ "$round" -eq 1 ] || rest "0.00$round"
        stop
        [ "$status" -eq 0 ]
        expect $a '421 Server shutting down.'
        expect_end $a
        wait "$asked" || [ "$(wc -l < said)" -eq 1 ] # the end may come before the request does
        begin
    done
}

@test "handlers that die, stop or are kicked meanwhile are cleared away" {
    begin -m 10
    can_upgrade
    local fd children pid
    for name in dies stops holds; do
        connect fd
        declare "$name=$fd"
        expect_like "$fd" '220 Enter .*'
    done
    list_handlers
    kill -STOP "${children[0]}"
    ctl kick Client01 enough
    kill -KILL "${children[1]}"
    ctl upgrade
    await 'has_handlers 1' # the stopped one is killed three seconds after the kick
    ctl check
    # shellcheck disable=SC2154
    say "$holds" still
    expect "$holds" '200 still ACK'
    file_has "$log" 'Client02 disconnected: handler killed by signal 9'
}

@test "refused connections, visits and what waits in the queue go through" {
    command -v curl > /dev/null || skip "curl is not installed"
    begin -m 1 --web 127.0.0.1:0
    web=$(sed -n 's|.*Page at http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$log")
    connect a
    expect $a '220 Enter Client01'
    can_upgrade
    connect b
    exec {visit}<> "/dev/tcp/127.0.0.1/$web"
    printf 'GET / HTTP/1.1\r\nHo' >&"$visit"
    kill -STOP "$server"
    connect c
    ctl upgrade 3>&- &
    asked=$!
    await 'ls "$(readlink "/proc/$server/cwd")"/asks.* > asks'
    kill -CONT "$server"
    wait "$asked"
    for fd in "$b" "$c"; do
        expect "$fd" '421 Server full: 1 of 1.'
        expect_end "$fd"
    done
    # whether the old program or the new one did that, and whether there was time left to ask to wait
    await '[ "$(ctl --json status | jq .refused.full)" = 2 ]'
    printf 'st: localhost\r\n\r\n' >&"$visit"
    expect_like "$visit" $'HTTP/1.1 200 OK\r'
    [ "$(curl -s -o page -w '%{http_code}' "http://127.0.0.1:$web/")" = 200 ]
    disconnect "$visit"
    say $a on
    expect $a '200 on ACK'
    ctl check
}

@test "a daemon that is not alone in its directory says that it must be, where it is confined" {
    begin
    can_upgrade
    stop
    touch bin/other
    begin
    run ctl upgrade
    case $build in
    *asan*) [ "$status" -eq 0 ] ;;
    *) [[ $output == *'Permission denied: the daemon must be the only file in its directory' ]] ;;
    esac
}

@test "--check-confinement says whether the daemon could be replaced" {
    begin
    can_upgrade
    run bin/rollcalld --check-confinement --share share
    grep -qE '^replace the daemon \(rollcallctl upgrade\) +possible, for the parent$' <<< "$output"
    [ -z "$(find /dev/shm -name 'rollcall.check.*')" ]
}

@test "where no file may grow, what is handed over fits all the same, and its memory is given back" {
    install_daemon
    mkfifo pipe
    cat < pipe > "$log" 3>&- &
    bin/rollcalld --port 0 --name "$room" --share share 2> pipe < /dev/null 3>&- &
    server=$!
    await 'file_has "$log" "Waiting for client connection"'
    can_upgrade
    ctl upgrade
    case $build in
    *asan*) ;;
    *) file_has "/proc/$server/limits" '^Max file size +0 +0 ' ;;
    esac
    local fd memory=
    for fd in "/proc/$server/fd/"*; do
        [[ $(readlink "$fd") != /memfd:rollcall* ]] || memory=$fd
    done
    [ "$(stat -Lc %b "$memory")" -eq 0 ]
    stop
    [ "$status" -eq 0 ]
}
