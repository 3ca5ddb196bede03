#!/usr/bin/env bats
# rollcall: its commands, the filter, the files that it saves, and its errors.

bats_require_minimum_version 1.5.0
load helpers

client() { # OPTION... [COMMAND...]: its stdout is in out, its stderr in err
    status=0
    "$build/rollcall" -h 127.0.0.1 -p "$port" "$@" > out 2> err || status=$?
}

# mark NAME BYTES: prints what ends a part of the file NAME of which so many bytes have arrived.
mark() {
    printf '\nrollcall part %.16s %020d\n' "$(printf %s "$1" | sha256sum)" "$2"
}

@test "wrong usage: one line and status 2" {
    port=1
    for wrong in '-p' '-p 0' '-p 65536' '-p x' '--hosts x' '--no x' '-x' '-fx' '-' '-- -f' 'frob' 'get' \
        'status now' 'list a b' '--force=yes' '-o f get a b' '--retries x status' 'get -x a' 'get -r=1' \
        'list --all' 'wait -x' 'listen --xml' 'send' 'tell -- --help' 'send --'; do
        # shellcheck disable=SC2086
        run "$build/rollcall" $wrong < /dev/null
        [ "$status" -eq 2 ] || { echo "$wrong: $status $output"; return 1; }
        [ "${#lines[@]}" -eq 1 ]
        [[ $output =~ ^rollcall( [a-z]+)?:\  ]]
    done
    run "$build/rollcall" put --xyz file
    [ "$output" = "rollcall put: --xyz: no such option; see 'rollcall put --help'" ]
    run "$build/rollcall" lst
    [ "$status" -eq 2 ]
    [ "$output" = "rollcall: lst: no such command (did you mean list?); see 'rollcall --help'" ]
    run "$build/rollcall" ''
    [ "$status" -eq 2 ]
    [ "$output" = "rollcall: expected a command, not an empty word; see 'rollcall --help'" ]
    run "$build/rollcall" send "$(printf 'a\nb')"
    [ "$status" -eq 2 ]
    run "$build/rollcall" get ''
    [ "$status" -eq 2 ]
    run "$build/rollcall" send "$(printf '%05000d' 0)"
    [ "$status" -eq 2 ]
    ROLLCALL_PORT=none run "$build/rollcall" status
    [ "$status" -eq 2 ]
    [ "$output" = "rollcall: ROLLCALL_PORT 'none': expected a number from 1 to 65535" ]
    ROLLCALL_PORT=none run "$build/rollcall" -p 0 status
    [ "$output" = "rollcall: --port '0': expected a number from 1 to 65535" ]
    run "$build/rollcall" --help
    [ "$status" -eq 0 ]
    [[ $output == *"get [-r] NAME..."*"--output"* ]]
    # the descriptions are in one column
    [ "$(grep -c '^  .*--' <<< "$output")" -gt 10 ]
    run -1 grep -v '^.\{22\}  [^ ]' <<< "$(sed -n '/^Options/,$p' <<< "$output" | tail -n +2)"
    run "$build/rollcall" --version
    [[ $output == "rollcall "[0-9]* ]]
}

@test "every command has --help, without a server" {
    for command in status history list get put send tell listen wait help; do
        run "$build/rollcall" -p 1 "$command" --help
        [ "$status" -eq 0 ]
        [[ $output == "usage: rollcall $command"*"--help "* ]]
    done
    run "$build/rollcall" put --rec x --he
    [ "$status" -eq 0 ]
}

@test "options in every spelling, and text that looks like one" {
    touch share/-x
    mkdir there
    start
    "$build/rollcall" -qfh127.0.0.1 --po="$port" --out there get -- -x meow.txt
    [ -e there/-x ] && cmp share/meow.txt there/meow.txt
    "$build/rollcall" -p "$port" -qo there get --recu > out
    cmp share/Client.py there/Client.py
    client send --help me
    [ "$(cat out)" = "--help me ACK" ]
    client send -1 -- is wrong
    [ "$(cat out)" = "-1 -- is wrong ACK" ]
    client send -- --help
    [ "$(cat out)" = "--help ACK" ]
    ROLLCALL_PORT=none client status # the option overrides the environment
    [ "$status" -eq 0 ]
}

@test "rollcall's own options behind a command, and among its operands" {
    mkdir there
    mkdir -m 777 inbox
    touch ./-f
    start --inbox inbox
    "$build/rollcall" get -p "$port" meow.txt -qo there Client.py -h127.0.0.1
    cmp share/meow.txt there/meow.txt && cmp share/Client.py there/Client.py
    echo other > meow.txt
    "$build/rollcall" -p "$port" get meow.txt -f
    cmp share/meow.txt meow.txt
    "$build/rollcall" -p "$port" put meow.txt -n zed -- -f
    cmp inbox/zed/meow.txt meow.txt && [ -e inbox/zed/-f ]
    run -2 "$build/rollcall" -p "$port" put meow.txt -n zed --anonymous
    run -2 "$build/rollcall" get meow.txt --nosuch
    [ "$output" = "rollcall get: --nosuch: no such option; see 'rollcall get --help'" ]
    client send hello -n zed # text stays text
    [ "$(cat out)" = "hello -n zed ACK" ]
    run -0 "$build/rollcall" put --help
    [[ $output == *'-n, --nick NAME '*'--anonymous '*'--as NAME '* ]]
}

@test "what is not there: the error names it, and what to do" {
    mkdir -p share/sub
    echo x > share/sub/a.c
    start
    while IFS='|' read -r words error; do
        # shellcheck disable=SC2086
        run "$build/rollcall" -p "$port" $words < /dev/null
        [ "$status" -gt 0 ]
        [[ $output == "rollcall"*": $error" ]] || { echo "$words: $output"; return 1; }
    done <<'END'
get nosuch|nosuch: File not found.
get sub|sub is a directory; 'get -r' fetches it with its contents
get sub/|'sub/': expected the name of a file; 'get -r' fetches a directory
list nosuch|nosuch: Directory not found.
list meow.txt|meow.txt: Directory not found.
list -l nosuch|nosuch: Directory not found.
-o nodir/ get meow.txt|cannot write nodir/meow.txt: its directory does not exist; make it first
-o nodir get meow.txt sub/a.c|expected a directory after --output for several files, not 'nodir'; make it first
put nosuch|cannot read nosuch: No such file or directory
END
}

@test "no server: one clear line and status 1" {
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
    [ "$(cat err)" = "rollcall: nowhere: Directory not found." ]
    client history
    [ "$(wc -l < out)" -eq 4 ]
    client send hello there
    [ "$(cat out)" = "hello there ACK" ]
    client send status
    [ "$(cat out)" = "status ACK" ]
    client help
    grep -q '^file:NAME ' out
    logged 'Client02 disconnected: exit'
}

@test "list -l, and status, history and list as JSON" {
    command -v jq > /dev/null || skip "jq is not installed"
    touch -d '2025-02-10 16:57:14 UTC' share/*
    mkdir -p 'share/sub "x"'
    touch -d '2025-02-10 16:57:14 UTC' 'share/sub "x"'
    touch "share/$(printf 'bad\377')"
    start
    client list -l
    [ "$status" -eq 0 ]
    [ "$(cat out)" = '          16 2025-02-10T16:57:14Z Client.py
          16 2025-02-10T16:57:14Z Server.py
           5 2025-02-10T16:57:14Z meow.txt
           - 2025-02-10T16:57:14Z sub "x"/' ]
    grep -q ': 1$' err
    client list --long 'sub "x"'
    [ "$status" -eq 0 ]
    [ ! -s out ]
    client list --json
    [ "$(jq -c .hidden out)" = 1 ]
    [ "$(jq -c '.files[2:][]' out)" = '{"name":"meow.txt","directory":false,"size":5,"changed":"2025-02-10T16:57:14Z"}
{"name":"sub \"x\"","directory":true,"size":null,"changed":"2025-02-10T16:57:14Z"}' ]
    client list --json nowhere
    [ "$status" -eq 1 ]
    [ ! -s out ]
    [ "$(cat err)" = 'rollcall: nowhere: Directory not found.' ]
    all_left
    connect a && expect $a '220 Enter Client01'
    client -n anna status --json
    [ "$status" -eq 0 ]
    [ "$(jq -c '[.present, .clients[].name]' out)" = '[2,"Client01","anna"]' ]
    # the same keys as rollcallctl has; the server's local time is UTC here
    [ "$(jq -r '.clients[0].connected' out)Z" = "$(ctl status --json | jq -r '.clients[0].connected')" ]
    all_left() { await 'has_handlers 1'; }
    all_left
    client history --json
    [ "$(jq -c '.sessions[-1] | keys' out)" = '["connected","left","name"]' ]
    [ "$(jq -r '.sessions[-1] | .name' out)" = anna ]
    [ "$(jq -r '.sessions[-1] | .left' out)Z" = "$(ctl history --json | jq -r '.sessions[-2:][] | select(.name == "anna") | .left')" ]
    # a server without long lists, and one that answers with something else
    fake '220 Enter Client01\n200 list-long ACK\n221 Bye.\n'
    client list -l
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: the server does not understand 'list-long'" ]
    fake '220 Enter Client01\n211-1 clients\n nonsense\n211 End\n221 Bye.\n'
    client status --json
    [ "$status" -eq 1 ]
    grep -q 'the program at that port is not rollcalld' err
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

@test "a full server: a message and status 1" {
    start -m 1
    connect a && expect $a '220 Enter Client01'
    client status
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: Server full: 1 of 1. Try --wait to wait for a place" ]
    [ ! -s out ]
}

@test "full: --wait waits in the queue, for ever or for a time" {
    start -m 1
    connect a && expect $a '220 Enter Client01'
    client --wait=1 status
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "The room is full. You are number 1 in the queue
rollcall: Server full: 1 of 1; gave up after 1 s" ]
    await 'status_has ": 1 of 1 present, since"'
    for name in first second; do
        "$build/rollcall" -h 127.0.0.1 -p "$port" --wait -n $name send 'at last' > "$name.said" 2> "$name.waits" 3>&- {a}>&- &
        await 'file_has '$name'.waits "You are number"'
    done
    file_has second.waits 'You are number 2 in the queue'
    say "$a" exit
    await '[ -s first.said ] && [ -s second.said ]'
    [ "$(cat first.said second.said)" = "at last ACK
at last ACK" ]
    [ "$(cat second.waits)" = "The room is full. You are number 2 in the queue
The room is full. You are number 1 in the queue" ]
    client --wait=0 status
    [ "$status" -eq 2 ]
    grep -q -- "--wait '0': expected a number of seconds, from 1 to 604800" err
    # not a full room: nothing is waited for
    stop
    start --deny 127.0.0.1
    client --wait status
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: You may not connect from there" ]
}

@test "full: a queue that ends with the server is joined anew at the next" {
    start -m 1
    connect a && expect $a '220 Enter Client01'
    "$build/rollcall" -h 127.0.0.1 -p "$port" --wait -q send 'at last' > said 2> waits 3>&- {a}>&- &
    local waiter=$!
    await 'status_has "1 waiting"'
    stop
    disconnect $a
    await 'file_has waits "cannot connect"'
    launch "$build/rollcalld" --port "$port" --name "$room" --share share
    wait "$waiter"
    [ "$(cat said)" = 'at last ACK' ]
    [[ $(cat waits) == "rollcall: cannot connect to 127.0.0.1 port $port: "* ]]
}

@test "full: a server that has no queue is asked again and again, and not hammered" {
    fake_full() { # each connection is told so
        printf '421 Server full: 3 of 3.\n' > session
        socat -d -d TCP-LISTEN:0,bind=127.0.0.1,reuseaddr,fork "OPEN:session,rdonly!!OPEN:/dev/null,wronly" \
            2> fake.log 3>&- &
        faker=$!
        await 'file_has fake.log "listening on"'
        port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' fake.log)
    }
    command -v socat > /dev/null || skip "socat is not installed"
    fake_full
    client --wait=6 status
    [ "$status" -eq 1 ]
    grep 'accepting connection' fake.log > tries
    cat tries err
    [[ $(cat err) =~ ^"Server full: 3 of 3. Trying again until there is a place
rollcall: Server full: 3 of 3; gave up after 6 s and "[2-5]' tries'$ ]]
    [ "$(wc -l < tries)" -ge 2 ]
    [ "$(wc -l < tries)" -le 5 ]
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
    [ -z "$(find . -maxdepth 1 -name '*.part')" ]
}

@test "get goes on after a failure, and fails" {
    start
    client get nowhere meow.txt ..
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: nowhere: File not found.
File received: meow.txt
rollcall: '..': expected the name of a file; 'get -r' fetches a directory" ]
    [ -z "$(find . -maxdepth 1 -name '*.part')" ]
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
    [ "$(cat err)" = "rollcall: cannot write meow.txt: it is a directory here; 'get -r' fetches a directory" ]
    rmdir meow.txt
    mkfifo meow.txt
    client -f get meow.txt
    [ "$(cat err)" = 'rollcall: cannot write meow.txt: it exists and is not a regular file' ]
    rm meow.txt
    mkdir meow.txt
    [ -d meow.txt ]
    [ ! -e meow.txt.part ]
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
    [[ $(cat err) == "rollcall: cannot write nowhere/meow.txt: its directory does not exist"* ]]
}

@test "a full disk: a message, other files are fetched, and the file resumes when there is room" {
    start
    head -c 3000000 /dev/urandom > share/big
    status=0
    (ulimit -f 1000
        "$build/rollcall" -h 127.0.0.1 -p "$port" get big meow.txt > out 2> err) || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: cannot write big.part: File too large
File received: meow.txt" ]
    [ ! -e big ]
    client get big
    [ "$status" -eq 0 ]
    [[ $(cat err) == 'big: resuming at 3'[0-4]' %
File received: big' ]]
    cmp big share/big
    [ ! -e big.part ]
}

@test "a part of another file is detected by its digest and fetched again" {
    start
    head -c 3000000 /dev/urandom > share/big
    { head -c 1000000 /dev/urandom; mark big 1000000; } > big.part
    client get big
    [ "$status" -eq 0 ]
    [ "$(cat err)" = "big: resuming at 33 %
rollcall: big changed since the download began: fetching all of it again
File received: big" ]
    cmp big share/big
    rm big
    { head -c 4000000 /dev/urandom; mark big 4000000; } > big.part
    client get big
    [ "$(cat err)" = "File received: big" ]
    cmp big share/big
}

@test "what rollcall did not make is no part: it stays as it is" {
    start
    hash=$(printf meow.txt | sha256sum | cut -c 1-16)
    for make in 'echo mine >' 'echo "mine$(mark other 4)" >' 'touch' 'mkfifo' 'mkdir' 'ln -s elsewhere'; do
        eval "$make" meow.txt.part
        before=$(stat -c '%i %s %Y' meow.txt.part)
        client get meow.txt
        [ "$status" -eq 0 ]
        cmp meow.txt share/meow.txt
        [ "$(stat -c '%i %s %Y' meow.txt.part)" = "$before" ]
        rm -r meow.txt meow.txt.part
    done
    [ ! -e elsewhere ]
    echo mine > meow.txt.part
    echo mine > "rollcall-$hash.part"
    client get meow.txt
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: cannot write rollcall-$hash.part: it exists and was not made by rollcall; move it away" ]
    [ "$(cat meow.txt.part "rollcall-$hash.part")" = $'mine\nmine' ]
}

@test "a share with x and x.part: each is fetched, in both orders, and again with -f" {
    head -c 1000000 /dev/urandom > share/x
    head -c 1000000 /dev/urandom > share/x.part
    start
    mkdir one two three
    client -o one get x x.part
    [ "$status" -eq 0 ]
    client -o two get x.part x
    [ "$status" -eq 0 ]
    client -o three get -r
    [ "$status" -eq 0 ]
    for directory in one two three; do
        cmp share/x $directory/x
        cmp share/x.part $directory/x.part
    done
    echo changed > share/x
    client -f -o one get x
    [ "$status" -eq 0 ]
    cmp share/x one/x
    cmp share/x.part one/x.part
    [ "$(ls one)" = $'x\nx.part' ]
}

@test "names of 251 to 255 bytes, resumed as others are" {
    for length in 250 251 255; do
        name=$(printf "%0${length}d" 0)
        head -c 3000000 /dev/urandom > "share/$name"
        start
        "$build/rollcall" -h 127.0.0.1 -p "$port" get "$name" > out 2> err
        cmp "$name" "share/$name"
        rm "$name"
        part=rollcall-$(printf %s "$name" | sha256sum | cut -c 1-16).part
        [ "$length" -gt 250 ] || part=$name.part
        { head -c 1500000 "share/$name"; mark "$name" 1500000; } > "$part"
        client get "$name"
        [ "$status" -eq 0 ]
        grep -q ': resuming at 50 %$' err
        cmp "$name" "share/$name"
        [ "$(find . -maxdepth 1 -name '*.part')" = '' ]
        stop
    done
}

@test "-o -: standard output gets the file and nothing else" {
    start
    head -c 3000000 /dev/urandom > share/big
    client -o - get big
    [ "$status" -eq 0 ]
    cmp out share/big
    [ "$(cat err)" = 'File received: big' ]
    client -o - get Client.py nowhere meow.txt
    [ "$status" -eq 1 ]
    [ "$(cat out)" = "$(cat share/Client.py share/meow.txt)" ]
    status=0
    "$build/rollcall" -h 127.0.0.1 -p "$port" -o - get big 2> err | head -c 5 > out || status=${PIPESTATUS[0]}
    cmp -n 5 out share/big
    for wrong in '-o -' '-o - status' '-o - put x' '-o - get -r'; do
        # shellcheck disable=SC2086
        client $wrong < /dev/null
        [ "$status" -eq 2 ]
        [ "$(wc -l < err)" -eq 1 ]
        [ ! -s out ]
    done
    # what was there before is not written over, and what follows comes behind it
    { echo before; "$build/rollcall" -h 127.0.0.1 -p "$port" -o /dev/stdout get meow.txt; echo after; } > out 2> err
    [ "$(cat out)" = $'before\nmeow\nafter' ]
    [ -z "$(ls ./*.part 2> /dev/null)" ]
}

@test "-o -: goes on after a loss, and says what it cannot take back" {
    fake_script 'echo 220 Enter Client01; offset=0
        while read -r line; do case $line in
            pieces:*) echo 200 "$line" ACK ;;
            rest:*) offset=${line#rest:}; echo 350 go on ;;
            file:*) if [ "$offset" = 0 ]; then printf "150 6 0 x\nabc"; exit; fi
                printf "150 3 %d x\ndef" "$offset" ;;
            sum:*) echo "213 sha256 $(printf "${sum:-abcdef}" | sha256sum | cut -c 1-64) 6 x" ;;
            exit) echo 221 Bye.; exit ;;
            *) echo 250 Noted. ;;
        esac; done' ,fork
    client -o - get x
    [ "$status" -eq 0 ]
    [ "$(cat out)" = abcdef ]
    sed -i 's/:-abcdef/:-abcxyz/' script
    client -o - get x
    [ "$status" -eq 1 ]
    [ "$(tail -n 1 err)" = 'rollcall: x changed while it was fetched: the output is wrong; get it again' ]
}

@test "-o: what is no regular file is written to, a link stays one, with -f or without" {
    start
    mkdir real
    ln -s real/file link
    for force in '' -f; do
        mkfifo pipe
        # shellcheck disable=SC2086
        "$build/rollcall" $force -h 127.0.0.1 -p "$port" -o pipe get meow.txt 2> err &
        [ "$(cat pipe)" = meow ]
        wait $!
        [ -p pipe ]
        rm pipe
        # shellcheck disable=SC2086
        client $force -o /dev/null get meow.txt
        [ "$status" -eq 0 ]
        [ -c /dev/null ]
        [ "$("$build/rollcall" -h 127.0.0.1 -p "$port" -o >(cat) get meow.txt 2> err)" = meow ]
    done
    client -f -o link get meow.txt
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: cannot write link: No such file or directory' ]
    echo old > real/file
    client -o link get meow.txt
    [ "$status" -eq 1 ]
    [ "$(cat real/file)" = old ]
    client -f -o link get meow.txt
    [ "$status" -eq 0 ]
    [ -L link ]
    cmp real/file share/meow.txt
    [ "$(ls real)" = file ]
    # not in a directory, where the server chooses the name
    mkfifo real/meow.txt
    client -f -o real get meow.txt
    [ "$status" -eq 1 ]
    [ -p real/meow.txt ]
}

@test "a part that is being fetched is left alone" {
    start
    head -c 2000000 /dev/urandom > share/big
    real=$port
    mkfifo held
    exec 8<> held
    printf '220 Enter Client01\n200 pieces: ACK\n150 1000000 0 big\nonly this' >&8
    fake_from held
    "$build/rollcall" -h 127.0.0.1 -p "$port" get big > out 2> err &
    getting=$!
    await '[ -s big.part ]'
    port=$real
    client get big
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: big.part: another rollcall is fetching this file; wait until that is done, or end it" ]
    kill -9 $getting
    wait $getting || true
    exec 8>&-
    client get big
    [ "$status" -eq 0 ]
    cmp big share/big
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
    grep -q 'cannot write to standard output' err
}

@test "without standard input, output or error the connection does not take their place" {
    start
    connect a && expect $a '220 Enter Client01'
    say $a join
    expect $a "200 Joined $room"
    status=0
    "$build/rollcall" -p "$port" get one two 2>&- || status=$?
    [ "$status" -eq 1 ]
    status=0
    "$build/rollcall" -p "$port" list >&- 2> err || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: cannot write to standard output: Bad file descriptor' ]
    "$build/rollcall" -p "$port" <&- > out 2> err
    [ ! -s out ] && [ ! -s err ]
    status=0
    "$build/rollcall" -p "$port" --anonymous put --as work - <&- 2> err || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: cannot read -: Bad file descriptor' ]
    say $a moo
    while hear $a && [ "$line" != '200 moo ACK' ]; do
        [[ $line == 13[23]' Client0'[23] ]] || { echo "said in the room: $line"; return 1; }
    done
    [ "$line" = '200 moo ACK' ]
}

@test "the filter ignores room lines, joined or not" {
    start
    mkfifo in
    "$build/rollcall" -p "$port" < in > out 2> err 3>&- &
    filter=$!
    exec {in}> in
    echo join >&$in
    await 'file_has out "^Joined"'
    connect b && expect $b '220 Enter Client02'
    for i in {1..20}; do say $b "line $i" && expect $b "200 line $i ACK"; done
    echo moo >&$in
    await 'file_has out "^moo ACK$"'
    say $b exit
    expect $b '221 Bye.'
    exec {in}>&-
    wait "$filter"
    [ "$(cat out)" = "Joined $room
moo ACK" ]
    [ ! -s err ]
}

@test "the server goes away while the filter waits for input" {
    start
    mkfifo in
    "$build/rollcall" -h 127.0.0.1 -p "$port" < in > out 2> err &
    waiting=$!
    exec 7> in
    echo moo >&7
    await 'file_has out "moo ACK"'
    stop
    status=0
    wait $waiting || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: Server shutting down." ]
    exec 7>&-
}

@test "after a broken connection get reconnects and resumes" {
    head -c 5000000 /dev/urandom > share/big
    start
    head -c 2000000 share/big > begun
    { printf '220 Enter Client01\n200 pieces: ACK\n150 5000000 0 big\n'; cat begun; } > session
    # a server that closes the connection half-way, and then the real one on the same port
    real=$port
    fake_from session
    false_port=$port
    (wait_for_end=$faker; await '! kill -0 $wait_for_end'
        exec socat "TCP-LISTEN:$false_port,bind=127.0.0.1,reuseaddr,fork" "TCP:127.0.0.1:$real") 3>&- &
    relay=$!
    client get big
    kill $relay
    [ "$status" -eq 0 ]
    grep -q '^rollcall: big: the server closed the connection after 2000000 of 5000000 bytes$' err
    grep -q '^rollcall: trying again in 1 s (1 of 5)$' err
    grep -q '^big: resuming at 40 %$' err
    cmp big share/big
}

@test "get keeps the part after the last attempt, for the next time" {
    fake '220 Enter Client01\n200 pieces: ACK\n150 100 0 big\nonly this'
    client --retries 1 get big
    [ "$status" -eq 1 ]
    [ "$(cat big.part)" = "only this$(mark big 9)" ]
    [ ! -e big ]
    [ "$(grep -c 'trying again' err)" -eq 1 ]
    grep -q 'Connection refused' err
}

@test "killed at any moment: no wrong file under the final name, and the next get resumes" {
    start
    head -c 8000000 /dev/urandom > share/big
    for size in 0 1 400000 2000000 4000000 7600000; do
        "$build/rollcall" -h 127.0.0.1 -p "$port" get big > out 2> err &
        getting=$!
        await '[ "$(stat -c %s big.part)" -ge '"$size"' ] || [ -e big ]'
        kill -9 $getting 2> /dev/null || true
        wait $getting 2> /dev/null || true
        [ ! -e big ] || cmp big share/big
    done
    client get big
    [ "$status" -eq 0 ]
    cmp big share/big
    [ ! -e big.part ]
}

@test "a file that shrinks during a download: the server's last version arrives" {
    truncate -s 400M share/big
    start
    "$build/rollcall" -h 127.0.0.1 -p "$port" get big > out 2> err &
    getting=$!
    await '[ "$(stat -c %s big.part)" -gt 1000000 ]'
    kill -STOP $getting
    echo short > share/big
    kill -CONT $getting
    wait $getting
    grep -q 'trying again' err
    cmp big share/big
}

@test "a server without digests: the file is kept, and marked as not verified" {
    fake '220 Enter Client01\n200 pieces: ACK\n150 5 0 x\nhello200 sum:x ACK\n221 Bye.\n'
    client get x
    [ "$status" -eq 0 ]
    [ "$(cat err)" = "File received: x (not verified: this server cannot tell whether a file is whole)" ]
    [ "$(cat x)" = hello ]
}

@test "a file whose digest is wrong twice is discarded" {
    sum="213 sha256 $(sha256sum < /dev/null | cut -c 1-64) 5 x\n"
    fake "220 Enter Client01\\n200 pieces: ACK\\n150 5 0 x\\nhello${sum}150 5 0 x\\nhello${sum}221 Bye.\\n"
    client get x
    [ "$status" -eq 1 ]
    grep -q '^rollcall: x: what arrived is not the server.s file as it is now; discarded, get it again$' err
    [ ! -e x ]
    [ ! -e x.part ]
}

# fake_script SCRIPT [SOCAT-OPTION]: a fake server that runs the script in bash for a connection (",fork": for each).
fake_script() {
    command -v socat > /dev/null || skip "socat is not installed"
    printf '%s\n' "$1" > script
    : > fake.log
    socat -d -d "TCP-LISTEN:0,bind=127.0.0.1,reuseaddr${2:-}" "EXEC:bash script" 2> fake.log 3>&- &
    faker=$!
    await 'grep -q "listening on" fake.log'
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' fake.log)
}

@test "the filter: kicked together with the last answer, status 1" {
    fake_script 'echo 220 Enter Client01; read -r line; printf "200 $line ACK\n421 too loud\n"'
    echo hello > in
    client < in
    [ "$status" -eq 1 ]
    [ "$(cat out)" = 'hello ACK' ]
    [ "$(cat err)" = 'rollcall: too loud' ]
    # each command has done its work
    fake_script 'echo 220 Enter Client01; read -r line; printf "200 $line ACK\n421 too loud\n"'
    client send hello
    [ "$status" -eq 0 ]
}

@test "get: a server that gives a few bytes to each connection does not keep the client forever" {
    fake_script 'echo 220 Enter Client01; offset=0
        while read -r line; do case $line in
            pieces:*) echo 200 "$line" ACK ;;
            rest:*) offset=${line#rest:}; echo 350 go on ;;
            file:*) printf "150 %d %d x\nab" $((1000000 - offset)) "$offset"; exit ;;
        esac; done' ,fork
    client --retries 2 get x
    [ "$status" -eq 1 ]
    [ "$(cat x.part)" = "ababab$(mark x 6)" ]
    [ "$(grep -c 'trying again' err)" -eq 2 ]
    [ "$(tail -n 1 err)" = 'rollcall: x: gave up after 2 attempts to reconnect' ]
}

@test "a refusal without a text still gives a message" {
    fake '421 \n'
    client status
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: the server ended the session without a reason' ]
    fake '220 Enter Client01\n421 \n'
    client status
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: the server ended the session without a reason' ]
    fake '220 Enter Client01\n200 pieces: ACK\n550 \n221 Bye.\n'
    client get x
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: x: the server refused that without a reason' ]
}

@test "text from the server is sanitized" {
    fake '220 Enter Client\033[2J01\n212-2 files\n \033]0;evil\007\n a\302\205b\n212 End\n'
    client list
    [ "$(cat out)" = '\x1B]0;evil\x07
a\xC2\x85b' ]
}

@test "a server that is not rollcalld: one clear line" {
    for words in 'HTTP/1.1 400 Bad Request\r\n\r\n' '220 Hello\n' 'hello\n' ' item\n' '' \
        '220-Enter Client01\n250 x\n' "$(printf '2%05000d' 0)"; do
        fake "$words"
        client status
        [ "$status" -eq 1 ]
        [ "$(wc -l < err)" -eq 1 ]
        grep -q -e 'the program at that port is not rollcalld' -e 'the server closed the connection' err
    done
    fake '220 Enter Client01\n200 pieces: ACK\n150 99999999999999999999 0 x\n'
    client --retries 0 get x
    [ "$status" -eq 1 ]
    grep -q 'not rollcalld' err
    [ ! -e x ]
    # pieces without a length, with a wrong one, longer than the file; other lines instead of pieces
    for words in '151 0\n' '151 -1\n' '151 99999999999999999999\n' '151 9\nhello wor' '151-5\nhello' \
        'hello' '250 Noted.\n'; do
        fake "220 Enter Client01\n216 1.2.3\n150 5 0 x\n$words"
        client --retries 0 get x
        [ "$status" -eq 1 ]
        grep -q -e 'not rollcalld' -e 'the server closed the connection' err
        [ ! -e x ]
        rm -f x.part
    done
}

@test "get -r: a folder with its contents, and later only new files" {
    mkdir -p 'share/lesson 1/deep/er' share/other
    echo one > 'share/lesson 1/one'
    echo two > 'share/lesson 1/deep/er/two für zwei'
    echo three > share/other/three
    start
    client get -r 'lesson 1'
    [ "$status" -eq 0 ]
    diff -r 'share/lesson 1' 'lesson 1'
    [ "$(cat err)" = "File received: lesson 1/deep/er/two für zwei
File received: lesson 1/one" ]
    echo changed > 'share/lesson 1/one'
    echo new > 'share/lesson 1/new'
    client -f get -r 'lesson 1/'
    [ "$status" -eq 0 ]
    diff -r 'share/lesson 1' 'lesson 1'
    [ "$(cat err)" = "File is up to date: lesson 1/deep/er/two für zwei
File received: lesson 1/new
File received: lesson 1/one" ]
    mkdir all share/empty share/empty/too
    client -q -o all get -r
    [ "$status" -eq 0 ]
    [ ! -s err ]
    diff -r share all
    client get -r nowhere meow.txt
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: nowhere: File not found.
File received: meow.txt" ]
}

@test "get with a pattern: matched on the server, in every part of a path" {
    mkdir -p share/labs/deep share/lads
    touch share/lab1 share/lab2 share/labs/lab3 share/labs/x 'share/what?' share/-r share/lads/lab3.c \
        share/labs/deep/lab4 share/für share/fur
    start
    client get 'lab*' 'labs/lab?' 'what?'
    [ "$status" -eq 0 ]
    [ "$(cat err)" = "File received: lab1
File received: lab2
File received: labs/lab3
File received: what?" ]
    [ ! -e labs ]
    mkdir in
    client -o in get 'la[b-d]s/lab[0-9]*' 'l*/d?ep/*' 'f?r'
    [ "$status" -eq 0 ]
    [ "$(cat err)" = "File received: labs/lab3
File received: lads/lab3.c
File received: labs/deep/lab4
File received: fur
File received: für" ]
    client -o in get -r 'l*s/d*'
    [ "$status" -eq 0 ]
    [ -e in/deep/lab4 ]
    client -o in/one get 'lab?'
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: lab? stands for 2 files: expected a directory after --output, not 'in/one'" ]
    client get 'nothing*' 'nowhere/*' 'lab1/*' 'l*s/nothing'
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: nothing*: no file matches
rollcall: nowhere/*: no file matches
rollcall: lab1/*: no file matches
rollcall: l*s/nothing: no file matches" ]
    client get ./-r
    [ "$status" -eq 1 ]
    client get -- meow.txt -r
    [ -e ./-r ]
}

@test "get -f: a file that was just fetched is not overwritten by another one" {
    mkdir share/d1 share/d2
    echo one > share/d1/notes
    echo two > share/d2/notes
    start
    echo mine > notes
    client -f get 'd*/notes'
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'File received: d1/notes
rollcall: d2/notes: not fetched, because it would overwrite d1/notes' ]
    [ "$(cat notes)" = one ]
    client -f get d2/notes d1/notes
    [ "$status" -eq 1 ]
    [ "$(cat notes)" = two ]
    client -f get d1/notes d1/notes meow.txt
    [ "$status" -eq 0 ]
    mkdir all
    client -f -o all get -r d1 d2
    [ "$status" -eq 0 ]
    [ "$(cat all/d1/notes all/d2/notes)" = $'one\ntwo' ]
}

@test "every name that list shows is fetched as it is shown" {
    rm share/*
    mkdir 'share/[dir]' 'share/d*'
    touch 'share/[dir]/[x]' 'share/d*/?'
    for name in 'a[b]' ab '*' '?' '[' -x --help - -- 'a\b' 'a\*b' ' lead' 'trail ' '$HOME' '`x`' "'q'" '"' 'a;b' '#x' \
        '~' 'ümlaut' "$(printf '%0255d' 1)" list x.part; do
        touch "share/$name"
    done
    start
    client list
    [ "$status" -eq 0 ]
    mkdir in
    while IFS= read -r name; do
        [[ $name != */ ]] || continue
        "$build/rollcall" -q -h 127.0.0.1 -p "$port" -o in get -- "$name" < /dev/null || { echo "$name"; return 1; }
        [ -e "in/$name" ] || { echo "$name"; return 1; }
    done < out
    [ -e in/- ]
    rm in/*
    client -o in get '[dir]/[x]' 'd*/?'
    [ "$(cat err)" = 'File received: [dir]/[x]
File received: d*/?' ]
    # a name that is also a pattern is both; a \ takes that away
    rm in/*
    client -o in get 'a[b]'
    [ "$(ls in)" = $'a[b]\nab' ]
    rm in/*
    client -o in get 'a\[b]'
    [ "$(ls in)" = 'a[b]' ]
}

@test "names that cannot be shown: told, in the list and by get -r, and once in the log" {
    rm share/*
    mkdir share/sub
    touch share/good share/sub/good "share/$(printf 'bad\377')" "share/$(printf 'tab\there')" "share/sub/$(printf 'esc\033')" \
        "share/sub/$(printf 'bidi\342\200\256x')"
    start
    for _ in 1 2; do
        client list
        [ "$status" -eq 0 ]
        [ "$(cat out)" = $'good\nsub/' ]
        [ "$(cat err)" = 'rollcall: names that cannot be shown or fetched (not UTF-8, or with control or invisible characters): 2' ]
    done
    mkdir in
    for _ in 1 2; do
        client -o in get -r
        [ "$status" -eq 1 ]
        grep -q "^rollcall: the server's list: names that cannot .*: 2$" err
        grep -q '^rollcall: sub: names that cannot .*: 2$' err
        [ "$(cd in && find . -type f | sort)" = $'./good\n./sub/good' ]
    done
    client get $'tab\there'
    [ "$status" -eq 1 ]
    client list-long < /dev/null
    echo list-long > lines
    client < lines
    grep -q ': 2$' err
    [ "$(grep -c 'are not handed out: 2, such as' log)" -eq 2 ]
}

@test "put takes the names that the share shows, and no others" {
    mkdir -m 777 inbox
    start --inbox inbox --inbox-free 0
    for name in $'tab\there' $'esc\033' $'bad\377' $'bidi\342\200\256x' $'line\u2028'; do
        echo x > "$name"
        client put "$name"
        [ "$status" -eq 2 ]
        client put --as "$name" Client.py
        [ "$status" -eq 2 ]
    done
    connect a && expect $a '220 Enter Client01'
    say $a $'put:1 tab\there' $'put:1 bidi\342\200\256x'
    expect_like $a '501 Expected a name of .*' '501 Expected a name of .*'
}

@test "get -r from a hostile server writes nothing outside its folder" {
    fake '220 Enter Client01\n200 pieces: ACK\n212-9 files\n ../up\n /etc/x\n .hidden\n ..\n a/b\n \n /\n ../\n b\033ad\n212 End\n221 Bye.\n'
    mkdir in
    client -o in get -r
    [ "$status" -eq 1 ]
    grep -q ': 9$' err
    [ -z "$(find in -mindepth 1)" ]
    [ ! -e up ]
}

@test "a host as URLs spell it, and an address twice" {
    start --bind '[::1]' --bind ::1 --bind 0::1 --bind ::ffff:127.0.0.1
    [ "$(grep -c Listening "$log")" -eq 2 ]
    logged 'Listening on 127.0.0.1 port '
    for host in '[::1]' ::1 '[0:0::1]' '[::ffff:127.0.0.1]'; do
        run "$build/rollcall" -h "$host" -p "$port" send moo
        [ "$status" -eq 0 ] || { echo "$host: $output"; false; }
    done
    run "$build/rollcall" -h '[::2' -p "$port" send moo
    [ "$status" -eq 1 ]
    [[ $output == *'cannot find [::2: '* ]]
    # with an interface it is an address, too, though nobody is there
    run "$build/rollcall" -h '[fe80::1%lo]' -p "$port" send moo
    [ "$status" -eq 1 ]
    [[ $output == *'cannot connect to [fe80::1%lo] port '* ]]
}
