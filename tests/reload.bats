#!/usr/bin/env bats
# SIGHUP and `rollcallctl reload`: settings change under a running room, and nobody notices.

load helpers

# write LINE...: puts a file in the place of the old one, as an editor does.
write() {
    mkdir -p etc
    printf '%s\n' 'port 0' "name $room" "share $PWD/share" "user $me" "$@" > etc/new
    mv etc/new etc/conf
}

start_with() { # LINE...
    write "$@"
    launch "$build/rollcalld" --config etc/conf
}

reload() { # OUTPUT
    run ctl reload
    [ "$status" -eq 0 ] || { echo "status $status: $output"; return 1; }
    [ "$output" = "${1:-}" ] || { echo "said: $output"; return 1; }
}

refuses() { # WORDS
    run ctl reload
    [ "$status" -eq 1 ]
    [[ $output == "rollcallctl: reload: all settings stay as they are: $1" ]] || { echo "said: $output"; return 1; }
}

@test "max-clients changes for who comes next, and nobody is sent away" {
    start_with 'max-clients 2'
    connect a && expect_like "$a" '220 .*'
    connect b && expect_like "$b" '220 .*'
    connect c && expect "$c" '421 Server full: 2 of 2.'
    write 'max-clients 1'
    reload
    status_has ': 2 of 1 present'
    say "$a" hello
    expect "$a" '200 hello ACK'
    disconnect "$b"
    all_left_but_one
    connect c && expect "$c" '421 Server full: 1 of 1.'
    write 'max-clients 3'
    reload 'a restart is needed for: max-clients above 2'
    connect b && expect_like "$b" '220 .*'
    connect c && expect "$c" '421 Server full: 2 of 2.'
}

all_left_but_one() {
    await 'has_handlers 1'
}

@test "networks, rates, limits of sessions and of hand-ins, and earlier lines" {
    mkdir inbox
    start_with "inbox $PWD/inbox" 'max-clients 9' 'earlier 5'
    connect a && expect_like "$a" '220 .*'
    say "$a" join 'msg:one'
    expect_like "$a" '200 Joined .*' '200 one ACK'
    say "$a" leave
    expect_like "$a" '200 .*'

    write "inbox $PWD/inbox" 'max-clients 9' 'earlier 0' 'deny 127.0.0.0/8' 'deny ::1' 'inbox-file 4' 'idle-limit 1'
    reload
    connect b && expect_like "$b" '421 .*'
    say "$a" hello
    expect "$a" '200 hello ACK'

    write "inbox $PWD/inbox" 'max-clients 9' 'earlier 0' 'inbox-file 4' 'idle-limit 1'
    reload
    printf 'longer' > long
    run "$build/rollcall" -p "$port" --anonymous put long
    [ "$status" -eq 1 ]
    connect b && expect_like "$b" '220 .*' '421 .*'
    say "$a" hello # whose limits are those of its beginning
    expect "$a" '200 hello ACK'

    write "inbox $PWD/inbox" 'max-clients 9' 'inbox-file 8'
    reload
    "$build/rollcall" -p "$port" --anonymous put long
}

@test "a limit by address counts those who are here already" {
    start_with 'max-clients 9' 'per-address 0' 'exempt 10.0.0.0/8'
    connect a && expect_like "$a" '220 .*'
    connect b && expect_like "$b" '220 .*'
    write 'max-clients 9' 'per-address 2' 'exempt 10.0.0.0/8'
    reload
    connect c && expect_like "$c" '421 .*'
    disconnect "$a"
    all_left_but_one
    connect c && expect_like "$c" '220 .*'
    write 'max-clients 9'
    reload
    connect d && expect_like "$d" '220 .*'
}

@test "what needs a restart is named in one line" {
    printf '0123456789abcdef0123456789abcdef\n' > key
    chmod 600 key
    start_with "key-file $PWD/key"
    write "key-file $PWD/key" 'bind 127.0.0.1' 'journal /nonesuch/journal'
    reload 'a restart is needed for: bind, journal'
    logged "Settings read again from 'etc/conf'; a restart is needed for: bind, journal"
    write "key-file $PWD/key"
    reload
    printf 'fedcba9876543210fedcba9876543210\n' > key
    reload 'a restart is needed for: the content of key-file'
}

@test "a wrong file changes nothing" {
    start_with 'max-clients 1'
    write 'max-clients 2' 'max-client 3'
    refuses "etc/conf:6: max-client: no such setting; did you mean 'max-clients'?"
    logged "All settings stay as they are: etc/conf:6: max-client: no such setting; did you mean 'max-clients'?"
    status_has ': 0 of 1 present'
    rm etc/conf
    refuses "cannot read the configuration 'etc/conf': No such file or directory"
    mkfifo etc/conf
    refuses "cannot read the configuration 'etc/conf': it is not a regular file"
    rm etc/conf
    mv etc old
    write 'max-clients 1'
    refuses "cannot read the configuration 'etc/conf': its directory was moved or replaced since the start"
    rm -r etc
    mv old etc
    write
    reload 'a restart is needed for: max-clients above 1'
}

@test "SIGHUP does the same, also in the background, where the directory has changed" {
    write 'max-clients 2'
    "$build/rollcalld" --config etc/conf --daemon --runtime "$BATS_TEST_TMPDIR"
    server=$(ctl --json status | jq .pid)
    write 'max-clients 1'
    kill -HUP "$server"
    await 'status_has ": 0 of 1 present"'
    write 'nonsense'
    refuses "etc/conf:5: nonsense: no such setting; expected a long option without '--'"
    kill "$server"
    await '! kill -0 "$server"'
    server=
}

@test "the command line wins in a reload, too" {
    write 'max-clients 5' 'deny 127.0.0.0/8'
    launch "$build/rollcalld" --config etc/conf --max-clients 2 --deny 10.0.0.0/8
    write 'max-clients 1' 'deny 127.0.0.0/8'
    reload
    status_has ': 0 of 2 present'
    connect a && expect_like "$a" '220 .*'
}

@test "without a configuration file there is nothing to reload" {
    start
    run ctl reload
    [ "$status" -eq 1 ]
    [ "$output" = 'rollcallctl: reload: there is nothing to reload: start rollcalld with --config FILE' ]
    kill -HUP "$server"
    await 'file_has "$log" "nothing to reload" 2'
}

@test "the service manager sees the reload begin and end" {
    command -v socat > /dev/null || skip "socat is not installed"
    socat -u "UNIX-RECVFROM:$PWD/notify,fork" OPEN:told,creat,append 3>&- &
    local receiver=$!
    await '[ -S notify ]'
    write
    NOTIFY_SOCKET=$PWD/notify launch "$build/rollcalld" --config etc/conf
    await 'file_has told READY=1'
    : > told
    reload
    await 'grep -q "RELOADING=1" told && grep -q "MONOTONIC_USEC=[0-9]" told && grep -q READY=1 told'
    write 'nonsense'
    : > told
    run ctl reload
    [ "$status" -eq 1 ]
    await 'grep -q "RELOADING=1" told && grep -q READY=1 told'
    kill "$receiver"
}

# Clients come, speak and go until the file `enough` is there: one that is not served is an error.
churn='use IO::Socket::INET; my $served = 0;
until (-e "enough") {
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]") or die "connect: $!\n";
    my $line = <$s>; defined $line && $line =~ /^220 / or die "greeting: " . ($line // $!) . "\n";
    print $s "hello\n"; $line = <$s>;
    defined $line && $line =~ /^200 hello ACK/ or die "answer: " . ($line // $!) . "\n";
    $served++; }
print "$served\n";'

reload_often() {
    local i
    for ((i = 0; i < 100; i++)); do
        write "max-clients $((40 + i % 10))" 'address-rate 0' "per-address $((i % 2 * 40))" "earlier $i" || return
        if ((i % 2)); then reload || return; else kill -HUP "$server" || return; fi
        say "$a" "number $i"
        expect "$a" "200 number $i ACK" || return
    done
}

@test "a hundred reloads under load: nobody is refused, reset or sent away" {
    start_with 'max-clients 50' 'address-rate 0' 'per-address 0'
    connect a && expect_like "$a" '220 .*'
    local clients=() i
    for i in 1 2 3 4; do
        perl -e "$churn" "$port" > "churn.$i" 2>&1 3>&- &
        clients+=("$!")
    done
    untraced reload_often
    touch enough
    for i in "${clients[@]}"; do
        wait "$i" || { cat churn.*; return 1; }
    done
    cat churn.*
    run ! file_has "$log" 'refused|killed'
    logged "Settings read again from 'etc/conf'"
    ctl check
}
