#!/usr/bin/env bats
# --log FILE: appended to, opened anew after a rotation, by the parent, by handlers and by the clerk.

load helpers

# start_logging [OPTION...]: as start, with --log logs/log.
start_logging() {
    mkdir -p logs
    log=$BATS_TEST_TMPDIR/logs/log
    : >> "$log"
    "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --log logs/log "$@" \
        2> errors < /dev/null 3>&- &
    server=$!
    logged 'Waiting for client connection'
    port=$(sed -n 's/.*Listening on .* port //p' "$log" | tail -1)
}

@test "lines are appended to the file, each with its time, and standard error stays empty" {
    mkdir logs
    echo 'an earlier line' > logs/log
    start_logging
    connect a && expect_like "$a" '220 .*'
    logged "^$time_re Client01 connected"
    [ "$(head -1 logs/log)" = 'an earlier line' ]
    stop
    [ ! -s errors ]
    file_has logs/log 'Server stopped'
}

@test "a new file has mode 0640, whatever else may be read" {
    mkdir logs
    "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --log logs/new 2> errors 3>&- &
    server=$!
    await 'file_has logs/new Waiting'
    [ "$(stat -c %a logs/new)" = 640 ]
}

@test "after a rename and SIGHUP all processes write to the new file" {
    start_logging --journal journal
    connect a && expect_like "$a" '220 .*'
    mv logs/log logs/old
    kill -HUP "$server"
    logged 'nothing to reload'
    say "$a" nick:anna
    expect_like "$a" '200 anna .*'
    logged 'Client01 is now called anna'
    run ! file_has logs/old anna
    mv logs/log logs/older
    ctl reopen
    await '[ -e logs/log ]'
    say "$a" nick:ben
    expect_like "$a" '200 ben .*'
    logged 'anna is now called ben'
    mv logs/log logs/oldest
    run ctl reload
    [ "$status" -eq 0 ]
    [ "$output" = 'the log was opened anew; no settings were read, because there is no --config FILE' ]
}

@test "a log that cannot be opened anew stays the old one, and the reload fails" {
    start_logging
    mv logs/log logs/old
    mkdir logs/log
    log=logs/old
    run ctl reload
    [ "$status" -eq 1 ]
    [[ $output == "rollcallctl: reload: the log's file cannot be opened anew: "* ]]
    logged "The log's file cannot be opened anew, and the old one stays"
    rmdir logs/log
    ctl reload
    await 'file_has logs/log "nothing to reload"'
}

@test "in the background" {
    mkdir logs
    "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --log logs/log --daemon
    log=logs/log
    server=$(ctl --json status | jq .pid)
    logged 'Waiting for client connection'
    mv logs/log logs/old
    ctl reopen
    kill "$server"
    await '! kill -0 "$server"'
    server=
    file_has logs/log 'Server stopped'
}

refused() { # STATUS WORDS OPTION...
    local code=$1 words=$2
    shift 2
    run "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" "$@"
    [ "$status" -eq "$code" ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"$words"* ]] || { echo "said: $output"; return 1; }
}

@test "what can be no log is refused" {
    refused 2 "expected stderr, syslog, or a file with a '/' in its path" --log stdout
    refused 2 "expected stderr, syslog, or a file with a '/' in its path" --log logs/
    refused 1 'it is no regular file' --log /dev/null
    mkfifo pipe
    refused 1 'it is no regular file' --log ./pipe
    refused 1 'it is no regular file' --log ./share
    refused 1 'No such file or directory' --log none/log
    refused 2 'expected a file outside of the shared directory' --log share/log
    [ ! -e share/log ]
    refused 2 "cannot write the log 'none/log'" --log none/log --check-config
}

@test "--daemon says so if there is no syslog" {
    [ ! -e /dev/log ] || skip "this machine has a syslog"
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "only Linux sees that"
    run "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --daemon
    [ "$status" -eq 0 ]
    server=$(ctl --json status | jq .pid)
    [[ $output == *"no syslog"*"use --log FILE" ]]
    kill "$server"
    await '! kill -0 "$server"'
    server=
}

@test "a link is followed, and somebody else's file taken, except in a directory that others can write to" {
    mkdir -m 755 mine elsewhere
    mkdir -m 1777 all
    [ "$(id -u)" -ne 0 ] || chown "$me" mine elsewhere
    echo before > elsewhere/log
    ln -s ../elsewhere/log mine/log
    ln -s ../elsewhere/log all/log
    refused 1 'it is a link, in a directory that others can write to' --log all/log
    [ "$(cat elsewhere/log)" = before ]
    log=$PWD/elsewhere/log
    "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --log mine/log < /dev/null 3>&- &
    server=$!
    await 'file_has "$log" "Waiting for client connection"'
    [ "$(head -n 1 elsewhere/log)" = before ]
    stop
    [ "$(id -u)" -eq 0 ] || skip 'only root can make a file somebody else'"'"'s'
    install -m 666 -o nobody /dev/null all/other
    install -m 666 -o nobody /dev/null mine/other
    refused 1 "it is somebody else's, in a directory that others can write to" --log all/other
    log=$PWD/mine/other
    "$build/rollcalld" --port 0 --name "$room" --share share --user "$me" --log mine/other < /dev/null 3>&- &
    server=$!
    await 'file_has "$log" "Waiting for client connection"'
}
