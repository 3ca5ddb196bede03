#!/usr/bin/env bats
# rollcallctl report: the attendance, out of journals that are written here, line by line, and out of
# those of a daemon.

load helpers

# journal FILE: begins a journal; the lines that follow are added to it.
journal() {
    file=$1 number=0
    printf 'rollcall-journal\t1\tlab\n' > "$file"
}

# event UTC BOOT-SECONDS EVENT [SERIAL PLACE NAME [KEY=VALUE...]]
event() {
    local utc=$1 boot=$2 event=$3 serial=${4:--} place=${5:--} name=${6:--} address=- port=- key
    [ "$serial" = - ] || address=10.0.0.$place port=$((40000 + serial))
    number=$((number + 1))
    printf '%s\t%s.000Z\t%s\t%s\t%s\t%s\t%s\t%s\t%s' "$number" "$utc" "${boot}000" "$event" "$serial" \
        "$place" "$name" "$address" "$port" >> "$file"
    for key in "${@:7}"; do printf '\t%s' "$key" >> "$file"; done
    echo >> "$file"
}

report() {
    "$build/rollcallctl" report --journal "$file" "$@"
}

# of NAME: "arrivals departures seconds first last status"
of() { # NAME OPTION...
    report --json "${@:2}" | jq -r --arg name "$1" '.people[] | select(.name == $name) |
        "\(.arrivals) \(.departures) \(.seconds | floor) \(.first[11:16]) \(.last[11:16]) \(.status | join(","))"'
}

lesson() { # anna and bob stay; carl comes late; dora goes early; somebody unnamed
    journal lesson
    event 2026-11-26T08:00:00 100 started - - - boot=one pid=1 room=lab
    event 2026-11-26T08:55:00 3400 arrived 1 1 Client01 pid=2
    event 2026-11-26T08:55:10 3410 named 1 1 anna was=Client01
    event 2026-11-26T08:58:00 3580 arrived 2 2 Client02 pid=3
    event 2026-11-26T08:58:05 3585 named 2 2 Bob was=Client02
    event 2026-11-26T08:59:00 3640 arrived 3 3 Client03 pid=4
    event 2026-11-26T08:59:01 3641 named 3 3 dora was=Client03
    event 2026-11-26T09:10:00 4300 arrived 4 4 Client04 pid=5
    event 2026-11-26T09:10:05 4305 named 4 4 carl was=Client04
    event 2026-11-26T09:20:00 4900 fetched 1 1 anna file=lab.c size=10 done=10
    event 2026-11-26T09:20:01 4901 verified 1 1 anna file=lab.c size=10 sha256=ab
    event 2026-11-26T09:30:00 5500 left 3 3 dora why=exit arrived=2026-11-26T08:59:00.000Z lasted=1860000
    event 2026-11-26T09:35:00 5800 arrived 5 5 Client05 pid=6
    event 2026-11-26T09:40:00 6100 handed-in 2 2 Bob file=work.c size=3 sha256=cd earlier=new
    event 2026-11-26T09:45:00 6400 left 1 1 anna why=exit arrived=2026-11-26T08:55:00.000Z lasted=3000000
    event 2026-11-26T09:46:00 6460 left 2 2 Bob why=lost arrived=2026-11-26T08:58:00.000Z lasted=2880000
    event 2026-11-26T09:46:00 6460 left 4 4 carl why=closed arrived=2026-11-26T09:10:00.000Z lasted=2160000
    event 2026-11-26T09:47:00 6520 left 5 5 Client05 why=exit arrived=2026-11-26T09:35:00.000Z lasted=720000
    event 2026-11-26T09:50:00 6700 ended
}

@test "a lesson with a roster: absent, unknown, late, gone early, by other names and addresses" {
    lesson
    printf '# the class\nAnna Berg\tanna\nBob\nCarl\nDora D\tdora\nEva\teva\n\nFritz\t10.0.0.5\n' > roster
    run report --roster roster --start '2026-11-26 09:00' --end '2026-11-26 09:45' --late 5 --early 10
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = 'Room lab: 5 came, 1 absent, 0 unknown, from 2026-11-26 09:00:00 to 2026-11-26 09:45:00' ]
    [[ ${lines[2]} == 'Anna Berg  left '*' 1     1  45m00s  2026-11-26 08:55:00  2026-11-26 09:45:00        1         1          0  10.0.0.1' ]]
    [[ ${lines[3]} == 'Bob        left '*' 45m00s '*' 0         0          1  10.0.0.2' ]]
    [[ ${lines[4]} == 'Carl       left, late '*' 35m00s '* ]]
    [[ ${lines[5]} == 'Dora D     left, gone early '*' 30m00s '* ]]
    [[ ${lines[6]} == 'Eva        absent '*' 0     0      0s  - '* ]]
    [[ ${lines[7]} == 'Fritz      left, late '*' 10m00s '* ]]
    printf 'anna\n' > roster
    run report --roster roster
    [ "${lines[0]}" = 'Room lab: 5 came, 0 absent, 4 unknown, from 2026-11-26 08:00:00 to 2026-11-26 09:50:00' ]
    [[ ${lines[3]} == 'Bob       left, unknown '* ]]
}

@test "who was here at a moment, and within a span" {
    lesson
    report --json --at 2026-11-26T09:05:00Z | jq -e '[.people[].name] == ["anna", "Bob", "dora"]'
    report --json --at 2026-11-26T09:46:30Z | jq -e '[.people[].name] == ["Client05"]'
    report --json --from 2026-11-26T09:46:30Z | jq -e '.people[0].seconds == 30'
    report --json --to '2026-11-26 08:57' | jq -e '[.people[].name] == ["anna"] and .people[0].seconds == 179.999'
    report --json --from 2026-11-27 | jq -e '.people == []'
    TZ=Asia/Tokyo report --json --at '2026-11-26 18:05' | jq -e '.people | length == 3'
}

@test "at a moment: here, since when and for how long, and what was done until then" {
    lesson
    [ "$(of anna --at 2026-11-26T09:05:00Z)" = '1 0 600 08:55 09:05 here' ]
    printf 'anna\ncarl\n' > roster
    [ "$(of carl --at 2026-11-26T09:05:00Z --roster roster)" = '0 0 0 null null absent' ]
    [ "$(of Bob --at 2026-11-26T09:05:00Z --roster roster)" = '1 0 420 08:58 09:05 here,unknown' ]
    run report --at 2026-11-26T09:20:00Z
    [ "${lines[0]}" = 'Room lab: 4 here, at 2026-11-26 09:20:00' ]
    [[ ${lines[2]} == 'anna  here  '*' 1     0  25m00s  2026-11-26 08:55:00  2026-11-26 09:20:00        1         0          0  10.0.0.1' ]]
    # in the middle of a clock that was set back
    journal clock
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 anna pid=2
    event 2026-11-26T08:50:00 2500 left 1 1 anna why=exit
    report --json --at 2026-11-26T08:55:00Z | jq -e '.people | length == 1'
}

@test "what is fetched, verified and handed in is counted as files, not as attempts" {
    journal attempts
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 anna pid=2
    event 2026-11-26T09:01:00 160 fetched 1 1 anna file=big size=10 done=4
    event 2026-11-26T09:02:00 220 fetched 1 1 anna file=big size=10 done=10
    event 2026-11-26T09:02:00 220 fetched 1 1 anna file=big size=10 done=10
    event 2026-11-26T09:02:00 220 fetched 1 1 anna file=other size=10 done=4
    event 2026-11-26T09:02:00 220 fetched 1 1 anna file=empty size=0 done=0
    event 2026-11-26T09:02:01 221 verified 1 1 anna file=big size=10 sha256=ab
    event 2026-11-26T09:02:02 222 verified 1 1 anna file=big size=10 sha256=ab
    event 2026-11-26T09:03:00 280 handed-in 1 1 anna file=work size=3 sha256=cd earlier=new
    event 2026-11-26T09:04:00 340 handed-in 1 1 anna file=work size=4 sha256=ef earlier=kept
    event 2026-11-26T09:05:00 400 left 1 1 anna why=exit
    event 2026-11-26T09:06:00 460 arrived 2 1 anna pid=3
    event 2026-11-26T09:06:30 490 fetched 2 1 anna file=big size=10 done=10
    event 2026-11-26T09:07:00 520 left 2 1 anna why=exit
    report --csv | grep -q '"anna","left",2,2,.*Z",2,1,1,"tcp","10.0.0.1"'
    report --json | jq -e '.people[0] | (.fetched | length) == 6 and .fetched[0].done == 4 and (.verified | length) == 2 and
        [.handed_in[].earlier] == ["new", "kept"]'
}

@test "a golden journal: two lessons over midnight, a restart, summer time, a clock set back and a second boot" {
    journal golden
    export TZ=Europe/Berlin
    event 2026-03-28T22:00:00 1000 started - - - boot=one pid=1 room=lab
    event 2026-03-28T22:10:00 1600 arrived 1 1 anna pid=2
    event 2026-03-28T22:20:00 2200 arrived 2 2 bob pid=3
    event 2026-03-28T23:30:00 6400 left 2 2 bob why=exit
    # killed after midnight, and started again: anna comes back within ten seconds
    event 2026-03-29T00:00:00 8200 left 1 1 anna why=unclosed
    event 2026-03-29T00:00:00 8200 ended - - - why=killed
    event 2026-03-29T00:00:05 8205 started - - - boot=one pid=9 room=lab
    event 2026-03-29T00:00:10 8210 arrived 3 1 anna pid=10
    # 02:00 becomes 03:00; then somebody sets the clock back by an hour
    event 2026-03-29T01:30:00 13600 arrived 4 2 bob pid=11
    event 2026-03-29T00:40:00 14200 arrived 5 3 carl pid=12
    event 2026-03-29T01:00:00 15400 left 3 1 anna why=exit
    event 2026-03-29T01:10:00 16000 left 4 2 bob why=exit
    event 2026-03-29T01:20:00 16600 alive
    event 2026-03-29T01:20:00 16600 left 5 3 carl why=unclosed
    event 2026-03-29T01:20:00 16600 ended - - - why=killed
    # the machine was started again
    event 2026-03-29T05:00:00 50 started - - - boot=two pid=1 room=lab
    event 2026-03-29T05:00:00 50 arrived 6 1 carl pid=2
    event 2026-03-29T06:00:00 3650 left 6 1 carl why=exit
    event 2026-03-29T06:00:00 3650 ended
    report --gap 10 > out
    cat > expected <<'END'
Room lab: 3 came, from 2026-03-28 23:00:00 to 2026-03-29 08:00:00

NAME  STATUS  CAME  LEFT  TOTAL  FIRST                LAST                 FETCHED  VERIFIED  HANDED IN  ADDRESSES
anna  left       1     1  3h50m  2026-03-28 23:10:00  2026-03-29 03:00:00        0         0          0  10.0.0.1
bob   left       2     2  1h50m  2026-03-28 23:20:00  2026-03-29 03:10:00        0         0          0  10.0.0.2
carl  left       2     2  1h40m  2026-03-29 01:40:00  2026-03-29 08:00:00        0         0          0  10.0.0.3, 10.0.0.1
END
    diff expected out
    report --json | jq -c '[.people[] | [.name, .seconds]]' > out
    [ "$(cat out)" = '[["anna",13790],["bob",6600],["carl",6000]]' ]
}

@test "CSV and JSON: every value, and nothing that a spreadsheet would take for a formula" {
    lesson
    report --csv > out
    [ "$(head -n 2 out | tail -n 1)" = $'"anna","left",1,1,3000.000,"2026-11-26T08:55:00.000Z","2026-11-26T09:45:00.000Z",1,1,0,"tcp","10.0.0.1"\r' ]
    printf '=1+1\tanna\n' > roster
    report --csv --roster roster | grep -qF "\"'=1+1\","
    report --json | jq -e '.people[] | select(.name == "Bob") | .handed_in == [{"file": "work.c",
        "when": "2026-11-26T09:40:00.000Z", "size": 3, "sha256": "cd", "earlier": "new"}] and .stays[0].why == "lost"'
}

@test "a pause shorter than --gap is none, across a restart, too" {
    journal pauses
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 anna pid=2
    event 2026-11-26T09:10:00 700 left 1 1 anna why=lost
    event 2026-11-26T09:10:30 730 arrived 2 1 anna pid=3
    event 2026-11-26T09:20:30 1330 left 2 1 anna why=unclosed
    event 2026-11-26T09:20:30 1330 ended - - - why=killed
    event 2026-11-26T09:20:50 1350 started - - - boot=one
    event 2026-11-26T09:21:00 1360 arrived 3 1 anna pid=4
    event 2026-11-26T09:31:00 1960 left 3 1 anna why=exit
    [ "$(of anna)" = '3 3 1800 09:00 09:31 left' ]
    [ "$(of anna --gap 29)" = '3 3 1800 09:00 09:31 left' ]
    [ "$(of anna --gap 30)" = '1 1 1860 09:00 09:31 left' ]
}

@test "a connection of another protocol is nobody" {
    journal other
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 Client01 pid=2
    event 2026-11-26T09:00:01 101 left 1 1 Client01 why=protocol
    report --json | jq -e '.people == []'
}

@test "two connections at once count once; two addresses are shown" {
    journal twice
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 anna pid=2
    event 2026-11-26T09:05:00 400 arrived 2 2 ANNA pid=3
    event 2026-11-26T09:10:00 700 left 1 1 anna why=exit
    event 2026-11-26T09:15:00 1000 left 2 2 ANNA why=exit
    [ "$(of anna)" = '1 1 900 09:00 09:15 left' ]
    report --json | jq -e '.people[0].addresses == ["10.0.0.1", "10.0.0.2"]'
}

@test "a name that follows another one: each its own time" {
    journal names
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 Client01 pid=2
    event 2026-11-26T09:01:00 160 named 1 1 anna was=Client01
    event 2026-11-26T09:10:00 700 named 1 1 bob was=anna
    event 2026-11-26T09:30:00 1900 left 1 1 bob why=exit
    [ "$(of anna)" = '1 1 600 09:00 09:10 left' ]
    [ "$(of bob)" = '1 1 1200 09:10 09:30 left' ]
}

@test "over midnight" {
    journal midnight
    event 2026-12-31T23:30:00 100 started - - - boot=one
    event 2026-12-31T23:30:00 100 arrived 1 1 anna pid=2
    event 2027-01-01T00:30:00 3700 left 1 1 anna why=exit
    [ "$(of anna)" = '1 1 3600 23:30 00:30 left' ]
    report --json --from 2027-01-01 | jq -e '.people[0].seconds == 1800'
    report --json --to 2026-12-31 | jq -e '.people[0].seconds == 1799.999'
}

@test "the hour that summer time leaves out, and the one that comes twice" {
    export TZ=Europe/Berlin
    journal summer
    event 2026-03-29T00:30:00 100 started - - - boot=one
    event 2026-03-29T00:30:00 100 arrived 1 1 anna pid=2
    event 2026-03-29T01:30:00 3700 left 1 1 anna why=exit
    [ "$(of anna)" = '1 1 3600 00:30 01:30 left' ]
    report | grep -q ' 1h00m  2026-03-29 01:30:00  2026-03-29 03:30:00 '
    run report --from '2026-03-29 02:30'
    [ "$status" -eq 2 ]
    report --json --from '2026-03-29 03:00' | jq -e '.people[0].seconds == 1800'
    journal winter
    event 2026-10-25T00:30:00 100 started - - - boot=one
    event 2026-10-25T00:30:00 100 arrived 1 1 anna pid=2
    event 2026-10-25T01:30:00 3700 left 1 1 anna why=exit
    report | grep -q ' 1h00m  2026-10-25 02:30:00  2026-10-25 02:30:00 '
    report --json --from 2026-10-25 --to 2026-10-25 | jq -e '.people[0].seconds == 3600'
}

@test "times are named in the time of that day, in summer and in winter" {
    export TZ=Europe/Berlin
    journal summer
    event 2026-07-01T07:00:00 100 started - - - boot=one pid=1 room=lab
    event 2026-07-01T07:00:00 100 arrived 1 1 anna pid=2
    event 2026-07-01T09:00:00 7300 left 1 1 anna why=exit arrived=2026-07-01T07:00:00.000Z lasted=7200000
    event 2026-12-01T08:00:00 9900 arrived 2 2 ben pid=3
    event 2026-12-01T10:00:00 17100 left 2 2 ben why=exit arrived=2026-12-01T08:00:00.000Z lasted=7200000
    event 2026-12-01T10:00:00 17100 ended
    [ "$(of anna --from '2026-07-01 10:30')" = '1 1 1800 07:00 09:00 left' ]
    [ "$(of ben --from '2026-12-01 10:30')" = '1 1 1800 08:00 10:00 left' ]
    run report --at '2026-07-01 08:59'
    [[ ${lines[0]} == *' 0 '* ]]
    report --at '2026-07-01 09:00' | grep -q '^anna '
}

@test "a file that begins after a rotation has the whole time of those who were present" {
    journal rotated
    event 2026-11-26T09:00:00 4000 continued - - - boot=one pid=1 room=lab last=1
    event 2026-11-26T09:00:00 4000 present 1 1 anna pid=2 arrived=2026-11-26T08:00:00.000Z lasted=3600000
    event 2026-11-26T09:30:00 5800 left 1 1 anna why=exit arrived=2026-11-26T08:00:00.000Z lasted=5400000
    event 2026-11-26T09:31:00 5860 ended
    [ "$(of anna)" = '1 1 5400 08:00 09:30 left' ]
}

@test "files in the wrong order, one file twice, and two rooms are refused" {
    journal old
    event 2026-11-26T08:00:00 400 started - - - boot=one pid=1 room=lab
    event 2026-11-26T08:10:00 1000 arrived 1 1 anna pid=2
    rotated=$number
    journal new
    number=$rotated
    event 2026-11-26T09:00:00 4000 continued - - - boot=one pid=1 room=lab last=1
    event 2026-11-26T09:00:00 4000 present 1 1 anna pid=2 arrived=2026-11-26T08:10:00.000Z lasted=3000000
    event 2026-11-26T09:30:00 5800 left 1 1 anna why=exit arrived=2026-11-26T08:10:00.000Z lasted=4800000
    file=old report --journal new --json | jq -e '.people[0].seconds == 4800'
    file=new
    run report --journal old
    [ "$status" -eq 1 ]
    [ "$output" = "rollcallctl: --journal 'old': begins with event 1, but the file before it ends with event 5; expected the files of one journal, oldest first, each once" ]
    run report --journal new
    [ "$status" -eq 1 ]
    [ "$output" = "rollcallctl: --journal 'new': begins with event 3, but the file before it ends with event 5; expected the files of one journal, oldest first, each once" ]
    printf 'rollcall-journal\t1\tcellar\n' > other
    run report --journal other
    [ "$status" -eq 1 ]
    [ "$output" = "rollcallctl: --journal 'other': belongs to room 'cellar', and the file before it to room 'lab'; expected the files of one room" ]
}

@test "a clock that was set back, or forward, changes no duration" {
    journal clock
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 anna pid=2
    event 2026-11-26T08:40:00 1900 arrived 2 2 bob pid=3
    event 2026-11-26T08:50:00 2500 left 1 1 anna why=exit
    event 2026-11-26T12:00:00 3100 left 2 2 bob why=exit
    [ "$(of anna)" = '1 1 2400 09:00 08:50 left' ]
    [ "$(of bob)" = '1 1 1200 08:40 12:00 left' ]
}

@test "two boots: cut off by the first, and the second's clock begins anew" {
    journal boots
    event 2026-11-26T09:00:00 5000 started - - - boot=one
    event 2026-11-26T09:00:00 5000 arrived 1 1 anna pid=2
    event 2026-11-26T09:09:00 5540 alive
    event 2026-11-26T09:09:00 5540 left 1 1 anna why=unclosed
    event 2026-11-26T09:09:00 5540 ended - - - why=killed
    event 2026-11-26T09:20:00 60 started - - - boot=two
    event 2026-11-26T09:20:00 60 arrived 2 1 anna pid=2
    event 2026-11-26T09:30:00 660 left 2 1 anna why=exit
    [ "$(of anna)" = '2 2 1140 09:00 09:30 left' ]
    [ "$(of anna --gap 660)" = '1 1 1800 09:00 09:30 left' ]
}

@test "a torn tail, damaged lines, lost events, an open session of a daemon that is gone" {
    journal damaged
    event 2026-11-26T09:00:00 100 started - - - boot=one
    event 2026-11-26T09:00:00 100 arrived 1 1 anna pid=2
    printf 'rubbish\n\t\t\n' >> "$file"
    event 2026-11-26T09:09:00 640 lost - - - count=7
    printf '99\t2026-11-26T09:10' >> "$file"
    run --separate-stderr report --json
    [ "$status" -eq 0 ]
    [ "$stderr" = 'rollcallctl: the journal is not whole: 2 damaged lines, 7 events that could not be recorded' ]
    jq -e '.alive == false and .people[0].seconds == 540 and .people[0].status == ["left"]' <<< "$output"
}

@test "what is wrong: the options, the roster, the journal" {
    lesson
    for words in '--name x/y' '--room x' '--from 24:00' '--from 2026-02-30' '--late x' '--at 09:00 --from 08:00' '--csv --json' \
        '--late 5 --end 09:00' '--early 5 --start 09:00' '--from 10:00 --to 09:00' '--start 10:00 --end 09:00' 'lesson' '--nonsense'; do
        run report $words
        [ "$status" -eq 2 ]
        [[ $output == 'rollcallctl report: '* && $output != *$'\n'* ]]
    done
    run report --name x/y
    [ "$output" = "rollcallctl report: --name 'x/y': expected 1 to 64 letters, digits, '-', '_' or '.', the first no '.'" ]
    printf 'anna\tb\nbob\tB\n' > roster
    run report --roster roster
    [ "$status" -eq 1 ]
    [ "$output" = "rollcallctl: --roster 'roster': line 2: 'b' is already in line 1" ]
    printf 'anna\n\033[2J\n' > roster
    run report --roster roster
    [ "$output" = "rollcallctl: --roster 'roster': line 2: expected UTF-8 text" ]
    for other in roster share /dev/null nowhere; do
        run "$build/rollcallctl" report --journal "$other"
        [ "$status" -eq 1 ]
        [[ $output == "rollcallctl: --journal '$other': "* ]]
    done
    run "$build/rollcallctl" -n "$room" report
    [ "$status" -eq 1 ]
    [ "$output" = "rollcallctl: cannot find the journal of room '$room': no rollcalld of that name runs here; expected --journal FILE" ]
    run "$build/rollcallctl" report --help
    [ "$status" -eq 0 ]
    [[ $output == 'usage: rollcallctl report '* ]]
}

@test "a daemon's own journal: found by the room, rotated, and read when the daemon is gone" {
    mkdir -m 777 journal
    start --journal journal/j --user "$me"
    connect a && expect $a '220 Enter Client01'
    say $a 'nick:anna'
    expect_like $a '200 anna secret .*'
    ctl report --json | jq -e '.alive and .people[0].name == "anna" and .people[0].status == ["here"] and .people[0].departures == 0'
    await 'ctl report --json | jq -e ".people[0].seconds > 1"' # and nothing was written meanwhile
    mv journal/j journal/j.1
    ctl reopen
    ctl report --json | jq -e '.people[0].name == "anna" and .people[0].arrivals == 1'
    say $a exit
    expect $a '221 Bye.'
    await 'grep -q "	left	" journal/j'
    stop
    for files in '--journal journal/j' '--journal journal/j.1 --journal journal/j'; do
        "$build/rollcallctl" report $files --json |
            jq -e '.alive == false and .people[0].status == ["left"] and .people[0].arrivals == 1 and .people[0].seconds > 0'
    done
}
