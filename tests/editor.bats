#!/usr/bin/env bats
# The line editor on a terminal: keys, widths, history, completion, pastes, resizing.

bats_require_minimum_version 1.5.0
load helpers
load conversation

@test "the line editor: moving, deleting, killing, yanking, transposing" {
    start
    open one
    keys one -l 'one two three'
    keys one C-a
    cursor_is one 2
    keys one C-f Right
    cursor_is one 4
    keys one C-b Left
    keys one -l 'X'
    line_is one 'Xone two three'
    keys one BSpace C-e
    cursor_is one 15
    keys one C-w
    line_is one 'one two'
    keys one C-y
    line_is one 'one two three'
    keys one M-b M-b
    cursor_is one 6
    keys one C-k
    line_is one 'one'
    keys one C-y C-y
    line_is one 'one two threetwo three'
    keys one C-u
    line_is one ''
    keys one -l 'ab'
    keys one C-t
    line_is one 'ba'
    keys one Home C-d
    line_is one 'a'
    keys one End Left DC
    line_is one ''
    keys one -l 'one two'
    keys one C-Left
    cursor_is one 6
    keys one C-Left M-f
    cursor_is one 5
    keys one M-d
    line_is one 'one'
    keys one C-c
    line_is one ''
    sees one '^Enter Client01'
}

@test "wide and combining characters take the columns that they take" {
    start
    open one --no-timestamps
    keys one -l '漢字'
    cursor_is one 6
    keys one Left
    cursor_is one 4
    keys one -l 'é' # e and a combining accent
    cursor_is one 5
    keys one Left
    cursor_is one 4
    keys one Right BSpace
    cursor_is one 4
    line_is one '漢字'
    keys one End
    keys one -l ' ende 🙂'
    cursor_is one 14
    keys one Enter
    sees one '^<Client01> 漢字 ende 🙂'
}

@test "what looks like one character is erased as one, and the cursor is where the terminal puts it" {
    local text='👨‍👩‍👧🇩🇪ö̲👋🏽'
    start
    open one --no-timestamps
    keys one -l "${text}x"
    line_is one "${text}x"
    tm new-session -d -s other -x 80 -y 24 "printf '> %sx' '$text'; exec cat"
    await '[ "$(tm display -p -t other "#{cursor_x}")" -gt 8 ]'
    cursor_is one "$(tm display -p -t other '#{cursor_x}')"
    keys one BSpace
    for text in '👨‍👩‍👧🇩🇪ö̲' '👨‍👩‍👧🇩🇪' '👨‍👩‍👧' ''; do
        keys one BSpace
        line_is one "$text"
    done
    cursor_is one 2
    keys one -l 'a👨‍👩‍👧b'
    keys one Left Left Left DC
    line_is one '👨‍👩‍👧b'
    keys one Enter
    sees one '^<Client01> 👨‍👩‍👧b'
    [ "$(screen one | wc -l)" -eq 5 ]
}

@test "a line longer than the window is shown around the cursor" {
    start
    columns=40 open one --no-timestamps
    keys one -l 'the quick brown fox jumps over the lazy dog and runs'
    sees one '^> <.* lazy dog and runs$'
    keys one C-a
    sees one '^> the quick brown fox .*>$'
    cursor_is one 2
    for _ in {1..30}; do keys one Right; done
    sees one 'jumps over'
    keys one Enter
    sees one '^           over the lazy dog and runs$'
    sees one '^<Client01> the quick brown fox jumps$'
    head -c 4096 /dev/zero | tr '\0' x > long
    tm load-buffer long
    tm paste-buffer -p -t one
    sees one '^> <x*x$'
    tm pipe-pane -t one 'cat > one.out'
    keys one -l y # there is no room for it
    await 'file_has one.out $'"'\\a'"
    keys one C-u
    line_is one ''
}

@test "history: up, down, what was being typed, Ctrl-R; kept for the next time, but not with a space" {
    start
    open one --no-timestamps
    type_in one first
    sees one '> first'
    type_in one second
    sees one '> second'
    type_in one ' a secret'
    sees one 'a secret'
    keys one -l draft
    keys one Up
    line_is one second
    keys one C-p
    line_is one first
    keys one Up
    line_is one first
    keys one Down C-n
    line_is one draft
    keys one C-r
    keys one -l irs
    sees one "^(search 'irs') first"
    keys one -l x
    sees one "^(failed search 'irsx')"
    keys one C-g
    line_is one draft
    keys one C-u C-r
    keys one -l sec
    sees one "^(search 'sec') second"
    keys one Enter
    sees one "<Client01> second" 2
    type_in one /exit
    sees one '^status 0'
    [ "$(stat -c %a .local/state/rollcall/history)" = 600 ]
    printf 'first\nsecond\n/exit\n' | diff - .local/state/rollcall/history
    run -1 grep -q secret .local/state/rollcall/history
    export XDG_STATE_HOME=
    open two
    keys two Up Up
    line_is two second
}

@test "Tab completes requests, commands, names and files" {
    mkdir share/lessons
    echo x > share/lessons/week1.txt
    start --max-clients 4
    open one --no-timestamps
    connect bob
    hear "$bob"
    say "$bob" nick:Barbara
    sees one 'Barbara'
    keys one -l stat
    keys one Tab
    line_is one status
    keys one C-u
    keys one -l 'ba'
    keys one Tab
    line_is one 'Barbara:'
    keys one C-u
    keys one -l '/msg ba'
    keys one Tab
    line_is one '/msg Barbara'
    keys one C-u
    keys one -l 'file:me'
    keys one Tab
    line_is one 'file:meow.txt'
    keys one C-u
    keys one -l '/get les'
    keys one Tab
    line_is one '/get lessons/'
    keys one Tab
    line_is one '/get lessons/week1.txt'
    keys one C-u
    keys one -l '/ha'
    keys one Tab
    line_is one /hand
    keys one Tab
    sees one '^  /hand *  */hands'
    keys one C-u
    keys one -l zzz
    keys one Tab
    line_is one zzz
}

@test "after /put Tab completes local files, and no names" {
    mkdir work
    echo x > 'work/my report.txt'
    echo x > .hidden
    start --max-clients 4
    open one --no-timestamps
    connect bob
    hear "$bob"
    say "$bob" nick:worker
    sees one 'worker'
    keys one -l '/put wo'
    keys one Tab
    line_is one '/put work/'
    keys one Tab
    line_is one '/put work/my report.txt'
    keys one C-u
    keys one -l 'put:.h'
    keys one Tab
    line_is one 'put:.hidden'
    keys one C-u
    keys one -l 'put:'
    keys one Tab
    sees one 'work/'
    sees_no one hidden
}

@test "keys typed after Tab wait for its answer" {
    start
    open one --no-timestamps
    keys one s u m : m Tab Enter a b Left X
    sees one '^-- sha256 [0-9a-f]* 5$'
    line_is one aXb
    keys one C-u
    # shellcheck disable=SC2046
    kill -STOP $(handlers)
    keys one -l 'file:m'
    keys one Tab a b C-c # typing on need not wait for the completion
    line_is one ''
    keys one -l 'typed'
    line_is one typed
    # shellcheck disable=SC2046
    kill -CONT $(handlers)
}

@test "a paste of one line is typed; several lines need a confirmation" {
    start
    open one --no-timestamps
    tm set-buffer 'just one'
    tm paste-buffer -p -t one
    line_is one 'just one'
    keys one C-u
    tm set-buffer "$(printf 'one\ntwo\n\nthree')"
    tm paste-buffer -p -t one
    sees one '^Send these 3 lines? (y/N)'
    sees one '^two'
    keys one n
    sees one '^-- Not sent'
    line_is one ''
    sees_no one '<Client01>'
    tm paste-buffer -p -t one
    sees one '^Send these 3 lines? (y/N)'
    keys one y
    sees one '^<Client01> three'
    screen one | grep -q '^<Client01> one'
    screen one | grep -q '^<Client01> two'
}

@test "a paste: with the end of its line, twice, in a search, too long, of too many lines" {
    start
    open one --no-timestamps
    paste() { tm set-buffer "$1" && tm paste-buffer -p -t one; }
    paste $'a whole line\n'
    line_is one 'a whole line'
    keys one C-u
    paste $'yes, one\nyes, two'
    sees one '^Send these 2 lines? (y/N)'
    paste $'yes, three\nyes, four' # a paste does not answer the question
    sees one '^-- Answer the question first; paste ignored'
    [ "$(screen one | tail -n 1)" = 'Send these 2 lines? (y/N)' ]
    keys one y
    sees one '^<Client01> yes, two'
    line_is one ''
    sees_no one 'three\|four'
    keys one C-r
    sees one '^(search'
    paste found
    line_is one found
    keys one C-u
    { head -c 4097 /dev/zero | tr '\0' x; printf '\nend\n'; } > long
    tm load-buffer long
    tm paste-buffer -p -t one
    sees one '^-- A line has at most 4096 bytes; nothing sent'
    line_is one ''
    seq 300 > many
    tm load-buffer many
    tm paste-buffer -p -t one
    sees one '^-- 300 lines pasted, but only 256 more can wait to be sent; nothing sent'
    line_is one ''
    type_in one 'still here'
    sees one '^<Client01> still here'
    sees_no one 'Client01> 1'
}

@test "a paste without its end ends after a second without a byte" {
    start
    open one --no-timestamps
    keys one -l $'\e[200~lost'
    keys one -l $' and found'
    line_is one 'lost and found' # after a second
    keys one Enter
    sees one '^<Client01> lost and found'
    keys one -l $'\e[200~one\rtwo'
    sees one '^Send these 2 lines? (y/N)'
    keys one -l $'\e[200~y' # while a question is asked, too
    sees one '^-- Answer the question first; paste ignored'
    keys one y
    sees one '^<Client01> two'
}

@test "a resized window: the line stays whole, no line is drawn twice" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "POSIX alone does not tell the width of a window"
    start
    open one --no-timestamps
    type_in one 'something that was said'
    sees one '^<Client01> something'
    keys one -l 'a line that is being typed while the window changes'
    for width in 40 20 100 30 90 25 80; do
        tm resize-window -t one -x "$width"
        # the line is redrawn for this width: all of it, or its end
        case $width in
            ???|[89]?) await 'last_line_is one "> a line that is being typed while the window changes"' ;;
            *) await 'look one && last=${shown[-1]} && [[ $last == "> <"* && ${#last} -lt $width && ${#last} -gt $((width - 16)) ]]' ;;
        esac
        sees one "^\[" 1
        [ "$(screen one | grep -c '^>')" -eq 1 ]
    done
    line_is one 'a line that is being typed while the window changes'
    # tmux scrolls lines that it rewraps into its history
    tm capture-pane -p -S - -t one | grep -q '^<Client01> something that was said$'
    [ "$(tm capture-pane -p -S - -t one | grep -c 'something that was')" -eq 1 ]
}

@test "a window resized during a fast download, while others talk: its bar is as wide as the window" {
    [ -z "${ROLLCALL_POSIX_ONLY:-}" ] || skip "POSIX alone does not tell the width of a window"
    truncate -s 8G share/big.bin
    start
    open one --no-timestamps
    connect bob
    hear "$bob"
    type_in one '/get big.bin'
    sees one '^big\.bin .*%'
    for width in 40 25 70 30 80; do
        tm resize-window -t one -x "$width"
        say "$bob" "said at $width" # drawn at once, not when the size has settled
        await 'look one && [[ ${shown[-2]} == big.bin* && ${#shown[-2]} -lt $width && ${#shown[-2]} -gt $((width / 2 - 4)) ]]'
        sees one "said at $width"
    done
    keys one C-c
    sees one '^-- big\.bin: stopped'
    rm big.bin.part
}
