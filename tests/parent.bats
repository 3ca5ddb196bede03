#!/usr/bin/env bats
# The parent is killed again and again.

load helpers

ours() { # prints the processes of this room's daemons
    pgrep -f -- "rollcalld.*--name $room " || true
}

@test "the parent is killed a hundred times under load: nothing is left of it, and the next starts at once" {
    start --max-clients 20
    fixed=$port
    for i in 1 2 3; do
        while :; do
            printf 'moo\nstatus\nsum:meow.txt\nfile:meow.txt\n' |
                "$build/rollcall" --port "$fixed" || true
        done > /dev/null 2>&1 3>&- &
        load+=("$!")
    done
    objects=$(find /dev/shm -name "rollcall.$room*" | wc -l)
    for round in {1..100}; do
        # kill at a random moment: after a random number of connections
        await "[ \"\$(grep -c connected \"$log\")\" -ge $((RANDOM % 20)) ]"
        if [ $((round % 2)) -eq 0 ]; then connect a && expect_like $a '220 Enter Client[0-9]+'; fi
        kill -9 "$server"
        wait "$server" || true
        killed=${EPOCHREALTIME/./}
        await '[ -z "$(ours)" ]'
        [ $((${EPOCHREALTIME/./} - killed)) -lt 2000000 ] || { echo "round $round: too long"; false; }
        if [ $((round % 2)) -eq 0 ]; then disconnect "$a"; fi
        [ "$(find /dev/shm -name "rollcall.$room*" | wc -l)" -eq "$objects" ]
        launch "$build/rollcalld" --port "$fixed" --name "$room" --share share --max-clients 20
    done
    kill "${load[@]}"
    wait "${load[@]}" || true
    stop TERM
    [ "$status" -eq 0 ]
    [ -z "$(find /dev/shm -name "rollcall.$room*")" ]
}
