#!/usr/bin/env bats
# HTTP: what browsers and programs like curl are answered.

load helpers

setup_file() {
    command -v curl > /dev/null || skip "curl is not installed"
}

# start_web [OPTION...]: as start; sets $web to the page's port, and $url to its beginning.
start_web() {
    start --web 127.0.0.1:0 "$@"
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
    curl -sI "$url/" > head
    file_has head '^Content-Length: [1-9]'
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
