# shellcheck shell=bash
# Tests of the interactive client: tmux is the terminal, and the tests look at its screen.

setup_file() {
    command -v tmux > /dev/null || skip "tmux is not installed"
    export BATS_TEST_TIMEOUT=600
}

tm() {
    tmux -L "$room" "$@"
}

# open SESSION [OPTION...]: runs the client in a new terminal of $columns by $rows.
open() {
    local session=$1
    shift
    export HOME=$BATS_TEST_TMPDIR LC_ALL=C.UTF-8
    unset XDG_STATE_HOME
    printf '%s\n' 'set -g default-terminal screen-256color' > tmux.conf
    tm -f tmux.conf new-session -d -s "$session" -x "${columns:-80}" -y "${rows:-24}" \
        "export TERM=${term:-screen-256color} COLUMNS=${columns:-80}; ${before:-} $build/rollcall -p $port $*; echo status \$?; stty -a > $session.tty; exec cat"
    [ -n "${nowait:-}" ] || sees "$session" "^\[$room\].* here"
}

keys() { # SESSION KEY...
    local session=$1
    shift
    tm send-keys -t "$session" "$@"
}

type_in() { # SESSION TEXT: types the text and Enter
    tm send-keys -t "$1" -l "$2"
    tm send-keys -t "$1" Enter
}

screen() { # SESSION
    tm capture-pane -p -t "$1" | sed -e 's/ *$//' -e '/^$/d'
}

# Each look at a screen starts one process, tmux; the shell does the rest.

look() { # SESSION: reads its lines into $shown, as screen prints them
    local line
    tm capture-pane -p -t "$1" > "screen.$1" || return 1
    shown=()
    while IFS= read -r line; do
        line=${line%"${line##*[! ]}"}
        [ -z "$line" ] || shown+=("$line")
    done < "screen.$1"
}

# extended PATTERN: turns grep(1)'s basic regular expression into an extended one for the shell, in
# $regex.
extended() {
    local rest=$1 special='(){}+?|'
    regex=
    while [ -n "$rest" ]; do
        case $rest in
        \\["$special"]*) regex+=${rest:1:1} rest=${rest:2} ;;
        \\*) regex+=${rest:0:2} rest=${rest:2} ;;
        '['*']'*) regex+=${rest%%]*}] rest=${rest#*]} ;;
        *)
            [[ $special != *"${rest:0:1}"* ]] || regex+=\\
            regex+=${rest:0:1} rest=${rest:1}
            ;;
        esac
    done
}

shows() { # SESSION REGEX [COUNT]: a line on the screen (or exactly COUNT lines) matches
    local line count=0
    look "$1" || return 1
    for line in "${shown[@]}"; do
        [[ ! $line =~ $2 ]] || count=$((count + 1))
    done
    if [ -n "${3:-}" ]; then [ "$count" -eq "$3" ]; else [ "$count" -gt 0 ]; fi
}

sees() { # SESSION PATTERN [COUNT]
    local regex
    untraced extended "$2"
    await "shows $1 ${regex@Q} ${3:-}" || { screen "$1"; false; }
}

sees_no() { # SESSION PATTERN: not on the screen now (a bare "! command" would not fail the test)
    ! screen "$1" | grep -q -e "$2"
}

last_line_is() { # SESSION TEXT...: the last line is one of these
    local wanted
    look "$1" || return 1
    for wanted in "${@:2}"; do
        [ "${shown[-1]:-}" != "$wanted" ] || return 0
    done
    return 1
}

line_is() { # SESSION TEXT: the line that is being typed
    local text=${2@Q} empty=">${2:+ $2}"
    await "last_line_is $1 '> '$text ${empty@Q}" || { screen "$1"; false; }
}

cursor_is() { # SESSION COLUMN, from 0
    await '[ "$(tm display -p -t '"$1"' "#{cursor_x}")" = '"$2"' ]' ||
        { tm display -p -t "$1" '#{cursor_x}'; false; }
}

stty_of() { # SESSION: after the client has ended, the terminal's modes are what they were before
    await '[ -s '"$1"'.tty ]'
    tr -s ' ;' '\n' < "$1.tty" | grep -x -e isig -e icanon -e echo -e icrnl -e ixon | sort | tr '\n' ' ' > modes
    [ "$(cat modes)" = 'echo icanon icrnl isig ixon ' ] || { cat "$1.tty"; false; }
}

# A room in perl whose answers can be late, on $port: those to sum: and to a hand-in's last piece wait
# until there is a file sum or receipt. If there is a file later, sum: is set aside until somebody says `now`. Who joins gets the lines in the file missed; `lose` ends the
# connection. What it hears is in `heard`.
late='use IO::Socket::INET; $| = 1;
my $l = IO::Socket::INET->new(Listen => 9, LocalAddr => "127.0.0.1", ReuseAddr => 1) or die;
open my $p, ">", "late.new"; print $p $l->sockport; close $p; rename "late.new", "late.port";
open my $h, ">>", "heard"; $h->autoflush(1);
sub late { select undef, undef, undef, 0.01 until -e $_[0] }
for (my $n = 1; my $c = $l->accept; $n++) {
    next if fork; my ($me, $hand, $left, $size, $name, $hex, $aside, $told) = ("Client01", "");
    $c->autoflush(1); print $c "220 Enter Client01\n";
    while (<$c>) {
        chomp; print $h "$n $_\n";
        if ($aside && !$told && !/^stop:/) { $told = print $c "141 The reply is set aside.\n" }
        if (/^pieces:/) { print $c "216 session$n\n" }
        elsif (/^nick:(\S+)/) { $me = $1; print $c "200 $me secret 00112233445566778899aabbccddeeff\n" }
        elsif (/^join:/) { print $c "200 Joined $ARGV[0]. run1 5\n"; if (open my $f, "<", "missed") { while (my $m = <$f>) { print $c $m } } }
        elsif (/^status/) { print $c "211-1 clients\n $me connected: 2025-02-10 16:57:14, disconnected: still here\n211 End\n" }
        elsif (/^hands/) { print $c "215-0 hands\n$hand", "215 End\n" }
        elsif (/^file:(.*)/) { print $c "150 5 0 $1\n151 5\nmeow\n" }
        elsif (/^sum:(.*)/ && -e "later") { print $c "140 2 5\n"; $aside = "213 sha256 $ENV{meow} 5 $1\n" }
        elsif (/^now/) { print $c "200 $_ ACK\n140 5 5\n142 It is next.\n$aside"; $aside = $told = "" }
        elsif (/^sum:(.*)/) { late("sum"); print $c "213 sha256 $ENV{meow} 5 $1\n" }
        elsif (/^put:(\d+):(\w+):? (.*)/) { ($left, $hex, $name) = ($1, $2, $3); print $c "350 0 Send them.\n"; $size = $left }
        elsif (/^piece:(\d+)/) {
            read $c, my $bytes, $1; $left -= $1;
            if (!$left) { late("receipt"); print $c "226 sha256 $hex $size 2025-02-10T16:57:14Z new $name\n" } }
        elsif (/^stop:/) { print $c "217 Stopped.\n" }
        elsif (/^hand/) { $hand = " $me raised: 2025-02-10 16:57:14\n"; print $c "200 Noted\n" }
        elsif (/^got:/) { print $c "250 Noted\n" }
        elsif (/^leave/) { print $c "200 Left $ARGV[0]\n" }
        elsif (/^lose/) { last }
        elsif (/^exit/) { print $c "221 Bye.\n"; last }
        else { print $c "200 $_ ACK\n" }
    }
    exit;
}'

start_late() {
    export meow
    meow=$(sha256sum < share/meow.txt | cut -c 1-64)
    perl -e "$late" "$room" 3>&- & # teardown finds it by the room's name
    disown
    await '[ -s late.port ]'
    port=$(cat late.port)
}
