# shellcheck shell=bash
# A real browser for tests: chromium, driven over WebDriver (W3C) with curl and jq. Each test has a
# chromedriver of its own. What waits, waits inside the browser, and so costs one request.

# Skips the test where there is no browser.
need_browser() {
    local tool
    for tool in chromedriver chromium curl jq; do
        command -v "$tool" > /dev/null || skip "$tool is not installed"
    done
}

# Starts chromedriver; sets $driver to its pid and $driver_url to its address.
start_driver() {
    need_browser
    HOME=$BATS_TEST_TMPDIR chromedriver --port=0 > driver.log 2>&1 3>&- &
    driver=$!
    await 'file_has driver.log "started successfully on port [0-9]+[.]" || ! kill -0 "$driver"'
    driver_url=http://127.0.0.1:$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' driver.log)
}

# Ends the browsers, and then the driver, which would leave them running.
stop_driver() {
    local browser
    [ -n "${driver:-}" ] || return 0
    for browser in "${browsers[@]}"; do
        curl -s -m 20 -X DELETE "$driver_url/session/$browser" > /dev/null || true
    done
    kill "$driver" 2> /dev/null || true
    await '! kill -0 "$driver"'
    driver=
}

# json TEXT...: sets $json to a JSON array of the texts, without a process.
json() {
    local text
    json=
    for text; do
        text=${text//\\/\\\\}
        text=${text//\"/\\\"}
        text=${text//$'\n'/\\n}
        text=${text//$'\t'/\\t}
        json+=${json:+,}\"$text\"
    done
    json=[$json]
}

# wd METHOD PATH [JSON]: $value is what the driver answers, as JSON. Fails where it says an error.
wd() {
    local answer
    answer=$(curl -s -m 90 -X "$1" -H 'Content-Type: application/json' ${3:+--data-binary @-} "$driver_url$2" <<< "${3:-}")
    value=${answer#'{"value":'}
    value=${value%'}'}
    if [[ $answer != '{"value":'* || $answer == '{"value":{"error":'* ]]; then
        echo "WebDriver: ${answer:0:600}"
        return 1
    fi
}

# browser VARIABLE [WIDTH HEIGHT]: starts a browser with a profile of its own.
browser() {
    local -n browser_id=$1
    local arguments
    arguments=$(jq -n --arg size "--window-size=${2:-1280},${3:-800}" \
        '["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", $size]')
    wd POST /session "$(jq -n --argjson arguments "$arguments" --arg downloads "$BATS_TEST_TMPDIR/downloads" '
        {capabilities: {alwaysMatch: {browserName: "chrome", timeouts: {script: 60000},
            "goog:loggingPrefs": {browser: "ALL"},
            "goog:chromeOptions": {args: $arguments, prefs: {"download.default_directory": $downloads}}}}}')"
    browser_id=$(jq -r .sessionId <<< "$value")
    browsers+=("$browser_id")
}

# runs_first BROWSER SCRIPT: before any script of each document that it opens from now on.
runs_first() {
    wd POST "/session/$1/goog/cdp/execute" "$(jq -n --arg source "$2" \
        '{cmd: "Page.addScriptToEvaluateOnNewDocument", params: {$source}}')"
}

visit() { # BROWSER URL
    local json
    json "$2"
    wd POST "/session/$1/url" "{\"url\": ${json:1:-1}}"
}

# js BROWSER SCRIPT [ARGUMENT...]: runs the body of a function in the page; $value is what it returns.
js() {
    run_script "$1" sync "$2" "${@:3}"
}

run_script() { # BROWSER sync|async SCRIPT [ARGUMENT...]
    local json script
    json "$3"
    script=${json:1:-1}
    json "${@:4}"
    wd POST "/session/$1/execute/$2" "{\"script\": $script, \"args\": $json}"
}

# sees BROWSER EXPRESSION [ARGUMENT...]: waits until the expression is true in the page. In it, text(SELECTOR)
# is what an element shows, all(SELECTOR) the list of elements, and arg the arguments.
sees() {
    local script='const done = arguments[arguments.length - 1], arg = [...arguments].slice(0, -1);
        const text = (selector) => document.querySelector(selector)?.innerText ?? "";
        const all = (selector) => [...document.querySelectorAll(selector)];
        const until = Date.now() + 50000;
        (function look() {
            const seen = !!('"$2"');
            if (seen || Date.now() > until) done(seen); else setTimeout(look, 20);
        })();'
    run_script "$1" async "$script" "${@:3}"
    [ "$value" = true ] && return
    echo "in vain: $2 $*"
    js "$1" 'return document.body.innerText'
    jq -r . <<< "$value"
    return 1
}

element() { # BROWSER SELECTOR: sets $found
    local json
    json "$2"
    wd POST "/session/$1/element" "{\"using\": \"css selector\", \"value\": ${json:1:-1}}"
    found=${value#*:\"}
    found=${found%\"*}
}

# types BROWSER SELECTOR TEXT: presses the keys in the element; $enter, $tab and $escape are keys, too.
types() {
    local found json
    element "$1" "$2"
    json "$3"
    wd POST "/session/$1/element/$found/value" "{\"text\": ${json:1:-1}}"
}

enter=$'\xee\x80\x87' tab=$'\xee\x80\x84' escape=$'\xee\x80\x8c'

# presses BROWSER KEY...: presses keys where the focus is.
presses() {
    wd POST "/session/$1/actions" "$(jq -n '{actions: [{type: "key", id: "keyboard", actions:
        [$ARGS.positional[] | split("")[] | {type: "keyDown", value: .}, {type: "keyUp", value: .}]}]}' --args -- "${@:2}")"
}

clicks() { # BROWSER SELECTOR
    local found
    element "$1" "$2"
    wd POST "/session/$1/element/$found/click" '{}'
}

# has_role BROWSER SELECTOR ROLE NAME: what a screen reader is told of the element.
has_role() {
    local found
    element "$1" "$2"
    wd GET "/session/$1/element/$found/computedrole"
    [ "$value" = "\"$3\"" ] || { echo "$2 has the role $value, expected $3"; return 1; }
    wd GET "/session/$1/element/$found/computedlabel"
    [ "$value" = "\"$4\"" ] || { echo "$2 is called $value, expected $4"; return 1; }
}

# Fails where a script of the page threw, or the page asked for what its policy forbids.
no_errors() { # BROWSER
    wd POST "/session/$1/se/log" '{"type": "browser"}'
    jq -e '[.[] | select(.level == "SEVERE") | .message | select(test("WebSocket|ERR_CONNECTION") | not)] | length == 0' \
        <<< "$value" > /dev/null || { jq -r '.[].message' <<< "$value"; return 1; }
}

# start_page [OPTION...]: as start, with the page; sets $url to its address.
start_page() {
    local text
    start --web 127.0.0.1:0 "$@"
    IFS= read -r -d '' text < "$log" || true # to the end
    [[ $text == *'Page at http://127.0.0.1:'* ]]
    text=${text#*Page at http://127.0.0.1:}
    url=http://127.0.0.1:${text%%/*}/
}

# enters BROWSER NAME: opens the page and joins under this name.
enters() {
    visit "$1" "$url"
    sees "$1" 'all("#name").some((input) => input.checkVisibility())'
    types "$1" '#name' "$2$enter"
    sees "$1" 'all("#people li").some((li) => li.innerText.includes(arg[0]))' "$2"
}

# says BROWSER TEXT: types it, and waits until the server has acknowledged all that was said.
says() {
    types "$1" '#message' "$2$enter"
    sees "$1" 'all(".line.own").length > 0 && all(".line.sending").length === 0'
}

# shows_line BROWSER TEXT: a line of the conversation has this text.
shows_line() {
    sees "$1" 'all("#log .line").some((line) => line.innerText.includes(arg[0]))' "$2"
}
