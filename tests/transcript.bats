#!/usr/bin/env bats
# The tool that plays transcripts: it reports where a session differs from the file.

load helpers

played() { # STATUS LINE...: plays the lines; the exit status must be STATUS, and the messages are in $output
    local wanted=$1
    shift
    [ -n "${server:-}" ] || start
    printf '%s\n' '1 connect' '1< 220 *' "$@" > script
    PATIENCE=1 log=$log run -"$wanted" "$build/tools/transcript/transcript" script 127.0.0.1 "$port"
}

@test "an unexpected line: where, which, and the lines before" {
    played 1 '# by the way' '1> moo' '1< 200 meow ACK' '1> never said'
    [ "$output" = 'script:5: 1< 200 meow ACK
What came instead:
  200 moo ACK
The conversations, to their last lines:
  1< 220 Enter Client01
  1> moo
  1< 200 moo ACK' ]
}

@test "nothing in time, an end, a line where the end was expected" {
    played 1 '1< more'
    [[ $output == 'script:3: 1< more'*'nothing came in time'* ]]
    played 1 '1> exit' '1< 221 *' '1< more'
    [[ $output == 'script:5: 1< more'*'the connection has ended'* ]]
    played 1 '1> exit' '1 ends'
    [[ $output == 'script:4: 1 ends'*'221 Bye.'* ]]
    played 1 '1> exit' '1< 221 *' '1> nobody hears' '1 ends' '1< x'
    played 1 '1 asks status until 211-9 clients'
    [[ $output == *' in time'* ]]
    played 1 'log has nothing of the kind'
    played 1 '$ false'
    played 1 'until $ false'
}

@test "bytes: one differs, some are missing" {
    head -c 100000 /dev/urandom > share/big
    { head -c 70000 share/big; echo; tail -c 29999 share/big; } > other
    played 0 '1> file:big' '1< 150 *' '1 receives share/big'
    played 1 '1> file:big' '1< 150 *' '1 receives other'
    [[ $output == *'Byte 70000 is another one'* ]] || [ "$(cmp share/big other)" = '' ]
    played 1 '1> exit' '1< 221 *' '1 receives other'
    [[ $output == *'After 0 bytes: the connection has ended'* ]]
}

@test "patterns: * and ?, named ones, what is remembered, repetitions, escapes" {
    played 0 '1> it is 12:30 * [ok] $1 (x|y)' '1< 200 it is <number>:?0 \* [ok] $1 (x|y) ACK' \
        '1> a<b*3>c' '1< 200 abbbc ACK' '1> \x61\t\\!' '1< 200 a\t\\! ACK' \
        '1> nick:anna' '1< 200 anna secret <secret=<hex>>' '1> $secret' '1< 200 $secret ACK' '$ [ ${#secret} -eq 32 ]'
    played 1 '1> 12' '1< 200 <hex>2<time> ACK'
    played 2 '1> x' '1< <nonsense>'
    played 2 '1> x' '1< $nothing'
    played 2 '1 sings'
    played 2 '2> who?'
    played 2 'for i in 1..3' '1> x'
}

@test "loops count with as many digits, one in the other" {
    played 0 'for i in 08..10' '  for j in 1..2' '    1> $i $j' '  end' 'end' \
        '1< 200 08 1 ACK' '1< 200 08 2 ACK' '1< 200 09 1 ACK' '1< 200 09 2 ACK' '1< 200 10 1 ACK' '1< 200 10 2 ACK'
}
