# shellcheck shell=bash
# Loaded by every test file. Each test gets a server of its own (private directory, port 0, its own
# room, stopped at the end, its log shown if the test fails), and clients that speak the protocol over
# bash's /dev/tcp. Nothing here waits for a time: await waits for a condition.

# Bats loads this once for a file and again for each of its tests; only the first load starts processes.
if [ -z "${ROLLCALL_TESTED:-}" ]; then
    ROLLCALL_TESTED=$(cd "${ROLLCALL_BUILD:-$BATS_TEST_DIRNAME/../build}" && pwd)
    ROLLCALL_ME=$(id -un)
    export ROLLCALL_TESTED ROLLCALL_ME
fi
build=$ROLLCALL_TESTED
me=$ROLLCALL_ME # for --user "$me", which keeps the user, even if root runs the tests

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C TZ=UTC
    unset NOTIFY_SOCKET LISTEN_PID LISTEN_FDS JOURNAL_STREAM ROLLCALL_HOST ROLLCALL_PORT
    room=test.$$.$BATS_TEST_NUMBER.$RANDOM
    log=$BATS_TEST_TMPDIR/log
    mkdir share
    printf 'meow\n' > share/meow.txt
    printf 'print("client")\n' > share/Client.py
    printf 'print("server")\n' > share/Server.py
}

teardown() {
    if [ -z "${BATS_TEST_COMPLETED:-}" ] && [ -e "$log" ]; then
        echo "--- the server's log:"
        cat "$log"
    fi
    [ ! -S "${TMUX_TMPDIR:-/tmp}/tmux-$UID/$room" ] || tmux -L "$room" kill-server 2> /dev/null || true
    if [ -n "${server:-}" ]; then
        kill -9 "$server" 2>/dev/null || true
        await '! kill -0 "$server"'
    fi
    # kill what a failed test has left running
    local found
    untraced find_processes "*$room*"
    [ ${#found[@]} -eq 0 ] || kill -9 "${found[@]}" 2> /dev/null || true
    shopt -s nullglob
    local left=("/dev/shm/rollcall.$room"* /tmp/rollcall-*/"$room" "/tmp/rollcall-$room"*)
    [ ${#left[@]} -eq 0 ] || rm -rf "${left[@]}"
}

# untraced FUNCTION ARGUMENT...: runs a function that loops without bats' trace, because bats calls a
# function of its own before each command of a test, which takes half a millisecond.
untraced() {
    local status=0
    set +o functrace
    "$@" || status=$?
    set -o functrace
    return "$status"
}

# await CONDITION: evaluates the condition until it is true. Fails after $patience seconds, sixty by
# default: patience costs time only when a test fails. Waiting starts no process, so a condition that
# starts none either costs nearly nothing.
await() {
    untraced look_until_true "$1"
}

look_until_true() { # CONDITION
    local deadline=$((SECONDS + ${patience:-60})) looks=0
    until eval "$1" 2> /dev/null; do
        [ "$SECONDS" -lt "$deadline" ] || { echo "in vain: $1"; return 1; }
        if ((looks++ < 20)); then rest 0.01; else rest 0.05; fi
    done
}

# rest SECONDS: sleeps without starting a process, by reading from a socket that never receives
# anything, because nothing was sent from it.
rest() {
    local silence
    exec {silence}<> /dev/udp/127.0.0.1/9
    read -r -t "$1" -u "$silence" || true
    exec {silence}>&-
}

# file_has FILE PATTERN [COUNT]: a line of the file (or exactly COUNT lines) matches the extended
# regular expression. For conditions of await, because grep would be a new process each time.
file_has() {
    local text line count=0
    { mapfile -t text < "$1"; } 2> /dev/null || return 1
    for line in "${text[@]}"; do
        [[ ! $line =~ $2 ]] || count=$((count + 1))
    done
    if [ -n "${3:-}" ]; then [ "$count" -eq "$3" ]; else [ "$count" -gt 0 ]; fi
}

# status_has PATTERN: as file_has, for what `rollcallctl status` prints now.
status_has() {
    "$build/rollcallctl" --name "$room" status > status.now && file_has status.now "$1"
}

# older_than SECONDS FILE: waits until the file's last change is that long ago, because two changes in
# one tick of the clock cannot be told apart by their times.
older_than() {
    local since until
    since=$(stat -c %Z "$2")
    until=$((since + 1 + $1))
    await '[ "$EPOCHSECONDS" -gt '"$until"' ]'
}

# find_processes PATTERN: sets $found to the processes whose command line matches the shell pattern. The
# shell reads /proc itself, because a grep for each process would take longer than most tests.
find_processes() {
    local process words
    found=()
    for process in /proc/[0-9]*; do
        { mapfile -d '' -t words < "$process/cmdline"; } 2> /dev/null || continue
        # shellcheck disable=SC2053
        [[ "${words[*]}" != $1 ]] || found+=("${process#/proc/}")
    done
}

# start [OPTION...]: starts a server in the background; sets $server to its pid and $port to its port.
start() {
    launch "$build/rollcalld" --port 0 --name "$room" --share share "$@"
}

launch() {
    : > "$log"
    "$@" 2>> "$log" < /dev/null 3>&- &
    server=$!
    await 'file_has "$log" "Waiting for client connection" || ! kill -0 "$server"'
    local text
    IFS= read -r -d '' text < "$log" || true # to the end
    [[ $text == *'Waiting for client connection'* ]]
    text=${text#*Listening on * port }
    port=${text%%$'\n'*}
}

# transcript NAME [OPTION...]: starts a server with the options in tests/transcripts/NAME.txt and with
# these, and plays the session in that file (tests/tools/transcript/main.c explains the format).
transcript() {
    local text words
    IFS= read -r -d '' text < "$BATS_TEST_DIRNAME/transcripts/$1.txt" || true # to the end
    text=${text#*$'\n'rollcalld}
    read -r -a words <<< "${text%%$'\n'*}"
    start "${words[@]}" "${@:2}"
    play "$1"
}

# play NAME: plays the session with the running server.
play() {
    export room server port log
    PATH=$build:$PATH "$build/tools/transcript/transcript" "$BATS_TEST_DIRNAME/transcripts/$1.txt" 127.0.0.1 "$port"
}

logged() { # PATTERN: an extended regular expression
    await 'file_has "$log" '"${1@Q}"
}

# said_nothing: a daemon that went into the background did, but for the warning on a machine without syslog.
said_nothing() {
    [ -z "$output" ] || { [ ! -e /dev/log ] && [[ $output == *"this machine has no syslog now"* ]]; }
}

# stop [SIGNAL]: ends the server, and sets $status to its exit status.
stop() {
    kill "-${1:-TERM}" "$server"
    status=0
    wait "$server" || status=$?
    server=
}

ctl() { # ARGUMENT...
    "$build/rollcallctl" --name "$room" "$@"
}

handlers() { # prints their pids
    local children
    list_handlers
    echo "${children[*]}"
}

# Sets $children to the parent's children, without the keeper of the journal's clerk, which has a child.
list_handlers() {
    local all=() child own
    children=()
    read -r -a all < "/proc/$server/task/$server/children" || true # it does not end in a line feed
    for child in "${all[@]}"; do
        own=
        { read -r own < "/proc/$child/task/$child/children"; } 2> /dev/null || true
        [ -n "$own" ] || children+=("$child")
    done
}

has_handlers() { # COUNT: there are as many, including those that have ended but are not reaped yet
    local children
    list_handlers
    [ ${#children[@]} -eq "$1" ]
}

# Waits until no handler runs, so that the next client gets the lowest slot.
all_left() {
    await 'at_most 0'
}

# at_most COUNT: no more than that run. One that has ended and is not reaped yet does not run: the parent
# reaps before it lets anybody in.
at_most() {
    local running
    count_running
    [ "$running" -le "$1" ]
}

running() {
    ! at_most 0
}

count_running() { # sets $running
    local handler children
    running=0
    list_handlers
    for handler in "${children[@]}"; do
        ! file_has "/proc/$handler/status" '^State:[[:space:]]*[^Z[:space:]]' || running=$((running + 1))
    done
}

# ---- inherited sockets

# A perl program that runs a command with a listening socket as descriptor 3 (every Debian has perl).
activate='use Socket; use POSIX ();
socket(my $s, PF_INET, SOCK_STREAM, 0) or die; bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die;
listen($s, 128) or die; POSIX::dup2(fileno($s), 3) if fileno($s) != 3; $^F = 3;
if (fileno($s) == 3) { use Fcntl; fcntl($s, F_SETFD, 0) or die; }
$ENV{LISTEN_PID} = $ENV{PRETEND} // $$; $ENV{LISTEN_FDS} = 1; exec @ARGV or die;'

# told_at_once BEGAN: the place in a queue that is seen now was told by its first line, and not by the
# repetition, which is due 30 s (LIMIT_WAITING_TELL_MS) after somebody began to wait. BEGAN: $SECONDS
# of a moment before that.
told_at_once() {
    [ $((SECONDS - $1)) -lt 29 ] || { echo "the place was told after $((SECONDS - $1)) s"; return 1; }
}

# ---- fake servers, on $port

# Sends the text to one client, and closes.
fake() { # FORMAT
    # shellcheck disable=SC2059
    printf "$1" > session
    fake_from session
}

fake_from() { # FILE
    command -v socat > /dev/null || skip "socat is not installed"
    : > fake.log
    socat -d -d TCP-LISTEN:0,bind=127.0.0.1,reuseaddr "OPEN:$1,rdonly!!OPEN:/dev/null,wronly" \
        2> fake.log 3>&- &
    faker=$!
    await 'file_has fake.log "listening on"'
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' fake.log)
}

# ---- clients: connect VARIABLE [HOST] sets the variable to the descriptor of a new connection

connect() {
    local -n descriptor=$1
    exec {descriptor}<>"/dev/tcp/${2:-127.0.0.1}/$port"
}

disconnect() { # FD
    local fd=$1
    exec {fd}>&-
}

say() { # FD LINE...
    local fd=$1
    shift
    printf '%s\n' "$@" >&"$fd"
}

hear() { # FD: the next line is $line
    IFS= read -r -t 60 -u "$1" line || { echo "nothing to hear"; return 1; }
}

expect() { # FD LINE...: the next lines are exactly these
    local fd=$1 wanted
    shift
    for wanted; do
        hear "$fd"
        [ "$line" = "$wanted" ] || { echo "got '$line', expected '$wanted'"; return 1; }
    done
}

expect_like() { # FD REGEX...
    local fd=$1 wanted
    shift
    for wanted; do
        hear "$fd"
        [[ $line =~ ^$wanted$ ]] || { echo "got '$line', expected like '$wanted'"; return 1; }
    done
}

expect_end() { # FD: the server closes the connection without another line
    local code=0
    IFS= read -r -t 60 -u "$1" line || code=$?
    [ "$code" -eq 1 ] && [ -z "$line" ] || { echo "no end: status $code, line '$line'"; return 1; }
}

time_re='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}'

present() { # CLIENT...: prints the reply to `status` with these, as patterns for expect_like
    local name
    printf '211-%d clients\n' $#
    for name; do
        printf ' %s connected: %s, disconnected: still here\n' "$name" "$time_re"
    done
    printf '211 End\n'
}

expect_present() { # FD CLIENT...
    local fd=$1 wanted
    shift
    say "$fd" status
    mapfile -t wanted < <(present "$@")
    expect_like "$fd" "${wanted[@]}"
}
