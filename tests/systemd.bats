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

# A service manager that keeps descriptors: $manage writes its commands.
manager() {
    python3 -c 'import socket; socket.CMSG_SPACE' 2> /dev/null || skip "python3 is not installed"
    mkfifo commands
    python3 "$BATS_TEST_DIRNAME/tools/manager.py" "$PWD/$room" notes < commands 2>> "$log" 3>&- &
    manager=$!
    exec {manage}> commands
    await '[ -S "$room" ]'
}

# Starts the service again. Sets $server, $port and (of the page) $web.
again() { # OPTION...
    : > notes
    : > "$log"
    echo "$build/rollcalld --name $room --share share --user $me $*" >&"$manage"
    await 'file_has notes "^READY=1" || file_has notes "^ended"'
    file_has notes '^READY=1'
    server=$(sed -n 's/^started //p' notes)
    port=$(sed -n 's/.*Listening on .* port \([0-9]*\)$/\1/p;' "$log" | head -n 1)
    web=$(sed -n 's|.*Page at http://.*:\([0-9]*\)/$|\1|p;' "$log" | head -n 1)
}

ends() { # SIGNAL
    kill "-$1" "$server"
    await 'file_has notes "^ended $server "'
}

kept() { # NAME...
    await '[ "$(grep "^kept" notes | tail -n 1)" = "kept '"$*"'" ]'
}

forget() {
    ends TERM
    exec {manage}>&-
    wait "$manager"
}

@test "a service manager keeps the sockets: who connects while the daemon restarts is served, on the same ports" {
    command -v curl > /dev/null || skip "curl is not installed"
    local how first page
    manager
    again --bind 127.0.0.1 --port 0 --web 127.0.0.1:0
    kept kept-line kept-web
    first=$port page=$web
    for how in TERM KILL SEGV; do
        connect a
        expect_like $a '220 Enter .*'
        ends "$how"
        expect_like $a '421 .*'
        connect b # nobody is there, and nobody refuses
        say $b hello
        curl -s -o page -w '%{http_code}' "http://127.0.0.1:$page/" > code 3>&- &
        asked=$!
        await 'grep -q " 0100007F:$(printf %04X "$page") .* 01 " <(awk "{ print \" \" \$3, \" 01 \" }" /proc/net/tcp)'
        again --bind 127.0.0.1 --port 0 --web 127.0.0.1:0
        kept kept-line kept-web
        [ "$port $web" = "$first $page" ]
        expect $b '220 Enter Client01' '200 hello ACK'
        wait "$asked"
        [ "$(< code)" = 200 ]
        disconnect $b
    done
    # a port that is named is that of the sockets, too
    ends TERM
    connect b
    again --bind 127.0.0.1 --port "$first" --web "127.0.0.1:$page"
    expect $b '220 Enter Client01'
    forget
    run connect b
    [ "$status" -ne 0 ]
}

@test "other settings, other sockets: those that were kept for the old ones are let go" {
    local first
    manager
    again --bind 0.0.0.0 --port 0 --web 127.0.0.1:0
    kept kept-line kept-web
    first=$port
    ends TERM
    again --bind 127.0.0.1 --port "$first" --web "127.0.0.1:$web" # which the old one covered
    kept kept-line kept-web
    connect a
    expect $a '220 Enter Client01'
    run bash -c ": <> /dev/tcp/127.0.0.2/$first"
    [ "$status" -ne 0 ]
    ends TERM
    again --bind 127.0.0.1 --port "$web" --web "127.0.0.1:$first" # each where the other was
    kept kept-line kept-web
    [ "$web" = "$first" ]
    connect a
    expect $a '220 Enter Client01'
    ends TERM
    again --bind 127.0.0.1 --port "$port" # without a page
    kept kept-line
    run bash -c ": <> /dev/tcp/127.0.0.1/$first"
    [ "$status" -ne 0 ]
    connect a
    expect $a '220 Enter Client01'
    forget
}

@test "a daemon that drains has no socket kept: who comes is refused at once" {
    manager
    again --bind 127.0.0.1 --port 0
    kept kept-line
    connect a
    expect $a '220 Enter Client01'
    ctl drain
    run connect b
    [ "$status" -ne 0 ]
    kept
    say $a hello
    expect $a '200 hello ACK'
    forget
}

@test "of all queues of one address each is kept" {
    local queues
    manager
    again --bind 127.0.0.1 --port 0 --max-clients 9999
    queues=$(grep -c '^kept-line$' <(grep '^kept' notes | tail -n 1 | tr ' ' '\n'))
    [ "$queues" -ge 1 ]
    for turn in 1 2; do
        ends TERM
        connect a
        connect b
        connect c
        again --bind 127.0.0.1 --port 0 --max-clients $((9999 / turn))
        [ "$(grep -c '^kept-line$' <(grep '^kept' notes | tail -n 1 | tr ' ' '\n'))" -eq "$queues" ]
        for fd in "$a" "$b" "$c"; do
            expect_like "$fd" '220 Enter .*'
            disconnect "$fd"
        done
    done
    forget
}

@test "sockets of a .socket unit win over those that were kept, where nobody listens any more" {
    export LISTEN_FDNAMES=line:kept-line
    launch perl -e 'use Socket; use POSIX (); $^F = 99;
        for (10, 11) {
            socket(my $s, PF_INET, SOCK_STREAM, 0) or die; bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die;
            listen($s, 9) or die; POSIX::dup2(fileno($s), $_); push @s, $s;
        }
        open(my $port, ">", "port"); print $port +(sockaddr_in(getsockname($s[1])))[0]; close($port);
        POSIX::dup2($_ + 7, $_) for 3, 4;
        $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 2; exec @ARGV or die;' \
        "$build/rollcalld" --name "$room" --share share
    [ "$(grep -c Listening "$log")" -eq 1 ]
    connect a
    expect $a '220 Enter Client01'
    port=$(< port)
    run connect b
    [ "$status" -ne 0 ]
}
