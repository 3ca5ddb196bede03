#!/usr/bin/env bats
# What the client shows on a terminal.

load helpers
load conversation

# open NAME [OPTION...]: runs the client in a new terminal, and shows its exit status at the end.
open() {
    local name=$1
    shift
    tm -f /dev/null new-session -d -s "$name" -x "${columns:-100}" -y 40 \
        "${before:-} $build/rollcall -p $port $*; echo status \$?; exec cat"
}

@test "the original's conversation with three clients" {
    start
    open one --plain
    sees one 'Enter Client01'
    open two --plain
    sees two "Enter Client02"
    type_in two moo
    sees two 'moo ACK'
    type_in two status
    sees two '^Client02 connected'
    type_in two list
    sees two '^Server.py'
    type_in two file:
    sees two 'File not found'
    type_in two file:meow.txt
    sees two 'File received'
    type_in two exit
    sees two '^status 0'
    screen two | sed -E "s/$time_re/TIME/" > seen
    cat > wanted <<END
Connected to localhost on port $port
Enter Client02
Enter message (or type 'exit' to disc): moo
Server says: moo ACK
Enter message (or type 'exit' to disc): status
Server says: Client01 connected: TIME, disconnected: still here
Client02 connected: TIME, disconnected: still here
Enter message (or type 'exit' to disc): list
Server says: Client.py
Server.py
meow.txt
Enter message (or type 'exit' to disc): file:
File not found.
Enter message (or type 'exit' to disc): file:meow.txt
File received: meow.txt
Enter message (or type 'exit' to disc): exit
Exiting
Disconnected
status 0
END
    diff wanted seen
    cmp meow.txt share/meow.txt
}

@test "the daemon's log says a time once: on a terminal where it matters, elsewhere in front" {
    local date='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}'
    tm -f /dev/null new-session -d -s daemon -x 100 -y 40 \
        "$build/rollcalld --port 0 --name $room-t --share share --bind 127.0.0.1; exec cat"
    sees daemon '^Waiting for client connection$'
    port=$(screen daemon | sed -n 's/^Listening on 127.0.0.1 port //p')
    connect a
    hear "$a"
    say "$a" exit
    sees daemon '^Client01 disconnected at .*: exit$'
    screen daemon | grep -E -q "^Client01 connected at $date from 127\.0\.0\.1:[0-9]+\$"
    tm send-keys -t daemon C-c
    sees daemon '^Server stopped$'
    start
    connect b
    hear "$b"
    say "$b" exit
    logged "^$date Client01 disconnected: exit\$"
    grep -E -q "^$date Client01 connected from 127\.0\.0\.1:[0-9]+\$" "$log"
    run -1 grep -E "$date.*$date" "$log"
}

@test "full, at a terminal" {
    start -m 1
    open one --plain
    sees one 'Enter Client01'
    open two --plain
    sees two '^status 1'
    [ "$(screen two)" = "Connected to localhost on port $port
Server full: 1 of 1. Try --wait to wait for a place
status 1" ]
}

@test "full, and the user waits: the place in one line, which goes with the wait" {
    start -m 1
    connect a && expect "$a" '220 Enter Client01'
    began=$SECONDS
    open one --plain --wait
    sees one '^The room is full. You are number 1 in the queue$'
    told_at_once "$began"
    began=$SECONDS
    open two --plain --wait
    sees two '^The room is full. You are number 2 in the queue$'
    told_at_once "$began"
    open three --wait=1 status
    sees three '^status 1'
    [ "$(screen three)" = "rollcall: Server full: 1 of 1; gave up after 1 s
status 1" ]
    began=$SECONDS
    say "$a" exit
    sees one '^Enter Client01'
    sees two '^The room is full. You are number 1 in the queue$'
    told_at_once "$began"
    [ "$(screen one)" = "Connected to localhost on port $port
Enter Client01
Enter message (or type 'exit' to disc):" ]
    type_in one exit
    sees two '^Enter Client01'
}

@test "the server goes away while the user thinks" {
    start
    open one --plain
    sees one 'Enter message'
    stop
    sees one '^status 1'
    screen one | grep -q '^Server shutting down\.$'
    screen one | grep -q '^Disconnected$'
}

@test "the handler dies while the user thinks" {
    start
    open one --plain
    sees one 'Enter message'
    # shellcheck disable=SC2046
    kill -9 $(handlers)
    sees one '^Connection closed by the server'
    sees one '^status 1'
}

@test "Ctrl-D leaves" {
    start
    open one --plain
    sees one 'Enter message'
    tm send-keys -t one C-d
    sees one '^status 0'
    screen one | grep -q '^Exiting$'
    logged 'Client01 disconnected: exit'
}

@test "an existing file: the user is asked" {
    start
    echo mine > meow.txt
    open one --plain
    sees one 'Enter message'
    type_in one file:meow.txt
    sees one 'Overwrite meow.txt? (y/N)'
    type_in one n
    sees one 'not overwritten'
    [ "$(cat meow.txt)" = mine ]
    type_in one file:meow.txt
    sees one Overwrite 2
    type_in one y
    sees one 'File received: meow.txt'
    cmp meow.txt share/meow.txt
    type_in one moo
    sees one 'moo ACK'
}

# A server that sends the beginning of a file and then stalls.
hold() { # BYTES TOTAL
    mkfifo held
    exec 8<> held
    { printf '220 Enter Client01\n200 pieces: ACK\n150 %d 0 lesson.iso\n' "$2"; head -c "$1" /dev/zero; } >&8 3>&- &
    fake_from held
}

@test "progress: drawn in place, right at any width, removed for a message" {
    hold 1000000 2000000
    columns=80 open one -h 127.0.0.1 --retries 0 get lesson.iso
    # the client draws only when bytes arrive: send some until half a second has passed
    await 'head -c 100 /dev/zero >&8; shows one " 50 %"'
    screen one | tail -n 1 > wide
    grep -q -E '^lesson\.iso \[#{10,}[ ]{10,}\] +50 %  2\.0 MB  [0-9.]+ [kM]?B/s  [0-9]+:[0-9]{2}$' wide
    [ "$(wc -m < wide)" -le 80 ]
    # POSIX alone has no way to ask for the width of the window
    [ -n "${ROLLCALL_POSIX_ONLY:-}" ] || tm resize-window -t one -x 40
    [ -n "${ROLLCALL_POSIX_ONLY:-}" ] || await 'head -c 100 /dev/zero >&8; shows one "^lesson.* 50 %.*[0-9]$" && [[ ${shown[-1]} == lesson* && ${#shown[-1]} -lt 40 ]]'
    kill "$faker"
    sees one '^status 1'
    [ "$(screen one | grep -c '50 %')" -eq 0 ]
    screen one | grep -q 'lesson.iso: the server'
    exec 8>&-
}

@test "a server that takes longer than a second is waited for, and says so; in --plain, too" {
    start
    open two --plain
    sees two 'Enter message'
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    type_in two file:meow.txt
    sees two '^Waiting for the server, [2-9] s$'
    # shellcheck disable=SC2046
    kill -CONT $(handlers)
    sees two '^File received: meow.txt'
    sees_no two Waiting
    kill -STOP "$server" # nobody greets
    open three list
    open four --no-progress list
    sees three '^Waiting for the server, [2-9] s$'
    sees_no four Waiting
    kill -CONT "$server"
    sees three '^status 0'
    sees four '^status 0'
    sees_no three Waiting
}

@test "Ctrl-C during get: what is here is kept and told, and the shell learns of the signal" {
    truncate -s 20G share/huge
    start
    before='trap : INT;' open one get huge meow.txt
    sees one '^huge \['
    keys one C-c
    sees one '^rollcall: huge: stopped after [0-9]* of 21474836480 bytes; get it again to go on'
    sees one '^status 130'
    sees_no one '\^C'
    sees_no one 'meow.txt'
    [ -s huge.part ]
}

@test "put shows that it computes the digest of a large file, and the line does not stay" {
    mkdir -m 777 inbox
    start --inbox inbox
    truncate -s 900M large
    case $build in *asan*) truncate -s 200M large ;; esac
    open one --anonymous --retries 0 put large
    sees one '^large, checking \[.* %  .*MB .*B/s'
    stop # so that nothing is sent afterwards
    sees one '^status 1'
    [ "$(screen one | grep -c checking)" -eq 0 ]
    screen one | grep -q '^rollcall: '
}

@test "a small file shows no progress, nor does a large one with --no-progress" {
    start
    open one get meow.txt
    sees one '^status 0'
    [ "$(screen one)" = "File received: meow.txt
status 0" ]
    open two -q -f get meow.txt
    sees two '^status 0'
    [ "$(screen two)" = "status 0" ]
}

@test "put without a name: asks on the terminal, and offers the user's" {
    mkdir -m 777 inbox
    start --inbox inbox --inbox-free 0
    echo work > work
    before="export USER=anna.müller;" open one put work
    sees one '^Your name (Enter: anna-müller):'
    type_in one 'a b'
    sees one "^Expected 1 to 31 letters, digits, '-' and '_'"
    type_in one ''
    sees one '^status 0'
    [ "$(cat inbox/anna-müller/work)" = work ]
    before="export USER='';" open two put work
    sees two '^Your name:$'
    type_in two José
    sees two '^status 0'
    [ "$(cat inbox/José/work)" = work ]
    before="export USER=anna;" open three put work
    sees three '^Your name (Enter: anna):$'
    keys three C-d
    sees three '^rollcall: put: expected --nick NAME'
    sees three '^status 2'
}

