#!/usr/bin/env bats
# Hand-ins: the request, where files are stored, the receipt, the limits, and interruptions. The
# sessions are in transcripts/handins/.

load helpers

# The slot of its session, whose name it has, is free again when this returns.
hand_in() { # OPTION... FILE...: stdout is in out, stderr in err
    local running before
    count_running
    before=$running
    status=0
    "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous put "$@" > out 2> err || status=$?
    await "at_most $before"
}

start_inbox() { # OPTION...
    mkdir -m 777 -p inbox
    start --inbox inbox --inbox-free 0 "$@"
}

digest() { # FILE
    sha256sum < "$1" | cut -d ' ' -f 1
}

utc_re='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z'

@test "put: by hand: stored; an earlier version is kept, an equal file is recognized" {
    mkdir -m 777 inbox
    transcript handins/put
}

@test "put: with a digest: known before a byte is sent, or discarded if it differs" {
    mkdir -m 777 inbox
    sum=$(printf hello | sha256sum | cut -d ' ' -f 1) transcript handins/digest
}

@test "what cannot be handed in is refused before a byte is sent" {
    mkdir -m 777 inbox
    transcript handins/refused
    stop
    start_inbox --inbox-total 250
    play handins/no-room
    stop
    start_inbox --inbox-free 900000T
    play handins/no-room
    [ -z "$(find inbox -name '.incoming*')" ]
}

@test "without --inbox nothing can be handed in" {
    start
    connect a && expect $a '220 Enter Client01'
    say $a 'put:1 x'
    expect $a '550 Nothing can be handed in here.'
    echo x > mine
    hand_in mine
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: mine: Nothing can be handed in here.' ]
    [ ! -s out ]
}

@test "no client reads, lists or overwrites another client's files" {
    mkdir -m 777 inbox
    transcript handins/private
}

@test "the inbox and the share must be separate" {
    mkdir -p share/sub/deep
    for wrong in 'share share' 'share share/sub/deep' 'share/sub/deep share' '. share' 'share .'; do
        # shellcheck disable=SC2086
        set -- $wrong
        code=0
        "$build/rollcalld" --port 0 --name "$room.2" --share "$1" --inbox "$2" 2> err || code=$?
        [ "$code" -eq 2 ] || { echo "$wrong: $code"; return 1; }
        [ "$(cat err)" = "rollcalld: --inbox '$2': expected a directory apart from the shared one, where everybody could fetch what is handed in" ]
    done
}

@test "a symbolic link in the inbox leads nowhere" {
    mkdir -m 777 inbox outside
    ln -s ../outside inbox/Client01
    transcript handins/link --user "$me"
}

@test "an interrupted hand-in leaves no file: the client goes, the handler or the daemon is killed" {
    mkdir -m 777 inbox
    transcript handins/broken-off
    connect a && expect $a '220 Enter Client01'
    say $a 'put:1000000 x'
    expect $a '350 Send 1000000 bytes.'
    handler=$(handlers)
    stop KILL
    await '! kill -0 '"$handler"
    [ "$(ls inbox)" = '' ]
    # parent and handler are killed: the next start removes the unfinished file
    start_inbox
    connect a && expect $a '220 Enter Client01'
    say $a 'put:1000000 x'
    expect $a '350 Send 1000000 bytes.'
    handler=$(handlers)
    kill -STOP "$handler"
    stop KILL
    kill -9 "$handler"
    await '! kill -0 '"$handler"
    ls inbox/.incoming-*
    start_inbox
    [ "$(ls -A inbox)" = .lock ]
    # no digest, another digest, and no room once it is whole: the client's directory is made for none of them
    connect a && expect $a '220 Enter Client01'
    say $a "put:1:$(digest /dev/null) x"
    expect $a '350 Send 1 bytes.'
    say $a ''
    expect $a '451 What arrived is not the file that was announced; discarded. Hand it in again.'
    [ "$(ls inbox)" = '' ]
    # a directory that was there stays
    mkdir -m 777 inbox/Client01
    say $a 'put:100 x'
    expect $a '350 Send 100 bytes.'
    disconnect "$a"
    await 'has_handlers 0'
    [ "$(ls inbox)" = Client01 ]
}

@test "rollcall put: a file that is too large is not read first; an old server is not confused" {
    start_inbox
    truncate -s 400G huge
    status=0
    timeout 60 "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous put huge > out 2> err || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: huge: Too large: at most 1073741824 bytes a file.' ]
    [ "$(ls inbox)" = '' ]
    all_left
    head -c 2000000 /dev/urandom > big
    hand_in big
    [ "$status" -eq 0 ]
    stop
    start --inbox inbox --inbox-free 0 --inbox-client 3000000
    hand_in big
    [ "$status" -eq 0 ]
    grep -q 'it was there already' out
    hand_in --as other big
    [ "$status" -eq 1 ]
    stop
    # an old server, which sees a question that it does not know, and the request as ever
    cat > script <<'END'
echo 220 Enter Client01
while read -r line; do
    echo "$line" >> asked
    case $line in
        pieces:*) echo 216 1.1.1 ;;
        put:2000000:\ big | *:\ big) echo 501 Expected put:LENGTH NAME. ;;
        put:2000000:*) echo 226 sha256 "${line:12:64}" 2000000 2025-02-10T16:57:14Z same big ;;
        *) echo 221 Bye.; exit ;;
    esac
done
END
    socat -d -d TCP-LISTEN:0,bind=127.0.0.1,reuseaddr 'EXEC:bash script' 2> fake.log 3>&- &
    await 'file_has fake.log "listening on"'
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' fake.log)
    hand_in big
    [ "$status" -eq 0 ] || { cat err; return 1; }
    [ "$(sed -n 2,4p asked)" = "put:2000000: big
put:2000000:$(digest big): big
put:2000000:$(digest big) big" ]
}

@test "what only has the name of an unfinished file stays in the inbox" {
    mkdir -m 777 inbox
    for name in .incoming-notes .incoming- .incoming-1x .incoming-12; do
        echo mine > inbox/$name # of another mode, and of root where root runs this
    done
    ln -s ../share/meow.txt inbox/.incoming-13
    start_inbox
    echo x > x
    hand_in x
    [ "$status" -eq 0 ]
    [ "$(cat inbox/.incoming-{notes,,1x,12})" = $'mine\nmine\nmine\nmine' ]
    [ -L inbox/.incoming-13 ]
}

@test "an inbox has one daemon" {
    start_inbox
    code=0
    "$build/rollcalld" --port 0 --name "$room.2" --share share --inbox inbox 2> err || code=$?
    [ "$code" -eq 1 ]
    [ "$(cat err)" = "rollcalld: cannot use the inbox 'inbox': another rollcalld does" ]
    [ ! -e "/dev/shm/rollcall.$room.2" ]
    code=0
    "$build/rollcalld" --port 0 --name "$room.2" --inbox nowhere 2> err || code=$?
    [ "$code" -eq 1 ]
    [ "$(cat err)" = "rollcalld: cannot open the inbox 'nowhere': No such file or directory" ]
}

@test "rollcall put: a receipt for each, which sha256sum checks" {
    start_inbox
    printf 'int main;\n' > 'lab 1.c'
    head -c 3000000 /dev/urandom > big
    : > empty
    hand_in --receipt receipts 'lab 1.c' big ./empty
    [ "$status" -eq 0 ] || cat err
    [ ! -s err ]
    cmp 'lab 1.c' 'inbox/Client01/lab 1.c'
    cmp big inbox/Client01/big
    cmp empty inbox/Client01/empty
    cmp out receipts
    [ "$(wc -l < out)" -eq 6 ]
    [[ $(head -n 1 out) =~ ^"# lab 1.c: 10 bytes, handed in as Client01 to 127.0.0.1 port $port at "$utc_re$ ]]
    [ "$(sed -n 2p out)" = "$(digest 'lab 1.c')  lab 1.c" ]
    sha256sum -c receipts
    hand_in --receipt=receipts big
    [ "$status" -eq 0 ]
    [[ $(head -n 1 out) == *'; it was there already' ]]
    echo other > big
    hand_in big
    [[ $(head -n 1 out) == *'; the earlier one is kept' ]]
    [ "$(ls inbox/Client01)" = 'big
big.~1~
empty
lab 1.c' ]
    [ "$(wc -l < receipts)" -eq 8 ]
}

@test "rollcall put: the standard input, a pipe, other names" {
    start_inbox
    echo piped > file
    status=0
    printf 'piped\n' | "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous put --as notes.txt - > out 2> err
    all_left
    cmp file inbox/Client01/notes.txt
    [ "$(tail -n 1 out)" = "$(digest file)  notes.txt" ]
    hand_in --as other file
    cmp file inbox/Client01/other
    hand_in --as=third <(cat file)
    cmp file inbox/Client01/third
    cp file -- --as
    hand_in -- --as
    cmp file inbox/Client01/--as
    printf 'put:file\nmoo\n' > in
    "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous < in > out
    cmp file inbox/Client01/file
    [ "$(tail -n 1 out)" = "moo ACK" ]
}

@test "rollcall put: what goes wrong" {
    start_inbox
    echo x > x
    for wrong in '' '--as' '--as=' '--as a' '--as a x x' '--as a/b x' '--as .hidden x' '--as .. x' "--as $(printf '%0241d' 0) x" .hidden "$(printf '%0241d' 0)" '--receipt' '--wrong x' '-' 'x/'; do
        # shellcheck disable=SC2086
        run "$build/rollcall" -h 127.0.0.1 -p 1 --anonymous put $wrong < /dev/null
        [ "$status" -eq 2 ] || { echo "'$wrong': $status $output"; return 1; }
        [ "${#lines[@]}" -eq 1 ]
    done
    printf x > one
    hand_in one
    [[ $(cat out) == '# one: 1 byte, handed in as '* ]]
    logged 'handed in one: 1 byte, sha256 '
    hand_in nowhere x
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "rollcall: cannot read nowhere: No such file or directory" ]
    cmp x inbox/Client01/x
    hand_in .
    [ "$status" -eq 1 ]
    grep -q 'Is a directory' err
    hand_in --receipt nowhere/r x
    [ "$status" -eq 1 ]
    grep -q '^rollcall: cannot write nowhere/r: ' err
    hand_in --receipt /dev/full x
    [ "$status" -eq 1 ]
    grep -q 'x was handed in, but the receipt cannot be written' err
}

@test "rollcall put: the server goes away in the middle, and comes back" {
    start_inbox
    head -c 8000000 /dev/urandom > big
    printf '220 Enter Client01\n350 Send 8000000 bytes.\n' > session
    real=$port
    fake_from session
    false_port=$port
    (wait_for_end=$faker; await '! kill -0 $wait_for_end'
        exec socat "TCP-LISTEN:$false_port,bind=127.0.0.1,reuseaddr,fork" "TCP:127.0.0.1:$real") 3>&- &
    relay=$!
    hand_in big
    kill $relay
    [ "$status" -eq 0 ] || { cat err; return 1; }
    grep -q '^rollcall: trying again in 1 s (1 of 5)$' err
    cmp big inbox/Client01/big
    [ "$(tail -n 1 out)" = "$(digest big)  big" ]
}

@test "rollcall put: killed at any moment, nothing is left and the next time it works" {
    start_inbox
    head -c 5000000 /dev/urandom > big
    for size in 0 1 500000 2500000; do
        "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous put big > out 2> err &
        putting=$!
        await '"$build/rollcallctl" -n $room status --json | jq -e ".clients[0].bytes_in >= '$size'" || ! kill -0 $putting'
        kill -9 $putting 2> /dev/null || true
        wait $putting 2> /dev/null || true
        await 'has_handlers 0'
        [ -z "$(ls inbox/.incoming-* 2> /dev/null)" ]
        [ ! -e inbox/Client01/big ] || cmp big inbox/Client01/big
    done
    [ "$(find inbox -name '.part-*' | wc -l)" -le 1 ]
    hand_in big
    [ "$status" -eq 0 ]
    cmp big inbox/Client01/big
    [ -z "$(find inbox -name '.part-*')" ]
}

# ---- hand-ins that go on

# The parts in the inbox, and how large each is.
parts() {
    find inbox -maxdepth 1 -name '.part-*' -printf '%s\n' | sort -n
}

part_of() { # SIZE: the part of that size is $part
    part=$(find inbox -maxdepth 1 -name '.part-*' -size "$1c")
    [ -n "$part" ]
}

enter() { # NAME: as that client, with the descriptor $a
    connect a && expect_like $a '220 Enter .*'
    say $a "nick:$1" && expect_like $a "200 $1 secret .*"
}

give() { # FROM COUNT: bytes of the file work
    tail -c +$(($1 + 1)) work | head -c "$2" >&$a
}

received() { # COUNT: so many bytes of a hand-in have come
    await '"$build/rollcallctl" -n $room status --json | jq -e "any(.clients[]; .doing_done == '"$1"')"'
}

go_away() {
    disconnect "$a"
    await 'has_handlers 0'
}

# A hand-in of the file work by anna breaks off after COUNT bytes.
break_off() { # COUNT
    enter anna
    say $a "$put" && expect_like $a '350 .*'
    give 0 "$1"
    received "$1"
    go_away
}

work() { # SIZE: makes the file work; $put hands it in
    head -c "$1" /dev/urandom | tr '\0' 0 > work # zeros at the end of a part are sent again
    printf '!' >> work
    size=$(($1 + 1)) sum=$(digest work)
    put="put:$size:$sum: work"
}

@test "put: goes on where it broke off, in another session of that name alone" {
    start_inbox
    work 99999
    break_off 40000
    logged "anna has handed in 40000 of 100000 bytes of work, which are kept"
    [ "$(parts)" = 40000 ]
    [ "$(ls inbox)" = '' ]
    # another name, file, digest or length: something else
    enter ben
    say $a "$put" && expect $a '350 0 Send 100000 bytes.'
    go_away
    enter anna
    say $a "put:100000:$sum: other" && expect $a '350 0 Send 100000 bytes.'
    go_away
    enter anna
    say $a "put:100000:${sum/[0-9a-f]/f}: work" && expect_like $a '350 .*'
    go_away
    [ "$(parts)" = 40000 ]
    # the form without the second colon begins anew, and leaves no part
    enter anna
    say $a "put:100000:$sum work" && expect $a '350 Send 100000 bytes.'
    go_away
    [ "$(parts)" = 40000 ]
    enter ANNA
    say $a "$put" && expect $a '350 40000 Send 60000 bytes.'
    give 40000 10000
    go_away
    [ "$(parts)" = 50000 ]
    enter anna
    say $a "$put" && expect $a '350 50000 Send 50000 bytes.'
    status_has 'receiving work'
    give 50000 50000
    expect_like $a "226 sha256 $sum 100000 $utc_re new work"
    cmp work inbox/anna/work
    [ -z "$(parts)" ]
    say $a "$put" && expect_like $a "226 sha256 $sum 100000 $utc_re same work"
    ctl handins --json | jq -e '[.handins[] | [.client, .bytes]] == [["anna", 100000], ["anna", 100000]]'
}

@test "put: in pieces, after stop:, a kick and a shutdown; all bytes but no answer is no loss either" {
    start_inbox
    work 99999
    enter anna
    say $a pieces: && expect_like $a '216 .*'
    say $a "$put" && expect $a '350 0 Send 100000 bytes.'
    say $a piece:1000 && give 0 1000
    say $a stop: && expect $a '217 Stopped.'
    [ "$(parts)" = 1000 ]
    say $a "$put" && expect $a '350 1000 Send 99000 bytes.'
    say $a piece:500 && give 1000 500
    say $a sum:meow.txt && expect_like $a '213 .*'
    ctl status --json | jq -e '.clients[0] | .doing == "receiving work" and .doing_done == 1500 and .doing_total == 100000'
    ctl kick anna too loud
    expect $a '421 You were sent away: too loud'
    await 'has_handlers 0'
    [ "$(parts)" = 1500 ]
    enter anna
    say $a "$put" && expect $a '350 1500 Send 98500 bytes.'
    give 1500 500
    received 2000
    stop
    [ "$(parts)" = 2000 ]
    start_inbox
    # killed after the last byte, before the file has its name
    part_of 2000
    cat work > "$part"
    enter anna
    say $a "$put" && expect_like $a "226 sha256 $sum 100000 $utc_re new work"
    cmp work inbox/anna/work
    [ -z "$(parts)" ]
}

@test "put: goes on after kill -9 of the handler and of the daemon" {
    start_inbox
    work 30000000
    enter anna
    say $a "$put" && expect_like $a '350 0 .*'
    give 0 10000000
    received 10000000
    kill -9 "$(handlers)"
    await 'has_handlers 0'
    enter anna
    say $a "$put" && expect_like $a '350 [0-9]* Send .*'
    offset=${line#350 } offset=${offset%% *}
    # all that came but for zeros at its end, which cannot be told from space that was only allocated
    [ "$offset" -gt 9999990 ] && [ "$offset" -le 10000000 ]
    give "$offset" $((20000000 - offset))
    received 20000000
    handler=$(handlers)
    kill -STOP "$handler"
    stop KILL
    kill -9 "$handler"
    await '! kill -0 '"$handler"
    start_inbox
    enter anna
    say $a "$put" && expect_like $a '350 [0-9]* Send .*'
    offset=${line#350 } offset=${offset%% *}
    [ "$offset" -gt 19999990 ] && [ "$offset" -le 20000000 ]
    give "$offset" 30000000
    expect_like $a "226 sha256 $sum $size $utc_re new work"
    cmp work inbox/anna/work
}

@test "put: a part whose bytes were altered never gets the name: 451, and it begins anew" {
    start_inbox
    work 99999
    break_off 40000
    part_of 40000
    printf altered! | dd of="$part" bs=1 seek=20000 conv=notrunc 2> /dev/null
    enter anna
    say $a "$put" && expect $a '350 40000 Send 60000 bytes.'
    give 40000 60000
    expect $a '451 What arrived is not the file that was announced; discarded. Hand it in again.'
    [ -z "$(parts)" ] && [ ! -e inbox/anna ]
    say $a "$put" && expect $a '350 0 Send 100000 bytes.'
    go_away
    # too long, and all of it but wrong: begun anew at once
    break_off 40000
    part_of 40000
    head -c 100000 /dev/urandom > "$part"
    enter anna
    say $a "$put" && expect $a '350 0 Send 100000 bytes.'
    give 0 100000
    expect_like $a "226 sha256 $sum 100000 $utc_re new work"
    # the client does all that by itself
    go_away
    work 3000000
    break_off 40000
    part_of 40000
    head -c 40000 /dev/urandom > "$part"
    status=0
    "$build/rollcall" -h 127.0.0.1 -p "$port" -n anna put work > out 2> err || status=$?
    [ "$status" -eq 0 ]
    [ "$(cat err)" = 'work: goes on at 1 %
rollcall: work: what the server had of it is something else: sending all of it' ]
    cmp work inbox/anna/work
}

@test "put: what only has the name of a part is nobody's part" {
    start_inbox
    work 99999
    break_off 40000
    part_of 40000
    name=$(basename "$part")
    for how in link mode directory; do
        rm -rf "$part"
        case $how in
        link) echo mine > mine; ln -s ../mine "$part" ;;
        mode) echo mine > "$part" && chmod 644 "$part" ;;
        directory) mkdir "$part" ;;
        esac
        enter anna
        say $a "$put" && expect_like $a '451 .*'
        go_away
        ls -d "inbox/$name"
    done
    rm -rf "$part"
    for other in .part- ".part-x" "${name}0" "${name%?}" "${name/-/_}"; do echo mine > "inbox/$other"; done
    chmod 600 inbox/.part*
    stop
    start_inbox --inbox-parts 0 # which removes all parts that are ours
    [ "$(find inbox -name '.part*' | wc -l)" -eq 5 ]
}

@test "put: --inbox-parts: a part's time, 0, and a clock that was set back" {
    start_inbox --inbox-parts 3600
    work 99999
    break_off 40000
    part_of 40000
    touch -d '50 minutes ago' "$part"
    enter anna
    say $a "$put" && expect_like $a '350 40000 .*'
    go_away
    touch -d '61 minutes ago' "$part"
    enter anna
    say $a "$put" && expect_like $a '350 0 .*'
    go_away
    break_off 50000
    stop
    part_of 50000
    touch -d '61 minutes ago' "$part"
    start_inbox --inbox-parts 3600
    [ -z "$(parts)" ]
    break_off 60000
    stop
    part_of 60000
    touch -d '1 year' "$part"
    start_inbox --inbox-parts 3600
    [ "$(parts)" = 60000 ]
    [ $(($(stat -c %Y "$part") - EPOCHSECONDS)) -le 0 ]
    stop
    start_inbox --inbox-parts 0
    [ -z "$(parts)" ]
    break_off 40000
    [ -z "$(parts)" ]
    run "$build/rollcalld" --inbox-parts 1h
    [ "$status" -eq 2 ]
    [ "$output" = "rollcalld: --inbox-parts '1h': expected a number of seconds, from 0 to 31622400" ]
}

@test "put: who still has the part is not disturbed: the new session begins anew beside it" {
    start_inbox
    work 99999
    enter anna
    say $a "$put" && expect_like $a '350 0 .*'
    give 0 40000
    received 40000
    old=$a handler=$(handlers)
    # the daemon is killed, and its handler is stopped and does not see that
    kill -STOP "$handler"
    stop KILL
    start_inbox
    enter anna
    say $a "$put" && expect $a '350 0 Send 100000 bytes.'
    [ "$(find inbox -name '.incoming-*' | wc -l)" -eq 1 ]
    give 0 100000
    expect_like $a "226 sha256 $sum 100000 $utc_re new work"
    kill -CONT "$handler"
    await '! kill -0 '"$handler"
    disconnect "$old"
    cmp work inbox/anna/work
    # what it had is kept for its time
    [ "$(parts)" = 40000 ]
}

@test "put: announcements take no room from others, and parts give way to what arrives" {
    start_inbox --inbox-total 100M --inbox-client 100M --inbox-file 90M -m 9
    for i in 1 2 3; do # 60 MB are announced by each, and nothing comes
        connect "x$i"
        fd=x$i
        expect_like "${!fd}" '220 .*'
        say "${!fd}" "nick:idle$i" "put:60000000 x" && expect_like "${!fd}" '200 .*' '350 .*'
    done
    work 39999999
    enter anna
    say $a "put:120000000: x" && expect $a '552 Too large: at most 94371840 bytes a file.'
    say $a "put:80000000: x" && expect $a '552 No room for 80000000 bytes.'
    say $a "$put" && expect_like $a '350 0 .*'
    give 0 40000000
    expect_like $a "226 .* new work"
    for i in 1 2 3; do fd=x$i; disconnect "${!fd}"; done
    go_away
    # two parts, of which the older goes first; and the client's own for its own limit
    work 20000000
    for name in old young; do
        enter $name
        say $a "$put" && expect_like $a '350 0 .*'
        give 0 20000
        received 20000
        go_away
        part_of 20000
        truncate -s 24M "$part"
    done
    touch -d '1 hour ago' "$part"
    [ "$(parts)" = '25165824
25165824' ]
    enter ben
    say $a "$put" && expect_like $a '350 0 .*'
    give 0 20000001
    expect_like $a "226 .* new work"
    [ "$(parts)" = 25165824 ]
    [ ! -e "$part" ]
    say $a 'put:50000000: x' && expect $a '552 No room for 50000000 bytes.'
    say $a 'put:30000000: x' && expect $a '250 There is room for 30000000 bytes.'
    [ "$(parts)" = 25165824 ]
}

@test "a full disk is reported before a byte is sent" {
    [ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
    mkdir -m 777 inbox
    mount -t tmpfs -o size=1m tmpfs inbox 2> /dev/null || skip "nothing can be mounted here"
    start_inbox
    head -c 2000000 /dev/urandom > big
    head -c 100000 /dev/urandom > small
    hand_in big small
    left=$(ls -A inbox)
    cmp small inbox/Client01/small
    same=$?
    stop
    umount inbox
    [ "$(cat err)" = 'rollcall: big: No room for 2000000 bytes.' ]
    [ "$same" -eq 0 ]
    [ "$left" = '.lock
Client01' ]
}

@test "rollcallctl handins: the receipts, and handouts: who has what" {
    command -v jq > /dev/null || skip "jq is not installed"
    start_inbox
    ctl() { run "$build/rollcallctl" --name "$room" "$@"; }
    ctl handins
    [ "$status" -eq 0 ]
    [[ $output == "Room $room: 0 files handed in, since "* ]]
    echo work > work
    hand_in work
    hand_in work
    ctl handins --json
    [ "$(jq -c '.handins[] | [.client, .address, .bytes, .earlier, .sha256, .file]' <<< "$output")" = \
        "[\"Client01\",\"127.0.0.1\",5,null,\"$(digest work)\",\"work\"]
[\"Client01\",\"127.0.0.1\",5,\"same\",\"$(digest work)\",\"work\"]" ]
    ctl handins
    [[ $output == *"$(digest work)"*work* ]]

    truncate -s 300M share/big
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    "$build/rollcall" -h 127.0.0.1 -p "$port" -q get meow.txt
    say $b 'file:meow.txt'
    expect $b '150 5 0 meow.txt' meow
    await 'at_most 2' # the room has three places
    exec 8<> "/dev/tcp/127.0.0.1/$port"
    echo file:big >&8
    head -c 100000 <&8 > /dev/null
    exec 8>&-
    await '"$build/rollcallctl" -n $room handouts | grep -q big'
    ctl handouts --json
    [ "$status" -eq 0 ]
    [ "$(jq -c '.handouts[] | [.file, .client, .has]' <<< "$output")" = '["big","Client03","part"]
["big","Client01","not yet"]
["big","Client02","not yet"]
["meow.txt","Client02","whole"]
["meow.txt","Client03","verified"]
["meow.txt","Client01","not yet"]' ]
    jq -e '.handouts[2].fetched == null and .handouts[5].fetched == null' <<< "$output"
    ctl handouts
    [[ $output == "Room $room: 3 hand-outs, 3 still missing, since "* ]]
}

@test "handouts: a part that is whole by now is no line of its own" {
    start
    connect a && expect $a '220 Enter Client01'
    say $a nick:anna rest:2 file:meow.txt && expect_like $a '200 .*' '350 .*' '150 3 2 meow.txt' ow
    truncate -s 300M share/big
    for name in anna ben; do
        exec 8<> "/dev/tcp/127.0.0.1/$port"
        echo "nick:$name.x" >&8
        printf 'nick:%s2\nfile:big\n' "$name" >&8
        head -c 100000 <&8 > /dev/null
        exec 8>&-
    done
    await '[ "$(ctl handouts --json | jq "[.handouts[] | select(.has == \"part\")] | length")" = 2 ]'
    truncate -s 10 share/big
    "$build/rollcall" -h 127.0.0.1 -p "$port" -n ANNA2 -q get big
    ctl handouts --json | jq -e '[.handouts[] | select(.file == "big") | [.entry, .client, .has]] ==
        [[1, "ben2", "part"], [2, "ANNA2", "verified"], [3, "anna", "not yet"]]'
}

@test "handouts: another session of the same machine has the file" {
    start --bind 127.0.0.1
    command -v socat > /dev/null || skip "socat is not installed"
    printf 'file:meow.txt\nexit\n' | socat - "TCP:127.0.0.1:$port,bind=127.0.0.2" > out
    grep -q meow out
    all_left
    mkfifo hold
    socat PIPE:hold "TCP:127.0.0.1:$port,bind=127.0.0.2" 3>&- &
    other=$!
    await 'status_has 127.0.0.2'
    connect a && expect $a '220 Enter Client02'
    run "$build/rollcallctl" -n "$room" handouts
    kill $other
    [[ $output == "Room $room: 1 hand-out, 1 still missing, "* ]]
    [[ ${lines[3]} == Client02* && ${lines[3]} == *'not yet'* ]]
}

# put_slowly OPTION...: hands in lab.c, which is a pipe, and another file. When this returns, the session
# has begun, and the client waits for what finish_put writes into the pipe.
put_slowly() {
    printf more > other
    mkfifo lab.c
    "$build/rollcall" -h 127.0.0.1 -p "$port" "$@" put lab.c other > out 2> err &
    client=$!
    exec {content}> lab.c
}

finish_put() {
    printf work >&"$content"
    exec {content}>&-
    status=0
    wait "$client" || status=$?
    cat err
}

start_again() { # restarts the daemon on the same port
    stop KILL
    launch "$build/rollcalld" --port "$port" --name "$room" --share share --inbox inbox --inbox-free 0
}

@test "put: after a loss the file is stored under the client's name, not under the slot's" {
    start_inbox
    put_slowly --nick anna
    logged 'is now called anna'
    start_again
    finish_put
    [ "$status" -eq 0 ]
    [ "$(ls inbox)" = anna ]
    [ "$(cat inbox/anna/lab.c inbox/anna/other)" = workmore ]
    [ "$(grep -c 'handed in as anna' out)" -eq 2 ]
}

@test "put: a client that cannot take its name back after a loss hands in nothing" {
    start_inbox
    put_slowly --nick anna
    logged 'is now called anna'
    start_again
    connect a && expect $a '220 Enter Client01'
    say $a nick:Anna
    expect_like $a '200 Anna .*'
    finish_put
    [ "$status" -eq 1 ]
    grep -q '^rollcall: The name anna is taken[.]$' err
    grep -q '^rollcall: the name anna is taken, so nothing more is handed in' err
    [ "$(grep -c 'trying again' err)" -eq 1 ]
    [ -z "$(ls inbox)" ] && [ ! -s out ]
}

@test "put: a connection that only the client has lost gives the name back to the next one" {
    command -v socat > /dev/null || skip "socat is not installed"
    start_inbox
    # the server keeps the first connection, because the connection breaks in a relay in front of it
    direct=$port
    socat -d -d TCP-LISTEN:0,bind=127.0.0.1,reuseaddr,fork "TCP:127.0.0.1:$direct" 2> relay.log 3>&- &
    relay=$!
    await 'grep -q "listening on" relay.log'
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' relay.log)
    put_slowly --nick anna
    logged 'is now called anna'
    read -r handler <<< "$(handlers)"
    kill -STOP "$handler"
    read -r broken <<< "$(cat "/proc/$relay/task/$relay/children")"
    kill -9 "$broken"
    finish_put
    kill -CONT "$handler" 2> /dev/null || true
    kill "$relay"
    [ "$status" -eq 0 ]
    [ "$(ls inbox)" = anna ]
}

@test "put: a name that was taken by a typed request stands in the receipt" {
    start_inbox
    printf more > other
    printf 'nick:anna\nput:other\n' | "$build/rollcall" -h 127.0.0.1 -p "$port" > out
    grep -q 'handed in as anna' out
    [ "$(ls inbox)" = anna ]
}

@test "get: after a loss the file is fetched under the client's name" {
    truncate -s 100M share/big
    start_inbox
    "$build/rollcall" -h 127.0.0.1 -p "$port" --nick anna get big > out 2> err &
    client=$!
    await '[ -s big.part ]'
    kill -STOP "$client"
    start_again
    kill -CONT "$client"
    wait "$client" || { cat err; false; }
    grep -q 'trying again' err
    run "$build/rollcallctl" --name "$room" handouts
    [[ $output == *anna* && $output != *Client* ]]
}

@test "one folder for one name, whatever its case" {
    start_inbox
    connect a && expect $a '220 Enter Client01'
    say $a nick:José 'put:1 x' && expect_like $a '200 José secret .*' '350 .*'
    printf 1 >&$a && expect_like $a '226 sha256 .* new x'
    say $a nick:JOSÉ 'put:1 x' && expect_like $a '200 JOSÉ secret .*' '350 .*'
    printf 2 >&$a && expect_like $a '226 sha256 .* kept x'
    [ "$(cd inbox && find [!.]* -type f | sort)" = 'José/x
José/x.~1~' ]
    # a file in the way is not a folder, and the folder with the very name comes first
    : > inbox/ANNA
    mkdir -m 777 inbox/Bob inbox/bob
    say $a nick:anna 'put:1 x' && expect_like $a '200 anna secret .*' '350 .*'
    printf 3 >&$a && expect_like $a '226 sha256 .* new x'
    say $a nick:bob 'put:1 x' && expect_like $a '200 bob secret .*' '350 .*'
    printf 4 >&$a && expect_like $a '226 sha256 .* new x'
    [ "$(cat inbox/anna/x inbox/bob/x)" = 34 ]
    [ -z "$(ls inbox/Bob)" ]
    ctl handins --json > out
    jq -e '[.handins[].client] == ["bob", "anna", "JOSÉ", "José"] or [.handins[].client] == ["José", "JOSÉ", "anna", "bob"]' out
}

@test "the longest name there can be has a folder, too" {
    start_inbox
    connect a && expect $a '220 Enter Client01'
    name=$(printf '𠀀%.0s' {1..31})
    say $a "nick:$name" 'put:1 x' && expect_like $a "200 $name secret .*" '350 .*'
    printf 1 >&$a && expect_like $a '226 sha256 .* new x'
    [ "$(cat "inbox/$name/x")" = 1 ]
}

@test "handouts: who has a file by name has it, from whatever machine" {
    start
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    "$build/rollcall" -h 127.0.0.1 -p "$port" -n anna -q get meow.txt
    await 'at_most 2'
    "$build/rollcall" -h 127.0.0.1 -p "$port" -q -f get meow.txt
    await 'at_most 2'
    all_there() { [ "$(ctl handouts --json | jq '[.handouts[] | select(.has == "not yet")] | length')" = "$1" ]; }
    all_there 2
    say $a nick:ANNA && expect_like $a '200 ANNA .*'
    all_there 1
    connect c && expect $c '220 Enter Client03' # a name that nobody chose says nothing
    all_there 2
}

@test "put without a name: refused where nobody can be asked, before a connection is made" {
    echo work > work
    run --separate-stderr "$build/rollcall" -h 127.0.0.1 -p 1 put work < /dev/null
    [ "$status" -eq 2 ]
    [ "$stderr" = "rollcall: put: expected --nick NAME, or --anonymous for no name of your own; see 'rollcall --help'" ]
    run --separate-stderr "$build/rollcall" -h 127.0.0.1 -p 1 --nick anna --anonymous put work
    [ "$status" -eq 2 ]
    [ "$stderr" = "rollcall: expected --nick or --anonymous, not both; see 'rollcall --help'" ]
    start_inbox
    ROLLCALL_NICK=ben "$build/rollcall" -h 127.0.0.1 -p "$port" put work
    [ "$(cat inbox/ben/work)" = work ]
    all_left
    ROLLCALL_NICK=ben "$build/rollcall" -h 127.0.0.1 -p "$port" --anonymous put work
    [ "$(cat inbox/Client01/work)" = work ]
    all_left
    # the filter, too: it goes on with the next line, and its status tells
    status=0
    printf 'put:work\nnick:carl\nput:work\n' | USER=anna "$build/rollcall" -h 127.0.0.1 -p "$port" > out 2> err || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = 'rollcall: Choose a name before you hand in, as in nick:anna: the next client is Client01, too' ]
    [ "$(cat inbox/carl/work)" = work ]
}
