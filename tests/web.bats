#!/usr/bin/env bats
# HTTP: what browsers and programs like curl are answered.

load helpers

setup_file() {
    command -v curl > /dev/null || skip "curl is not installed"
}

# start_web [OPTION...]: as start; sets $web to the page's port, and $url to its beginning.
start_web() {
    start --web 127.0.0.1:0 "$@"
    read_web
}

# Sets $web and $url to what the log says.
read_web() {
    local text
    IFS= read -r -d '' text < "$log" || true # to the end
    [[ $text == *'Page at http://127.0.0.1:'* ]]
    text=${text#*Page at http://127.0.0.1:}
    web=${text%%/*}
    url=http://127.0.0.1:$web
}

# raw BYTES: sends them as printf(1) understands them, and sets $answer to all that comes back, without
# carriage returns.
raw() {
    local fd
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    # shellcheck disable=SC2059
    printf "$1" >&"$fd"
    answer=
    IFS= read -r -d '' -t 60 -u "$fd" answer || true
    exec {fd}>&-
    answer=${answer//$'\r'/}
}

# answers STATUS BYTES: that is the status of the answer.
answers() {
    raw "$2"
    [[ $answer == "HTTP/1.1 $1 "* ]] || { echo "expected $1 for $2, got: ${answer%%$'\n'*}"; return 1; }
}

no_visits() {
    running && return 1 || return 0
}

@test "the page is served with what keeps others out of it, and a browser asks for it again with its ETag" {
    start_web
    curl -si "$url/" > page
    file_has page '^HTTP/1.1 200 OK'
    file_has page '^Content-Type: text/html; charset=utf-8'
    file_has page "^Content-Security-Policy: default-src 'none';.* frame-ancestors 'none'"
    file_has page '^X-Content-Type-Options: nosniff'
    file_has page '^Referrer-Policy: no-referrer'
    file_has page '^Cache-Control: no-cache'
    file_has page '^Connection: close'
    etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' page)
    [ "$(curl -s -o body -w '%{http_code}' -H "If-None-Match: $etag" "$url/")" = 304 ]
    [ ! -s body ]
    [ "$(curl -s -o body -w '%{http_code}' -H 'If-None-Match: "x", W/"y"' "$url/")" = 200 ]
    curl -sI "$url/" > only
    file_has only '^Content-Length: [1-9]'
}

@test "a request that is wrong gets its status, one line that says why, and the end of the connection" {
    start_web
    for path in /nothing /page/nothing // /x/../y /%2e%2e/; do
        answers 404 "GET ${path//%/%%} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    done
    [[ $answer == *$'\n404 Not Found: '* ]]
    for method in POST PUT DELETE OPTIONS PATCH TRACE CONNECT; do
        answers 405 "$method / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
        [[ $answer == *$'\nAllow: GET, HEAD\n'* ]]
    done
    answers 405 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n'
    answers 501 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n'
    answers 505 'GET / HTTP/2.0\r\nHost: localhost\r\n\r\n'
    answers 413 'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc'
    answers 413 'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    answers 501 'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n'
    long=$(printf '%08192d' 0)
    answers 414 "GET /$long HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answers 431 "GET / HTTP/1.1\r\nHost: localhost\r\nX: $long\r\n\r\n"
    many=$(printf 'X: %d\\r\\n' {1..64})
    answers 431 "GET / HTTP/1.1\r\nHost: localhost\r\n$many\r\n"
    await no_visits
}

@test "a request that two readers could understand in two ways is a bad one" {
    start_web
    host='Host: localhost\r\n'
    for bytes in \
        'GET / HTTP/1.1\r\n\r\n' \
        'GET / HTTP/1.1\r\nHost: a b\r\n\r\n' \
        'GET / HTTP/1.1\r\nHost: localhost:0\r\n\r\n' \
        "GET / HTTP/1.1\r\n$host$host\r\n" \
        "GET / HTTP/1.1\n$host\r\n" \
        'GET / HTTP/1.1\nHost: localhost\n\n' \
        "GET / HTTP/1.1\r\n${host}X : y\r\n\r\n" \
        "GET / HTTP/1.1\r\n${host} folded\r\n\r\n" \
        "GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n" \
        "GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n" \
        "GET / HTTP/1.1\r\n${host}X: a\\000b\r\n\r\n" \
        "GET / HTTP/1.1\r\n${host}no field\r\n\r\n" \
        "GET / HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" \
        "GET / HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc" \
        "GET / HTTP/1.1\r\n${host}Content-Length: +3\r\n\r\nabc" \
        "GET / HTTP/1.1\r\n${host}Content-Length: 0x3\r\n\r\nabc" \
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" \
        "GET  / HTTP/1.1\r\n$host\r\n" \
        "GET / HTTP/1.1 \r\n$host\r\n" \
        "GET / http/1.1\r\n$host\r\n" \
        "GET / HTTP/1.10\r\n$host\r\n" \
        "GET x HTTP/1.1\r\n$host\r\n" \
        "GET /#x HTTP/1.1\r\n$host\r\n" \
        "GET /%%0 HTTP/1.1\r\n$host\r\n" \
        "GET /%%00 HTTP/1.1\r\n$host\r\n" \
        "GET /%%zz HTTP/1.1\r\n$host\r\n" \
        'GET /\r\n\r\n' \
        'hello\r\n' \
        '\\026\\003\\001\\002\\000\\001'; do
        answers 400 "$bytes"
    done
}

@test "a request may come byte by byte, be of HTTP/1.0, name a proxy's target, or have empty lines in front" {
    start_web
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    request=$'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
    for ((i = 0; i < ${#request}; i++)); do
        printf '%s' "${request:i:1}" >&"$fd"
    done
    IFS= read -r -t 60 -u "$fd" line
    [ "$line" = $'HTTP/1.1 200 OK\r' ]
    [ "$(curl -s0 -o body -w '%{http_code}' "$url/")" = 200 ]
    answers 200 'GET / HTTP/1.0\r\n\r\n'
    answers 200 "GET http://127.0.0.1:$web/ HTTP/1.1\r\nHost: x\r\n\r\n"
    answers 200 "GET http://localhost HTTP/1.1\r\nHost: x\r\n\r\n"
    answers 421 "GET http://x/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answers 200 '\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
}

@test "a name that another site could have made means nobody here" {
    start_web --web-host room.example.org
    machine=$(uname -n)
    for host in localhost 127.0.0.1 "127.0.0.1:$web" "[::1]:$web" 192.0.2.1 room.example.org \
        ROOM.example.org.:8080 "$machine" "${machine%%.*}.local:$web"; do
        [ "$(curl -s -o body -w '%{http_code}' -H "Host: $host" "$url/")" = 200 ] || { echo "$host"; false; }
    done
    for host in evil.example localhost.evil.example room.example.org.evil 127.0.0.1.evil.example x; do
        [ "$(curl -s -o body -w '%{http_code}' -H "Host: $host" "$url/")" = 421 ] || { echo "$host"; false; }
    done
    file_has body 'rollcalld --web-host NAME'
    logged 'The page was asked for as evil.example from 127.0.0.1 port [0-9]+: .*--web-host'
}

@test "visits are bounded, at once and in time, and cost no member its slot" {
    start_web --max-clients 1 --exempt 192.0.2.1
    for i in {1..33}; do
        exec {fd}<> "/dev/tcp/127.0.0.1/$web"
        printf 'GET / HTTP/1.1\r\n' >&"$fd"
        fds+=("$fd")
    done
    IFS= read -r -t 60 -u "${fds[32]}" line
    [ "$line" = $'HTTP/1.1 503 Service Unavailable\r' ]
    connect a
    expect $a '220 Enter Client01'
    IFS= read -r -t 60 -u "${fds[0]}" line
    [ "$line" = $'HTTP/1.1 408 Request Timeout\r' ]
    ctl status --json > status.json
    [ "$(jq .refused.visits status.json)" -eq 1 ]
}

@test "who may not connect is told so; a stopped daemon leaves no visit behind" {
    start_web --deny 127.0.0.1
    answers 403 ''
    stop
    [ "$status" -eq 0 ]
    start_web
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    printf 'GET / HTTP/1.1\r\n' >&"$fd"
    await running
    stop
    [ "$status" -eq 0 ]
    expect_end "$fd"
    start_web
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    printf 'GET / HTTP/1.1\r\n' >&"$fd"
    await running
    read -r -a children <<< "$(handlers)"
    kill -9 "$server"
    for child in "${children[@]}"; do
        await "! kill -0 $child"
    done
}

@test "the page's address: --web is repeatable, a port alone is this machine's, and what is none is said" {
    start --web 127.0.0.1:0 --web 0 --web '[::1]:0'
    file_has "$log" 'Page at http://127.0.0.1:[0-9]+/' 2
    file_has "$log" 'Page at http://\[::1\]:[0-9]+/' 2
    for wrong in x 127.0.0.1 127.0.0.1: ::1:80 127.0.0.1:65536 :80 'teacher:80'; do
        run -2 "$build/rollcalld" --web "$wrong"
        [[ $output == "rollcalld: --web '$wrong': expected ADDRESS:PORT, "* ]] || { echo "$output"; false; }
    done
    run -2 "$build/rollcalld" --web-host 'a b'
    [[ $output == *'expected a name without a port'* ]]
}

# ---- WebSocket

# room: runs the coroutine main() of the script on stdin, which has what tests/tools/room.py has.
room() {
    local python
    for python in python3 /usr/bin/python3; do
        ! "$python" -c 'import websockets' 2> /dev/null || break
    done
    "$python" -c 'import websockets' 2> /dev/null || skip "python3-websockets is not installed"
    { printf 'from room import *\n'; cat; printf 'asyncio.run(main())\n'; } > script.py
    web=$web PYTHONPATH=$BATS_TEST_DIRNAME/tools PYTHONDONTWRITEBYTECODE=1 "$python" script.py
}

@test "a WebSocket is a member: lines in messages, fragments, pings between them" {
    start_web
    room << 'E'
async def main():
    async with enter() as anna, enter(subprotocols=None) as ben:
        assert anna.socket.subprotocol == "rollcall" and ben.socket.subprotocol is None
        assert (await anna.ask("nick:anna\n")).startswith("200 anna ")
        assert (await anna.ask("join")).startswith("200 Joined ")
        assert await ben.ask("hello") == "200 hello ACK"
        assert [await anna.line() for _ in range(2)] == ["132 Client02", "130 Client02 hello"]
        assert (await ben.ask("join\n")).startswith("200 Joined ")
        assert (await ben.line()).endswith(" Client02 hello")
        # several lines in a message, the last one ended by its end; an empty message is none
        await anna.socket.send("one\r\ntwo\nthree")
        await anna.socket.send("")
        assert [await anna.line() for _ in range(3)] == [f"200 {n} ACK" for n in ("one", "two", "three")]
        assert [await ben.line() for _ in range(3)] == [f"130 anna {n}" for n in ("one", "two", "three")]
        assert await anna.ask(["先", "生\nx", "y"]) == "200 先生 ACK"
        assert await anna.line() == "200 xy ACK"
        await (await anna.socket.ping(b"x" * 125))
        assert await anna.ask("x" * 4097) == "500 Line too long: at most 4096 bytes."
        assert (await anna.ask("a\x01b")).startswith("501 ")
        await ben.socket.close(4001, "bye")
        assert ben.socket.close_code == 4001
        assert await anna.line() == "133 Client02"
        assert await anna.ask("exit") == "221 Bye."
        assert await anna.end() == 1000
E
    logged 'Client02 disconnected.*: closed the connection'
    logged 'anna disconnected.*: exit'
}

@test "a WebSocket that asks for it waits in the queue of a full room" {
    start_web --max-clients 1
    connect a && expect $a '220 Enter Client01'
    a=$a room << 'E'
def place(number):
    return f"120 {number} The room is full: you are number {number} in the queue."

def wait(number, **options):
    return enter(place(number), path="/room?wait", **options)

async def main():
    async with enter("421 Server full: 1 of 1.") as late:
        assert await late.end() == 1013
    async with wait(1) as anna, wait(2, ping_interval=0.05) as ben, wait(3) as carl, wait(4) as dora:
        # the library's pings and ours are answered while it waits
        for content in b"", b"x", b"y" * 125:
            await asyncio.wait_for(await ben.socket.ping(content), 60)
        await anna.socket.pong(b"unasked")
        # what is said ahead is for the session, and so is a ping behind it
        await dora.socket.send("hello")
        answered = await dora.socket.ping()
        await carl.socket.close(4001, "bye")
        assert carl.socket.close_code == 4001, carl.socket.close_code
        assert await dora.line() == place(3)
        os.write(int(os.environ["a"]), b"exit\n")
        assert await anna.line() == "220 Enter Client01"
        assert await ben.line() == place(1)
        assert await dora.line() == place(2)
        assert await anna.ask("exit") == "221 Bye."
        assert await ben.line() == "220 Enter Client01"
        assert await ben.ask("exit") == "221 Bye."
        assert [await dora.line() for _ in range(2)] == [place(1), "220 Enter Client01"]
        assert await dora.line() == "200 hello ACK"
        await asyncio.wait_for(answered, 60)
        async with wait(1) as late:
            await late.socket.send("x" * 5000)
            assert await late.line() == "421 Too much was sent ahead of a place in the room."
            assert await late.end() == 1013
E
    [ "$(ctl status --json | jq -r .refused.full)" = 2 ] # who did not ask, and who sent too much
    logged 'A client waits for a place: 1 of 1 are taken'
}

@test "whatever frames come while it waits, the room goes on, and the session judges the wrong ones" {
    start_web --max-clients 1 --address-rate 0
    connect a && expect $a '220 Enter Client01'
    a=$a room << 'E'
WAIT = HANDSHAKE.replace(b"/room ", b"/room?wait ")

def masked(first, payload, length=None):
    mask = b"\x01\x02\x03\x04"
    return bytes([first, 0x80 | (len(payload) if length is None else length)]) + mask + bytes(
        b ^ mask[i % 4] for i, b in enumerate(payload))

async def waits(frames):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(WAIT)
    await reader.readuntil(b"\r\n\r\n")
    await reader.readuntil(b"in the queue.\n")
    writer.write(frames)
    return reader, writer

async def control(reader):
    """The next frame that tells no place."""
    while (head := await asyncio.wait_for(reader.readexactly(2), 60))[0] == 0x81:
        await reader.readexactly(head[1])
    return head, await reader.readexactly(head[1])

async def main():
    # wrong frames stay for the session: unmasked, reserved, long, half of one; and so does text
    wrong = [b"\x89\x00", masked(0xc9, b""), masked(0x8b, b""), masked(0x89, b"x" * 126), b"\x89\x85\x01\x02",
             masked(0x09, b""), masked(0x81, b"hello"), b"\xff" * 100]
    waiting = [await waits(frames) for frames in wrong]
    # each ping is answered once, also many; then one closes, and another resets
    reader, writer = await waits(masked(0x89, b"z" * 125) * 20)
    for _ in range(20):
        assert await control(reader) == (b"\x8a\x7d", b"z" * 125)
    writer.write(masked(0x88, b""))
    assert await control(reader) == (b"\x88\x00", b"") and await reader.read() == b""
    writer.close()
    _, gone = await waits(masked(0x89, b"") * 3)
    gone.transport.abort()
    os.write(int(os.environ["a"]), b"exit\n")
    for (reader, writer), code in zip(waiting, [1002] * 4 + [None, 1002, "hello", 1002]):
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        assert b"220 Enter Client01\n" in answer, answer
        wanted = {None: b"", "hello": b"200 hello ACK\n", 1002: b"\x88\x02\x03\xea"}[code]
        assert wanted in answer, (wanted, answer)
E
    await 'status_has ": 0 of 1 present, since"'
    ctl check
}

@test "frames that break the rules end the connection with the code that says which" {
    start_web
    room << 'E'
def frame(first, payload, length=None, mask=b"\x01\x02\x03\x04"):
    masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    return bytes([first]) + (length or bytes([0x80 | len(payload)])) + mask + masked

async def main():
    for wrong in (
        b"\x81\x01x",                                  # not masked
        frame(0xC1, b"x"), frame(0xA1, b"x"), frame(0x91, b"x"),  # reserved bits
        frame(0x83, b"x"), frame(0x8B, b"x"),          # opcodes that mean nothing
        frame(0x80, b"x"),                             # goes on, and nothing has begun
        frame(0x01, b"x") + frame(0x81, b"x"),         # begins, and the other has not ended
        frame(0x09, b"x"),                             # a ping in fragments
        b"\x89\xfe\x00\x7e",                           # a ping of 126 bytes
        frame(0x81, b"x", b"\xfe\x00\x01"),            # a length in more bytes than it needs
        frame(0x81, b"x", b"\xff" + b"\x00" * 7 + b"\x01"),
        frame(0x82, b"x", b"\xff\x80" + b"\x00" * 7),  # 2^63 bytes
        frame(0x88, b"x"), frame(0x88, b"\x03\xe7"), frame(0x88, b"\x03\xed"), frame(0x88, b"\x0b\xb7"),
    ):
        is_closed(await raw(wrong), 1002)
    for wrong in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe5\x85"):
        is_closed(await raw(frame(0x81, wrong)), 1007)
        is_closed(await raw(frame(0x01, wrong[:1]) + frame(0x80, wrong[1:])), 1007)
    is_closed(await raw(frame(0x88, b"\x03\xe8\xff")), 1007)
    is_closed(await raw(frame(0x81, b"", b"\xff" + (65537).to_bytes(8, "big"))), 1009)
    is_closed(await raw(frame(0x02, b"", b"\xff" + (262145).to_bytes(8, "big"))), 1009)
    # a close is answered with its code
    is_closed(await raw(frame(0x88, b"")), 1000)
    is_closed(await raw(frame(0x88, b"\x03\xe9bye")), 1001)
    # byte by byte, with a ping in the middle of a message
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    word = "先生".encode()
    for byte in HANDSHAKE + frame(0x01, word[:4]) + frame(0x89, b"p") + frame(0x80, word[4:]):
        writer.write(bytes([byte]))
        await writer.drain()
    said = "200 先生 ACK\n".encode()
    answer = await reader.readuntil(said)
    assert answer.endswith(b"\x8a\x01p\x81" + bytes([len(said)]) + said), answer
    writer.close()
E
}

@test "files over a WebSocket are binary messages, in both directions" {
    mkdir work
    head -c 300000 /dev/urandom > share/random
    start_web --inbox work --user "$me"
    expected=$(sha256sum < share/random) room << 'E'
async def whole(room):
    data = b""
    while len(data) < 300000:
        line = await room.line()
        assert line.startswith("151 "), line
        piece = await room.bytes()
        assert len(piece) == int(line.split()[1]), line
        data += piece
    return data

async def main():
    expected = os.environ["expected"].split()[0]
    async with enter() as room:
        assert await room.ask("file:random") == "150 300000 0 random"
        assert hashlib.sha256(await room.bytes()).hexdigest() == expected
        assert (await room.ask("pieces:")).startswith("216 ")
        assert await room.ask("file:random") == "150 300000 0 random"
        data = await whole(room)
        assert hashlib.sha256(data).hexdigest() == expected
        assert (await room.ask("put:300000 random")).startswith("350 ")
        await room.socket.send(data[:262144])
        assert await room.ask("talk between pieces") == "200 talk between pieces ACK"
        await room.socket.send([data[262144:262150], data[262150:]])
        assert (await room.line()).startswith(f"226 sha256 {expected} 300000 ")
        assert (await room.ask("put:10 short")).startswith("350 ")
        await room.socket.send(b"x" * 11)
        assert await room.line() == "501 Only 10 bytes are to come."
        await room.socket.send(b"nobody waits for this")
        assert await room.ask("still here") == "200 still here ACK"
    async with enter() as room: # without pieces: messages of any size, and nothing else between them
        assert (await room.ask("put:10 whole")).startswith("350 ")
        await room.socket.send(b"12345")
        await room.socket.send([b"6", b"789", b"0"])
        assert (await room.line()).startswith("226 sha256 ")
        assert (await room.ask("put:10 whole")).startswith("350 ")
        await room.socket.send(b"12345")
        await room.socket.send("status")
        assert await room.end() == 1008
E
    cmp share/random work/Client01/random
    [ "$(cat work/Client01/whole)" = 1234567890 ]
}

@test "a member over a WebSocket is kicked, told, limited and refused like any other, in frames" {
    echo secret > key
    chmod 600 key
    start_web --max-clients 2
    connect a
    expect $a '220 Enter Client01'
    say $a 'nick:anna' join
    expect_like $a '200 anna secret .*' '200 Joined .*'
    ctl=$build/rollcallctl room=$room room << 'E'
async def ctl(*words):
    program = await asyncio.create_subprocess_exec(os.environ["ctl"], "--name", os.environ["room"], *words)
    assert await program.wait() == 0

async def main():
    async with enter() as ben:
        assert (await ben.ask("nick:ben")).startswith("200 ben ")
        assert (await ben.ask("join")).startswith("200 ")
        assert await ben.ask("tell:anna psst") == "200 Delivered to anna."
        async with enter("421 Server full: 2 of 2.") as late:
            assert await late.end() == 1013
        await ctl("kick", "ben", "see you")
        assert await ben.line() == "421 You were sent away: see you"
        assert await ben.end() == 1008
E
    expect $a '132 Client02' '134 Client02 ben' '131 ben psst' '133 ben'
    disconnect $a
    stop
    start_web --key-file key
    room << 'E'
async def main():
    async with enter("331 sha256 ") as room:
        assert await room.ask("key:" + "0" * 64) == "535 Wrong key."
        assert await room.end() == 1008
E
    stop
    start_web --deny 127.0.0.1
    answers 403 'GET /room HTTP/1.1\r\n\r\n'
}

@test "the room is entered by a right handshake alone, and by no page of another site" {
    start_web --web-host room.example.org
    ask='Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
    key='Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    line="GET /room HTTP/1.1\r\nHost: localhost:$web\r\n"
    answers 426 "$line\r\n"
    [[ $answer == *$'\nSec-WebSocket-Version: 13\n'* ]]
    answers 426 "${line}Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n$key\r\n"
    answers 426 "${line}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n$key\r\n"
    answers 426 "GET /room HTTP/1.0\r\nHost: localhost\r\n$ask$key\r\n"
    answers 400 "$line$ask\r\n"
    answers 400 "$line${ask}Sec-WebSocket-Key: abc\r\n\r\n"
    answers 421 "GET /room HTTP/1.1\r\nHost: evil.example\r\n$ask$key\r\n"
    for origin in http://evil.example null "http://localhost" "http://localhost:$((web + 1))" \
        "http://127.0.0.1:$web" "file://" "http://localhost:$web.evil.example" "ws://localhost:$web"; do
        answers 403 "$line$ask${key}Origin: $origin\r\n\r\n"
    done
    logged 'A page of http://evil.example would come in from 127.0.0.1 port [0-9]+, and may not'
    enters "$line$ask${key}Origin: http://LOCALHOST:$web\r\n\r\n"
    enters "GET /room HTTP/1.1\r\nHost: room.example.org\r\n$ask${key}Origin: https://room.example.org\r\n\r\n"
}

enters() { # BYTES
    local fd
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    # shellcheck disable=SC2059
    printf "$1" >&"$fd"
    IFS= read -r -t 60 -u "$fd" line
    exec {fd}>&-
    [ "$line" = $'HTTP/1.1 101 Switching Protocols\r' ]
}

# ---- files

@test "/files/ lists what list: lists, for people and for programs, and /files/NAME gives what file: gives" {
    mkdir share/sub share/.hidden work
    echo x > 'share/sub/ä <b>:"c&.txt'
    echo x > share/.secret
    ln -s /etc/passwd share/link
    ln -s sub share/sublink
    touch share/$'new\nline'
    start_web
    curl -s "$url/files/?json" > root.json
    jq -e '.directory == "" and .unshown == 1 and ([.files[].name] == ["Client.py", "Server.py", "meow.txt", "sub"]) and
        .files[3].type == "directory" and .files[2].size == 5 and .files[2].type == "file" and
        (.files[2].time | test("^20..-..-..T..:..:..Z$"))' root.json
    curl -s "$url/files/sub/?json" > sub.json
    jq -e '.directory == "sub/" and .unshown == 0 and .files[0].name == "ä <b>:\"c&.txt"' sub.json
    curl -s "$url/files/sub/" > sub.html
    file_has sub.html 'href="%C3%A4%20%3Cb%3E%3A%22c%26.txt">ä &lt;b&gt;:&quot;c&amp;.txt</a>'
    file_has sub.html 'href="../"'
    curl -s "$url/files/" > root.html
    file_has root.html '1 more have names that cannot be shown'
    logged "names that are not UTF-8 or have control characters are not handed out: 1"
    [ "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "$url/files")" = "301 $url/files/" ]
    [ "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "$url/files/sub?x=1")" = "301 $url/files/sub/?x=1" ]
    (mkdir saved && cd saved && curl -sOJ "$url/files/sub/%C3%A4%20%3Cb%3E:%22c%26.txt" && [ "$(cat ./*)" = x ])
    [ "$(curl -s "$url/files/meow.txt")" = meow ]
    for path in .secret .hidden/ link sublink/ sublink/x ../log sub/../../log %2e%2e/log nothing sub/nothing '' / meow.txt/; do
        [ -z "$path" ] || [ "$(curl -s -o /dev/null -w '%{http_code}' --path-as-is "$url/files/$path")" = 404 ] || { echo "$path"; false; }
    done
    logged 'Sending file: meow.txt to 127.0.0.1'
}

@test "a file is an attachment that nothing is done with, and is asked for again by its version" {
    start_web
    older_than 2 share/meow.txt
    curl -si "$url/files/meow.txt" > got
    file_has got '^Content-Type: application/octet-stream'
    file_has got "^Content-Disposition: attachment; filename=\"meow.txt\"; filename\*=UTF-8''meow.txt"
    file_has got '^Content-Security-Policy: .*sandbox'
    file_has got '^X-Content-Type-Options: nosniff'
    file_has got '^Accept-Ranges: bytes'
    file_has got '^Content-Length: 5'
    etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' got)
    modified=$(sed -n 's/^Last-Modified: \(.*\)\r$/\1/p' got)
    [[ $etag == \"*\" ]]
    asks() { # STATUS OPTION...
        [ "$(curl -s -o body -w '%{http_code}' "${@:2}" "$url/files/meow.txt")" = "$1" ] || { echo "expected $1 for ${*:2}"; return 1; }
    }
    asks 304 -H "If-None-Match: \"x\", $etag"
    [ ! -s body ]
    asks 304 -H "If-Modified-Since: $modified"
    asks 200 -H 'If-None-Match: "x"' -H "If-Modified-Since: $modified"
    asks 200 -H 'If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT'
    asks 200 -H 'If-Modified-Since: Sun Nov  6 08:49:37 1994'
    asks 304 -H 'If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT'
    asks 412 -H 'If-Match: "x"'
    asks 200 -H "If-Match: $etag"
    asks 412 -H 'If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT'
    asks 206 -r 1-2 && [ "$(cat body)" = eo ]
    asks 206 -r 2- && [ "$(cat body)" = ow ]
    asks 206 -r -3 && [ "$(cat body)" = ow ]
    asks 206 -r 0-99 && [ "$(cat body)" = meow ]
    asks 200 -r 0-0,2-2 && [ "$(cat body)" = meow ]
    asks 200 -H 'Range: bytes=2-1'
    asks 200 -H 'Range: lines=1-2'
    asks 416 -r 5-
    asks 416 -r -0
    asks 206 -r 1-2 -H "If-Range: $etag"
    asks 206 -r 1-2 -H "If-Range: $modified"
    asks 200 -r 1-2 -H 'If-Range: "x"'
    asks 200 -r 1-2 -H 'If-Range: Sun, 06 Nov 1994 08:49:37 GMT'
    asks 200 -I -r 1-2
    # a file that was changed just now may change again within the same tick of the clock
    echo purr > share/meow.txt
    curl -si "$url/files/meow.txt" > got
    file_has got '^ETag: W/"'
    asks 200 -r 1-2 -H "If-Range: $etag" && [ "$(cat body)" = purr ]
}

@test "curl and wget resume a download, and find that it is complete" {
    head -c 3000000 /dev/urandom > share/big
    older_than 2 share/big
    start_web
    head -c 1000000 share/big > big
    curl -s -C - -o big "$url/files/big"
    cmp big share/big
    curl -s -C - -o big "$url/files/big"
    cmp big share/big
    curl -s0 -o old "$url/files/big"
    cmp old share/big
    if command -v wget > /dev/null; then
        head -c 1000000 share/big > big
        wget -qc "$url/files/big"
        cmp big share/big
    fi
    stop
    logged 'Server stopped'
}

@test "who fetched what is known: by name with the token of a session, else by address; also after a restart" {
    start_web --journal journal --user "$me"
    connect a
    expect $a '220 Enter Client01'
    say $a 'nick:anna' token:
    expect_like $a '200 anna secret .*' '218 [0-9a-f.]+'
    token=${line#218 }
    curl -s -o /dev/null "$url/files/meow.txt?token=$token"
    curl -s -o /dev/null "$url/files/Client.py?token=${token}0"
    curl -s -o /dev/null "$url/files/Server.py"
    curl -s -o /dev/null -I "$url/files/Server.py"
    fetched() {
        ctl handouts --json > handouts.json
        [ "$(jq -r '[.handouts[] | select(.has != "not yet") | "\(.client) \(.has) \(.file)"] | sort | join(",")' handouts.json)" = "$1" ]
    }
    await "fetched '127.0.0.1 whole Client.py,127.0.0.1 whole Server.py,anna whole meow.txt'"
    disconnect $a
    all_left
    # the session is gone, and its token with it
    curl -s -o /dev/null "$url/files/Server.py?token=$token"
    stop
    [ "$(grep -c $'\tfetched\t' journal)" -eq 4 ]
    grep -q $'\tfetched\t1\t1\tanna\t127.0.0.1\t[0-9]*\tfile=meow.txt\tsize=5\tdone=5\t' journal
    start_web --journal journal --user "$me"
    fetched '127.0.0.1 whole Client.py,127.0.0.1 whole Server.py,anna whole meow.txt'
}

# anna, who is in the room at $a, begins to fetch zeros by HTTP at $fd.
anna_fetches() {
    connect a
    expect $a '220 Enter Client01'
    say $a 'nick:anna' token:
    expect_like $a '200 anna secret .*' '218 [0-9a-f.]+'
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    printf 'GET /files/zeros?token=%s HTTP/1.1\r\nHost: localhost\r\n\r\n' "${line#218 }" >&"$fd"
}

@test "who leaves before a download ends is its fetcher all the same: in the table, the journal and the report" {
    head -c 30000000 /dev/zero > share/zeros
    start_web --journal journal --user "$me"
    anna_fetches
    logged 'Sending file: zeros to anna$'
    say $a exit
    expect $a '221 Bye.'
    await 'status_has "reaped 1,"'
    connect b # which has the place now
    expect $b '220 Enter Client01'
    [ "$(cat <&"$fd" | wc -c)" -gt 30000000 ]
    fetched() {
        ctl handouts --json > handouts.json
        [ "$(jq -r '[.handouts[] | select(.has != "not yet") | "\(.client) \(.has) \(.file)"] | join(",")' handouts.json)" = 'anna whole zeros' ]
    }
    await fetched
    reported() {
        ctl report --json --journal journal > report.json
        [ "$(jq -r '[.people[] | select(.fetched | length > 0) | "\(.name) \(.fetched[0].file) \(.fetched[0].done)"] | join(",")' report.json)" = 'anna zeros 30000000' ]
    }
    reported
    [ "$(cut -f 4,7 journal | tail -n 1)" = $'fetched\tanna' ]
    stop
    grep -q $'\tfetched\t1\t1\tanna\t127.0.0.1\t[0-9]*\tfile=zeros\tsize=30000000\tdone=30000000\tvia=web\t' journal
    start_web --journal journal --user "$me"
    fetched
    reported
}

# comes_in VARIABLE [BYTES]: a WebSocket that stays, after these bytes.
comes_in() {
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    printf -v "$1" %d "$fd"
    # shellcheck disable=SC2059
    printf "${2-}GET /room HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" >&"$fd"
}

@test "who came by the page is marked so where people look: status, top, history, journal and report" {
    start_web --journal journal --user "$me" --proxy 127.0.0.2/32
    connect a && expect $a '220 Enter Client01'
    ctl status > text
    run ! file_has text 'VIA'
    ctl top -b > text
    run ! file_has text 'VIA'
    comes_in b
    logged 'Client02 connected'
    ctl status > text
    file_has text '^NAME      ADDRESS  *VIA  CONNECTED'
    file_has text '^Client01  127.0.0.1:[0-9]*  tcp  20'
    file_has text '^Client02  127.0.0.1:[0-9]*  web  20'
    [ "$(ctl status --json | jq -r '[.clients[].via] | join(",")')" = tcp,web ]
    ctl top -b > text
    file_has text '^NAME .*ADDRESS  *VIA SINCE'
    file_has text '^Client02 127.0.0.1  *web '
    ctl report --journal journal > text
    file_has text 'HANDED IN  VIA  ADDRESSES'
    ctl report --journal journal --csv > text
    file_has text '"web","127.0.0.1"'
    mv journal journal.1
    ctl reopen # what is still open is said again
    disconnect $a
    disconnect $b
    all_left
    for journal in journal.1 journal; do
        ctl report --journal "$journal" --json > report.json
        [ "$(jq -r '[.people[] | "\(.name) \(.stays[0].via)"] | join(",")' report.json)" = 'Client01 tcp,Client02 web' ]
    done
    grep -q $'\tarrived\t2\t2\tClient02\t.*\tvia=web\t' journal.1
    [ "$(grep -c 'via=' journal.1)" -eq 1 ]
    history_has() {
        [ "$(ctl history --json | jq -r '[.sessions[] | "\(.name) \(.via)"] | sort | join(",")')" = 'Client01 tcp,Client02 web' ]
    }
    history_has
    ctl history > text
    file_has text 'ADDRESS  *VIA  CONNECTED'
    stop
    start_web --journal journal --user "$me"
    history_has
}

@test "who knew the key, or came through a proxy, is marked by the way that was taken, too" {
    command -v perl > /dev/null || skip "perl is not installed"
    echo secret > key
    chmod 600 key
    start_web --journal journal --user "$me" --proxy 127.0.0.1 --key-file key --max-clients 5
    head='PROXY TCP4 192.0.2.7 127.0.0.1 5000 8000\r\n'
    connect a
    printf '%b' "$head" >&"$a"
    expect_like $a '331 sha256 .*'
    comes_in b "$head"
    await '[ "$(grep -c "	knocked	" journal)" -eq 2 ]'
    grep -q $'\tknocked\t.*\t192.0.2.7\t5000\t.*\tvia=proxy\t' journal
    grep -q $'\tknocked\t.*\t192.0.2.7\t5000\t.*\tvia=web+proxy\t' journal
    challenge=${line#331 sha256 }
    say $a "key:$(perl -MDigest::SHA=hmac_sha256_hex -e 'print hmac_sha256_hex("rollcall-key:$ARGV[0]", "secret")' "$challenge")"
    expect $a '220 Enter Client01'
    grep -q $'\tarrived\t1\t1\tClient01\t192.0.2.7\t5000\tvia=proxy\t' journal
    [ "$(ctl status --json | jq -r '.clients[0].via')" = proxy ]
}

@test "a room with a key hands its files to members alone; a page without one gives no tokens" {
    echo secret > key
    chmod 600 key
    start_web --key-file key
    [ "$(curl -s -o body -w '%{http_code}' "$url/files/meow.txt")" = 403 ]
    [ "$(curl -s -o body -w '%{http_code}' "$url/files/?json")" = 403 ]
    [ "$(curl -s -o body -w '%{http_code}' "$url/")" = 200 ]
    url=$url room << 'E'
import hmac, urllib.error, urllib.request

def fetch(path):
    return urllib.request.urlopen(os.environ["url"] + path, timeout=60).read().decode()

async def main():
    async with enter("331 sha256 ") as room:
        challenge = room.greeting.split()[2]
        proof = hmac.new(b"secret", b"rollcall-key:" + challenge.encode(), "sha256").hexdigest()
        assert (await room.ask("key:" + proof)).startswith("220 ")
        token = (await room.ask("token:")).removeprefix("218 ")
        assert fetch("/files/meow.txt?token=" + token) == "meow\n"
        assert f'href="meow.txt?token={token}"' in fetch("/files/?token=" + token)
        assert '"meow.txt"' in fetch("/files/?json&token=" + token)
    for wrong in token, "0" + token, token[:-1], token.replace(".", "", 1), "...", "":
        try:
            while True: # until the session that had it is gone
                fetch("/files/meow.txt?token=" + wrong)
        except urllib.error.HTTPError as error:
            assert error.code == 403
E
    stop
    start
    connect a
    expect $a '220 Enter Client01'
    say $a token:
    expect $a '550 This room has no page.'
}

@test "a download goes on while others come and go, ends with the daemon, and a reader that stops is cut off" {
    head -c 200000000 /dev/zero > share/zeros
    start_web --patience 1
    curl -s --limit-rate 1M -o zeros "$url/files/zeros" 3>&- &
    client=$!
    await 'logged "Sending file: zeros"'
    connect a
    expect $a '220 Enter Client01'
    [ "$(curl -s "$url/files/meow.txt")" = meow ]
    stop
    [ "$status" -eq 0 ]
    run ! wait "$client"
    start_web --patience 1
    exec {fd}<> "/dev/tcp/127.0.0.1/$web"
    printf 'GET /files/zeros HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$fd"
    await running
    all_left
}

@test "downloads that nobody reads leave room for the page" {
    head -c 200000000 /dev/zero > share/zeros
    start_web --exempt 192.0.2.1
    for i in {1..25}; do
        exec {fd}<> "/dev/tcp/127.0.0.1/$web"
        printf 'GET /files/zeros HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$fd"
        fds+=("$fd")
    done
    refused=0
    for fd in "${fds[@]}"; do
        IFS= read -r -t 60 -u "$fd" line
        [[ $line != 'HTTP/1.1 503 '* ]] || refused=$((refused + 1))
    done
    [ "$refused" -eq 1 ]
    [ "$(curl -s -o page -w '%{http_code}' "$url/")" = 200 ]
}

@test "who is sent away gets no more of a file" {
    head -c 200000000 /dev/zero > share/zeros
    start_web
    anna_fetches
    await 'logged "Sending file: zeros"'
    ctl kick anna
    expect $a '421 You were sent away.'
    [ "$(cat <&"$fd" | wc -c)" -lt 100000000 ]
    anna_has() {
        ctl handouts --json > handouts.json
        [ "$(jq -r '[.handouts[] | select(.file == "zeros") | "\(.client) \(.has)"] | join(",")' handouts.json)" = "$1" ]
    }
    await 'anna_has "anna part"'
}

@test "a query that is too long for a redirect is answered so" {
    start_web
    mkdir share/sub
    long=$(printf '%03000d' 0)
    for path in /files /files/sub; do
        [ "$(curl -s -o /dev/null -w '%{http_code}' "$url$path?$long")" = 414 ]
        [ "$(curl -s -o /dev/null -w '%{http_code}' "$url$path?json")" = 301 ]
    done
}

@test "a socket that the service manager calls web is the page's, and the other one the room's" {
    command -v perl > /dev/null || skip "perl is not installed"
    two='use Socket; use POSIX (); my @s;
        for (0, 1) { socket($s[$_], PF_INET, SOCK_STREAM, 0) or die; bind($s[$_], sockaddr_in(0, INADDR_LOOPBACK)) or die;
            listen($s[$_], 128) or die; POSIX::dup2(fileno($s[$_]), 10 + $_); }
        for (0, 1) { POSIX::dup2(10 + $_, 3 + $_); }
        $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 2; $ENV{LISTEN_FDNAMES} = "web:rollcalld.socket"; exec @ARGV or die;'
    launch perl -e "$two" "$build/rollcalld" --name "$room" --share share
    read_web
    [ "$web" -ne "$port" ]
    [ "$(curl -s -o body -w '%{http_code}' "$url/")" = 200 ]
    connect a
    expect $a '220 Enter Client01'
}

@test "a download goes on while the daemon is replaced, and a member over a WebSocket stays" {
    head -c 3000000 /dev/urandom > share/big
    mkdir bin
    cp "$build/rollcalld" bin/rollcalld
    launch "$PWD/bin/rollcalld" --port 0 --web 127.0.0.1:0 --name "$room" --share share
    read_web
    curl -s --limit-rate 1M -o big "$url/files/big" 3>&- &
    client=$!
    logged 'Sending file: big'
    ctl=$build/rollcallctl room=$room room << 'E'
async def main():
    async with enter() as anna:
        program = await asyncio.create_subprocess_exec(os.environ["ctl"], "--name", os.environ["room"], "upgrade")
        code = await program.wait()
        assert code in (0, 1), code # 1: a system that cannot do that
        assert await anna.ask("still here") == "200 still here ACK"
        async with enter() as ben:
            assert await ben.ask("me too") == "200 me too ACK"
E
    wait "$client"
    cmp big share/big
    [ "$(curl -s "$url/files/meow.txt")" = meow ]
}
