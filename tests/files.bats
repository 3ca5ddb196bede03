#!/usr/bin/env bats
# The shared files arrive whole, and nothing outside the directory can be reached. The sessions are in
# transcripts/files/.

load helpers

@test "a large file arrives byte for byte, and the session goes on" {
    head -c 7654321 /dev/urandom > share/big
    transcript files/large
}

@test "an empty file, and a name with spaces and umlauts" {
    : > share/empty
    echo hi > 'share/für alle.txt'
    transcript files/odd-names
}

@test "nothing outside the shared directory can be fetched" {
    echo secret > secret
    mkdir share/sub
    echo in > share/sub/in
    ln -s ../secret share/link
    ln -s .. share/up
    ln -s meow.txt share/alias
    echo hidden > share/.hidden
    transcript files/outside
}

@test "a name with a control character is not even looked at" {
    transcript files/control-characters
}

@test "a fifo does not hang, a device is not opened" {
    mkfifo share/fifo
    mknod share/null c 1 3 2>/dev/null || ln -s /dev/null share/null
    transcript files/special
}

@test "list shows files and directories that can be asked for, sorted by byte" {
    mkdir share/b share/b/c
    touch share/b.txt share/.dot share/Z 'share/a b' "share/$(printf 'esc\033')" \
        "share/$(printf 'bad\377')" share/b/inner
    mkfifo share/fifo
    ln -s meow.txt share/link
    transcript files/listing
}

@test "list-long shows size, time and name" {
    rm share/*.py
    touch -d '2025-02-10 16:57:14 UTC' share/meow.txt
    mkdir share/sub
    transcript files/listing-long
}

@test "a listing of thousands is complete" {
    rm share/*
    (cd share && touch file{0001..5000})
    transcript files/listing-many
}

@test "a file that shrinks while it is sent ends the session, and the log says so" {
    truncate -s 200M share/big
    start
    connect a && expect $a '220 Enter Client01'
    say $a file:big moo
    expect $a "150 $((200 * 1024 * 1024)) 0 big"
    await 'status_has "sending big"'
    truncate -s 0 share/big
    [ "$(wc -c <&"$a")" -lt $((200 * 1024 * 1024)) ]
    logged 'Client01 disconnected: file changed while it was sent'
}

@test "a client that fetches and does not read delays nobody" {
    truncate -s 200M share/big
    transcript files/unread
}

@test "rest: the next file begins there, once" {
    printf 0123456789 > share/digits
    transcript files/rest
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

@test "forty requests for one digest cost one read of the file" {
    head -c 10000000 /dev/urandom > share/big
    touch -d '2025-02-10 16:57:14' share/big
    wanted="213 sha256 $(sha256sum < share/big | cut -c 1-64) 10000000 big"
    start -m 41
    older_than 2 share/big
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
    [ "$read_bytes" -lt 11000000 ] || { echo "$read_bytes bytes read"; return 1; }
    # after a change the digest is computed again
    echo more >> share/big
    say "${fds[1]}" sum:big
    expect "${fds[1]}" "213 sha256 $(sha256sum < share/big | cut -c 1-64) 10000005 big"
}

@test "if the handler that computes a digest dies, another one takes over" {
    truncate -s 8G share/big
    touch -d '2025-02-10 16:57:14' share/big
    start
    older_than 2 share/big
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
