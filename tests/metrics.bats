#!/usr/bin/env bats
# rollcallctl metrics: what Prometheus collects of a room.

load helpers

metric() { # NAME[{LABELS}]: prints its value in the file `out`
    local name=${1%%\{*} labels=${1#"${1%%\{*}"}
    labels=${labels#\{}
    labels=${labels%\}}
    awk -v key="rollcall_$name{room=\"$room\"${labels:+,$labels}}" '$1 == key { print $2 }' "${2:-out}"
}

is() { # NAME VALUE
    [ "$(metric "$1")" = "$2" ] || { echo "$1 is $(metric "$1"), not $2"; cat out; return 1; }
}

# The format, as promtool reads it: a HELP and a TYPE before the values of each metric, each metric once,
# each value a number.
well_formed() { # FILE
    [ "$(grep -v -x -E '# (HELP|TYPE) rollcall_[a-z_]+ .+|rollcall_[a-z_]+\{room="[^"\]*"(,[a-z]+="[^"\]*")?\} [0-9]+(\.[0-9]+)?' "$1")" = '' ]
    awk '/^# HELP/ { if (seen[$3]++) exit 1; help = $3 } /^# TYPE/ { if ($3 != help) exit 1; type = $4 }
        /^r/ { split($1, part, "{"); base = part[1]; if (type == "histogram") sub(/_(bucket|sum|count)$/, "", base)
            if (base != help) exit 1; if (type == "counter" && base !~ /_total$/) exit 1 }' "$1"
    [ -z "$(sed -n 's/^\(rollcall.*\) .*/\1/p' "$1" | sort | uniq -d)" ]
}

promtool_agrees() { # FILE
    # it says on standard error what it would have otherwise, which is no error to it
    promtool check metrics < "$1" > said 2>&1 && [ ! -s said ] || { cat said; return 1; }
}

@test "who came, who was refused, who left and why, what was said; and nobody's name" {
    start --max-clients 2
    ctl metrics > out
    well_formed out
    is up 1
    is slots 2
    is clients 0
    is accepted_total 0
    is session_seconds_count 0
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    connect c && expect $c '421 Server full: 2 of 2.' && expect_end $c
    say $a nick:José 'hello' 'hand:help' && expect_like $a '200 José .*' '200 hello ACK' '200 .*'
    say $b 'one' 'two' 'file:meow.txt' && expect $b '200 one ACK' '200 two ACK' '150 5 0 meow.txt' meow
    ctl metrics > out
    well_formed out
    is clients 2
    is hands 1
    is transfers 0
    is accepted_total 2
    is 'refused_total{reason="full"}' 1
    is 'refused_total{reason="key"}' 0
    is requests_total 6
    is messages_total 3
    is session_seconds_count 0
    sent=$(metric sent_bytes_total) received=$(metric received_bytes_total)
    [ "$received" -eq $(($(printf 'nick:José\nhello\nhand:help\none\ntwo\nfile:meow.txt\n' | wc -c))) ]
    [ "$sent" -gt 100 ]
    say $a exit && expect $a '221 Bye.'
    ctl kick client02
    await '[ "$(ctl count)" = 0 ]'
    ctl metrics > out
    well_formed out
    is clients 0
    is hands 0
    is 'left_total{reason="exit"}' 1
    is 'left_total{reason="kicked"}' 1
    is messages_total 3
    is requests_total 7
    is received_bytes_total $((received + 5))
    [ "$(metric sent_bytes_total)" -ge "$sent" ]
    is session_seconds_count 2
    is 'session_seconds_bucket{le="+Inf"}' 2
    [ "$(metric 'session_seconds_bucket{le="28800"}')" -eq 2 ]
    [ "$(grep -c -i -e 'client01' -e 'jos' -e '127\.0' out)" -eq 0 ]
}

@test "Prometheus' own promtool has nothing to say of it" {
    command -v promtool > /dev/null || skip "promtool is not installed"
    start --max-clients 1
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '421 Server full: 1 of 1.'
    say $a moo exit && expect $a '200 moo ACK' '221 Bye.'
    await '[ "$(ctl count)" = 0 ]'
    ctl metrics > out
    promtool_agrees out
    stop KILL
    run ctl metrics -o down
    promtool_agrees down
    # and it would have
    sed 's/^# TYPE \(.*_total\) counter/# TYPE \1 gauge/' out > wrong
    run ! promtool_agrees wrong
}

@test "no sum ever falls, while clients come, speak and go" {
    start --max-clients 20
    churn() { # counts its sessions in churned.N, until there were looks enough
        local fd reply sessions=0
        while [ ! -e enough ]; do
            exec {fd}<>"/dev/tcp/127.0.0.1/$port"
            printf 'moo\nmoo\nexit\n' >&$fd
            while IFS= read -r -t 60 -u $fd reply && [[ $reply != 221* ]]; do :; done
            exec {fd}>&-
            sessions=$((sessions + 1))
            echo "$sessions" > "churned.$1"
        done
    }
    churners=()
    for i in 1 2 3 4; do
        churn "$i" 3>&- &
        churners+=($!)
    done
    : > before
    for look in {1..30}; do
        ctl metrics > out
        well_formed out
        awk '/^#/ { next }
            FNR == NR { was[$1] = $2; next }
            $1 ~ /_total|_bucket|_sum|_count/ && $1 in was && $2 + 0 < was[$1] + 0 { print $1, was[$1], $2; bad = 1 }
            END { exit bad }' before out
        mv out before
        # so that each look sees others
        await "[ \$(cat churned.* | awk '{ all += \$1 } END { print all }') -ge $((8 * look)) ]"
    done
    touch enough
    wait "${churners[@]}"
    sessions=$(cat churned.* | awk '{ all += $1 } END { print all }')
    await '[ "$(ctl count)" = 0 ]'
    ctl metrics > out
    is accepted_total $sessions
    is messages_total $((2 * sessions))
    is 'left_total{reason="exit"}' $sessions
    is session_seconds_count $sessions
    is received_bytes_total $((sessions * 13))
}

@test "all counters begin at 0 when the daemon starts, whatever a journal remembers" {
    mkdir -m 777 journal
    start --max-clients 1 --journal "$PWD/journal/j" --user "$me"
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '421 Server full: 1 of 1.'
    say $a moo exit && expect $a '200 moo ACK' '221 Bye.'
    await '[ "$(ctl count)" = 0 ]'
    stop
    start --max-clients 1 --journal "$PWD/journal/j" --user "$me"
    [ "$(ctl history --json | jq '.sessions | length')" -eq 1 ]
    ctl check
    ctl metrics > out
    well_formed out
    [ "$(awk '/^# TYPE .* (counter|histogram)$/ { counts = 1; next } /^#/ { counts = 0; next } counts && $2 != 0' out)" = '' ]
    connect a && expect $a '220 Enter Client01'
    say $a exit && expect $a '221 Bye.'
    await '[ "$(ctl count)" = 0 ]'
    ctl check
    ctl metrics > out
    is accepted_total 1
    is session_seconds_count 1
    is 'left_total{reason="exit"}' 1
    is journal_lost_total 0
    is log_lost_total 0
    is lock_waits_total 0
    is recovered_total 0
}

@test "--output replaces the file when all is written, and nothing else than a file" {
    start
    echo old > room.prom
    exec {old}< room.prom
    ctl metrics --output room.prom
    read -r line <&$old
    [ "$line" = old ]
    well_formed room.prom
    [ "$(metric up room.prom)" = 1 ]
    [ "$(echo room.prom*)" = room.prom ]
    ln -s room.prom link
    mkdir directory
    for wrong in /dev/null link directory; do
        run "$build/rollcallctl" -n "$room" metrics -o "$wrong"
        [ "$status" -eq 1 ]
        [ "$output" = "rollcallctl: '$wrong' is no regular file: it is left as it is" ]
    done
    [ -c /dev/null ] && [ -L link ]
    run "$build/rollcallctl" -n "$room" metrics -o nowhere/room.prom
    [ "$status" -eq 1 ]
    [ "$output" = "rollcallctl: cannot write 'nowhere/room.prom': No such file or directory" ]
    run "$build/rollcallctl" -n "$room" status -o room.prom
    [ "$status" -eq 2 ]
    [ "$output" = "rollcallctl: status: --output is for metrics; see 'rollcallctl --help'" ]
    run -2 "$build/rollcallctl" top --json
    [ "$output" = "rollcallctl: top: --json is for status, history, handouts, handins, report; see 'rollcallctl --help'" ]
    run bash -c '"$1" -n "$2" metrics > /dev/full' - "$build/rollcallctl" "$room"
    [ "$status" -eq 1 ]
}

@test "a room that is down is shown as down, and not as it was last" {
    start
    connect a && expect $a '220 Enter Client01'
    ctl metrics -o room.prom
    stop KILL
    run "$build/rollcallctl" -n "$room" metrics -o room.prom
    [ "$status" -eq 4 ]
    well_formed room.prom
    [ "$(metric up room.prom)" = 0 ]
    [ "$(metric accepted_total room.prom)" = 1 ]
    rm -f "/dev/shm/rollcall.$room"
    run "$build/rollcallctl" -n "$room" metrics -o room.prom
    [ "$status" -eq 3 ]
    well_formed room.prom
    [ "$(metric up room.prom)" = 0 ]
    [ "$(grep -c -v '^#' room.prom)" -eq 1 ]
}
