#!/usr/bin/env bats
# The page for browsers, in real ones.

load helpers
load webdriver

browsers=()

# the browsers end before their server
eval "server_$(declare -f teardown)"
teardown() {
    stop_driver
    ! mountpoint -q inbox || umount -l inbox
    server_teardown
}

# terminal NAME: a member on a terminal, who has joined; sets $fd to the connection.
terminal() {
    connect fd
    expect_like "$fd" '220 Enter .*'
    say "$fd" "nick:$1" join
    expect_like "$fd" "200 $1 secret .*" '200 Joined .*'
}

# Reads from the terminal until a line matches.
hears() { # PATTERN
    while hear "$fd"; do
        [[ ! $line =~ $1 ]] || return 0
    done
    return 1
}

@test "two browsers and a terminal talk: to all, to one alone, by name, and announced" {
    start_driver
    start_page --max-clients 4
    browser anna
    browser ben
    enters "$anna" anna
    terminal teacher
    enters "$ben" ben
    no_errors "$anna"

    says "$anna" 'good morning'
    hears '^130 anna good morning$'
    shows_line "$ben" 'good morning'
    say "$fd" 'msg:/me cleans the board' 'ben: what is 6 times 7?' 'tell:ben a secret'
    sees "$ben" 'text(".line .act").includes("* teacher cleans the board")'
    sees "$ben" 'text(".line.mention mark") === "ben"'
    sees "$ben" 'text(".line.told").includes("teacher to you: a secret")'
    sees "$anna" 'text(".line .act") !== "" && all(".line.told, .line.mention").length === 0'

    # a name is clicked, and what is typed then is for it alone
    clicks "$ben" '#people [data-name=teacher]'
    says "$ben" '42'
    hears '^131 ben 42$'
    types "$ben" '#message' "$escape"
    says "$ben" 'list'
    hears '^130 ben list$'
    sees "$anna" '!text("#log").includes("42")'

    ctl say five minutes to go
    sees "$anna" 'text("[role=alert] .notice").includes("five minutes to go")'
    shows_line "$anna" 'five minutes to go'
    clicks "$anna" '.notice button'
    sees "$anna" 'all(".notice").length === 0'

    # what is said to a screen reader
    has_role "$anna" '#message' textbox Message
    has_role "$anna" '#log' log Conversation
    has_role "$anna" '#people' list People
    has_role "$anna" '#files' list Files
    has_role "$anna" '#hand' button 'Raise hand'
    has_role "$anna" '#hand-in' button 'Hand in'
    no_errors "$anna"
    no_errors "$ben"
}

@test "hands stand in the order in which they went up, with their words" {
    start_driver
    start_page --max-clients 4
    browser anna
    enters "$anna" anna
    terminal ben
    say "$fd" 'hand:my disk is full'
    sees "$anna" 'text("#people li.raised").includes("my disk is full")'
    clicks "$anna" '#hand'
    types "$anna" '#why' "the mouse$enter"
    hears '^136 anna the mouse$'
    sees "$anna" 'all("#people .raised .who").map((who) => who.innerText).join() === "ben,anna"'
    sees "$anna" 'text("#hands-count") === "2 hands up"'
    has_role "$anna" '#hand' button 'Lower hand'
    say "$fd" unhand
    sees "$anna" 'all("#people .raised").length === 1'
    clicks "$anna" '#hand'
    hears '^137 anna$'
    sees "$anna" 'all("#people .raised").length === 0'
    no_errors "$anna"
}

@test "what peers send is text, whatever it looks like" {
    start_driver
    start_page --max-clients 4
    mkdir 'share/<b>bold'
    touch 'share/<img src=x onerror=document.title=1>.txt' 'share/%2e%2e&amp;"quoted"'"'s.txt"
    browser anna
    enters "$anna" anna
    terminal mallory
    say "$fd" '<img src=x onerror="document.title=1">' '<script>document.title = 1</script>' 'anna: &lt;b&gt; <b>anna</b>' \
        $'\u202eevil\u202c' "hand:<i>why</i>" "tell:anna <svg onload=document.title=1>"
    say "$fd" "$(printf 'x%.0s' {1..3000})"
    sees "$anna" 'all(".line").some((line) => line.innerText.includes("x".repeat(3000)))'
    shows_line "$anna" '<img src=x onerror="document.title=1">'
    shows_line "$anna" '<script>document.title = 1</script>'
    shows_line "$anna" 'anna: &lt;b&gt; <b>anna</b>'
    shows_line "$anna" '\u{202E}evil\u{202C}'
    shows_line "$anna" '<svg onload=document.title=1>'
    sees "$anna" 'text("#people .why") === "<i>why</i>"'
    sees "$anna" 'text("#files").includes("<img src=x onerror=document.title=1>.txt") && text("#files").includes("<b>bold")'
    sees "$anna" 'all("#room img, #room b, #room i, #room script").length === 0 && document.title !== "1"'
    # a long word makes nothing wider than the screen
    sees "$anna" 'document.documentElement.scrollWidth <= innerWidth'
    no_errors "$anna"
}

@test "files are handed in while one talks, and have their receipts" {
    start_driver
    mkdir inbox downloads
    chmod 777 inbox
    printf 'int main(void) { return 0; }\n' > lab1.c
    head -c 3000000 /dev/urandom > 'film about me.bin'
    start_page --max-clients 4 --inbox inbox --user "$me"
    browser anna
    enters "$anna" anna
    terminal teacher
    types "$anna" '#chooser' "$PWD/lab1.c
$PWD/film about me.bin"
    says "$anna" 'it is on its way'
    hears '^130 anna it is on its way$'
    sees "$anna" 'all("#handins .done").length === 2'
    cmp lab1.c inbox/anna/lab1.c
    cmp 'film about me.bin' 'inbox/anna/film about me.bin'
    digest=$(sha256sum < lab1.c)
    sees "$anna" 'all("#handins .digest").some((digest) => digest.innerText.includes(arg[0]))' "${digest%% *}"

    # the receipt is that of `rollcall put --receipt`
    clicks "$anna" '#save-all'
    await '[ -s downloads/receipts.txt ]'
    file_has downloads/receipts.txt '^# lab1.c: 29 bytes, handed in as anna to '
    sha256sum --quiet -c downloads/receipts.txt

    drops "$anna" dropped.txt $'dropped\n'
    sees "$anna" 'all("#handins .done").length === 3 && !all("#overlay")[0].checkVisibility()'
    file_has inbox/anna/dropped.txt '^dropped$'

    # once more: the server has it already; after a reload the receipts are still there
    types "$anna" '#chooser' "$PWD/lab1.c"
    sees "$anna" 'text("#handins").includes("it was there already")'
    visit "$anna" "$url"
    sees "$anna" 'all("#handins .done").length === 4'

    # under another name, too, and then they say whose they are; but the next one here does not see them
    types "$anna" '#message' "/nick carla$enter"
    sees "$anna" 'text("#me") === "carla" && all("#handins .done").filter((row) => row.innerText.includes("as anna")).length === 4'
    visit "$anna" "$url"
    sees "$anna" 'text("#me") === "carla" && all("#handins .done").length === 4'
    no_errors "$anna"
    clicks "$anna" '#leave'
    js "$anna" 'document.querySelector("#name").value = ""'
    types "$anna" '#name' "dora$enter"
    sees "$anna" 'text("#me") === "dora" && all("#handins li").length === 0'
}

@test "where a browser keeps nothing, receipts are shown as long as the page is open" {
    start_driver
    mkdir inbox
    chmod 777 inbox
    printf 'kept nowhere\n' > lab1.c
    start_page --max-clients 4 --inbox inbox --user "$me"
    browser anna
    runs_first "$anna" 'Storage.prototype.setItem = () => { throw new Error(); };'
    enters "$anna" anna
    types "$anna" '#chooser' "$PWD/lab1.c"
    sees "$anna" 'all("#handins .done").length === 1'
    types "$anna" '#message' "/nick carla$enter"
    sees "$anna" 'text("#me") === "carla" && text("#handins").includes("as anna")'
}

@test "all times are those of the browser, and a receipt says how far they are from UTC" {
    start_driver
    mkdir inbox
    chmod 777 inbox
    printf 'far away\n' > lab1.c
    TZ=America/St_Johns start_page --max-clients 4 --inbox inbox --user "$me"
    terminal ben
    say "$fd" 'hand:help'
    browser anna
    wd POST "/session/$anna/goog/cdp/execute" '{"cmd": "Emulation.setTimezoneOverride", "params": {"timezoneId": "Asia/Kathmandu"}}'
    enters "$anna" anna
    says "$anna" hello
    types "$anna" '#chooser' "$PWD/lab1.c"
    sees "$anna" 'all("#handins .done").length === 1'
    # a minute may have passed since it began
    sees "$anna" '[0, 1, 2].map((ago) => new Date(Date.now() - ago * 60000 + 345 * 60000).toISOString().slice(11, 16)).every((now, i, last) =>
        all("#people .since, .line.own time, #handins .state").every((one) => last.some((time) => one.innerText.includes(time))))'
    sees "$anna" 'all("#people .since").length === 2 && text("#handins .state").includes(" UTC+5:45")'
}

@test "the page knows characters as the server does: what is hidden, what is the same name, what a name may have" {
    start_driver
    start_page
    browser anna
    visit "$anna" "$url"
    run_script "$anna" async 'const done = arguments[0], main = document.querySelector("script[type=module]").src;
        Promise.all(["wire", "names"].map((name) => import(main.replace("main.js", `${name}.js`)))).then(([wire, names]) => {
            const lines = [];
            let first = 0; // letters go as ranges: they are many
            for (let code = 1; code <= 0x10ffff; code++) {
                if (code >= 0xd800 && code <= 0xdfff)
                    continue;
                const c = String.fromCodePoint(code), hex = code.toString(16);
                const shown = wire.shown(c), fold = names.fold(c).codePointAt(0);
                if (shown !== c)
                    lines.push(`shown ${hex} ${shown}`);
                if (fold !== code)
                    lines.push(`fold ${hex} ${fold.toString(16)}`);
                if (names.isName(c)) {
                    first ||= code;
                } else if (first > 0) {
                    lines.push(`letters ${first} ${code - 1}`);
                    first = 0;
                }
            }
            if (first > 0)
                lines.push(`letters ${first} ${0x10ffff}`);
            const flag = "\u{1f3f4}\u{e0067}\u{e007f}";
            lines.push(String(wire.shown(`${flag}x\u{e0067}`) === `${flag}x\\u{E0067}`));
            done(lines.join("\n"));
        }, (error) => done(String(error)));'
    jq -r . <<< "$value" | awk '$1 != "letters" { print; next } { for (c = $2; c <= $3; c++) printf "letter %x\n", c }' > page
    "$build/tools/letters" > server
    diff <(grep -v ^letter server) <(grep -v -e ^letter -e ^true page)
    tail -n 1 page | grep -qx true
    # the page may let through what the server then refuses, but not the other way around
    grep -qx 'letter 61' server
    LC_ALL=C comm -23 <(grep ^letter server | LC_ALL=C sort) <(grep ^letter page | LC_ALL=C sort) | sed 9q > refused
    diff /dev/null refused
}

drops() { # BROWSER NAME CONTENT: a file is dropped on the page
    js "$1" 'const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([arguments[1]], arguments[0]));
        for (const type of ["dragenter", "dragover", "drop"])
            document.querySelector("#log").dispatchEvent(new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}));' "$2" "$3"
}

drags() { # BROWSER PATH...: files or folders are dragged from the desktop and dropped on the page
    local kind
    for kind in dragEnter dragOver drop; do
        wd POST "/session/$1/goog/cdp/execute" "$(jq -n --arg kind "$kind" '{cmd: "Input.dispatchDragEvent", params:
            {type: $kind, x: 200, y: 200, data: {items: [], files: $ARGS.positional, dragOperationsMask: 1}}}' --args -- "${@:2}")"
    done
}

fails() { # BROWSER NAME WHY: the row of this file says why it is not handed in
    sees "$1" 'all("#handins .failed").some((row) => row.querySelector(".name").innerText === arg[0] && row.querySelector(".state").innerText.includes(arg[1]))' "$2" "$3"
}

@test "what the server does not take says why, in its row, and the next file comes" {
    start_driver
    mkdir inbox folder
    chmod 777 inbox
    start_page --max-clients 4 --inbox inbox --user "$me" --inbox-file 2M --inbox-client 3M
    browser anna
    terminal teacher
    enters "$anna" anna

    choices() { # NAME BUTTON...: what the row of this file offers
        local row="all('#handins li').find((row) => row.querySelector('.name').innerText === arg[0])"
        sees "$anna" "[...${row//\'/\"}.querySelectorAll(\"button\")].map((one) => one.innerText).join() === arg[1]" "$1" "$(IFS=,; echo "${*:2}")"
    }
    drops "$anna" .profile dot
    fails "$anna" .profile 'Expected a name of at most 240 bytes'
    choices .profile 'Choose another' Remove
    js "$anna" 'window.opened = 0; document.querySelector("#chooser").addEventListener("click", (event) => { event.preventDefault(); window.opened++; })'
    clicks "$anna" '#handins button'
    sees "$anna" 'window.opened === 1 && all("#handins li").length === 0'
    drops "$anna" .profile dot
    fails "$anna" .profile 'Expected a name of at most 240 bytes'
    clicks "$anna" '#handins button + button'
    sees "$anna" 'window.opened === 1 && all("#handins li").length === 0 && document.activeElement.id === "hand-in"'
    drops "$anna" $'zero\u200bwidth' hidden
    fails "$anna" 'zero\u{200B}width' 'Expected a name of at most 240 bytes'
    # a name is never a request
    drops "$anna" $'lab\nmsg:not what anna said' 'two lines'
    fails "$anna" 'lab\x0Amsg:not what anna said' 'Its name has a line break'
    head -c 2500000 /dev/zero > large
    types "$anna" '#chooser' "$PWD/large"
    fails "$anna" large 'Too large: at most 2.1 MB a file.'
    choices large 'Choose another' Remove
    head -c 1900000 /dev/zero > one
    head -c 1900000 /dev/zero > two
    drags "$anna" "$PWD/one" "$PWD/two"
    fails "$anna" two 'Too much: at most 3.1 MB of all that you hand in.'
    choices two 'Try again' Remove
    cmp one inbox/anna/one
    drops "$anna" empty ''
    sees "$anna" 'all("#handins .done").length === 2'
    [ -e inbox/anna/empty ] && [ ! -s inbox/anna/empty ]
    drags "$anna" "$PWD/folder" "$PWD/one"
    sees "$anna" 'text("#note").includes("A folder cannot be handed in") && !all("#overlay")[0].checkVisibility()'

    # mended, and chosen again: it has one row
    printf 'smaller\n' > large
    types "$anna" '#chooser' "$PWD/large"
    sees "$anna" 'all("#handins li").filter((row) => row.innerText.includes("large")).length === 1 && all("#handins .done").length === 3'
    says "$anna" 'all is said'
    until [[ $line == '130 anna all is said' ]]; do
        hear "$fd"
        [[ $line != '130 anna not'* ]]
    done
    no_errors "$anna"
}

@test "a room without an inbox says so, also to who drops a file" {
    start_driver
    start_page
    browser anna
    enters "$anna" anna
    sees "$anna" 'text("#work-part").includes("This room takes no files.") && document.querySelector("#hand-in").disabled'
    drops "$anna" lab1.c 'int main'
    sees "$anna" 'text("#note") === "This room takes no files." && all("#handins li").length === 0'
    no_errors "$anna"
}

@test "where the disk is full, a hand-in says so, and goes on when there is room" {
    [ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
    mkdir inbox
    mount -t tmpfs -o size=1m tmpfs inbox 2> /dev/null || skip "nothing can be mounted here"
    chmod 777 inbox
    start_driver
    start_page --max-clients 4 --inbox inbox --user "$me" --inbox-free 0
    browser anna
    enters "$anna" anna
    head -c 900000 /dev/urandom > inbox/other
    head -c 400000 /dev/urandom > mine
    types "$anna" '#chooser' "$PWD/mine"
    fails "$anna" mine 'No room for 400 kB.'
    rm inbox/other
    clicks "$anna" '#handins button'
    sees "$anna" 'all("#handins .done").length === 1'
    cmp mine inbox/anna/mine
    no_errors "$anna"
    stop
    umount inbox
}

@test "who is inside while the room drains hands in a first file" {
    start_driver
    mkdir inbox
    chmod 777 inbox
    printf 'at the last moment\n' > lab1.c
    start_page --max-clients 4 --inbox inbox --user "$me"
    browser anna
    enters "$anna" anna
    ctl drain --announce 'hand in what you have'
    sees "$anna" 'text("[role=alert] .notice").includes("hand in what you have")'
    types "$anna" '#chooser' "$PWD/lab1.c"
    sees "$anna" 'all("#handins .done").length === 1'
    cmp lab1.c inbox/anna/lab1.c
    no_errors "$anna"
}

@test "who is inside while the room drains fetches files over the connection, and the port is free meanwhile" {
    start_driver
    mkdir -p downloads 'share/lesson 2'
    head -c 30000000 /dev/urandom > 'share/lesson 2/big & more.bin'
    : > share/empty
    start_page --max-clients 4
    browser anna
    enters "$anna" anna
    sees "$anna" 'all("#files a").length === 4'
    ctl drain
    "$build/rollcalld" --port 0 --web "${url:7:-1}" --name "$room.next" --share share 2> next.log 3>&- &
    next=$!
    await 'file_has next.log "Waiting for client connection"'
    clicks "$anna" '#files a[data-name="meow.txt"]'
    await 'cmp -s share/meow.txt downloads/meow.txt'
    clicks "$anna" '#files a[data-name="empty"]'
    await '[ -e downloads/empty ]'
    clicks "$anna" '#files button[data-directory="lesson 2/"]'
    sees "$anna" 'text("#files").includes("big & more.bin")'
    js "$anna" 'window.seen = new Set(); new MutationObserver(() => window.seen.add(document.querySelector("#files .size").innerText)).observe(document.querySelector("#files"), {subtree: true, childList: true, characterData: true})'
    clicks "$anna" '#files a'
    await 'cmp -s "share/lesson 2/big & more.bin" "downloads/big & more.bin"'
    sees "$anna" '[...window.seen].some((one) => /^[0-9]+ %$/.test(one)) && text("#files .size") === "30 MB"'
    says "$anna" 'all is here'
    ctl handouts --json | jq -e '[.handouts[] | select(.client == "anna" and .has == "whole") | .file] | sort ==
        ["empty", "lesson 2/big & more.bin", "meow.txt"]'
    no_errors "$anna"
    clicks "$anna" '#leave'
    status=0
    wait "$server" || status=$?
    [ "$status" -eq 0 ]
    server=$next
}

@test "where the script that reads files does not come, a hand-in fails, and the next try asks for it again" {
    start_driver
    mkdir inbox
    chmod 777 inbox
    printf 'in the end\n' > lab1.c
    start_page --max-clients 4 --inbox inbox --user "$me"
    browser anna
    runs_first "$anna" 'const Real = Worker; window.begun = 0;
        window.Worker = function (url, options) { return new Real(++begun < 3 ? "/page/none.js" : url, options); };'
    enters "$anna" anna
    types "$anna" '#chooser' "$PWD/lab1.c"
    sees "$anna" 'window.begun === 2 && all("#handins .failed").length === 1'
    clicks "$anna" '#handins button'
    sees "$anna" 'all("#handins .done").length === 1'
    cmp lab1.c inbox/anna/lab1.c
}

@test "the browser fetches files, also from a folder, and the server knows who did; what is new appears" {
    start_driver
    mkdir -p downloads 'share/lesson 2/a+b'
    head -c 3000000 /dev/zero > share/film.bin
    printf 'deeper\n' > 'share/lesson 2/a+b/100% & more?.txt'
    start_page --max-clients 4
    browser anna
    enters "$anna" anna
    sees "$anna" 'text("#files").includes("3.0 MB")' # as after /list on a terminal
    clicks "$anna" '#files a[data-name="meow.txt"]'
    await 'cmp -s share/meow.txt downloads/meow.txt'
    clicks "$anna" '#files button[data-directory="lesson 2/"]'
    sees "$anna" 'text("#files").includes("a+b") && text("#path").includes("lesson 2")'
    clicks "$anna" '#files button'
    sees "$anna" 'text("#files").includes("100% & more?.txt")'
    clicks "$anna" '#files a'
    await 'file_has "downloads/100% & more_.txt" deeper || file_has "downloads/100% & more?.txt" deeper'
    # the parent writes that down when the visit has ended
    await 'ctl handouts > given && file_has given "anna.*meow.txt|meow.txt.*anna"'
    # back at the top, and looked at again after something was added
    clicks "$anna" '#path button'
    touch share/new.txt
    js "$anna" 'document.dispatchEvent(new Event("visibilitychange"))'
    sees "$anna" 'text("#files").includes("new.txt")'
    no_errors "$anna"
}

@test "a download goes on where it was after the server was killed and started again" {
    start_driver
    mkdir downloads
    head -c 300000000 /dev/urandom > share/film.bin
    start_page --max-clients 4
    # a file that was changed just now has no name for its version that one could come back to
    await '[[ $(curl -sI "${url}files/film.bin") == *ETag* ]]'
    web=${url#http://127.0.0.1:}
    browser anna
    enters "$anna" anna
    sees "$anna" 'text("#files").includes("film.bin")'
    clicks "$anna" '#files a[data-name="film.bin"]'
    part=downloads/film.bin.crdownload
    await '[ -n "$(find "$part" -size +40M 2> /dev/null)" ]'
    kill -9 "$server"
    wait "$server" || true
    [ ! -e downloads/film.bin ]
    least=$(stat -c %s "$part")

    start --web "127.0.0.1:${web%/}" --max-clients 4
    # the browser tries again by itself for a moment; then its list of downloads has a button for it
    visit "$anna" chrome://downloads
    await has_come
    [ "$least" -gt 40000000 ] # never shorter than it was
    cmp share/film.bin downloads/film.bin
    visit "$anna" "$url"
    sees "$anna" 'text("#me") === "anna"'
}

# Whether film.bin is there; else resumes it where the browser asks for that. $least is the shortest that
# it was meanwhile.
has_come() {
    local size
    [ ! -e downloads/film.bin ] || return 0
    size=$(stat -c %s "$part" 2> /dev/null || echo "$least")
    [ "$size" -ge "$least" ] || least=$size
    js "$anna" '(function look(root) {
        for (const one of root.querySelectorAll("*")) {
            if (one.id === "pause-or-resume" && one.innerText.trim() === "Resume")
                one.click();
            if (one.shadowRoot)
                look(one.shadowRoot);
        }
    })(document)'
    return 1
}

@test "a hand-in stops when it is told to, and goes on after its connection broke" {
    start_driver
    mkdir inbox
    chmod 777 inbox
    head -c 80000000 /dev/urandom > noise.bin
    start_page --max-clients 4 --inbox inbox --user "$me"
    browser anna
    enters "$anna" anna
    types "$anna" '#chooser' "$PWD/noise.bin"
    sees "$anna" 'all("#handins .sending").length === 1'
    clicks "$anna" '#handins button'
    sees "$anna" 'all("#handins .stopped").length === 1'
    [ ! -e inbox/anna/noise.bin ]
    says "$anna" 'stopped'

    # the handler dies; the next one goes on where it was
    js "$anna" 'const send = WebSocket.prototype.send; window.sent = 0;
        WebSocket.prototype.send = function (data) { sent += data.byteLength ?? 0; return send.call(this, data); }'
    clicks "$anna" '#handins button'
    sees "$anna" 'window.sent > 8000000'
    for handler in $(handlers); do kill -9 "$handler"; done
    sees "$anna" 'all("#handins .done").length === 1'
    js "$anna" 'return window.sent'
    [ "$value" -lt 100000000 ] || { echo "sent $value bytes for 80000000"; return 1; }
    cmp noise.bin inbox/anna/noise.bin
    no_errors "$anna"
}

@test "after a broken connection the page is back by itself: name, hand, what was missed once, what is being typed" {
    start_driver
    start_page --max-clients 4
    browser anna
    terminal ben
    bens=$(handlers)
    enters "$anna" anna
    clicks "$anna" '#hand'
    types "$anna" '#why' "help$enter"
    sees "$anna" 'all("#people .raised").length === 1'
    says "$anna" 'my last words'
    types "$anna" '#message' 'half a sent'
    say "$fd" 'before'
    shows_line "$anna" before

    # the handler of the page dies; nobody tells the page what is said meanwhile
    for handler in $(handlers); do
        [ "$handler" -eq "$bens" ] || kill -9 "$handler"
    done
    say "$fd" 'while you were away'
    shows_line "$anna" 'while you were away'
    sees "$anna" 'all(".line").filter((line) => line.innerText.includes("my last words")).length === 1'
    sees "$anna" 'all(".line").filter((line) => line.innerText.includes("before")).length === 1'
    sees "$anna" 'document.querySelector("#message").value === "half a sent"'
    sees "$anna" 'text("#people .raised .who") === "anna"'
    say "$fd" 'tell:anna hello again'
    shows_line "$anna" 'hello again'
    no_errors "$anna"
}

network() { # BROWSER OFFLINE: true or false
    wd POST "/session/$1/goog/cdp/execute" '{"cmd": "Network.enable", "params": {}}'
    wd POST "/session/$1/goog/cdp/execute" "{\"cmd\": \"Network.emulateNetworkConditions\", \"params\":
        {\"offline\": $2, \"latency\": 0, \"downloadThroughput\": -1, \"uploadThroughput\": -1}}"
}

once() { # BROWSER TEXT: a line has this text, and no other
    sees "$1" 'all(".line").filter((line) => line.innerText.includes(arg[0])).length === 1' "$2"
}

@test "a phone that slept is back the moment it is looked at, and knows what it missed" {
    start_driver
    start_page --max-clients 4
    browser anna
    terminal ben
    browser carla
    enters "$carla" carla
    carlas=$(handlers)
    enters "$anna" anna
    clicks "$anna" '#hand'
    types "$anna" '#why' "the mouse$enter"
    says "$anna" 'before I sleep'
    sees "$carla" 'text("#log").includes("before I sleep")'
    clicks "$carla" '#people [data-name=anna]'
    types "$anna" '#message' 'half a sent'

    # asleep: nothing comes through any more, and nobody has closed anything
    for handler in $(handlers); do
        [[ " $carlas " == *" $handler "* ]] || break
    done
    kill -STOP "$handler"
    say "$fd" one two 'anna: three' 'tell:anna four'
    hears '^450|^200 Delivered'
    js "$anna" 'document.dispatchEvent(new Event("visibilitychange"))'
    once "$anna" 'anna: three'
    once "$anna" one
    once "$anna" two
    once "$anna" 'before I sleep'
    sees "$anna" 'text("#me") === "anna" && document.querySelector("#message").value === "half a sent"'
    sees "$anna" 'text("#people .raised .who") === "anna" && text("#people .why") === "the mouse" && all("#people li").length === 3'
    await "! kill -0 $handler"
    # for the others she neither went nor came, and what is for her alone still is
    says "$carla" 'are you back?'
    once "$anna" 'carla to you: are you back?'
    sees "$carla" 'all("#people li").length === 3 && !/called|went/.test(text("#log")) && text("#log").split("anna came").length === 2'
    sees "$anna" '!/called|went|came/.test(text("#log"))'
    says "$anna" ence
    hears '^130 anna half a sentence$'

    # without a network it waits longer and longer, and comes at once when there is one
    js "$anna" 'document.querySelector("#people button").focus()'
    network "$anna" true
    for handler in $(handlers); do
        [[ " $carlas " == *" $handler "* ]] || kill -9 "$handler"
    done
    say "$fd" 'five'
    sees "$anna" 'text("#state").includes("The connection is lost")'
    network "$anna" false
    once "$anna" five
    sees "$anna" 'text("#state") === "" && text("#me") === "anna" && text("#people .why") === "the mouse"'
    once "$anna" 'anna: three'
    sees "$anna" 'document.activeElement.closest("#people") !== null'
    no_errors "$anna"
}

@test "the server ends and starts again: the page says so, and comes back with its name" {
    start_driver
    start_page --max-clients 4
    browser anna
    enters "$anna" anna
    says "$anna" 'before the end'
    web=${url#http://127.0.0.1:}
    stop
    sees "$anna" 'text("#state").includes("The room was closed")'
    shows_line "$anna" 'before the end'
    start --web "127.0.0.1:${web%/}" --max-clients 4
    terminal ben
    say "$fd" 'first here'
    shows_line "$anna" 'first here'
    sees "$anna" 'text("#state") === "" && text("#people").includes("anna") && text("#people").includes("ben")'
    says "$anna" 'back again'
    hears '^130 anna back again$'
    kill -9 "$server"
    wait "$server" || true
    sees "$anna" 'text("#state") !== ""'
    no_errors "$anna"
}

@test "who is sent away stays away and is told why; who finds the room full waits in its queue" {
    start_driver
    start_page --max-clients 1
    browser anna
    enters "$anna" anna
    browser ben
    visit "$ben" "$url"
    types "$ben" '#name' "ben$enter"
    sees "$ben" 'text("#door-why") === "The room is full. You are number 1 in the queue."'
    connect c && expect "$c" '421 Server full: 1 of 1.'
    say "$c" wait:
    expect "$c" '120 2 The room is full: you are number 2 in the queue.'
    ctl kick anna see you tomorrow
    sees "$anna" 'text("#door-why").includes("You were sent away: see you tomorrow")'
    sees "$ben" 'text("#people").includes("ben")'
    expect "$c" '120 1 The room is full: you are number 1 in the queue.'
    # anna does not come back by herself, and would be asked for her name after a reload
    sees "$anna" 'document.body.dataset.phase === "over"'
    visit "$anna" "$url"
    sees "$anna" 'document.querySelector("#name").value === "anna"'
    no_errors "$ben"
}

@test "who waits in the queue can stop, with the mouse and the keys, and join under another name" {
    start_driver
    start_page --max-clients 1
    connect a && expect "$a" '220 Enter Client01'
    waiting() { status_has ": 1 of 1 present, $1 waiting"; }
    browser ben
    visit "$ben" "$url"
    types "$ben" '#name' "ben$enter"
    sees "$ben" 'text("#door-why") === "The room is full. You are number 1 in the queue."'
    sees "$ben" 'document.querySelector("#cancel").checkVisibility()'
    has_role "$ben" '#cancel' button 'Stop waiting'
    presses "$ben" "$enter" # one too many
    await 'waiting 1'
    presses "$ben" "$tab" "$enter"
    sees "$ben" 'document.activeElement.id === "name" && !document.querySelector("#cancel").checkVisibility()'
    await 'status_has ": 1 of 1 present, since"'
    types "$ben" '#name' "carla$enter"
    sees "$ben" 'text("#door-title") === "Joining as carla…" && text("#door-why").includes("number 1")'
    presses "$ben" "$escape"
    sees "$ben" 'document.activeElement.id === "name"'
    await 'status_has ": 1 of 1 present, since"'
    types "$ben" '#name' "$enter"
    sees "$ben" 'text("#door-why").includes("number 1")'
    say "$a" exit
    sees "$ben" 'text("#me") === "carla"'
    # who comes back into a full room leaves its queue, too
    connect c && expect "$c" '421 Server full: 1 of 1.'
    say "$c" wait:
    expect "$c" '120 1 The room is full: you are number 1 in the queue.'
    # shellcheck disable=SC2046
    kill -9 $(handlers)
    expect "$c" '220 Enter Client01'
    sees "$ben" 'text("#state").includes("You are number 1 in the queue.")'
    clicks "$ben" '#leave'
    sees "$ben" 'text("#door-title") === "You left the room"'
    await 'status_has ": 1 of 1 present, since"'
    no_errors "$ben"
}

@test "a name that is taken is proposed anew; a reload keeps the name, and another tab takes it over" {
    start_driver
    start_page --max-clients 4
    browser anna
    terminal anna
    visit "$anna" "$url"
    # what a name may be, the server says
    types "$anna" '#name' "a.b$enter"
    sees "$anna" 'text("#door-why").includes("A name has 1 to 31 letters")'
    js "$anna" 'document.querySelector("#name").value = "a☃"'
    types "$anna" '#name' "$enter"
    sees "$anna" 'text("#door-why").startsWith("Expected")'
    js "$anna" 'document.querySelector("#name").value = ""'
    types "$anna" '#name' "Anna$enter"
    sees "$anna" 'text("#door-why").includes("is taken") && document.querySelector("#name").value === "Anna2"'
    types "$anna" '#name' "$enter"
    sees "$anna" 'text("#me") === "Anna2"'
    visit "$anna" "$url"
    sees "$anna" 'text("#me") === "Anna2" && all("#people li").length === 2'
    clicks "$anna" '#me'
    types "$anna" '#name' "carla$enter"
    hears '^134 Anna2 carla$'
    sees "$anna" 'text("#me") === "carla"'
    no_errors "$anna"
}

@test "a room with a key asks for it once" {
    start_driver
    mkdir downloads
    printf 'open sesame\n' > key
    chmod 600 key
    start_page --max-clients 4 --key-file key
    browser anna
    visit "$anna" "$url"
    types "$anna" '#name' "anna$enter"
    sees "$anna" 'all("#key").some((input) => input.checkVisibility())'
    types "$anna" '#key' "open barley$enter"
    sees "$anna" 'text("#door-why").includes("not the room")'
    types "$anna" '#key' "open sesame$enter"
    sees "$anna" 'text("#me") === "anna" && all("#files a").length === 3'
    # a link needs the token of a session
    sees "$anna" 'all("#files a").every((link) => link.href.includes("?token="))'
    clicks "$anna" '#files a[data-name="meow.txt"]'
    await 'cmp -s share/meow.txt downloads/meow.txt'
    visit "$anna" "$url"
    sees "$anna" 'text("#me") === "anna"'
    no_errors "$anna"
}

@test "a page on another origin gets nowhere" {
    start_driver
    start_page
    fake 'HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>elsewhere</title>'
    browser mallory
    visit "$mallory" "http://127.0.0.1:$port/"
    run_script "$mallory" async 'const [url, done] = arguments;
        const socket = new WebSocket(url.replace("http", "ws") + "room", "rollcall");
        socket.onopen = () => done("open");
        socket.onmessage = () => done("a message");
        socket.onclose = () => fetch(url).then((answer) => done(answer.type), () => done("nowhere"));' "$url"
    [ "$value" = '"nowhere"' ]
    run_script "$mallory" async 'const [url, done] = arguments, frame = document.createElement("iframe");
        frame.src = url;
        frame.onload = () => done(frame.contentDocument === null ? "blocked" : "shown");
        document.body.append(frame);' "$url"
    [ "$value" = '"blocked"' ]
    has_handlers 0
    ctl status --json > status.now
    [ "$(jq .counters.accepted status.now)" -eq 0 ]
}

@test "ten thousand lines: the newest are shown, older ones come back" {
    start_driver
    start_page --max-clients 4 --request-rate 0
    browser anna
    enters "$anna" anna
    terminal ben
    js "$anna" 'window.most = 0; new MutationObserver(() =>
        (most = Math.max(most, document.querySelectorAll(".line").length))).observe(document.querySelector("#log"), {childList: true});
        window.spoken = []; new MutationObserver(() => spoken.push([performance.now(), document.querySelector("#voice").innerText.length]))
            .observe(document.querySelector("#voice"), {childList: true});
        window.slowest = 0; new PerformanceObserver((list) =>
            list.getEntries().forEach(({duration}) => (slowest = Math.max(slowest, duration)))).observe({type: "longtask"})'
    cat <&"$fd" > /dev/null 3>&- &
    # in parts, because the server keeps the last thousand lines for who is slow
    for part in {0..19}; do
        seq -f 'line %g of many' $((500 * part + 1)) $((500 * part + 500)) >&"$fd"
        shows_line "$anna" "line $((500 * part + 500)) of many"
    done
    kill "$!"
    # never more in the document than fit into a few screens; all of them are there
    js "$anna" 'return window.most'
    [ "$value" -le 800 ] || { echo "$value lines at once"; return 1; }
    sees "$anna" '/97[0-9][0-9] more/.test(text("#earlier"))'
    # a screen reader is told the next only when it can be done with the last
    js "$anna" 'return [Math.round(slowest), spoken.length, spoken.every(([at], i) => i === 0 || at - spoken[i - 1][0] > 55 * spoken[i - 1][1])]'
    echo "slowest task, times spoken: $value"
    [[ $value == *true* ]]
    clicks "$anna" '#earlier'
    sees "$anna" 'all(".line").length > 400 && !all("#newer")[0].hidden'
    says "$anna" 'at the end'
    shows_line "$anna" 'at the end'
    # and stays in sight when something opens below it, while a scroll is still to be told
    js "$anna" 'document.querySelector("#log").scrollTop -= 1; document.querySelector("#why-form").hidden = false'
    sees "$anna" '(({scrollHeight, scrollTop, clientHeight}) => scrollHeight - scrollTop - clientHeight < 2)(document.querySelector("#log"))'
    sees "$anna" 'document.querySelector("#newer").hidden'
    no_errors "$anna"
}

@test "the keyboard alone is enough" {
    start_driver
    start_page --max-clients 4
    browser anna
    terminal ben
    visit "$anna" "$url"
    sees "$anna" 'document.activeElement.id === "name"'
    presses "$anna" "anna$enter"
    sees "$anna" 'document.activeElement.id === "message" && text("#people").includes("ben")'
    presses "$anna" "hello$enter"
    hears '^130 anna hello$'
    # Send, then the people: one stop, and the arrow keys inside
    presses "$anna" "$tab$tab"
    sees "$anna" 'document.activeElement.dataset.name === "ben"'
    presses "$anna" "$enter"
    sees "$anna" 'document.activeElement.id === "message"'
    presses "$anna" "psst$enter$escape"
    hears '^131 anna psst$'
    presses "$anna" "$tab$tab$tab"
    sees "$anna" 'document.activeElement.dataset.name === "Client.py"'
    presses "$anna" $'\xee\x80\x95'
    sees "$anna" 'document.activeElement.dataset.name === "Server.py"'
    no_errors "$anna"
}

@test "what does not fit into a line is not sent, and stays in the box" {
    start_driver
    start_page --max-clients 4
    browser anna
    enters "$anna" anna
    js "$anna" 'document.querySelector("#message").value = "ö".repeat(2047)'
    types "$anna" '#message' "$enter"
    sees "$anna" 'text("#note").includes("Too long: 4098 bytes")'
    sees "$anna" 'document.querySelector("#message").value.length === 2047'
    js "$anna" 'document.querySelector("#message").value = "ö".repeat(2046)'
    says "$anna" ''
    js "$anna" 'document.querySelector("#message").value = "one\n\ntwo\nput:5 x"'
    says "$anna" ''
    shows_line "$anna" 'put:5 x'
    types "$anna" '#message' "/nonsense$enter"
    sees "$anna" 'text("#note").includes("There is no /nonsense")'
    no_errors "$anna"
}

@test "on a phone nothing is wider than the screen" {
    start_driver
    start_page --max-clients 4
    browser anna
    enters "$anna" a-name-of-thirty-one-characters
    wd POST "/session/$anna/goog/cdp/execute" '{"cmd": "Emulation.setDeviceMetricsOverride", "params":
        {"width": 320, "height": 568, "deviceScaleFactor": 2, "mobile": true}}'
    ctl say "$(printf 'w%.0s' {1..300})"
    shows_line "$anna" www
    for part in people files talk; do
        clicks "$anna" "#tabs [data-view=$part]"
        sees "$anna" 'document.documentElement.scrollWidth <= 320 && all("#log, #people, #files").filter((one) => one.checkVisibility()).length === 1'
    done
    no_errors "$anna"
}

@test "axe finds nothing to complain about, by day and by night" {
    axe=${ROLLCALL_AXE:-$BATS_TEST_DIRNAME/../build/npm/node_modules/axe-core/axe.min.js}
    [ -e "$axe" ] || skip "axe-core is not installed"
    start_driver
    mkdir inbox
    chmod 777 inbox
    start_page --max-clients 4 --inbox inbox --user "$me"
    browser anna
    visit "$anna" "$url"
    axe_is_content "$anna"
    types "$anna" '#name' "anna$enter"
    terminal ben
    say "$fd" 'hand:why' 'anna: hello' 'tell:anna psst' 'msg:/me waves'
    ctl say look here
    types "$anna" '#chooser' "$PWD/share/meow.txt"
    says "$anna" 'hello'
    sees "$anna" 'all(".line.told").length === 1 && all("#handins .done").length === 1'
    axe_is_content "$anna"
    wd POST "/session/$anna/goog/cdp/execute" '{"cmd": "Emulation.setEmulatedMedia", "params":
        {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}}'
    axe_is_content "$anna"
}

axe_is_content() { # BROWSER
    jq -n --rawfile axe "$axe" '{args: [], script: ($axe + "; const done = arguments[arguments.length - 1];
        axe.run({runOnly: [\"wcag2a\", \"wcag2aa\", \"wcag21a\", \"wcag21aa\", \"best-practice\"]}).then((found) =>
            done(found.violations.map((one) => one.id + \": \" + one.nodes.map((node) => node.html + node.failureSummary).join())))")}' > axe.json
    value=$(curl -s -X POST -H 'Content-Type: application/json' --data-binary @axe.json \
        "$driver_url/session/$1/execute/async" | jq -c .value)
    [ "$value" = '[]' ] || { jq -r '.[]' <<< "$value"; return 1; }
}

@test "Firefox shows the page, too" {
    command -v firefox-esr > /dev/null || skip "firefox-esr is not installed"
    start_page
    picture() { # FILE URL
        HOME=$BATS_TEST_TMPDIR timeout 60 firefox-esr --headless --profile "$BATS_TEST_TMPDIR" --window-size 800,600 \
            --screenshot "$PWD/$1" "$2" > firefox.log 2>&1 3>&-
    }
    picture page.png "$url"
    [ -s page.png ]
    picture blank.png about:blank
    # the door is shown by the scripts, and an empty page takes far fewer bytes
    [ "$(stat -c %s page.png)" -gt "$((2 * $(stat -c %s blank.png)))" ]
}
