#!/usr/bin/env bats
# What a service manager, a container and a user namespace expect of the daemon.

load helpers

root_only() {
    [ "$(id -u)" -eq 0 ] || skip "only root can do this"
}

@test "a user by number, known here or not" {
    root_only
    start --user 65534
    [ "$(stat -c %u "/proc/$server")" = 65534 ]
    stop
    start --user 43210
    file_has "/proc/$server/status" '^Uid:[[:space:]]43210[[:space:]]43210[[:space:]]43210[[:space:]]43210$'
    file_has "/proc/$server/status" '^Gid:[[:space:]]43210[[:space:]]43210[[:space:]]43210[[:space:]]43210$'
    stop
    for wrong in 4294967295 99999999999 1x; do
        run "$build/rollcalld" --user "$wrong" --share share --port 0
        [ "$status" -eq 2 ]
    done
}

@test "a user by number needs no passwd file" {
    root_only
    unshare -m true 2> /dev/null || skip "no mount namespace here"
    : > log
    # shellcheck disable=SC2016
    unshare -m sh -c 'mkdir etc && mount --bind etc /etc && exec "$@"' - \
        "$build/rollcalld" --port 0 --name "$room" --share share --user 65534 2>> log 3>&- &
    server=$!
    logged 'Waiting for client connection'
    [ "$(stat -c %u "/proc/$server")" = 65534 ]
}

@test "root of a user namespace is told what to do, and can stay root" {
    unshare -Ur true 2> /dev/null || skip "no user namespace here"
    run unshare -Ur "$build/rollcalld" --port 0 --name "$room" --share share
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "rollcalld: cannot become the user '"*"where root is only that of a user namespace, say --user root" ]]
    : > "$log"
    unshare -Ur "$build/rollcalld" --port 0 --name "$room" --share share --user root --runtime "$PWD" 2>> "$log" 3>&- &
    server=$!
    logged 'Waiting for client connection'
}

@test "as process 1 it reaps orphans, with and without clients" {
    root_only
    unshare -pf true 2> /dev/null || skip "no process namespace here"
    mkfifo gate1 gate2
    # shellcheck disable=SC2016
    unshare -pf --mount-proc sh -c 'setsid sh -c "(read x < gate1; exit 3) & (read x < gate2; exit 4) &" 3>&-
        exec "$@"' - "$build/rollcalld" --port 0 --name "$room" --share share --user root 2>> "$log" 3>&- &
    logged 'Waiting for client connection'
    port=$(sed -n 's/.*Listening on .* port //p' "$log" | head -n 1)
    server=$(pgrep -f "^$build/rollcalld .*--name $room" | head -n 1)
    children() { read -r -a list < "/proc/$server/task/$server/children" || true; [ "${#list[@]}" -eq "$1" ]; }
    await 'children 2'
    echo > gate1
    await 'children 1'
    connect a && expect $a '220 Enter Client01'
    echo > gate2
    await 'children 1' # the handler
    say $a hello
    expect $a '200 hello ACK'
}

@test "what could not be confined is in the log and in the status" {
    start
    if file_has "$log" 'Not confined: '; then
        status_has '^Not confined: '
        [ "$(ctl --json status | jq -r .unconfined)" != null ]
    else
        run ! status_has '^Not confined: '
        [ "$(ctl --json status | jq -r .unconfined)" = null ]
    fi
}
