#!/usr/bin/env bats
# The configuration file: what it may hold, what is said of a wrong one, and what the options that look
# at it do.

load helpers

config() { # LINE...: writes the file
    printf '%s\n' "$@" > conf
}

# refused WORDS [OPTION...]: the daemon does not start with this file, and says so in one line.
refused() {
    local words=$1
    shift
    run "$build/rollcalld" --config conf "$@"
    [ "$status" -eq 2 ] || { echo "status $status: $output"; return 1; }
    [ "${#lines[@]}" -eq 1 ] || { echo "not one line: $output"; return 1; }
    [[ $output == "rollcalld: "*"$words"* ]] || { echo "said: $output"; return 1; }
}

@test "settings come from the file, and the command line wins" {
    mkdir 'a b'
    printf 'x' > 'a b/x.txt'
    config '# a lesson' '' 'port = 0' "name $room" 'share "a b"' 'max-clients 1 # one' 'earlier=0'
    launch "$build/rollcalld" --config conf
    connect a
    expect_like "$a" '220 .*'
    say "$a" list
    expect "$a" '212-1 files' ' x.txt' '212 End'
    connect b
    expect "$b" '421 Server full: 1 of 1.'
    stop
    launch "$build/rollcalld" --config conf --max-clients 2
    connect a
    expect_like "$a" '220 .*'
    connect b
    expect_like "$b" '220 .*'
}

@test "a list on the command line replaces that of the file" {
    config 'port 0' "name $room" 'share share' 'deny 127.0.0.0/8' 'deny ::1'
    launch "$build/rollcalld" --config conf
    connect a
    expect_like "$a" '421 .*'
    stop
    launch "$build/rollcalld" --config conf --deny 10.0.0.0/8
    connect a
    expect_like "$a" '220 .*'
}

@test "what is wrong in a file is told with its line" {
    config 'port 0' 'max-client 3'
    refused "conf:2: max-client: no such setting; did you mean 'max-clients'?"
    config 'port 65536'
    refused "conf:1: port '65536': expected a number from 0 to 65535"
    config 'share a b'
    refused "conf:1: share: expected one value, and not 'b' behind it; a value with spaces needs quotes"
    config 'name a' 'name b'
    refused 'conf:2: name: set in line 1 already'
    config 'check-config yes'
    refused 'conf:1: check-config: expected on the command line alone'
    config $'name \e[31m'
    refused "conf:1: expected UTF-8 text without control characters, not 'name \\x1B[31m'"
    printf 'name a\0b\n' > conf
    refused 'conf:1: expected text, not the byte 0'
}

@test "what is no configuration file is refused at once" {
    rm -f conf
    refused "cannot read the configuration 'conf': No such file or directory"
    mkfifo conf
    refused "cannot read the configuration 'conf': it is not a regular file"
    rm conf
    mkdir conf
    refused "cannot read the configuration 'conf': it is a directory"
    rmdir conf
    head -c 65537 /dev/zero | tr '\0' '\n' > conf
    refused "cannot read the configuration 'conf': it has more than 65536 bytes"
    head -c 8193 /dev/zero | tr '\0' '#' > conf
    refused 'conf:1: expected a line of at most 8192 bytes'
    ln -sf conf2 conf
    refused "cannot read the configuration 'conf': No such file or directory"
    run "$build/rollcalld" --config no/conf
    [ "$status" -eq 2 ]
    [[ $output == "rollcalld: cannot read the configuration 'no/conf': "* ]]
}

@test "a file that may not be read is refused" {
    [ "$(id -u)" -ne 0 ] || skip "root may read all"
    config 'port 0'
    chmod 0 conf
    refused "cannot read the configuration 'conf': Permission denied"
}

@test "CRLF, a byte order mark, and a file without a line end" {
    printf '\xef\xbb\xbfport 0\r\nname %s\r\nshare share' "$room" > conf
    launch "$build/rollcalld" --config conf
    connect a
    expect_like "$a" '220 .*'
}

@test "--print-config prints a file that is read as the same" {
    mkdir "a \"b\\"
    config 'port 0' "share 'a \"b\\'" 'allow 10.0.0.0/8' 'allow fd00::/8' 'inbox-file 1536K'
    "$build/rollcalld" --config conf --print-config --per-address 7 > printed
    file_has printed '^port 0$'
    file_has printed '^per-address 7$'
    file_has printed '^# inbox is not set$'
    file_has printed '^exempt ::1/128$'
    "$build/rollcalld" --config printed --print-config > again
    cmp printed again
    "$build/rollcalld" --config printed --check-config
    "$build/rollcalld" --print-config > printed
    "$build/rollcalld" --config printed --print-config | cmp printed
}

@test "--check-config checks what the settings name, and starts nothing" {
    mkdir inbox
    printf '0123456789abcdef0123456789abcdef\n' > key
    chmod 600 key
    config 'port 1' "name $room" 'share share' 'inbox inbox' 'key-file key' 'journal journal' 'bind 127.0.0.1' \
        "user $me"
    run "$build/rollcalld" --config conf --check-config
    [ "$status" -eq 0 ]
    [ "$output" = 'conf: the settings are right' ]
    [ ! -e journal ]
    [ ! -e "/dev/shm/rollcall.$room" ]
    [ -z "$(ls -A inbox)" ]
    refused 'cannot share' --check-config --share none
    refused "cannot open the inbox 'none'" --check-config --inbox none
    refused 'expected a directory apart from the shared one' --check-config --inbox share
    refused "cannot read the key in 'none'" --check-config --key-file none
    refused "the journal 'none/journal'" --check-config --journal none/journal
    refused 'cannot listen on 203.0.113.1' --check-config --bind 203.0.113.1
    refused "in '/nonesuch'" --check-config --runtime /nonesuch
    refused "'no such user'" --check-config --user 'no such user'
}

@test "a running daemon does not keep its settings from being checked" {
    start
    config "port $port" "name $room" 'share share'
    "$build/rollcalld" --config conf --check-config
}

@test "no file is read by surprise" {
    printf 'nonsense\n' | tee rollcall.conf rollcalld.conf > .rollcall.conf
    HOME=$PWD XDG_CONFIG_HOME=$PWD start
}
