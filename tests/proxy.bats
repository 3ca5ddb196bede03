#!/usr/bin/env bats
# --proxy: a proxy says with the PROXY protocol whose connection it passes on.

load helpers
load conversation

setup_file() { # tmux is needed by one of these tests alone
    export BATS_TEST_TIMEOUT=600
}

# The header of version 2: the fixed part, and what follows in hexadecimal.
v2() { # COMMAND FAMILY HEXADECIMAL...
    local rest=${*:3}
    rest=${rest// /}
    printf '\r\n\r\n\0\r\nQUIT\n'
    printf '%b' "\\x$1\\x$2$(printf '\\x%02x\\x%02x' $((${#rest} / 512)) $((${#rest} / 2 % 256)))"
    while [ -n "$rest" ]; do
        printf '%b' "\\x${rest:0:2}"
        rest=${rest:2}
    done
}

addresses='c0000207 7f000001 1388 1f40' # 192.0.2.7:5000 to 127.0.0.1:8000

passed_on() { # ADDRESS
    logged "connected .*from $1"
}

@test "version 1: the client has the address that the proxy tells, and the first line is its own" {
    start --proxy 127.0.0.0/8
    connect a
    printf 'PROXY TCP4 192.0.2.7 127.0.0.1 5000 8000\r\njoin\n' >&"$a"
    expect $a '220 Enter Client01' "200 Joined $room"
    passed_on '192\.0\.2\.7:5000'
    connect b
    printf 'PROXY TCP6 2001:db8::7 ::1 5000 8000\r\n' >&"$b"
    expect $b '220 Enter Client02'
    passed_on '\[2001:db8::7\]:5000'
    connect c
    printf 'PROXY UNKNOWN whatever it may be\r\nhello\n' >&"$c"
    expect $c '220 Enter Client03' '200 hello ACK'
    passed_on '127\.0\.0\.1:[0-9]*'
    connect d ::1 && expect $d '421 Server full: 3 of 3.'
}

@test "version 2: addresses, TLVs, LOCAL and UNIX" {
    start --max-clients 8 --proxy 127.0.0.1
    connect a && v2 21 11 "$addresses" >&"$a" && say $a hello && expect $a '220 Enter Client01' '200 hello ACK'
    passed_on '192\.0\.2\.7:5000'
    connect b && v2 21 11 "$addresses" 04 0002 abcd e0 0000 >&"$b" && expect $b '220 Enter Client02'
    connect c && v2 21 21 20010db8000000000000000000000007 20010db8000000000000000000000001 1389 1f40 >&"$c"
    expect $c '220 Enter Client03'
    passed_on '\[2001:db8::7\]:5001'
    connect d && v2 21 21 00000000000000000000ffffc0000208 00000000000000000000ffff7f000001 138a 1f40 >&"$d"
    expect $d '220 Enter Client04'
    passed_on '192\.0\.2\.8:5002'
    connect e && v2 20 00 >&"$e" && expect $e '220 Enter Client05'
    connect f && v2 21 31 "$(printf '%0432d' 0)" >&"$f" && expect $f '220 Enter Client06'
    [ "$(grep -c 'connected .*from 127\.0\.0\.1:' "$log")" -eq 2 ]
}

# Writes standard input at once, because the server may close after the first line.
whole() {
    dd bs=4096 iflag=fullblock status=none
}

@test "what is no header is closed without a word, and counted; from others it is another protocol" {
    start --max-clients 8 --proxy 127.0.0.1
    for wrong in 'hello, room\n' 'PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n' 'PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n' \
        'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n' 'PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n' 'PROXY TCP9 1.2.3.4 1.2.3.4 1 2\r\n' \
        'GET / HTTP/1.1\r\n\r\n' '\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c123456789012' \
        '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0b12345678901' '\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff' \
        "PROXY UNKNOWN $(printf '%0120d' 0)"; do
        connect a
        printf '%b' "$wrong" | whole >&"$a"
        # a reset if there was more than a header
        if IFS= read -r -t 60 -u "$a" line; then echo "$wrong: $line"; false; fi
        disconnect $a
    done
    await 'status_has "another protocol.* 11"'
    logged 'Another protocol: [0-9]* refused'
    run ! grep 'connected' "$log"
    connect b ::1 && expect $b '220 Enter Client01'
    printf 'PROXY TCP4 192.0.2.7 127.0.0.1 5000 8000\r\n' >&"$b"
    expect_end $b
}

@test "a proxy that says nothing takes no slot and no time of others" {
    start --max-clients 1 --proxy 127.0.0.1
    for i in {1..40}; do
        exec {silent}<> "/dev/tcp/127.0.0.1/$port"
    done
    connect a && printf 'PROXY TCP4 192.0.2.7 127.0.0.1 5000 8000\r\n' >&"$a" && expect $a '220 Enter Client01'
    expect_end $silent # after three seconds
    say $a hello && expect $a '200 hello ACK'
}

@test "admission is by the address that the proxy tells" {
    start --proxy 127.0.0.1 --deny 192.0.2.0/24 --per-address 1 --exempt 198.51.100.9
    connect a && printf 'PROXY TCP4 192.0.2.7 127.0.0.1 5000 8000\r\n' >&"$a"
    expect $a '421 You may not connect from there.'
    connect b && printf 'PROXY TCP4 198.51.100.7 127.0.0.1 5000 8000\r\n' >&"$b" && expect $b '220 Enter Client01'
    connect c && printf 'PROXY TCP4 198.51.100.7 127.0.0.1 5001 8000\r\n' >&"$c"
    expect_like $c '421 Too many clients from your address.'
    connect d && printf 'PROXY TCP4 198.51.100.8 127.0.0.1 5001 8000\r\n' >&"$d" && expect $d '220 Enter Client02'
}

@test "in front of the page, too" {
    start --proxy 127.0.0.1 --web 127.0.0.1:0 --deny 192.0.2.0/24
    page=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/|\1|p' "$log")
    exec {a}<> "/dev/tcp/127.0.0.1/$page"
    printf 'PROXY TCP4 198.51.100.7 127.0.0.1 5000 8080\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' >&"$a"
    expect $a $'HTTP/1.1 200 OK\r'
    exec {b}<> "/dev/tcp/127.0.0.1/$page"
    printf 'PROXY TCP4 192.0.2.7 127.0.0.1 5000 8080\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' | whole >&"$b"
    expect_like $b $'HTTP/1.1 403 .*'
    exec {c}<> "/dev/tcp/127.0.0.1/$page"
    printf 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' | whole >&"$c"
    if IFS= read -r -t 60 -u "$c" line; then echo "$line"; false; fi
}

# A free port of this machine, for a program that cannot choose one itself.
free_port() {
    perl -MSocket -e 'socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(0, INADDR_LOOPBACK));
        print((sockaddr_in(getsockname($s)))[0])'
}

# Starts a program in front of the server; teardown ends it, because $room stands in its command line.
in_front() { # COMMAND...
    "$@" > front.log 2>&1 < /dev/null 3>&- &
    front=$!
    await '(exec 9<> "/dev/tcp/127.0.0.1/$outer") || ! kill -0 "$front"'
    kill -0 "$front" || { cat front.log; return 1; }
}

haproxy_passes_on() { # SEND-PROXY
    command -v haproxy > /dev/null || skip "haproxy is not installed"
    start --max-clients 8 --proxy 127.0.0.2
    outer=$(free_port)
    cat > "$room.cfg" <<END
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen room
    bind 127.0.0.1:$outer
    server one 127.0.0.1:$port source 127.0.0.2 $1
END
    in_front haproxy -db -f "$PWD/$room.cfg"
    port=$outer
    exec {a}<> "/dev/tcp/127.0.0.1/$outer"
    expect_like $a '220 Enter Client0[1-3]'
    say $a hello
    expect $a '200 hello ACK'
    # the address is that of this end, which is not the proxy's
    run "$build/rollcallctl" --name "$room" status --json
    run jq -r '.. | .address? // empty' <<< "$output"
    [[ $output == *127.0.0.1* ]] && [[ $output != *127.0.0.2* ]]
    run "$build/rollcall" -h 127.0.0.1 -p "$outer" get meow.txt
    [ "$status" -eq 0 ]
    cmp meow.txt share/meow.txt
    kill "$front"
    expect_end $a
}

@test "haproxy with send-proxy" {
    haproxy_passes_on send-proxy
}

@test "haproxy with send-proxy-v2" {
    haproxy_passes_on 'send-proxy-v2 proxy-v2-options unique-id,crc32c'
}

# Waits until the proxy ends a connection on which nobody says anything, which took its whole patience.
outlast() {
    exec {quiet}<> "/dev/tcp/127.0.0.1/$port"
    expect_like $quiet '220 Enter Client[0-9]*'
    expect_end $quiet
    exec {quiet}>&-
}

@test "quiet clients ping, so a proxy that ends quiet connections keeps theirs" {
    command -v haproxy > /dev/null || skip "haproxy is not installed"
    command -v tmux > /dev/null || skip "tmux is not installed"
    start --max-clients 8 --proxy 127.0.0.2
    outer=$(free_port)
    cat > "$room.cfg" <<END
defaults
    mode tcp
    timeout connect 5s
    timeout client 3s
    timeout server 3s
    option independent-streams
listen room
    bind 127.0.0.1:$outer
    server one 127.0.0.1:$port source 127.0.0.2 send-proxy-v2
END
    in_front haproxy -db -f "$PWD/$room.cfg"
    port=$outer
    open talks --ping 1 -n talks
    sees talks ' 1 here$'
    nowait=1 open plain --ping 1 -n plain --plain
    sees plain 'Enter message'
    echo mine > meow.txt
    nowait=1 open asks --ping 1 -n asks --plain
    type_in asks file:meow.txt
    sees asks 'Overwrite'
    "$build/rollcall" -p "$port" --ping 1 -n hears listen --no-timestamps > heard 3>&- &
    hears=$!
    "$build/rollcall" -p "$port" --ping 1 -n waits wait zoe 3>&- &
    waits=$!
    { await '[ -e go ]' && echo 'from a pipe'; } 3>&- | "$build/rollcall" -p "$port" --ping 1 -n pipe > piped 3>&- &
    pipe=$!
    await 'status_has pipe && status_has waits && status_has hears'
    outlast
    outlast
    touch go
    wait "$pipe"
    [ "$(cat piped)" = 'from a pipe ACK' ]
    await 'file_has heard "<pipe> from a pipe"'
    type_in plain 'still here'
    sees plain 'Server says: still here ACK'
    type_in asks yes
    sees asks '^File received: meow.txt'
    type_in talks 'and I'
    sees talks '<talks> and I$'
    sees_no talks 'Connected again'
    sees_no talks 'Not acknowledged'
    "$build/rollcall" -p "$port" -n zoe send here
    wait "$waits"
    await 'file_has heard "<zoe> here"'
    kill "$hears"
    # a client that does not ping is cut off
    run "$build/rollcall" -p "$port" --ping 0 listen
    [ "$status" -eq 1 ]
    [[ $output == *'closed the connection'* ]]
    kill "$front"
}

@test "stunnel with protocol = proxy: encrypted, and with the client's address" {
    command -v stunnel4 > /dev/null || skip "stunnel is not installed"
    command -v openssl > /dev/null || skip "openssl is not installed"
    start --max-clients 8 --proxy 127.0.0.1
    outer=$(free_port)
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=room -days 2 -keyout key.pem -out cert.pem 2> /dev/null
    cat > "$room.cfg" <<END
foreground = yes
pid =
[room]
cert = $PWD/cert.pem
key = $PWD/key.pem
accept = 127.0.0.1:$outer
connect = 127.0.0.1:$port
protocol = proxy
END
    in_front stunnel4 "$PWD/$room.cfg"
    coproc client { openssl s_client -quiet -connect "127.0.0.1:$outer" 2> /dev/null 3>&-; }
    expect_like "${client[0]}" '220 Enter Client0[1-3]'
    say "${client[1]}" hello
    expect "${client[0]}" '200 hello ACK'
    # a connection that sends nothing does not reach the room; this one told its own port
    logged 'connected .*from 127\.0\.0\.1:'
    kill "$front"
}
