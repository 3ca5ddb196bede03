#!/usr/bin/env bats
# The shared files arrive whole, and nothing outside the directory can be reached.

load helpers

not_found() { # FD NAME...
    local fd=$1 name
    shift
    for name; do
        say "$fd" "file:$name"
        expect "$fd" '550 File not found.' || { echo "file:$name"; return 1; }
    done
}

@test "a large file arrives byte for byte, and the session goes on" {
    start
    head -c 7654321 /dev/urandom > share/big
    connect a && expect $a '220 Enter Client01'
    say $a file:big moo
    expect $a '150 7654321 0 big'
    head -c 7654321 <&"$a" > got
    cmp got share/big
    expect $a '200 moo ACK'
}

@test "an empty file, and a name with spaces and umlauts" {
    start
    : > share/empty
    echo hi > 'share/für alle.txt'
    connect a && expect $a '220 Enter Client01'
    say $a file:empty 'file:für alle.txt'
    expect $a '150 0 0 empty' '150 3 0 für alle.txt' hi
}

@test "nothing outside the shared directory is reached" {
    echo secret > secret
    mkdir share/sub
    echo in > share/sub/in
    ln -s ../secret share/link
    ln -s .. share/up
    ln -s meow.txt share/alias
    echo hidden > share/.hidden
    start
    connect a && expect $a '220 Enter Client01'
    not_found $a '' . .. ../secret sub/../../secret sub/../meow.txt ./meow.txt /etc/passwd \
        "$PWD/share/meow.txt" link up/secret alias .hidden sub sub/ sub//in //meow.txt meow.txt/ \
        meow.txt/x nowhere sub/nowhere "$(printf '%0300d' 0)" "$(printf 'a/%.0s' {1..2000})"
    say $a file:sub/in
    expect $a '150 3 0 sub/in' in
}

@test "a name with a control character is not even looked at" {
    start
    connect a && expect $a '220 Enter Client01'
    printf 'file:meow\001.txt\nfile:meow.txt\000x\n' >&"$a"
    expect_like $a '501 .*' '501 .*'
}

@test "a fifo does not hang, a device is not opened" {
    mkfifo share/fifo
    mknod share/null c 1 3 2>/dev/null || ln -s /dev/null share/null
    start
    connect a && expect $a '220 Enter Client01'
    not_found $a fifo null
}

@test "list shows files and directories that can be asked for, sorted by byte" {
    mkdir share/b share/b/c
    touch share/b.txt share/.dot share/Z 'share/a b' "share/$(printf 'esc\033')" \
        "share/$(printf 'bad\377')" share/b/inner
    mkfifo share/fifo
    ln -s meow.txt share/link
    start
    connect a && expect $a '220 Enter Client01'
    say $a list
    expect $a '212-7 files' ' Client.py' ' Server.py' ' Z' ' a b' ' b.txt' ' b/' ' meow.txt' '212 End'
    say $a list:b list:b/ list:b/c
    expect $a '212-2 files' ' c/' ' inner' '212 End' '212-2 files' ' c/' ' inner' '212 End' \
        '212-0 files' '212 End'
    say $a list:nowhere list:meow.txt list:.. list:link list:/ list:
    expect $a '550 Directory not found.' '550 Directory not found.' '550 Directory not found.' \
        '550 Directory not found.' '550 Directory not found.' '501 Expected the name of a directory.'
}

@test "list-long shows size, time and name" {
    rm share/*.py
    touch -d '2025-02-10 16:57:14 UTC' share/meow.txt
    mkdir share/sub
    start
    connect a && expect $a '220 Enter Client01'
    say $a list-long
    expect $a '212-2 files' ' 5 2025-02-10T16:57:14Z meow.txt'
    expect_like $a ' 0 [0-9-]*T[0-9:]*Z sub/' '212 End'
    say $a list-long:sub list-long:nowhere
    expect $a '212-0 files' '212 End' '550 Directory not found.'
}

@test "a listing of thousands is whole" {
    rm share/*
    (cd share && touch file{00001..05000})
    start
    connect a && expect $a '220 Enter Client01'
    say $a list
    expect $a '212-5000 files'
    mapfile -t -n 5000 -u "$a" names
    [ "$(printf '%s\n' "${names[@]}")" = "$(printf ' file%05d\n' {1..5000})" ]
    expect $a '212 End'
}

@test "a file that shrinks while it is sent ends the session, and the log says so" {
    truncate -s 200M share/big
    start
    connect a && expect $a '220 Enter Client01'
    say $a file:big moo
    expect $a "150 $((200 * 1024 * 1024)) 0 big"
    await '"$build/rollcallctl" -n "$room" status | grep -q "sending big"'
    truncate -s 0 share/big
    [ "$(wc -c <&"$a")" -lt $((200 * 1024 * 1024)) ]
    logged 'Client01 disconnected at .*: file changed while it was sent'
}

@test "a client that fetches and does not read holds up nobody" {
    truncate -s 200M share/big
    start
    connect a && expect $a '220 Enter Client01'
    say $a file:big
    connect b && expect $b '220 Enter Client02'
    say $b moo
    expect $b '200 moo ACK'
    expect_present $b Client01 Client02
    disconnect $a
    logged 'Client01 disconnected at .*: connection lost'
}

@test "rest: the next file begins there, once" {
    start
    printf 0123456789 > share/digits
    connect a && expect $a '220 Enter Client01'
    say $a rest:7 moo file:digits file:digits rest:10 file:digits rest:11 file:digits file:meow.txt
    expect $a '350 The next file begins at 7.' '200 moo ACK' '150 3 7 digits'
    read -r -N 3 -u "$a" got
    [ "$got" = 789 ]
    expect $a '150 10 0 digits'
    read -r -N 10 -u "$a" got
    [ "$got" = 0123456789 ]
    expect $a '350 The next file begins at 10.' '150 0 10 digits' \
        '350 The next file begins at 11.' '551 The file has only 10 bytes.' '150 5 0 meow.txt' meow
    say $a rest:7 file:nowhere file:meow.txt rest: rest:x rest:-1 rest:99999999999999999999
    expect_like $a '350 .*' '550 .*' '150 5 0 meow.txt' meow '501 .*' '501 .*' '501 .*' '501 .*'
}

@test "sum: the digest of the file as it is now" {
    start
    mkdir share/sub
    head -c 3000000 /dev/urandom > share/sub/big
    connect a && expect $a '220 Enter Client01'
    for _ in 1 2 3; do
        say $a sum:sub/big
        expect $a "213 sha256 $(sha256sum < share/sub/big | cut -c 1-64) 3000000 sub/big"
        head -c 3000000 /dev/urandom > share/sub/big # another version of the same size
    done
    : > share/empty
    say $a sum:empty sum:nowhere sum: sum:../x
    expect $a "213 sha256 $(sha256sum < /dev/null | cut -c 1-64) 0 empty" '550 File not found.' \
        '550 File not found.' '550 File not found.'
}

@test "forty who ask for one digest cost one reading" {
    head -c 30000000 /dev/urandom > share/big
    touch -d '2025-02-10 16:57:14' share/big
    wanted="213 sha256 $(sha256sum < share/big | cut -c 1-64) 30000000 big"
    start -m 41
    # wait until the file is older than a tick of the clock, so that a change would show in its time
    await '[ $(($(date +%s%N) - $(date -d "$(stat -c %z share/big)" +%s%N))) -gt 2000000000 ]'
    declare -a fds
    for i in {1..40}; do
        connect "fds[$i]"
        hear "${fds[$i]}"
    done
    for i in {1..40}; do say "${fds[$i]}" sum:big; done
    for i in {1..40}; do expect "${fds[$i]}" "$wanted"; done
    read_bytes=0
    for pid in $(handlers); do
        read_bytes=$((read_bytes + $(sed -n 's/^rchar: //p' "/proc/$pid/io")))
    done
    [ "$read_bytes" -lt 31000000 ] || { echo "$read_bytes bytes read"; return 1; }
    # after a change the digest is computed again
    echo more >> share/big
    say "${fds[1]}" sum:big
    expect "${fds[1]}" "213 sha256 $(sha256sum < share/big | cut -c 1-64) 30000005 big"
}

@test "the digest's computer dies: another one takes over" {
    truncate -s 8G share/big
    touch -d '2025-02-10 16:57:14' share/big
    start
    await '[ $(($(date +%s%N) - $(date -d "$(stat -c %z share/big)" +%s%N))) -gt 2000000000 ]'
    connect a && expect $a '220 Enter Client01'
    read -r first <<< "$(handlers)"
    connect b && expect $b '220 Enter Client02'
    say $a sum:big
    digesting() { "$build/rollcallctl" -n "$room" status --json | jq -e "$1" > /dev/null; }
    await 'digesting ".clients[0].doing_done > 0"'
    say $b sum:big
    await 'digesting ".clients[1].doing == \"digesting big\""'
    digesting '.clients[1].doing_done == 0'
    kill -9 "$first"
    await 'digesting ".clients[0].doing_done > 0"'
    stop
    expect $b '421 Server shutting down.'
}
