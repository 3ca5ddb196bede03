#!/usr/bin/env bats
# The system runs out of descriptors, processes, shared memory, or disk space.

load helpers

cpu_ticks() { # prints the parent's
    awk '{ print $14 + $15 }' "/proc/$server/stat"
}

@test "no descriptor: a new client is refused, others are served, and the server recovers" {
    command -v prlimit > /dev/null || skip "prlimit is not installed"
    start -m 20 --user "$me"
    connect a && expect $a '220 Enter Client01'
    used=$(find "/proc/$server/fd" -mindepth 1 | wc -l)
    prlimit --pid "$server" --nofile="$used:"
    before=$(cpu_ticks) began=$SECONDS
    for i in {1..5}; do
        connect b && expect $b '421 The server is out of resources, try again later.'
        expect_end $b
        disconnect "$b"
    done
    say $a moo
    expect $a '200 moo ACK'
    [ "$(($(cpu_ticks) - before))" -lt 20 ]
    prlimit --pid "$server" --nofile=128:
    connect c && expect $c '220 Enter Client02'
    [ "$(find "/proc/$server/fd" -mindepth 1 | wc -l)" -eq "$used" ]
    "$build/rollcallctl" -n "$room" status | grep -q 'no descriptor 5$'
    logged 'No descriptor: [1-5] refused'
    # once a second, and one more at each end of the interval
    [ "$(grep -c 'No descriptor' "$log")" -le $((SECONDS - began + 2)) ]
}

@test "no descriptor, not even the reserve: the parent pauses, and recovers" {
    command -v prlimit > /dev/null || skip "prlimit is not installed"
    start -m 20 --user "$me"
    connect a && expect $a '220 Enter Client01'
    # fewer than are already open
    prlimit --pid "$server" --nofile=3:
    connect b
    before=$(cpu_ticks)
    began=$SECONDS
    await '[ $((SECONDS - began)) -ge 3 ]'
    [ "$(($(cpu_ticks) - before))" -lt $(((SECONDS - began + 1) * $(getconf CLK_TCK) / 20)) ]
    say $a moo
    expect $a '200 moo ACK'
    prlimit --pid "$server" --nofile=128:
    expect_like $b '220 Enter Client02|421 .*'
    connect c && expect_like $c '220 Enter Client0[23]'
}

# Starts the daemon as a user of its own, so that no other processes count, with its files where that
# user can read them.
start_as_nobody() { # PROCESSES OPTION...
    local processes=$1
    shift
    [ "$(id -u)" -eq 0 ] && command -v prlimit setpriv > /dev/null || skip "that takes root"
    place=$(mktemp -d /tmp/rollcall-nobody.XXXXXX)
    chmod 755 "$place"
    cp "$build/rollcalld" "$place"
    launch prlimit --nproc="$processes" setpriv --reuid=$((60000 + RANDOM % 5000)) --clear-groups \
        "$place/rollcalld" --port 0 --name "$room" --share "$place" "$@"
    rm -r "$place"
}

@test "no process: a new client is refused, and the server recovers" {
    start_as_nobody 3 -m 3
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    before=$(cpu_ticks)
    for i in {1..3}; do
        connect c && expect $c '421 The server is out of resources, try again later.'
        expect_end $c
    done
    [ "$(($(cpu_ticks) - before))" -lt 20 ]
    say $a moo exit
    expect $a '200 moo ACK' '221 Bye.'
    await 'has_handlers 1'
    connect d && expect $d '220 Enter Client01'
    "$build/rollcallctl" -n "$room" status | grep -q 'no process 3$'
    logged 'No process: [1-3] refused'
}

@test "fewer processes than clients: a warning at the start" {
    start_as_nobody 10 -m 200
    logged '--max-clients 200: only 10 processes are allowed, for parent and handlers; see ulimit -u'
}

@test "few descriptors: a warning at the start, and clients are served" {
    command -v prlimit > /dev/null || skip "prlimit is not installed"
    launch prlimit --nofile=64 "$build/rollcalld" --port 0 --name "$room" --share share -m 20
    logged 'Only 64 descriptors are allowed, 192 are expected; see ulimit -n'
    for i in {1..20}; do
        connect "fds[$i]" && expect_like "${fds[$i]}" '220 Enter Client[0-9]+'
    done
}

@test "no memory for the table: an error at the start" {
    [ "$(id -u)" -eq 0 ] || skip "mounting takes root"
    run unshare -m sh -c 'mount -t tmpfs -o size=256k none /dev/shm && exec "$@"' - \
        "$build/rollcalld" --share share --port 0 --name "$room" --max-clients 5000
    [ "$status" -eq 1 ]
    [[ $output =~ "rollcalld: cannot make the table of room '$room': it takes "[0-9]+" KB of shared memory: No space left on device" ]]
}

@test "too few descriptors to start: an error, and nothing is left behind" {
    base=/tmp/rollcall-$room
    mkdir -m 755 "$base"
    chown "$(id -un rollcall 2> /dev/null || echo nobody)" "$base" 2> /dev/null || true
    for most in {7..9}; do
        run bash -c 'ulimit -n "$1"; exec "${@:2}"' - "$most" "$build/rollcalld" --share share --port 0 \
            --name "$room" --runtime "$base" --bind 127.0.0.1
        echo "$most: status $status: $output"
        [ "$status" -eq 1 ]
        [[ $output == *"rollcalld: cannot "*": Too many open files"* ]]
        [ -z "$(ls "$base")$(find /dev/shm -name "rollcall.$room*")" ]
    done
}

@test "a full disk for the log disturbs nobody" {
    start
    stop TERM
    "$build/rollcalld" --port "$port" --name "$room" --share share 2> /dev/full 3>&- &
    server=$!
    await 'connect a'
    expect $a '220 Enter Client01'
    say $a moo exit
    expect $a '200 moo ACK' '221 Bye.'
    stop TERM
    [ "$status" -eq 0 ]
}

# visitors COUNT: so many connect, one after the other, read their greeting and go.
visitors() {
    local i fd
    for ((i = 0; i < $1; i++)); do
        connect fd
        read -r -t 30 -u "$fd" line || return 1
        [[ $line == '220 Enter '* ]] || return 1
        disconnect "$fd"
    done
}

# watch_pipe: starts a server whose log is the pipe $unread, and reads that up to its port.
watch_pipe() { # OPTION...
    mkfifo pipe
    exec {unread}<> pipe
    "$build/rollcalld" --port 0 --name "$room" --share share --address-rate 0 --per-address 0 --max-clients 100 "$@" 2> pipe 3>&- {unread}>&- &
    server=$!
    while IFS= read -r -t 60 -u "$unread" line && [[ $line != *'Waiting for client'* ]]; do
        [[ $line != *'Listening on 127.0.0.1 port '* ]] || port=${line##* }
    done
}

# Reads the pipe until a line of it matches the pattern, which is then $line.
drain_until() { # PATTERN
    while IFS= read -r -t 60 -u "$unread" line; do
        # shellcheck disable=SC2053
        [[ $line != $1 ]] || return 0
    done
    return 1
}

@test "the log is a pipe that nobody reads: everybody is served, and the log says what is missing" {
    watch_pipe --user "$me"
    untraced visitors 2000
    lost=$(ctl status --json | jq .counters.log_lost)
    [ "$lost" -gt 2000 ]
    # nobody comes any more, and still the log catches up once it is read
    untraced drain_until '*Lines that the log could not take, and that are missing here: [1-9]*'
    untraced visitors 1
    untraced drain_until '*Client[0-9]* connected*'
    stop
    untraced drain_until '*Server stopped'
    # whoever reads the pipe has their own description of it, which waits as before
    [ "$status" -eq 0 ]
}

@test "the log is another user's pipe: the same" {
    [ "$(id -u)" -eq 0 ] || skip "only root can become another user"
    watch_pipe --user nobody
    untraced visitors 600
    [ "$(ctl status --json | jq .counters.log_lost)" -gt 100 ]
}

@test "the log is a terminal that is stopped: everybody is served" {
    command -v tmux > /dev/null || skip "tmux is not installed"
    tmux -L "$room" new-session -d -s s -x 100 -y 24 \
        "echo \$\$ > pid; exec $build/rollcalld --port 0 --name $room --share share --address-rate 0 --per-address 0 --max-clients 100 --user $me"
    shows() { tmux -L "$room" capture-pane -p -t s > now && file_has now "$1"; }
    await 'shows "Waiting for client connection"'
    port=$(sed -n 's/.*Listening on 127.0.0.1 port //p' now)
    server=$(cat pid)
    tmux -L "$room" send-keys -t s C-s
    untraced visitors 50
    [ "$(ctl status --json | jq .counters.log_lost)" -gt 20 ]
    tmux -L "$room" send-keys -t s C-q
    await 'shows "Lines that the log could not take, and that are missing here: [0-9]+"'
    kill "$server"
    await '! kill -0 "$server"'
    server=
}

@test "a limit of the log's size: everybody is served, and the log says what is missing" {
    command -v prlimit > /dev/null || skip "prlimit is not installed"
    start --address-rate 0 --per-address 0 --max-clients 100 --user "$me"
    prlimit --pid "$server" --fsize=1000:
    untraced visitors 100
    [ "$(ctl status --json | jq .counters.log_lost)" -gt 100 ]
    : > "$log"
    untraced visitors 1
    logged 'Lines that the log could not take, and that are missing here: [0-9]+$'
    logged 'Client[0-9]+ connected'
}
