#!/usr/bin/env bats
# Handlers that were taken over (tests/hostile/). Whatever they do to the table and its lock, the other
# clients are served again, within two seconds on a machine that is not busy, and the table is sound
# again.

load helpers

setup_file() {
    [ "$(uname)" = Linux ] || skip "the table is a file on Linux alone"
}

start_hostile() {
    launch "$build/hostile/rollcalld" --port 0 --name "$room" --share share -m 5 --user "$me"
    connect honest && expect $honest '220 Enter'
    connect idle && expect $idle '220 Enter'
    connect evil && expect $evil '220 Enter'
}

# The honest client is answered, and the table is sound.
recovers() {
    local began=$EPOCHREALTIME
    patience=30 await 'say $honest honest && hear $honest && [[ $line == [1-5]" present" ]]'
    echo "answered from $began to $EPOCHREALTIME"
    await '"$build/rollcallctl" -n "$room" check'
    kill -0 "$server"
}

attack() { # NAME
    start_hostile
    say $evil "$1"
    [ "${2:-}" = silent ] || expect $evil ok
    recovers
    "$build/rollcallctl" -n "$room" status | grep -q Client01
    "$build/rollcallctl" -n "$room" status | grep -q Client02
    connect next && expect $next '220 Enter'
    stop TERM
    [ "$status" -eq 0 ]
}

@test "a handler that holds the lock for ever is ended" {
    start_hostile
    say $evil hold
    recovers
    logged 'Client03 disconnected: handler killed by signal 9'
    stop TERM
    [ "$status" -eq 0 ]
}

@test "a handler that holds the lock and hides it" { attack hold-unseen silent; }

@test "a handler that is stopped while it holds the lock is ended" {
    start_hostile
    say $evil stop
    recovers
    logged 'Client03 disconnected: handler killed by signal 9'
}

@test "a handler that dies while it holds the lock" {
    start_hostile
    say $evil die-inside
    recovers
    logged 'Client03 disconnected: handler killed by signal 9'
    logged 'The lock was recovered'
}

@test "a handler that overwrites its record" { attack scribble-mine; }
@test "a handler that overwrites all records" { attack scribble-places; }
@test "a handler that overwrites the header and its locks" {
    # the C library ends a handler that waits at a destroyed semaphore; the parent does not wait there
    start_hostile
    say $evil scribble-header
    await 'connect next && expect $next "220 Enter" && say $next honest && hear $next && [[ $line == *present ]]'
    await '"$build/rollcallctl" -n "$room" check'
    "$build/rollcallctl" -n "$room" status | grep -q Client02
    stop TERM
    [ "$status" -eq 0 ]
}

@test "a handler that overwrites rings and digests" {
    start_hostile
    say $evil scribble-rings
    expect $evil ok
    say $honest honest
    expect $honest '3 present'
    # the history is lost, and reading it does no harm
    for report in history handouts handins; do
        run "$build/rollcallctl" -n "$room" "$report"
        [ "$status" -eq 0 ] || [ "$status" -eq 5 ]
    done
    stop TERM
    [ "$status" -eq 0 ]
}
@test "a handler that clears the table" {
    start_hostile
    # wait until the parent has seen all records, in a second: it restores only clients that it has seen
    began=$SECONDS
    await '[ $((SECONDS - began)) -ge 2 ]'
    say $evil clear-all
    expect $evil ok
    recovers
    # also a record that was cleared while the parent was repairing the table
    await '"$build/rollcallctl" -n "$room" status | grep -q Client02'
    stop TERM
    [ "$status" -eq 0 ]
}
@test "a handler that posts the semaphores a thousand times" { attack post; }
@test "a handler that changes the epoch" { attack move-epoch; }

@test "a handler that marks all as waiting for the lock, and dies there" {
    start_hostile
    say $evil set-at
    expect $evil ok
    say $evil die-inside
    # the other clients may be disconnected; the parent continues and serves new ones
    logged 'Client03 disconnected: handler killed by signal 9'
    await 'connect next && expect $next "220 Enter" && say $next honest && hear $next && [[ $line == *present ]]'
    await '"$build/rollcallctl" -n "$room" check'
    stop TERM
    [ "$status" -eq 0 ]
}

@test "a handler that overwrites everything for ever: the parent lives, and can shut down" {
    start_hostile
    say $evil scribble-on
    logged 'The table was damaged, and rebuilt'
    kill -0 "$server"
    kill -9 "$(handlers | cut -d ' ' -f 3)"
    await 'connect next && expect $next "220 Enter" && say $next honest && hear $next && [[ $line == *present ]]'
    stop TERM
    [ "$status" -eq 0 ]
}

# ---- the journal

start_hostile_journal() { # OPTION...
    mkdir -m 777 journal
    launch "$build/hostile/rollcalld" --port 0 --name "$room" --share share -m 5 --user "$me" --journal journal/j "$@"
    connect honest && expect $honest '220 Enter'
    connect idle && expect $idle '220 Enter'
    connect evil && expect $evil '220 Enter'
}

events() { # EVENT: how many the journal has
    cut -f 4 journal/j | grep -c "^$1\$" || true
}

# Two clients leave, and the journal says so of them, and nothing else.
journal_is_true() {
    disconnect $honest
    disconnect $idle
    await '[ "$(events left)" -ge 2 ]'
    [ "$(events arrived)" = 3 ] && [ "$(events left)" = 2 ]
    ! cut -f 4- journal/j | grep -e forged -e kicked || return 1
    stop
    [ "$(events left)" = 3 ] && [ "$(events ended)" = 1 ] && [ "$(events started)" = 1 ]
}

@test "one that forges records, of others and in the parent's name: none is believed" {
    start_hostile_journal
    for attack in forge ask-forged send-rubbish forge; do
        say $evil "$attack"
        expect $evil ok
    done
    logged 'The handler [0-9]+ told the journal what it may not; that is not written'
    journal_is_true
}

@test "one that floods the clerk: arrivals and departures are recorded" {
    start_hostile_journal
    say $evil flood
    journal_is_true
}

# bats test_tags=plain
@test "one that leads rollcallctl to a journal of its own: it is not read" {
    mkdir -m 777 inbox
    start_hostile_journal --inbox inbox --inbox-free 0
    ! ctl status | grep 'files (landlock)' || skip "this machine has no landlock"
    ctl report --json | jq -e --arg room "$room" '.room == $room'
    say $evil mislead
    expect $evil ok
    ls inbox/evil/*
    for turn in 1 2 3; do
        run ctl report
        [ "$status" -eq 1 ]
        [[ $output == "rollcallctl: "*"--journal FILE"* ]]
    done
    # before the parent has mended the table, and afterwards
    await '[[ $(ctl report 2>&1) == *"room '"'$room'"' has no journal; "* ]]'
    ctl report --journal journal/j --json | jq -e --arg room "$room" '.room == $room'
}

# bats test_tags=plain
@test "one that leads rollcallctl to another room of the same user: that room is not touched" {
    mkdir runtime journal other
    "$build/rollcalld" --port 0 --name "$room.other" --share share --user "$me" --runtime "$PWD/runtime" \
        --journal other/j < /dev/null 2> other.log 3>&- &
    local other=$!
    await 'file_has other.log "Waiting for client"'
    launch "$build/hostile/rollcalld" --port 0 --name "$room" --share share --user "$me" --runtime "$PWD/runtime" \
        --journal journal/j
    connect evil && expect $evil '220 Enter'
    "$build/rollcallctl" --name "$room.other" say mine
    await 'file_has other.log "mine"'
    for turn in 1 2 3; do
        say $evil lead-to-other
        expect $evil ok
        ctl say astray || true # refused, or, when the parent has mended the table, said here
        run ctl report --json
        [ "$status" -ne 0 ] || jq -e --arg room "$room" '.room == $room' <<< "$output"
    done
    await 'ctl say home'
    "$build/rollcallctl" --name "$room.other" say mine too
    await 'file_has other.log "mine too"'
    ! grep astray other.log || false
    kill "$other"
    wait "$other"
}
