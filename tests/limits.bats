#!/usr/bin/env bats
# Which clients are admitted, how many and how fast, and how slow a client may be. The sessions are in
# transcripts/limits/.

load helpers

status_says() { # PATTERN: in what rollcallctl counts
    await "status_has ${1@Q}"
}

@test "so many clients from one address, and no more" {
    transcript limits/per-address
}

@test "so many connections a second from one address" {
    transcript limits/address-rate
}

@test "so many connections a second from all" {
    transcript limits/connection-rate
}

@test "networks are allowed and denied" {
    transcript limits/networks
    run -2 "$build/rollcalld" --allow 127.0.0.1/8
    [ "$output" = "rollcalld: --allow '127.0.0.1/8': expected a network, as 192.168.1.0/24 or fd00::/8, or an address" ]
}

@test "a flood from one address: another address's client is served" {
    start --exempt 192.0.2.0/24 -m 20 --address-rate 5 # so that the machine's own addresses are limited, too
    keeper=$(mktemp -u keeper.XXXX) && mkfifo "$keeper"
    exec {to}<>"$keeper"
    nc -s 127.0.0.2 127.0.0.1 "$port" <&"$to" > answers 3>&- &
    await 'file_has answers "^220"'
    for i in {1..4}; do
        for j in {1..300}; do
            { exec {x}<>"/dev/tcp/127.0.0.1/$port" && exec {x}>&-; } 2> /dev/null || true
        done &
        floods+=("$!")
    done
    for i in {1..50}; do
        echo "moo $i" >&"$to"
        await "file_has answers '^200 moo $i ACK$'"
    done
    wait "${floods[@]}"
    status_says 'too fast from one address [1-9][0-9][0-9]'
    disconnect "$to"
    kill %1 || true
}

@test "a line must end in time, also when it comes byte by byte; silence may last" {
    transcript limits/line-time
}

@test "clients that are half-open, dribble or never read are ended, and the others are served" {
    truncate -s 200M share/big
    start --line-time 2 --patience 2 -m 400
    connect keeper && expect $keeper '220 Enter Client01'
    "$build/tools/crowd" "$port" 300 > crowd 3>&- &
    crowd=$!
    await 'file_has crowd crowd'
    say $keeper moo
    expect $keeper '200 moo ACK'
    await 'has_handlers 1'
    kill "$crowd"
    status_says 'left: read nothing 100, line not ended 200$'
    say $keeper moo
    expect $keeper '200 moo ACK'
}

@test "idle clients are ended with --idle-limit" {
    transcript limits/idle
}

@test "a ping is no activity: the client is idle in status, and for --idle-limit" {
    start
    "$build/rollcall" -p "$port" --ping 1 listen > heard 3>&- &
    client=$!
    await '[ "$(ctl status --json | jq ".clients[0].idle_seconds | floor")" -ge 4 ]'
    ctl say moo
    await 'file_has heard moo'
    [ "$(ctl status --json | jq '.clients[0].idle_seconds | floor')" -ge 4 ]
    kill "$client"
    stop
    start --idle-limit 3
    connect a
    say $a hello ''
    expect $a '220 Enter Client01' '200 hello ACK' '200  ACK'
    while say $a '' && IFS= read -r -t 60 -u "$a" line && [ "$line" = '200  ACK' ]; do rest 0.2; done
    [ "$line" = '421 Idle for too long: 3 seconds.' ]
}

@test "a request behind a ping is as new as the ping: nobody waits for as long as the client was idle" {
    # a request counts 64 bytes, so 3.6 s; with ten in store three fit if the last two come two seconds later
    start --request-rate 18
    connect a && hear "$a"
    say "$a" hello && expect "$a" '200 hello ACK'
    await '[ "$(ctl status --json | jq ".clients[0].idle_seconds | floor")" -ge 3 ]'
    env printf '\nhello\n' >&"$a" # in one write
    expect "$a" '200  ACK'
    expect "$a" '200 hello ACK'
    [ "$(ctl metrics | awk '/^rollcall_slowed/ { print $NF }')" -eq 0 ]
}

@test "a client that asks too fast is slowed down, and gets all answers" {
    transcript limits/request-rate
}

@test "a client that does not read its file is ended" {
    truncate -s 200M share/big
    transcript limits/unread-file
}

@test "a client that reads too slowly is ended, one that reads is not" {
    truncate -s 200M share/big
    start --patience 1 --min-rate 1M
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    say $a file:big
    say $b file:big exit
    cat <&"$b" > all 3>&- &
    { while head -c 100; do rest 0.1; done } <&"$a" > /dev/null 2>&1 3>&- &
    slow=$!
    logged 'Client02 disconnected: exit'
    logged 'Client01 disconnected: did not read its replies'
    kill "$slow"
}

@test "a client that does not read its replies is ended" {
    transcript limits/unread-replies
}

@test "a hand-in that stops, or dribbles, is ended" {
    mkdir -m 777 inbox
    transcript limits/handin-slow
    all_left
    [ -z "$(find inbox -type f ! -name .lock)" ]
}

@test "an IPv4 network in its IPv6 spelling is the same" {
    start --deny ::ffff:127.0.0.1
    connect a && expect $a '421 You may not connect from there.'
    connect b ::1 && expect $b '220 Enter Client01'
    stop
    start --allow ::ffff:127.0.0.0/104
    connect a && expect $a '220 Enter Client01'
    connect b ::1 && expect $b '421 You may not connect from there.'
}

# ---- the key

@test "a key that an editor of another system wrote is the same key" {
    (umask 077 && printf 'secret\r\n' > key && printf 'secret' > other)
    start --key-file key
    run "$build/rollcall" -p "$port" --key-file other send moo
    [ "$status" -eq 0 ]
}

@test "a room with a key: the right one, a wrong one, and none" {
    (umask 077 && echo secret > key && echo wrong > other)
    start --key-file key
    run "$build/rollcall" -p "$port" --key-file key send moo
    [ "$status" -eq 0 ]
    [ "$output" = 'moo ACK' ]
    ROLLCALL_KEY_FILE=key run "$build/rollcall" -p "$port" send moo
    [ "$output" = 'moo ACK' ]
    run "$build/rollcall" -p "$port" -k other send moo
    [ "$status" -eq 1 ]
    [ "$output" = 'rollcall: Wrong key' ]
    run setsid "$build/rollcall" -p "$port" send moo < /dev/null
    [ "$status" -eq 1 ]
    [ "$output" = 'rollcall: the room has a key: expected --key-file FILE' ]
    # a client that has not proven the key is not in the table
    connect a && expect_like $a '331 sha256 [0-9a-f]{64}'
    "$build/rollcallctl" -n "$room" status | grep -q '0 of 3 present'
    say $a 'key:0000'
    expect $a '535 Wrong key.'
    expect_end $a
    status_says 'refused: wrong key 2$'
    run ! grep -q secret "$log"
}

@test "the challenge differs each time, and no request is answered before it" {
    (umask 077 && echo secret > key)
    transcript limits/key
}

@test "the key is asked for at a terminal, and not shown" {
    command -v tmux > /dev/null || skip "tmux is not installed"
    (umask 077 && echo 'secret words' > key)
    start --key-file key
    tmux -L "$room" -f /dev/null new-session -d -x 80 -y 24 "'$build/rollcall' -p $port; read -r _"
    await 'tmux -L "$room" capture-pane -p | grep -q "The room.s key:"'
    tmux -L "$room" send-keys 'secret words' Enter
    await 'tmux -L "$room" capture-pane -p | grep -q "Enter Client01"'
    run ! grep secret <(tmux -L "$room" capture-pane -p)
}

@test "keys that cannot be used" {
    echo secret > key && chmod 644 key
    run "$build/rollcalld" --share share --name "$room" --port 0 --key-file key
    [ "$status" -eq 1 ]
    [ "$output" = "rollcalld: everybody may read or change the key in 'key'; try chmod 600 on it" ]
    run "$build/rollcall" --key-file none send moo
    [ "$status" -eq 1 ]
    [ "$output" = "rollcall: cannot read the key in 'none': No such file or directory" ]
    : > key && chmod 600 key
    run "$build/rollcall" --key-file key send moo
    [ "$output" = "rollcall: --key-file 'key': expected a key of 1 to 1024 bytes in it" ]
}
