#!/usr/bin/env bats
# rollcallctl top: a room on a live screen.

load helpers
load conversation

page() { # OPTION...: one page of the room
    LC_ALL=C.UTF-8 "$build/rollcallctl" -n "$room" top -b "$@"
}

watch() { # SESSION [ARGUMENT...]: top in a terminal of $columns by $rows
    local session=$1
    shift
    printf '%s\n' 'set -g default-terminal screen-256color' > tmux.conf
    LC_ALL=C.UTF-8 tm -f tmux.conf new-session -d -s "$session" -x "${columns:-80}" -y "${rows:-24}" \
        "$build/rollcallctl -n $room top $*; echo status \$?; stty -a > $session.tty; exec cat"
}

three() { # three clients: anna, José with a raised hand, and one from ::1
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    connect c ::1 && expect $c '220 Enter Client03'
    say $a nick:anna && expect_like $a '200 anna .*'
    say $b nick:José 'hand:help' && expect_like $b '200 José .*' '200 Your hand is up.'
}

@test "-b prints one plain page: who, load, refusals, hands" {
    start --max-clients 3
    three
    connect d && expect $d '421 Server full: 3 of 3.' && expect_end $d
    COLUMNS=80 page > out
    cat out
    [ "$(sed -n 1p out | sed 's/up .*//')" = "Room $room: 3 of 3 present, " ]
    sed -n 2p out | grep -q '^in [0-9.KM]*/s, out [0-9.KM]*/s, came 0/s, said 0/s, transfers 0, lock waits [0-9]*$'
    [ "$(sed -n 3p out)" = 'refused: server full 1' ]
    [ "$(sed -n 4p out)" = 'hands: José (help)' ]
    [[ $(sed -n 5p out) == 'NAME     ADDRESS         SINCE   IDLE    RATE DOING' ]]
    grep -q -E '^anna     127\.0\.0\.1       [0-9]{2}:[0-9]{2} +[0-9]+s     0/s$' out
    grep -q -E '^José     127\.0\.0\.1       .*/s hand 1: help$' out
    grep -q -E '^Client03 ::1 ' out
    [ "$(wc -l < out)" -eq 8 ]
    [ "$(grep -c $'\033' out)" -eq 0 ]
    COLUMNS=40 page 'an*' > out
    [ "$(tail -n 1 out | sed 's/[0-9]*s$//; s/ *$//')" = anna ]
    [ "$(wc -l < out)" -eq 6 ]
    [ "$(wc -L < out)" -le 40 ]
    run "$build/rollcallctl" -n "$room" status -b
    [ "$status" -eq 2 ]
    run "$build/rollcallctl" -n "$room" top < /dev/null
    [ "$status" -eq 2 ]
    [ "$output" = 'rollcallctl: top needs a terminal; -b prints one page without' ]
}

@test "a live screen, also at 40x12 and after a resize; the terminal is as it was" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "POSIX alone has no way to ask for the size of the window"
    start --max-clients 30
    three
    local -a more
    for i in {4..13}; do connect "more[$i]" && expect "${more[$i]}" "220 Enter Client$(printf %02d $i)"; done
    columns=40 rows=12 watch one
    sees one "^Room $room: 13 of"
    sees one '^NAME  *IDLE DOING'
    await 'look one && [ "${#shown[@]}" -eq 12 ]'
    sees_no one ADDRESS
    tm resize-window -t one -x 100 -y 30
    sees one '^José .*hand 1: help'
    sees one '^NAME  *ADDRESS  *SINCE  *IDLE  *RATE DOING'
    sees one '^Client13 '
    say "${more[13]}" exit
    sees one "^Room $room: 12 of"
    head -c 30000000 /dev/zero > share/lab.iso
    say $a file:lab.iso
    sees one '^anna .* sending lab\.iso  *\[.*\]  *[0-9]* %$'
    keys one q
    sees one '^status 0'
    stty_of one
    sees_no one '^Room'
}

@test "sort, filter, kick with a question, announce" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "POSIX alone has no way to ask for the size of the window"
    start
    three
    say $a join && expect $a "200 Joined $room"
    watch one
    sees one '^q quit  s sort:name'
    await 'look one && [[ ${shown[5]} == anna* && ${shown[6]} == Client03* && ${shown[7]} == José* ]]'
    keys one s s s s s
    sees one 's sort:hand'
    await 'look one && [[ ${shown[5]} == José* && ${shown[6]} == anna* ]]'
    keys one /
    keys one -l 'jo* ::1'
    sees one '^Show (names, networks): jo\* ::1_$'
    keys one Enter
    sees one "^Room $room: 3 of .*, 2 shown"
    sees_no one '^anna'
    keys one /
    keys one -l 'a.b'
    keys one Enter
    sees one "^'a.b' is no name and no network"
    keys one / Enter
    sees one '^anna'
    keys one a
    keys one -l 'five minutesx'
    keys one BSpace Enter
    expect $a '139 five minutes'
    sees one '^Announced'
    # José is selected, because the first is; no is no
    keys one Home k
    sees one '^Send José away? (y/N)'
    keys one n
    sees one '^q quit'
    keys one k y
    sees one '^José is sent away'
    expect $b '421 You were sent away.'
    sees one "^Room $room: 2 of"
    # whom the question was about has gone meanwhile
    keys one Home k
    sees one '^Send anna away'
    say $a exit && expect_like $a '13.*' '221 Bye.'
    await '[ "$(ctl count)" = 1 ]'
    keys one y
    sees one '^anna is not here any more'
    keys one C-c
    sees one '^status 0'
}

@test "a damaged or hostile name cannot steer the screen, and a daemon that is started again is found" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "POSIX alone has no way to ask for the size of the window"
    start
    connect a && expect $a '220 Enter Client01'
    say $a "hand:$(printf '\342\200\256')desrever" && expect_like $a '200 .*'
    watch one
    sees one 'u{202E}desrever'
    stop KILL
    sees one "^Room $room: .*, the daemon is gone"
    rm -f "/dev/shm/rollcall.$room"
    start
    connect b && expect $b '220 Enter Client01'
    connect c && expect $c '220 Enter Client02'
    sees one "^Room $room: 2 of .*, up "
    kill -TERM "$(pgrep -x rollcallctl -P "$(tm display -p -t one '#{pane_pid}')")"
    sees one '^status 143'
    stty_of one
}
