#!/usr/bin/env bats
# The interactive client: messages from others while a line is typed, restoring the terminal,
# reconnecting, the commands, and the screen.

bats_require_minimum_version 1.5.0
load helpers
load conversation

@test "what others say appears above the line being typed, which stays whole" {
    start --max-clients 4
    open one --nick anna --no-timestamps
    connect bob
    hear "$bob"
    say "$bob" hands
    expect "$bob" '215-0 hands' '215 End'
    keys one -l 'half a sen'
    line_is one 'half a sen'
    sees one '^-- Client02 came' # when it has not taken a name for a second
    say "$bob" nick:bob 'hello everybody' 'and anna' 'tell:anna psst' '/me waves'
    sees one '^\* bob waves'
    line_is one 'half a sen'
    keys one -l 'tence' 
    keys one Enter
    sees one '^<anna> half a sentence'
    line_is one ''
    screen one > seen
    cat > wanted <<END
Connected to localhost on port $port
Enter Client01
-- You are called anna
-- Client02 came
-- Client02 is now called bob
<bob> hello everybody
<bob> and anna
[bob tells you] psst
* bob waves
<anna> half a sentence
[$room] anna, 2 here
>
END
    diff wanted seen
}

@test "who comes and takes a name at once is told in one line" {
    start --max-clients 4 --earlier 0
    open one --nick anna --no-timestamps
    # both in one write; the parts of the room are told in their order
    connect bob
    hear "$bob"
    say "$bob" nick:bob join
    connect zoe
    hear "$zoe"
    say "$zoe" nick:zoe 'hello, I am zoe'
    sees one '^<zoe> hello, I am zoe'
    sees one '^-- bob came'
    sees one '^-- zoe came'
    sees_no one 'now called'
    type_in one /names
    sees one '^-- anna, bob, zoe'
}

@test "Ctrl-Z and back; the terminal is as it was" {
    start
    nowait=1 open shell -V
    export HOME=$BATS_TEST_TMPDIR
    tm new-session -d -s one -x 80 -y 24 "env PS1='\$ ' TERM=screen-256color bash --norc -i"
    sees one '^[$]'
    type_in one "stty -a > before; $build/rollcall -p $port --no-timestamps"
    sees one "^\[$room\]"
    keys one -l 'typed before'
    keys one C-z
    sees one 'Stopped'
    type_in one 'stty -a > stopped'
    await '[ -s stopped ]'
    await 'diff before stopped'
    type_in one fg
    sees one "^\[$room\]" 1
    line_is one 'typed before'
    keys one Enter
    sees one '^<Client01> typed before'
    # stopped by a signal from another process
    pkill -TSTP -f "rollcall -p $port --no-timestamps"
    sees one Stopped 2
    type_in one fg
    sees one "^\[$room\] Client01"
    # in the background, where the client must not use the terminal
    keys one C-z
    sees one Stopped 3
    type_in one bg
    sees one '^\[1\]+ .* &$'
    await 'find_processes "*rollcall -p $port --no-timestamps*" && file_has "/proc/${found[-1]}/status" "^State:.T"'
    type_in one fg
    keys one -l 'back again'
    line_is one 'back again'
    [ "$(screen one | grep -c "^\[$room\]")" -eq 1 ]
    keys one C-u
    type_in one /exit
    sees one Disconnected
    type_in one 'stty -a > after'
    await '[ -s after ]'
    diff before after
}

@test "the terminal is as it was after every end: /exit, Ctrl-D, Ctrl-C twice, a signal, a crash" {
    start
    open one
    type_in one exit
    sees one '^status 0'
    stty_of one
    open two
    keys two C-d
    sees two '^status 0'
    stty_of two
    open three
    keys three C-c
    sees three 'press Ctrl-C once more'
    keys three C-c
    sees three '^status 0'
    stty_of three
    for signal in TERM HUP INT QUIT SEGV ABRT; do
        open "$signal"
        pkill "-$signal" -x rollcall -P "$(tm display -p -t "$signal" '#{pane_pid}')"
        sees "$signal" '^status 1[0-9][0-9]'
        stty_of "$signal"
    done
}

@test "stopped by SIGSTOP and continued: the terminal is restored at the end" {
    start
    open one
    client=$(pgrep -x rollcall -P "$(tm display -p -t one '#{pane_pid}')")
    kill -STOP "$client"
    await 'file_has "/proc/$client/status" "^State:.T"'
    kill -CONT "$client"
    type_in one 'here again'
    sees one 'here again$'
    type_in one /exit
    sees one '^status 0'
    stty_of one
}

@test "the client reconnects by itself, takes its name back and joins" {
    start --max-clients 4
    open one --nick anna --no-timestamps
    connect bob
    hear "$bob"
    say "$bob" join
    expect "$bob" "200 Joined $room"
    # shellcheck disable=SC2046
    kill -9 $(handlers | tr ' ' '\n' | head -n 1)
    sees one '^-- Connection closed by the server'
    sees one '^-- Trying again in 1 s'
    keys one -l 'typed meanwhile'
    sees one '^-- Connected again as anna'
    keys one Enter
    sees one '^<anna> typed meanwhile'
    until [[ $line == '130 anna typed meanwhile' ]]; do hear "$bob"; done
}

@test "the client reconnects when the server comes back; lines wait; leaving works at any time" {
    start
    old=$port
    open one --nick anna --no-timestamps
    stop
    sees one '^-- Server shutting down\.'
    sees one 'not connected'
    type_in one 'said too early'
    sees one 'Not connected: your line will be sent'
    launch "$build/rollcalld" --port "$old" --name "$room" --share share
    sees one '^<anna> said too early'
    stop
    sees one '^-- Trying again'
    type_in one /exit
    sees one '^status 0'
}

@test "a returning client sees only new lines, and the last ones are still there" {
    start --max-clients 4
    connect bob
    hear "$bob"
    say "$bob" nick:bob 'same' 'old' 'same'
    open one --nick anna --no-timestamps
    sees one '<bob> same'
    type_in one 'mine'
    sees one '<anna> mine'
    "$build/rollcallctl" -n "$room" say 'for all'
    sees one 'for all'
    say "$bob" same
    sees one "<bob> same" 3
    anna=$(handlers | tr ' ' '\n' | grep . | tail -n 1)
    kill -STOP "$anna"
    type_in one 'perhaps'
    line_is one ''
    kill -9 "$anna"
    say "$bob" 'meanwhile'
    sees one '^-- Not acknowledged: perhaps'
    sees one '<bob> meanwhile'
    sees one '^-- Connected again as anna' 1
    sees one 'You are called anna' 1
    sees one '^Enter' 1
        [ "$(screen one | grep -c '<bob> same')" -eq 3 ]
    [ "$(screen one | grep -c '<bob> old')" -eq 1 ]
    [ "$(screen one | grep -c '<anna> mine')" -eq 1 ]
    [ "$(screen one | grep -c 'for all')" -eq 1 ]
    [ "$(screen one | grep -c 'meanwhile')" -eq 1 ]
}

@test "a lost connection: what was missed comes with its times, and the hand stays up" {
    start_late
    open one --nick anna
    printf '%s\n' '130 @5 2025-02-10T16:57:14Z bob hello' '138 @6 2025-02-10T16:58:14Z * all' \
        '132 @7 2025-02-10T16:59:14Z zoe' '134 @8 2025-02-10T16:59:14Z Client07 anna' \
        '135 9' '130 @9 2025-02-10T17:01:14Z anna mine' '130 @10 2025-02-10T17:02:14Z anna lost' > missed
    type_in one mine
    sees one '<anna> mine$'
    type_in one '/hand why not'
    sees one '1 hand up$'
    type_in one lose
    sees one '^-- Not acknowledged: lose'
    sees one '^-- Connected again as anna'
    sees one '^-- Your hand is up again, behind those that are up'
    sees one '1 hand up$'
    sees one '^16:57 <bob> hello'
    sees one '^16:58 \*\*\* all'
    sees one '^16:59 -- zoe came'
    sees one '-- Lines are missing here, up to 9: the server keeps them no longer$'
    sees one '^17:02 <anna> lost'
    sees_no one '^17:01'
    sees_no one Client07
    type_in one /leave
    sees one 'not joined$'
    rm missed
    type_in one lose
    sees one '^-- Connected again as anna' 2
    await 'file_has heard "^3 hands"'
    type_in one /join
    sees one ' here, 1 hand up$'
    grep '^[1-3] \(join\|hand:\|nick\)' heard > asked
    diff - asked <<'END'
1 nick:anna
1 join:
1 hand:why not
2 nick:anna 00112233445566778899aabbccddeeff
2 join:run1 5
2 hand:why not
3 nick:anna 00112233445566778899aabbccddeeff
3 hand:why not
3 join:run1 11
END
}

@test "a server that is started anew: name, hand and the file under way are back, and it is said" {
    start --max-clients 4
    old=$port
    truncate -s 3G share/huge
    open one --nick anna --no-timestamps
    connect bob
    hear "$bob"
    say "$bob" nick:bob
    hear "$bob"
    type_in one '/hand why'
    sees one '1 hand up$'
    type_in one '/get huge'
    sees one '^huge \['
    type_in one '/get meow.txt'
    sees one '1 queued$'
    stop
    sees one '^-- huge goes on when the client is connected again'
    launch "$build/rollcalld" --port "$old" --name "$room" --share share --max-clients 4
    sees one '^-- The server was started anew: it knows only what was said since'
    sees one '^-- Your hand is up again'
    sees one '^-- huge: resuming at [0-9]'
    keys one C-c
    sees one '^-- huge: stopped after'
    sees one '^-- File received: meow.txt'
    sees one ' anna, 1 here, 1 hand up$'
    status_has 'anna'
}

@test "a private message typed while the server was away waits for who comes back later" {
    start --max-clients 4
    old=$port
    open one --nick anna --no-timestamps
    stop
    sees one '^-- Trying again'
    type_in one '/msg bob are you there?'
    type_in one '/msg zoe and you?'
    launch "$build/rollcalld" --port "$old" --name "$room" --share share --max-clients 4
    sees one '^-- bob is not back yet; your message waits: are you there?'
    sees one '^-- zoe is not back yet'
    connect bob
    hear "$bob"
    say "$bob" nick:bob
    hear "$bob"
    sees one '^-- bob came'
    say "$bob" join
    until [[ $line == '131 anna are you there?' ]]; do hear "$bob"; done
    sees one '^\[you tell bob\] are you there?'
    type_in one '/msg carl hi'
    sees one '^-- carl is not back yet'
    type_in one /exit
    sees one '^2 lines were not sent'
}

@test "a name that another client took meanwhile: told, and nothing is handed in without one" {
    mkdir -m 777 inbox
    start --max-clients 4 --inbox inbox
    old=$port
    echo work > work.c
    open one --nick anna --no-timestamps
    stop
    sees one '^-- Trying again'
    launch "$build/rollcalld" --port "$old" --name "$room" --share share --inbox inbox --max-clients 4
    connect zoe
    hear "$zoe"
    say "$zoe" nick:anna
    hear "$zoe"
    sees one '^-- You are not anna any more; take a name with /nick'
    type_in one '/put work.c'
    sees one '^-- Choose a name before you hand in'
    [ -z "$(ls inbox)" ]
}

@test "without a connection: the error is shown once, and Ctrl-C leaves" {
    start
    open one --no-timestamps
    stop
    sees one 'not connected, trying again in 4 s'
    [ "$(screen one | grep -c 'cannot connect to')" -eq 1 ]
    [ "$(screen one | grep -c 'Trying again')" -eq 1 ]
    type_in one 'too early'
    sees one 'your line will be sent'
    keys one C-c
    sees one 'press Ctrl-C once more'
    keys one C-c
    sees one '^1 line was not sent'
    sees one '^status 0'
}

@test "a kicked client does not reconnect" {
    start
    open one
    "$build/rollcallctl" -n "$room" kick Client01 go home
    sees one '^-- You were sent away: go home'
    sees one '^status 1'
}

@test "who comes for one command is told in one line, with the name" {
    local i
    start --max-clients 4
    open one --no-timestamps
    sees one '1 here'
    for ((i = 0; i < 30; i++)); do # on a busy machine one command can take longer than a second
        "$build/rollcall" -p "$port" list > /dev/null
        "$build/rollcall" -p "$port" -n zoe list > /dev/null
        sees one ', 1 here'
        if screen one | grep -q '^-- Client02 came and went$' && screen one | grep -q '^-- zoe came and went$'; then
            return
        fi
    done
    screen one
    false
}

@test "commands: names, nick, me, msg, status, list, hand, ignore, quiet, timestamp, away" {
    start --max-clients 4
    open one --no-timestamps
    enter_bob() { connect bob; hear "$bob"; say "$bob" nick:bob join; hear "$bob"; hear "$bob"; }
    enter_bob
    sees one '^-- \(bob came\|Client02 is now called bob\)'
    type_in one /names
    sees one '^-- Client01, bob'
    sees one '^-- 2 here'
    type_in one '/nick anna'
    sees one '^-- You are called anna'
    sees one '^\['"$room"'\] anna, 2 here'
    type_in one '/me waves'
    sees one '^\* anna waves'
    type_in one '/msg bob hi'
    sees one '^\[you tell bob\] hi'
    type_in one '/msg nobody hi'
    sees one '^-- Nobody is called nobody\.'
    type_in one /status
    sees one '^  anna  .* here (you)'
    type_in one /list
    sees one '^ *5 B  .*  meow.txt'
    type_in one '/hand my mouse is gone'
    sees one '^-- Your hand is up'
    say "$bob" hand:me,too
    sees one '2 hands up'
    type_in one /unhand
    sees one '1 hand up'
    type_in one '/ignore bob'
    sees one '^-- bob is ignored'
    say "$bob" 'you do not hear this'
    type_in one '/ignore bob'
    sees one '^-- bob is shown again'
    say "$bob" 'but this'
    sees one '^<bob> but this'
    sees_no one 'do not hear'
    type_in one '/ignore bob ' # with the space that Tab adds
    sees one "bob is ignored" 2
    say "$bob" nick:rob 'nor this' leave join
    await '[ "$("$build/rollcallctl" -n "$room" status --json | jq -r ".clients[1].name")" = rob ]'
    "$build/rollcallctl" -n "$room" say 'all was heard'
    sees one '^\*\*\* all was heard'
    type_in one /ignore
    sees one '^-- Ignored: rob'
    sees_no one 'nor this\|now called rob'
    type_in one '/ignore rob'
    sees one '^-- rob is shown again'
    say "$bob" nick:bob
    sees one '^-- rob is now called bob'
    type_in one ' /msg bob not for all'
    sees one '^\[you tell bob\] not for all'
    run -1 grep -q 'not for all' .local/state/rollcall/history
    type_in one /quiet
    sees one '^-- Arrivals and departures are hidden'
    connect third
    hear "$third"
    say "$third" leave
    sees one ', 3 here'
    sees_no one 'Client03 came'
    type_in one '/away at lunch'
    sees one ', away'
    say "$bob" 'tell:anna are you there?' 'tell:anna hello?'
    sees one '^\[you tell bob\] I am away: at lunch'
    sees one 'hello?'
    [ "$(screen one | grep -c 'I am away')" -eq 1 ]
    type_in one /away
    sees one '^-- You are back'
    type_in one /timestamp
    sees one '^-- Times are shown'
    say "$bob" now
    sees one '^[0-9][0-9]:[0-9][0-9] <bob> now'
    type_in one //slash
    sees one '<anna> /slash'
    type_in one /stauts
    sees one '^-- There is no /stauts; did you mean /status?'
    type_in one /xyzzy
    sees one '^-- There is no /xyzzy; see /help, or begin with // to say it'
    type_in one /tell
    sees one '^-- There is no /tell; see /help'
    type_in one 'tell:bob once more'
    sees one '\[you tell bob\] once more'
    type_in one '/nick a b'
    sees one "^-- /nick 'a b': expected 1 to 31 letters, digits, '-' and '_'"
    type_in one /leave
    sees one '^\['"$room"'\] anna, not joined'
    type_in one /join
    sees one '^\['"$room"'\] anna, 3 here'
    [ "$(screen one | grep -c '<bob> now')" -eq 1 ]
    type_in one /nick
    sees one "^-- /nick: expected '/nick NAME'"
    type_in one '/quiet now'
    sees one '^-- /quiet takes no argument'
    type_in one /help
    sees one '^-- /exit  *leave'
    sees one '^-- Every other line is said to the room'
    type_in one /quit
    sees one '^status 0'
}

@test "commands: log, whois, help COMMAND, clear, q" {
    start --max-clients 4
    open one --nick anna # with the time at the left
    connect bob
    hear "$bob"
    say "$bob" nick:bob join
    sees one ', 2 here'
    type_in one '/log conversation.log'
    sees one '^-- What is shown is added to conversation.log'
    say "$bob" 'this is kept'
    sees one '^..:.. <bob> this is kept'
    type_in one 'and this is a line that is longer than the window, and yet one line in the file, @bob'
    sees one '@bob$'
    type_in one /log
    sees one '^-- Nothing more is added to conversation.log'
    type_in one 'not this'
    sees one '<anna> not this'
    sed -E 's/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} /TIME /' conversation.log > seen
    diff seen - <<END
TIME -- What is shown is added to conversation.log
TIME <bob> this is kept
TIME <anna> and this is a line that is longer than the window, and yet one line in the file, @bob
TIME -- Nothing more is added to conversation.log
END
    [ "$(stat -c %a conversation.log)" = 600 ]
    type_in one /log
    sees one '^-- There is no log; /log FILE begins one'
    type_in one '/log conversation.log' # it is continued
    sees one 'added to conversation.log' 3
    [ "$(wc -l < conversation.log)" -eq 5 ]
    mkfifo pipe
    type_in one '/log pipe'
    sees one '^-- Cannot write pipe: '
    type_in one '/log share'
    sees one '^-- Cannot write share: Is a directory'
    type_in one '/whois @BOB'
    sees one '^  bob  .*  here$'
    type_in one '/whois nobody'
    sees one '^-- Nobody is called nobody; /status tells who is here'
    type_in one '/help msg'
    sees one '^-- /msg NAME TEXT  send TEXT to NAME alone'
    type_in one '/help /lst'
    sees one "^-- There is no command '/lst'; did you mean /list?"
    type_in one /clear
    await 'look one && [ "${#shown[@]}" -eq 2 ]'
    type_in one /q
    sees one '^status 0'
}

@test "the original's requests work as they always did" {
    echo mine > meow.txt
    start
    open one --anonymous --no-timestamps
    type_in one moo
    sees one '^<Client01> moo'
    type_in one status
    sees one '^  Client01  .*  here (you)'
    type_in one list
    sees one 'Client.py  Server.py  meow.txt'
    type_in one file:
    sees one '^-- File not found'
    type_in one file:meow.txt
    sees one '^Overwrite meow.txt? (y/N)'
    keys one n
    sees one 'not overwritten'
    [ "$(cat meow.txt)" = mine ]
    type_in one file:meow.txt
    await 'last_line_is one "Overwrite meow.txt? (y/N)"'
    keys one y
    sees one '^-- File received: meow.txt'
    cmp meow.txt share/meow.txt
    # while a line is being typed, its next letter does not answer a question
    echo mine > meow.txt
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    type_in one file:meow.txt
    keys one -l 'hone'
    line_is one hone
    # shellcheck disable=SC2046
    kill -CONT $(handlers)
    sees one '^-- meow.txt already exists; finish your line, then answer'
    keys one -l y
    line_is one honey
    keys one Enter
    await 'last_line_is one "Overwrite meow.txt? (y/N)"'
    keys one x Left Enter
    sees one "not overwritten" 2
    sees one '^<Client01> honey'
    [ "$(cat meow.txt)" = mine ]
    type_in one put:-
    sees one "^-- '-': expected the name of a file"
    type_in one msg:status
    sees one '^<Client01> status'
    type_in one exit
    sees one '^status 0'
    logged 'Client01 disconnected: exit'
}

@test "a word alone may be an answer: it is said, but for status, list, exit and help" {
    start
    open one --no-timestamps
    connect two
    hear "$two"
    say "$two" join 'which word is missing?'
    expect "$two" "200 Joined $room" '200 which word is missing? ACK'
    for word in leave hand unhand hands join history; do
        type_in one "$word"
        sees one "^<Client01> $word"
        expect "$two" "130 Client01 $word"
    done
    sees one '2 here$'
    type_in one help
    sees one '^-- Every other line is said to the room'
    # the next file would come in a form that the client does not expect
    type_in one rest:2
    sees one "^-- not sent: 'rest:' is a request that only rollcall itself sends"
    type_in one file:meow.txt
    sees one '^-- File received: meow.txt'
    cmp meow.txt share/meow.txt
}

@test "status in a narrow window: one line for each client" {
    start
    columns=40 open one
    type_in one status
    sees one '^  Client01  [0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]  here (you)$'
    connect bob
    hear "$bob"
    say "$bob" exit
    hear "$bob"
    type_in one /history
    sees one '^  Client02\(  ..-.. ..:..\)\{2\}$'
}

@test "during a download typing goes on; Ctrl-C stops it, and the next one fetches the rest" {
    start --max-clients 4
    truncate -s 20G share/huge
    open one --no-timestamps
    connect bob
    hear "$bob"
    type_in one '/get huge'
    sees one '^huge \[.* %  21 GB'
    keys one -l 'typed meanwhile'
    line_is one 'typed meanwhile'
    keys one Enter
    sees one '^<Client01> typed meanwhile'
    sees one '^huge \['
    type_in one '/get meow.txt'
    sees one '^-- Queued until the transfer ends: /get meow.txt'
    sees one '^huge .*, 1 queued$'
    say "$bob" 'fire alarm'
    sees one '^<Client02> fire alarm'
    sees one '^huge \['
    keys one C-c
    sees one '^-- .*huge: stopped after [0-9]* of 21474836480 bytes'
    sees one '^-- File received: meow.txt'
    [ "$(grep -c ' connected from' "$log")" -eq 2 ] # the session is still the same
    [ -s huge.part ]
    type_in one /exit
    sees one '^status 0'
    open two
    type_in two '/get huge'
    sees two '^huge \['
    type_in two '/get meow.txt'
    sees two '1 queued$'
    type_in two /exit
    sees two '^1 line was not sent'
    sees two '^status 0'
}

@test "/get takes patterns, once for each file, and says what is no file" {
    mkdir -p share/sub/deep
    touch share/sub/{a,b}.c share/sub/notes 'share/sub/[ab].c'
    start
    open one --no-timestamps
    type_in one '/get sub/[ab].c'
    sees one '^-- File received: sub/b.c'
    sees one '^-- File received: sub/\[ab\].c'
    [ -e a.c ] && [ -e b.c ] && [ -e '[ab].c' ] && [ ! -e notes ]
    type_in one '/get sub/*'
    sees one '^-- File received: sub/notes'
    sees one '^-- File is up to date: sub/a.c'
    type_in one '/get sub'
    sees one "^-- sub is a directory; '/get sub/\*' fetches its files"
    type_in one '/get nosuch'
    sees one '^-- nosuch: File not found'
    type_in one '/get nosuch*'
    sees one '^-- nosuch\*: no file matches'
    type_in one '/list nosuch'
    sees one '^-- nosuch: Directory not found'
}

@test "an answer that takes longer than a second: the status line says that it is waited for" {
    start
    open one --no-timestamps
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    type_in one 'is anybody there?'
    sees one '^\['"$room"'\] Client01, 1 here, waiting for the server$'
    type_in one 'typed meanwhile'
    # shellcheck disable=SC2046
    kill -CONT $(handlers)
    sees one '^<Client01> typed meanwhile'
    sees one '^\['"$room"'\] Client01, 1 here$'
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    type_in one /status
    sees one 'waiting for the server$'
    keys one C-c
    sees one '^-- Stopped'
    # shellcheck disable=SC2046
    kill -CONT $(handlers)
    type_in one 'the next line'
    sees one '^<Client01> the next line'
    sees_no one 'waiting for the server'
    sees_no one 'connected: ' # the answer that was not waited for
}

@test "Ctrl-C while an answer is late: it is dropped when it comes, and each request gets its own" {
    start_late
    echo work > work.c
    open one --nick anna --no-timestamps
    type_in one '/hand why'
    sees one '1 hand up$'
    # all bytes of a file are here, and the server is asked for their digest
    type_in one '/get meow.txt'
    await 'file_has heard "^1 sum:meow.txt"'
    keys one C-c
    sees one '^-- meow.txt: stopped; get it again to go on'
    type_in one 'said meanwhile'
    await 'file_has heard "^1 sum:meow.txt"'
    sees one 'waiting for the server$'
    : > sum
    sees one '^<anna> said meanwhile'
    # the part is whole already
    type_in one '/get meow.txt'
    sees one '^-- File received: meow.txt'
    cmp meow.txt share/meow.txt
    # the server has all bytes of a hand-in
    type_in one '/put work.c'
    await 'file_has heard "^1 piece:5"'
    keys one C-c
    sees one '^-- work.c: stopped; the server may have it: put it again to know'
    type_in one 'said after that'
    keys one C-c # no line is lost by a stop of another request
    sees one '^-- Not acknowledged: said after that'
    type_in one '/msg bob psst'
    keys one C-c
    sees one '^-- Not acknowledged: psst'
    type_in one '/names'
    sees one '^-- 1 here'
    : > receipt
    # what was stopped is done all the same, and so it is told
    type_in one 'the last line'
    sees one '^<anna> the last line'
    screen one | sed -n '/1 here$/,$p' > seen
    diff - seen <<END
-- 1 here
-- work.c: the server has it after all
-- Acknowledged after all: said after that
<anna> said after that
-- Acknowledged after all: psst
[you tell bob] psst
<anna> the last line
[$room] anna, 1 here, 1 hand up
>
END
    sees one '1 hand up$'
    sees_no one 'not rollcalld'
    [ "$(grep -c '^2 ' heard)" -eq 0 ] # the connection is still the same
    type_in one /exit
    sees one '^status 0'
}

@test "Ctrl-C on a request that the server does later: the hand is up, the room is left, a refusal is told" {
    start
    open one --no-timestamps
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    for line in '/hand why' /leave '/msg nobody psst' /status; do
        type_in one "$line"
        sees one 'waiting for the server$'
        keys one C-c
        await '! shows one "waiting for the server$"'
    done
    sees one '^-- Not acknowledged:' 4
    # shellcheck disable=SC2046
    kill -CONT $(handlers)
    sees one '^-- Acknowledged after all: hand:why$'
    sees one '^-- Acknowledged after all: leave$'
    sees one '^-- psst: Nobody is called nobody'
    sees one 'not joined$'
    type_in one /join
    sees one ' 1 here, 1 hand up$'
    sees_no one 'connected: '
}

@test "what is typed while the server checks a file is said at once, and each request gets its own answer" {
    start_late
    : > later
    open one --nick anna --no-timestamps
    type_in one '/get meow.txt'
    await 'file_has heard "^1 sum:meow.txt"'
    sees one '1 here, the server checks the file: 40 %$'
    type_in one 'said at once'
    sees one '^<anna> said at once'
    type_in one /names
    sees one '^-- 1 here'
    type_in one sum:meow.txt # which the server would not answer now
    type_in one 'and this'
    sees one '^<anna> and this'
    sees_no one 'File received'
    file_has heard '^1 sum:meow.txt' 1
    rm later
    : > sum
    type_in one now
    sees one '^-- File received: meow.txt'
    cmp meow.txt share/meow.txt
    sees one '1 here$'
    await 'file_has heard "^1 sum:meow.txt" 2'
    # stopped, its answer still comes, and is dropped
    rm sum meow.txt
    : > later
    type_in one '/get meow.txt'
    await 'file_has heard "^1 sum:meow.txt" 3'
    type_in one 'said once more'
    sees one '^<anna> said once more'
    keys one C-c
    sees one '^-- meow.txt: stopped; get it again to go on'
    type_in one now
    sees one '^<anna> now' 2
    rm later
    : > sum
    type_in one 'the last line'
    sees one '^<anna> the last line'
    type_in one '/get meow.txt'
    sees one '^-- File received: meow.txt' 2
    sees_no one 'not rollcalld'
    [ "$(grep -c '^2 ' heard)" -eq 0 ] # the connection is still the same
    type_in one /exit
    sees one '^status 0'
}

@test "what is asked while a small file is under way reads its last piece, and the file is complete" {
    local i typed=()
    for i in {1..20}; do echo "$i" > "share/f$i"; done
    start
    open one --no-timestamps
    for i in {1..20}; do typed+=("/get f$i" Enter "line $i" Enter); done
    keys one "${typed[@]}"
    for i in {1..20}; do
        await "[ -e f$i ]"
        cmp "share/f$i" "f$i"
    done
    sees one '^<Client01> line 20'
    type_in one /exit
    sees one '^status 0'
}

@test "handing in: the name on the receipt, no pipes, and typing goes on while a file is read" {
    mkdir -m 777 inbox
    start --inbox inbox --inbox-free 0 --inbox-file 16G --inbox-client 16G
    echo work > work.c
    truncate -s 8G huge
    mkfifo pipe
    open one --nick anna --no-timestamps
    type_in one '/put work.c'
    sees one '^-- Handed in: work.c: 5 bytes, handed in as anna'
    cmp work.c inbox/anna/work.c
    type_in one '/put pipe'
    sees one "^-- 'pipe': expected the name of a file"
    keys one -l '/put huge'
    line_is one '/put huge'
    keys one Enter
    line_is one '' # the line was read; otherwise both lines may be read at once, and neither waits
    type_in one 'in the meantime'
    sees one '^<anna> in the meantime'
    keys one C-c
    sees one '^-- huge: stopped'
    [ "$(screen one | grep -c 'You are called')" -eq 1 ] # the connection is still the same
}

@test "handing in without a name: asked to choose one, unless none is wanted" {
    mkdir -m 777 inbox
    start --inbox inbox --inbox-free 0
    echo work > work.c
    before="export USER=anna;" open one
    type_in one '/put work.c'
    sees one '^-- Choose a name before you hand in, as in nick:anna: the next client is'
    type_in one 'nick:anna'
    sees one '^-- You are called anna'
    type_in one '/put work.c'
    sees one '^-- Handed in: work.c: 5 bytes, handed in as anna'
    cmp work.c inbox/anna/work.c
    open two --anonymous
    type_in two '/put work.c'
    sees two '^-- Handed in: work.c: 5 bytes, handed in as Client02'
}

@test "colours: one for each name, and none with --color never" {
    start --max-clients 8
    connect bob
    hear "$bob"
    say "$bob" nick:bob 'hi anna'
    hear "$bob"
    hear "$bob"
    open one --nick anna
    sees one 'hi anna'
    say "$bob" 'anna, look'
    sees one 'anna, look'
    tm capture-pane -p -e -t one > colored
    grep -q $'\e\[38;5;[0-9]*mbob' colored
    grep -q $'\e\[1;4manna, look' colored || grep -q $'\e\[1m\e\[4manna, look' colored
    before='NO_COLOR=1' open two --nick ben
    sees two 'hi anna'
    say "$bob" 'ben, look'
    sees two 'ben, look'
    run -1 grep -q $'\e' <(tm capture-pane -p -e -t two)
    open three --color=never
    sees three 'ben, look'
    run -1 grep -q $'\e' <(tm capture-pane -p -e -t three)
    before='NO_COLOR=1' open four --color=always
    tm capture-pane -p -e -t four | grep -q $'\e'
    before='NO_COLOR=' open five
    tm capture-pane -p -e -t five | grep -q $'\e'
    run -2 "$build/rollcall" --color=purple
    [[ $output == *"expected auto, always or never" ]]
}

@test "a mention rings the bell, except with --no-bell" {
    start --max-clients 4
    open one --nick anna
    open two --nick ben --no-bell
    tm pipe-pane -t one 'cat > one.out'
    tm pipe-pane -t two 'cat > two.out'
    connect bob
    hear "$bob"
    say "$bob" 'banana' 'ANNA: and ben' 'the end'
    sees one 'the end'
    sees two 'the end'
    await 'file_has one.out "the end" && file_has two.out "the end"'
    [ "$(tr -cd '\a' < one.out | wc -c)" -eq 1 ]
    [ "$(tr -cd '\a' < two.out | wc -c)" -eq 0 ]
}

@test "a name beyond ASCII: taken, completed, mentioned, ignored, in a column" {
    start --max-clients 4
    open one --nick 王小明
    open two
    sees one '^-- You are called 王小明\|^\[.*王小明'
    type_in two '/nick José'
    sees two '^-- You are called José'
    sees one '^..:.. -- José came' # else both names of an arrival are told as one
    tm pipe-pane -t two 'cat > two.out'
    keys one -l '/msg JOS'
    keys one Tab
    line_is one '/msg José'
    keys one -l 'hello'
    keys one Enter
    sees two '王小明 tells you\] hello'
    type_in one 'josÉ: really'
    sees two '<王小明> josÉ: really'
    await 'file_has two.out "really"'
    [ "$(tr -cd '\a' < two.out | wc -c)" -eq 2 ]
    type_in two '/nick jOSÉ'
    sees one '^..:.. -- José is now called jOSÉ'
    type_in one '/ignore JOSÉ'
    sees one '^-- JOSÉ is ignored'
    type_in two 'unheard'
    sees two 'unheard'
    type_in one '/status'
    sees one '^  王小明  20..-..-.. ..:..:..  here (you)$'
    sees one '^  jOSÉ    20..-..-.. ..:..:..  here$'
    sees_no one 'unheard'
    type_in one '/nick José'
    sees one 'The name José is taken'
    type_in one '/nick a·b'
    sees one "^-- /nick 'a·b': expected 1 to 31 letters, digits, '-' and '_'"
}

@test "TERM=dumb, as for a screen reader: the same in plain lines" {
    start --max-clients 4
    nowait=1 term=dumb open one --nick anna --no-timestamps
    sees one 'You are called anna'
    tm pipe-pane -t one 'cat > one.out'
    connect bob
    hear "$bob"
    say "$bob" nick:bob 'hello' 'tell:anna you'
    sees one '^\[bob tells you\] you'
    type_in one 'hi bob'
    sees one '^<anna> hi bob'
    type_in one /names
    sees one '^-- anna, bob'
    type_in one exit
    sees one '^status 0'
    run -1 grep -q $'\e' one.out
}

@test "text from peers cannot control the terminal" {
    start --max-clients 4
    fake_evil() {
        printf '220 Enter Client01\n553 no\n200 Joined \e[2Jevil\n211-1 clients\n Client01 connected: x\n211 End\n215-0 hands\n215 End\n'
        printf '130 bob \e]0;title\a and \302\2332J and \342\200\256 reversed \r\b\177\t.\n130 a\e[31mb c\n131 bob \e[5n\n132 \e[1m\n139 \e[7mroom\n138 2026-01-01T00:00:00Z x \e[8mgone\n'
    }
    fake_evil > session
    mkfifo held
    exec 8<> held
    cat session >&8
    fake_from held
    nowait=1 open one -h 127.0.0.1 --no-timestamps --nick anna --color=never
    tm pipe-pane -t one 'cat > one.out'
    sees one '\\x1B\[7mroom'
    screen one > seen
    grep -q -F '<bob> \x1B]0;title\x07 and \xC2\x9B2J and \u{202E} reversed \x0D\x08\x7F .' seen
    LC_ALL=C run -1 grep -q -P '\xc2\x9b|\xe2\x80\xae' seen
    kill "$faker"
    exec 8>&-
}

# Three people in a room, at each size of the window. tests/screens/ holds the expected screens;
# `ROLLCALL_SCREENS=write bats ...` writes them.
three_people() { # COLUMNSxROWS [OPTION...]
    local size=$1
    shift
    # a name of fixed length, because the status line shows it
    room=$(printf 'lab%06d' $((RANDOM % 1000 * 1000 + BATS_TEST_NUMBER)))
    printf 'a lesson\n' > share/lesson1.txt
    touch -d 2026-01-02T03:04:05Z share/*
    start --max-clients 8 --earlier 2
    connect teacher
    hear "$teacher"
    say "$teacher" nick:teacher 'Good morning' 'Today: pipes and filters'
    for _ in 1 2 3; do hear "$teacher"; done
    connect ben
    hear "$ben"
    say "$ben" nick:ben join
    until [[ $line == *'Today: '* ]]; do hear "$ben"; done
    columns=${size%x*} rows=${size#*x} open one --nick anna --no-timestamps "$@"
    say "$ben" 'Good morning, 先生 ☕'
    sees one '先生'
    type_in one 'what does sort -u do?'
    sees one '<anna> what does'
    say "$teacher" 'anna: it keeps one of each line, as sort | uniq would'
    sees one 'uniq'
    say "$ben" 'tell:anna do you have lesson 2?' 'hand:no space left on my disk'
    sees one 'no space'
    type_in one '/msg ben yes, look at /list'
    sees one 'you tell ben'
    type_in one '/list'
    sees one lesson1
    "$build/rollcallctl" -n "$room" say 'five minutes to go'
    sees one 'five minutes'
    keys one -l 'a line that is being typ'
    sees one 'being typ'
}

matches_screen() { # FILE
    sed -i -e "s/$room/ROOM-NAME/" -e "s/port $port/port PORT/" -e 's/ *$//' seen
    [ -z "${ROLLCALL_SCREENS:-}" ] || cp seen "$BATS_TEST_DIRNAME/screens/$1"
    diff "$BATS_TEST_DIRNAME/screens/$1" seen
}

@test "three people at 80x24 and 40x12, with colours and without" {
    for size in 80x24 40x12; do
        [ "$size" = 80x24 ] || stop
        [ "$size" = 80x24 ] || tm kill-server
        three_people "$size"
        tm capture-pane -p -t one > seen
        matches_screen "$size.txt"
        tm capture-pane -p -e -t one > seen
        matches_screen "$size-colour.txt"
        stop
        tm kill-server
        three_people "$size" --color=never
        tm capture-pane -p -e -t one > seen
        matches_screen "$size.txt"
    done
}

@test "scripts: tell, listen, wait" {
    start --max-clients 8
    "$build/rollcall" -p "$port" listen > heard 2> err 3>&- &
    listener=$!
    "$build/rollcall" -p "$port" listen --json > heard.json 2> /dev/null 3>&- &
    await '[ "$("$build/rollcallctl" -n "$room" status --json | jq .present)" = 2 ]'
    "$build/rollcall" -p "$port" wait anna > waited 3>&- &
    waiter=$!
    await '[ "$("$build/rollcallctl" -n "$room" status --json | jq .present)" = 3 ]'
    connect anna
    hear "$anna"
    kill -0 "$waiter"
    say "$anna" nick:Anna join
    hear "$anna"
    hear "$anna"
    wait "$waiter"
    "$build/rollcall" -p "$port" wait ANNA
    "$build/rollcall" -p "$port" --nick ben tell anna how are you > told
    [ "$(cat told)" = 'Delivered to Anna.' ]
    until [[ $line == '131 ben how are you' ]]; do hear "$anna"; done
    run -1 "$build/rollcall" -p "$port" tell nobody hello
    [ "$output" = 'rollcall: Nobody is called nobody.' ]
    run -1 "$build/rollcall" -p "$port" --nick anna status
    [ "$output" = 'rollcall: The name anna is taken.' ]
    [ "$("$build/rollcall" -p "$port" send 'a "quoted" word')" = 'a "quoted" word ACK' ]
    await 'file_has heard "> a .quoted. word"'
    await 'file_has heard.json quoted'
    [ "$(jq -r 'select(.event == "said") | .text' heard.json)" = 'a "quoted" word' ]
    jq -e 'select(.event == "renamed") | .to' heard.json | grep -q Anna
    # when the reader is gone, listen ends at once, not at the next line
    "$build/rollcall" -p "$port" --no-timestamps listen 2> err.head 3>&- | head -n 1 > first
    [ "$(cat first)" = "$(sed -n '/quoted/s/^[^<]*//p' heard)" ]
    [ ! -s err.head ]
    jq -r .time heard.json | head -n 1 | grep -q -E '^2[0-9]{3}-..-..T..:..:..Z$'
    stop
    ended=0
    wait "$listener" || ended=$?
    [ "$ended" -eq 1 ]
    [ "$(cat err)" = 'rollcall: Server shutting down.' ]
    for wrong in 'tell' 'tell anna' 'tell a.b hello' 'wait' 'wait a.b' 'listen x' 'wait a b'; do
        # shellcheck disable=SC2086
        run -2 "$build/rollcall" -p "$port" $wrong
    done
    run -2 "$build/rollcall" --nick 'a b' status
    [ "$output" = "rollcall: --nick 'a b': expected 1 to 31 letters, digits, '-' and '_'" ]
}

@test "who lost a place in a full room waits in the queue, and stops or comes back" {
    start --max-clients 1
    open one --nick=anna
    connect b && expect "$b" '421 Server full: 1 of 1.'
    say "$b" wait:
    expect "$b" '120 1 The room is full: you are number 1 in the queue.'
    began=$SECONDS
    kill -9 "$(handlers)"
    expect "$b" '220 Enter Client01'
    sees one 'You are number 1 in the queue'
    told_at_once "$began"
    say "$b" exit
    sees one '^-- Connected again as anna'
    type_in one hello
    sees one ' anna: hello\|<anna> hello\|hello$'
    connect c && expect "$c" '421 Server full: 1 of 1.'
    say "$c" wait:
    expect "$c" '120 1 The room is full: you are number 1 in the queue.'
    kill -9 "$(handlers)"
    expect "$c" '220 Enter Client01'
    await 'status_has ": 1 of 1 present, 1 waiting"'
    type_in one /exit
    sees one '^status'
    await 'status_has ": 1 of 1 present, since"'
}
