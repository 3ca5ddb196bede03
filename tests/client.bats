#!/usr/bin/env bats
# rollcall: commands, the filter, the files it saves, and what goes wrong.

load helpers

client() { # OPTION... [COMMAND...]: its stdout is in out, its stderr in err
    status=0
    "$build/rollcall" -h 127.0.0.1 -p "$port" "$@" > out 2> err || status=$?
}

# A server that says what it is told to, and then what the client sends is in `heard`.
fake() { # TEXT
    command -v nc > /dev/null || skip "nc is not installed"
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 10000))
        # shellcheck disable=SC2059
        printf "$1" | nc -N -l 127.0.0.1 "$port" > heard 2> /dev/null &
        faker=$!
        await "grep -q ':$(printf %04X "$port") 00000000:0000 0A' /proc/net/tcp || ! kill -0 $faker"
        if kill -0 "$faker" 2> /dev/null; then return 0; fi
    done
    return 1
}

@test "usage: one line, status 2" {
    port=1
    for wrong in '-p' '-p 0' '-p 65536' '-p x' '--hos x' '-x' 'frob' 'get' 'status now' 'list a b' \
        '--force=yes' '-o f get a b'; do
        # shellcheck disable=SC2086
        run "$build/rollcall" $wrong < /dev/null
        [ "$status" -eq 2 ] || { echo "$wrong: $status $output"; return 1; }
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "rollcall: "* ]]
    done
    run "$build/rollcall" send "$(printf 'a\nb')"
    [ "$status" -eq 2 ]
    run "$build/rollcall" get ''
    [ "$status" -eq 2 ]
    run "$build/rollcall" send "$(printf '%05000d' 0)"
    [ "$status" -eq 2 ]
    ROLLCALL_PORT=none run "$build/rollcall" status
    [ "$status" -eq 2 ]
    run "$build/rollcall" --help
    [ "$status" -eq 0 ]
    [[ $output == *"get NAME..."*"--output"* ]]
    run "$build/rollcall" --version
    [[ $output == "rollcall "[0-9]* ]]
}

@test "no server: one clear line, status 1" {
    start
    stop
    client status
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: cannot connect to 127.0.0.1 port $port: Connection refused; is rollcalld running there?" ]
    run "$build/rollcall" -h no.such.host.invalid status
    [ "$status" -eq 1 ]
    [[ $output == "rollcall: cannot find no.such.host.invalid: "* ]]
}

@test "status, history, list, help and send print data only" {
    mkdir share/sub
    touch share/sub/inner
    start
    connect a && expect $a '220 Enter Client01'
    client status
    [ "$status" -eq 0 ]
    [ ! -s err ]
    [ "$(sed -E "s/$time_re/TIME/" out)" = "Client01 connected: TIME, disconnected: still here
Client02 connected: TIME, disconnected: still here" ]
    client list
    [ "$(cat out)" = "Client.py
Server.py
meow.txt
sub/" ]
    client list sub
    [ "$(cat out)" = inner ]
    client list nowhere
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: Directory not found." ]
    client history
    [ "$(wc -l < out)" -eq 4 ]
    client send hello there
    [ "$(cat out)" = "hello there ACK" ]
    client send status
    [ "$(cat out)" = "status ACK" ]
    client help
    grep -q '^file:NAME ' out
    logged 'Client02 disconnected at .*: exit'
}

@test "the environment names the server, an option wins" {
    start
    ROLLCALL_HOST=127.0.0.1 ROLLCALL_PORT=$port run "$build/rollcall" send hi
    [ "$output" = "hi ACK" ]
    ROLLCALL_HOST=nowhere.invalid ROLLCALL_PORT=1 client send hi
    [ "$(cat out)" = "hi ACK" ]
}

@test "a name with two addresses, and IPv6" {
    start --bind ::1
    run "$build/rollcall" --host=::1 --port="$port" send six
    [ "$output" = "six ACK" ]
    if getent ahosts localhost | grep -q ::1; then
        run "$build/rollcall" -p "$port" send either
        [ "$output" = "either ACK" ]
    fi
}

@test "full: said, status 1" {
    start -m 1
    connect a && expect $a '220 Enter Client01'
    client status
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: Server full" ]
    [ ! -s out ]
}

@test "get saves files whole, under their last part" {
    mkdir share/sub
    head -c 3000000 /dev/urandom > share/sub/big
    : > share/empty
    start
    client get sub/big meow.txt empty
    [ "$status" -eq 0 ]
    [ ! -s out ]
    [ "$(cat err)" = "File received: sub/big
File received: meow.txt
File received: empty" ]
    cmp big share/sub/big
    cmp meow.txt share/meow.txt
    [ -e empty ] && [ ! -s empty ]
    [ "$(stat -c %a big)" = "$(printf '%o' $((0666 & ~$(umask))))" ]
    [ -z "$(find . -maxdepth 1 -name '.rollcall*')" ]
}

@test "get goes on after a failure, and fails" {
    start
    client get nowhere meow.txt ..
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: nowhere: File not found.
File received: meow.txt
rollcall: '..': expected the name of a file" ]
    [ -z "$(find . -maxdepth 1 -name '.rollcall*')" ]
}

@test "an existing different file is kept, an equal one is fine, -f overwrites" {
    start
    echo mine > meow.txt
    client get meow.txt
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: meow.txt exists and is different: not overwritten" ]
    [ "$(cat meow.txt)" = mine ]
    client -f get meow.txt
    [ "$status" -eq 0 ]
    cmp meow.txt share/meow.txt
    client get meow.txt
    [ "$status" -eq 0 ]
    mkdir dir.d
    rm meow.txt
    mkdir meow.txt
    client -f get meow.txt
    [ "$status" -eq 1 ]
    [ -z "$(find . -name '.rollcall*')" ]
}

@test "-o: into a directory, or under a name" {
    start
    mkdir into
    client -o into get meow.txt Client.py
    [ "$status" -eq 0 ]
    cmp into/meow.txt share/meow.txt
    cmp into/Client.py share/Client.py
    client --output=other get meow.txt
    cmp other share/meow.txt
    client -o nowhere/ get meow.txt
    [ "$status" -eq 1 ]
    [[ $(cat err) == "rollcall: cannot write beside nowhere/meow.txt: "* ]]
}

@test "a full disk: said, nothing left, the rest goes on" {
    start
    head -c 3000000 /dev/zero > share/big
    status=0
    (ulimit -f 1000; trap '' XFSZ
        "$build/rollcall" -h 127.0.0.1 -p "$port" get big meow.txt > out 2> err) || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: cannot write big: File too large
File received: meow.txt" ]
    [ ! -e big ]
    [ -z "$(find . -maxdepth 1 -name '.rollcall*')" ]
}

@test "the filter: answers on stdout, the rest on stderr, status 1 if one failed" {
    start
    printf 'moo\nlist\nfile:meow.txt\nlast' > in
    client < in
    [ "$status" -eq 0 ]
    [ "$(cat out)" = "moo ACK
Client.py
Server.py
meow.txt
last ACK" ]
    [ "$(cat err)" = "File received: meow.txt" ]
    printf 'one\nfile:nowhere\nexit\ntwo\n' > in
    client < in
    [ "$status" -eq 1 ]
    [ "$(cat out)" = "one ACK" ]
    [ "$(cat err)" = "rollcall: nowhere: File not found." ]
    { printf '%05000d\n' 0; printf 'a\001b\nmoo\n'; } > in
    client < in
    [ "$status" -eq 1 ]
    [ "$(cat out)" = "moo ACK" ]
    [ "$(grep -c 'not sent' err)" -eq 2 ]
}

@test "send -: every line is a message" {
    start
    printf 'exit\nstatus\nfile:x\n' > in
    client send - < in
    [ "$status" -eq 0 ]
    [ "$(cat out)" = "exit ACK
status ACK
file:x ACK" ]
}

@test "a thousand lines through the filter" {
    start
    seq 1000 > in
    client < in
    [ "$status" -eq 0 ]
    [ "$(cat out)" = "$(seq 1000 | sed 's/$/ ACK/')" ]
}

@test "output that cannot be written is noticed" {
    start
    status=0
    "$build/rollcall" -h 127.0.0.1 -p "$port" list > /dev/full 2> err || status=$?
    [ "$status" -eq 1 ]
    grep -q 'cannot write the output' err
}

@test "the server goes away while the filter waits for input" {
    start
    mkfifo in
    "$build/rollcall" -h 127.0.0.1 -p "$port" < in > out 2> err &
    waiting=$!
    exec 7> in
    echo moo >&7
    await 'grep -q "moo ACK" out'
    stop
    status=0
    wait $waiting || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: Server shutting down." ]
    exec 7>&-
}

@test "a file that breaks off is not kept" {
    truncate -s 200M share/big
    start
    mkfifo gate
    "$build/rollcall" -h 127.0.0.1 -p "$port" get big > out 2> err &
    getting=$!
    kill -STOP $getting
    connect a
    await '"$build/rollcallctl" -n "$room" status | grep -q "sending big" || kill -CONT $getting; kill -STOP $getting; "$build/rollcallctl" -n "$room" status | grep -q "sending big"'
    truncate -s 0 share/big
    kill -CONT $getting
    status=0
    wait $getting || status=$?
    [ "$status" -eq 1 ]
    grep -q '^rollcall: big: the server closed the connection after [0-9]* of 209715200 bytes$' err
    [ ! -e big ]
    [ -z "$(find . -maxdepth 1 -name '.rollcall*')" ]
}

@test "interrupted: the temporary file is removed" {
    truncate -s 2000M share/big
    fake '220 Enter Client01\n150 1000000 0 big\nonly this'
    "$build/rollcall" -h 127.0.0.1 -p "$port" get big > out 2> err &
    getting=$!
    await '[ -n "$(find . -maxdepth 1 -name ".rollcall*" -size +0)" ] || ! kill -0 $getting'
    kill -TERM $getting 2> /dev/null || true
    status=0
    wait $getting || status=$?
    [ "$status" -eq 143 ] || [ "$status" -eq 1 ]
    [ -z "$(find . -maxdepth 1 -name '.rollcall*')" ]
    [ ! -e big ]
}

@test "what the server says is harmless" {
    fake '220 Enter Client\033[2J01\n212-2 files\n \033]0;evil\007\n a\302\205b\n212 End\n'
    client list
    [ "$(cat out)" = '\x1B]0;evil\x07
a\xC2\x85b' ]
}

@test "a server that is none: one clear line" {
    for words in 'HTTP/1.1 400 Bad Request\r\n\r\n' '220 Hello\n' 'hello\n' ' item\n' '' \
        '220-Enter Client01\n250 x\n' "$(printf '2%05000d' 0)"; do
        fake "$words"
        client status
        [ "$status" -eq 1 ]
        [ "$(wc -l < err)" -eq 1 ]
        grep -q -e 'what answers there is no rollcalld' -e 'the server closed the connection' err
    done
    fake '220 Enter Client01\n150 99999999999999999999 0 x\n'
    client get x
    [ "$status" -eq 1 ]
    grep -q 'no rollcalld' err
    [ ! -e x ]
}
