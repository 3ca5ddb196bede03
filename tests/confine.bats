#!/usr/bin/env bats
# What the daemon gives up: root, system calls, files, processes.

load helpers

# The sanitizers need more than a handler is allowed, and POSIX alone has no such filters.
skip_unconfined() {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "POSIX alone confines less"
    case $build in *asan*) skip "the sanitizers' runtime cannot be confined" ;; esac
}

# trial LIMIT VALUE OPTION...: runs --check-confinement under `ulimit LIMIT VALUE`; leaves nothing over.
trial() {
    run bash -c 'echo $$ > pid; ulimit "$2" "$3"; exec "$1" --check-confinement --share share "${@:4}"' - \
        "$build/rollcalld" "$@"
    [ -z "$(find /dev/shm /tmp /tmp/rollcall-*/ -maxdepth 1 -name "*[-.]$(cat pid)")" ]
}

state() { # PID FIELD
    awk -v field="$2:" '$1 == field { $1 = ""; sub(" ", ""); print }' "/proc/$1/status"
}

@test "what must be impossible in a handler is impossible" {
    skip_unconfined
    mkdir -m 777 inbox
    for how in "" --daemon "--inbox inbox" "--daemon --inbox inbox"; do
        # shellcheck disable=SC2086
        run "$build/rollcalld" --check-confinement --share share $how
        echo "$how: $output"
        [ "$status" -eq 0 ]
        [ "$(grep -c ': .*\(denied\|permitted\|unavailable\)' <<< "$output")" -eq 12 ]
        [[ $output != *POSSIBLE* ]]
    done
    # the output may also be a file, to which a confined process cannot write
    "$build/rollcalld" --daemon --check-confinement --share share > said
    [ "$(grep -c impossible: said)" -eq 12 ]
    # or a pipe that nobody reads
    run bash -c '"$1" --check-confinement --share share | true' - "$build/rollcalld"
    [ -z "$(find /dev/shm /tmp -maxdepth 1 \( -name 'rollcall.check.*' -o -name 'rollcall-bait.*' \))" ]
}

@test "--check-confinement names what cannot be prevented" {
    # an unconfined build, or a system that does not limit processes, reports what is possible
    run "$build/rollcalld" --check-confinement --share share
    case $status in
    0) [[ $output != *POSSIBLE* ]] ;;
    1) [[ $output == *POSSIBLE* ]] ;;
    *) false ;;
    esac
}

@test "what this system or build does not confine is one warning at the start" {
    start
    connect a && expect $a '220 Enter Client01'
    case "${ROLLCALL_POSIX_ONLY:-}$build" in
    1* | *asan*)
        [ "$(grep -c 'Not confined: files and system calls (.*); --check-confinement shows ' "$log")" -eq 1 ] ;;
    *) ! grep -q 'Not confined' "$log" ;;
    esac
}

# Runs a command as on a kernel without a system call, and so without what that makes: landlock
# (landlock_create_ruleset, 444), or seccomp itself for those that come later (prctl's PR_SET_SECCOMP).
without='my ($prctl, $what) = splice @ARGV, 0, 2;
my @filter = $what eq "landlock"
    ? ([0x20, 0, 0, 0], [0x15, 0, 1, 444], [6, 0, 0, 0x50026], [6, 0, 0, 0x7fff0000])
    : ([0x20, 0, 0, 0], [0x15, 0, 3, $prctl], [0x20, 0, 0, 16], [0x15, 0, 1, 22], [6, 0, 0, 0x50016],
        [6, 0, 0, 0x7fff0000]);
my $filter = join "", map { pack "SCCL", @$_ } @filter;
my $program = pack "Sx6P", scalar @filter, $filter;
syscall($prctl, 38, 1, 0, 0, 0) == 0 && syscall($prctl, 22, 2, $program) == 0 or die $!;
exec @ARGV or die;'

@test "a kernel without Landlock or filters: what is missing is named" {
    skip_unconfined
    case $(uname -m) in
    x86_64) prctl=157 ;;
    aarch64 | riscv64) prctl=167 ;;
    *) skip "no filter for this machine" ;;
    esac
    for pair in "landlock files (landlock)" "seccomp system calls (seccomp)"; do
        launch perl -e "$without" "$prctl" "${pair%% *}" "$build/rollcalld" --port 0 --name "$room" --share share
        connect a && expect $a '220 Enter Client01'
        [ "$(grep 'Not confined' "$log" | cut -d ' ' -f 3-)" = \
            "Not confined: ${pair#* }; --check-confinement shows what a handler can do" ]
        stop TERM
        [ "$status" -eq 0 ]
        run perl -e "$without" "$prctl" "${pair%% *}" "$build/rollcalld" --check-confinement --share share
        [ "$status" -eq 1 ]
        [[ $output == *POSSIBLE* ]]
    done
}

@test "few descriptors: confined, or one line says why the start failed, and nothing is left behind" {
    skip_unconfined
    for most in {4..24}; do
        trial -n "$most"
        echo "$most: status $status: $output"
        case $status in
        0) [ "$(grep -c ': .*\(denied\|permitted\|unavailable\)' <<< "$output")" -eq 12 ] ;;
        1) [[ "${lines[-1]}" == "rollcalld: cannot "*": Too many open files" ]] ;;
        *) false ;;
        esac
        [[ $output != *POSSIBLE* ]]
    done
    [ "$status" -eq 0 ]
}

@test "a file size limit of 0: an error at the start, and nothing is left behind" {
    trial -f 0
    [ "$status" -eq 1 ]
    [[ $output == "rollcalld: cannot make the table of room 'check."*"': it takes "*" KB of shared memory: File too large" ]]
}

@test "started as root the daemon becomes nobody or --user, for good" {
    [ "$(id -u)" -eq 0 ] || skip "that takes root"
    start
    connect a && expect $a '220 Enter Client01'
    user=$(id -u rollcall 2> /dev/null || id -u nobody)
    for pid in "$server" $(handlers); do
        [ "$(state "$pid" Uid)" = "$user $user $user $user" ]
        [ -z "$(state "$pid" Groups)" ]
        [ "$(state "$pid" CapEff)" = 0000000000000000 ]
        [ "$(state "$pid" CapPrm)" = 0000000000000000 ]
    done
    say $a list
    expect_like $a '212-3 files'
    stop TERM
    [ "$status" -eq 0 ]
    [ ! -e "/dev/shm/rollcall.$room" ]
    start --user root
    [ "$(state "$server" Uid)" = '0 0 0 0' ]
    stop TERM
    start --user daemon
    [ "$(state "$server" Uid | cut -d ' ' -f 1)" = "$(id -u daemon)" ]
}

@test "a directory that the daemon's user may not read is not shared" {
    [ "$(id -u)" -eq 0 ] || skip "that takes root"
    mkdir -m 700 hidden
    mkdir -m 644 listed
    for share in hidden listed; do
        for how in "" --daemon --check-confinement "--user daemon"; do
            # shellcheck disable=SC2086
            run "$build/rollcalld" --share $share --port 0 --name "$room" $how
            [ "$status" -eq 1 ] || { echo "$share $how: status $status: $output"; false; }
            user=$(id -un rollcall 2> /dev/null || echo nobody)
            [ "$how" != "--user daemon" ] || user=daemon
            [ "$output" = "rollcalld: cannot share '$share': the user '$user' may not read that directory; try chmod a+rx on it, or another --user" ]
        done
    done
    [ ! -e "/dev/shm/rollcall.$room" ]
    launch "$build/rollcalld" --share hidden --port 0 --name "$room" --user root
}

@test "an inbox that the daemon's user may not write to is refused, by a trial too" {
    [ "$(id -u)" -eq 0 ] || skip "that takes root"
    mkdir -m 755 inbox
    user=$(id -un rollcall 2> /dev/null || echo nobody)
    for how in "" --check-confinement; do
        # shellcheck disable=SC2086
        run "$build/rollcalld" --share share --inbox inbox --port 0 --name "$room" $how
        [ "$status" -eq 1 ]
        [ "$output" = "rollcalld: cannot use the inbox 'inbox': the user '$user' may not write to it; try chown $user on it, or another --user" ]
    done
    chown "$user" inbox
    start --inbox inbox
    # a trial only needs permission to write, because a daemon may be using the inbox
    trial -c 0 --inbox inbox
    [[ $output != *"cannot use"* ]]
}

@test "users that the daemon cannot become" {
    run "$build/rollcalld" --share share --port 0 --name "$room" --user nosuchuser
    [ "$status" -eq 2 ]
    [ "$output" = "rollcalld: --user 'nosuchuser': expected a user of this machine" ]
    [ "$(id -u)" -eq 0 ] || skip "the rest takes root"
    place=$(mktemp -d /tmp/rollcall-nobody.XXXXXX)
    chmod 755 "$place"
    cp "$build/rollcalld" "$place"
    run setpriv --reuid=nobody --clear-groups "$place/rollcalld" --share / --port 0 --user root
    rm -r "$place"
    [ "$status" -eq 1 ]
    [ "$output" = "rollcalld: --user 'root': only root can become another user" ]
}

@test "parent and handlers are filtered, without new privileges" {
    skip_unconfined
    start
    connect a && expect $a '220 Enter Client01'
    for pid in "$server" $(handlers); do
        [ "$(state "$pid" NoNewPrivs)" = 1 ]
        [ "$(state "$pid" Seccomp)" = 2 ]
    done
    awk '/Max processes/ { exit $3 != 0 || $4 != 0 }' "/proc/$(handlers | tr -d ' ')/limits"
    awk '/Max core file size/ { exit $5 != 0 }' "/proc/$server/limits"
}

@test "a handler has its own descriptors and no others" {
    mkdir -m 777 inbox
    exec {stray}< /dev/null
    start --inbox inbox
    disconnect "$stray"
    connect a && expect $a '220 Enter Client01'
    connect b && expect $b '220 Enter Client02'
    for pid in $(handlers); do
        # descriptors 0 to 2, the shared directory, the inbox, the bells of the room and of a group, the
        # pipe to the parent, the lifeline, the client; POSIX alone has no bells
        [ "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" -eq $((10 - ${ROLLCALL_POSIX_ONLY:+2} + 0)) ]
    done
}

@test "everything works confined: files, hand-ins, digests, the key, history" {
    mkdir -m 777 inbox
    (umask 077 && echo secret > key)
    start --inbox inbox --key-file key
    export ROLLCALL_KEY_FILE=key
    echo work > work
    run "$build/rollcall" -p "$port" --anonymous put work
    [ "$status" -eq 0 ]
    run "$build/rollcall" -p "$port" --anonymous put work
    [ "$status" -eq 0 ]
    echo more >> work
    run "$build/rollcall" -p "$port" --anonymous put work
    [ "$status" -eq 0 ]
    [ "$(find inbox -name 'work*' | wc -l)" -eq 2 ]
    run "$build/rollcall" -p "$port" get meow.txt
    [ "$status" -eq 0 ]
    [ "$(cat meow.txt)" = meow ]
    run "$build/rollcall" -p "$port" history
    [[ $output == *Client01* ]]
}
