# shellcheck shell=bash
# A conversation on a terminal: tmux is the terminal, and its screen is what is looked at.

setup_file() {
    command -v tmux > /dev/null || skip "tmux is not installed"
    export BATS_TEST_TIMEOUT=120
}

tm() {
    tmux -L "$room" "$@"
}

# open SESSION [OPTION...]: a terminal of $columns by $rows with the client in it.
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

type_in() { # SESSION TEXT: and Enter
    tm send-keys -t "$1" -l "$2"
    tm send-keys -t "$1" Enter
}

screen() { # SESSION
    tm capture-pane -p -t "$1" | sed -e 's/ *$//' -e '/^$/d'
}

sees() { # SESSION PATTERN
    await 'screen '"$1"' | grep -q -e "'"$2"'"' || { screen "$1"; false; }
}

sees_no() { # SESSION PATTERN: it is not there now (a bare "! command" fails no test)
    ! screen "$1" | grep -q -e "$2"
}

line_is() { # SESSION TEXT: the line that is being typed
    wanted=$2
    await '[ "$(screen '"$1"' | tail -n 1)" = "> $wanted" ] || [ "$(screen '"$1"' | tail -n 1)" = ">${wanted:+ $wanted}" ]' ||
        { screen "$1"; false; }
}

cursor_is() { # SESSION COLUMN, from 0
    await '[ "$(tm display -p -t '"$1"' "#{cursor_x}")" = '"$2"' ]' ||
        { tm display -p -t "$1" '#{cursor_x}'; false; }
}

stty_of() { # SESSION: as it was before the client, which has ended
    await '[ -s '"$1"'.tty ]'
    tr -s ' ;' '\n' < "$1.tty" | grep -x -e isig -e icanon -e echo -e icrnl -e ixon | sort | tr '\n' ' ' > modes
    [ "$(cat modes)" = 'echo icanon icrnl isig ixon ' ] || { cat "$1.tty"; false; }
}
