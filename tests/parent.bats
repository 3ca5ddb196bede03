#!/usr/bin/env bats
# The parent is killed again and again.

load helpers

# No process of this room's daemons is left.
all_gone() {
    find_processes "*rollcalld *--name $room *"
    [ ${#found[@]} -eq 0 ]
}

log_grows_to() { # LINES
    local lines
    mapfile -t lines < "$log"
    [ ${#lines[@]} -ge "$1" ]
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
        await "log_grows_to $((4 + RANDOM % 20))"
        if [ $((round % 2)) -eq 0 ]; then connect a && expect_like $a '220 Enter Client[0-9]+'; fi
        kill -9 "$server"
        wait "$server" || true
        patience=30 await all_gone
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
