# shellcheck shell=bash
# Tests of the interactive client: tmux is the terminal, and the tests look at its screen.

setup_file() {
    command -v tmux > /dev/null || skip "tmux is not installed"
    export BATS_TEST_TIMEOUT=120
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

sees() { # SESSION PATTERN
    await 'screen '"$1"' | grep -q -e "'"$2"'"' || { screen "$1"; false; }
}

sees_no() { # SESSION PATTERN: not on the screen now (a bare "! command" would not fail the test)
    ! screen "$1" | grep -q -e "$2"
}

line_is() { # SESSION TEXT: waits until this is the line being typed
    wanted=$2
    await '[ "$(screen '"$1"' | tail -n 1)" = "> $wanted" ] || [ "$(screen '"$1"' | tail -n 1)" = ">${wanted:+ $wanted}" ]' ||
        { screen "$1"; false; }
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
