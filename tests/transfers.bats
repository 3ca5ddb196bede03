#!/usr/bin/env bats
# Transfers when things go wrong: cut connections, killed handlers and daemons, full disks, files that
# change, many clients at once.

load helpers

get() { # OPTION... NAME...
    status=0
    "$build/rollcall" -h 127.0.0.1 -p "$port" "$@" > out 2> err || status=$?
}

get_in_background() { # OPTION... NAME...
    "$build/rollcall" -h 127.0.0.1 -p "$port" "$@" > out 2> err &
    getting=$!
}

cut_after() { # LEAST MOST: starts a relay that cuts connections to the server; sets $port to its port
    seed=$RANDOM
    echo "seed $seed"
    : > cuts
    "$build/tools/cut" "$port" "$seed" "$1" "$2" > cuts 3>&- &
    cutter=$!
    await 'file_has cuts port'
    port=$(sed -n 's/^port //p' cuts)
}

part_has() { # FILE BYTES: at least BYTES have arrived, or the whole file
    await '[ "$(stat -c %s '"$1"'.part)" -gt '"$2"' ] || [ -e '"$1"' ]' || { cat err; return 1; }
}

@test "cut at random bytes until 300 MB are complete: no byte comes twice" {
    head -c 300000000 /dev/urandom > share/big
    start
    cut_after 10000000 60000000
    tries=0
    until get --retries 0 get big; [ "$status" -eq 0 ]; do
        [ ! -e big ]
        tries=$((tries + 1))
        [ "$tries" -lt 40 ]
    done
    kill $cutter
    cmp big share/big
    [ ! -e big.part ]
    cuts=$(grep -c cut cuts)
    [ "$cuts" -ge 4 ]
    wire=$(awk '/cut|end/ {bytes += $1} END {printf "%d", bytes}' cuts)
    echo "$cuts cuts, $wire bytes"
    [ "$wire" -ge 300000000 ]
    [ "$wire" -le $((300000000 + (cuts + 1) * 65536)) ]
}

@test "get resumes after a cut, as long as bytes come" {
    head -c 5000000 /dev/urandom > share/big
    start
    cut_after 1000000 2000000
    get --retries 1 get big
    kill $cutter
    [ "$status" -eq 0 ] || { cat err; return 1; }
    cmp big share/big
    [ "$(grep -c 'trying again in 1 s (1 of 1)' err)" -ge 2 ]
    [ "$(grep -c '^big: resuming at' err)" -ge 2 ]
}

@test "put itself starts again after a cut" {
    mkdir -m 777 inbox
    start --inbox inbox --inbox-free 0
    head -c 5000000 /dev/urandom > big
    # the connection is cut during the server's answers, before and after the bytes
    cut_after 1 150
    status=0
    for i in {1..20}; do
        status=0
        "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous --retries 0 put big > out 2> err || status=$?
        [ "$status" -ne 0 ] || break
    done
    kill $cutter
    await '! [ -e inbox/.incoming-* ]'
    for file in inbox/Client*/*; do
        cmp "$file" big
        [[ $file != *~ ]]
    done
}

@test "handlers killed at random: get goes on" {
    head -c 80000000 /dev/urandom > share/big
    start
    get_in_background --retries 5 get big
    for i in {1..3}; do
        part_has big $((RANDOM * 600 * i))
        # shellcheck disable=SC2046
        kill -9 $(handlers) 2> /dev/null || true
        [ ! -e big ] || cmp big share/big
    done
    wait $getting || { cat err; return 1; }
    cmp big share/big
    [ ! -e big.part ]
}

@test "the daemon killed and started again: get goes on" {
    head -c 80000000 /dev/urandom > share/big
    start
    get_in_background --retries 20 get big
    part_has big $((RANDOM * 1200))
    stop KILL
    [ ! -e big ] || cmp big share/big
    launch "$build/rollcalld" --port "$port" --name "$room" --share share
    wait $getting || { cat err; return 1; }
    cmp big share/big
    [ ! -e big.part ]
}

@test "a file replaced or grown during a download: the server's last version arrives" {
    for change in 'cp new share/big.new && mv share/big.new share/big' 'cat new >> share/big'; do
        head -c 300000000 /dev/urandom > share/big
        head -c 1000000 /dev/urandom > new
        rm -f big
        start
        get_in_background get big
        part_has big 1000000
        kill -STOP $getting
        eval "$change"
        kill -CONT $getting
        wait $getting || { cat err; return 1; }
        grep -q '^rollcall: big changed since the download began: fetching all of it again$' err
        cmp big share/big
        [ ! -e big.part ]
        stop
    done
}

@test "a full local disk: a message, the session goes on, and the file resumes when there is room" {
    [ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
    mkdir small
    mount -t tmpfs -o size=1m tmpfs small 2> /dev/null || skip "nothing can be mounted here"
    head -c 3000000 /dev/urandom > share/big
    start
    get -o small get big meow.txt
    mount -o remount,size=20m small
    cp err err.first
    first=$status
    get -o small get big
    same=$(cmp small/big share/big && ls small)
    umount small
    [ "$first" -eq 1 ]
    grep -q '^rollcall: cannot write small/big.part: No space left on device$' err.first
    [ "$status" -eq 0 ]
    run ! grep -q 'File received: big' err.first
    grep -q '^big: resuming at [1-9][0-9]* %$' err
    grep -q '^File received: big$' err
    [ "$same" = big ] || [ "$same" = 'big
meow.txt' ]
}

@test "forty downloads at once: all complete, one read for the digest" {
    head -c 5000000 /dev/urandom > share/big
    start -m 40
    older_than 1 share/big
    declare -a pids
    for i in {1..40}; do
        mkdir $i
        "$build/rollcall" -h 127.0.0.1 -p "$port" -q -o $i get big 2> $i/err &
        pids[i]=$!
    done
    for i in {1..40}; do
        wait ${pids[$i]} || { cat $i/err; return 1; }
        cmp $i/big share/big
    done
    run "$build/rollcallctl" -n "$room" handouts
    [ "$(grep -c ' verified ' <<< "$output")" -eq 40 ]
}
