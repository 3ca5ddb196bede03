#!/usr/bin/env bats
# The session: names, status, messages, lines that are too long, refusals. The sessions themselves are
# in transcripts/session/.

load helpers

@test "the original's session, line for line" {
    transcript session/whole
}

@test "names: the lowest free number, given again" {
    transcript session/numbers
}

@test "a client that just vanishes is gone from the table, and its number is free" {
    transcript session/vanished
}

@test "three clients at most by default; the fourth is refused" {
    transcript session/full
}

@test "the refusal reaches a client that has already sent a lot" {
    transcript session/full-talkative
}

refused() { # COUNT: the log shows that many refusals in all
    local line count=0
    while read -r line; do
        [[ ! $line =~ 'Server full: '([0-9]+)' refused' ]] || count=$((count + BASH_REMATCH[1]))
    done < "$log"
    [ "$count" -eq "$1" ]
}

@test "refusals are logged once a second at most" {
    began=$SECONDS
    transcript session/refusals
    await 'refused 50'
    # and one more at each end of the interval
    [ "$(grep -c 'Server full' "$log")" -le $((SECONDS - began + 2)) ]
}

@test "more than three clients with --max-clients" {
    transcript session/crowd
}

@test "messages: everything else is one, and acknowledged" {
    transcript session/messages
}

@test "CRLF is accepted" {
    transcript session/crlf
}

@test "long lines: 4096 bytes are fine, more gets 500 and the session goes on" {
    transcript session/long-lines
}

@test "control characters and broken UTF-8 get 501, and are stored nowhere" {
    transcript session/control-characters
    run ! grep -q "$(printf '\033')" "$log"
}

@test "pipelined requests are answered whole and in order" {
    transcript session/pipelined
}

@test "a client that closes its half gets all its answers" {
    transcript session/half-closed
}

@test "an unfinished last line is not a request" {
    transcript session/torn-line
}

@test "bytes after exit do not lose its answer" {
    transcript session/after-exit
}

@test "help names every request" {
    transcript session/help
}

@test "status from one address family shows the other's clients" {
    transcript session/two-families
}
