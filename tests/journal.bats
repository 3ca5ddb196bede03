#!/usr/bin/env bats
# The journal (--journal): what is written, what survives which death, and what is not believed.

load helpers

setup_file() {
    [ "$(uname)" = Linux ] || skip "processes are looked up in /proc"
}

eval "$(declare -f teardown | sed '1s/teardown/stop_all/')"
teardown() {
    stop_all
    ! mountpoint -q journal || umount -l journal
}

start_journal() { # OPTION...
    mkdir -m 777 -p inbox journal
    start --journal journal/j --inbox inbox --inbox-free 0 --user "$me" -m 5 "$@"
}

lines() { # EVENT: how many lines of the journal say so
    cut -f 4 journal/j | grep -c "^$1\$" || true
}

# The process that has the journal open, its parent, and that one's other child.
find_clerk() { # sets $clerk, $keeper and $heir
    local found process fd children child
    find_processes "*rollcalld*$room*"
    clerk='' keeper='' heir=''
    for process in "${found[@]}"; do
        for fd in "/proc/$process/fd/"*; do
            [ ! "$fd" -ef journal/j ] || clerk=$process
        done
    done
    { read -r _ _ _ keeper _ < "/proc/$clerk/stat" && read -r -a children < "/proc/$keeper/task/$keeper/children"; } 2> /dev/null || true
    for child in "${children[@]}"; do
        [ "$child" = "$clerk" ] || heir=$child
    done
    [ -n "$heir" ]
}

has_others() { # THAN-THESE...
    find_clerk && [[ " $* " != *" $clerk "* && " $* " != *" $keeper "* && " $* " != *" $heir "* ]]
}

has_another_clerk() { # THAN
    find_clerk && [ "$clerk" != "$1" ] && file_has "/proc/$clerk/status" '^State:[[:space:]]*S'
}

is_whole() { # the sequence has no gap, and every line its fields
    awk -F '\t' 'NR == 1 { good = $1 == "rollcall-journal"; next }
        NF < 10 || $1 != NR - 1 || $2 !~ /^....-..-..T..:..:..\....Z$/ { good = 0; print }
        END { exit !good }' journal/j
}

# Fetches, hands in, and stays.
busy() { # VARIABLE NAME
    connect "$1" && expect "${!1}" "220 Enter $3"
    say "${!1}" "nick:$2"
    expect_like "${!1}" "200 $2 secret .*"
}

@test "a session, from its arrival to its end" {
    start_journal
    connect a && expect $a '220 Enter Client01'
    say $a 'nick:anna'
    expect_like $a '200 anna secret .*'
    say $a 'file:meow.txt'
    expect $a '150 5 0 meow.txt' meow
    sum=$(printf 'meow\n' | sha256sum | cut -d ' ' -f 1)
    say $a "got:$sum meow.txt"
    expect $a '250 Noted.'
    say $a 'put:3 work\of mine' && printf abc >&$a
    expect $a '350 Send 3 bytes.'
    expect_like $a '226 sha256 .*'
    say $a exit
    expect $a '221 Bye.'
    await '[ "$(lines left)" = 1 ]'
    stop
    [ "$status" -eq 0 ]
    is_whole
    [ "$(tail -n +2 journal/j | cut -f 4 | tr '\n' ' ')" = 'started arrived named fetched verified handed-in left ended ' ]
    grep $'\thanded-in\t1\t1\tanna\t127.0.0.1\t' journal/j | grep -qF $'\tfile=work\\\\of mine\tsize=3\tsha256='
    grep -q $'\tleft\t1\t1\tanna\t.*why=exit\t' journal/j
    [ "$(stat -c %a journal/j)" = 640 ]
}

@test "after a member fetched by HTTP its names and hand-ins are in the journal, also when another clerk took over" {
    command -v curl > /dev/null || skip 'curl is not installed'
    start_journal --web 127.0.0.1:0
    file_has "$log" 'Page at http://127'
    url=$(sed -n 's/.*Page at \(.*\)\/$/\1/p' "$log")
    connect a
    expect $a '220 Enter Client01'
    say $a 'nick:anna' token:
    expect_like $a '200 anna secret .*' '218 [0-9a-f.]+'
    token=${line#218 }
    for ((i = 0; i < 9; i++)); do curl -s -o /dev/null "$url/files/meow.txt?token=$token"; done
    await '[ "$(lines fetched)" -eq 9 ]'
    hands_in() { # NAME
        say $a "put:3 $1"
        expect $a '350 Send 3 bytes.'
        printf 'abc' >&"$a"
        expect_like $a "226 sha256 .* $1"
        grep -q $'\thanded-in\t.*\t'"file=$1"$'\t' journal/j
    }
    hands_in one
    say $a 'nick:ben'
    expect_like $a '200 ben secret .*'
    hands_in two
    await 'grep -q $'\''\tnamed\t1\t1\tben\t.*\twas=anna\t'\'' journal/j'
    await find_clerk
    kill -9 "$clerk"
    hands_in three
    curl -s -o /dev/null "$url/files/Server.py?token=$token"
    await 'grep -q $'\''\tfetched\t1\t1\tben\t.*\tfile=Server.py\t.*\tvia=web\t'\'' journal/j'
    hands_in four
    stop
    is_whole
    [ "$(lines fetched)" -eq 10 ]
    [ "$(lines handed-in)" -eq 4 ]
}

@test "without --journal there is no process more" {
    start
    connect a && expect $a '220 Enter Client01'
    await 'has_handlers 1'
    read -r -a children < "/proc/$server/task/$server/children" || true
    [ ${#children[@]} -eq 1 ]
}

@test "a restart forgets nothing: history, hand-outs, hand-ins; counters begin at 0" {
    start_journal --per-address 5
    busy a anna Client01
    say $a 'file:meow.txt'
    expect $a '150 5 0 meow.txt' meow
    say $a 'put:3 work' && printf abc >&$a
    expect $a '350 Send 3 bytes.'
    expect_like $a '226 sha256 .*'
    say $a exit
    expect $a '221 Bye.'
    await '[ "$(lines left)" = 1 ]'
    ctl history --json | jq '.sessions' > before
    ctl handouts --json | jq '.handouts' > handouts.before
    ctl handins --json | jq '.handins' > handins.before
    stop
    start_journal
    ctl history --json | jq '.sessions' > after
    jq -e --slurpfile before before '.[0] == ($before[0][0] | .seconds = $a) or
        (.[0] | del(.seconds, .connected, .left, .bytes_out)) ==
        ($before[0][0] | del(.seconds, .connected, .left, .bytes_out))' --argjson a 0 after
    ctl handouts --json | jq '.handouts' | diff handouts.before -
    ctl handins --json | jq '.handins' | diff handins.before -
    ctl check
    connect b && expect $b '220 Enter Client01'
    ctl status --json | jq -e '.counters.accepted == 1 and .counters.reaped == 0 and .left.exit == 0'
    await '[ "$(lines arrived)" = 2 ]'
    [ "$(grep -c $'\tarrived\t2\t' journal/j)" = 1 ]
}

@test "kill -9 of a handler: left, killed" {
    start_journal
    busy a anna Client01
    # shellcheck disable=SC2046
    kill -9 $(handlers)
    await 'grep -q "	left	1	1	anna	.*why=killed.*signal=9" journal/j'
    is_whole
}

@test "kill -9 of the parent: the clerk ends what was open, and the next start goes on" {
    start_journal
    busy a anna Client01
    kill -9 "$server"
    wait "$server" || true
    await 'grep -q "	left	1	1	anna	.*why=unclosed" journal/j'
    await 'grep -q "	ended	.*why=killed" journal/j'
    await 'ctl status --json | jq -e ".left.shutdown == 1"' # the handler's own word, in the table that is left
    start_journal
    is_whole
    ctl history --json | jq -e '.sessions | length == 1 and .[0].name == "anna" and .[0].why == "the server was cut off"'
}

# goes_on TURN: anna hands in work, and somebody comes and goes.
goes_on() {
    say $a "put:1 work$1" && printf %s "$1" >&$a
    expect $a '350 Send 1 bytes.'
    expect_like $a '226 sha256 .*'
    connect b && expect $b '220 Enter Client02'
    disconnect $b
}

@test "kill -9 of the clerk, again and again: another takes over, and nothing is lost" {
    start_journal
    busy a anna Client01
    for turn in 1 2 3 4 5; do
        await find_clerk
        kill -9 "$clerk"
        goes_on "$turn"
        await "has_another_clerk $clerk"
    done
    say $a exit
    expect $a '221 Bye.'
    await '[ "$(lines left)" = 6 ]'
    stop
    is_whole
    [ "$(lines arrived)" = 6 ] && [ "$(lines handed-in)" = 5 ] && [ "$(lines ended)" = 1 ]
    logged "clerk was killed by signal 9; another takes over"
}

@test "kill -9 of all: the next start closes what was open, with the last moment known" {
    start_journal
    busy a anna Client01
    await find_clerk
    kill -9 "$heir" "$keeper" "$clerk" "$server"
    wait "$server" || true
    run ! grep -q $'\tended' journal/j
    last=$(tail -n 1 journal/j | cut -f 2)
    printf '99\t2026-01-01T00' >> journal/j # a torn line
    start_journal
    is_whole
    grep -q "$last.*	left	1	1	anna	.*why=unclosed" journal/j
    ctl history --json | jq -e '.sessions[0].name == "anna" and .sessions[0].why == "the server was cut off"'
}

@test "kill -9 of the keeper, again and again: its heir takes over, with another clerk and another heir" {
    start_journal
    busy a anna Client01
    for turn in 1 2 3 4 5; do
        await find_clerk
        before=("$clerk" "$keeper")
        next=$heir
        kill -9 "$keeper"
        goes_on "$turn"
        await 'has_others "${before[@]}"'
        [ "$keeper" = "$next" ]
        await "status_has 'reaped $turn,'" # the slot is free again
    done
    [ "$(grep -c "The keeper of the journal's clerk was killed; another takes over" "$log")" -eq 5 ]
    run ! grep -E 'clerk was killed by|Nobody writes' "$log"
    ctl status --json | jq -e '.counters.unrecorded == 0'
    stop
    [ "$status" -eq 0 ]
    is_whole
    [ "$(lines arrived)" = 6 ] && [ "$(lines left)" = 6 ] && [ "$(lines handed-in)" = 5 ] && [ "$(lines ended)" = 1 ]
    await '! find_clerk && [ -z "$clerk" ]'
    local found
    find_processes "*rollcalld*$room*"
    [ ${#found[@]} -eq 0 ]
}

@test "two of clerk, keeper and heir killed at once, each pair; and a stopped clerk with its keeper: the record goes on" {
    start_journal
    busy a anna Client01
    for pair in 'clerk keeper' 'clerk heir' 'keeper clerk' 'heir clerk'; do
        await find_clerk
        victims=()
        for one in $pair; do victims+=("${!one}"); done
        kill -9 "${victims[@]}"
        say $a "put:1 work" && printf x >&$a
        expect $a '350 Send 1 bytes.'
        expect_like $a '226 sha256 .*'
        await 'has_others "${victims[@]}"'
    done
    await find_clerk
    kill -STOP "$clerk"
    kill -9 "$keeper"
    say $a 'put:1 more' && printf y >&$a
    expect $a '350 Send 1 bytes.'
    expect_like $a '226 sha256 .* new more'
    stop
    [ "$status" -eq 0 ]
    is_whole
}

@test "kill -9 of the parent, after the keeper: who took over ends the journal, and all end" {
    start_journal
    busy a anna Client01
    await find_clerk
    before=("$clerk" "$keeper")
    kill -9 "$keeper"
    await 'has_others "${before[@]}"'
    kill -9 "$server"
    wait "$server" || true
    await 'grep -q "	left	1	1	anna	.*why=unclosed" journal/j'
    await 'grep -q "	ended	.*why=killed" journal/j'
    await 'find_processes "*rollcalld*$room*" && [ ${#found[@]} -eq 0 ]'
    is_whole
}

@test "clerk, keeper and heir gone: within a second log and status say so, nothing is acknowledged, and the room goes on" {
    start_journal
    busy a anna Client01
    await find_clerk
    kill -9 "$heir" "$keeper" "$clerk"
    logged 'Nobody writes the journal any more: nothing is recorded until rollcalld is restarted'
    say $a 'put:1 work' && printf x >&$a
    expect $a '350 Send 1 bytes.'
    expect_like $a '451 That cannot be recorded now, try again later\.'
    connect b && expect $b '220 Enter Client02'
    [ "$(ctl status --json | jq '.counters.unrecorded')" -ge 1 ]
    stop
    [ "$status" -eq 1 ]
    [ "$(grep -c 'Nobody writes' "$log")" -eq 1 ]
}

@test "a stopped clerk keeps nobody waiting, and writes it all when it goes on" {
    start_journal
    busy a anna Client01
    await find_clerk
    kill -STOP "$clerk"
    local running
    count_running
    here=$running
    for turn in {1..150}; do
        connect b && expect $b '220 Enter Client02'
        say $b exit
        expect $b '221 Bye.'
        disconnect $b
        await "at_most $here"
    done
    say $a 'put:1 work' && printf x >&$a
    expect $a '350 Send 1 bytes.'
    expect_like $a '451 That cannot be recorded now, try again later\.'
    kill -CONT "$clerk"
    await '[ "$(lines left)" = 150 ]'
    say $a 'put:1 work' && printf x >&$a
    expect $a '350 Send 1 bytes.'
    expect_like $a '226 sha256 .* same work'
    is_whole
}

@test "a clerk that was late takes a handler's last word before the parent's: why it left" {
    start_journal
    await find_clerk
    connect b && expect $b '220 Enter Client01'
    await '[ "$(lines arrived)" = 1 ]'
    kill -STOP "$clerk"
    say $b exit
    expect $b '221 Bye.'
    await 'has_handlers 0'
    kill -CONT "$clerk"
    await '[ "$(lines left)" = 1 ]'
    grep -q $'\tleft\t1\t.*\twhy=exit\t' journal/j
}

@test "a clerk that was late keeps apart what the sessions of one place did, each with its names and its end" {
    start_journal
    await find_clerk
    kill -STOP "$clerk"
    for name in anna berta carla; do
        connect b && expect $b '220 Enter Client01'
        say $b "nick:$name" # waits in vain for the clerk's word
        expect_like $b "200 $name secret .*"
        say $b exit
        expect $b '221 Bye.'
        await 'has_handlers 0'
        disconnect $b
    done
    kill -CONT "$clerk"
    await '[ "$(lines left)" = 3 ]'
    [ "$(tail -n +2 journal/j | cut -f 4,5,7 | tr '\t' ' ' | grep -v started | tr '\n' ,)" = \
        'arrived 1 Client01,named 1 anna,left 1 anna,arrived 2 Client01,named 2 berta,left 2 berta,arrived 3 Client01,named 3 carla,left 3 carla,' ]
    [ "$(grep $'\tleft\t' journal/j | grep -c $'\twhy=exit\t.*\trequests=2\t')" -eq 3 ]
    is_whole
}

@test "a late clerk gives 100 sessions of one place each its own end, more than a channel holds" {
    start_journal
    await find_clerk
    kill -STOP "$clerk"
    for turn in {1..100}; do
        connect b && expect $b '220 Enter Client01'
        say $b exit
        expect $b '221 Bye.'
        disconnect $b
        await 'has_handlers 0'
    done
    kill -CONT "$clerk"
    await '[ "$(lines left)" = 100 ]'
    [ "$(grep $'\tleft\t' journal/j | grep -c $'\twhy=exit\t.*\trequests=1\t')" -eq 100 ]
    is_whole
}

@test "rotation under load: rename and reopen; both files together have every line" {
    start_journal
    busy a anna Client01
    for turn in 1 2 3; do
        for again in {1..20}; do
            say $a 'put:1 work' && printf %s "$((again % 2))" >&$a
            expect $a '350 Send 1 bytes.'
            expect_like $a '226 sha256 .*'
        done &
        await "[ \$(lines handed-in) -ge 5 ]"
        mv journal/j "journal/j.$turn"
        ctl reopen
        wait $!
        [ "$(head -n 1 journal/j)" = "rollcall-journal	1	$room" ]
        grep -q $'\tcontinued\t' journal/j
        grep -q $'\tpresent\t1\t1\tanna\t' journal/j
    done
    stop
    tail -q -n +2 journal/j.1 journal/j.2 journal/j.3 journal/j | cut -f 1 | sort -n | awk '$1 != NR { exit 1 }'
    [ "$(cat journal/j* | cut -f 4 | grep -c handed-in)" = 60 ]
}

@test "reopen without a journal, and over a file that is there" {
    start
    run ctl reopen
    [ "$status" -eq 1 ]
    [ "$output" = 'rollcallctl: reopen: this room has no journal; start rollcalld with --journal FILE' ]
    stop
    start_journal
    ctl reopen # it was not renamed: nothing to do
    mv journal/j journal/old
    echo mine > journal/j
    run ctl reopen
    [ "$status" -eq 1 ]
    [[ $output == *'the journal stays as it is: File exists' ]]
    [ "$(cat journal/j)" = mine ]
    rm journal/j
    ctl reopen
    grep -q continued journal/j
}

@test "another file, another's journal, a directory: refused at the start, and left as it is" {
    mkdir -m 777 journal
    echo 'Dear diary' > journal/j
    run "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --journal journal/j
    [ "$status" -eq 1 ]
    [ "${lines[-1]}" = "rollcalld: --journal 'journal/j': expected a journal of rollcalld, or a name that no file has" ]
    [ "$(cat journal/j)" = 'Dear diary' ]
    run "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --journal journal/
    [ "$status" -eq 2 ]
    mkdir -m 777 inbox inbox/anna share/j
    for inside in inbox/anna/j inbox/j share/j share/j/j; do
        run "$build/rollcalld" --port 0 --name "$room" --share share --inbox inbox --user "$me" --journal "$inside"
        [ "$status" -eq 2 ]
        [[ $output == "rollcalld: --journal '$inside': expected a file outside of the shared directory and of the inbox, "* ]]
        [ ! -f "$inside" ]
    done
    rmdir inbox/anna inbox
    run "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --journal nowhere/j
    [ "$status" -eq 1 ]
    rm journal/j
    start_journal
    run "$build/rollcalld" --port 0 --name "$room.2" --share share --user "$me" --journal journal/j
    [ "$status" -eq 1 ]
    [ "${lines[-1]}" = "rollcalld: cannot write the journal 'journal/j': another rollcalld does" ]
}

@test "a full disk: the room goes on, no receipt, one error; written when there is room" {
    mkdir -m 777 -p journal
    [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64k,mode=777 tmpfs journal 2> /dev/null || skip "cannot mount a tmpfs"
    start_journal
    busy a anna Client01
    head -c 60k /dev/zero > journal/fill || true
    head -c 60k /dev/zero >> journal/fill 2> /dev/null || true
    for turn in {1..40}; do # until the last page of the file is full
        say $a "put:1 work$turn" && printf x >&$a
        expect $a '350 Send 1 bytes.'
        hear $a
        [[ $line == 226* ]] || break
    done
    [[ $line == '451 That cannot be recorded now, try again later.' ]]
    connect b && expect $b '220 Enter Client02'
    say $b hello
    expect $b '200 hello ACK'
    rm journal/fill
    logged 'The journal is written again'
    say $a "put:1 work$turn" && printf x >&$a
    expect $a '350 Send 1 bytes.'
    expect_like $a '226 sha256 .* same .*'
    [ "$(grep -c 'The journal cannot be written: No space' "$log")" = 1 ]
    await 'grep -q "	arrived	2	2	Client02" journal/j'
    is_whole
}

