#!/usr/bin/env bats
# Under a service manager: readiness, inherited sockets, priorities in the journal.

load helpers

notified() { # SOCKET-FOR-SOCAT VALUE-OF-NOTIFY_SOCKET
    socat -u "$1" "OPEN:$BATS_TEST_TMPDIR/notes,creat,append" 3>&- &
    listener=$!
    await '[ -S notify ] || file_has /proc/net/unix "@$room"'
    export NOTIFY_SOCKET=$2
    start --user "$me"
    unset NOTIFY_SOCKET
    await 'file_has notes "READY=1"'
    connect a && expect $a '220 Enter Client01'
    await 'file_has notes "STATUS=1 of 3 present"'
    disconnect $a
    await 'read -r -d "" text < notes || [[ $text == *"STATUS=1 of 3"*"STATUS=0 of 3"* ]]'
    stop TERM
    await 'file_has notes "STOPPING=1"'
    kill "$listener"
}

@test "sd_notify to a path" {
    command -v socat > /dev/null || skip "socat is not installed"
    notified "UNIX-RECV:$PWD/notify" "$PWD/notify"
}

@test "sd_notify to an abstract socket" {
    command -v socat > /dev/null || skip "socat is not installed"
    notified "ABSTRACT-RECV:$room" "@$room"
}

@test "an inherited socket is used, and --port ignored" {
    launch perl -e "$activate" "$build/rollcalld" --port 1 --name "$room" --share share
    [ "$(grep -c Listening "$log")" -eq 1 ]
    [ "$port" -gt 1 ]
    file_has "$log" '--port is ignored: the service manager has opened the sockets'
    run ! grep -e '--bind is ignored' "$log"
    connect a && expect $a '220 Enter Client01'
    run ! grep nothing <(tr '\0' '\n' < "/proc/$server/environ")
}

@test "sockets for another process are not taken" {
    export PRETEND=1
    launch perl -e "$activate" "$build/rollcalld" --port 0 --name "$room" --share share
    [ "$(grep -c Listening "$log")" -eq 2 ]
}

@test "an inherited descriptor that does not listen is refused" {
    run bash -c 'LISTEN_FDS=1; LISTEN_PID=$BASHPID; export LISTEN_FDS LISTEN_PID
        exec "$1" --name "$2" --share share 3< /dev/null' - "$build/rollcalld" "$room"
    [ "$status" -eq 1 ]
    [[ $output == *"descriptor 3"*"expected a listening stream socket" ]]
}

@test "a service must name its share" {
    NOTIFY_SOCKET=$PWD/notify run "$build/rollcalld" --port 0 --name "$room"
    [ "$status" -eq 2 ]
    [[ $output == *"needs --share"* ]]
}

@test "in the journal lines carry priorities and no times" {
    : > "$log"
    export JOURNAL_STREAM
    JOURNAL_STREAM=$(stat -c '%d:%i' "$log")
    start -m 1
    unset JOURNAL_STREAM
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '421 Server full: 1 of 1.'
    logged '^<4>Server full: 1 refused'
    grep -q '^<6>Waiting for client connection$' "$log"
    run ! grep -v '^<[346]>[A-Z]' "$log"
}

@test "inherited sockets: --bind is ignored, and said; what was not named is not mentioned" {
    launch perl -e "$activate" "$build/rollcalld" --bind 127.0.0.9 --name "$room" --share share
    file_has "$log" '--bind is ignored: the service manager has opened the sockets'
    stop
    launch perl -e "$activate" "$build/rollcalld" --name "$room" --share share
    run ! grep ignored "$log"
}

@test "errors of the start are errors in the journal; a mistake in the command line is not tried again" {
    failing() {
        JOURNAL_STREAM=$stream "$build/rollcalld" --name "$room" "$@" 2>> error
    }
    : > error
    stream=$(stat -c '%d:%i' error)
    status=0
    failing --share "$PWD/none" || status=$?
    [ "$status" -eq 1 ]
    status=0
    failing --max-clients none || status=$?
    [ "$status" -eq 2 ]
    [ "$(grep -c '^<3>rollcalld: ' error)" -eq 2 ]
    run ! grep -v '^<3>rollcalld: ' error
    grep -q '^RestartPreventExitStatus=2$' "$BATS_TEST_DIRNAME/../scripts/systemd/rollcalld@.service"
}

@test "the watchdog hears from a loop that goes round, and only from that" {
    command -v socat > /dev/null || skip "socat is not installed"
    socat -u "UNIX-RECV:$PWD/notify" "OPEN:$PWD/notes,creat,append" 3>&- &
    listener=$!
    await '[ -S notify ]'
    export NOTIFY_SOCKET=$PWD/notify WATCHDOG_USEC=100000
    start --user "$me"
    await 'read -r -d "" text < notes || [[ $text == *WATCHDOG=1*WATCHDOG=1*WATCHDOG=1* ]]'
    stop
    WATCHDOG_PID=1 start --user "$me"
    connect a && expect $a '220 Enter Client01'
    disconnect $a
    await 'read -r -d "" text < notes || [[ $text == *STOPPING=1*"STATUS=1 of 3"*"STATUS=0 of 3"* ]]'
    IFS= read -r -d '' text < notes || true
    [[ ${text##*STOPPING=1} != *WATCHDOG* ]]
    unset NOTIFY_SOCKET WATCHDOG_USEC
    kill "$listener"
}

# Runs the daemon as a service would be, which must not start. Sets $output.
refused_as_service() { # OPTION...
    NOTIFY_SOCKET=$PWD/nobody run "$build/rollcalld" --port 0 --name "$room" "$@"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
}

@test "what the unit hides is told with the line to add, and to services only" {
    refused_as_service --share /home/nobody.$$/lesson
    [[ $output == *"No such file or directory; the unit does not see it: add BindReadOnlyPaths=/home/nobody.$$/lesson (systemctl edit rollcalld@$room)" ]]
    refused_as_service --share share --inbox /home/nobody.$$/work
    [[ $output == *"add BindPaths=/home/nobody.$$/work (systemctl edit rollcalld@$room)" ]]
    refused_as_service --share share --journal /tmp/nobody.$$/journal
    [[ $output == *"add BindPaths=/tmp/nobody.$$ (systemctl edit rollcalld@$room)" ]]
    refused_as_service --share share --key-file /root/nobody.$$/key
    [[ $output == *"add LoadCredential=key:/root/nobody.$$/key to the unit "*"let key-file be /run/credentials/rollcalld@$room.service/key" ]]
    refused_as_service --share "/srv/nobody.$$"
    [[ $output == *"No such file or directory" ]]
    run "$build/rollcalld" --port 0 --name "$room" --share "/home/nobody.$$"
    [[ $output == *"No such file or directory" ]]
}

@test "a socket named web is the page's, and --web is ignored" {
    LISTEN_FDNAMES=web launch perl -e "$activate" "$build/rollcalld" --port 0 --web 8080 --name "$room" --share share
    [ "$(grep -c 'Page at' "$log")" -eq 1 ]
    file_has "$log" '--web is ignored: the service manager has opened the sockets'
    run ! grep -e '--port is ignored' "$log"
    connect a && expect $a '220 Enter Client01'
}

modes() { # FILE...
    stat -c %a "$@" | tr '\n' ' '
}

@test "--group-access lets the group look and read, and nobody else; without it only the user" {
    mkdir -m 700 run
    mkdir inbox
    echo work > lab1.c
    for access in yes no; do
        options=(--group-access)
        [ $access = yes ] || options=()
        start --user "$me" --runtime "$PWD/run" --inbox inbox "${options[@]}"
        "$build/rollcall" -p "$port" --nick "anna-$access" put lab1.c
        ctl say hello
        modes "/dev/shm/rollcall.$room" "run/$room" "run/$room/control" inbox/anna-$access inbox/anna-$access/lab1.c > modes.$access
        stop
    done
    [ "$(cat modes.yes)" = "640 1770 770 750 640 " ]
    [ "$(cat modes.no)" = "600 1700 700 700 600 " ]
}
